package storetest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// A model replays sections by the rules as DESIGN states them, with nothing of
// the store's code: maps that are copied at every generation.
type model struct {
	lastOK map[string]int
	now    world
	gens   []world // gens[i] is what generation base+i shows
	base   int64
}

type world map[string]fact

// A fact is what one source says, under a coverage and in a part.
type fact struct {
	source, coverage, part string
	put                    put
	content                string
	seen, since, from      int // hours; hours; generation
}

func (m *model) key(sec section, p put) string {
	k := sec.source + "|" + sec.coverage + "|"
	switch {
	case p.Node != nil:
		return k + p.part + "|n|" + string(p.Node.Ref)
	case p.Edge != nil:
		return k + p.part + "|e|" + p.Edge.Key()
	}
	return k + "|v|" + string(p.Evidence.Subject) + p.Evidence.Claim + p.Evidence.Source
}

// run replays one section and says what Commit should: the status and whether
// there is a new generation.
func (m *model) run(sec section) (status drover.Status, changed bool) {
	cov := sec.source + "|" + sec.coverage
	last, any := m.lastOK[cov]
	if any && sec.at < last {
		if sec.status == drover.StatusFailed {
			return sec.status, false
		}
		return drover.StatusStale, false
	}
	seen := map[string]bool{}
	for _, p := range sec.puts {
		k := m.key(sec, p)
		seen[k] = true
		f, ok := m.now[k]
		content := fmt.Sprintf("%+v %+v %+v", p.Node, p.Edge, p.Evidence)
		switch {
		case ok && f.seen > sec.at:
		case ok && f.content == content:
			f.seen = sec.at
			m.now[k] = f
		default:
			m.now[k] = fact{sec.source, sec.coverage, p.part, p, content, sec.at, sec.at, len(m.gens)}
			changed = true
		}
	}
	if sec.status == drover.StatusOK {
		m.lastOK[cov] = sec.at
		for k, f := range m.now {
			if f.source+"|"+f.coverage != cov || seen[k] || f.seen > sec.at || f.put.Evidence != nil || m.kept(sec, f.part) {
				continue
			}
			delete(m.now, k)
			changed = true
		}
	}
	if changed {
		m.gens = append(m.gens, maps.Clone(m.now))
	}
	return sec.status, changed
}

func (m *model) kept(sec section, part string) bool {
	for _, k := range sec.keeps {
		if k == "" || part == k || strings.HasPrefix(part, k+"/") {
			return true
		}
	}
	return false
}

// A shown is what a scope sees of a world, printed.
type shown map[string]string

// show merges what the scope sees.
func (w world) show(scope drover.Scope) shown {
	groups := map[string][]fact{}
	for _, f := range w {
		if !scope.Source(f.source) {
			continue
		}
		k := ""
		switch p := f.put; {
		case p.Node != nil:
			k = "node " + string(p.Node.Ref)
		case p.Edge != nil:
			k = "edge " + p.Edge.Key()
		default:
			k = "evidence " + string(p.Evidence.Subject) + " " + p.Evidence.Claim + " " + p.Evidence.Source
		}
		groups[k] = append(groups[k], f)
	}
	out := shown{}
	for k, g := range groups {
		slices.SortFunc(g, func(a, b fact) int {
			return cmp.Or(cmp.Compare(b.since, a.since), cmp.Compare(b.from, a.from), strings.Compare(a.source, b.source), strings.Compare(a.coverage, b.coverage), strings.Compare(a.part, b.part))
		})
		switch p := g[0].put; {
		case p.Node != nil:
			out[k] = mergeNode(g)
		case p.Edge != nil:
			out[k] = p.Edge.Proof
		}
	}
	return out
}

func mergeNode(g []fact) string {
	name, aliases, attrs := "", map[string]bool{}, map[string]any{}
	for _, f := range g {
		n := f.put.Node
		name = cmp.Or(name, n.Name)
		for _, a := range n.Aliases {
			aliases[a] = true
		}
		for k, v := range n.Attrs.Map() {
			if _, ok := attrs[k]; !ok {
				attrs[k] = v
			}
		}
	}
	return fmt.Sprint(name, slices.Sorted(maps.Keys(aliases)), attrs)
}

