package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

func (b *bench) accounts(t *testing.T, ids ...string) {
	t.Helper()
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		for _, id := range ids {
			out.Node(account(id))
		}
		return nil
	})
}

func watchedOf(t *testing.T, e *engine.Engine) map[string]engine.ViewNews {
	t.Helper()
	list, err := e.WatchedViews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]engine.ViewNews{}
	for _, n := range list {
		out[n.Name] = n
	}
	return out
}

// Who watches a view is told once of each change, and what is new stands until they
// look again; nobody else is told.
func TestWatchView(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	b.accounts(t, "a", "b", "c")
	v, err := b.SaveView(ctx, engine.SavedView{Name: "All of it", Filter: "type=scripted.service_account", Share: "org"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.WatchView(ctx, "all-of-it")
	if err != nil || !got.Watched {
		t.Fatalf("got %+v, %v", got, err)
	}
	ann, err := b.AddUser(ctx, engine.NewUser{Name: "ann", Email: "ann@x.example", Grants: []authz.Grant{{Role: authz.Engineer}}})
	if err != nil {
		t.Fatal(err)
	}
	asAnn := b.For(authz.Caller{ID: ann.ID, Name: "ann", Email: "ann@x.example", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Engineer}}})
	if n := watchedOf(t, asAnn); len(n) != 0 {
		t.Errorf("ann watches %v", n)
	}
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 0 {
		t.Errorf("nothing changed: %v, %v", list, err)
	}
	sub, err := b.Subscribe(ctx, "", "kind=view.changed")
	if err != nil {
		t.Fatal(err)
	}
	annHears, err := asAnn.Subscribe(ctx, "", "kind=view.changed")
	if err != nil {
		t.Fatal(err)
	}
	told, err := b.TellViews(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.accounts(t, "b", "c", "d", "e", "f")
	list, err := b.CompareViews(ctx)
	want := engine.ViewChange{View: v.ID, Name: "All of it", Who: "local:tester", Added: 3, Removed: 1, Total: 5, Shared: true}
	if err != nil || len(list) != 1 || list[0] != want {
		t.Fatalf("got %+v, %v, want %+v", list, err, want)
	}
	if again, err := b.CompareViews(ctx); err != nil || len(again) != 0 {
		t.Errorf("told twice: %v, %v", again, err)
	}
	if told, err = b.TellViews(ctx, told); err != nil {
		t.Fatal(err)
	}
	if _, err := b.TellViews(ctx, told); err != nil {
		t.Fatal(err)
	}
	events, err := sub.Next(ctx)
	if err != nil || len(events) != 1 || events[0].Kind != "view.changed" {
		t.Fatalf("got %+v, %v", events, err)
	}
	var heard engine.ViewChange
	want.Shared = false // is for who sends, and not told
	if err := json.Unmarshal(events[0].Data, &heard); err != nil || heard != want {
		t.Errorf("heard %+v, %v", heard, err)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if events, err := annHears.Next(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ann hears of another's watch: %+v, %v", events, err)
	}
	n := watchedOf(t, b.Engine)["All of it"]
	if n.Added != 3 || n.Removed != 1 || n.Total != 5 || n.Changed == nil || n.Why != nil {
		t.Errorf("got %+v", n)
	}
	home, err := b.Home(ctx, time.Time{})
	if err != nil || len(home.Watched) != 1 || home.Watched[0].Added != 3 {
		t.Errorf("the first page tells %+v, %v", home.Watched, err)
	}

	// It comes back and goes again: told of both, and since they looked nothing is new.
	b.accounts(t, "a", "b", "c")
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 1 || list[0].Added != 1 || list[0].Removed != 3 {
		t.Errorf("got %+v, %v", list, err)
	}
	if n := watchedOf(t, b.Engine)["All of it"]; n.Added != 0 || n.Removed != 0 {
		t.Errorf("got %+v", n)
	}
	b.accounts(t, "a")
	if _, err := b.WatchView(ctx, v.ID); err != nil { // they look
		t.Fatal(err)
	}
	if n := watchedOf(t, b.Engine)["All of it"]; n.Removed != 0 || n.Changed != nil || n.Total != 1 {
		t.Errorf("after a look: %+v", n)
	}

	// Another filter is another question, and begins anew; the view itself says that it is watched.
	v, err = b.View(ctx, v.ID)
	if err != nil || !v.Watched || v.News != nil {
		t.Errorf("got %+v, %v", v, err)
	}
	v.Filter = "name=nothing"
	if v, err = b.SaveView(ctx, *v); err != nil || !v.Watched {
		t.Fatalf("got %+v, %v", v, err)
	}
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 0 {
		t.Errorf("another filter is told as a change: %+v, %v", list, err)
	}
	if n := watchedOf(t, b.Engine)["All of it"]; n.Added+n.Removed+n.Total != 0 || n.Changed != nil {
		t.Errorf("under another filter: %+v", n)
	}

	// Of findings too; what has no id is refused, and says so.
	if _, err := b.WatchView(ctx, "never-used"); err != nil {
		t.Error(err)
	}
	edges, err := b.SaveView(ctx, engine.SavedView{Name: "edges", Noun: "edges"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.WatchView(ctx, edges.ID); !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), "no id") {
		t.Errorf("edges: %v", err)
	}
	if _, err := b.WatchView(ctx, "nothing"); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := b.UnwatchView(ctx, "unowned"); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("not watched: %v", err)
	}
	if v, err := b.UnwatchView(ctx, "never-used"); err != nil || v.Watched {
		t.Errorf("got %+v, %v", v, err)
	}
	if _, err := b.For(authz.Caller{ID: "workload:x", Name: "x", Kind: authz.Machine, Grants: []authz.Grant{{Role: authz.Engineer}}}).WatchView(ctx, "unowned"); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("a workload: %v", err)
	}
	if _, err := b.RemoveView(ctx, v.ID, 0); err != nil {
		t.Fatal(err)
	}
	if n := watchedOf(t, b.Engine); len(n) != 0 {
		t.Errorf("after it was deleted: %v", n)
	}
}

