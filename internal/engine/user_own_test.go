package engine_test

import (
	"testing"

	"github.com/droverhq/drover/internal/engine"
)

// Who opens the page before anything was scanned is not the first thing ever seen,
// or the past of a demonstration could not be loaded; who is added is noted at once,
// and both are after that.
func TestOwnBeforeFirstScan(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	if _, err := b.LoginLink(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if gen, err := b.Generation(ctx); err != nil || gen != 0 {
		t.Fatalf("generation %d, %v after a login link", gen, err)
	}
	if _, err := b.AddUser(ctx, engine.NewUser{Name: "alice"}); err != nil {
		t.Fatal(err)
	}
	l, err := b.List(ctx, engine.ListRequest{Noun: "identities", Filter: "type=drover.user"})
	if err != nil || l.Total != 2 {
		t.Errorf("%v users in the inventory, %v", l, err)
	}
}
