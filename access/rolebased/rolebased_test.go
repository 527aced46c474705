package rolebased

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A question with the answer of the vendor's page that the test cites.
type question struct {
	what, who, action, scope string
	want                     access.Verdict
}

func ask(t *testing.T, table *Table, questions []question) {
	t.Helper()
	c := Compile(table)
	for _, q := range questions {
		d := c.Evaluate(Principal{ID: q.who}, q.action, q.scope)
		if d.Verdict != q.want {
			t.Errorf("%s: %s %s at %s: got %s (%v), want %s", q.what, q.who, q.action, q.scope, d.Verdict, d.Proof, q.want)
		}
		if len(d.Proof) == 0 {
			t.Errorf("%s: no proof", q.what)
		}
		if (d.Verdict == access.Conditional) != (len(d.Condition) > 0) {
			t.Errorf("%s: %s with condition %s", q.what, d.Verdict, d.Condition)
		}
	}
}

const (
	subscription = "/subscriptions/s1"
	group        = subscription + "/resourceGroups/g1"
	storage      = group + "/providers/Microsoft.Storage/storageAccounts/a1"
	contributor  = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	reader       = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
	blobReader   = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
	owner        = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
)

func TestAzure(t *testing.T) {
	table := Azure()
	table.Members = map[string][]string{"nested": {"team"}, "ann": {"nested"}}
	table.Parents = map[string][]string{
		subscription: {"/providers/Microsoft.Management/managementGroups/child"},
		"/providers/Microsoft.Management/managementGroups/child": {"/providers/Microsoft.Management/managementGroups/root"},
	}
	table.Roles["custom-unread"] = Role{Unread: true}
	table.Assignments = []Assignment{
		{Ref: "a/1", Principals: []string{"con"}, Role: contributor, Scope: group},
		{Ref: "a/2", Principals: []string{"mgr"}, Role: reader, Scope: "/providers/Microsoft.Management/managementGroups/root"},
		{Ref: "a/3", Principals: []string{"team"}, Role: AzureRole("/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/" + strings.ToUpper(blobReader)), Scope: storage},
		{Ref: "a/4", Principals: []string{"own"}, Role: owner, Scope: subscription},
		{Ref: "a/5", Principals: []string{"cond"}, Role: blobReader, Scope: storage, Condition: Expression("azure", "@Resource[...] StringEquals 'x'")},
		{Ref: "a/6", Principals: []string{"odd"}, Role: "custom-unread", Scope: group},
		{Ref: "a/7", Principals: []string{"odd"}, Role: "never-read", Scope: subscription},
		{Ref: "a/8", Principals: []string{"two"}, Role: contributor, Scope: group},
		{Ref: "a/9", Principals: []string{"two"}, Role: owner, Scope: storage},
		{Ref: "d/1", Principals: []string{Everyone}, Except: []string{"own"}, Scope: group, Deny: true,
			Permissions: AzurePermissions([]string{"*/delete"}, []string{"Microsoft.Network/*"}, nil, nil, "")},
		{Ref: "d/2", Principals: []string{Everyone}, Scope: subscription, Deny: true, Here: true,
			Permissions: AzurePermissions([]string{"*/write"}, nil, nil, nil, "")},
	}
	// https://learn.microsoft.com/azure/role-based-access-control/overview and the
	// pages that it leads to.
	ask(t, table, []question{
		{"a role gives its actions", "con", "Microsoft.Compute/virtualMachines/start/action", group, access.Allow},
		{"scope: what lies in it inherits", "con", "Microsoft.Storage/storageAccounts/write", storage, access.Allow},
		{"scope: what it lies in does not", "con", "Microsoft.Storage/storageAccounts/write", subscription, access.Deny},
		{"scope: a name that begins the same is another", "con", "Microsoft.Storage/storageAccounts/write", group + "0", access.Deny},
		{"scope: case does not count", "con", "microsoft.storage/storageaccounts/WRITE", strings.ToUpper(storage), access.Allow},
		{"role definitions: NotActions narrow the role", "con", "Microsoft.Authorization/roleAssignments/write", group, access.Deny},
		{"role definitions: NotActions are no deny", "two", "Microsoft.Authorization/roleAssignments/write", storage, access.Allow},
		{"role definitions: actions give no data actions", "own", "data:Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", storage, access.Deny},
		{"role definitions: data actions", "ann", "data:Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", storage, access.Allow},
		{"role definitions: data actions are no actions", "ann", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", storage, access.Deny},
		{"groups: membership is transitive", "nested", "Microsoft.Storage/storageAccounts/blobServices/containers/read", storage, access.Allow},
		{"management groups: inherited through two", "mgr", "Microsoft.Storage/storageAccounts/read", storage, access.Allow},
		{"deny assignments: win over a role", "con", "Microsoft.Storage/storageAccounts/delete", storage, access.Deny},
		{"deny assignments: NotActions are left out", "con", "Microsoft.Network/virtualNetworks/delete", group, access.Allow},
		{"deny assignments: excluded principals", "own", "Microsoft.Storage/storageAccounts/delete", storage, access.Allow},
		{"deny assignments: not for child scopes", "own", "Microsoft.Storage/storageAccounts/write", storage, access.Allow},
		{"deny assignments: at the scope itself", "own", "Microsoft.Resources/tags/write", subscription, access.Deny},
		{"conditions: leave it open", "cond", "data:Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", storage, access.Conditional},
		{"a role that was not read", "odd", "Microsoft.Compute/virtualMachines/read", group, access.Unknown},
		{"a role that is not in the table", "odd", "Microsoft.Compute/virtualMachines/read", subscription, access.Unknown},
		{"nobody", "nobody", "Microsoft.Compute/virtualMachines/read", group, access.Deny},
	})
	for action, want := range map[string]access.Level{
		"Microsoft.Authorization/roleAssignments/write": access.LevelEscalate, "Microsoft.Storage/storageAccounts/listKeys/action": access.LevelSecrets,
		"Microsoft.Compute/virtualMachines/runCommand/action": access.LevelExecute, "Microsoft.Storage/storageAccounts/read": access.LevelRead,
		"*": access.LevelEscalate, "*/read": access.LevelRead, "Microsoft.Storage/*": access.LevelSecrets, "data:*/delete": access.LevelDelete,
	} {
		if got := Compile(table).level(access.Set{In: []string{action}, Fold: true}); got != want {
			t.Errorf("level of %s: got %q, want %q", action, got, want)
		}
	}
}

func TestGCP(t *testing.T) {
	table := GCP()
	table.Parents = map[string][]string{"projects/p": {"folders/f"}, "folders/f": {"organizations/o"}, "projects/q": {"organizations/o"}}
	table.Members = map[string][]string{"user:ann": {"group:devs"}}
	cel := Expression("cel", `resource.name.startsWith("projects/_/buckets/x")`)
	table.Assignments = []Assignment{
		{Ref: "b/1", Principals: []string{GCPMember("group:devs")}, Role: "roles/storage.objectViewer", Scope: "folders/f"},
		{Ref: "b/2", Principals: []string{"serviceAccount:s"}, Role: "roles/owner", Scope: "organizations/o"},
		{Ref: "b/3", Principals: []string{GCPMember("allUsers")}, Role: "roles/storage.objectViewer", Scope: "projects/q/buckets/public"},
		{Ref: "b/4", Principals: []string{GCPMember("allAuthenticatedUsers")}, Role: "roles/storage.objectViewer", Scope: "projects/q/buckets/members"},
		{Ref: "b/5", Principals: []string{"serviceAccount:c"}, Role: "roles/storage.admin", Scope: "projects/p", Condition: cel},
		{Ref: "b/6", Principals: []string{"serviceAccount:d"}, Role: "roles/iam.serviceAccountTokenCreator", Scope: "projects/p"},
		{Ref: "d/1", Principals: []string{GCPMember("principalSet://goog/public:all")}, Except: []string{"serviceAccount:d"}, Scope: "folders/f", Deny: true,
			Permissions: []Permission{{Actions: []string{GCPDenied("iam.googleapis.com/serviceAccounts.getAccessToken")}}}},
		{Ref: "d/2", Principals: []string{"serviceAccount:s"}, Scope: "projects/q", Deny: true, Condition: cel,
			Permissions: []Permission{{Actions: []string{GCPDenied("cloudresourcemanager.googleapis.com/projects.delete")}}}},
	}
	// https://cloud.google.com/iam/docs/allow-policies, .../deny-overview,
	// .../resource-hierarchy-access-control, .../principals-overview
	ask(t, table, []question{
		{"allow policy of a folder reaches a project's bucket", "user:ann", "storage.objects.get", "projects/p/buckets/b", access.Allow},
		{"and no other project", "user:ann", "storage.objects.get", "projects/q/buckets/b", access.Deny},
		{"a role has its permissions only", "user:ann", "storage.objects.create", "projects/p/buckets/b", access.Deny},
		{"the organization's reaches everything", "serviceAccount:s", "storage.buckets.create", "projects/q", access.Allow},
		{"deny wins over owner", "serviceAccount:s", "iam.serviceAccounts.getAccessToken", "projects/p/serviceAccounts/x", access.Deny},
		{"deny only where it is attached", "serviceAccount:s", "iam.serviceAccounts.actAs", "projects/q/serviceAccounts/x", access.Allow},
		{"deny: exception principals", "serviceAccount:d", "iam.serviceAccounts.getAccessToken", "projects/p/serviceAccounts/x", access.Allow},
		{"deny under a condition", "serviceAccount:s", "resourcemanager.projects.delete", "projects/q", access.Conditional},
		{"allow under a condition", "serviceAccount:c", "storage.buckets.delete", "projects/p", access.Conditional},
		{"allUsers", "user:nobody", "storage.objects.get", "projects/q/buckets/public/objects/o", access.Allow},
		{"allAuthenticatedUsers", "user:nobody", "storage.objects.get", "projects/q/buckets/members", access.Allow},
	})
	if d := Evaluate(table, Principal{Anonymous: true}, "storage.objects.get", "projects/q/buckets/members"); d.Verdict != access.Deny {
		t.Errorf("anonymous among allAuthenticatedUsers: %s", d.Verdict)
	}
	if d := Evaluate(table, Principal{Anonymous: true}, "storage.objects.get", "projects/q/buckets/public"); d.Verdict != access.Allow {
		t.Errorf("anonymous among allUsers: %s", d.Verdict)
	}
}

func TestEntra(t *testing.T) {
	const (
		global  = "62e90394-69f5-4237-9190-012177145e10"
		appAdm  = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
		userAdm = "fe930be7-5e62-47db-91af-98c3a49a38b1"
		appRW   = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
	)
	table := Entra()
	table.Parents = map[string][]string{"/user1": {"/administrativeUnits/au1"}}
	table.Members = map[string][]string{"ann": {"role-assignable"}}
	table.Assignments = []Assignment{
		{Ref: "r/1", Principals: []string{"ga"}, Role: global, Scope: "/"},
		{Ref: "r/2", Principals: []string{"role-assignable"}, Role: appAdm, Scope: "/"},
		{Ref: "r/3", Principals: []string{"one"}, Role: appAdm, Scope: "/app1"},
		{Ref: "r/4", Principals: []string{"helpdesk"}, Role: userAdm, Scope: "/administrativeUnits/au1"},
		{Ref: "r/5", Principals: []string{"daemon"}, Role: appRW, Scope: "/graph"},
	}
	// https://learn.microsoft.com/entra/identity/role-based-access-control/custom-overview,
	// .../permissions-reference, .../groups-concept, .../admin-units-assign-roles
	ask(t, table, []question{
		{"allProperties/allTasks holds every task", "ga", "microsoft.directory/applications/create", "/", access.Allow},
		{"a role through a role-assignable group", "ann", "microsoft.directory/applications/credentials/update", "/app1", access.Allow},
		{"a role on one object", "one", "microsoft.directory/applications/credentials/update", "/app1", access.Allow},
		{"and no other", "one", "microsoft.directory/applications/credentials/update", "/app2", access.Deny},
		{"a role in an administrative unit", "helpdesk", "microsoft.directory/users/password/update", "/user1", access.Allow},
		{"and not outside", "helpdesk", "microsoft.directory/users/password/update", "/user2", access.Deny},
		{"inherited from Directory Readers", "helpdesk", "microsoft.directory/users/standard/read", "/user1", access.Allow},
		{"an application permission", "daemon", "Application.ReadWrite.All", "/graph", access.Allow},
		{"and no other", "daemon", "RoleManagement.ReadWrite.Directory", "/graph", access.Deny},
	})
}

func TestGitHub(t *testing.T) {
	table := GitHub()
	table.Members = map[string][]string{"ann": {"team", "members"}, "bob": {"members"}, "team": {"parent-team"}}
	table.Roles["releaser"] = Role{Includes: []string{"read"}, Permissions: []Permission{{Actions: []string{"repo.create_release"}}}}
	table.Assignments = []Assignment{
		{Ref: "g/1", Principals: []string{"members"}, Role: "read", Scope: "acme"}, // base permission
		{Ref: "g/2", Principals: []string{"parent-team"}, Role: "write", Scope: "acme/app"},
		{Ref: "g/3", Principals: []string{"boss"}, Role: "org_owner", Scope: "acme"},
		{Ref: "g/4", Principals: []string{"outsider"}, Role: "releaser", Scope: "acme/app"},
	}
	// https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
	ask(t, table, []question{
		{"base permission", "bob", "repo.pull", "acme/app", access.Allow},
		{"base permission gives no more", "bob", "repo.push", "acme/app", access.Deny},
		{"the highest of several roles wins, of a parent team too", "ann", "repo.push", "acme/app", access.Allow},
		{"on that repository only", "ann", "repo.push", "acme/other", access.Deny},
		{"higher roles hold lower ones", "ann", "repo.apply_label", "acme/app", access.Allow},
		{"write manages secrets, not access", "ann", "repo.manage_access", "acme/app", access.Deny},
		{"owners administer every repository", "boss", "repo.delete", "acme/other", access.Allow},
		{"a custom role extends another", "outsider", "repo.pull", "acme/app", access.Allow},
		{"with its own permissions", "outsider", "repo.create_release", "acme/app", access.Allow},
		{"outside collaborators have no base permission", "outsider", "repo.pull", "acme/other", access.Deny},
	})
	order := []string{"read", "triage", "write", "maintain", "admin"}
	c := Compile(table)
	for i := 1; i < len(order); i++ {
		lower, _ := c.permissions(&Assignment{Role: order[i-1]})
		higher, _ := c.permissions(&Assignment{Role: order[i]})
		for _, p := range lower {
			for _, a := range p.Actions {
				if !slices.ContainsFunc(higher, func(q Permission) bool { return slices.Contains(q.Actions, a) }) {
					t.Errorf("%s may not %s, but %s may", order[i], a, order[i-1])
				}
			}
		}
	}
}

// The built-in tables are whole: no pattern is empty, every include is there,
// what everyone knows is in them.
func TestBuiltin(t *testing.T) {
	for _, c := range []struct {
		table *Table
		roles int
		role  string
		has   string
	}{
		{Azure(), 500, contributor, "Microsoft.Storage/storageAccounts/write"},
		{GCP(), 1500, "roles/storage.objectViewer", "storage.objects.get"},
		{Entra(), 600, "62e90394-69f5-4237-9190-012177145e10", "microsoft.directory/users/create"},
		{GitHub(), 8, "admin", "repo.delete"},
		{Vault(), 1, "root", "sudo"},
	} {
		if len(c.table.Roles) < c.roles || c.table.System != "vault" && c.table.Source == "" {
			t.Errorf("%s: %d roles of %q", c.table.System, len(c.table.Roles), c.table.Source)
		}
		compiled := Compile(c.table)
		permissions, whole := compiled.permissions(&Assignment{Role: c.role})
		if !whole || !slices.ContainsFunc(permissions, func(p Permission) bool { return compiled.actions(&p).Contains(c.has) }) {
			t.Errorf("%s: %s lacks %s", c.table.System, c.role, c.has)
		}
		for _, id := range slices.Sorted(maps.Keys(c.table.Roles)) {
			r := c.table.Roles[id]
			for _, more := range r.Includes {
				if _, ok := compiled.roles[compiled.fold(more)]; !ok {
					t.Errorf("%s: %s includes %s, which is not there", c.table.System, id, more)
				}
			}
			for _, p := range r.Permissions {
				if slices.Contains(p.Actions, "") {
					t.Errorf("%s: %s has an empty action", c.table.System, id)
				}
			}
		}
	}
	a, b := Azure(), Azure()
	a.Roles["x"] = Role{}
	if _, ok := b.Roles["x"]; ok {
		t.Error("a role added to one table is in another")
	}
}

// drawTable makes small tables whose assignments overlap in many ways.
func drawTable(t *rapid.T) *Table {
	some := func(label string, from ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 2, rapid.ID).Draw(t, label)
	}
	one := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	permission := rapid.Custom(func(t *rapid.T) Permission {
		p := Permission{Actions: some("actions", "a/read", "a/*", "*", "B/write", "*/read"), Condition: Expression("x", one("condition", "", "", "c1"))}
		if rapid.Bool().Draw(t, "not") {
			p.NotActions = some("not actions", "a/read", "b/*", "*/delete")
		}
		return p
	})
	table := &Table{
		Fold:    rapid.Bool().Draw(t, "fold"),
		Roles:   map[string]Role{},
		Members: map[string][]string{"u": {"g"}, "g": {"h", "g"}},
		Parents: map[string][]string{"/s/1": {"/m"}, "/m": {"/n"}, "/n": {"/m"}},
		Levels:  []Level{{"*/read", access.LevelRead}, {"*", access.LevelWrite}},
	}
	for i, id := range []string{"r1", "r2", "R3"} {
		r := Role{Permissions: rapid.SliceOfN(permission, 1, 2).Draw(t, id)}
		if i > 0 && rapid.Bool().Draw(t, "includes") {
			r.Includes = []string{"r1", id}
		}
		table.Roles[id] = r
	}
	for i := range rapid.IntRange(1, 5).Draw(t, "assignments") {
		a := Assignment{
			Ref: drover.Ref(fmt.Sprint("a/", i)), Principals: some("who", "u", "g", "h", Everyone, "other"), Role: one("role", "r1", "r2", "R3"),
			Scope: one("scope", "", "/", "/s", "/s/1", "/s/1/x", "/m", "/n/"), Here: one("here", "", "", "x") != "", Deny: one("deny", "", "", "x") != "",
			Condition: Expression("x", one("assigned under", "", "", "c2")),
		}
		if rapid.IntRange(0, 4).Draw(t, "except") == 0 {
			a.Except = some("excepted", "h", "u", "other")
		}
		table.Assignments = append(table.Assignments, a)
	}
	return table
}

