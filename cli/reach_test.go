package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// A pod's way to a table, over a real API server, the emulator of the AWS API and
// a real PostgreSQL: pod, service account, IAM role, secret, the password in it,
// the superuser that it opens, the table. It is found and explained edge by edge,
// gone in a what-if, and gone after the real change.
func TestReachOverSystems(t *testing.T) {
	kube, moto, pg := realtest.Kube(t), realtest.Moto(t), realtest.Postgres(t, "15")
	script, err := filepath.Abs(filepath.Join("testdata", "reach", "account.py"))
	if err != nil {
		t.Fatal(err)
	}
	dir := fresh(t)
	const password = "Wq55-never-shown-31"
	db := pg.NewDatabase(t)
	role := "root_" + db
	pg.Psql(t, db, fmt.Sprintf("CREATE ROLE %q SUPERUSER LOGIN PASSWORD '%s'; CREATE TABLE public.ledger (id int)", role, password))
	t.Cleanup(func() { pg.Psql(t, "postgres", fmt.Sprintf("DROP ROLE %q", role)) })
	var aws struct {
		Account      string
		RoleARN      string `json:"role_arn"`
		SecretARN    string `json:"secret_arn"`
		DroverKey    string `json:"drover_key"`
		DroverSecret string `json:"drover_secret"`
	}
	if err := json.Unmarshal(moto.Run(t, script, nil, "open", kube.Issuer, role, password, "5432"), &aws); err != nil {
		t.Fatal(err)
	}
	kube.Kubectl(t, estateObjects("nobody", aws.RoleARN), "apply", "-f", "-")
	t.Cleanup(func() { kube.Kubectl(t, "", "delete", "namespace", "payments", "--wait=false") })
	for k, v := range map[string]string{"AWS_ID": aws.DroverKey, "AWS_SECRET": aws.DroverSecret, "PG_DSN": pg.DSN(db)} {
		t.Setenv(k, v)
	}
	config := write(t, filepath.Join(dir, "drover.yaml"), fmt.Sprintf(`version: 1
sources:
  - {id: account, kind: aws, endpoint: %q, regions: [us-east-1], max_attempts: 2, retry_wait: 1ms, access_key_id: "${env:AWS_ID}", secret_access_key: "${env:AWS_SECRET}", secrets: decode}
  - {id: cluster, kind: kubernetes, kubeconfig: %q}
  - {id: database, kind: postgres, dsn: "${env:PG_DSN}", databases: [%q], hosts: ["ledger-db.acme.test:5432"]}
`, moto.URL, kube.Kubeconfig, db))
	scan := func() {
		t.Helper()
		if out, errs, code := run(t, "--config", config, "scan"); code != 0 && code != 3 || strings.Contains(out+errs, password) {
			t.Fatalf("scan: exit code %d\n%s%s", code, out, errs)
		}
	}
	ask := func(v any, args ...string) {
		t.Helper()
		out, errs, code := run(t, append([]string{"--config", config, "-o", "json"}, args...)...)
		if code != 0 {
			t.Fatalf("drover %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
		}
		if strings.Contains(out+errs, password) {
			t.Fatalf("drover %s prints the password", strings.Join(args, " "))
		}
		if err := json.Unmarshal([]byte(out), v); err != nil {
			t.Fatal(err)
		}
	}
	scan()
	table := db + ".public.ledger"

	type node struct{ Ref, Name, Type string }
	type paths struct {
		Paths []struct {
			Nodes []node
			Edges []struct {
				Kind, Grade, Technique string
				Proof                  []struct{ Text, Ref, Statement string }
			}
			Hops int
		}
	}
	var found paths
	ask(&found, "path", "--from", "ledger-api", "--to", table)
	if len(found.Paths) == 0 {
		out, _, _ := run(t, "--config", config, "blast-radius", "ledger-api")
		t.Fatalf("no path from the pod to the table:\n%s", out)
	}
	best := found.Paths[0]
	var types []string
	for _, n := range best.Nodes {
		types = append(types, n.Type)
	}
	// The password is a credential between the secret and the role that it opens.
	want := []string{"kubernetes.deployment", "kubernetes.service_account", "aws.iam.role", "aws.secretsmanager.secret", "secret.password", "postgres.role"}
	if !slices.Equal(types[:min(len(want), len(types))], want) {
		t.Errorf("the path goes over %v, want %v and then to the table", types, want)
	}
	for i, e := range best.Edges {
		if e.Kind == "" || e.Grade == "" || len(e.Proof) == 0 || e.Proof[0].Text == "" {
			t.Errorf("edge %d from %s to %s has no explanation: %+v", i+1, best.Nodes[i].Name, best.Nodes[i+1].Name, e)
		}
	}
	out, _, _ := run(t, "--config", config, "path", "--from", "ledger-api", "--to", table)
	t.Log(out)

	var why struct{ Decision string }
	ask(&why, "why", role, table+":DELETE")
	if why.Decision != "allow" {
		t.Errorf("may the superuser delete from the table: %s", why.Decision)
	}
	ask(&why, "why", "ledger-writer", aws.SecretARN+":secretsmanager:GetSecretValue")
	if why.Decision != "allow" {
		t.Errorf("may the role read the secret: %s", why.Decision)
	}
	var blast struct {
		Reach struct{ Resources, Tier0, Identities int }
	}
	ask(&blast, "blast-radius", "ledger-api")
	if blast.Reach.Tier0 == 0 || blast.Reach.Identities < 2 || blast.Reach.Resources == 0 {
		t.Errorf("blast radius of the pod: %+v", blast.Reach)
	}

	// Removed in a what-if: the statement that lets the role read the secret.
	change := filepath.Join(dir, "change.json")
	ask(&struct{}{}, "cut", "--from", "ledger-api", "--to", table, "--save", change)
	if _, err := os.Stat(change); err != nil {
		t.Fatal(err)
	}
	var after paths
	ask(&after, "path", "--from", "ledger-api", "--to", table, "--with", change)
	if len(after.Paths) != 0 {
		t.Errorf("with the cut there are still %d paths", len(after.Paths))
	}
	var diff struct {
		Items []struct {
			Name  string
			Tier0 [2]int
		}
	}
	ask(&diff, "diff", "--reach", "--with", change)
	if !slices.ContainsFunc(diff.Items, func(x struct {
		Name  string
		Tier0 [2]int
	}) bool {
		return x.Tier0[1] < x.Tier0[0]
	}) {
		t.Errorf("the what-if takes tier 0 from nobody: %+v", diff.Items)
	}
	ask(&found, "path", "--from", "ledger-api", "--to", table) // nothing was touched
	if len(found.Paths) == 0 {
		t.Error("the what-if changed what is stored")
	}

	// And after the real change.
	moto.Run(t, script, nil, "close")
	scan()
	found = paths{}
	ask(&found, "path", "--from", "ledger-api", "--to", table)
	if len(found.Paths) != 0 {
		t.Errorf("after the real change there are still %d paths", len(found.Paths))
	}
}
