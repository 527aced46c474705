package aws_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

const reportHead = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"

// folder writes files, the first the oldest, an hour apart unless at says
// otherwise, and returns where they lie.
func folder(t *testing.T, apart time.Duration, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; i+1 < len(files); i += 2 {
		path := filepath.Join(dir, files[i])
		if err := os.WriteFile(path, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		at = at.Add(apart)
	}
	return dir
}

// signIns lists what authenticates as what, each by the id of its ref.
func signIns(r *connectortest.Result) []string {
	var got []string
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeAuthenticates {
			got = append(got, e.From.ID()+" -> "+e.To.ID())
		}
	}
	slices.Sort(got)
	return slices.Compact(got)
}

func userList(users ...string) string {
	return `{"UserDetailList":[` + strings.Join(users, ",") + `],"GroupDetailList":[],"RoleDetailList":[],"Policies":[]}`
}

func userJSON(name, id, created string) string {
	return `{"Path":"/","UserName":"` + name + `","UserId":"` + id + `","Arn":"arn:aws:iam::123456789012:user/` + name + `","CreateDate":"` + created + `","GroupList":[],"AttachedManagedPolicies":[]}`
}

// A user that was deleted and created again under its name inherits nothing:
// neither what a report from before says, nor keys that are older than itself.
func TestCreatedAgain(t *testing.T) {
	r := scanPath(t, folder(t, time.Hour,
		"credential-report.csv", reportHead+"release,arn:aws:iam::123456789012:user/release,2021-05-06T07:08:09+00:00,true,2026-02-01T00:00:00+00:00,2021-05-06T07:08:09+00:00,N/A,true,true,2021-06-01T00:00:00+00:00,2026-02-20T00:00:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"+
			"same,arn:aws:iam::123456789012:user/same,2022-01-01T00:00:00+00:00,true,no_information,2022-01-01T00:00:00+00:00,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n",
		"gaad.json", userList(userJSON("release", "AIDARELEASENEW000001", "2026-04-01T10:00:00Z"), userJSON("same", "AIDASAMESAMESAME0001", "2022-01-01T00:00:00.4Z")),
		"keys.json", `{"AccessKeyMetadata":[{"UserName":"release","AccessKeyId":"AKIAOLDOLDOLDOLD0001","Status":"Active","CreateDate":"2021-06-01T00:00:00Z"},{"UserName":"release","AccessKeyId":"AKIANEWNEWNEWNEW0001","Status":"Active","CreateDate":"2026-04-01T10:00:01Z"},{"UserName":"release","AccessKeyId":"AKIAOLDEROLDEROLD001","Status":"Active","CreateDate":"2019-06-01T00:00:00Z"}]}`))
	const earlier = "name:release created 2021-05-06T07:08:09Z"
	want := []string{
		"AKIANEWNEWNEWNEW0001 -> AIDARELEASENEW000001",
		"AKIAOLDEROLDEROLD001 -> name:release before 2021-05-06T07:08:09Z",
		"AKIAOLDOLDOLDOLD0001 -> " + earlier,
		"AIDASAMESAMESAME0001 -> AIDASAMESAMESAME0001",
		earlier + " -> " + earlier,
	}
	slices.Sort(want)
	if d := cmp.Diff(want, signIns(r)); d != "" {
		t.Errorf("who signs in as whom (-want +got):\n%s", d)
	}
	for _, n := range r.Merged().ByType("aws.iam.user") {
		arn, gone := slices.Contains(n.Aliases, "arn:aws:iam::123456789012:user/release"), n.Attrs.Get("deleted_before")
		told := n.Attrs.Get("mfa_active") != nil
		switch n.Ref.ID() {
		case "AIDARELEASENEW000001":
			if !arn || told || n.Created.Year() != 2026 {
				t.Errorf("the present user: %+v", n)
			}
		case earlier:
			if arn || !told || n.Created.Year() != 2021 || gone != "2026-04-01T10:00:00Z" {
				t.Errorf("the earlier user: %+v", n)
			}
		case "AIDASAMESAMESAME0001":
			if !told {
				t.Errorf("a report of the second of its creation is not joined: %+v", n)
			}
		}
	}
}

// A list of keys beside a report loses neither the use that the report tells of
// nor the keys that the list has not.
func TestKeysOfListAndReport(t *testing.T) {
	report := reportHead + "svc,arn:aws:iam::123456789012:user/svc,2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2020-03-03T01:02:03+00:00,2026-05-20T00:00:00+00:00,eu-west-1,s3,true,2021-03-03T04:05:06+00:00,N/A,N/A,N/A,false,N/A,false,N/A\n"
	gaad := userList(userJSON("svc", "AIDASVCSVCSVCSVC0001", "2020-01-01T00:00:00Z"))
	one := `{"UserName":"svc","AccessKeyId":"AKIAONEONEONEONE0001","Status":"Active","CreateDate":"2020-03-03T01:02:03Z"}`
	two := `{"UserName":"svc","AccessKeyId":"AKIATWOTWOTWOTWO0001","Status":"Active","CreateDate":"2021-03-03T04:05:06Z"}`
	for name, c := range map[string]struct {
		list string
		want []string
	}{
		"both listed": {one + "," + two, []string{"AKIAONEONEONEONE0001 last_used", "AKIATWOTWOTWOTWO0001 never_used"}},
		"one listed":  {one, []string{"AKIAONEONEONEONE0001 last_used", "name:svc:access_key_2 never_used"}},
	} {
		r := scanPath(t, folder(t, time.Hour, "gaad.json", gaad, "report.csv", report, "keys.json", `{"AccessKeyMetadata":[`+c.list+`]}`))
		var got, keys []string
		for _, e := range r.Evidence {
			got = append(got, e.Subject.ID()+" "+string(e.Claim))
		}
		for _, n := range r.ByType("aws.iam.access_key") {
			keys = append(keys, n.Ref.ID())
		}
		slices.Sort(got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if len(keys) != 2 {
			t.Errorf("%s: keys %v", name, keys)
		}
	}
}
