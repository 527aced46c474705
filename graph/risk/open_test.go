package risk_test

import (
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/risk"
	"github.com/droverhq/drover/policy"
)

// That anybody outside can become an identity counts as exposure: the more of it,
// the more points, never fewer, with its reason, within the same weights.
func TestOpenCountsAsExposure(t *testing.T) {
	s := shop()

	last, before := -1, -1
	for _, percent := range []int{0, 1, 40, 70, 100, 300} {
		at := row(t, s, "bi")
		score, ok := risk.New(risk.Input{Graph: s, Policy: policy.Default(), Now: now, Open: func(int) (int, string) { return percent, "anybody" }}).At(at)
		if !ok {
			t.Fatal("no score")
		}
		for _, p := range score.Parts {
			if p.Name != risk.Exposure {
				continue
			}
			if p.Points < last || p.Points > p.Of || percent >= 100 && p.Points != p.Of {
				t.Errorf("open %d: %d of %d points, %d before", percent, p.Points, p.Of, last)
			}
			if said := strings.Contains(p.Because, "can be become by anybody"); said != (percent > 0) {
				t.Errorf("open %d: because %q", percent, p.Because)
			}
			last = p.Points
		}
		if score.Total < before {
			t.Errorf("open %d: total %d, %d before", percent, score.Total, before)
		}
		before = score.Total
	}
}

// Narrowing a trust takes what it costs that strangers may become the identity;
// what is no identity costs none.
func TestRestrictTakesOpen(t *testing.T) {
	s := shop()
	at := row(t, s, "bi")
	open := risk.New(risk.Input{Graph: s, Policy: policy.Default(), Now: now, Open: func(int) (int, string) { return 100, "anybody" }})
	shut := risk.New(risk.Input{Graph: s, Policy: policy.Default(), Now: now})
	want := open.Total(at) - shut.Total(at)
	fix := drover.Fix{Action: "restrict_trust", Object: s.Ref(at)}
	g, err := effective.Build(t.Context(), &effective.Input{Snapshot: s, Now: now}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, how := open.Removed([]drover.Fix{fix}, []int{at}, g); got < want || want <= 0 {
		t.Errorf("got %d points (%s), want %d at least", got, how, want)
	}
	if got, how := shut.Removed([]drover.Fix{fix}, []int{at}, g); got != 0 || !strings.Contains(how, "no strangers") {
		t.Errorf("of a trust that is shut: %d points (%s)", got, how)
	}
}
