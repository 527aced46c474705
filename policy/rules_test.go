package policy_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/policy"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const rules = `
rotation:
  default: 120d
  prefer: [just_in_time]
  rules:
    - { match: "risk>=high", every: 7d }
    - { match: "tag:legacy", every: never, compensate: [network_pin, daily_review], reason: "vendor box" }
  windows: { prod: "Tue-Thu 09:00-16:00", freeze: ["2026-12-18/2027-01-04"] }
risk:
  weights: { reach: 30, exposure: 30 }
  levels: { critical: 90 }
regulation:
  pci: { rotate: 14d, approvers: 3 }
  swift: { review: 30d }
severity:
  stalekey: { level: low, reason: "handled by the platform team" }
  sharedkey: { off: true, reason: "one vendor" }
checks:
  - id: vendor-key-in-prod
    title: a vendor's key works in production
    severity: high
    kind: credential
    match: "source=vendor"
    when: |
      env == "prod" &&
        age > duration("30d")
    what: "{{ name }} is a vendor's."
    why: Vendors change.
    fix: 'Ask {{ owner }} for a federated trust.'
    remedy: federate
    evidence: ["created {{ created }}"]
    controls: [NIST-800-53:AC-2(3)]
    examples:
      - { node: { env: prod, age: 40d, attrs: { a: [1, 2.5, true, null] } }, want: fires }
      - { node: { env: dev }, want: silent }
assertions:
  - no ai_agent reaches tier0:write
  - { id: young, assert: "prod keys younger than 90d", severity: critical, why: "Old keys are known to more people." }
