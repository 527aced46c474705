package remedy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/remedy"
	"github.com/google/go-cmp/cmp"
)

// world has one thing of each sort that commands are written for. %s stands for
// names.
const world = `
aws/1/iam.user/U1 identity name=%[1]s alias=arn:aws:iam::1:user/x
aws/1/iam.root/root identity name=root
aws/1/iam.access_key/AKIAROOT credential
aws/1/iam.access_key/AKIAROOT -authenticates-> aws/1/iam.root/root
aws/1/iam.role/R1 identity name=%[1]s
aws/1/iam.access_key/AKIA1 credential
aws/1/iam.access_key/AKIA1 -authenticates-> aws/1/iam.user/U1
aws/1/iam.login_profile/U1 credential
aws/1/iam.login_profile/U1 -authenticates-> aws/1/iam.user/U1
aws/1/iam.policy/P1 policy name=%[1]s alias=arn:aws:iam::aws:policy/AdministratorAccess
aws/1/iam.inline_policy/P2 policy name=%[1]s
aws/1/iam.inline_policy/P2 -attached-> aws/1/iam.role/R1
aws/1/iam.group/G1 group name=%[1]s
kubernetes/c/service_account/s1 identity name=%[1]s attrs.namespace=shop
kubernetes/c/service_account/s2 identity name=other attrs.namespace=shop
kubernetes/c/cluster_role/r1 role name=cluster-admin
kubernetes/c/cluster_role_binding/b1 policy name=%[1]s
kubernetes/c/cluster_role_binding/b2 policy name=%[1]s
kubernetes/c/cluster_role/r2 role name=view
kubernetes/c/service_account/s1 -member_of-> kubernetes/c/cluster_role/r1 part=b1
kubernetes/c/cluster_role_binding/b1 -attached-> kubernetes/c/service_account/s1
kubernetes/c/service_account/s1 -member_of-> kubernetes/c/cluster_role/r2 part=b2
kubernetes/c/cluster_role_binding/b2 -attached-> kubernetes/c/service_account/s1
kubernetes/c/cluster_role_binding/b2 -attached-> kubernetes/c/service_account/s2
postgres/db/postgres.role/10 identity type=postgres.role name=%[1]s attrs.comment=%[1]s
postgres/db/postgres.role/11 role type=postgres.role name=%[1]s
mysql/db/user/1 identity name=%[1]s
snowflake/acc/user/1 identity name=%[1]s
snowflake/acc/programmatic_access_token/1 credential name=%[1]s
snowflake/acc/programmatic_access_token/1 -authenticates-> snowflake/acc/user/1
github/acme/deploy_key/7 credential attrs.repository=acme/shop
github/acme/user/8 identity name=%[1]s
github/acme/personal_access_token/9 credential attrs.fine_grained=true
github/acme/actions_secret/10 credential name=%[1]s
gitlab/acme/personal_access_token/9 credential
entra/t/application/a identity attrs.appId=11111111-2222-3333-4444-555555555555
entra/t/application_password/p credential attrs.keyId=66666666-7777-8888-9999-000000000000
entra/t/application_password/p -authenticates-> entra/t/application/a
entra/t/service_principal/s identity attrs.appId=11111111-2222-3333-4444-555555555555
gcp/p/service_account/1 identity name=x@p.iam.gserviceaccount.com attrs.email=x@p.iam.gserviceaccount.com
gcp/p/service_account_key/abc credential
gcp/p/service_account_key/abc -authenticates-> gcp/p/service_account/1
ad/corp/user/1 identity name=%[1]s
ad/corp/group/2 group name=%[1]s
okta/acme.okta.com/api_token/00T credential
vault/v/approle/1 identity name=%[1]s
vault/v/secret_id/acc credential
vault/v/secret_id/acc -authenticates-> vault/v/approle/1
vault/v/token/tok credential
machine/h/account/1 identity name=%[1]s
machine/h/group/2 group name=%[1]s
racf/z/user/IBMX identity name=IBMX
ibmi/i/user/QX identity name=BATCH
x509/-/certificate/1 credential
secret/-/github-pat/1 credential type=github.personal_access_token
`

