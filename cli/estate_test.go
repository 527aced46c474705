package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/realtest"
)

// The joins that no source can say alone, over a real API server, a real
// PostgreSQL, a repository with history and the emulator of the AWS API: a key in
// a commit is that user, a pod's service account is that role, the connection
// string in a Secret is that role of that database. Each `show` says why.
func TestEstate(t *testing.T) {
	kube, moto, pg := realtest.Kube(t), realtest.Moto(t), realtest.Postgres(t, "15")
	script, err := filepath.Abs(filepath.Join("testdata", "estate", "account.py"))
	if err != nil {
		t.Fatal(err)
	}
	dir := fresh(t)
	var aws struct {
		Account, User, Key, Secret, Role string
		RoleARN                          string `json:"role_arn"`
		DroverKey                        string `json:"drover_key"`
		DroverSecret                     string `json:"drover_secret"`
	}
	if err := json.Unmarshal(moto.Run(t, script, nil, kube.Issuer), &aws); err != nil {
		t.Fatal(err)
	}

	// The database: one role that a Secret opens, one of the same name elsewhere is not this one.
	db := pg.NewDatabase(t)
	role := "ledger_" + db
	pg.Psql(t, db, fmt.Sprintf("CREATE ROLE %q LOGIN PASSWORD 'Xk29-not-shown-77'", role))
	t.Cleanup(func() { pg.Psql(t, "postgres", fmt.Sprintf("DROP ROLE %q", role)) })

	kube.Kubectl(t, estateObjects(role, aws.RoleARN), "apply", "-f", "-")
	t.Cleanup(func() { kube.Kubectl(t, "", "delete", "namespace", "payments", "--wait=false") })

	repo := filepath.Join(dir, "code", "ledger")
	leak(t, repo, aws.Key, aws.Secret)
	for k, v := range map[string]string{"AWS_ID": aws.DroverKey, "AWS_SECRET": aws.DroverSecret, "PG_DSN": pg.DSN(db)} {
		t.Setenv(k, v)
	}
	people := write(t, filepath.Join(dir, "people.csv"), "employee_id,first_name,last_name,email,status\nE1,Ana,Diaz,ana.diaz@acme.test,active\n")
	config := write(t, filepath.Join(dir, "drover.yaml"), fmt.Sprintf(`version: 1
sources:
  - {id: people, kind: file, paths: [%q], mapping: hr}
  - {id: code, kind: git, paths: [%q]}
  - {id: account, kind: aws, endpoint: %q, regions: [us-east-1], max_attempts: 2, retry_wait: 1ms, access_key_id: "${env:AWS_ID}", secret_access_key: "${env:AWS_SECRET}"}
  - {id: cluster, kind: kubernetes, kubeconfig: %q, secrets: decode}
  - {id: database, kind: postgres, dsn: "${env:PG_DSN}", hosts: ["ledger-db.acme.test:5432"]}
`, people, filepath.Dir(repo), moto.URL, kube.Kubeconfig))
	show := func(id string) string {
		out, errs, code := run(t, "--config", config, "show", id)
		if code != 0 {
			t.Errorf("show %s: exit code %d: %s", id, code, errs)
		}
		return out
	}
	out, errs, code := run(t, "--config", config, "scan", "-v")
	if code != 0 && code != 3 {
		t.Fatalf("scan: exit code %d\n%s%s", code, out, errs)
	}
	if strings.Contains(out+errs, aws.Secret) {
		t.Fatal("the scan prints the secret")
	}

	t.Log(out)
	t.Run("key in a commit", func(t *testing.T) {
		got := show("aws-key:" + aws.Key)
		wants(t, got, "aws.iam.access_key", `Member .*aws/`+aws.Account+`/iam.access_key/`+aws.Key+`  from account`, `Member .*secret/.*  from code`,
			`Member .*joined: same alias aws-key:`+aws.Key, // whichever was known later
			`Status +active`,
			`deploy\.sh:2`, `authenticates .*ci-deployer \(aws\.iam\.user\)`)
		got = show("ci-deployer")
		wants(t, got, "aws.iam.user", `Owner .*Ana Diaz`, `owns .*Ana Diaz`, `created .*acme/ledger`, `joined by .*github:acme/ledger`)
		wants(t, show("Ana Diaz"), `owns .*ci-deployer`, `owns .*acme/ledger`)
	})
	t.Run("pod", func(t *testing.T) {
		wants(t, show("ledger-api"), `runs_as .*ledger-sa \(kubernetes\.service_account\)`)
		wants(t, show("ledger-sa"), `can_assume .*ledger-writer \(aws\.iam\.role\)`, `joined by pattern oidc:.*system:serviceaccount:payments:ledger-\*`, `joined by alias arn:aws:iam::`+aws.Account+`:role/ledger-writer`)
		if got := show("other-sa"); strings.Contains(got, "ledger-writer") {
			t.Errorf("a service account that the trust policy does not cover:\n%s", got)
		}
	})
	t.Run("connection string in a Secret", func(t *testing.T) {
		got := show(role)
		wants(t, got, "postgres.role", `authenticates .*(password|dsn|connection|credential)`, `joined by .*dsn:postgres://ledger-db\.acme\.test:5432/`+role)
	})
	t.Run("twice the same", func(t *testing.T) {
		lists := func() string {
			all := ""
			for _, noun := range []string{"nodes", "credentials", "identities", "edges", "unseen"} {
				all += must(t, 0, "--config", config, "list", noun, "-o", "json", "--jq", "[.items[] | del(.lifecycle)]") // its reason tells ages
			}
			return all
		}
		before := lists()
		again, _, _ := run(t, "--config", config, "scan", "-o", "json")
		var res struct {
			Changes map[string]int
			Sources []struct {
				ID       string
				Sections []struct{ Name, Status string }
			}
		}
		if err := json.Unmarshal([]byte(again), &res); err != nil {
			t.Fatal(err)
		}
		for what, n := range res.Changes {
			if n != 0 {
				t.Errorf("a second scan: %d %s, want no change", n, what)
			}
		}
		if after := lists(); after != before {
			t.Errorf("a second scan lists other things:\n%s", cmp.Diff(strings.Split(before, "\n"), strings.Split(after, "\n")))
		}
		for _, s := range res.Sources {
			for _, x := range s.Sections {
				if x.Status != "ok" && x.Status != "skipped" && !(s.ID == "account" && slices.Contains(notEmulated, x.Name)) {
					t.Errorf("source %s: section %s is %s", s.ID, x.Name, x.Status)
				}
			}
		}
	})
}

