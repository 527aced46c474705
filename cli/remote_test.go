package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/client/local"
)

// served is a small estate whose store a server holds.
func served(t *testing.T) (home, url string) {
	t.Helper()
	dir := fresh(t)
	for _, v := range []string{"DROVER_SERVER", "DROVER_PROFILE", "DROVER_TOKEN", "DROVER_CA_FILE"} {
		t.Setenv(v, "")
	}
	write(t, "crm.jsonl", estate)
	must(t, 0, "scan", "crm.jsonl", "-q")
	must(t, 0, "user", "add", "ci", "--machine", "--grant", "auditor", "-q")
	home = filepath.Join(dir, "data")
	w := &twin{t: t}
	t.Cleanup(w.serve(home))
	s, err := local.Find(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	return home, s.URL
}

// Where a server has the store, what changes something goes over its socket; what
// only this machine can do says so.
func TestHeldStore(t *testing.T) {
	served(t)
	if out := must(t, 0, "tag", "svc-prod-mailer", "team=bi"); !strings.HasPrefix(out, "Tagged crm/-/user/a") {
		t.Errorf("tag: %s", out)
	}
	if out := must(t, 0, "list", "tag:team", "-o", "name"); !strings.Contains(out, "svc-prod-mailer") {
		t.Errorf("the tag is not there: %s", out)
	}
	must(t, 0, "check", "-q")
	must(t, 0, "user", "add", "ann", "--grant", "auditor", "-q")
	must(t, 0, "source", "add", "crm", "file", "paths=crm.jsonl", "-q")
	must(t, 0, "scan", "crm", "-q")
	_, errs, code := run(t, "scan", "./crm.jsonl")
	if code != 6 || !strings.Contains(errs, "stop it first") {
		t.Errorf("scan of a path: exit code %d: %s", code, errs)
	}
	if _, errs, code = run(t, "store", "compact", "--keep", "400d", "--yes"); code != 6 {
		t.Errorf("store compact: exit code %d: %s", code, errs)
	}
}

// A token lets a program do what its user may; the command ends as it would where
// the store is. The token is shown nowhere.
func TestServerByToken(t *testing.T) {
	_, url := served(t)
	var made struct{ Value string }
	if err := json.Unmarshal([]byte(must(t, 0, "token", "create", "nightly", "--user", "ci", "-o", "json", "-q")), &made); err != nil || made.Value == "" {
		t.Fatal(err)
	}
	over := func(want int, args ...string) string {
		t.Helper()
		out, errs, code := run(t, append([]string{"--server", url, "--show-request", "-v"}, args...)...)
		if code != want {
			t.Errorf("drover %s: exit code %d, want %d: %s", strings.Join(args, " "), code, want, errs)
		}
		if strings.Contains(out+errs, made.Value) {
			t.Errorf("drover %s shows the token", strings.Join(args, " "))
		}
		return out + errs
	}
	if s := over(4, "list"); !strings.Contains(s, "DROVER_TOKEN") {
		t.Errorf("without a token: %s", s)
	}
	t.Setenv("DROVER_TOKEN", "drvt_nothing")
	over(4, "list")
	t.Setenv("DROVER_TOKEN", made.Value)
	if s := over(0, "list", "-o", "name"); !strings.Contains(s, "svc-prod-mailer") || !strings.Contains(s, `curl -sS -H "Authorization: Bearer $DROVER_TOKEN"`) {
		t.Errorf("list: %s", s)
	}
	if s := over(4, "tag", "svc-prod-mailer", "a=b"); !strings.Contains(s, "takes the role") {
		t.Errorf("what an auditor may not: %s", s)
	}
	over(4, "user", "add", "eve", "--grant", "admin")
	over(5, "show", "nobody")
	over(2, "list", "env=")
	over(2, "--policy", "x.yaml", "check")
	over(4, "scan", "./crm.jsonl")
	over(5, "scan", "--dry-run", "./crm.jsonl") // of files that who may not scan anything is told nothing
	t.Setenv("DROVER_TOKEN", "")
	over(0, "--token-file", write(t, "token", made.Value+"\n"), "list")

	// A profile names server and where the token is.
	write(t, filepath.Join("data", "profiles.yaml"), "profiles:\n  prod: {server: \""+url+"\", token_env: PROD_TOKEN}\n  bad: {server: \"http://drover.example.com\", token_env: PROD_TOKEN}\n")
	t.Setenv("PROD_TOKEN", made.Value)
	must(t, 0, "--profile", "prod", "list")
	for name, want := range map[string]int{"none": 5, "bad": 2} {
		if _, errs, code := run(t, "--profile", name, "list"); code != want || strings.Contains(errs, made.Value) {
			t.Errorf("profile %s: exit code %d, want %d: %s", name, code, want, errs)
		}
	}
	t.Setenv("DROVER_PROFILE", "prod")
	must(t, 0, "list")
	t.Setenv("DROVER_SERVER", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	if _, errs, code := run(t, "list"); code != 1 {
		t.Errorf("a server that is not there: exit code %d: %s", code, errs)
	}
}

// In process, --show-request shows the call that a server would be asked, and
// nothing is done twice.
func TestShowRequest(t *testing.T) {
	fresh(t)
	t.Setenv("DROVER_SERVER", "")
	t.Setenv("DROVER_PROFILE", "")
	write(t, "crm.jsonl", estate)
	must(t, 0, "scan", "crm.jsonl", "-q")
	for args, want := range map[string]string{
		"list env=prod --limit 3":     `curl -sS -H "Authorization: Bearer $DROVER_TOKEN" "$DROVER_SERVER"'/api/v1/identities?filter=env%3Dprod&page_size=3'`,
		"show svc-prod-mailer":        `"$DROVER_SERVER"'/api/v1/nodes/svc-prod-mailer'`,
		"tag svc-prod-mailer team=bi": `-X POST -H "Authorization: Bearer $DROVER_TOKEN" -H "Idempotency-Key: $(uuidgen)" -H 'Content-Type: application/json' --data '{"set":{"team":"bi"}}'`,
		"risk --by owner":             `/api/v1/risk-groups?by=owner`,
	} {
		with, errs, code := run(t, append(strings.Fields(args), "--show-request")...)
		if code != 0 || !strings.Contains(errs, want) {
			t.Errorf("drover %s: exit code %d: %s\nwant %s", args, code, errs, want)
		}
		if without := must(t, 0, strings.Fields(args)...); without != with {
			t.Errorf("drover %s prints something else with --show-request:\n%s\n%s", args, with, without)
		}
	}
}

// The demonstration organisation is taken out by the server that has the store.
func TestDemoByServer(t *testing.T) {
	served(t)
	if out := must(t, 0, "demo", "remove", "-o", "json"); !strings.Contains(out, `"removed"`) {
		t.Errorf("demo remove: %s", out)
	}
	if _, errs, code := run(t, "demo", "load", "--size", "1"); code != 2 {
		t.Errorf("a size that is too small: exit code %d: %s", code, errs)
	}
}
