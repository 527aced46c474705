package authz_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
)

// wanted is the matrix as people agreed on it, written by hand: one letter a
// role (o r e p u a: owner, responder, engineer, approver, auditor, admin), a
// capital where a grant with bounds suffices.
var wanted = map[authz.Action]string{
	authz.SelfRead: "OREPUA", authz.SelfWrite: "OREPUA",
	authz.IdentityRead: "OREPUA", authz.GraphRead: "OREPUA", authz.FindingRead: "OREPUA", authz.OwnerRead: "OREPUA", authz.ViewRead: "OREPUA",
	authz.RiskRead: "REPUA", authz.SourceRead: "REPUA", authz.ScanRead: "REPUA", authz.ReportRead: "REPUA", authz.PolicyRead: "REPUA",
	authz.OwnerConfirm: "OREPA", authz.OwnerDecide: "EA", authz.TagWrite: "REA",
	authz.FindingAssign: "REA", authz.FindingDecide: "PA", authz.ViewWrite: "REPA", authz.ScanRun: "REA",
	authz.SourceTest: "EA", authz.InterviewWrite: "EA", authz.TokenWrite: "REPUA",
	authz.AuditRead: "ua", authz.UserRead: "ua", authz.SettingsRead: "ua",
	authz.SourceWrite: "a", authz.DemoWrite: "a", authz.StoreWrite: "a", authz.SettingsWrite: "a", authz.AuditWrite: "a", authz.UserAdmin: "a", authz.UserGrant: "a",
}

var letters = map[authz.Role]string{authz.Owner: "o", authz.Responder: "r", authz.Engineer: "e", authz.Approver: "p", authz.Auditor: "u", authz.Admin: "a"}

func TestMatrix(t *testing.T) {
	got := map[authz.Action]string{}
	cells := authz.Matrix()
	for _, c := range cells {
		letter := letters[c.Role]
		switch {
		case c.Limited && c.Allowed:
			got[c.Action] += strings.ToUpper(letter)
		case c.Allowed:
			got[c.Action] += letter
		case c.Limited:
			t.Errorf("%s may %s with bounds and not without", c.Role, c.Action)
		}
	}
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("the policy decides otherwise than agreed (-want +got):\n%s", d)
	}
	if want := len(wanted) * len(letters); len(cells) != want {
		t.Errorf("got %d cells, want %d", len(cells), want)
	}
	t.Logf("%d decisions of the policy compared", 2*len(cells))
}

var quoted = regexp.MustCompile(`Action::"([^"]+)"`)

func TestPolicyNamesEachActionAndNoOther(t *testing.T) {
	named := map[string]bool{}
	for _, m := range quoted.FindAllStringSubmatch(authz.Policy(), -1) {
		named[m[1]] = true
	}
	for _, a := range authz.Actions() {
		if !named[string(a)] {
			t.Errorf("policy.cedar says nothing of %s", a)
		}
		if a.Doc() == "" {
			t.Errorf("%s has no meaning", a)
		}
		delete(named, string(a))
	}
	if len(named) > 0 {
		t.Errorf("policy.cedar names actions that do not exist: %v", named)
	}
}

func TestNobodyApprovesTheirOwn(t *testing.T) {
	for _, role := range authz.Roles() {
		c := authz.Caller{ID: "u1", Kind: authz.Person, Grants: []authz.Grant{{Role: role}, {Role: authz.Admin}}}
		if d := authz.DecideOn(c, authz.FindingDecide, authz.About{Requester: "u1"}); d.Allowed || !strings.Contains(d.Reason, "another approver") {
			t.Errorf("%s approves what they asked for: %+v", role, d)
		}
		if d := authz.DecideOn(c, authz.FindingDecide, authz.About{Requester: "u2"}); !d.Allowed {
			t.Errorf("an admin does not approve what another asked for: %+v", d)
		}
	}
}

