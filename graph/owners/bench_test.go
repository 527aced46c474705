package owners_test

import (
	"fmt"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/owners"
)

// large is an estate of that many identities: half are owned, by 200 teams of 20.
func large(n int) *graph.Snapshot {
	b := graph.NewBuilder(1, now)
	id := int64(0)
	add := func(node drover.Node) int64 {
		id++
		b.Node(graph.Row{ID: id, Entity: id, Node: node, Sources: []string{"s"}, FirstSeen: now})
		return id
	}
	var teams, people []int64
	for i := range 4000 {
		people = append(people, add(drover.Node{Ref: drover.NewRef("hr", "t", "person", fmt.Sprint(i)), Kind: drover.KindHuman, Type: "hr.person", Name: fmt.Sprint("Person ", i), Aliases: []string{fmt.Sprintf("email:p%d@x.example", i)}, Attrs: drover.NewAttrs(map[string]any{"employment": "active"})}))
	}
	for i := range 200 {
		teams = append(teams, add(drover.Node{Ref: drover.NewRef("hr", "t", "team", fmt.Sprint(i)), Kind: drover.KindGroup, Type: "hr.team", Name: fmt.Sprintf("team-t%c%c", 'a'+i%26, 'a'+i/26)}))
	}
	var spaces, rows []int64
	for i := range n / 50 {
		spaces = append(spaces, add(drover.Node{Ref: drover.NewRef("k", "t", "namespace", fmt.Sprint(i)), Kind: drover.KindResource, Type: "k.namespace", Name: fmt.Sprint("space-", i)}))
	}
	for i := range n {
		rows = append(rows, add(drover.Node{Ref: drover.NewRef("k", "t", "sa", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "k.service_account", Name: fmt.Sprintf("svc-prod-stem%c%c-worker-%d", 'a'+i%26, 'a'+i/26%26, i)}))
	}
	for i, p := range people {
		b.Edge(p, teams[i%len(teams)], &drover.Edge{Kind: drover.EdgeMemberOf})
	}
	for i, r := range rows {
		b.Edge(spaces[i/50], r, &drover.Edge{Kind: drover.EdgeContains})
		if i%2 == 0 {
			b.Edge(teams[i/50%len(teams)], r, &drover.Edge{Kind: drover.EdgeOwns})
		}
	}
	b.Index()
	return b.Build(now, func(int) graph.Facts { return graph.Facts{Tier: filter.Unknown} })
}

func BenchmarkCurrent(b *testing.B) {
	s := large(100_000)
	b.ReportAllocs()
	for b.Loop() {
		e := owners.New(s, now)
		for i := range s.Seen() {
			e.Current(i)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.Seen()), "ns/row")
}

func BenchmarkSuggest(b *testing.B) {
	s := large(100_000)
	b.ReportAllocs()
	for b.Loop() {
		e := owners.New(s, now)
		for i := range s.Seen() {
			if s.Kind(i) == drover.KindIdentity {
				e.Suggest(i, nil)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/identity")
}

func BenchmarkFirstSuggestion(b *testing.B) {
	s := large(100_000)
	for b.Loop() {
		owners.New(s, now).Suggest(s.Seen()-1, nil)
	}
}
