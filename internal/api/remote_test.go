package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/builtin"
)

// fromAfar are the options that may be set over the API, by connector: they say what
// is read, never what is run, trusted or called. Whoever adds an option to a
// connector decides here, by name, which of the two it is.
var fromAfar = map[string][]string{
	"aws":        {"access_key_id", "account", "accounts", "call_timeout", "concurrency", "exclude_accounts", "external_id", "max_attempts", "mfa_token", "page_size", "path", "profile", "region", "regions", "retry_wait", "role", "secret_access_key", "secrets", "session_token"},
	"file":       {"as_of", "declared", "format", "mapping", "max_mb", "paths", "system", "tenant"},
	"git":        {"exclude", "history", "internal", "max_blob_size", "max_depth", "max_folders", "paths", "public", "reflogs", "repo_rules", "worktree"},
	"kubernetes": {"cluster", "context", "hosts", "in_cluster", "issuer", "kubeconfig", "max_objects", "namespaces", "page_size", "path", "retry_wait", "secrets", "timeout", "token", "trust_domain"},
	"machine":    {"exclude", "homes", "include", "machine", "max_depth", "max_file_size", "max_files", "root", "walk"},
	"postgres":   {"cluster", "connect_timeout", "databases", "dsn", "exclude_databases", "hosts", "machine", "max_objects", "page_size", "privileges", "retry_wait", "statement_timeout"},
}

// Of every option of every connector it is known whether it can be set over the API,
// and those that can take no file and no variable of the server unless they are
// secrets.
func TestRemoteOptionsByConnector(t *testing.T) {
	b := open(t, t.TempDir())
	got, tried := map[string][]string{}, 0
	for _, c := range builtin.Connectors {
		for _, o := range c.Options {
			answer := func(value string) string {
				raw, err := json.Marshal(map[string]any{"id": "x", "kind": c.Name, "options": map[string][]string{o.Name: {value}}})
				if err != nil {
					t.Fatal(err)
				}
				tried++
				w := b.briefly(t, "POST", "/api/v1/sources", string(raw), key()...)
				if w.Code >= 500 {
					t.Errorf("%s %s=%q: %d %s", c.Name, o.Name, value, w.Code, w.Body)
				}
				return fmt.Sprint(object(t, w.Body.Bytes())["code"])
			}
			if answer("x") != "permission" {
				got[c.Name] = append(got[c.Name], o.Name)
			}
			for _, reference := range []string{"a${file:/etc/shadow}", "${file:/etc/shadow}b", "${env:HOME}${env:PATH}"} {
				if code := answer(reference); code != "permission" {
					t.Errorf("%s %s=%s: %s", c.Name, o.Name, reference, code)
				}
			}
			for _, path := range []string{"/etc/shadow", "../shadow", "~/.netrc", "mapping.yaml", `C:\\mapping`} { // errors would quote what stands in them
				if o.Name == "mapping" && answer(path) != "permission" {
					t.Errorf("%s %s=%s is read", c.Name, o.Name, path)
				}
			}
			if code := answer("${file:/etc/shadow}"); !o.Secret && code != "permission" {
				t.Errorf("%s %s=a file of the server: %s", c.Name, o.Name, code)
			}
		}
		slices.Sort(got[c.Name])
	}
	if diff := cmp.Diff(fromAfar, got); diff != "" {
		t.Errorf("options that may be set from afar (-want +got):\n%s", diff)
	}
	for _, r := range b.Routes() { // and there is no other door to what is set in the file
		for _, word := range []string{"plugin", "hook", "webhook", "exec", "sink", "anchor", "config", "upload", "restore", "backup", "import"} {
			if r.Acting && strings.Contains(r.Path, word) {
				t.Errorf("%s %s sounds like what drover.yaml alone sets", r.Method, r.Path)
			}
		}
	}
	t.Logf("%d settings of %d connectors tried", tried, len(builtin.Connectors))
}
