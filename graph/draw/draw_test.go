package draw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func things(n int, group func(i int) string) []Thing {
	out := make([]Thing, n)
	for i := range out {
		out[i] = Thing{ID: fmt.Sprintf("t%05d", i), Group: group(i)}
	}
	return out
}

func TestLanesSharePrefixes(t *testing.T) {
	in := LanesInput{Things: things(6, func(i int) string { return fmt.Sprint(i) }), Ways: [][]int{{0, 1, 2}, {0, 1, 3, 4}, {5, 2}}}
	p := DrawLanes(in)
	type at struct{ thing, column, row int }
	var got []at
	for _, m := range p.Marks {
		got = append(got, at{m.Thing, m.Column, m.Row})
	}
	want := []at{{0, 0, 0}, {1, 1, 0}, {2, 2, 0}, {3, 2, 1}, {4, 3, 1}, {5, 0, 2}, {2, 1, 2}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(at{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]int{0, 1}, p.Marks[1].Ways); d != "" {
		t.Errorf("ways through what is shared (-want +got):\n%s", d)
	}
	if p.Rows != 3 || p.Columns != 4 || len(p.Steps) != 5 || p.Dropped != 0 {
		t.Errorf("got %d rows, %d columns, %d steps, %d dropped", p.Rows, p.Columns, len(p.Steps), p.Dropped)
	}
}

func TestLanesBundle(t *testing.T) {
	in := LanesInput{Things: things(12, func(i int) string { return "bucket" })}
	in.Things[7].Tier0 = true
	for i := 1; i < 12; i++ {
		in.Ways = append(in.Ways, []int{0, i})
	}
	p := DrawLanes(in)
	var bundle *Bundle
	alone := []int{}
	for _, m := range p.Marks {
		if m.Bundle != nil {
			bundle = m.Bundle
		} else {
			alone = append(alone, m.Thing)
		}
	}
	if bundle == nil || len(bundle.Members) != 8 || bundle.Tier0 != 0 {
		t.Fatalf("got %+v, want 8 in one bundle", bundle)
	}
	if !slices.Contains(alone, 7) || len(alone) != 4 {
		t.Errorf("alone: got %v, want the start, two buckets and the one of tier 0", alone)
	}
	in.Open = []string{bundle.ID}
	if p := DrawLanes(in); len(p.Marks) != 12 {
		t.Errorf("opened: got %d marks, want all 12", len(p.Marks))
	}
}

// Whatever is asked, a picture is small, complete and the same twice.
func TestLanesLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "things")
		in := LanesInput{Things: things(n, func(i int) string { return fmt.Sprint(i % 3) })}
		for range rapid.IntRange(0, 60).Draw(t, "ways") {
			in.Ways = append(in.Ways, rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, min(n, 30), rapid.ID).Draw(t, "way"))
		}
		p := DrawLanes(in)
		if len(p.Marks)+len(p.Steps) > Budget {
			t.Fatalf("%d marks and %d steps", len(p.Marks), len(p.Steps))
		}
		shown := map[int]bool{}
		spots := map[[2]int]bool{}
		for _, m := range p.Marks {
			for _, w := range m.Ways {
				shown[w] = true
			}
			spot := [2]int{m.Column, m.Row}
			if spots[spot] || m.Row >= p.Rows || m.Column >= p.Columns {
				t.Fatalf("two marks on %v, or outside of %d by %d", spot, p.Columns, p.Rows)
			}
			spots[spot] = true
		}
		if len(shown)+p.Dropped != len(in.Ways) {
			t.Fatalf("%d shown and %d dropped of %d", len(shown), p.Dropped, len(in.Ways))
		}
		if d := cmp.Diff(p, DrawLanes(in)); d != "" {
			t.Fatalf("not the same twice:\n%s", d)
		}
	})
}

func TestRingsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3000).Draw(t, "things")
		groups := rapid.IntRange(1, 400).Draw(t, "groups")
		tier0 := rapid.IntRange(1, 50).Draw(t, "one of so many is of tier 0")
		hops := rapid.IntRange(1, 9).Draw(t, "hops")
		in := RingsInput{Things: things(n, func(i int) string { return fmt.Sprint(i * 7 % groups) }), Hop: make([]int, n), From: make([]int, n)}
		for i := range n {
			in.Things[i].Tier0 = i%tier0 == 0
			in.Hop[i], in.From[i] = 1, -1
			if i > 0 && in.Hop[i/2] < hops && i/2 != i {
				in.Hop[i], in.From[i] = in.Hop[i/2]+1, i/2
			}
		}
		p := DrawRings(in)
		if len(p.Marks)+len(p.Steps) > Budget {
			t.Fatalf("%d marks and %d steps", len(p.Marks), len(p.Steps))
		}
		count := 0
		for _, m := range p.Marks {
			if m.Bundle != nil {
				count += len(m.Bundle.Members)
			} else {
				count++
			}
			if m.Turn < 0 || m.Turn > 1 {
				t.Fatalf("turn %v", m.Turn)
			}
		}
		if count != n {
			t.Fatalf("%d of %d are drawn or bundled", count, n)
		}
		reached := 0
		for _, s := range p.Steps {
			reached += len(s.Things)
		}
		if reached != n {
			t.Fatalf("steps lead to %d of %d", reached, n)
		}
		if d := cmp.Diff(p, DrawRings(in)); d != "" {
			t.Fatalf("not the same twice:\n%s", d)
		}
	})
}

func TestRingsSmallWhole(t *testing.T) {
	in := RingsInput{Things: things(40, func(i int) string { return "s3" }), Hop: slices.Repeat([]int{1}, 40), From: slices.Repeat([]int{-1}, 40)}
	if p := DrawRings(in); len(p.Marks) != 40 {
		t.Errorf("got %d marks, want each of 40 alone", len(p.Marks))
	}
	in = RingsInput{Things: things(415, func(i int) string { return "s3" }), Hop: slices.Repeat([]int{1}, 415), From: slices.Repeat([]int{-1}, 415)}
	for i := range 3 {
		in.Things[i*100].Tier0 = true
	}
	p := DrawRings(in)
	if len(p.Marks) != 4 || p.Marks[len(p.Marks)-1].Bundle == nil && p.Marks[0].Bundle == nil && p.Marks[1].Bundle == nil {
		t.Errorf("got %d marks, want 3 of tier 0 and +412", len(p.Marks))
	}
}

func TestMatrixLimits(t *testing.T) {
	in := MatrixInput{Rows: things(500, func(int) string { return "" }), Columns: things(300, func(int) string { return "" })}
	in.Columns[299].Tier0 = true
	for r := range 500 {
		for c := range 300 {
			if (r+c)%3 == 0 {
				in.Cells = append(in.Cells, Cell{r, c, 1 + (r*c)%5})
			}
		}
	}
	m := DrawMatrix(in)
	if n := len(m.Rows) + len(m.Columns) + len(m.Cells); n > Budget || len(m.Cells) < 100 {
		t.Errorf("got %d elements, %d cells", n, len(m.Cells))
	}
	if m.Columns[0] != 299 {
		t.Errorf("first column: got %d, want the one of tier 0", m.Columns[0])
	}
	if d := cmp.Diff(m, DrawMatrix(in)); d != "" {
		t.Errorf("not the same twice:\n%s", d)
	}
	if m := DrawMatrix(MatrixInput{}); len(m.Rows)+len(m.Columns)+len(m.Cells) != 0 {
		t.Errorf("of nothing: got %+v", m)
	}
}

func TestLayout(t *testing.T) {
	const n = 2000
	groups := make([]string, n)
	var edges [][2]int
	for i := range groups {
		groups[i] = fmt.Sprint(i % 17)
		edges = append(edges, [2]int{i, i * i % n})
	}
	a, err := Layout(t.Context(), groups, edges)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Layout(t.Context(), groups, edges)
	if err != nil || !slices.Equal(a.X, b.X) || !slices.Equal(a.Y, b.Y) {
		t.Errorf("not the same twice (%v)", err)
	}
	for i := range n {
		if !(a.X[i] >= 0 && a.X[i] <= 1 && a.Y[i] >= 0 && a.Y[i] <= 1) {
			t.Fatalf("thing %d lies at %v, %v", i, a.X[i], a.Y[i])
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Layout(ended, groups, edges); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	if m := Sunflower(nil); len(m.X) != 0 {
		t.Errorf("of nothing: got %v", m)
	}
	if m := Sunflower([]string{"a"}); m.X[0] != 0.5 || m.Y[0] != 0.5 {
		t.Errorf("one thing lies at %v, %v", m.X[0], m.Y[0])
	}
}

func BenchmarkLayout(b *testing.B) {
	groups := make([]string, MaxMap)
	var edges [][2]int
	for i := range groups {
		groups[i] = fmt.Sprint(i % 40)
		edges = append(edges, [2]int{i, i * 31 % MaxMap}, [2]int{i, i * i % MaxMap})
	}
	for b.Loop() {
		if _, err := Layout(b.Context(), groups, edges); err != nil {
			b.Fatal(err)
		}
	}
}
