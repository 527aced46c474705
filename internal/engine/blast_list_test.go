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
		hub := account("hub")
		out.Node(hub)
		for i := range many {
			n := account(fmt.Sprintf("held-%03d", i))
			out.Node(n)
			out.Edge(drover.Edge{From: hub.Ref, To: n.Ref, Kind: drover.EdgeCanAssume, Proof: "row"})
		}
		return nil
	})
	v, err := b.Blast(t.Context(), string(account("hub").Ref), time.Time{}, engine.ReachOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Next) != 500 || v.NextTotal != many || v.Reach.Identities != many || v.HoldsTotal != len(v.Holds) {
		t.Errorf("got %d of %d next, %d in all, %d of %d held", len(v.Next), v.NextTotal, v.Reach.Identities, len(v.Holds), v.HoldsTotal)
	}
	of, err := b.Blast(t.Context(), string(account("held-003").Ref), time.Time{}, engine.ReachOptions{})
	if err != nil || len(of.Next) != 0 || of.NextTotal != 0 {
		t.Errorf("got %+v, %v", of, err)
	}
}
