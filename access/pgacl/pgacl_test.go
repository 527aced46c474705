package pgacl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

const (
	admin OID = iota + BootstrapSuperuser
	alice OID = iota + FirstNormal
	bob
	team
	owner
	db     OID = 20000
	schema OID = 20001
	table  OID = 20002
)

// base is one database with a schema and a table that owner owns, and roles with
// nothing but PUBLIC's CONNECT and the schema's USAGE.
func base(version int) Catalog {
	role := func(oid OID, name string) Role {
		return Role{OID: oid, Name: name, Ref: drover.NewRef("postgres", "7", "postgres.role", fmt.Sprint(oid)), Inherit: true, Login: true}
	}
	c := Catalog{Version: version, Roles: []Role{role(admin, "postgres"), role(alice, "alice"), role(bob, "bob"), role(team, "team"), role(owner, "owner")},
		Databases: []Database{{OID: db, Name: "orders", Owner: owner, AllowConn: true, Read: true}},
		Objects: []Object{
			{OID: db, Class: ClassDatabase, Name: "orders", Schema: -1, Owner: owner, Items: []Item{{Grantee: Public, Held: Connect}}},
			{OID: schema, DB: db, Class: ClassSchema, Name: "orders.public", Schema: -1, Owner: owner, Items: []Item{{Grantee: Public, Held: Usage}}},
			{OID: table, DB: db, Class: ClassTable, Name: "orders.public.t", Schema: 1, Owner: owner},
		}}
	c.Roles[0].Super, c.Roles[3].Login = true, false
	for _, p := range PredefinedRoles {
		if p.Since <= version {
			r := role(p.OID, p.Name)
			r.Login = false
			c.Roles = append(c.Roles, r)
		}
	}
	return c
}

