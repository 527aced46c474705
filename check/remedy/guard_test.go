package remedy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/remedy"
)

// A command does what it says in the account or cluster that it was written for, and
// nothing where a profile, a context or a variable leads elsewhere.
func TestGuard(t *testing.T) {
	const account, cluster, system = "123456789012", "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "7301234567890123456"
	for _, name := range []string{"svc-a", "a'; touch pwned; '", "$(touch pwned)"} {
		e := checktest.Estate(t, fmt.Sprintf(`
aws/%[1]s/iam.user/U1 identity name=%[4]q
kubernetes/%[2]s/cluster_role_binding/b1 policy name=%[4]q
postgres/%[3]s/postgres.role/10 identity type=postgres.role name=%[4]q
`, account, cluster, system, name))
		for i := range e.Graph.Seen() {
			f := remedy.Delete(e, i)
			if f.Command == "" {
				t.Errorf("%s has no command", e.Graph.Ref(i))
				continue
			}
			for _, c := range []struct {
				says string
				want bool
			}{{account, true}, {cluster, true}, {system, true}, {"999999999999", false}, {"", false}} {
				dir := t.TempDir()
				for _, program := range []string{"aws", "kubectl", "psql"} {
					stub := "#!/bin/sh\ncase \"$*\" in *get-caller-identity*|*kube-system*|*pg_control_system*) printf '%s\\n' '" + c.says + "';; *) : >did;; esac\n"
					if err := os.WriteFile(filepath.Join(dir, program), []byte(stub), 0o755); err != nil {
						t.Fatal(err)
					}
				}
				run := exec.Command("/bin/sh", "-c", f.Command)
				run.Dir, run.Env = dir, []string{"PATH=" + dir}
				out, err := run.CombinedOutput()
				_, missing := os.Stat(filepath.Join(dir, "did"))
				want := c.want && e.Graph.Ref(i).Tenant() == c.says
				if !want && !strings.Contains(string(out), "nothing was done") {
					t.Errorf("where it is %q nothing was said: %s", c.says, out)
				}
				if did := missing == nil; did != want || want != (err == nil) {
					t.Errorf("where it is %q, %s: done %v, want %v (%v %s)", c.says, f.Command, did, want, err, out)
				}
				if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
					t.Errorf("a name was run: %s", f.Command)
				}
			}
		}
	}
}

// Where nothing can be compared, the sentence says where the command is to be run; of
// a tenant that is no more than text, nothing reaches the shell.
func TestPlaceOfCommand(t *testing.T) {
	e := checktest.Estate(t, `
kubernetes/prod-eu/cluster/prod-eu resource name="Kubernetes cluster prod-eu"
kubernetes/prod-eu/cluster_role_binding/b1 policy name=b1
aws/12345678901x/iam.user/U1 identity name=a
`)
	for i := range e.Graph.Seen() {
		f := remedy.Delete(e, i)
		switch e.Graph.Name(i) {
		case "b1":
			if !strings.HasSuffix(f.Text, "(in Kubernetes cluster prod-eu).") || !strings.HasPrefix(f.Command, "kubectl delete ") {
				t.Errorf("got %q, $ %s", f.Text, f.Command)
			}
		case "a":
			if f.Command == "" || strings.Contains(f.Command, "$(") {
				t.Errorf("got $ %s", f.Command)
			}
		}
	}
}
