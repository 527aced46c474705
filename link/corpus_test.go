package link_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/link"
)

// A judged case is nodes and what must hold of them; see testdata/corpus/README.md.
type judged struct {
	name  string
	nodes map[string]link.Node
	holds []string
}

func readCases(t *testing.T) (cases []judged) {
	files, err := filepath.Glob("testdata/corpus/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("files of the corpus: %v, %v", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSpace(line)
			first, rest, _ := strings.Cut(line, " ")
			switch {
			case line == "":
			case first == "#":
				cases = append(cases, judged{filepath.Base(f) + ": " + rest, map[string]link.Node{}, nil})
			case slices.Contains([]string{"same", "apart", "edge", "why"}, first):
				c := &cases[len(cases)-1]
				c.holds = append(c.holds, line)
			default:
				c := &cases[len(cases)-1]
				c.nodes[first] = readNode(t, int64(len(c.nodes)+1), line)
			}
		}
	}
	return cases
}

func readNode(t *testing.T, id int64, line string) link.Node {
	head, aliases, ok := strings.Cut(line+" ", " : ")
	if !ok {
		t.Fatalf("%q has no aliases", line)
	}
	f := strings.Fields(head)
	n := link.Node{ID: id, Entity: id, Kind: drover.Kind(f[1]), Type: f[2], Ref: drover.Ref(f[3]), Aliases: strings.Fields(aliases)}
	if err := n.Ref.Valid(); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	for _, v := range f[4:] {
		key, text, _ := strings.Cut(v, "=")
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			at, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		switch key {
		case "created":
			n.Created = at
		case "observed":
			n.Observed = at
		case "seen":
			n.FirstSeen = at
		default:
			t.Fatalf("%q: what is %q?", line, key)
		}
	}
	return n
}

// A tally counts what was said to be so: right, wrong, and not found.
type tally struct{ right, wrong, missed int }

// TestCorpus holds the linker, and the ends of edges, to what experts say of
// hand-made cases.
func TestCorpus(t *testing.T) {
	var sum tally
	used := map[string]bool{"aws-any": true, "aws-service": true} // no node has these
	n := 0
	for _, c := range readCases(t) {
		e := entities(c)
		for _, node := range c.nodes {
			for _, a := range node.Aliases {
				scheme, _, _ := strings.Cut(a, ":")
				used[scheme] = true
			}
		}
		for _, h := range c.holds {
			n++
			got := c.judge(t, h, e)
			if got.wrong+got.missed > 0 {
				t.Errorf("%s: %s: %d wrong, %d missed", c.name, h, got.wrong, got.missed)
			}
			sum.right, sum.wrong, sum.missed = sum.right+got.right, sum.wrong+got.wrong, sum.missed+got.missed
		}
	}
	for _, s := range link.Schemes {
		if !used[s.Name] {
			t.Errorf("no case has an alias of scheme %s", s.Name)
		}
	}
	precision, recall := float64(sum.right)/float64(sum.right+sum.wrong), float64(sum.right)/float64(sum.right+sum.missed)
	t.Logf("%d statements: precision %.4f, recall %.4f (%d joins right, %d wrong, %d missed)", n, precision, recall, sum.right, sum.wrong, sum.missed)
	if n < 150 || precision < 1 || recall < 0.95 {
		t.Errorf("%d statements (150 wanted), precision %.4f (1 wanted), recall %.4f (0.95 wanted)", n, precision, recall)
	}
}

// entities links the nodes of a case in two orders; the results must be one.
func entities(c judged) map[string]int64 {
	names := make([]string, 0, len(c.nodes))
	for name := range c.nodes {
		names = append(names, name)
	}
	slices.Sort(names)
	var out map[string]int64
	for range 2 {
		l := link.New()
		e := map[int64]int64{}
		for _, name := range names {
			n := c.nodes[name]
			l.Add(n)
			e[n.ID] = n.ID
		}
		for _, j := range l.Joins() {
			e[j.ID] = j.Entity
		}
		found := map[string]int64{}
		for _, name := range names {
			found[name] = e[c.nodes[name].ID]
		}
		if out != nil && fmt.Sprint(out) != fmt.Sprint(found) {
			panic(fmt.Sprintf("%s: the order of nodes changes the entities: %v and %v", c.name, out, found))
		}
		out = found
		slices.Reverse(names)
	}
	return out
}