// What is counted is what they see, by the grants that they asked with and still hold;
// a narrower token of theirs is not told of more than it sees.
func TestWatchViewWithin(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	two := func(names ...string) {
		b.scan(t, func(_ context.Context, out *connector.Out) error {
			for i, id := range names {
				n := account(id)
				n.Attrs = drover.NewAttrs(map[string]any{"tags": map[string]any{"env": []string{"prod", "dev"}[i%2]}})
				out.Node(n)
			}
			return nil
		})
	}
	two("p1", "d1")
	prod := authz.Grant{Role: authz.Engineer, Envs: []string{"prod"}}
	all := authz.Grant{Role: authz.Engineer}
	add := func(name string, g authz.Grant) (*engine.Engine, authz.Caller) {
		u, err := b.AddUser(ctx, engine.NewUser{Name: name, Email: name + "@x.example", Grants: []authz.Grant{g}})
		if err != nil {
			t.Fatal(err)
		}
		c := authz.Caller{ID: u.ID, Name: name, Email: name + "@x.example", Kind: authz.Person, Grants: []authz.Grant{g}}
		return b.For(c), c
	}
	ann, annIs := add("ann", all)
	bob, bobIs := add("bob", prod)
	v, err := b.SaveView(ctx, engine.SavedView{Name: "all", Filter: "type=scripted.service_account", Share: "org"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []*engine.Engine{ann, bob} {
		if _, err := e.WatchView(ctx, v.ID); err != nil {
			t.Fatal(err)
		}
	}
	two("p1", "d1", "p2", "d2", "p3", "d3")
	list, err := b.CompareViews(ctx)
	if err != nil || len(list) != 2 {
		t.Fatalf("got %+v, %v", list, err)
	}
	for _, c := range list {
		want := map[string]string{annIs.ID: "4 of 6", bobIs.ID: "2 of 3"}[c.Who]
		if got := fmt.Sprintf("%d of %d", c.Added, c.Total); got != want {
			t.Errorf("%s is told %s, want %s", c.Who, got, want)
		}
	}
	narrow := annIs
	narrow.Token, narrow.Grants = "t1", []authz.Grant{prod}
	if n := watchedOf(t, b.For(narrow)); len(n) != 0 {
		t.Errorf("a token that sees less is told %v", n)
	}
	if n := watchedOf(t, ann)["all"]; n.Added != 4 {
		t.Errorf("got %+v", n)
	}

	// Whose grants shrink is not told of what they saw before; their watch begins anew.
	if _, err := b.GrantUser(ctx, "ann", []authz.Grant{prod}); err != nil {
		t.Fatal(err)
	}
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
	annIs.Grants = []authz.Grant{prod}
	if n := watchedOf(t, b.For(annIs))["all"]; n.Added != 0 || n.Total != 3 {
		t.Errorf("who sees less now is told %+v", n)
	}
	// So does that of who is given another role, and goes on.
	approver := authz.Grant{Role: authz.Approver}
	if _, err := b.GrantUser(ctx, "ann", []authz.Grant{approver}); err != nil {
		t.Fatal(err)
	}
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
	two("p1", "d1", "p2", "d2", "p3")
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 1 || list[0].Who != annIs.ID || list[0].Removed != 1 || list[0].Total != 5 {
		t.Errorf("who was promoted is told %+v, %v", list, err)
	}
	annIs.Grants = []authz.Grant{approver}
	if n := watchedOf(t, b.For(annIs))["all"]; n.Removed != 1 || n.Total != 5 {
		t.Errorf("who was promoted reads %+v", n)
	}
	// A view that is private again is nobody else's, nor is one whose watcher is gone.
	v, err = b.View(ctx, v.ID)
	if err != nil {
		t.Fatal(err)
	}
	v.Share = "private"
	if v, err = b.SaveView(ctx, *v); err != nil {
		t.Fatal(err)
	}
	two("p9")
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
	v.Share = "org"
	if _, err = b.SaveView(ctx, *v); err != nil {
		t.Fatal(err)
	}
	if n := watchedOf(t, bob); len(n) != 0 {
		t.Errorf("bob still watches %v", n)
	}
	if _, err := bob.WatchView(ctx, v.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.RemoveUser(ctx, "bob", ""); err != nil {
		t.Fatal(err)
	}
	two("p1", "p2")
	if list, err := b.CompareViews(ctx); err != nil || len(list) != 0 {
		t.Errorf("after bob left: %+v, %v", list, err)
	}
}
