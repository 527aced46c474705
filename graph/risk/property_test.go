package risk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/policy"
)

func drawFacts(t *rapid.T) facts {
	f := facts{
		reachKnown: rapid.Bool().Draw(t, "reach known"), reach: rapid.IntRange(0, 1_000_000).Draw(t, "reach"), exact: rapid.Bool().Draw(t, "exact"), self0: rapid.Bool().Draw(t, "self0"),
		credentials: rapid.IntRange(0, 5).Draw(t, "credentials"), leak: leak(rapid.IntRange(0, len(leakValue)-1).Draw(t, "leak")), copies: rapid.IntRange(0, 9).Draw(t, "copies"),
		old: time.Duration(rapid.Int64Range(0, int64(4000*drover.Day)).Draw(t, "old")), oldKnown: rapid.Bool().Draw(t, "old known"), ageless: rapid.IntRange(0, 2).Draw(t, "ageless"),
		use: use(rapid.IntRange(0, len(useValue)-1).Draw(t, "use")), owner: owner(rapid.IntRange(0, len(ownerValue)-1).Draw(t, "owner")),
		dataClass:  rapid.SampledFrom([]string{"", "public", "internal", "confidential", "restricted", "odd"}).Draw(t, "class"),
		regulation: rapid.SliceOfN(rapid.SampledFrom([]string{"PCI", "SOX", "GDPR"}), 0, 4).Draw(t, "regulation"),
		env:        rapid.SampledFrom([]string{"", "prod", "dr", "dev", "staging", "odd"}).Draw(t, "env"), criticality: rapid.SampledFrom([]string{"", "low", "high", "critical"}).Draw(t, "criticality"),
		worst: drover.Severity(rapid.IntRange(0, 5).Draw(t, "worst")), asked: rapid.Bool().Draw(t, "asked"),
	}
	f.tier0 = rapid.IntRange(0, f.reach).Draw(t, "tier0")
	f.every = policy.Interval{Every: time.Duration(rapid.Int64Range(0, int64(400*drover.Day)).Draw(t, "every"))}
	if rapid.IntRange(0, 9).Draw(t, "off") == 0 {
		f.off = "it is switched off"
	}
	return f
}

func drawRisk(t *rapid.T) policy.Risk {
	left := 100
	weight := func(name string) int {
		n := rapid.IntRange(0, left).Draw(t, name)
		left -= n
		return n
	}
	return policy.Risk{Levels: policy.DefaultLevels, Weights: policy.Weights{Reach: weight("w reach"), Exposure: weight("w exposure"), Age: weight("w age"), Use: weight("w use"),
		Ownership: weight("w ownership"), DataClass: weight("w data"), Environment: weight("w env"), Findings: weight("w findings")}}
}

func scoreOf(f facts, r policy.Risk) Score {
	m := f.measure(true)
	return m.score(r)
}

// A score is the sum of its parts, each of which says why, within its weight.
func TestScoreIsItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, r := drawFacts(t), drawRisk(t)
		s := scoreOf(f, r)
		sum := 0
		for _, p := range s.Parts {
			sum += p.Points
			if p.Points < 0 || p.Points > p.Of || p.Because == "" {
				t.Fatalf("part %+v", p)
			}
		}
		if s.Total != sum || sum < 0 || sum > 100 || len(s.Parts) > len(Parts) {
			t.Fatalf("got total %d of parts that sum to %d", s.Total, sum)
		}
		if d := cmp.Diff(s, scoreOf(f, r)); d != "" {
			t.Fatalf("the same twice differs:\n%s", d)
		}
		bare := f.measure(false)
		if got := bare.total(r.Weights); got != s.Total {
			t.Fatalf("got %d without words, %d with them", got, s.Total)
		}
		if f.off != "" && s.Total != 0 {
			t.Fatalf("what is switched off scores %d", s.Total)
		}
	})
}

// Nothing that makes a misuse worse or likelier ever lowers a score.
func TestScoreIsMonotone(t *testing.T) {
	worse := map[string]func(t *rapid.T, f *facts){
		"reach":      func(t *rapid.T, f *facts) { f.reach += rapid.IntRange(0, 1_000_000).Draw(t, "more") },
		"tier0":      func(t *rapid.T, f *facts) { n := rapid.IntRange(0, 9).Draw(t, "more"); f.tier0 += n; f.reach += n },
		"self tier0": func(_ *rapid.T, f *facts) { f.self0 = true },
		"leak":       func(t *rapid.T, f *facts) { f.leak = leak(rapid.IntRange(int(f.leak), len(leakValue)-1).Draw(t, "to")) },
		"copies":     func(t *rapid.T, f *facts) { f.copies += rapid.IntRange(0, 9).Draw(t, "more") },
		"age": func(t *rapid.T, f *facts) {
			f.old += time.Duration(rapid.Int64Range(0, int64(4000*drover.Day)).Draw(t, "more"))
		},
		"ageless": func(t *rapid.T, f *facts) { f.ageless++ },
		"owner": func(t *rapid.T, f *facts) {
			f.owner = owner(rapid.IntRange(int(f.owner), len(ownerValue)-1).Draw(t, "to"))
		},
		"regulation": func(t *rapid.T, f *facts) {
			f.regulation = append(f.regulation[:len(f.regulation):len(f.regulation)], "HIPAA")
		},
		"restricted":  func(_ *rapid.T, f *facts) { f.dataClass = "restricted" },
		"prod":        func(_ *rapid.T, f *facts) { f.env = "prod" },
		"criticality": func(_ *rapid.T, f *facts) { f.criticality = "critical" },
		"finding":     func(t *rapid.T, f *facts) { f.worst = drover.Severity(rapid.IntRange(int(f.worst), 5).Draw(t, "to")) },
		"interval": func(t *rapid.T, f *facts) {
			if f.every.Every > 0 {
				f.every.Every = time.Duration(rapid.Int64Range(1, int64(f.every.Every)).Draw(t, "shorter"))
			}
		},
	}
	for name, change := range worse {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				f, r := drawFacts(t), drawRisk(t)
				g := f
				change(t, &g)
				if got, want := scoreOf(g, r).Total, scoreOf(f, r).Total; got < want {
					t.Fatalf("with more %s the score fell from %d to %d\n%+v\n%+v", name, want, got, f, g)
				}
			})
		})
	}
}
