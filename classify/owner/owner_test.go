package owner_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify/owner"
)

func signal(t *rapid.T, who string) owner.Signal {
	return owner.Signal{Kind: rapid.SampledFrom(owner.Kinds()).Draw(t, "kind"), Who: who, Share: rapid.Float64Range(0, 1).Draw(t, "share"),
		Grade: rapid.SampledFrom(append([]drover.Grade{""}, drover.Grades...)).Draw(t, "grade"), Source: rapid.StringN(0, 5, 10).Draw(t, "source")}
}

func signals(t *rapid.T) (out []owner.Signal) {
	for range rapid.IntRange(0, 12).Draw(t, "n") {
		out = append(out, signal(t, fmt.Sprintf("c%d", rapid.IntRange(0, 4).Draw(t, "who"))))
	}
	return out
}

func rank(list []owner.Suggestion, who string) int {
	i := slices.IndexFunc(list, func(s owner.Suggestion) bool { return s.Who == who })
	if i < 0 {
		return len(list)
	}
	return i
}

// What speaks for somebody never makes somebody else likelier than them.
func TestMoreEvidenceNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := signals(t)
		who := fmt.Sprintf("c%d", rapid.IntRange(0, 4).Draw(t, "for"))
		before := owner.Suggest(slices.Clone(have))
		more := append(slices.Clone(have), signal(t, who))
		after := owner.Suggest(more)
		if rank(after, who) > rank(before, who) {
			t.Fatalf("%s fell from %d to %d", who, rank(before, who), rank(after, who))
		}
		if i := rank(before, who); i < len(before) && after[rank(after, who)].Confidence < before[i].Confidence-1e-12 {
			t.Fatalf("%s was %v sure, and is %v with more evidence", who, before[i].Confidence, after[rank(after, who)].Confidence)
		}
	})
}

// The order in which signals come says nothing, and every number is one.
func TestSuggestIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := signals(t)
		a := owner.Suggest(slices.Clone(have))
		b := owner.Suggest(rapid.Permutation(have).Draw(t, "order"))
		if len(a) != len(b) {
			t.Fatalf("%d and %d suggestions", len(a), len(b))
		}
		for i := range a {
			if a[i].Who != b[i].Who || math.Abs(a[i].Score-b[i].Score) > 1e-9 {
				t.Fatalf("%d: %v and %v", i, a[i], b[i])
			}
			if math.IsNaN(a[i].Score) || a[i].Confidence <= 0 || a[i].Confidence >= 1 || len(a[i].Reasons) == 0 {
				t.Fatalf("%+v", a[i])
			}
		}
	})
}

func TestNoEvidenceNoOwner(t *testing.T) {
	if got := owner.Suggest(nil); len(got) != 0 {
		t.Errorf("without signals: %v", got)
	}
	if got, ok := owner.Clear(nil); ok {
		t.Errorf("without signals %v is clear", got)
	}
	weak := owner.Suggest([]owner.Signal{{Kind: owner.Function, Who: "a"}})
	if _, ok := owner.Clear(weak); ok {
		t.Errorf("one weak signal is enough: %v", weak)
	}
	two := owner.Suggest([]owner.Signal{{Kind: owner.Tag, Who: "a"}, {Kind: owner.Tag, Who: "b"}})
	if s, ok := owner.Clear(two); ok {
		t.Errorf("of two equals %s is clear", s.Who)
	}
	if s, ok := owner.Clear(owner.Suggest([]owner.Signal{{Kind: owner.CodeOwners, Who: "team-bi"}, {Kind: owner.Author, Who: "omar"}})); !ok || s.Who != "team-bi" || s.Confidence < 0.8 {
		t.Errorf("CODEOWNERS: %v %v", s, ok)
	}
}

func TestNamesOfTeams(t *testing.T) {
	for _, c := range []struct {
		team, name string
		want       bool
	}{
		{"team-bi", "svc-bi-export", true},
		{"Payments", "svc-prod-payment-gw", true},
		{"acme/data-platform", "DataPlatformSync", true},
		{"data platform", "svc-dataplatform-1", true},
		{"Data Platform", "platform-data", false},
		{"Payments", "pay-roll", false},
		{"X", "x-ray", false},
		{"", "svc", false},
		{"the team", "svc-team", false},
		{"the team", "svc-the-team-x", true}, // all its words are filler: all must stand there
		{"\xff\x00", "\xff\x00", false},
	} {
		if got := owner.InName(owner.TeamWords(c.team), owner.Words(c.name)); got != c.want {
			t.Errorf("%q in %q: %v, want %v", c.team, c.name, got, c.want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"svc_BI-Export2", "\xff\xfe", "日本語Team", "a/b/c", "ÀÉ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if w := owner.Words(s); len(w) > 24 {
			t.Errorf("%d words", len(w))
		}
		owner.InName(owner.TeamWords(s), owner.Words(s))
	})
}

// A list of allowed sources leaves only what it names.
func TestAllowed(t *testing.T) {
	var all []owner.Signal
	for _, k := range owner.Kinds() {
		all = append(all, owner.Signal{Kind: k, Who: "a"})
		if k.Says() == "" || k.Source() == "" || k.Weight() <= 0 {
			t.Errorf("%s: %q %q %v", k, k.Says(), k.Source(), k.Weight())
		}
	}
	if got := owner.Allowed(slices.Clone(all), nil); len(got) != len(all) {
		t.Errorf("no list: %d of %d", len(got), len(all))
	}
	for _, s := range owner.Allowed(slices.Clone(all), []string{"hr"}) {
		if s.Kind.Source() != "hr" {
			t.Errorf("%s is of %s", s.Kind, s.Kind.Source())
		}
	}
}
