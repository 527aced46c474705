package risk_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/risk"
	"github.com/droverhq/drover/policy"
)

// cluster is an estate in which super holds the cluster by an attribute of its own,
// said is of tier 0 by a tag as well, policy is what admin has it by, and guest and
// ops may become super; ops holds the cluster by a grant, too.
func cluster(t *testing.T) (*risk.Model, *effective.Graph, *graph.Snapshot) {
	t.Helper()
	w := &world{b: graph.NewBuilder(1, now), ids: map[string]int64{}}
	none := int64(filter.Unknown)
	for _, name := range []string{"super", "said", "admin"} {
		w.node(name, drover.KindIdentity, "postgres.role", graph.Facts{Tier: 0, Owner: "o"}, func(n *drover.Node) {
			if name == "said" {
				n.Attrs = drover.Attrs(`{"tags":{"tier":"0"}}`)
			}
		})
	}
	for _, name := range []string{"guest", "ops", "lone"} {
		w.node(name, drover.KindIdentity, "postgres.role", graph.Facts{Tier: none, Owner: "o"})
	}
	w.node("db", drover.KindResource, "postgres.cluster", graph.Facts{Tier: 0})
	w.node("policy", drover.KindPolicy, "toy.policy", graph.Facts{Tier: none})
	w.node("key", drover.KindCredential, "toy.key", graph.Facts{Tier: none, Status: "active"}, func(n *drover.Node) { n.Created = ago(3) })
	w.edge("key", drover.EdgeAuthenticates, "super")
	w.edge("policy", drover.EdgeAttached, "admin")
	s := w.build()
	system := effective.System{Name: "toy", Techniques: []effective.Technique{{ID: "T"}}, Load: func(_ context.Context, in *effective.Input) (*effective.Model, error) {
		move := func(from, to string, p access.Proof) effective.Edge {
			return effective.Edge{From: uint32(row(t, s, from)), To: uint32(row(t, s, to)), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "T", Grade: drover.GradeProven, Proof: []access.Proof{p}}
		}
		return &effective.Model{Edges: slices.Values([]effective.Edge{
			move("super", "db", access.Proof{Ref: ref("super"), Statement: "rolsuper"}),
			move("said", "db", access.Proof{Ref: ref("said"), Statement: "rolsuper"}),
			move("admin", "db", access.Proof{Ref: ref("policy")}),
			move("guest", "super", access.Proof{Ref: ref("super")}),
			move("ops", "super", access.Proof{Ref: ref("super")}),
			move("ops", "db", access.Proof{Ref: ref("ops"), Statement: "grant"}),
		})}, nil
	}}
	g, err := effective.Build(t.Context(), &effective.Input{Snapshot: s, Now: now, Document: func(string) (drover.Document, bool) { return drover.Document{}, false }}, []*effective.System{&system})
	if err != nil {
		t.Fatal(err)
	}
	of, err := risk.Standings(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return risk.New(risk.Input{Graph: s, Policy: policy.Default(), Now: now, Standing: of}), g, s
}

// A power that is taken takes the reach that it gives, and the tier that nothing
// else gives; what takes nothing says why.
func TestRemovedByPower(t *testing.T) {
	m, g, s := cluster(t)
	points := func(name string) int {
		score, _ := m.At(row(t, s, name))
		for _, p := range score.Parts {
			if p.Name == risk.Reach {
				return p.Points
			}
		}
		return 0
	}
	removed := func(fix drover.Fix, subject string) (int, string) {
		return m.Removed([]drover.Fix{fix}, []int{row(t, s, subject)}, g)
	}
	all := points("super")
	if all == 0 || points("admin") == 0 || points("guest") == 0 {
		t.Fatalf("reach of %d, %d, %d points", all, points("admin"), points("guest"))
	}
	for _, c := range []struct {
		about         string
		fix           drover.Fix
		subject       string
		least, most   int
		how, theWords string
	}{
		{"superuser", drover.Fix{Action: "configure", Object: ref("super"), Text: "Take SUPERUSER from database role super."}, "super", all, all, "at most", "power"},
		{"in the words of the remedy", drover.Fix{Action: "configure", Object: ref("super"), Text: "Set NOSUPERUSER on super."}, "super", all, all, "at most", "power"},
		{"narrowed", drover.Fix{Action: "narrow", Object: ref("super")}, "super", all, all, "at most", "narrowed"},
		{"of tier 0 by a tag", drover.Fix{Action: "configure", Object: ref("said"), Text: "Take SUPERUSER from said."}, "said", 1, points("said") - 10, "at most", "power"},
		{"another power", drover.Fix{Action: "configure", Object: ref("super"), Text: "Take BYPASSRLS from super."}, "super", 0, 0, "nothing", "rests on it"},
		{"a name that speaks of one", drover.Fix{Action: "configure", Object: ref("super"), Text: "Set a limit on SUPERUSER."}, "super", 0, 0, "setting", "score"},
		{"policy deleted", drover.Fix{Action: "delete", Object: ref("policy")}, "admin", points("admin"), points("admin"), "taken away", ""},
		{"who may become it", drover.Fix{Action: "restrict_trust", Object: ref("super")}, "super", points("guest"), points("guest") + 5, "at most", "become"},
		{"nobody may", drover.Fix{Action: "restrict_trust", Object: ref("lone")}, "lone", 0, 0, "nothing", "nobody"},
		{"a key that is young and well kept", drover.Fix{Action: "delete", Object: ref("key")}, "super", 0, 0, "nothing", "what is reached stays"},
		{"an end", drover.Fix{Action: "expire", Object: ref("key")}, "super", 0, 0, "an end", "how old"},
	} {
		got, how := removed(c.fix, c.subject)
		if got < c.least || got > c.most || !strings.Contains(how, c.how) || !strings.Contains(how, c.theWords) {
			t.Errorf("%s: got %d points (%s), want %d to %d", c.about, got, how, c.least, c.most)
		}
	}
}