func TestNobodyGrantsThemselves(t *testing.T) {
	c := authz.Caller{ID: "u1", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Admin}}}
	for _, a := range []authz.Action{authz.UserGrant, authz.UserAdmin} {
		if d := authz.DecideOn(c, a, authz.About{User: "u1"}); d.Allowed || !strings.Contains(d.Reason, "another admin") {
			t.Errorf("%s of oneself: %+v", a, d)
		}
		if d := authz.DecideOn(c, a, authz.About{User: "u2"}); !d.Allowed {
			t.Errorf("%s of another: %+v", a, d)
		}
	}
}

// An admin's token does all that an admin does but this.
var notByToken = []authz.Action{authz.UserGrant, authz.UserAdmin, authz.TokenWrite, authz.SettingsWrite, authz.StoreWrite, authz.AuditWrite, authz.SourceWrite, authz.DemoWrite}

func TestTokensMakeNoUsers(t *testing.T) {
	admin := []authz.Grant{{Role: authz.Admin}}
	for _, c := range []authz.Caller{{ID: "u1", Kind: authz.Person, Token: "t1", Grants: admin}, {ID: "m1", Kind: authz.Machine, Grants: admin}} {
		for _, a := range authz.Actions() {
			d := authz.Decide(c, a)
			if want := !slices.Contains(notByToken, a); d.Allowed != want || !want && !strings.Contains(d.Reason, "token") {
				t.Errorf("%+v may %s: %+v, want %v", c, a, d, want)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	engineer := authz.Caller{ID: "u1", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Engineer}}}
	for name, tc := range map[string]struct {
		caller authz.Caller
		action authz.Action
		reason string
	}{
		"nobody":           {authz.Caller{}, authz.SelfRead, "no role"},
		"unknown action":   {authz.Local("root"), "identity.destroy", "no action"},
		"hostile action":   {authz.Local("root"), `x" || true`, "no action"},
		"unknown role":     {authz.Caller{ID: "x", Grants: []authz.Grant{{Role: "root"}}}, authz.SourceWrite, "admin without bounds"},
		"another's work":   {engineer, authz.FindingDecide, "approver or admin"},
		"bounded":          {authz.Caller{ID: "x", Grants: []authz.Grant{{Role: authz.Admin, Envs: []string{"prod"}}}}, authz.UserAdmin, "without bounds"},
		"auditor no write": {authz.Caller{ID: "x", Grants: []authz.Grant{{Role: authz.Auditor}}}, authz.TagWrite, "engineer"},
	} {
		d := authz.Decide(tc.caller, tc.action)
		if d.Allowed || !strings.Contains(d.Reason, tc.reason) || !errors.Is(d.Err(), drover.ErrPermission) {
			t.Errorf("%s: got %+v, want refused for %q", name, d, tc.reason)
		}
	}
	if d := authz.Decide(authz.Local("root"), authz.UserGrant); !d.Allowed || d.Role != authz.Admin || d.Err() != nil {
		t.Errorf("the server's own computer: %+v", d)
	}
}

func TestGrantText(t *testing.T) {
	for _, s := range []string{"owner", "engineer:source=aws-prod,k8s;env=prod", "owner:team=payments", "admin:source=a;team=b c;env=d"} {
		g, err := authz.ParseGrant(s)
		if err != nil || g.String() != s {
			t.Errorf("%q reads as %+v (%q), %v", s, g, g.String(), err)
		}
	}
	for _, s := range []string{"", "root", "Admin", "admin:", "admin:source=", "admin:source", "admin:colour=red", "admin:env=a;;", "admin:env= a", "owner:team=" + strings.Repeat("x", 300)} {
		if g, err := authz.ParseGrant(s); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%q reads as %+v, %v", s, g, err)
		}
	}
}

