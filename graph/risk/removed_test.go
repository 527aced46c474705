package risk_test

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/risk"
	"github.com/droverhq/drover/policy"
)

// admins is an estate in which two users become root by one group, and one of them
// by itself, too.
func admins(t testing.TB) (*risk.Model, *effective.Graph, *graph.Snapshot) {
	t.Helper()
	w := &world{b: graph.NewBuilder(1, now), ids: map[string]int64{}}
	none := int64(filter.Unknown)
	w.node("ann", drover.KindIdentity, "toy.user", graph.Facts{Tier: none, Owner: "o"})
	w.node("bob", drover.KindIdentity, "toy.user", graph.Facts{Tier: none, Owner: "o"})
	w.node("root", drover.KindIdentity, "toy.root", graph.Facts{Tier: 0, Owner: "o"})
	w.node("admins", drover.KindGroup, "toy.group", graph.Facts{Tier: none})
	for _, e := range [][3]string{{"ann", "member_of", "admins"}, {"bob", "member_of", "admins"}, {"admins", "can_assume", "root"}, {"bob", "can_assume", "root"}} {
		w.edge(e[0], drover.EdgeKind(e[1]), e[2])
	}
	s := w.build()
	g, err := effective.Build(context.Background(), &effective.Input{Snapshot: s, Now: now, Document: func(string) (drover.Document, bool) { return drover.Document{}, false }}, nil)
	if err != nil {
		t.Fatal(err)
	}
	of, err := risk.Standings(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	return risk.New(risk.Input{Graph: s, Policy: policy.Default(), Now: now, Standing: of}), g, s
}

// What is no longer reached is counted over the graph without what is taken away.
func TestRemovedByDetach(t *testing.T) {
	m, g, s := admins(t)
	reach := func(name string) int {
		score, _ := m.At(row(t, s, name))
		for _, p := range score.Parts {
			if p.Name == risk.Reach {
				return p.Points
			}
		}
		return 0
	}
	if reach("ann") == 0 || reach("bob") == 0 {
		t.Fatalf("ann reaches %d, bob %d points: want root reached", reach("ann"), reach("bob"))
	}
	detach := func(name string) int {
		n, how := m.Removed([]drover.Fix{{Action: "detach", Object: ref(name), Group: "detach " + string(ref("admins"))}}, []int{row(t, s, name)}, g)
		if how == "" {
			t.Errorf("%s: no word on how it was counted", name)
		}
		return n
	}
	if got := detach("ann"); got != reach("ann") {
		t.Errorf("ann without the group: got %d, want all of %d", got, reach("ann"))
	}
	if got := detach("bob"); got >= reach("bob")/2 {
		t.Errorf("bob without the group still becomes root: got %d of %d taken", got, reach("bob"))
	}
	if n, how := m.Removed([]drover.Fix{{Action: "detach", Object: ref("ann"), Group: "detach " + string(ref("admins"))}}, []int{row(t, s, "ann")}, nil); n != 0 || how != "what is reached was not computed" {
		t.Errorf("without effects: %d, %q", n, how)
	}
}

// One by one and all at once the same falls.
func TestStandingIsBatch(t *testing.T) {
	_, g, s := admins(t)
	all, err := risk.Standings(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	one := risk.Standing(g, nil)
	for i := range s.Len() {
		a, aok := all(i)
		b, bok := one(i)
		if a.Reach != b.Reach || a.Tier0 != b.Tier0 || a.Risk != b.Risk || aok != bok {
			t.Errorf("%s: all at once %+v %v, alone %+v %v", s.Name(i), a, aok, b, bok)
		}
	}
}

// A fix never takes more than there is, never adds risk, and nothing twice.
func TestRemovedIsBounded(t *testing.T) {
	s := shop()
	m := model(s)
	actions := []string{"disable", "delete", "revoke", "rotate", "vault", "federate", "expire", "set_owner", "confirm_owner", "hand_over", "detach", "narrow", "restrict_trust", "tag", "review", ""}
	names := []string{"ci", "bi", "off", "agent", "key1", "key2", "old", "pw", "tok", "code", "vault", "dotenv", "nobody"}
	rapid.Check(t, func(t *rapid.T) {
		action := rapid.SampledFrom(actions).Draw(t, "action")
		var fixes []drover.Fix
		for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID).Draw(t, "objects") {
			fixes = append(fixes, drover.Fix{Action: action, Object: ref(n), Group: action + " " + string(ref(n))})
		}
		var rows []int
		most := 0
		seen := map[int]bool{}
		for _, n := range rapid.SliceOfN(rapid.SampledFrom(names[:12]), 0, 6).Draw(t, "subjects") {
			i, _ := s.Find(ref(n))
			rows = append(rows, i)
			if id := m.Subject(i); id >= 0 && !seen[id] {
				seen[id] = true
				most += m.Total(id)
			}
		}
		got, how := m.Removed(fixes, rows, nil)
		twice, _ := m.Removed(append(fixes, fixes...), append(rows, rows...), nil)
		if got < 0 || got > most || how == "" || twice != got {
			t.Fatalf("%s takes %d of %d (%q), twice the same %d", action, got, most, how, twice)
		}
	})
}