func estate(t testing.TB, name string) *check.Estate {
	return checktest.Estate(t, fmt.Sprintf(world, fmt.Sprintf("%q", name)))
}

// acts are all single things times all remedies, by name.
func acts(e *check.Estate) map[string]drover.Fix {
	out := map[string]drover.Fix{}
	what := func(row int, kinds ...string) (rows []int) {
		for i := range e.Graph.Seen() {
			for _, k := range kinds {
				if e.Graph.Ref(i).System()+"."+e.Graph.Ref(i).Type() == k {
					rows = append(rows, i)
				}
			}
		}
		return rows
	}
	for i := range e.Graph.Seen() {
		ref := string(e.Graph.Ref(i))
		put := func(f drover.Fix) { out[ref+" "+f.Action] = f }
		put(remedy.Disable(e, i))
		put(remedy.Delete(e, i))
		put(remedy.Rotate(e, i))
		put(remedy.Revoke(e, i))
		put(remedy.Expire(e, i))
		put(remedy.Vault(e, i, 0))
		put(remedy.Federate(e, i))
		put(remedy.Narrow(e, i, "SELECT on orders"))
		put(remedy.Restrict(e, i, "an external id"))
		put(remedy.SetOwner(e, i))
		put(remedy.ConfirmOwner(e, i))
		put(remedy.HandOver(e, i))
		put(remedy.Split(e, i, []int{0, 1}))
		put(remedy.Tag(e, i, "owner", e.Graph.Name(i)))
		put(remedy.Pin(e, i, "its version"))
		put(remedy.Configure(e, i, "NOSUPERUSER"))
		put(remedy.Review(e, i, "whether it is needed"))
		for _, w := range what(i, "aws.iam.policy", "aws.iam.inline_policy", "aws.iam.group", "kubernetes.cluster_role", "postgres.postgres.role", "ad.group", "machine.group") {
			if f := remedy.Detach(e, i, w); e.Graph.Ref(w).System() == e.Graph.Ref(i).System() {
				out[ref+" detach "+string(e.Graph.Ref(w))] = f
			}
		}
	}
	return out
}

