package aws_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

// Of two readings of one account the newer says what is, whatever they are
// called: a user created again is another one, to whom no older key belongs, and
// who is in the older only is not there now. It is said.
func TestTwoReadings(t *testing.T) {
	before := userList(userJSON("batch", "AIDABATCHOLD00000001", "2021-01-01T00:00:00Z"), userJSON("left", "AIDALEFTLEFTLEFT0001", "2021-01-01T00:00:00Z"), userJSON("stays", "AIDASTAYSSTAYS000001", "2021-01-01T00:00:00Z"))
	after := userList(userJSON("batch", "AIDABATCHNEW00000001", "2026-01-01T00:00:00Z"), userJSON("stays", "AIDASTAYSSTAYS000001", "2021-01-01T00:00:00Z"))
	keys := `{"AccessKeyMetadata":[{"UserName":"batch","AccessKeyId":"AKIAOLDOLDOLDOLD0001","Status":"Active","CreateDate":"2021-02-02T00:00:00Z"},{"UserName":"batch","AccessKeyId":"AKIANEWNEWNEWNEW0001","Status":"Active","CreateDate":"2026-02-02T00:00:00Z"}]}`
	for name, files := range map[string][]string{
		"the newer last":                  {"a.json", before, "b.json", after, "keys.json", keys},
		"the newer first by name":         {"z.json", before, "a.json", after, "keys.json", keys},
		"the newer with the older's date": {"b.json", after, "a.json", before, "keys.json", keys},
		"pages of which one is truncated": {"a.json", strings.TrimSuffix(before, "}") + `,"IsTruncated":true}`, "b.json", after, "keys.json", keys},
	} {
		for _, apart := range []time.Duration{0, time.Hour} {
			r := scanPath(t, folder(t, apart, files...))
			want := []string{"AKIANEWNEWNEWNEW0001 -> AIDABATCHNEW00000001", "AKIAOLDOLDOLDOLD0001 -> AIDABATCHOLD00000001"}
			if d := cmp.Diff(want, signIns(r)); d != "" {
				t.Errorf("%s, %v apart: keys (-want +got):\n%s", name, apart, d)
			}
			var ids []string
			for _, n := range r.Merged().ByType("aws.iam.user") {
				ids = append(ids, n.Ref.ID())
				arn := slices.ContainsFunc(n.Aliases, func(a string) bool { return strings.HasPrefix(a, "arn:") })
				if former := n.Ref.ID() == "AIDABATCHOLD00000001"; former == arn || former != (n.Attrs.Get("deleted_before") == "2026-01-01T00:00:00Z") {
					t.Errorf("%s: %+v", name, n)
				}
			}
			if strings.HasPrefix(name, "pages") {
				continue
			}
			slices.Sort(ids)
			if d := cmp.Diff([]string{"AIDABATCHNEW00000001", "AIDABATCHOLD00000001", "AIDASTAYSSTAYS000001"}, ids); d != "" {
				t.Errorf("%s, %v apart: users (-want +got):\n%s", name, apart, d)
			}
			users, _ := r.Section("iam.users")
			if !slices.ContainsFunc(users.Notes, func(n drover.Note) bool { return n.Unread && strings.Contains(n.Text, "1 of the things") }) {
				t.Errorf("%s: nothing is said of the older: %+v", name, users.Notes)
			}
		}
	}
}

// A copy is no reading of another day.
func TestCopyOfReading(t *testing.T) {
	one := userList(userJSON("stays", "AIDASTAYSSTAYS000001", "2021-01-01T00:00:00Z"))
	r := scanPath(t, folder(t, time.Hour, "a.json", one, "b.json", one))
	users, _ := r.Section("iam.users")
	if len(users.Notes) > 0 || users.Status != drover.StatusOK || len(r.Merged().ByType("aws.iam.user")) != 1 {
		t.Errorf("%s %+v", users.Status, users.Notes)
	}
}
