package engine_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/link"
)

// checkStep compares the inventory after a scan with the replay.
func (c *chronicle) checkStep(now, got inventory, ok map[string]bool) {
	c.t.Helper()
	for _, p := range c.parts {
		for _, wrong := range c.ledger.read(p, c.meant, now, got, ok) {
			c.t.Error(wrong)
		}
	}
	for key := range now {
		if !slices.ContainsFunc(c.parts, func(p part) bool { return p.mine(key) }) {
			c.t.Fatalf("no part of the inventory speaks of %s", key)
		}
	}
}

// A moment is what was known at a time.
type moment struct {
	at    time.Time
	known inventory
}

// verifyPast asks for an earlier moment, and for the difference between two.
func verifyPast(t *testing.T, e *engine.Engine, w *world, moments []moment, rng *rand.Rand) {
	t.Helper()
	a, b := moments[rng.IntN(len(moments))], moments[len(moments)-1]
	if d := cmp.Diff(a.known, inventoryAt(t, e, w, a.at)); d != "" {
		t.Errorf("as of %s (-known then +answer now):\n%s", a.at, d)
	}
	verifyDiff(t, e, a, b)
	if c := moments[rng.IntN(len(moments))]; c.at.After(a.at) {
		verifyDiff(t, e, a, c)
	}
}

func verifyDiff(t *testing.T, e *engine.Engine, a, b moment) {
	t.Helper()
	d, err := e.Diff(t.Context(), engine.DiffRequest{From: a.at, To: b.at})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for key, v := range b.known {
		if was, ok := a.known[key]; !ok {
			want[key] = "added"
		} else if was != v {
			want[key] = "changed"
		}
	}
	for key := range a.known {
		if _, ok := b.known[key]; !ok {
			want[key] = "removed"
		}
	}
	got := map[string]string{}
	for _, c := range d.Items {
		key := string(c.Ref)
		if c.What == "edge" {
			key = edgeKey(drover.Edge{From: c.Ref, Kind: drover.EdgeKind(c.Kind), To: c.To, Part: c.Part})
		}
		_, was := a.known[key]
		_, is := b.known[key]
		if was || is {
			got[key] = c.Change
		}
	}
	// A node changes in more ways than the replay follows; what it follows must be there.
	for key, change := range got {
		if change == "changed" && want[key] == "" {
			delete(got, key)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("diff from %s to %s (-replay +answer):\n%s", a.at, b.at, d)
	}
	for i := 0; i < len(d.Items); i += 1 + len(d.Items)/4 {
		verifyDiffOf(t, e, a, b, d, d.Items[i].Ref)
	}
}

// verifyDiffOf asks what happened to one thing: what the whole difference says of it.
func verifyDiffOf(t *testing.T, e *engine.Engine, a, b moment, all *engine.DiffView, ref drover.Ref) {
	t.Helper()
	one, err := e.Diff(t.Context(), engine.DiffRequest{ID: string(ref), From: a.at, To: b.at})
	if errors.Is(err, drover.ErrNotFound) {
		return // it came and went between the two
	}
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.ChangeView{}
	for _, x := range all.Items {
		if x.Ref == ref || x.To == ref {
			want = append(want, x)
		}
	}
	if d := cmp.Diff(want, one.Items, cmpopts.IgnoreFields(engine.ChangeView{}, "Name", "ToName")); d != "" {
		t.Errorf("diff of %s from %s to %s (-of everything +of it):\n%s", ref, a.at, b.at, d)
	}
}

// itself is the meaning of a key in a world where no name stands for a thing.
func itself(key string) string { return key }

func edgeKey(x drover.Edge) string { return strings.TrimSpace(x.Key()) }

// inventoryAt is what is known of the world as of a moment, the zero time being
// now. Edges are taken as the sources assert them; that the snapshot shows them,
// with names at their ends turned into what they mean, is checked.
func inventoryAt(t *testing.T, e *engine.Engine, w *world, at time.Time) inventory {
	t.Helper()
	s, err := e.Snapshot(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	gen, err := e.Store().Latest(t.Context())
	if err == nil && !at.IsZero() {
		gen, err = e.Store().AsOf(t.Context(), at)
	}
	if err != nil {
		t.Fatal(err)
	}
	var edges []drover.Edge
	for f, err := range e.Store().Edges(t.Context(), gen.ID, drover.ScopeAll) {
		if err != nil {
			t.Fatal(err)
		}
		edges = append(edges, f.Edge)
	}
	checkShown(t, s, edges)
	return w.listed(s, edges)
}

// checkShown compares the edges of a snapshot with those asserted. An end that is
// only a name means the one node that has it, if one has; names with wildcards,
// and names that the linker derives others from, are left out.
func checkShown(t *testing.T, s *engine.Snapshot, edges []drover.Edge) {
	t.Helper()
	// By the ref of what is known by the alias alone, which is cut where it is long.
	named := map[drover.Ref][]drover.Ref{}
	for i := range s.Seen() {
		for _, a := range s.Aliases(i) {
			name := drover.UnseenRef(link.Canon(a))
			named[name] = append(named[name], s.Ref(s.Head(i)))
		}
	}
	end := func(ref drover.Ref) drover.Ref {
		for _, name := range []drover.Ref{ref, drover.UnseenRef(link.Canon(ref.ID()))} {
			if same := named[name]; ref.Unseen() && len(same) == 1 {
				return same[0]
			}
		}
		return ref
	}
	left := func(e drover.Edge) bool {
		for _, ref := range []drover.Ref{e.From, e.To} {
			if ref.Unseen() && (strings.ContainsAny(ref.ID(), "*?") || len(link.Derive(ref.ID())) > 0) {
				return true
			}
		}
		return false
	}
	want, got, asserted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range edges {
		asserted[edgeKey(e)] = true
		if !left(e) {
			e.From, e.To = end(e.From), end(e.To)
			want[edgeKey(e)] = true
		}
	}
	for x := range s.Edges() {
		key := edgeKey(s.Edge(x))
		if got[key] = true; s.EdgeJoined(x) == "" && !asserted[key] {
			t.Errorf("the snapshot of %s has %s, which nobody asserts", s.Now(), key)
		}
	}
	for key := range want {
		if !got[key] {
			t.Errorf("the snapshot of %s lacks %s", s.Now(), key)
		}
	}
}