// notEmulated are the sections that the emulator lacks calls for: the exit code
// of a scan is 3 by them, and by nothing else.
var notEmulated = []string{"codebuild.source_credentials", "iam.service_specific_credentials", "iot.certificates", "rolesanywhere", "eks.clusters", "lambda.functions"}

// wants checks that a text has a line for each expression.
func wants(t *testing.T, got string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !regexp.MustCompile(`(?m)` + l).MatchString(got) {
			t.Errorf("no line like %q in:\n%s", l, got)
		}
	}
}

// leak makes a repository in which a key was committed three months ago and
// removed a week later.
func leak(t *testing.T, repo, key, secret string) {
	t.Helper()
	git := func(at time.Time, args ...string) {
		cmd := exec.Command("git", append([]string{"-C", repo, "-c", "user.name=Bo Lund", "-c", "user.email=bo.lund@acme.test", "-c", "commit.gpgsign=false"}, args...)...)
		stamp := at.Format(time.RFC3339)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+stamp, "GIT_COMMITTER_DATE="+stamp, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if err := os.MkdirAll(repo, 0o755); err != nil {
		t.Fatal(err)
	}
	then := time.Now().AddDate(0, -3, 0)
	git(then, "init", "-q", "-b", "main")
	git(then, "remote", "add", "origin", "git@github.com:acme/ledger.git")
	write(t, filepath.Join(repo, "CODEOWNERS"), "* ana.diaz@acme.test\n")
	write(t, filepath.Join(repo, "deploy.sh"), fmt.Sprintf("#!/bin/sh\nexport AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", key, secret))
	git(then, "add", ".")
	git(then, "commit", "-qm", "deploy from the laptop")
	write(t, filepath.Join(repo, "deploy.sh"), "#!/bin/sh\nexec make deploy\n")
	git(then.AddDate(0, 0, 7), "commit", "-qam", "deploy by the pipeline")
}

// estateObjects are three service accounts, a workload, and a Secret with a
// connection string to a host that a Service stands for.
func estateObjects(role, arn string) string {
	return fmt.Sprintf(`
apiVersion: v1
kind: Namespace
metadata: {name: payments}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ledger-sa, namespace: payments, annotations: {eks.amazonaws.com/role-arn: %[2]q}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: other-sa, namespace: payments}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: payments}
spec: {type: ExternalName, externalName: ledger-db.acme.test}
---
apiVersion: v1
kind: Secret
metadata: {name: ledger-db, namespace: payments}
stringData: {DATABASE_URL: "postgres://%[1]s:Xk29-not-shown-77@db:5432/ledger"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger-api, namespace: payments}
spec:
  selector: {matchLabels: {app: ledger}}
  template:
    metadata: {labels: {app: ledger}}
    spec:
      serviceAccountName: ledger-sa
      containers:
        - {name: api, image: "registry.acme.test/ledger:1", envFrom: [{secretRef: {name: ledger-db}}]}
`, role, arn)
}