// Each rule of the documentation, on and off.
func TestDecide(t *testing.T) {
	member := func(m, r OID, inherit, set, admin bool) Membership {
		return Membership{Member: m, Role: r, Options: true, Inherit: inherit, Set: set, Admin: admin}
	}
	for _, x := range []struct {
		name    string
		version int
		set     func(c *Catalog)
		who     OID
		column  string
		p       Privileges
		want    access.Verdict
		text    string
	}{
		{"5.8: nothing is granted by default on a table", 180000, func(*Catalog) {}, alice, "", Select, access.Deny, "no grant"},
		{"5.8: the owner holds all", 180000, func(*Catalog) {}, owner, "", Delete, access.Allow, "owns"},
		{"5.8: but what it took from itself", 180000, func(c *Catalog) { c.Objects[2].OwnerLacks = Delete }, owner, "", Delete, access.Deny, "took DELETE"},
		{"5.8: a superuser bypasses all", 180000, func(*Catalog) {}, admin, "", Truncate, access.Allow, "superuser"},
		{"5.8: a grant", 180000, func(c *Catalog) { c.Objects[2].Items = []Item{{Grantee: alice, Held: Select}} }, alice, "", Select, access.Allow, "granted to role alice"},
		{"5.8: of that privilege only", 180000, func(c *Catalog) { c.Objects[2].Items = []Item{{Grantee: alice, Held: Select}} }, alice, "", Insert, access.Deny, "no grant"},
		{"5.8: PUBLIC is everybody", 180000, func(c *Catalog) { c.Objects[2].Items = []Item{{Grantee: Public, Held: Select}} }, bob, "", Select, access.Allow, "PUBLIC"},
		{"5.8: a column", 180000, func(c *Catalog) {
			c.Objects[2].Columns = []ColumnItem{{"id", Item{Grantee: alice, Held: Select}}}
		}, alice, "id", Select, access.Allow, "SELECT(id)"},
		{"5.8: another column", 180000, func(c *Catalog) {
			c.Objects[2].Columns = []ColumnItem{{"id", Item{Grantee: alice, Held: Select}}}
		}, alice, "n", Select, access.Deny, "SELECT(n)"},
		{"5.8: MAINTAIN from 17 on", 160000, func(*Catalog) {}, owner, "", Maintain, access.Deny, "there is no privilege"},
		{"5.8: MAINTAIN", 170000, func(*Catalog) {}, owner, "", Maintain, access.Allow, "owns"},
		{"22.3: inheritance", 150000, func(c *Catalog) { grantTo(c, team); c.Memberships = []Membership{{Member: alice, Role: team}} }, alice, "", Select, access.Allow, "inherits"},
		{"22.3: NOINHERIT before 16", 150000, func(c *Catalog) {
			grantTo(c, team)
			c.Memberships = []Membership{{Member: alice, Role: team}}
			c.Roles[1].Inherit = false
		}, alice, "", Select, access.Deny, "after SET ROLE role team"},
		{"22.3: the grant's option from 16 on", 160000, func(c *Catalog) {
			grantTo(c, team)
			c.Memberships = []Membership{member(alice, team, true, false, false)}
			c.Roles[1].Inherit = false
		}, alice, "", Select, access.Allow, "inherits"},
		{"22.3: INHERIT FALSE", 160000, func(c *Catalog) {
			grantTo(c, team)
			c.Memberships = []Membership{member(alice, team, false, true, false)}
		}, alice, "", Select, access.Deny, "after SET ROLE role team"},
		{"22.3: a superuser's attribute is not inherited", 160000, func(c *Catalog) {
			c.Memberships = []Membership{member(alice, admin, true, false, false)}
		}, alice, "", Select, access.Deny, "no grant"},
		{"22.5: pg_read_all_data", 140000, func(c *Catalog) { c.Memberships = []Membership{{Member: alice, Role: ReadAllData}} }, alice, "", Select, access.Allow, "pg_read_all_data"},
		{"22.5: pg_read_all_data does not write", 140000, func(c *Catalog) { c.Memberships = []Membership{{Member: alice, Role: ReadAllData}} }, alice, "", Update, access.Deny, "no grant"},
		{"22.5: pg_write_all_data", 140000, func(c *Catalog) { c.Memberships = []Membership{{Member: alice, Role: WriteAllData}} }, alice, "", Update, access.Allow, "pg_write_all_data"},
		{"22.5: pg_write_all_data does not truncate", 140000, func(c *Catalog) { c.Memberships = []Membership{{Member: alice, Role: WriteAllData}} }, alice, "", Truncate, access.Deny, "no grant"},
		{"22.5: pg_maintain", 170000, func(c *Catalog) { c.Memberships = []Membership{{Member: alice, Role: MaintainAll}} }, alice, "", Maintain, access.Allow, "pg_maintain"},
		{"22.5: pg_database_owner", 140000, func(c *Catalog) { grantTo(c, DatabaseOwner); c.Databases[0].Owner = alice }, alice, "", Select, access.Allow, "owns database orders"},
		{"22.5: of another's database", 140000, func(c *Catalog) { grantTo(c, DatabaseOwner) }, alice, "", Select, access.Deny, "no grant"},
		{"CONNECT is needed", 180000, func(c *Catalog) { grantTo(c, alice); c.Objects[0].Items = nil }, alice, "", Select, access.Deny, "may not CONNECT"},
		{"CONNECT is the session's, not of a role without LOGIN", 180000, func(c *Catalog) { grantTo(c, team); c.Objects[0].Items = nil }, team, "", Select, access.Allow, "granted"},
		{"the database takes no connections", 180000, func(c *Catalog) { grantTo(c, alice); c.Databases[0].AllowConn = false }, alice, "", Select, access.Deny, "accepts no connections"},
		{"USAGE is needed", 180000, func(c *Catalog) { grantTo(c, alice); c.Objects[1].Items = nil }, alice, "", Select, access.Deny, "no USAGE"},
		{"5.9: row security", 180000, func(c *Catalog) { grantTo(c, alice); rows(c, 'r', true, alice) }, alice, "", Select, access.Conditional, "only_mine"},
		{"5.9: default deny", 180000, func(c *Catalog) { grantTo(c, alice); rows(c, 'a', true, alice) }, alice, "", Select, access.Deny, "no row is left"},
		{"5.9: restrictive alone admits none", 180000, func(c *Catalog) { grantTo(c, alice); rows(c, 'r', false, alice) }, alice, "", Select, access.Deny, "no row is left"},
		{"5.9: not of the owner", 180000, func(c *Catalog) { rows(c, 'r', true, alice) }, owner, "", Select, access.Allow, "owns"},
		{"5.9: unless forced", 180000, func(c *Catalog) { rows(c, 'r', true, Public); c.Objects[2].ForceRLS = true }, owner, "", Select, access.Conditional, "only_mine"},
		{"5.9: BYPASSRLS", 180000, func(c *Catalog) { grantTo(c, alice); rows(c, 'r', true, bob); c.Roles[1].BypassRLS = true }, alice, "", Select, access.Allow, "granted"},
		{"5.9: TRUNCATE is not subject to it", 180000, func(c *Catalog) {
			c.Objects[2].Items = []Item{{Grantee: alice, Held: Truncate}}
			rows(c, '*', true, bob)
		}, alice, "", Truncate, access.Allow, "granted"},
		{"a catalog is for superusers to write", 180000, func(c *Catalog) {
			c.Objects[2].OID = 1260
			c.Objects[2].Items = []Item{{Grantee: alice, Held: Update}}
		}, alice, "", Update, access.Deny, "superusers"},
		{"nobody knows", 180000, func(*Catalog) {}, 999999, "", Select, access.Unknown, "not read"},
	} {
		c := base(x.version)
		x.set(&c)
		d := New(c).Decide(x.who, Query{Object: 2, Column: x.column, Privilege: x.p})
		if d.Verdict != x.want || !strings.Contains(fmt.Sprintf("%+v", d.Proof), x.text) {
			t.Errorf("%s: %s %+v, want %s with %q", x.name, d.Verdict, d.Proof, x.want, x.text)
		}
		if (d.Verdict == access.Conditional) != (len(d.Condition) > 0) {
			t.Errorf("%s: %s has the condition %s", x.name, d.Verdict, d.Condition)
		}
	}
}

