package aws_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/connector/connectortest"
)

// The contract of connectors, and what happens to a scan when the API fails in
// each of its ways: on a small Organization, read by role.
func TestSmallOrganization(t *testing.T) {
	o := build(t, 5, 4)
	t.Run("contract", func(t *testing.T) {
		connectortest.Run(t, connectortest.Case{Connector: aws.Connector, Config: o.config(), Canaries: append(slices.Clone(o.Secrets), o.Key[1]), Partial: true})
	})
	t.Run("offline", func(t *testing.T) { offline(t, o) })
	t.Run("single calls", func(t *testing.T) { singleCalls(t, o) })
	t.Run("profile", func(t *testing.T) { byProfile(t, o) })
	t.Run("faults", func(t *testing.T) { faults(t, o) })
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o.front.breaks = func(action string, n int, _ url.Values, _ http.ResponseWriter) bool {
			if action == "GetAccessKeyLastUsed" {
				cancel()
			}
			return false
		}
		defer func() { o.front.breaks = nil }()
		r := connectortest.CollectContext(ctx, t, aws.Connector, o.config())
		if !errors.Is(r.Err, context.Canceled) {
			t.Errorf("got %v", r.Err)
		}
		for _, s := range r.Sections {
			if s.Name == "iam.access_keys" && s.Status == drover.StatusOK && strings.Contains(s.Coverage, o.Accounts[0]) {
				t.Errorf("%s claims to have been read", s.Coverage)
			}
		}
	})
}

// offline reads an account live and again from what the AWS CLI would have
// printed: the same nodes, edges and documents.
func offline(t *testing.T, o *organization) {
	dir := t.TempDir()
	k := o.Counters[o.Accounts[1]]
	o.moto.Run(t, "testdata/print_cli.py", []string{"AWS_ACCESS_KEY_ID=" + k[0], "AWS_SECRET_ACCESS_KEY=" + k[1]}, dir)
	only := []string{"iam.account", "iam.users", "iam.groups", "iam.roles", "iam.policies", "iam.access_keys", "iam.mfa_devices", "iam.instance_profiles", "iam.signing_certificates"}
	live := connectortest.CollectContext(t.Context(), t, aws.Connector, o.config("accounts", o.Accounts[1]), only...)
	files := connectortest.CollectContext(t.Context(), t, aws.Connector, map[string][]string{"path": {dir}}, append(only, "files")...)
	if live.Err != nil || files.Err != nil {
		t.Fatal(live.Err, files.Err)
	}
	for _, s := range files.Sections {
		if s.Status != drover.StatusOK {
			t.Errorf("%s is %s: %s %v", s.Name, s.Status, s.Error, s.Notes)
		}
	}
	if d := cmp.Diff(live.Documents, files.Documents); d != "" {
		t.Errorf("documents (-live +files):\n%s", d)
	}
	refs := func(r *connectortest.Result) (nodes, edges []string) {
		for _, n := range r.Nodes {
			nodes = append(nodes, string(n.Ref)+" "+n.Name)
			for _, a := range n.Aliases {
				nodes = append(nodes, string(n.Ref)+" alias "+a)
			}
			if !n.Created.IsZero() {
				nodes = append(nodes, string(n.Ref)+" created "+n.Created.Format(time.RFC3339))
			}
		}
		for _, e := range r.Edges {
			edges = append(edges, e.Key()+" "+string(e.Cond))
		}
		return unique(nodes), unique(edges)
	}
	ln, le := refs(live)
	fn, fe := refs(files)
	if d := cmp.Diff(ln, fn); d != "" {
		t.Errorf("nodes (-live +files):\n%s", d)
	}
	if d := cmp.Diff(le, fe); d != "" {
		t.Errorf("edges (-live +files):\n%s", d)
	}
	t.Logf("%d facts of nodes and %d edges are the same live and from files", len(ln), len(le))
}

// A fault is one way in which the API fails one call.
type fault struct {
	name   string
	breaks func(w http.ResponseWriter)
	once   bool // it fails once and is tried again: nothing may be missing
	says   string
}