policies: ["policies/*.yaml"]
`

func TestParseRules(t *testing.T) {
	p, err := policy.Parse("drover.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rotation.Windows) != 1 || len(p.Rotation.Freezes) != 1 || p.Rotation.Default != 120*drover.Day || p.Rotation.DefaultPos.String() != "drover.yaml:3:12" {
		t.Errorf("rotation: %+v", p.Rotation)
	}
	if got, want := p.Risk.Weights.Sum(), 100; got != want || p.Risk.Weights.Exposure != 30 || p.Risk.Levels != (policy.Levels{Critical: 90, High: 45, Medium: 25}) {
		t.Errorf("risk: sum %d, want %d: %+v", got, want, p.Risk)
	}
	if level, on := p.Of("stalekey", drover.High); level != drover.Low || !on {
		t.Errorf("stalekey: %v %v", level, on)
	}
	if level, on := p.Of("sharedkey", drover.High); level != drover.High || on {
		t.Errorf("sharedkey: %v %v", level, on)
	}
	c := p.Checks[0]
	want := policy.Custom{ID: "vendor-key-in-prod", Title: "a vendor's key works in production", Severity: drover.High, Kinds: []drover.Kind{drover.KindCredential}, Match: policy.Match{Text: "source=vendor"},
		When: policy.Text{Text: "env == \"prod\" &&\n  age > duration(\"30d\")\n"}, What: policy.Text{Text: "{{ name }} is a vendor's."}, Why: "Vendors change.", Fix: policy.Text{Text: "Ask {{ owner }} for a federated trust."},
		Evidence: []policy.Text{{Text: "created {{ created }}"}}, Remedy: "federate", Controls: []string{"NIST-800-53:AC-2(3)"},
		Examples: []policy.Example{{Node: map[string]any{"env": "prod", "age": "40d", "attrs": map[string]any{"a": []any{int64(1), 2.5, true, nil}}}, Fires: true}, {Node: map[string]any{"env": "dev"}}}}
	if d := cmp.Diff(want, c, cmpopts.IgnoreTypes(policy.Pos{}), cmpopts.IgnoreUnexported(policy.Text{})); d != "" {
		t.Errorf("check (-want +got):\n%s", d)
	}
	for _, tt := range []struct {
		text      policy.Text
		line, col int
		want      string
	}{{c.When, 1, 1, "drover.yaml:25:7"}, {c.When, 2, 3, "drover.yaml:26:9"}, {c.Fix, 1, 5, "drover.yaml:29:15"}, {p.Assertions[0].Text, 1, 4, "drover.yaml:37:8"}, {c.When, 9, 1, "drover.yaml:24:11"}} {
		if got := tt.text.Place(tt.line, tt.col).String(); got != tt.want {
			t.Errorf("place of %d:%d in %q: got %s, want %s", tt.line, tt.col, tt.text.Text, got, tt.want)
		}
	}
	if len(p.Assertions) != 2 || p.Assertions[0].Severity != drover.High || p.Assertions[1].ID != "young" || p.Assertions[1].Severity != drover.Critical {
		t.Errorf("assertions: %+v", p.Assertions)
	}
}

func TestParseRuleErrors(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"rotation: { default: 10d }", "high (30 days) <= medium (60 days) <= default (10 days)"},
		{"rotation: { rules: [{ match: x, every: never }] }", "needs compensate"},
		{"rotation: { rules: [{ every: 3d }] }", "match is missing"},
		{"rotation: { rules: [{ match: x, every: never, compensate: [prayer] }] }", "none of network_pin"},
		{"rotation: { prefers: [vault] }", "did you mean prefer?"},
		{"risk: { weights: { reach: 60 } }", "they add up to 125"},
		{"risk: { weights: { reach: -1 } }", "from 0 to 100"},
		{"risk: { levels: { medium: 60 } }", "want medium (60) < high (45)"},
		{"regulation: { pci: {} }", "changes nothing"},
		{"severity: { stalekey: { level: low } }", "reason is missing"},
		{"severity: { stalekey: { off: false, reason: x } }", "want level, or off: true"},
		{"severity: { stale-key: { off: true, reason: x } }", "no id of a built-in check"},
		{"checks: [{ id: x }]", "write 3 to 80"},
		{"checks: [{ id: abc, title: t, severity: high, when: a, why: w }]", "fix is missing"},
		{"checks: [{ id: abc, severty: high }]", "did you mean severity?"},
		{"checks: [{ examples: [{ node: {a: 1} }] }]", "want node, and want"},
		{"checks: [{ examples: [{ node: [1], want: fires }] }]", "want a mapping"},
		{"assertions: [{ id: abc }]", "assert is missing"},
	} {
		_, err := policy.Parse("x.yaml", []byte(tt.src))
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "x.yaml:1:") {
			t.Errorf("Parse(%s)\n got %v\nwant …%s…", tt.src, err, tt.want)
		}
	}
}

func TestDecide(t *testing.T) {
	p, err := policy.Parse("drover.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Duration { return time.Duration(n) * drover.Day }
	for _, tt := range []struct {
		name   string
		p      *policy.Policy
		s      policy.RotationSubject
		every  time.Duration
		why    string
		prefer string
		over   bool
	}{
		{"nothing known", policy.Default(), policy.RotationSubject{}, day(90), "90 days, for nothing raises it", "federation", false},
		{"prod", policy.Default(), policy.RotationSubject{Env: "prod", Type: "postgres.password"}, day(60), "60 days, for its environment is prod", "just_in_time", false},
		{"tier 0", policy.Default(), policy.RotationSubject{Reach: 50, Env: "prod", Type: "x509.certificate"}, day(30), "30 days, for it reaches tier 0", "", false},
		{"tighter regulation", p, policy.RotationSubject{Regulation: []string{"PCI"}}, day(14), "14 days, for PCI asks for it", "just_in_time", true},
		{"house default", p, policy.RotationSubject{}, day(120), "120 days, for nothing raises it", "just_in_time", true},
		{"rule", p, policy.RotationSubject{Reach: 90, Rule: 1}, day(7), "7 days by drover.yaml:6:16, default 30 days", "just_in_time", true},
		{"never", p, policy.RotationSubject{Rule: 2}, 0, "never by drover.yaml:7:16, default 90 days; instead: network pin, daily review", "just_in_time", true},
	} {
		v := tt.p.Decide(tt.s)
		if v.Every != tt.every || v.Why != tt.why || v.Preferred != tt.prefer || v.Overridden() != tt.over {
			t.Errorf("%s: got %v %q %q %v\nwant %v %q %q %v", tt.name, v.Every, v.Why, v.Preferred, v.Overridden(), tt.every, tt.why, tt.prefer, tt.over)
		}
		if d, why, prefer := tt.p.Interval(tt.s); d != v.Every || why != v.Why || prefer != v.Preferred {
			t.Errorf("%s: Interval and Decide differ", tt.name)
		}
	}
}

// What more falls with never lives longer, and regulation only shortens.
func TestDecideIsMonotone(t *testing.T) {
	house, err := policy.Parse("drover.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	p := policy.Default()
	rapid.Check(t, func(t *rapid.T) {
		s := policy.RotationSubject{Reach: rapid.IntRange(0, 100).Draw(t, "reach"), Tier0: rapid.Bool().Draw(t, "tier0"), Criticality: rapid.SampledFrom([]string{"", "low", "high", "critical"}).Draw(t, "c"),
			Env: rapid.SampledFrom([]string{"", "dev", "prod"}).Draw(t, "env"), DataClass: rapid.SampledFrom([]string{"", "confidential", "restricted"}).Draw(t, "d")}
		s.Rule = rapid.IntRange(0, 2).Draw(t, "rule")
		if got, want := house.Every(&s), house.Decide(s).Every; got != want {
			t.Fatalf("%+v: Every says %v, Decide %v", s, got, want)
		}
		s.Rule = 0
		more := s
		more.Reach = rapid.IntRange(s.Reach, 100).Draw(t, "more")
		if a, b := p.Decide(s), p.Decide(more); b.Every > a.Every {
			t.Fatalf("%+v: %v, with more reach %v", s, a.Every, b.Every)
		}
		reg := s
		reg.Regulation = rapid.SliceOfDistinct(rapid.SampledFrom(p.Regulations()), func(s string) string { return s }).Draw(t, "reg")
		if a, b := p.Decide(s), p.Decide(reg); b.Every > a.Every {
			t.Fatalf("%+v: %v, regulated %v", s, a.Every, b.Every)
		}
	})
}

func TestRegime(t *testing.T) {
	p, err := policy.Parse("drover.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	r := p.Regime([]string{"SOX", "PCI", "SWIFT", "nonsense"})
	if r.Approvers != 3 || r.ApproversBy != "PCI" || r.Rotate != 14*drover.Day || r.Review != 30*drover.Day || r.ReviewBy != "SWIFT" || r.Retention != 7*365*drover.Day || r.RetentionBy != "SOX" {
		t.Errorf("got %+v", r)
	}
	if r := p.Regime(nil); r != (policy.Regime{}) {
		t.Errorf("no regulation changes %+v", r)
	}
	if got, want := policy.DefaultRegime([]string{"GDPR"}).Say(), "review every 365 days, exceptions of at most 365 days, 1 to approve"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAdd(t *testing.T) {
	p, err := policy.Parse("drover.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Add("more.yaml", []byte("assertions: [every nhi has owner]\nseverity: { weakkey: { level: high, reason: r } }\n")); err != nil {
		t.Fatal(err)
	}
	if len(p.Assertions) != 3 || p.Severity["weakkey"].Level != drover.High {
		t.Errorf("nothing was taken up: %+v", p.Assertions)
	}
	for _, tt := range []struct{ src, want string }{
		{"severity: { stalekey: { off: true, reason: r } }", "stands in drover.yaml:"},
		{"rotation: { default: 90d }", "unknown key \"rotation\""},
		{"cheks: []", "did you mean checks?"},
		{"a: [", "more.yaml"},
	} {
		if err := p.Add("more.yaml", []byte(tt.src)); !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Add(%s): got %v, want …%s…", tt.src, err, tt.want)
		}
	}
	if err := p.Add("more.yaml", []byte("# nothing\n")); err != nil {
		t.Error(err)
	}
}

// A regulation asks for confirmations sooner; of a house that asks nobody only
// where it says so itself.
func TestConfirmEvery(t *testing.T) {
	for _, tt := range []struct {
		src  string
		regs []string
		want time.Duration
		by   string
	}{
		{"", nil, 0, ""},
		{"", []string{"SOX"}, 0, ""},
		{"ownership: { confirm_every: 365d }", nil, 365 * drover.Day, ""},
		{"ownership: { confirm_every: 365d }", []string{"SOX", "PCI"}, 90 * drover.Day, "SOX"},
		{"ownership: { confirm_every: 30d }", []string{"SOX"}, 30 * drover.Day, ""},
		{"regulation: { pci: { review: 60d } }", []string{"PCI", "SOX"}, 60 * drover.Day, "PCI"},
		{"regulation: { pci: { approvers: 3 } }", []string{"PCI"}, 0, ""},
	} {
		p, err := policy.Parse("x.yaml", []byte(tt.src))
		if err != nil {
			t.Fatal(err)
		}
		if got, by := p.ConfirmEvery(tt.regs); got != tt.want || by != tt.by {
			t.Errorf("%s of %v: got %v %q, want %v %q", tt.src, tt.regs, got, by, tt.want, tt.by)
		}
	}
}
