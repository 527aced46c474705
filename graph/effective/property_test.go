package effective_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/reach"
)

// A drawn estate: lines of the notation, those that may be taken away apart.
type estate struct {
	nodes []string
	edges []string
	docs  []string
}

func (e *estate) text() string {
	return strings.Join(append(append(slices.Clone(e.docs), e.nodes...), e.edges...), "\n")
}

var edgeKinds = []string{"can_assume", "authenticates", "runs_as", "delegates_to", "reads_secret", "stored_in", "owns", "created", "member_of", "can_access", "contains", "issued_by"}

func drawEstate(t *rapid.T) *estate {
	e := &estate{}
	var users, all []string
	kinds := []string{"identity x.user", "credential x.key", "human x.person", "place x.place", "resource x.box", "workload x.job"}
	for i := range rapid.IntRange(1, 5).Draw(t, "plain") {
		n := fmt.Sprint("n", i)
		line := n + " " + rapid.SampledFrom(kinds).Draw(t, "kind")
		if rapid.IntRange(0, 3).Draw(t, "tier") == 0 {
			line += " tier=0"
		}
		e.nodes, all = append(e.nodes, line), append(all, n)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "users") {
		n := fmt.Sprint("u", i)
		e.nodes, users, all = append(e.nodes, n+" identity toy.user"), append(users, n), append(all, n)
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "tables") {
		line := fmt.Sprint("t", i, " resource toy.table")
		if rapid.Bool().Draw(t, "tier") {
			line += " tier=0"
		}
		e.nodes, all = append(e.nodes, line), append(all, fmt.Sprint("t", i))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "policies") {
		var list []string
		for range rapid.IntRange(0, 3).Draw(t, "statements") {
			cond := ""
			if rapid.IntRange(0, 3).Draw(t, "cond") == 0 {
				cond = `,"Condition":{"Bool":{"x":"true"}}`
			}
			list = append(list, fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":%q%s}`, rapid.SampledFrom([]string{"Allow", "Allow", "Allow", "Deny"}).Draw(t, "effect"),
				rapid.SampledFrom([]string{"become", "read", "write", "delete", "*"}).Draw(t, "action"), rapid.SampledFrom(append(slices.Clone(all), "*")).Draw(t, "resource"), cond))
		}
		e.docs = append(e.docs, fmt.Sprintf(`doc d%d {"Statement":[%s]}`, i, strings.Join(list, ",")))
		e.nodes = append(e.nodes, fmt.Sprintf("p%d policy toy.policy doc=d%d", i, i))
		for _, u := range users {
			if rapid.IntRange(0, 2).Draw(t, "attach") == 0 {
				e.edges = append(e.edges, fmt.Sprintf("p%d -attached-> %s", i, u))
			}
		}
	}
	seen := map[string]bool{}
	for range rapid.IntRange(0, 12).Draw(t, "edges") {
		from, to := rapid.SampledFrom(all).Draw(t, "from"), rapid.SampledFrom(all).Draw(t, "to")
		line := from + " -" + rapid.SampledFrom(edgeKinds).Draw(t, "edge") + "-> " + to
		if from == to || seen[line] {
			continue
		}
		seen[line] = true
		e.edges = append(e.edges, line+rapid.SampledFrom([]string{"", " grade=inferred", ` cond={"k":"v"}`}).Draw(t, "how"))
	}
	return e
}

func takers(g *effective.Graph) (out []uint32) {
	for i := range g.Len() {
		if g.Taker(uint32(i)) {
			out = append(out, uint32(i))
		}
	}
	return out
}

// reachSet is all that a row reaches, by ref, with the level.
func reachSet(t testing.TB, g *effective.Graph, row uint32) map[string]bool {
	out := map[string]bool{}
	list, err := g.Resources(t.Context(), row, effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for x := range list {
		out[string(g.Ref(x.Row))] = true
	}
	b, err := g.Blast(t.Context(), row, effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range b.Taken {
		out["taken "+string(g.Ref(n))] = true
	}
	return out
}

// More edges never reach less.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEstate(rt)
		big := build(t, e.text())
		if len(e.edges) > 0 {
			i := rapid.IntRange(0, len(e.edges)-1).Draw(rt, "drop")
			if strings.Contains(e.edges[i], "-attached->") {
				return // a policy may deny
			}
			e.edges = slices.Delete(slices.Clone(e.edges), i, i+1)
		}
		small := build(t, e.text())
		for _, n := range takers(small) {
			more, ok := big.Find(string(small.Ref(n)))
			if ok != nil {
				rt.Fatal(ok)
			}
			have := reachSet(t, big, more)
			for k := range reachSet(t, small, n) {
				if !have[k] {
					rt.Fatalf("%s reaches %s only with an edge less\n%s", small.Name(n), k, e.text())
				}
			}
		}
	})
}

// Whom a search back finds is who gets there searching forward, by ref.
func TestReverse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := build(t, drawEstate(rt).text())
		for to := range g.Len() {
			back := g.Reach().Reverse([]uint32{uint32(to)}, reach.Options{})
			for from := range g.Len() {
				forth := g.Reach().Blast([]uint32{uint32(from)}, reach.Options{})
				got := forth.Has(uint32(to))
				for x := range forth.Touched() {
					got = got || x.Node == uint32(to)
				}
				if got != back.Has(uint32(from)) {
					rt.Fatalf("%s to %s: forward %v, back %v", g.Name(uint32(from)), g.Name(uint32(to)), got, !got)
				}
			}
		}
	})
}

