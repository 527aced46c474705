package file

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/google/go-cmp/cmp"
)

// dataDir holds exports of other products, beside the checkout; nothing of them
// is copied here.
func dataDir(t *testing.T, sub string) string {
	t.Helper()
	dir := filepath.Join("../../../shared/data", sub)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s not present", sub)
	}
	return dir
}

// python runs a script of another hand over files and returns its lines, sorted.
func python(t *testing.T, script string, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 not present")
	}
	cmd := exec.Command(path, append([]string{"-c", script}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	slices.Sort(lines)
	return lines
}

func ids(nodes []drover.Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Ref.ID())
	}
	slices.Sort(out)
	return out
}

// edges renders edges of one kind between native ids.
func edges(r *connectortest.Result, kind drover.EdgeKind, part string) []string {
	var out []string
	for _, e := range r.Edges {
		if e.Kind == kind && e.Part == part {
			out = append(out, e.From.ID()+" "+e.To.ID())
		}
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: the truth is empty", what)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: missing (-) and extra (+):\n%s", what, diff)
	}
	t.Logf("%s: %d, missing = extra = 0: %v", what, len(want), slices.Equal(want, got))
}

func named(t *testing.T, root, glob string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ok, _ := filepath.Match(glob, filepath.Base(path)); ok && err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// HR and organisation exports as they come, told by their headers, equal what
// Python's csv module reads.
func TestTruthCSV(t *testing.T) {
	root := dataDir(t, "directory/midpoint")
	found := 0
	for _, p := range named(t, root, "*.csv") {
		r := collect(t, map[string][]string{"paths": {p}})
		if r.Err != nil {
			t.Logf("%s: %v", p, r.Err)
			continue
		}
		found++
		switch r.Sections[0].Name {
		case "hr":
			people := python(t, `import csv,sys
for r in csv.DictReader(open(sys.argv[1])): print(r.get("empNo") or r.get("Number"))`, p)
			if people[0] == "" {
				if len(r.Nodes) > 0 {
					t.Errorf("%s: there is a header and no row; got %+v", p, r.Nodes)
				}
				continue
			}
			same(t, p+" people", people, ids(r.ByType("hr.person")))
			same(t, p+" departments", python(t, `import csv,sys
print("\n".join({"name:"+r["department"] for r in csv.DictReader(open(sys.argv[1]))}))`, p), ids(r.ByType("hr.org_unit")))
			same(t, p+" memberships", python(t, `import csv,sys
for r in csv.DictReader(open(sys.argv[1])): print(r["empNo"]+" name:"+r["department"])`, p), edges(r, drover.EdgeMemberOf, ""))
		case "inventory":
			accounts := python(t, `import csv,sys
for r in csv.DictReader(open(sys.argv[1])): print((r.get("guid") or "name:"+r["login"])+" "+(r.get("uname") or r["login"]))`, p)
			var got []string
			for _, n := range r.ByType("inventory.account") {
				got = append(got, n.Ref.ID()+" "+n.Name)
			}
			slices.Sort(got)
			if accounts[0] != "" || len(got) > 0 {
				same(t, p+" accounts", accounts, got)
			}
		case "org":
			same(t, p+" units", python(t, `import csv,sys
for r in csv.DictReader(open(sys.argv[1])): print(r["orgnum"])`, p), ids(r.ByType("hr.org_unit")))
			same(t, p+" tree", python(t, `import csv,sys
for r in csv.DictReader(open(sys.argv[1])):
  if r["parentOrgNum"]: print(r["parentOrgNum"]+" "+r["orgnum"])`, p), edges(r, drover.EdgeContains, ""))
		}
	}
	if found < 4 {
		t.Errorf("%d files were told by their header, want 4 at least", found)
	}
}

// LDAP exports: the distinguished names of all people, groups and units, and
// the members, equal what an independent reader of RFC 2849 gives.
func TestTruthLDIF(t *testing.T) {
	root := dataDir(t, "directory/midpoint")
	const reader = `import sys,base64,re
P={"person","organizationalperson","inetorgperson","account","posixaccount","user","computer","applicationprocess","simplesecurityobject"}
G={"groupofnames","groupofuniquenames","group","posixgroup","organizationalrole"}
U={"organizationalunit","organization","domain","dcobject"}
dn=lambda s: ",".join("=".join(x.strip() for x in p.split("=",1)) for p in s.lower().split(","))
for path in sys.argv[2:]:
  for block in re.split(r"\n\s*\n", open(path).read().replace("\r","").replace("\n ","")):
    e={}
    for l in block.split("\n"):
      if not l or l[0]=="#" or ":" not in l: continue
      k,v=l.split(":",1)
      v=base64.b64decode(v[1:]).decode() if v[:1]==":" else v.lstrip(" ")
      e.setdefault(k.lower(),[]).append(v)
    if "dn" not in e or e.get("changetype",["add"])[0]!="add": continue
    oc={o.lower() for o in e.get("objectclass",[])}
    d=dn(e["dn"][0])
    if sys.argv[1]=="ids" and (oc&P or oc&G or oc&U): print(d)
    if sys.argv[1]=="members" and oc&G:
      for m in e.get("member",e.get("uniquemember",[])): print(dn(m)+" "+d)`
	for _, p := range named(t, root, "*.ldif") {
		truth := python(t, reader, "ids", p)
		r := collect(t, map[string][]string{"paths": {p}})
		if r.Err != nil || truth[0] == "" {
			t.Logf("%s: no entries of people, groups or units; %v", p, r.Err)
			continue
		}
		var got []string
		for _, typ := range []string{"ldap.user", "ldap.group", "ldap.org_unit"} {
			got = append(got, ids(r.ByType(typ))...)
		}
		slices.Sort(got)
		same(t, p, slices.Compact(truth), got)
		if m := python(t, reader, "members", p); m[0] != "" {
			same(t, p+" members", slices.Compact(m), edges(r, drover.EdgeMemberOf, ""))
		}
	}
}

// A database's INSERT statements, made CSV by a few lines of Python, bring the
// people and the chain of managers with the built-in mapping.
func TestTruthSQL(t *testing.T) {
	sql := filepath.Join(dataDir(t, "directory/oracle-hr"), "hr_populate.sql")
	csv := filepath.Join(t.TempDir(), "employees.csv")
	const convert = `import re,csv,sys
rows=[]
for body in re.findall(r"INSERT INTO employees VALUES\s*\((.*?)\)\s*;", open(sys.argv[1]).read(), re.S):
  v=[a or b for a,b in re.findall(r"(?:TO_DATE\(\s*'([^']*)'[^)]*\)|'?([^',\s][^',]*?)'?)\s*(?:,|$)", body.strip())]
  rows.append(["" if x=="NULL" else x for x in v])
assert rows and all(len(r)==11 for r in rows), [r for r in rows if len(r)!=11][:3]
`
	python(t, convert+`w=csv.writer(open(sys.argv[2],"w"))
w.writerow("employee_id,first_name,last_name,login,phone,hire_date,job_id,salary,commission,manager_id,department_id".split(","))
w.writerows(rows)`, sql, csv)
	r := collect(t, map[string][]string{"paths": {csv}})
	same(t, "people", python(t, `import re,sys
for m in re.findall(r"INSERT INTO employees VALUES\s*\(\s*(\d+)", open(sys.argv[1]).read()): print(m)`, sql), ids(r.ByType("hr.person")))
	same(t, "managers", python(t, convert+`for r in rows:
  if r[9]: print(r[9]+" "+r[0])`, sql), edges(r, drover.EdgeOwns, "manager"))
	same(t, "departments", python(t, convert+`for r in rows:
  if r[10]: print(r[0]+" "+r[10])`, sql), edges(r, drover.EdgeMemberOf, ""))
}

// Recorded API responses enter by a mapping alone.
func TestTruthJSON(t *testing.T) {
	for name, c := range map[string]struct{ file, typ, mapping, truth string }{
		"okta users": {"api-responses/openhound-okta/api/users.json", "okta.user", `
rows:
- {kind: identity, type: okta.user, id: '{id}', name: '{profile.login}', aliases: ['email:{profile.email|lower}'], created: '{created}', rotated: '{passwordChanged}', attrs: {status: '{status}'}, evidence: [{claim: last_used, at: '{lastLogin}'}]}
`, `for r in d: print(r["id"])`},
		"okta groups": {"api-responses/openhound-okta/api/groups.json", "okta.group", `
rows:
- {kind: group, type: okta.group, id: '{id}', name: '{profile.name}', created: '{created}', attrs: {type: '{type}', objectClass: '{objectClass|list}'}}
`, `for r in d: print(r["id"])`},
		"okta application keys": {"api-responses/openhound-okta/api/app_jwks.json", "okta.app_key", `
items: jwks.keys
rows:
- {kind: credential, type: okta.app_key, id: '{id}', name: '{kid}', created: '{created}', attrs: {status: '{status}', alg: '{alg}'}}
`, `for r in d["jwks"]["keys"]: print(r["id"])`},
		"lastpass users": {"api-responses/cartography/lastpass/users.json", "lastpass.user", `
items: LASTPASS_USERS.Users.*
rows:
- {kind: identity, type: lastpass.user, id: '{_key}', name: '{username}', created: '{created}', attrs: {disabled: '{disabled|bool}'}, evidence: [{claim: last_used, at: '{last_login}'}]}
`, `for k in d["LASTPASS_USERS"]["Users"]: print(k)`},
		"keycloak members": {"api-responses/cartography/keycloak/organizations.json", "keycloak.user", `
items: KEYCLOAK_ORGANIZATIONS._members
rows:
- {kind: identity, type: keycloak.user, id: '{id}', name: '{username}', aliases: ['email:{email|lower}']}
`, `print("\n".join({m["id"] for o in d["KEYCLOAK_ORGANIZATIONS"] for m in o.get("_members",[])}))`},
		"databricks tokens": {"api-responses/cartography/databricks/tokens.json", "databricks.token", `
items: DATABRICKS_TOKENS
times: [unix_ms]
rows:
- {kind: credential, type: databricks.token, id: '{token_id}', name: '{comment}', created: '{creation_time}', expires: '{expiry_time|drop:-1}', edges: [{kind: authenticates, to: {type: user, id: '{owner_id}'}}]}
`, `for r in d["DATABRICKS_TOKENS"]: print(r["token_id"])`},
	} {
		p := filepath.Join(dataDir(t, "api-responses"), strings.TrimPrefix(c.file, "api-responses/"))
		if _, err := os.Stat(p); err != nil {
			continue
		}
		m := write(t, t.TempDir(), "m.yaml", "mapping: drover/v1\nname: x\nsystem: s\ncomplete: true\n"+c.mapping)
		r := collect(t, map[string][]string{"paths": {p}, "mapping": {m}})
		if r.Status() != drover.StatusOK || len(r.Kept) > 0 {
			t.Errorf("%s: %+v, %v, kept %v", name, r.Sections, r.Err, r.Kept)
		}
		same(t, name, python(t, "import json,sys\nd=json.load(open(sys.argv[1]))\n"+c.truth, p), ids(r.ByType(c.typ)))
	}
}
