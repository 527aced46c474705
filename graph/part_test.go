package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
)

// crowd is n nodes of two sources, each with an edge to the next and to a name that
// nobody asserts; keep says which are added.
func crowd(n int, keep func(i int) bool) *graph.Snapshot {
	b := graph.NewBuilder(1, time.Unix(1000, 0))
	ref := func(i int) drover.Ref { return drover.NewRef("t", "", "t.account", fmt.Sprint(i)) }
	for i := range n {
		if keep(i) {
			b.Node(graph.Row{ID: int64(i + 1), Entity: int64(i + 1), Node: drover.Node{Ref: ref(i), Kind: drover.KindIdentity, Type: fmt.Sprint("t.type", i%3), Name: fmt.Sprint("n", i), Aliases: []string{fmt.Sprint("a:", i)}}, Sources: []string{[]string{"one", "two"}[i%2]}})
		}
	}
	for i := range n {
		if keep(i) && keep((i+1)%n) {
			b.Edge(int64(i+1), int64((i+1)%n+1), &drover.Edge{Kind: drover.EdgeCanAssume, Proof: fmt.Sprint("row ", i), Part: fmt.Sprint("p", i%4)})
		}
		if keep(i) {
			b.Edge(int64(i+1), int64(1000+i%5), &drover.Edge{Kind: drover.EdgeMemberOf})
		}
	}
	for i := range n {
		b.Label(int64(i+1), classify.Label{Key: "k", Value: fmt.Sprint("v", i), By: "x"})
		b.Use(int64(i+1), graph.Use{Declared: i%2 == 0, Detail: fmt.Sprint("d", i)})
	}
	names := map[int64]drover.Ref{}
	for _, id := range b.Missing() {
		names[id] = drover.UnseenRef(fmt.Sprint("arn:", id))
	}
	b.Name(names)
	b.Index()
	return b.Build(time.Unix(2000, 0), func(i int) graph.Facts { return graph.Facts{Env: fmt.Sprint("e", i%2)} })
}

// A part is what would have been built of its rows alone, and its vocabularies know
// no other word.
func TestPart(t *testing.T) {
	for name, keep := range map[string]func(i int) bool{
		"all": func(int) bool { return true }, "none": func(int) bool { return false }, "some": func(i int) bool { return i%3 != 1 }, "one": func(i int) bool { return i == 7 }, "pair": func(i int) bool { return i == 7 || i == 8 },
	} {
		whole := crowd(40, func(int) bool { return true })
		part := whole.Part(func(i int) bool { return keep(int(whole.ID(i)) - 1) }, func(id string) bool { return id == "one" })
		part.Conclude(time.Unix(2000, 0), func(i int) graph.Facts { return graph.Facts{Env: fmt.Sprint("e", i%2)} })
		alone := crowd(40, keep)
		if got, want := spell(part, false), spell(alone, true); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%q\nwant\n%q", name, got, want)
		}
		for _, col := range []string{"type", "source"} {
			for _, w := range part.Table().Columns[col].Dict {
				if rows, err := part.Facet(col, allOf(part)); err == nil && w != "" && !strings.HasPrefix(w, "unseen.") && !slices.ContainsFunc(rows, func(c graph.Count) bool { return c.Value == w }) {
					t.Errorf("%s: the vocabulary of %s knows %q, which no row has", name, col, w)
				}
			}
		}
	}
}

func allOf(s *graph.Snapshot) []uint32 {
	rows := make([]uint32, s.Seen())
	for i := range rows {
		rows[i] = uint32(i)
	}
	return rows
}

// spell writes everything that a snapshot holds; one says that only source "one" is
// to be named.
func spell(s *graph.Snapshot, one bool) (out []string) {
	for i := range s.Len() {
		r := s.Row(i)
		if one && len(r.Sources) > 0 && r.Sources[0] != "one" {
			r.Sources = nil
		}
		u, ok := s.Use(i)
		out = append(out, fmt.Sprintf("%+v %v %+v %v %+v", r.Node, r.Sources, u, ok, s.Labels(i)))
		if !s.Unseen(i) {
			out = append(out, fmt.Sprint(s.Ref(i), " is in ", s.Facts(i).Env))
		}
		for h := range s.Out(i) {
			out = append(out, fmt.Sprint("out ", s.Ref(h.Row), s.Edge(h.Edge)))
		}
		for h := range s.In(i) {
			out = append(out, fmt.Sprint("in ", s.Ref(i), s.Ref(h.Row)))
		}
	}
	slices.Sort(out) // what is unseen is numbered as edges come
	return out
}

// Again judges only the rows whose time has come, and leaves the snapshot before as
// it was.
func TestAgain(t *testing.T) {
	b := graph.NewBuilder(1, time.Unix(1000, 0))
	for i := range 10 {
		b.Node(graph.Row{ID: int64(i + 1), Entity: int64(i + 1), Node: drover.Node{Ref: drover.NewRef("t", "", "t.account", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "t.account", Name: fmt.Sprint(i)}})
	}
	b.Index()
	s := b.Build(time.Unix(2000, 0), func(i int) graph.Facts {
		return graph.Facts{Lifecycle: drover.LifecycleActive, Until: time.Unix(int64(3000+i*100), 0)}
	})
	if got := s.Due(); !got.Equal(time.Unix(3000, 0)) {
		t.Errorf("due at %v", got)
	}
	var asked []int
	next, changed := s.Again(time.Unix(3250, 0), func(*graph.Snapshot) func(i int) graph.Facts {
		return func(i int) graph.Facts {
			asked = append(asked, i)
			return graph.Facts{Lifecycle: drover.LifecycleDormant}
		}
	})
	if changed != 3 || !slices.Equal(asked, []int{0, 1, 2}) {
		t.Errorf("%d rows changed, asked of %v", changed, asked)
	}
	for i := range 10 {
		if got := s.Facts(i).Lifecycle; got != drover.LifecycleActive {
			t.Errorf("before: row %d is %s", i, got)
		}
		want := drover.LifecycleActive
		if i < 3 {
			want = drover.LifecycleDormant
		}
		if got := next.Facts(i).Lifecycle; got != want {
			t.Errorf("row %d is %s, want %s", i, got, want)
		}
	}
	if _, n := next.Again(time.Unix(100, 0), func(*graph.Snapshot) func(i int) graph.Facts { return nil }); n != 0 {
		t.Errorf("%d rows changed when the clock ran back", n)
	}
}