func TestSight(t *testing.T) {
	row := func(source, team, env string, owners ...string) authz.Row {
		return authz.Row{Sources: []string{source}, Teams: []string{team}, Env: env, Owners: owners}
	}
	for name, tc := range map[string]struct {
		grants []string
		row    authz.Row
		want   bool
	}{
		"unbounded":              {[]string{"auditor"}, authz.Row{}, true},
		"source":                 {[]string{"engineer:source=a"}, row("a", "", ""), true},
		"other source":           {[]string{"engineer:source=a"}, row("b", "", ""), false},
		"any grant":              {[]string{"engineer:source=a", "auditor:source=b"}, row("b", "", ""), true},
		"both bounds":            {[]string{"engineer:source=a;env=prod"}, row("a", "", "dev"), false},
		"unknown is not covered": {[]string{"engineer:env=prod"}, row("a", "", ""), false},
		"case of names":          {[]string{"engineer:team=Payments"}, row("a", "payments", ""), true},
		"own":                    {[]string{"owner"}, row("a", "", "", "email:Ann@corp.test"), true},
		"another's":              {[]string{"owner"}, row("a", "", "", "email:bob@corp.test"), false},
		"nobody's":               {[]string{"owner"}, row("a", "", "", ""), false},
		"own outside the bounds": {[]string{"owner:source=b"}, row("a", "", "", "ann@corp.test"), false},
		"of one's team":          {[]string{"owner:team=payments"}, row("a", "payments", "", "bob@corp.test"), true},
		"of another team":        {[]string{"owner:team=payments"}, row("a", "search", "", "bob@corp.test"), false},
		"nothing granted":        {nil, row("a", "", "", "ann@corp.test"), false},
	} {
		s := caller(t, tc.grants...).Sight()
		if got := s.Row(tc.row); got != tc.want {
			t.Errorf("%s: sees %v, want %v", name, got, tc.want)
		}
	}
	if (authz.Sight{}).Row(row("a", "b", "c", "")) || (authz.Caller{Grants: []authz.Grant{{Role: authz.Owner}}}).Sight().Row(row("a", "b", "c", "")) {
		t.Error("who is nobody sees something")
	}
	if caller(t, "owner").Sight().Source("a") || !caller(t, "engineer:source=a").Sight().Source("a") || caller(t, "engineer:source=a").Sight().Source("b") {
		t.Error("sources are shown to the wrong ones")
	}
}

func caller(t interface{ Fatal(...any) }, grants ...string) authz.Caller {
	c := authz.Caller{ID: "u1", Name: "Ann", Email: "ann@corp.test", Kind: authz.Person}
	for _, s := range grants {
		g, err := authz.ParseGrant(s)
		if err != nil {
			t.Fatal(err)
		}
		c.Grants = append(c.Grants, g)
	}
	return c
}

func TestNarrow(t *testing.T) {
	c := caller(t, "auditor", "engineer:source=a")
	if !c.Sight().All() || c.Sight().Key() != "" {
		t.Error("an auditor sees not everything")
	}
	n := c.Narrow(authz.TagWrite)
	if want := []authz.Grant{{Role: authz.Engineer, Sources: []string{"a"}}}; cmp.Diff(want, n.Grants) != "" {
		t.Errorf("got %v", n.Grants)
	}
	if n.Sight().All() || len(c.Grants) != 2 {
		t.Error("the narrow caller sees everything, or the wide one was changed")
	}
	if _, err := c.As(authz.Admin); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("an auditor previews an admin: %v", err)
	}
	if as, err := caller(t, "admin").As(authz.Owner); err != nil || as.Sight().All() {
		t.Errorf("an admin's preview of an owner: %+v, %v", as, err)
	}
}

func TestCoversOwners(t *testing.T) {
	for _, tc := range []struct {
		outer, inner string
		want         bool
	}{
		{"owner", "owner", true}, {"owner", "owner:team=c", false}, {"owner:team=c", "owner", true},
		{"owner:team=a,b", "owner:team=b", true}, {"owner:team=a", "owner:team=a,b", false},
		{"owner:source=s", "owner", false}, {"owner:source=s;team=a", "owner:source=s", true},
		{"admin", "owner:team=c", true}, {"admin:team=a", "owner", false}, {"admin:team=a", "owner:team=a", false},
		{"admin:env=prod", "owner:env=prod;team=a", true}, {"engineer", "owner", false},
		{"engineer:team=a", "engineer", false}, {"engineer", "engineer:team=a", true},
	} {
		outer, inner := caller(t, tc.outer).Grants[0], caller(t, tc.inner).Grants[0]
		if got := outer.Covers(inner); got != tc.want {
			t.Errorf("%s covers %s: %v, want %v", tc.outer, tc.inner, got, tc.want)
		}
	}
}