func (c *judged) judge(t *testing.T, line string, e map[string]int64) (r tally) {
	f := strings.Fields(line)
	for _, name := range f[1:] {
		if _, ok := c.nodes[name]; !ok && (f[0] == "same" || f[0] == "apart") {
			t.Fatalf("%s: %s: no node %q", c.name, line, name)
		}
	}
	switch f[0] {
	case "same":
		for _, b := range f[2:] {
			if e[f[1]] == e[b] {
				r.right++
			} else {
				r.missed++
			}
		}
	case "apart":
		for i, a := range f[1:] {
			for _, b := range f[i+2:] {
				if e[a] == e[b] {
					r.wrong++
				}
			}
		}
	case "edge":
		arrow := slices.Index(f, "->")
		if arrow < 2 {
			t.Fatalf("%s: %s: no arrow", c.name, line)
		}
		r = c.judgeEdge(t, f[1], f[2:arrow], f[arrow+1:], e)
	case "why":
		alias, words, _ := strings.Cut(strings.TrimPrefix(line, "why "), " ")
		if _, why := c.resolve(t, alias, nil, e); !strings.Contains(why, words) {
			t.Errorf("%s: %s: %q does not say %q", c.name, alias, why, words)
		}
	}
	return r
}

func (c *judged) judgeEdge(t *testing.T, alias string, with, want []string, e map[string]int64) (r tally) {
	found, _ := c.resolve(t, alias, with, e)
	left := map[int64]bool{}
	for _, name := range want {
		if name != "none" {
			left[e[name]] = true
		}
	}
	for _, f := range found {
		if left[f] {
			r.right++
		} else {
			r.wrong++
		}
		delete(left, f)
	}
	r.missed = len(left)
	return r
}

// resolve returns the entities that an edge to an alias leads to, or why to none.
// With: the edge's subject filter (if=…), and who else speaks of the alias (by=…).
func (c *judged) resolve(t *testing.T, alias string, with []string, e map[string]int64) (found []int64, why string) {
	const probe, named = 1 << 40, 1 << 41
	b := graph.NewBuilder(1, time.Now())
	nodes := make([]link.Node, 0, len(c.nodes))
	byName := map[int64]string{}
	for name, n := range c.nodes {
		nodes = append(nodes, n)
		byName[n.ID] = name
	}
	slices.SortFunc(nodes, func(a, b link.Node) int { return int(a.ID - b.ID) })
	for _, n := range nodes {
		b.Node(graph.Row{ID: n.ID, Entity: e[byName[n.ID]], Sources: []string{"s"}, Node: drover.Node{Ref: n.Ref, Kind: n.Kind, Type: n.Type, Aliases: n.Aliases, Created: n.Created}})
	}
	refs, cond := []drover.Ref{"probe/-/x/1"}, drover.Attrs(nil)
	for _, w := range with {
		switch key, v, _ := strings.Cut(w, "="); key {
		case "if":
			cond = drover.Attrs(`{"subject":` + v + `}`)
		case "by":
			refs = append(refs, drover.Ref(v))
		default:
			t.Fatalf("%s: what is %q?", c.name, w)
		}
	}
	for i, ref := range refs {
		b.Node(graph.Row{ID: probe + int64(i), Entity: probe + int64(i), Sources: []string{"s"}, Node: drover.Node{Ref: ref, Kind: drover.KindVendor, Type: "x"}})
	}
	for i := range refs {
		b.Edge(probe+int64(i), named, &drover.Edge{Kind: drover.EdgeTrusts, Cond: cond})
	}
	b.Name(map[int64]drover.Ref{named: drover.UnseenRef(alias)})
	s := b.Index()
	i, _ := s.Find("probe/-/x/1")
	for h := range s.Out(i) {
		if s.Unseen(h.Row) {
			why = s.Attrs(h.Row).Str("unseen")
		} else {
			found = append(found, s.Entity(h.Row))
		}
	}
	return found, why
}
