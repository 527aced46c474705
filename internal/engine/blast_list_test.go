package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/engine"
)

// Who may act as seven hundred others is told so in a number; the answer stays one that
// can be read.
func TestBlastOfMany(t *testing.T) {
	const many = 700
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		hub, well := account("hub"), account("well")
		out.Node(hub)
		out.Node(well)
		for i := range many {
			n := account(fmt.Sprintf("held-%03d", i))
			out.Node(n)
			out.Edge(drover.Edge{From: hub.Ref, To: n.Ref, Kind: drover.EdgeCanAssume, Proof: "row"})
			out.Edge(drover.Edge{From: n.Ref, To: well.Ref, Kind: drover.EdgeCanAssume, Proof: "row"})
		}
		return nil
	})
	v, err := b.Blast(t.Context(), string(account("hub").Ref), time.Time{}, engine.ReachOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Next) != 500 || v.NextTotal != many || v.Reach.Identities != many+1 || v.HoldsTotal != len(v.Holds) {
		t.Errorf("got %d of %d next, %d in all, %d of %d held", len(v.Next), v.NextTotal, v.Reach.Identities, len(v.Holds), v.HoldsTotal)
	}
	of, err := b.Blast(t.Context(), string(account("held-003").Ref), time.Time{}, engine.ReachOptions{})
	if err != nil || len(of.Next) != 1 || of.NextTotal != 1 {
		t.Errorf("got %+v, %v", of, err)
	}
	for limit, want := range map[int]int{0: many, 500: 500, 10_000: many} {
		d, err := b.DependentsTo(t.Context(), string(account("well").Ref), time.Time{}, limit)
		if err != nil || len(d.Items) != want || d.Total != many || d.Things != many || d.Proven != many {
			t.Errorf("%d at most: got %+v, %v; want %d of %d", limit, d, err, want, many)
		}
	}
}