func grantTo(c *Catalog, to OID) { c.Objects[2].Items = []Item{{Grantee: to, Held: Select}} }

func rows(c *Catalog, cmd byte, permissive bool, to OID) {
	c.Objects[2].RLS = true
	c.Objects[2].Policies = []Policy{{Name: "only_mine", Command: cmd, Permissive: permissive, Roles: []OID{to}}}
}

// A privilege is read as GRANT spells it, and spelled so.
func TestPrivileges(t *testing.T) {
	for _, n := range privilegeNames {
		if got := Parse(strings.ToLower(n)).String(); got != n {
			t.Errorf("%s reads as %q", n, got)
		}
	}
	if Parse("alter  system") != AlterSystem || Parse("temp") != Temporary || Parse("all") != 0 || Parse("") != 0 {
		t.Error("spellings")
	}
	if d := cmp.Diff([]string{"SELECT", "EXECUTE"}, (Execute | Select).Names()); d != "" {
		t.Error(d)
	}
	for c := ClassNone; c <= ClassOther; c++ {
		for p := range Of(c, 0).Each {
			if Level(c, p).Rank() < 0 {
				t.Errorf("%s on class %d has no level", p, c)
			}
		}
	}
}

// random draws a catalog of a few roles with any memberships, circles too.
func random(t *rapid.T) Catalog {
	c := base(rapid.SampledFrom([]int{0, 150000, 180000}).Draw(t, "version"))
	who := rapid.SampledFrom([]OID{admin, alice, bob, team, owner, ReadAllData, DatabaseOwner})
	for range rapid.IntRange(0, 8).Draw(t, "memberships") {
		m := Membership{Member: who.Draw(t, "member"), Role: who.Draw(t, "role"), Options: c.Version != 150000}
		m.Inherit, m.Set, m.Admin = rapid.Bool().Draw(t, "inherit"), rapid.Bool().Draw(t, "set"), rapid.Bool().Draw(t, "admin")
		c.Memberships = append(c.Memberships, m)
	}
	for range rapid.IntRange(0, 4).Draw(t, "items") {
		p := Privileges(rapid.IntRange(1, 1<<15-1).Draw(t, "held"))
		c.Objects[2].Items = append(c.Objects[2].Items, Item{Grantee: append([]OID{Public}, alice, bob, team)[rapid.IntRange(0, 3).Draw(t, "grantee")], Held: p})
	}
	return c
}

