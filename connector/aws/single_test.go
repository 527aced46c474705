package aws_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/connector/connectortest"
)

// Where the one call that tells all is denied, single calls come to the same
// nodes, edges and documents; where some of those are denied too, the action to
// allow is named and the rest is there.
func singleCalls(t *testing.T, o *organization) {
	k := o.Counters[o.Accounts[1]]
	config := map[string][]string{"endpoint": {o.front.URL}, "access_key_id": {k[0]}, "secret_access_key": {k[1]}, "retry_wait": {"1ms"}, "max_attempts": {"2"}}
	only := []string{"iam.users", "iam.groups", "iam.roles", "iam.policies", "iam.access_keys"}
	read := func(denied ...string) *connectortest.Result {
		o.front.breaks = func(action string, _ int, _ url.Values, w http.ResponseWriter) bool {
			if slices.Contains(denied, action) {
				xmlError(w, 403, "AccessDenied", "User is not authorized")
				return true
			}
			return false
		}
		defer func() { o.front.breaks = nil }()
		r := connectortest.CollectContext(t.Context(), t, aws.Connector, config, only...)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		return r
	}
	whole, single := read(), read("GetAccountAuthorizationDetails")
	if d := cmp.Diff(byARN(whole), byARN(single)); d != "" {
		t.Errorf("-at once +by single calls:\n%s", d)
	}
	if len(single.ByType("aws.iam.user")) == 0 || len(single.ByType("aws.iam.inline_policy")) == 0 {
		t.Error("nothing was read")
	}
	for _, s := range single.Sections {
		if s.Status != drover.StatusOK {
			t.Errorf("%s is %s: %s %v", s.Name, s.Status, s.Error, s.Notes)
		}
	}
	less := read("GetAccountAuthorizationDetails", "GetUserPolicy", "ListGroups")
	users, _ := less.Section("iam.users")
	groups, _ := less.Section("iam.groups")
	if said := notesOf(users); users.Status != drover.StatusPartial || !strings.Contains(said, "allow iam:GetUserPolicy to") {
		t.Errorf("users without iam:GetUserPolicy: %s: %s", users.Status, said)
	}
	if said := notesOf(groups); groups.Status == drover.StatusOK || !strings.Contains(said, "allow iam:ListGroups to") {
		t.Errorf("groups without iam:ListGroups: %s: %s", groups.Status, said)
	}
	if got, want := len(less.ByType("aws.iam.role")), len(whole.ByType("aws.iam.role")); got != want {
		t.Errorf("%d roles, want %d", got, want)
	}
}

// byProfile signs in as the AWS CLI would: a profile that assumes the role in
// another account by the keys of a second one. It comes to what the options of
// the same key and role come to.
func byProfile(t *testing.T, o *organization) {
	dir, account := t.TempDir(), o.Accounts[1]
	file := filepath.Join(dir, "config")
	text := "[profile base]\naws_access_key_id=" + o.Key[0] + "\naws_secret_access_key=" + o.Key[1] + "\n[profile audit]\nsource_profile=base\nrole_arn=arn:aws:iam::" + account + ":role/DroverRead\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "none"))
	t.Setenv("AWS_PROFILE", "")
	got := connectortest.CollectContext(t.Context(), t, aws.Connector, map[string][]string{"endpoint": {o.front.URL}, "profile": {"audit"}, "retry_wait": {"1ms"}}, "iam.users", "iam.roles")
	want := connectortest.CollectContext(t.Context(), t, aws.Connector, o.config("accounts", account), "iam.users", "iam.roles")
	if got.Err != nil || want.Err != nil || len(want.Nodes) == 0 {
		t.Fatal(got.Err, want.Err, len(want.Nodes))
	}
	if d := cmp.Diff(records(want), records(got)); d != "" {
		t.Errorf("-by role +by profile:\n%s", d)
	}
}

// byARN are the records of a scan with managed policies under their ARN: the
// emulator does not tell their ids in its authorization details.
func byARN(r *connectortest.Result) []string {
	arns := []string{}
	for _, n := range r.ByType("aws.iam.policy") {
		arns = append(arns, strconv.Quote(string(n.Ref)), strconv.Quote(strings.Join(n.Aliases, " ")))
	}
	list, to := records(r), strings.NewReplacer(arns...)
	for i := range list {
		list[i] = to.Replace(list[i])
	}
	slices.Sort(list)
	return list
}

func notesOf(s drover.Section) string {
	said := s.Error
	for _, n := range s.Notes {
		said += "\n" + n.Where + ": " + n.Text
	}
	return said
}
