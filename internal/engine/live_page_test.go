package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

var pageFilters = []string{"", "env=prod", "lifecycle=dormant", "name:prod-1", "svc -name:7", "last_used<90d OR expires<30d", "owner:none", "status=expired", "tier0", "nothing-is-called-so", "NOT env=prod"}

var pageOrders = []string{"", "name", "-name", "last_used", "-last_used", "expires", "-expires", "lifecycle", "-lifecycle", "owner", "-owner", "id", "-id", "ref", "-ref", "age", "-age", "created", "risk", "-risk", "naming", "owned", "-owned", "credentials", "-places", "type", "-status"}

// The pages of a list, put together, are the list, whatever their size.
func TestPages(t *testing.T) {
	b := open(t, "")
	b.scan(t, things(300))
	rapid.Check(t, func(rt *rapid.T) {
		s, err := b.Snapshot(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		q := engine.Query{Noun: rapid.SampledFrom(engine.Nouns).Draw(rt, "noun"), Filter: rapid.SampledFrom(pageFilters).Draw(rt, "filter"), Sort: rapid.SampledFrom(pageOrders).Draw(rt, "sort")}
		want, err := s.List(q)
		if err != nil {
			rt.Fatal(err)
		}
		size := rapid.SampledFrom([]int{1, 7, 50, 299, 1000}).Draw(rt, "size")
		var got []uint32
		after := ""
		for {
			p, err := s.Page(q, after, size)
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, p.Rows...)
			if p.Total != len(want) {
				rt.Fatalf("of %d rows the page says %d", len(want), p.Total)
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v in pages of %d:\n%v\nwant\n%v", q, size, got, want)
		}
	})
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Page(engine.Query{Noun: engine.Nouns[0]}, "no/such/ref/x", 5); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("a place that is nowhere: %v", err)
	}
	if _, err := s.Page(engine.Query{Noun: engine.Nouns[0], Sort: "alias"}, "", 5); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("an order by a list: %v", err)
	}
}

// What a facet counts is what the filter by its value keeps.
func TestFacets(t *testing.T) {
	b := open(t, "")
	b.scan(t, things(300))
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	fields := []string{"kind", "env", "verdict", "lifecycle", "owner", "source", "system", "owned", "monitored", "status", "nhi_type"}
	for _, filter := range pageFilters {
		q := engine.Query{Noun: engine.Nouns[0], Filter: filter}
		all, err := s.List(q)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		facets, err := s.Facets(q, fields)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range fields {
			sum := 0
			for _, c := range facets[field] {
				text := fmt.Sprintf("%s=%q", field, c.Value)
				if c.Unknown {
					text = field + ":unknown"
				}
				kept, err := s.Match(text)
				if err != nil {
					t.Fatal(err)
				}
				both := slices.DeleteFunc(kept, func(r uint32) bool { _, in := slices.BinarySearch(all, r); return !in })
				if len(both) != c.Count {
					t.Errorf("%q: %d rows are counted for %s, and %d match", filter, c.Count, text, len(both))
				}
				sum += c.Count
			}
			if sum != len(all) {
				t.Errorf("%q: %s sums up to %d of %d", filter, field, sum, len(all))
			}
		}
	}
	none, err := s.Facets(engine.Query{Noun: engine.Nouns[0], Filter: "nothing-is-called-so"}, []string{"env"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string][]engine.FacetCount{"env": {}}, none); d != "" {
		t.Error(d)
	}
	for _, field := range []string{"nonsense", "name", "created"} {
		if _, err := s.Facets(engine.Query{Noun: engine.Nouns[0]}, []string{field}); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A decision, a run of the checks and a scan that changes nothing are seen in what
// is kept of whole pages.
func TestKeptPages(t *testing.T) {
	p := openPair(t, "")
	p.scan(t, things(20))
	if _, err := p.Check(t.Context(), engine.CheckOptions{}); err != nil {
		t.Fatal(err)
	}
	home := func() *engine.HomeView {
		t.Helper()
		if err := p.kept.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		v, err := p.kept.Home(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	// Who asks gets a page of their own, made of the one that is kept.
	same := func(a, b *engine.HomeView) bool { return &a.Questions[0] == &b.Questions[0] }
	first := home()
	if again := home(); !same(again, first) {
		t.Error("what nothing changed was made anew")
	}
	list, _, err := p.Findings(t.Context(), engine.FindingQuery{})
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	if err := p.Accept(t.Context(), list[:1], engine.Acceptance{Reason: "it is meant", Approver: "somebody, else", Until: p.clock.read().Add(30 * drover.Day)}); err != nil {
		t.Fatal(err)
	}
	decided := home()
	if same(decided, first) {
		t.Error("a decision is not seen")
	}
	left, _, err := p.kept.Findings(t.Context(), engine.FindingQuery{})
	if err != nil || len(left) != len(list)-1 {
		t.Errorf("%d findings are left of %d, %v", len(left), len(list), err)
	}
	p.clock.pass(time.Second)
	p.scan(t, things(20)) // the same
	if again := home(); same(again, decided) || again.Coverage.Rows[0].LastOK.Equal(*decided.Coverage.Rows[0].LastOK) {
		t.Error("the time of a scan is not seen")
	}
}
