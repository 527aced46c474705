package effective_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// adding is a system that adds the machine that users run on, and moves there.
func adding(edges func(in *effective.Input, machine uint32) []effective.Edge) *effective.System {
	return &effective.System{Name: "adding", Load: func(_ context.Context, in *effective.Input) (*effective.Model, error) {
		n := drover.Node{Ref: "adding/1/host/m", Kind: drover.KindIdentity, Type: "adding.host", Name: "m"}
		row := in.Node(n)
		if again := in.Node(n); again != row {
			return nil, fmt.Errorf("the same node is rows %d and %d", row, again)
		}
		list := edges(in, row)
		return &effective.Model{Edges: func(yield func(effective.Edge) bool) {
			for _, e := range list {
				if !yield(e) {
					return
				}
			}
		}, Gaps: []effective.Gap{{What: "the weather", Why: "nobody asked"}}, Catalogue: "adding, 2026"}, nil
	}}
}

// A node that a system adds is one like others, and what it could not analyse is said.
func TestAddedNodes(t *testing.T) {
	in := parse(t, "u identity z.user\nv identity git.x").input()
	s := adding(func(in *effective.Input, m uint32) []effective.Edge {
		return []effective.Edge{{From: 0, To: m, Kind: drover.EdgeCanAssume, Move: true, Cond: drover.Attrs(`{"k":"v"}`), Grade: drover.GradeProven}}
	})
	g, err := effective.Build(t.Context(), in, []*effective.System{s})
	if err != nil {
		t.Fatal(err)
	}
	m := find(t, g, "m")
	if g.Ref(m) != "adding/1/host/m" || g.Kind(m) != drover.KindIdentity || g.Type(m) != "adding.host" || g.Tier0(m) || g.Facts(m).Tier == 0 {
		t.Errorf("added node: %s %s %s", g.Ref(m), g.Kind(m), g.Type(m))
	}
	var e effective.Edge
	for n := range g.Reach().In(m) {
		e = g.Edge(n)
	}
	if e.Grade != drover.GradeInferred {
		t.Errorf("a proven edge with a condition: got %s, want inferred", e.Grade)
	}
	want := []effective.Gap{{System: "adding", What: "the weather", Why: "nobody asked"},
		{System: "z", What: "what 1 identities, roles and groups of z may do", Why: "no evaluator of its permission language; what its source says of them is followed", Rows: 1}}
	if d := cmp.Diff(want, g.Gaps()); d != "" {
		t.Errorf("gaps (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"adding, 2026"}, g.Catalogues()); d != "" {
		t.Error(d)
	}
}

// A system's fault is said with its name.
func TestFaultySystems(t *testing.T) {
	in := func() *effective.Input { return parse(t, "u identity z.user").input() }
	boom := errors.New("boom")
	for want, s := range map[string]*effective.System{
		"read the permissions of faulty: boom": {Name: "faulty", Load: func(context.Context, *effective.Input) (*effective.Model, error) { return nil, boom }},
		"row 7": adding(func(*effective.Input, uint32) []effective.Edge {
			return []effective.Edge{{From: 0, To: 7, Kind: drover.EdgeOwns}}
		}),
		"kind": adding(func(*effective.Input, uint32) []effective.Edge {
			return []effective.Edge{{From: 0, To: 1, Kind: "likes"}}
		}),
	} {
		if _, err := effective.Build(t.Context(), in(), []*effective.System{s}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A cancelled context ends every question.
func TestCancelled(t *testing.T) {
	g := build(t, story)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	web, orders := find(t, g, "web"), find(t, g, "orders")
	for name, ask := range map[string]func() error{
		"build": func() error {
			_, err := effective.Build(ctx, parse(t, story).input(), []*effective.System{toy})
			return err
		},
		"blast": func() error { _, err := g.Blast(ctx, web, effective.Options{}); return err },
		"who can": func() error {
			_, err := g.WhoCan(ctx, effective.Question{System: "toy", Resource: "orders", Row: int(orders)}, effective.Options{})
			return err
		},
		"cut":    func() error { _, err := g.Cut(ctx, []uint32{web}, nil, effective.Options{}); return err },
		"chokes": func() error { _, err := g.Chokes(ctx, nil, nil, effective.Options{}); return err },
	} {
		if err := ask(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want canceled", name, err)
		}
	}
}

// Rows that do not exist are refused, not looked up.
func TestNoSuchRow(t *testing.T) {
	g := build(t, story)
	far := uint32(g.Len() + 5)
	if _, err := g.Blast(t.Context(), far, effective.Options{}); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("blast: %v", err)
	}
	if _, err := g.Why(t.Context(), far, effective.Question{Row: -1}); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("why: %v", err)
	}
	if list, _ := g.Paths(t.Context(), []uint32{far}, []uint32{far + 1}, effective.Options{}); len(list) != 0 {
		t.Errorf("paths: %v", list)
	}
	if list := g.Dependents(far); len(list) != 0 {
		t.Errorf("dependents: %v", list)
	}
	if list := g.Creators(far); len(list) != 0 {
		t.Errorf("creators: %v", list)
	}
}