// The commands, as the systems' own documentation has them.
func TestCommands(t *testing.T) {
	got := acts(estate(t, "svc-a"))
	for key, want := range map[string]string{
		"aws/1/iam.access_key/AKIA1 disable":                                  "aws iam update-access-key --user-name svc-a --access-key-id AKIA1 --status Inactive",
		"aws/1/iam.access_key/AKIAROOT delete":                                "aws iam delete-access-key --access-key-id AKIAROOT",
		"aws/1/iam.access_key/AKIA1 rotate":                                   "aws iam create-access-key --user-name svc-a",
		"aws/1/iam.user/U1 detach aws/1/iam.policy/P1":                        "aws iam detach-user-policy --user-name svc-a --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
		"aws/1/iam.role/R1 detach aws/1/iam.inline_policy/P2":                 "aws iam delete-role-policy --role-name svc-a --policy-name svc-a",
		"aws/1/iam.inline_policy/P2 narrow":                                   "aws iam put-role-policy --role-name svc-a --policy-name svc-a --policy-document file://policy.json",
		"aws/1/iam.user/U1 detach aws/1/iam.group/G1":                         "aws iam remove-user-from-group --user-name svc-a --group-name svc-a",
		"aws/1/iam.role/R1 restrict_trust":                                    "aws iam update-assume-role-policy --role-name svc-a --policy-document file://trust.json",
		"aws/1/iam.role/R1 tag":                                               `aws iam tag-role --role-name svc-a --tags '[{"Key":"owner","Value":"svc-a"}]'`,
		"kubernetes/c/service_account/s1 detach kubernetes/c/cluster_role/r1": "kubectl delete clusterrolebinding/svc-a",
		"kubernetes/c/service_account/s1 detach kubernetes/c/cluster_role/r2": "kubectl edit clusterrolebinding/svc-a",
		"kubernetes/c/service_account/s1 delete":                              "kubectl delete serviceaccount/svc-a -n shop",
		"kubernetes/c/service_account/s1 tag":                                 "kubectl label serviceaccount/svc-a -n shop owner=svc-a --overwrite",
		"postgres/db/postgres.role/10 disable":                                `psql -X -c 'ALTER ROLE "svc-a" NOLOGIN'`,
		"postgres/db/postgres.role/10 configure":                              `psql -X -c 'ALTER ROLE "svc-a" NOSUPERUSER'`,
		"postgres/db/postgres.role/10 expire":                                 `psql -X -c 'ALTER ROLE "svc-a" VALID UNTIL '\''2026-04-01'\'''`,
		"postgres/db/postgres.role/10 detach postgres/db/postgres.role/11":    `psql -X -c 'REVOKE "svc-a" FROM "svc-a"'`,
		"postgres/db/postgres.role/10 rotate":                                 `psql -X -c '\password "svc-a"'`,
		"mysql/db/user/1 disable":                                             `mysql -e 'ALTER USER '\''svc-a'\''@'\''%'\'' ACCOUNT LOCK'`,
		"snowflake/acc/user/1 disable":                                        `snow sql --query 'ALTER USER "svc-a" SET DISABLED = TRUE'`,
		"snowflake/acc/programmatic_access_token/1 revoke":                    `snow sql --query 'ALTER USER "svc-a" REMOVE PROGRAMMATIC ACCESS TOKEN "svc-a"'`,
		"github/acme/deploy_key/7 delete":                                     "gh api --method DELETE /repos/acme/shop/keys/7",
		"github/acme/personal_access_token/9 revoke":                          "gh api --method POST /orgs/acme/personal-access-tokens/9 -f action=revoke",
		"github/acme/user/8 delete":                                           "gh api --method DELETE /orgs/acme/members/svc-a",
		"gitlab/acme/personal_access_token/9 revoke":                          "glab api --method DELETE personal_access_tokens/9",
		"entra/t/application_password/p revoke":                               "az ad app credential delete --id 11111111-2222-3333-4444-555555555555 --key-id 66666666-7777-8888-9999-000000000000",
		"entra/t/service_principal/s disable":                                 "az ad sp update --id 11111111-2222-3333-4444-555555555555 --set accountEnabled=false",
		"gcp/p/service_account_key/abc disable":                               "gcloud iam service-accounts keys disable abc --iam-account x@p.iam.gserviceaccount.com",
		"gcp/p/service_account/1 disable":                                     "gcloud iam service-accounts disable x@p.iam.gserviceaccount.com",
		"ad/corp/user/1 disable":                                              "Disable-ADAccount -Identity svc-a",
		"ad/corp/user/1 detach ad/corp/group/2":                               "Remove-ADGroupMember -Identity svc-a -Members svc-a",
		"okta/acme.okta.com/api_token/00T revoke":                             `curl --fail --request DELETE --header "Authorization: SSWS $OKTA_API_TOKEN" https://acme.okta.com/api/v1/api-tokens/00T`,
		"vault/v/secret_id/acc revoke":                                        "vault write auth/approle/role/svc-a/secret-id-accessor/destroy secret_id_accessor=acc",
		"vault/v/token/tok revoke":                                            "vault token revoke -accessor tok",
		"machine/h/account/1 disable":                                         "usermod --lock --expiredate 1 svc-a",
		"machine/h/account/1 detach machine/h/group/2":                        "gpasswd --delete svc-a svc-a",
		"racf/z/user/IBMX disable":                                            "tsocmd 'ALTUSER IBMX REVOKE'",
		"ibmi/i/user/QX disable":                                              "system 'CHGUSRPRF USRPRF(BATCH) STATUS(*DISABLED)'",
		"aws/1/iam.user/U1 set_owner":                                         "drover owner set aws/1/iam.user/U1 OWNER",
	} {
		f, ok := got[key]
		if !ok {
			t.Errorf("%s: no such fix", key)
		} else if f.Command != want {
			t.Errorf("%s\n got %s\nwant %s", key, f.Command, want)
		}
	}
	for key, f := range got {
		if f.Text == "" || f.Action == "" || f.Object == "" || f.Group == "" || strings.HasSuffix(f.Text, "..") || !strings.HasSuffix(f.Text, ".") {
			t.Errorf("%s: %+v", key, f)
		}
		if _, ok := remedy.Find(f.Action); !ok {
			t.Errorf("%s is not listed in All", f.Action)
		}
	}
}