// showStore prints a generation of the store the same way.
func showStore(t fatal, s *store.Store, gen int64, scope drover.Scope) shown {
	out := shown{}
	for _, f := range list(t, s.Nodes(context.Background(), gen, scope)) {
		k := "node " + string(f.Node.Ref)
		if _, twice := out[k]; twice {
			t.Fatalf("%s is listed twice", k)
		}
		out[k] = showNode(&f.Node)
	}
	for _, f := range list(t, s.Edges(context.Background(), gen, scope)) {
		k := "edge " + f.Edge.Key()
		if _, twice := out[k]; twice {
			t.Fatalf("%s is listed twice", k)
		}
		out[k] = f.Edge.Proof
	}
	return out
}

func showNode(n *drover.Node) string {
	attrs := n.Attrs.Map()
	if attrs == nil {
		attrs = map[string]any{}
	}
	aliases := n.Aliases
	if aliases == nil {
		aliases = []string{}
	}
	return fmt.Sprint(n.Name, aliases, attrs)
}

// replay: whatever sections come, from three sources, whole or in part, late or
// early, the store shows at every generation what a replay of the script shows,
// and between any two of them Diff yields the difference.
func (b bench) replay(t *testing.T) {
	outer, script := t, 0
	var s *store.Store
	rapid.Check(t, func(t *rapid.T) {
		if script%10 == 0 { // scripts share a store, out of each other's scope
			s = b.open(outer)
		}
		script++
		m := &model{lastOK: map[string]int{}, now: world{}, gens: []world{{}}, base: latest(t, s)}
		prefix := fmt.Sprintf("s%d-", script)
		for range rapid.IntRange(1, 12).Draw(t, "sections") {
			sec := drawSection(t, prefix)
			r := commit(t, s, sec)
			status, changed := m.run(sec)
			if r.Section.Status != status || (r.Generation != 0) != changed {
				t.Fatalf("commit of %+v: got status %s, generation %d; want %s, changed %v", sec, r.Section.Status, r.Generation, status, changed)
			}
			if want := m.base + int64(len(m.gens)-1); changed && r.Generation != want {
				t.Fatalf("got generation %d, want %d", r.Generation, want)
			}
			m.check(t, s, len(m.gens)-1, m.scopes(prefix)[:1])
		}
		for i := range m.gens {
			m.check(t, s, i, m.scopes(prefix))
			m.checkEvidence(t, s, prefix, i)
		}
		m.checkDiff(t, s, prefix)
	})
}

func drawSection(t *rapid.T, prefix string) section {
	sec := section{
		source:   prefix + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "source"),
		coverage: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "coverage"),
		at:       rapid.IntRange(0, 8).Draw(t, "at"),
		status:   rapid.SampledFrom([]drover.Status{drover.StatusOK, drover.StatusOK, drover.StatusOK, drover.StatusPartial, drover.StatusFailed}).Draw(t, "status"),
		keeps:    rapid.SliceOfN(rapid.SampledFrom([]string{"", "p", "p/q", "pq"}), 0, 1).Draw(t, "keeps"),
	}
	seen := map[string]bool{}
	var m model
	for range rapid.IntRange(0, 6).Draw(t, "puts") {
		p := drawPut(t, prefix)
		if k := m.key(sec, p); !seen[k] {
			seen[k] = true
			sec.puts = append(sec.puts, p)
		}
	}
	return sec
}

func drawPut(t *rapid.T, prefix string) put {
	part := rapid.SampledFrom([]string{"", "p", "p/q", "pq"}).Draw(t, "part")
	name := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "ref")
	what := rapid.SampledFrom([]string{"", "u", "v"}).Draw(t, "content")
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return edgePut(part, drover.Edge{From: ref(prefix + name), To: ref(prefix + "1"), Kind: drover.EdgeOwns, Proof: what})
	case 1:
		return evidencePut(part, drover.Evidence{Subject: ref(prefix + name), Claim: drover.ClaimLive, Source: "s", Value: what})
	}
	n := node(prefix + name)
	n.Name = what
	if what != "" {
		n.Aliases = []string{"alias:" + what}
		n.Attrs = drover.NewAttrs(map[string]any{what: part, "both": what})
	}
	return nodePut(part, n)
}

