package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// land is an estate of two sources of which a test knows what is whose.
type land struct {
	nodes    map[string][]drover.Node // by source
	edges    map[string][]drover.Edge
	evidence map[string][]drover.Evidence
}

// thing says of each ref what a caller's bounds ask.
type thing struct {
	sources []string
	env     string
	owner   int    // of persons; -1: nobody
	of      string // of a credential: the ref of its identity
}

func landRef(typ string, i int) drover.Ref {
	return drover.NewRef("scripted", "t", "scripted."+typ, fmt.Sprint(i))
}

// drawLand makes an estate of n identities: some are in both sources, each has an
// environment or none, a credential, edges to others, and perhaps an owner.
func drawLand(rt *rapid.T, n int) (*land, map[drover.Ref]thing) {
	l := &land{map[string][]drover.Node{}, map[string][]drover.Edge{}, map[string][]drover.Evidence{}}
	is := map[drover.Ref]thing{}
	start := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		p := drover.Node{Ref: landRef("person", i), Kind: drover.KindHuman, Type: "scripted.person", Name: fmt.Sprint("Person ", i), Aliases: []string{fmt.Sprint("email:p", i, "@x.example")}}
		l.nodes["a"] = append(l.nodes["a"], p)
		is[p.Ref] = thing{sources: []string{"a"}, owner: i}
	}
	for i := range n {
		x := thing{env: rapid.SampledFrom([]string{"prod", "dev", ""}).Draw(rt, "env"), owner: rapid.IntRange(-1, 2).Draw(rt, "owner"), sources: rapid.SampledFrom([][]string{{"a"}, {"b"}}).Draw(rt, "source")}
		src := x.sources[0]
		attrs := map[string]any{"n": i}
		if x.env != "" {
			attrs["tags"] = map[string]any{"env": x.env}
		}
		a := drover.Node{Ref: landRef("account", i), Kind: drover.KindIdentity, Type: "scripted.service_account", Name: fmt.Sprint("svc-", i), Attrs: drover.NewAttrs(attrs), Created: start.AddDate(0, 0, -i*20)}
		k := drover.Node{Ref: landRef("key", i), Kind: drover.KindCredential, Type: "scripted.key", Name: fmt.Sprint("key ", i), Created: start.AddDate(0, 0, -i*30), Expires: start.AddDate(0, 0, i*9-10)}
		l.nodes[src] = append(l.nodes[src], a, k)
		l.edges[src] = append(l.edges[src], drover.Edge{From: k.Ref, To: a.Ref, Kind: drover.EdgeAuthenticates})
		if rapid.Bool().Draw(rt, "used") {
			l.evidence[src] = append(l.evidence[src], drover.Evidence{Subject: a.Ref, Claim: drover.ClaimLastUsed, Source: "log", At: start.AddDate(0, 0, -i*11)})
		}
		to := rapid.IntRange(0, n-1).Draw(rt, "to")
		if to != i {
			l.edges[src] = append(l.edges[src], drover.Edge{From: a.Ref, To: landRef("account", to), Kind: rapid.SampledFrom([]drover.EdgeKind{drover.EdgeCanAssume, drover.EdgeDelegatesTo}).Draw(rt, "kind")})
		}
		if x.owner >= 0 {
			l.edges[src] = append(l.edges[src], drover.Edge{From: landRef("person", x.owner), To: a.Ref, Kind: drover.EdgeOwns})
		}
		if rapid.Bool().Draw(rt, "unseen") {
			l.edges[src] = append(l.edges[src], drover.Edge{From: a.Ref, To: drover.UnseenRef("arn:aws:iam::1:role/r" + fmt.Sprint(i%3)), Kind: drover.EdgeCanAssume})
		}
		is[a.Ref] = x
		x.of = string(a.Ref)
		is[k.Ref] = x
	}
	return l, is
}

// only is the estate that never had what keep does not hold.
func (l *land) only(keep map[drover.Ref]bool) *land {
	out := &land{map[string][]drover.Node{}, map[string][]drover.Edge{}, map[string][]drover.Evidence{}}
	for src, nodes := range l.nodes {
		for _, n := range nodes {
			if keep[n.Ref] {
				out.nodes[src] = append(out.nodes[src], n)
			}
		}
	}
	fine := func(r drover.Ref) bool {
		return keep[r] || r.System() == "unseen"
	}
	for src, edges := range l.edges {
		for _, e := range edges {
			if fine(e.From) && fine(e.To) {
				out.edges[src] = append(out.edges[src], e)
			}
		}
	}
	for src, list := range l.evidence {
		for _, e := range list {
			if keep[e.Subject] {
				out.evidence[src] = append(out.evidence[src], e)
			}
		}
	}
	return out
}

// openLand scans an estate into a store of its own and runs the checks.
func openLand(t *testing.T, l *land, keep bool) *engine.Engine {
	t.Helper()
	clock := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	run := func(_ context.Context, s *connector.Scan) error { return nil }
	c := scripted(&run)
	c.Discover = func(ctx context.Context, s *connector.Scan) error {
		src := s.Source
		return s.Section(ctx, "things", "scripted:"+src, func(_ context.Context, out *connector.Out) error {
			for _, n := range l.nodes[src] {
				out.Node(n)
			}
			for _, e := range l.edges[src] {
				out.Edge(e)
			}
			for _, e := range l.evidence[src] {
				out.Evidence(e)
			}
			return nil
		})
	}
	var sources []config.Source
	for _, id := range []string{"a", "b"} {
		sources = append(sources, config.Source{ID: id, Kind: "scripted"})
	}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: []*connector.Connector{c}, Checks: builtin.Checks, Config: &config.Config{Version: 1, Path: "drover.yaml", Sources: sources}, Home: t.TempDir(), Now: clock.read, User: "tester", Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Scan(t.Context(), engine.ScanRequest{}); err != nil {
		t.Fatal(err)
	}
	clock.advance()
	if _, err := e.Check(t.Context(), engine.CheckOptions{}); err != nil {
		t.Fatal(err)
	}
	return e
}