// Nothing that is removed is said to be switched on again, and what is switched
// off is.
func TestUndo(t *testing.T) {
	got := acts(estate(t, "svc-a"))
	const on = "switched on again as it was"
	for key, want := range map[string]string{
		"aws/1/iam.access_key/AKIA1 disable": on, "aws/1/iam.user/U1 disable": on, "gcp/p/service_account_key/abc disable": on, "postgres/db/postgres.role/10 disable": on, "snowflake/acc/programmatic_access_token/1 disable": on, "ad/corp/user/1 disable": on,
		"aws/1/iam.login_profile/U1 disable": "is removed", "entra/t/application_password/p disable": "is removed", "github/acme/deploy_key/7 disable": "is removed", "gitlab/acme/personal_access_token/9 disable": "is removed",
		"okta/acme.okta.com/api_token/00T disable": "is removed", "vault/v/token/tok disable": "is removed", "vault/v/secret_id/acc disable": "is removed", "x509/-/certificate/1 disable": "is removed",
		"kubernetes/c/cluster_role_binding/b1 delete": "made again from its manifest", "aws/1/iam.inline_policy/P2 disable": "from its document", "github/acme/user/8 disable": "invited again",
	} {
		f, ok := got[key]
		if !ok || !strings.Contains(f.Undo, want) {
			t.Errorf("%s: undo is %q, want %q in it", key, f.Undo, want)
		}
	}
	for key, f := range got {
		verb := " " + f.Command + " "
		if strings.Contains(f.Undo, on) && (strings.Contains(verb, " delete") || strings.Contains(verb, "DELETE") || strings.Contains(verb, " revoke") || strings.Contains(verb, "destroy") || strings.Contains(f.Text, "cannot be switched off")) {
			t.Errorf("%s: %q is said to be undone: %s", key, f.Command+" "+f.Text, f.Undo)
		}
	}
}

var hostile = []string{"it's", `a"b`, "a b", "$(touch pwned)", "`touch pwned`", "; touch pwned", "a\\b", "-rf", "--help", "~root", "*", "a\nb", "\x1b[31m", "!!", "{a,b}", "=x", "<>&|", "#x", "%s%n", "a''b", `"; DROP ROLE x; --`, "’; Remove-Item x; ‘", "é\u202eb", "\xff\xfe", strings.Repeat("x'", 900), ""}