// Whoever inherits or may SET ROLE is a member; what a role holds, who inherits
// from it holds; a grant or a membership more takes nothing away; and what Rights
// yields is what Decide says.
func TestProperties(t *testing.T) {
	all := []OID{admin, alice, bob, team, owner}
	rapid.Check(t, func(t *rapid.T) {
		c := random(t)
		k := New(c)
		o := &k.Objects[2]
		held := map[string]bool{}
		for _, a := range all {
			for _, b := range all {
				if (k.Inherits(a, b, db) || k.SetRole(a, b, db)) && !k.Member(a, b, db) {
					t.Fatalf("%d inherits from %d or may become it and is no member", a, b)
				}
				for p := range Of(ClassTable, c.Version).Each {
					if k.Inherits(a, b, db) && !k.Super(b) && k.Holds(b, o, p, false).Held() && !k.Holds(a, o, p, false).Held() {
						t.Fatalf("%d inherits from %d, which holds %s, and does not", a, b, p)
					}
					held[fmt.Sprint(a, p)] = k.Holds(a, o, p, false).Held()
				}
			}
			agree(t, k, a)
		}
		more := c
		more.Memberships = append(slices.Clone(c.Memberships), Membership{Member: bob, Role: team, Options: c.Version != 150000, Inherit: true})
		more.Objects = slices.Clone(c.Objects)
		more.Objects[2].Items = append(slices.Clone(o.Items), Item{Grantee: alice, Held: Select})
		k2 := New(more)
		for _, a := range all {
			for p := range Of(ClassTable, c.Version).Each {
				if held[fmt.Sprint(a, p)] && !k2.Holds(a, &k2.Objects[2], p, false).Held() {
					t.Fatalf("a grant more took %s from %d", p, a)
				}
			}
		}
	})
}

func agree(t *rapid.T, k *Cluster, role OID) {
	rights := Privileges(0)
	for r := range k.Rights(role) {
		if r.Object == 2 {
			rights = r.Held
		}
	}
	for p := range Of(ClassTable, k.Version).Each {
		d := k.Decide(role, Query{Object: 2, Privilege: p})
		if got, want := rights&p != 0, d.Verdict == access.Allow || d.Verdict == access.Conditional; got != want {
			t.Fatalf("%s of %d: Rights say %v, Decide says %+v", p, role, got, d)
		}
		if len(d.Proof) == 0 {
			t.Fatalf("%s of %d: no proof", p, role)
		}
	}
}

// What a proof names decides: without it the answer is another one, unless the
// proof itself says that there are several ways.
func TestProofs(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		c := random(t)
		k := New(c)
		for _, who := range []OID{alice, bob, team, owner} {
			for p := range Of(ClassTable, c.Version).Each {
				d := k.Decide(who, Query{Object: 2, Privilege: p})
				if d.Verdict != access.Allow {
					continue
				}
				for _, x := range d.Proof {
					if strings.Contains(x.Text, "(way ") || strings.Contains(x.Text, "another chain") {
						continue
					}
					without, ok := takeOut(c, x, p)
					if !ok {
						continue
					}
					if taken++; New(without).Decide(who, Query{Object: 2, Privilege: p}).Verdict == access.Allow {
						t.Fatalf("%s of %d stays allowed without %+v", p, who, x)
					}
				}
			}
		}
	})
	if taken < 100 {
		t.Errorf("only %d statements were taken out", taken)
	}
}

// takeOut is the catalog without what a proof names; false where it names nothing
// that anybody gave.
func takeOut(c Catalog, x access.Proof, p Privileges) (Catalog, bool) {
	n := len(c.Memberships)
	if member, ok := strings.CutPrefix(x.Statement, "member "); ok {
		c.Memberships = slices.DeleteFunc(slices.Clone(c.Memberships), func(m Membership) bool {
			return New(c).plain(m.Member) == member && New(c).ref(m.Role) == x.Ref
		})
		return c, len(c.Memberships) < n
	}
	if c.Objects = slices.Clone(c.Objects); x.Statement != p.String() || !strings.Contains(x.Text, "is granted to") || !strings.Contains(x.Text, "orders.public.t") {
		return c, false
	}
	items := slices.Clone(c.Objects[2].Items)
	for i := range items {
		if grantee := "granted to " + New(c).name(items[i].Grantee); strings.HasSuffix(x.Text, grantee) {
			items[i].Held &^= p
		}
	}
	c.Objects[2].Items = items
	return c, true
}

// Names of the scanned system are cut and quoted where they are shown.
func TestShown(t *testing.T) {
	c := base(180000)
	c.Objects[2].Name = "orders.public.\x1b[31m\u202e" + strings.Repeat("x", 9000)
	d := New(c).Decide(alice, Query{Object: 2, Privilege: Select})
	if text := d.Proof[0].Text; strings.ContainsAny(text, "\x1b\u202e\n") || len(text) > 600 {
		t.Errorf("shown as %q", text)
	}
}
