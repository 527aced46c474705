package effective_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

func ask(t *testing.T, g *effective.Graph, resource, action string) effective.Question {
	t.Helper()
	q, err := g.Question(resource, action)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func holders(g *effective.Graph, list []effective.Holder) (out []string) {
	for _, h := range list {
		out = append(out, string(h.Decision.Verdict)+": "+say(g, h.Path))
	}
	return out
}

// Whoever may by its own rights comes first, then who becomes one of them.
func TestWhoCan(t *testing.T) {
	g := build(t, story)
	list, err := g.WhoCan(t.Context(), ask(t, g, "logs", "read"), effective.Options{Limit: 6})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"allow: svc [proven]", "allow: admin [proven]",
		"allow: password -authenticates-> svc [inferred]", "allow: priya -HUMAN_OWNS-> svc [inferred]", "allow: line -PLACE_READ-> password -authenticates-> svc [inferred]",
		"allow: secret -SECRET_READ-> password -authenticates-> svc [inferred]"}
	if d := cmp.Diff(sorted(want), sorted(holders(g, list))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A resource of a system without an evaluator is answered from stored edges.
func TestWhoCanStored(t *testing.T) {
	g := build(t, "u identity x.user\nv identity x.user\nb resource x.bucket\nu -can_access-> b part=write cond={\"k\":\"v\"}\nv -can_assume-> u")
	list, err := g.WhoCan(t.Context(), ask(t, g, "b", ""), effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"conditional: u [proven]", "conditional: v -can_assume-> u [proven]"}, holders(g, list)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Whoever takes over a container has what lies in it; the container is nobody.
func TestWhoCanContained(t *testing.T) {
	g := build(t, "root identity x.user\nacc resource aws.account\nb resource x.bucket\nacc -contains-> b\nroot -escalates-> acc technique=x")
	list, err := g.WhoCan(t.Context(), ask(t, g, "b", ""), effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"allow: root -x-> acc [proven]"}, holders(g, list)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Why says by what right, by which way, or what denies.
func TestWhy(t *testing.T) {
	g := build(t, story)
	for _, c := range []struct {
		who, resource, action string
		verdict, direct       access.Verdict
		via, proof            string
	}{
		{"svc", "logs", "read", access.Allow, access.Allow, "", "Allow read on logs"},
		{"svc", "orders", "read", access.Allow, access.Deny, "svc -TOY_BECOME-> admin [proven]", "Allow become on admin"},
		{"password", "orders", "read", access.Conditional, access.Deny, "password -authenticates-> svc -TOY_BECOME-> admin [inferred]", "authenticates"},
		{"svc", "orders", "delete", access.Deny, access.Deny, "", "no statement allows delete on orders"},
		{"admin", "orders", "delete", access.Deny, access.Deny, "", "Deny delete on orders"},
		{"leafuser", "orders", "read", access.Unknown, access.Unknown, "", "no evaluator knows the permission language of kubernetes"},
		{"omar", "orders", "read", access.Deny, access.Deny, "", "nothing that was read gives it this"},
	} {
		a, err := g.Why(t.Context(), find(t, g, c.who), ask(t, g, c.resource, c.action))
		if err != nil {
			t.Fatal(err)
		}
		via := ""
		if len(a.Via.Edges) > 0 {
			via = say(g, a.Via)
		}
		if a.Decision.Verdict != c.verdict || a.Direct.Verdict != c.direct || via != c.via || len(a.Decision.Proof) == 0 || !strings.Contains(a.Decision.Proof[0].Text, c.proof) {
			t.Errorf("%s %s %s: got %s (own %s) via %q, proof %v", c.who, c.action, c.resource, a.Decision.Verdict, a.Direct.Verdict, via, a.Decision.Proof)
		}
	}
}

// What does not exist is said, and an action that nobody knows is known to be so.
func TestUnknownQuestion(t *testing.T) {
	g := build(t, story)
	if _, err := g.Question("nothing", "read"); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("a resource that does not exist: %v", err)
	}
	if q := ask(t, g, "orders", "fly"); q.Known {
		t.Error("an action that does not exist is taken for known")
	}
	if _, err := g.Find("nobody"); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("a principal that does not exist: %v", err)
	}
	if _, err := build(t, "a identity t.x\nb identity t.y aliases=email:a").Find("email:a"); err != nil {
		t.Errorf("an alias: %v", err)
	}
	if _, err := build(t, "a identity t.x aliases=x:1\nb identity t.y aliases=x:1").Find("x:1"); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("an alias of two: %v", err)
	}
}

// A condition on the way makes the answer conditional, and is shown.
func TestWhyConditional(t *testing.T) {
	g := build(t, `
a identity toy.user
b identity toy.user
q resource toy.table
doc a {"Statement":[{"Effect":"Allow","Action":"become","Resource":"b","Condition":{"IpAddress":{"ip":"10.0.0.0/8"}}}]}
doc b {"Statement":[{"Effect":"Allow","Action":"read","Resource":"q","Condition":{"Bool":{"mfa":"true"}}}]}
pa policy toy.policy doc=a
pb policy toy.policy doc=b
pa -attached-> a
pb -attached-> b`)
	a, err := g.Why(t.Context(), find(t, g, "a"), ask(t, g, "q", "read"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"all":[{"IpAddress":{"ip":"10.0.0.0/8"}},{"Bool":{"mfa":"true"}}]}`
	if a.Decision.Verdict != access.Conditional || string(a.Decision.Condition) != want {
		t.Errorf("got %s %s, want conditional %s", a.Decision.Verdict, a.Decision.Condition, want)
	}
}

func dependents(g *effective.Graph, row uint32) (out []string) {
	for _, d := range g.Dependents(row) {
		out = append(out, g.Name(d.Row)+" "+d.As+" ("+string(d.Grade)+")")
	}
	return out
}

// What breaks if something stops.
func TestDependents(t *testing.T) {
	g := build(t, story+`
job workload systemd.service
job -reads_secret-> password
owned resource toy.table
svc -owns-> owned
`)
	for name, want := range map[string][]string{
		"svc":    {"job reads its credential (proven)", "line holds its credential (proven)", "owned is owned by it (proven)", "repo holds its credential (proven)", "role reads its credential (proven)", "secret holds its credential (proven)"},
		"role":   {"repo assumes it (inferred)", "sa assumes it (declared)"},
		"sa":     {"web runs as it (proven)"},
		"ca":     {"cluster trusts it (proven)", "leaf is issued by it (proven)"},
		"secret": {"password is kept in it (proven)", "role reads it (proven)"},
	} {
		got := dependents(g, find(t, g, name))
		if d := cmp.Diff(sorted(want), sorted(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Creators are followed through identities up to people, and circles end.
func TestCreators(t *testing.T) {
	g := build(t, "h human t.person\na identity t.agent\nb identity t.agent\nc identity t.agent\nh -created-> a\na -created-> b grade=declared\nb -created-> c\nc -owns-> b")
	var got []string
	for _, x := range g.Creators(find(t, g, "c")) {
		got = append(got, g.Name(x.By)+" "+string(x.Kind)+" "+g.Name(x.Of)+" "+string(x.Grade))
	}
	if d := cmp.Diff([]string{"b created c proven", "a created b declared", "c owns b proven", "h created a proven"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
