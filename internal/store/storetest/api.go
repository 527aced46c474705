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