var apiFaults = []fault{
	{name: "403", says: "AccessDenied", breaks: func(w http.ResponseWriter) {
		xmlError(w, 403, "AccessDenied", "User: arn:aws:iam::123456789012:user/drover is not authorized")
	}},
	{name: "expired", says: "expired", breaks: func(w http.ResponseWriter) {
		xmlError(w, 403, "ExpiredToken", "The security token included in the request is expired")
	}},
	{name: "throttled", once: true, breaks: func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "0")
		xmlError(w, 429, "Throttling", "Rate exceeded")
	}},
	{name: "throttled for ever", says: "Throttling", breaks: func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "0")
		xmlError(w, 400, "Throttling", "Rate exceeded")
	}},
	{name: "500", once: true, breaks: func(w http.ResponseWriter) { xmlError(w, 500, "ServiceFailure", "x") }},
	{name: "500 for ever", says: "500", breaks: func(w http.ResponseWriter) { http.Error(w, "<html>", 500) }},
	{name: "truncated", says: "answer", breaks: func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountAuthorizationDetailsResult><UserDetailList><member><UserName>a`)
	}},
	{name: "cut connection", once: true, breaks: func(w http.ResponseWriter) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		conn.Close()
	}},
	{name: "compressed nonsense", says: "iam:", breaks: func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat("\x00", 1000))
		z.Close()
	}},
}

// The calls of IAM, each with the section that cannot do without it.
var calls = map[string]string{
	"GetAccountAuthorizationDetails": "iam.roles", "ListAccountAliases": "iam.account", "GetAccountSummary": "iam.account", "GetAccountPasswordPolicy": "iam.account", "ListUsers": "iam.user_logins",
	"ListRoles": "iam.role_settings", "ListInstanceProfiles": "iam.instance_profiles", "ListAccessKeys": "iam.access_keys", "GetAccessKeyLastUsed": "iam.access_keys", "GetLoginProfile": "iam.login_profiles",
	"ListMFADevices": "iam.mfa_devices", "ListServiceSpecificCredentials": "iam.service_specific_credentials", "ListSigningCertificates": "iam.signing_certificates", "ListSSHPublicKeys": "iam.ssh_public_keys",
	"GetSSHPublicKey": "iam.ssh_public_keys", "ListServerCertificates": "iam.server_certificates", "GetServerCertificate": "iam.server_certificates", "ListOpenIDConnectProviders": "iam.oidc_providers",
	"GetOpenIDConnectProvider": "iam.oidc_providers", "ListSAMLProviders": "iam.saml_providers", "GetSAMLProvider": "iam.saml_providers", "GetCredentialReport": "iam.credential_report",
}

// faults breaks each call in each way: the section that needs it says so; what is
// only broken once is tried again and nothing is missing. Each breaks before a
// front of its own, several at once, for being throttled means to wait.
func faults(t *testing.T, o *organization) {
	var g errgroup.Group
	g.SetLimit(40)
	n := 0
	for action, section := range calls {
		whole := records(readOnly(t, o, o.front, section))
		for _, f := range apiFaults {
			n++
			front := newFront(t, o.moto.URL)
			front.breaks = func(a string, n int, _ url.Values, w http.ResponseWriter) bool {
				if a != action || f.once && n > 1 {
					return false
				}
				f.breaks(w)
				return true
			}
			g.Go(func() error {
				f.check(t, action, readOnly(t, o, front, section), whole)
				if front.count(action) == 0 {
					t.Errorf("%s %s: the call was not made", action, f.name)
				}
				return nil
			})
		}
	}
	_ = g.Wait()
	t.Logf("%d faults in %d calls", n, len(calls))
}

// check holds a scan in which one call was broken to what it must say.
func (f fault) check(t *testing.T, action string, r *connectortest.Result, whole []string) {
	where := action + " " + f.name
	if r.Err != nil || len(r.Sections) != 1 {
		t.Errorf("%s: %v, sections %v", where, r.Err, r.Sections)
		return
	}
	s := r.Sections[0]
	if f.once {
		if d := cmp.Diff(whole, records(r)); s.Status != drover.StatusOK || d != "" {
			t.Errorf("%s: %s %s (-whole +got):\n%s", where, s.Status, s.Error, d)
		}
		return
	}
	if s.Status == drover.StatusOK || s.Status == drover.StatusSkipped {
		t.Errorf("%s: section %s is %s", where, s.Name, s.Status)
	}
	// What is told is what was told before, word for word: a call that failed makes
	// nothing of it another. Where all of IAM is denied, single calls tell less.
	for _, told := range records(r) {
		if _, ok := slices.BinarySearch(whole, told); !ok && where != "GetAccountAuthorizationDetails 403" {
			t.Errorf("%s: it changes what is known: %s", where, told)
		}
	}
	if said := s.Error + fmt.Sprint(s.Notes); !strings.Contains(said, f.says) || !strings.Contains(said, "iam:"+action) {
		t.Errorf("%s: it says %.300s", where, said)
	}
}

func readOnly(t *testing.T, o *organization, f *front, section string) *connectortest.Result {
	t.Helper()
	return connectortest.CollectContext(t.Context(), t, aws.Connector, o.config("endpoint", f.URL, "accounts", o.Accounts[1], "max_attempts", "2"), section)
}

// records are what a scan emitted, as text, without volatile facts.
func records(r *connectortest.Result) []string {
	out := []string{}
	add := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out = append(out, string(b))
	}
	for _, n := range r.Nodes {
		add(n)
	}
	for _, e := range r.Edges {
		add(e)
	}
	for _, d := range r.Documents {
		add(d)
	}
	slices.Sort(out)
	return out
}

// The trees of files that collectors keep are read as one.
func TestCollectorFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"us-east-1/iam-get-account-authorization-details.json":        `{"UserDetailList":[{"UserName":"ci","UserId":"AIDAEXAMPLE000000001","Arn":"arn:aws:iam::123456789012:user/ci","Path":"/","GroupList":["dev"],"AttachedManagedPolicies":[]}],"GroupDetailList":[],"RoleDetailList":[],"Policies":[]}`,
		"us-east-1/iam-list-access-keys/ci":                           `{"AccessKeyMetadata":[{"UserName":"ci","AccessKeyId":"AKIAEXAMPLE000000001","Status":"Active","CreateDate":"2025-01-02T03:04:05+00:00"}]}`,
		"us-east-1/iam-get-access-key-last-used/AKIAEXAMPLE000000001": `{"UserName":"ci","AccessKeyLastUsed":{"ServiceName":"N/A","Region":"N/A"}}`,
		"us-east-1/ec2-describe-vpcs.json":                            `{"Vpcs":[]}`,
		"us-east-1/broken-authorization-details.json":                 `{"UserDetailList":[{"UserName":"half`,
		"report.csv": "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated\n" +
			"<root_account>,arn:aws:iam::123456789012:root,2018-08-12T17:20:55+00:00,not_supported,2019-03-03T16:58:16+00:00,not_supported,not_supported,false,true,2018-08-12T17:20:55+00:00\n" +
			"ci,arn:aws:iam::123456789012:user/ci,2020-01-01T00:00:00+00:00,true,no_information,2024-01-01T00:00:00+00:00,N/A,false,true,2025-01-02T03:04:05+00:00\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if option, ok := aws.Connector.Accepts(dir, true); option != "path" || !ok {
		t.Errorf("accepts: %q, %v", option, ok)
	}
	r := scanPath(t, dir)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	key, ok := r.Node("aws/123456789012/iam.access_key/AKIAEXAMPLE000000001")
	if want := []string{"aws-key-created:arn:aws:iam::123456789012:user/ci|2025-01-02T03:04:05Z", "aws-key:AKIAEXAMPLE000000001"}; !ok || !slices.Equal(key.Aliases, want) {
		t.Errorf("key: %v, aliases %q", ok, key.Aliases)
	}
	if n := len(r.ByType("aws.iam.access_key")); n != 2 { // and the root user's
		t.Errorf("%d access keys", n)
	}
	never := 0
	for _, e := range r.Evidence {
		if e.Subject == key.Ref && e.Claim == drover.ClaimNeverUsed && e.Window > 600*drover.Day {
			never++
		}
	}
	if never != 1 {
		t.Errorf("the key's use: %+v", r.Evidence)
	}
	if s, _ := r.Section("files"); s.Status != drover.StatusPartial && !strings.Contains(fmt.Sprint(r.Sections), "broken-authorization-details.json") {
		t.Errorf("the broken file is not said: %+v", r.Sections)
	}
	if s, ok := r.Section("iam.credential_report"); !ok || s.Status != drover.StatusOK {
		t.Errorf("report: %+v", s)
	}
	if _, ok := r.Node("aws/123456789012/iam.login_profile/AIDAEXAMPLE000000001"); !ok {
		t.Error("the console password of the report is not joined to the user of the details")
	}
}