// A what-if without an edge, a node or a statement is the graph built without.
func TestWhatIf(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEstate(rt)
		if len(e.edges) == 0 {
			return
		}
		i := rapid.IntRange(0, len(e.edges)-1).Draw(rt, "drop")
		f := strings.Fields(e.edges[i])
		change := fmt.Sprintf(`{"remove":[{"from":%q,"to":%q,"kind":%q}]}`, f[0], f[2], strings.Trim(f[1], "->"))
		g := build(t, e.text())
		rest := *e
		rest.edges = slices.Delete(slices.Clone(e.edges), i, i+1)
		if rapid.Bool().Draw(rt, "node") {
			name := f[0]
			change = fmt.Sprintf(`{"remove":[{"ref":%q}]}`, name)
			rest.nodes = slices.DeleteFunc(slices.Clone(e.nodes), func(l string) bool { return strings.HasPrefix(l, name+" ") })
			rest.edges = slices.DeleteFunc(slices.Clone(e.edges), func(l string) bool {
				f := strings.Fields(l)
				return f[0] == name || f[2] == name
			})
		}
		got, err := apply(t, g, change)
		if err != nil {
			rt.Fatalf("%s: %v\n%s", change, err, e.text())
		}
		if d := cmp.Diff(refEdges(build(t, rest.text())), refEdges(got)); d != "" {
			rt.Fatalf("%s (-built +what-if):\n%s\n%s", change, d, e.text())
		}
	})
}

// A cut removes what it claims, takes from others what it says, and no change it
// did not name.
func TestCutRemovesWhatItClaims(t *testing.T) {
	tried := 0
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEstate(rt)
		g := build(t, e.text())
		from := rapid.SampledFrom(takers(g)).Draw(rt, "from")
		list, err := g.Cut(t.Context(), []uint32{from}, nil, effective.Options{Limit: 4})
		if err != nil {
			rt.Fatal(err)
		}
		for _, c := range list {
			tried++
			after, err := apply(t, g, string(c.Change.Bytes()))
			if err != nil {
				rt.Fatalf("%s: %v\n%s", c.What, err, e.text())
			}
			row, err := after.Find(string(g.Ref(from)))
			if err != nil {
				rt.Fatal(err)
			}
			b, err := after.Blast(t.Context(), row, effective.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			got := effective.Removed{Resources: effective.Span{Before: c.Removes.Resources.Before, After: b.Resources.Total}, Tier0: effective.Span{Before: c.Removes.Tier0.Before, After: len(b.Tier0)},
				Identities: effective.Span{Before: c.Removes.Identities.Before, After: len(b.Taken)}, Targets: c.Removes.Targets}
			if d := cmp.Diff(c.Removes, got); d != "" {
				rt.Fatalf("%s (-claimed +done):\n%s\n%s", c.What, d, e.text())
			}
			loses := map[drover.Ref]bool{}
			for _, l := range c.Loses {
				loses[l.Ref] = true
			}
			for _, n := range takers(g) {
				other, err := after.Find(string(g.Ref(n)))
				if n == from || err != nil {
					continue
				}
				lost := false
				now := reachSet(t, after, other)
				for k := range reachSet(t, g, n) {
					lost = lost || !now[k]
				}
				if lost && !loses[g.Ref(n)] {
					rt.Fatalf("%s: %s loses, unsaid\n%s", c.What, g.Name(n), e.text())
				}
			}
		}
	})
	if tried == 0 {
		t.Error("no cut was tried: the test proves nothing")
	}
}

// A graph equals one built of the same facts at another time and in another order.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEstate(rt)
		g := build(t, e.text())
		e.nodes, e.edges = rapid.Permutation(e.nodes).Draw(rt, "nodes"), rapid.Permutation(e.edges).Draw(rt, "edges")
		if d := cmp.Diff(refEdges(g), refEdges(build(t, e.text()))); d != "" {
			rt.Fatal(d)
		}
	})
}

// A difference has exactly the identities whose reach differs.
func TestDiff(t *testing.T) {
	found := 0
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEstate(rt)
		old := build(t, e.text())
		e.edges = slices.DeleteFunc(e.edges, func(string) bool { return rapid.IntRange(0, 5).Draw(rt, "drop") == 0 })
		for i, d := range e.docs {
			if rapid.IntRange(0, 2).Draw(rt, "rewrite") == 0 {
				e.docs[i] = strings.Replace(d, "read", "write", 1)
			}
		}
		now := build(t, e.text())
		d, err := effective.Diff(t.Context(), old, now, effective.Options{})
		if err != nil || d.More > 0 {
			rt.Fatal(d, err)
		}
		said := map[drover.Ref]effective.Changed{}
		for _, x := range d.Changed {
			said[x.Ref] = x
		}
		for _, n := range takers(old) {
			ref := old.Ref(n)
			m, err := now.Find(string(ref))
			if err != nil {
				continue
			}
			x, ok := said[ref]
			b, a := taken(t, old, n), taken(t, now, m)
			if !slices.Equal(b, a) && !ok {
				rt.Fatalf("%s reaches %v, then %v, unsaid", ref, b, a)
			}
			if ok {
				found++
				if x.Identities.Before != len(b) || x.Identities.After != len(a) {
					rt.Fatalf("%s: identities %+v, want %d then %d", ref, x.Identities, len(b), len(a))
				}
			}
		}
	})
	if found == 0 {
		t.Error("no difference was found: the test proves nothing")
	}
}

func taken(t testing.TB, g *effective.Graph, row uint32) []drover.Ref {
	b, err := g.Blast(t.Context(), row, effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return refs(g, b.Taken)
}