// Quoted text is one argument, whatever is in it, as a real shell reads it.
func TestQuote(t *testing.T) {
	for _, s := range hostile {
		out, err := exec.Command("/bin/sh", "-c", "printf %s "+remedy.Quote(s)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != s {
			t.Errorf("Quote(%q) is read as %q", s, out)
		}
	}
}

// No name changes how many arguments a command has, runs anything else, or leaves
// its line; SQL in it keeps its identifiers.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"aws", "kubectl", "psql", "mysql", "snow", "gh", "glab", "az", "gcloud", "curl", "vault", "usermod", "userdel", "chage", "gpasswd", "tsocmd", "system", "drover", "sf", "cmctl", "ssh-keygen",
		"Disable-ADAccount", "Remove-ADUser", "Set-ADAccountPassword", "Set-ADAccountExpiration", "Remove-ADGroupMember", "Set-ADAccountControl", "Set-ADUser"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nprintf '%s\\n' $#\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plain := acts(estate(t, "svc-a"))
	want := counts(t, dir, plain)
	for _, name := range hostile {
		if name == "" {
			continue
		}
		got := acts(estate(t, name))
		n := counts(t, dir, got)
		for key, f := range got {
			if strings.ContainsAny(f.Command, "\n\r\x1b\x00") {
				t.Errorf("%s: %q leaves its line", key, f.Command)
			}
			if f.Command == "" || plain[key].Command == "" || strings.HasPrefix(name, "-") || verb(f.Command) != verb(plain[key].Command) {
				continue
			}
			if n[key] != want[key] {
				t.Errorf("name %.40q makes %s of %s to %s arguments: %s", name, key, want[key], n[key], f.Command)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("a name was run")
	}
}

// verb is the beginning of a command that names do not change.
func verb(command string) string {
	f := strings.Fields(command)
	return strings.Join(f[:min(len(f), 2)], " ")
}

// counts runs all commands with stubs in the place of the programs, in one shell.
func counts(t *testing.T, dir string, fixes map[string]drover.Fix) map[string]string {
	t.Helper()
	var script strings.Builder
	var keys []string
	for key, f := range fixes {
		if f.Command != "" {
			keys = append(keys, key)
			script.WriteString(f.Command + "\n")
		}
	}
	c := exec.Command("/bin/sh", "-e")
	c.Stdin, c.Dir, c.Env = strings.NewReader(script.String()), dir, []string{"PATH=" + dir, "OKTA_API_TOKEN=x"}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(keys) {
		t.Fatalf("%d commands, %d programs ran: %.400s", len(keys), len(lines), out)
	}
	n := map[string]string{}
	for i, key := range keys {
		n[key] = lines[i]
	}
	return n
}

func TestIdent(t *testing.T) {
	for in, want := range map[string]string{`a`: `"a"`, `a"b`: `"a""b"`, "a\x00b": `"ab"`, `x"; DROP ROLE y; --`: `"x""; DROP ROLE y; --"`} {
		if got := remedy.Ident(in); got != want {
			t.Errorf("Ident(%q) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{`a`: `'a'`, `it's`: `'it''s'`, `a\b`: `E'a\\b'`, `\'`: `E'\\'''`} {
		if got := remedy.Literal(in); got != want {
			t.Errorf("Literal(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestGroupTitle(t *testing.T) {
	e := estate(t, "svc from x")
	rows := map[string]int{}
	for i := range e.Graph.Seen() {
		rows[string(e.Graph.Ref(i))] = i
	}
	u, r, p := rows["aws/1/iam.user/U1"], rows["aws/1/iam.role/R1"], rows["aws/1/iam.policy/P1"]
	fixes := []drover.Fix{remedy.Detach(e, u, p), remedy.Detach(e, r, p)}
	if fixes[0].Group != fixes[1].Group {
		t.Error("one policy taken from two is not one group")
	}
	got := []string{remedy.GroupTitle(fixes, "2 identities"), remedy.GroupTitle([]drover.Fix{remedy.Disable(e, u), remedy.Disable(e, r)}, "2 identities"), remedy.GroupTitle(nil, "x")}
	want := []string{"Remove IAM policy svc from x from 2 identities", "Disable 2 identities", "x"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Every remedy says how it is done where no command exists.
func TestAll(t *testing.T) {
	for _, r := range remedy.All {
		if r.Title == "" || r.Doc == "" || len(r.ByHand) == 0 || len(r.Closes) == 0 {
			t.Errorf("%s: title, doc, by hand or closes is missing", r.ID)
		}
	}
	c := &check.Check{Fix: []string{"disable", "review"}, Systems: []string{"aws", "postgres"}}
	var systems []string
	for _, x := range remedy.ByHand(c) {
		systems = append(systems, x[0])
	}
	if d := cmp.Diff([]string{"aws", "postgres", ""}, systems); d != "" {
		t.Error(d)
	}
}
