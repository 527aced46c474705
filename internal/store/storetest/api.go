package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// views: one owner has one view of a name, and who changes an old version is told.
func (b bench) views(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	put := func(v store.SavedView) error { _, err := s.PutView(ctx, v); return err }
	a := store.SavedView{ID: "v1", Name: "mine", Owner: "ann", Share: "private", Body: `{"é":1}`}
	if err := put(a); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "the name again", put(store.SavedView{ID: "v2", Name: "mine", Owner: "ann", Share: "private", Body: "{}"}), drover.ErrConflict)
	if err := put(store.SavedView{ID: "v2", Name: "mine", Owner: "bob", Share: "org", Body: "{}"}); err != nil {
		t.Error("another's view of the name:", err)
	}
	a.Version, a.Body = 1, "{}"
	v, err := s.PutView(ctx, a)
	if err != nil || v != 2 {
		t.Fatalf("change: got version %d, %v", v, err)
	}
	wantErr(t, "an old version", put(a), drover.ErrConflict)
	wantErr(t, "remove an old version", s.RemoveView(ctx, "v1", 1), drover.ErrConflict)
	all, err := s.Views(ctx)
	if err != nil || len(all) != 2 || all[0].Version != 2 || all[0].Body != "{}" || all[1].Owner != "bob" {
		t.Errorf("got %+v, %v", all, err)
	}
	if err := s.RemoveView(ctx, "v1", 2); err != nil {
		t.Error(err)
	}
	wantErr(t, "remove again", s.RemoveView(ctx, "v1", 0), drover.ErrNotFound)
	a.Version = 2
	wantErr(t, "change what is gone", put(a), drover.ErrNotFound)
	wantErr(t, "NUL", put(store.SavedView{ID: "v3", Name: "a\x00b", Owner: "ann"}), drover.ErrInvalid)
}

// watches: of two who write at once one is first, and a watch goes with its view and
// with who watches.
func (b bench) watches(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	for _, v := range []store.SavedView{{ID: "v1", Name: "one", Owner: "ann", Share: "org", Body: "{}"}, {ID: "v2", Name: "two", Owner: "ann", Share: "org", Body: "{}"}} {
		if _, err := s.PutView(ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddMember(ctx, store.Member{ID: "u1", Key: "bob", Kind: "person", Name: "Bob", Grants: "[]"}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := store.Watch{View: "v1", Who: "u1", Since: at, Body: `{"é":1}`, Seen: []byte{0, 1, 255}}
	for _, w := range []store.Watch{w, {View: "v2", Who: "u1", Since: at, Body: "{}"}, {View: "v1", Who: "u2", Since: at, Body: "{}"}} {
		if err := s.PutWatch(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	wantErr(t, "watch again", s.PutWatch(ctx, w), drover.ErrConflict)
	w.Turn, w.Changed, w.Told, w.Body = 1, at.Add(time.Hour), []byte{7}, "{}"
	if err := s.PutWatch(ctx, w); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "who comes second", s.PutWatch(ctx, w), drover.ErrConflict)
	wantErr(t, "the sets of an old turn", s.WatchSets(ctx, &w), drover.ErrConflict)
	mine, err := s.Watches(ctx, "u1")
	if err != nil || len(mine) != 2 || mine[0].View != "v1" || mine[0].Turn != 2 || !mine[0].Changed.Equal(w.Changed) || !mine[0].Since.Equal(at) || mine[0].Seen != nil || !mine[1].Changed.IsZero() {
		t.Errorf("got %+v, %v", mine, err)
	}
	if err := s.WatchSets(ctx, &mine[0]); err != nil || string(mine[0].Seen) != "\x00\x01\xff" || string(mine[0].Told) != "\x07" {
		t.Errorf("got sets %v and %v, %v", mine[0].Seen, mine[0].Told, err)
	}
	if err := s.RemoveView(ctx, "v1", 0); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Watches(ctx, ""); err != nil || len(all) != 1 || all[0].View != "v2" {
		t.Errorf("after its view was removed: %+v, %v", all, err)
	}
	wantErr(t, "stop twice", s.RemoveWatch(ctx, "v1", "u1"), drover.ErrNotFound)
	if err := s.RemoveMember(ctx, "u1"); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Watches(ctx, ""); err != nil || len(all) != 0 {
		t.Errorf("after who watched was removed: %+v, %v", all, err)
	}
	wantErr(t, "no view", s.PutWatch(ctx, store.Watch{Who: "u1", Body: "{}"}), drover.ErrInvalid)
	wantErr(t, "NUL", s.PutWatch(ctx, store.Watch{View: "a\x00b", Who: "u1", Body: "{}"}), drover.ErrInvalid)
	wantErr(t, "a set that is too large", s.PutWatch(ctx, store.Watch{View: "v", Who: "u1", Body: "{}", Seen: make([]byte, 1<<20+1)}), drover.ErrInvalid)
}

// operations: what a dead process left is interrupted, and nobody brings it back.
func (b bench) operations(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	op := func(id, holder, state string) store.Operation {
		return store.Operation{ID: id, Kind: "scan", State: state, Holder: holder, Started: start, Body: "{}", Undo: "u"}
	}
	for _, o := range []store.Operation{op("o1", "p1", store.Running), op("o2", "p1", "done"), op("o3", "p2", store.Running)} {
		if err := s.PutOperation(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	future := time.Now().Add(100 * drover.Year)
	if ids, err := s.InterruptOperations(ctx, "p2", start); err != nil || len(ids) != 0 {
		t.Errorf("what was heard of lately: got %v, %v", ids, err)
	}
	ids, err := s.InterruptOperations(ctx, "p2", future)
	equal(t, "interrupted", ids, []string{"o1"})
	if err != nil {
		t.Fatal(err)
	}
	late := op("o1", "p1", store.Running)
	wantErr(t, "a late beat", s.PutOperation(ctx, late), drover.ErrConflict)
	wantErr(t, "another's", s.PutOperation(ctx, op("o3", "p3", "done")), drover.ErrConflict)
	o, err := s.Operation(ctx, "o1")
	if err != nil || o.State != "interrupted" || o.Ended.IsZero() || o.Undo != "u" || !o.Started.Equal(start) {
		t.Errorf("got %+v, %v", o, err)
	}
	list, err := s.Operations(ctx, 2)
	if err != nil || len(list) != 2 || list[0].ID != "o3" || list[0].Undo != "" {
		t.Errorf("got %+v, %v", list, err)
	}
	_, err = s.Operation(ctx, "none")
	wantErr(t, "unknown", err, drover.ErrNotFound)
	done := op("o3", "p2", "done")
	done.Ended = start
	if err := s.PutOperation(ctx, done); err != nil {
		t.Fatal(err)
	}
	if err := s.ForgetOperations(ctx, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err = s.Operation(ctx, "o3")
	wantErr(t, "forgotten", err, drover.ErrNotFound)
	for want := int64(1); want < 4; want++ {
		if era, err := s.NextEra(ctx); err != nil || era != want {
			t.Errorf("era: got %d, %v, want %d", era, err, want)
		}
	}
}