// drawCaller makes somebody with one or two grants.
func drawCaller(rt *rapid.T) authz.Caller {
	c := authz.Caller{ID: "u1", Name: "Ann", Email: "p0@x.example", Kind: authz.Person}
	for range rapid.IntRange(1, 2).Draw(rt, "grants") {
		g := authz.Grant{Role: rapid.SampledFrom([]authz.Role{authz.Owner, authz.Engineer, authz.Auditor}).Draw(rt, "role")}
		if rapid.Bool().Draw(rt, "by source") {
			g.Sources = []string{rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "which")}
		}
		if rapid.Bool().Draw(rt, "by env") {
			g.Envs = []string{rapid.SampledFrom([]string{"prod", "dev"}).Draw(rt, "where")}
		}
		c.Grants = append(c.Grants, g)
	}
	return c
}

// sees is what a caller may see, as the test reads the grants: not by the code
// under test.
func sees(c authz.Caller, is map[drover.Ref]thing) map[drover.Ref]bool {
	keep := map[drover.Ref]bool{}
	for ref, x := range is {
		for _, g := range c.Grants {
			if len(g.Sources) > 0 && !slices.Contains(g.Sources, x.sources[0]) || len(g.Envs) > 0 && (ref == landRef("person", x.owner) || !slices.Contains(g.Envs, x.env)) {
				continue
			}
			if g.Role == authz.Owner && x.owner != 0 {
				continue
			}
			keep[ref] = true
		}
	}
	for ref := range is {
		if x := is[ref]; keep[ref] {
			if x.of == "" && ref != landRef("person", x.owner) { // its credential, and who owns it
				keep[drover.Ref(strings.Replace(string(ref), "account", "key", 1))] = true
			}
			if x.owner >= 0 { // whichever source knows them
				keep[landRef("person", x.owner)] = true
			}
		}
	}
	return keep
}

// Whatever a caller's grants, everything that they are told is what an estate
// would say that never had the rest.
func TestScopedEqual(t *testing.T) {
	fewer(t, 15)
	rapid.Check(t, func(rt *rapid.T) {
		l, is := drawLand(rt, rapid.IntRange(2, 14).Draw(rt, "n"))
		c := drawCaller(rt)
		keep := rapid.Bool().Draw(rt, "keep")
		all := openLand(t, l, keep)
		defer all.Close()
		seen := sees(c, is)
		if len(seen) == 0 {
			if s, err := all.For(c).Snapshot(t.Context(), time.Time{}); err != nil || s.Len() != 0 {
				rt.Fatalf("%+v: %d rows, %v", c.Grants, s.Len(), err)
			}
			return
		}
		alone := openLand(t, l.only(seen), false)
		defer alone.Close()
		got, want := toldOf(t, all.For(c)), toldOf(t, alone.For(c)) // who is bounded is told so
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatalf("%+v\nalone (-), scoped (+):\n%s", c.Grants, d)
		}
	})
}

// toldOf is what an engine says, without the numbers of generations and without the
// names of sources, which are told by other bounds. Things of equal merit stand in
// the order in which a snapshot numbers them, so lists are compared as sets.
func toldOf(t *testing.T, e *engine.Engine) map[string]any {
	all := answers(t, e, time.Time{})
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	strip(out)
	anyOrder(out)
	delete(out["facets"].(map[string]any), "source")
	for what, v := range out { // who answers is seen, whichever source says so; its looks are that source's
		if v, ok := v.(map[string]any); ok && strings.Contains(what, "scripted.person") {
			delete(v, "history")
		}
	}
	// What is said of sources, and of what was recorded of the whole estate over time,
	// is told by other bounds.
	for _, page := range []string{"home", "home again", "posture", "posture again"} {
		for _, part := range []string{"coverage", "trend", "flow"} {
			if page, ok := out[page].(map[string]any); ok {
				delete(page, part)
			}
		}
	}
	return out
}

func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			switch strings.ToLower(k) {
			case "generation", "source", "sources", "growth_30d":
				delete(v, k)
			default:
				strip(x)
			}
		}
	case []any:
		for _, x := range v {
			strip(x)
		}
	}
}

// anyOrder puts every list into one order, the inner ones first.
func anyOrder(v any) string {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			anyOrder(x)
		}
	case []any:
		said := map[int]string{}
		at := make([]int, len(v))
		for i, x := range v {
			at[i], said[i] = i, anyOrder(x)
		}
		slices.SortStableFunc(at, func(a, b int) int { return strings.Compare(said[a], said[b]) })
		was := slices.Clone(v)
		for i, from := range at {
			v[i] = was[from]
		}
	}
	return fmt.Sprint(v) // maps in the order of their keys
}

// A caller without any grant sees nothing at all, of now and of the past.
func TestScopedNothing(t *testing.T) {
	b := open(t, "")
	b.scan(t, things(30))
	at := b.clock.read()
	b.clock.advance()
	for _, when := range []time.Time{{}, at} {
		s, err := b.For(authz.Caller{ID: "nobody"}).Snapshot(t.Context(), when)
		if err != nil {
			t.Fatal(err)
		}
		if s.Len() != 0 || s.Edges() != 0 {
			t.Errorf("somebody without a grant sees %d rows and %d edges as of %v", s.Len(), s.Edges(), when)
		}
	}
}
