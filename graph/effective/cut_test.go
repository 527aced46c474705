package effective_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/graph/effective"
)

func cuts(t testing.TB, g *effective.Graph, from, to []string, o effective.Options) []effective.CutOption {
	t.Helper()
	var a, b []uint32
	for _, n := range from {
		a = append(a, find(t, g, n))
	}
	for _, n := range to {
		b = append(b, find(t, g, n))
	}
	list, err := g.Cut(t.Context(), a, b, o)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func cutText(c effective.CutOption) string {
	return fmt.Sprintf("%s: targets %v resources %v tier0 %v identities %v, %d lose", c.What, c.Removes.Targets, c.Removes.Resources, c.Removes.Tier0, c.Removes.Identities, len(c.Loses)+c.More)
}

// The cheapest cut comes first: of those that remove all, the one that takes
// least from others.
func TestCut(t *testing.T) {
	g := build(t, story)
	var got []string
	for _, c := range cuts(t, g, []string{"web"}, nil, effective.Options{Limit: 8}) {
		got = append(got, cutText(c))
	}
	want := []string{
		"let web run as something else than sa: targets {1 0} resources {4 0} tier0 {1 0} identities {4 0}, 0 lose",
		"let sa become role no more: targets {1 0} resources {4 0} tier0 {1 0} identities {4 1}, 1 lose",
	}
	if d := cmp.Diff(want, got[:min(2, len(got))]); d != "" {
		t.Errorf("(-want +got):\n%s\nall: %q", d, got)
	}
}

// Losses name who loses, and say what is not known of use.
func TestCutLoses(t *testing.T) {
	g := build(t, `
a identity toy.user
b identity toy.user used=2026-11-20
c identity toy.user
t resource toy.table tier=0
q resource toy.table
doc p {"Statement":[{"Effect":"Allow","Action":"write","Resource":"t"}]}
doc o {"Statement":[{"Effect":"Allow","Action":"read","Resource":"q"}]}
p policy toy.policy doc=p
o policy toy.policy doc=o
p -attached-> a
p -attached-> b
o -attached-> c
`)
	list := cuts(t, g, []string{"a"}, nil, effective.Options{})
	var got []string
	for _, c := range list {
		got = append(got, cutText(c))
	}
	want := []string{
		"detach p from a: targets {1 0} resources {1 0} tier0 {1 0} identities {0 0}, 0 lose",
		"remove statement 0 of p: targets {1 0} resources {1 0} tier0 {1 0} identities {0 0}, 1 lose",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
	l := list[1].Loses[0]
	if l.Name != "b" || l.Tier0 != 1 || l.Resources != 1 || l.Used.IsZero() {
		t.Errorf("loser: %+v", l)
	}
	if d := cmp.Diff([]string{"whether b used what it loses: it was last seen used on 2026-11-20, and not for what"}, list[1].Unknown); d != "" {
		t.Errorf("unknown (-want +got):\n%s", d)
	}
	if d := cmp.Diff(`{"schema":"drover/v1/change","remove":[{"ref":"toy/1/policy/p","statement":0}]}`, string(list[1].Change.Bytes())); d != "" {
		t.Errorf("change (-want +got):\n%s", d)
	}
}

// Whoever gets there: the cut that keeps most identities from a target.
func TestCutAnybody(t *testing.T) {
	g := build(t, `
a identity x.user
b identity x.user
c identity x.user
hub identity x.user
root identity x.user
a -can_assume-> hub
b -can_assume-> hub
c -can_assume-> root
hub -can_assume-> root
`)
	list := cuts(t, g, nil, []string{"root"}, effective.Options{})
	if len(list) == 0 || cutText(list[0]) != "let hub become root no more: targets {1 1} resources {0 0} tier0 {0 0} identities {4 1}, 0 lose" {
		t.Errorf("got %v", list)
	}
}

// Nothing to cut is no option.
func TestCutNothing(t *testing.T) {
	g := build(t, story)
	if list := cuts(t, g, []string{"spare"}, nil, effective.Options{}); len(list) != 0 {
		t.Errorf("got %v", list)
	}
	if list := cuts(t, g, []string{"logs"}, []string{"orders"}, effective.Options{}); len(list) != 0 {
		t.Errorf("got %v", list)
	}
}

// A policy that is part of its holder is not detached: it is deleted.
func TestCutInline(t *testing.T) {
	g := build(t, `
a identity toy.user
t resource toy.table tier=0
doc p {"Statement":[{"Effect":"Allow","Action":"write","Resource":"t"}]}
p policy toy.inline_policy doc=p
p -attached-> a
`)
	var got []string
	for _, c := range cuts(t, g, []string{"a"}, nil, effective.Options{}) {
		got = append(got, c.What)
	}
	if !slices.Contains(got, "delete the inline policy p of a") || strings.Contains(strings.Join(got, "\n"), "detach") {
		t.Errorf("got %q", got)
	}
}
