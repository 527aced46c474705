package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func TestViews(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	all, err := b.Views(ctx)
	if err != nil || len(all) != 12 {
		t.Fatalf("got %d shipped views, %v, want 12", len(all), err)
	}
	for _, v := range all {
		copied := v
		copied.ID, copied.Share, copied.Name = "", "private", "my "+v.Name
		if _, err := b.SaveView(ctx, copied); err != nil {
			t.Errorf("%s does not stand its own check: %v", v.ID, err)
		}
		if found, err := b.View(ctx, "@"+strings.ToUpper(v.Name)); err != nil || found.ID != v.ID {
			t.Errorf("%s by its name: got %v, %v", v.ID, found, err)
		}
	}
	v, err := b.SaveView(ctx, engine.SavedView{Name: "böse Dinge", Filter: "risk>=70", Sort: "-risk", Columns: []string{"name", "attrs.rolsuper"}, Share: "org"})
	if err != nil {
		t.Fatal(err)
	}
	if v.Version != 1 || v.Owner != "tester" || !v.Mine || v.Noun != "identities" || v.Visual != "table" {
		t.Errorf("got %+v", v)
	}
	v.Filter = "risk>=80"
	if v, err = b.SaveView(ctx, *v); err != nil || v.Version != 2 {
		t.Fatalf("change: got %+v, %v", v, err)
	}
	found, err := b.View(ctx, "Böse-Dinge")
	if err != nil || found.Filter != "risk>=80" || found.Changed == nil {
		t.Errorf("got %+v, %v", found, err)
	}
	old := *v
	old.Version = 1
	for name, x := range map[string]struct {
		v    engine.SavedView
		want error
	}{
		"an old version":      {old, drover.ErrConflict},
		"no version":          {engine.SavedView{ID: v.ID, Name: "x"}, drover.ErrInvalid},
		"the name twice":      {engine.SavedView{Name: "böse Dinge"}, drover.ErrConflict},
		"a shipped name":      {engine.SavedView{Name: "AI-agents"}, drover.ErrInvalid},
		"a shipped view":      {engine.SavedView{ID: "unowned", Name: "mine", Version: 1}, drover.ErrPermission},
		"what is not there":   {engine.SavedView{ID: "view_nothing", Name: "mine", Version: 1}, drover.ErrNotFound},
		"bad filter":          {engine.SavedView{Name: "x", Filter: "ownr:none"}, drover.ErrInvalid},
		"a filter of another": {engine.SavedView{Name: "x", Filter: "check=dormant"}, drover.ErrInvalid},
		"no such noun":        {engine.SavedView{Name: "x", Noun: "secrets"}, drover.ErrInvalid},
		"empty name":          {engine.SavedView{}, drover.ErrInvalid},
		"ANSI":                {engine.SavedView{Name: "a\x1b[31mb"}, drover.ErrInvalid},
		"bidi":                {engine.SavedView{Name: "a\u202eb"}, drover.ErrInvalid},
		"invalid UTF-8":       {engine.SavedView{Name: "a\xffb"}, drover.ErrInvalid},
		"too long":            {engine.SavedView{Name: "x", State: strings.Repeat("a", 1<<20)}, drover.ErrInvalid},
		"hostile column":      {engine.SavedView{Name: "x", Columns: []string{"a'; DROP"}}, drover.ErrInvalid},
	} {
		if _, err := b.SaveView(ctx, x.v); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
	if _, err := b.View(ctx, "unownd"); !errors.Is(err, drover.ErrNotFound) || !strings.Contains(err.Error(), "@unowned") {
		t.Errorf("a slip of the pen: got %v", err)
	}
	if _, err := b.RemoveView(ctx, "böse dinge", 1); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("remove an old version: got %v", err)
	}
	if _, err := b.RemoveView(ctx, "böse dinge", 2); err != nil {
		t.Error(err)
	}
	if _, err := b.View(ctx, v.ID); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("after it was removed: got %v", err)
	}
	if _, err := b.RemoveView(ctx, "unowned", 0); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("remove a shipped one: got %v", err)
	}
}