// meets evaluates a condition when the expressions in on hold.
func meets(t *rapid.T, c json.RawMessage, on map[string]bool) bool {
	if len(c) == 0 {
		return true
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(c, &m); err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	for k, v := range m {
		var list []json.RawMessage
		ok := false
		switch k {
		case "all", "any":
			if err := json.Unmarshal(v, &list); err != nil {
				t.Fatalf("%s: %v", c, err)
			}
			ok = k == "all"
			for _, x := range list {
				if meets(t, x, on) != ok {
					ok = !ok
					break
				}
			}
		case "not":
			ok = !meets(t, v, on)
		default:
			ok = on[string(v)]
		}
		if !ok {
			return false
		}
	}
	return true
}

// What grants say is what questions answer, at every scope and under every
// combination of conditions.
func TestGrantsAgainstEvaluate(t *testing.T) {
	scopes := []string{"", "/", "/s", "/s/", "/s/1", "/s/1/x", "/s/1/x/y", "/s/10", "/m", "/m/k", "/n", "/S/1"}
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t)
		c := Compile(table)
		who := Principal{ID: rapid.SampledFrom([]string{"u", "g", "other", "nobody"}).Draw(t, "who")}
		grants := c.Grants("u", who)
		for _, action := range []string{"a/read", "A/read", "b/write", "c/delete"} {
			for _, scope := range scopes {
				d := c.Evaluate(who, action, scope)
				for bits := range 4 {
					on := map[string]bool{`{"x":"c1"}`: bits&1 != 0, `{"x":"c2"}`: bits&2 != 0}
					want := d.Verdict == access.Allow || d.Verdict == access.Conditional && meets(t, json.RawMessage(d.Condition), on)
					got := slices.ContainsFunc(grants, func(g access.Grant) bool {
						return g.Actions.Contains(action) && g.Resources.Contains(scope) && meets(t, json.RawMessage(g.Condition), on)
					})
					if got != want {
						t.Fatalf("%s %s at %q with %v: grants say %v, the evaluator %v %s\n%+v\n%v", who.ID, action, scope, on, got, d.Verdict, d.Condition, table, grants)
					}
				}
			}
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	table := Azure()
	for i := range 1000 {
		table.Assignments = append(table.Assignments, Assignment{Principals: []string{fmt.Sprint("p", i%100)}, Role: contributor, Scope: fmt.Sprintf("/subscriptions/s%d", i)})
	}
	c := Compile(table)
	b.ReportAllocs()
	for b.Loop() {
		c.Evaluate(Principal{ID: "p7"}, "Microsoft.Storage/storageAccounts/write", "/subscriptions/s907/resourceGroups/g")
	}
}