// scopes are the widest that a script is alone in, and narrower ones.
func (m *model) scopes(prefix string) []drover.Scope {
	return []drover.Scope{drover.ScopeSources(prefix+"a", prefix+"b", prefix+"c"), drover.ScopeSources(prefix + "b"), drover.ScopeSources(prefix+"a", prefix+"c"), {}}
}

// check compares what a generation shows with the replay of the script.
func (m *model) check(t fatal, s *store.Store, i int, scopes []drover.Scope) {
	for _, scope := range scopes {
		want, got := m.gens[i].show(scope), showStore(t, s, m.base+int64(i), scope)
		if d := gocmp.Diff(want, got); d != "" {
			t.Fatalf("generation base+%d, scope %v (-want +got):\n%s", i, scope.Sources(), d)
		}
		var nodes int64
		for k := range want {
			if strings.HasPrefix(k, "node") {
				nodes++
			}
		}
		c, err := s.Counts(context.Background(), m.base+int64(i), scope)
		if err != nil || c.Nodes[drover.KindIdentity] != nodes || c.Edges != int64(len(want))-nodes {
			t.Fatalf("counts of base+%d: got %v, %v; want %d nodes, %d edges", i, c, err, nodes, int64(len(want))-nodes)
		}
	}
}

func (m *model) checkEvidence(t fatal, s *store.Store, prefix string, i int) {
	scope := drover.ScopeSources(prefix + "a")
	want, got := map[string]bool{}, map[string]bool{}
	newest := map[string]int{}
	for _, f := range m.gens[i] {
		if e := f.put.Evidence; e != nil && f.source == prefix+"a" {
			newest[string(e.Subject)] = max(newest[string(e.Subject)], f.since)
		}
	}
	for _, f := range m.gens[i] {
		if e := f.put.Evidence; e != nil && f.source == prefix+"a" && newest[string(e.Subject)] == f.since {
			want[string(e.Subject)+"="+e.Value] = true
		}
	}
	for _, f := range list(t, s.Evidence(context.Background(), m.base+int64(i), scope)) {
		got[string(f.Evidence.Subject)] = true
		if v := string(f.Evidence.Subject) + "=" + f.Evidence.Value; !want[v] {
			t.Fatalf("evidence of base+%d: got %s, want one of %v", i, v, want)
		}
	}
	if len(got) != len(newest) {
		t.Fatalf("evidence of base+%d: got %v, want %v", i, got, want)
	}
}

func (m *model) checkDiff(t *rapid.T, s *store.Store, prefix string) {
	i := rapid.IntRange(0, len(m.gens)-1).Draw(t, "from")
	j := rapid.IntRange(0, len(m.gens)-1).Draw(t, "to")
	for _, scope := range m.scopes(prefix) {
		before, after := m.gens[i].show(scope), m.gens[j].show(scope)
		want := shown{}
		for k, v := range before {
			if w, ok := after[k]; !ok {
				want[k] = fmt.Sprint(store.Removed, v)
			} else if v != w {
				want[k] = fmt.Sprint(store.Changed, v, w)
			}
		}
		for k, w := range after {
			if _, ok := before[k]; !ok {
				want[k] = fmt.Sprint(store.Added, w)
			}
		}
		got := shown{}
		for _, c := range list(t, s.Diff(context.Background(), m.base+int64(i), m.base+int64(j), scope)) {
			k, v := showChange(c)
			got[k] = v
		}
		if d := gocmp.Diff(want, got); d != "" {
			t.Fatalf("diff from base+%d to base+%d, scope %v (-want +got):\n%s", i, j, scope.Sources(), d)
		}
	}
}

func showChange(c store.Change) (key, text string) {
	text = fmt.Sprint(c.Kind)
	for _, f := range []*store.Fact{c.Before, c.After} {
		if f != nil {
			key, text = "node "+string(f.Node.Ref), text+showNode(&f.Node)
		}
	}
	for _, f := range []*store.EdgeFact{c.EdgeBefore, c.EdgeAfter} {
		if f != nil {
			key, text = "edge "+f.Edge.Key(), text+f.Edge.Proof
		}
	}
	return key, text
}