// Whoever covers a grant sees all that it shows: what is handed out never shows
// more than its giver has.
func TestCoversNeverShowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID)
		grant := rapid.Custom(func(t *rapid.T) authz.Grant {
			return authz.Grant{Role: rapid.SampledFrom(authz.Roles()).Draw(t, "role"), Sources: bound.Draw(t, "sources"), Teams: bound.Draw(t, "teams"), Envs: bound.Draw(t, "envs")}
		})
		g, h := grant.Draw(t, "outer"), grant.Draw(t, "inner")
		row := authz.Row{Sources: bound.Draw(t, "s"), Teams: bound.Draw(t, "t"), Env: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "e"), Owners: rapid.SampledFrom([][]string{nil, {"ann@corp.test"}, {"bob@corp.test"}}).Draw(t, "o")}
		c := authz.Caller{ID: "u1", Email: "ann@corp.test", Kind: authz.Person}
		outer, inner := c, c
		outer.Grants, inner.Grants = []authz.Grant{g}, []authz.Grant{h}
		if !g.Covers(h) {
			return
		}
		if inner.Sight().Row(row) && !outer.Sight().Row(row) {
			t.Fatalf("%v covers %v, which shows more: %+v", g, h, row)
		}
		for _, a := range authz.Actions() {
			if authz.Decide(inner, a).Allowed && !authz.Decide(outer, a).Allowed {
				t.Fatalf("%v covers %v, which may %s", g, h, a)
			}
		}
		if inner.Sight().Key() == outer.Sight().Key() && inner.Sight().Row(row) != outer.Sight().Row(row) {
			t.Fatalf("%v and %v have one key and show different rows", g, h)
		}
	})
}

func FuzzParseGrant(f *testing.F) {
	for _, s := range []string{"admin", "owner:team=x", "engineer:source=a,b;env=c", "admin:source=\xff", ":::", "owner:team=a;team=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g, err := authz.ParseGrant(s)
		if err != nil {
			return
		}
		again, err := authz.ParseGrant(g.String())
		if err != nil || !slices.Equal(again.Sources, g.Sources) || !slices.Equal(again.Teams, g.Teams) || !slices.Equal(again.Envs, g.Envs) || again.Role != g.Role {
			t.Fatalf("%q reads as %+v, spelled %q, which reads as %+v, %v", s, g, g.String(), again, err)
		}
		caller := authz.Caller{ID: "x", Grants: []authz.Grant{g}}
		caller.Sight().Row(authz.Row{})
	})
}

func BenchmarkDecide(b *testing.B) {
	c := authz.Caller{ID: "u", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Engineer}}}
	for b.Loop() {
		authz.Decide(c, authz.TagWrite)
	}
}

// A caller who looks at one environment sees of their own what lies in it, and
// nothing else.
func TestInNeverAdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID)
		grant := rapid.Custom(func(t *rapid.T) authz.Grant {
			return authz.Grant{Role: rapid.SampledFrom(authz.Roles()).Draw(t, "role"), Sources: bound.Draw(t, "sources"), Teams: bound.Draw(t, "teams"), Envs: bound.Draw(t, "envs")}
		})
		c := authz.Caller{ID: "u1", Email: "ann@corp.test", Kind: authz.Person, Grants: rapid.SliceOfN(grant, 0, 3).Draw(t, "grants")}
		row := authz.Row{Sources: bound.Draw(t, "s"), Teams: bound.Draw(t, "t"), Env: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "e"), Owners: rapid.SampledFrom([][]string{nil, {"ann@corp.test"}}).Draw(t, "o")}
		if in := c.In("a"); in.Sight().Row(row) && (!c.Sight().Row(row) || row.Env != "a") {
			t.Fatalf("%v in a sees %+v", c.Grants, row)
		}
	})
}
