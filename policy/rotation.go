package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/goccy/go-yaml/ast"
)

// Rotation says how old a secret may become. The shipped intervals go by what
// falls with the secret; rules of the house come first.
type Rotation struct {
	High, Medium, Default time.Duration
	Prefer                []string // what is better than rotating, the best first: federation, just_in_time, vault
	Rules                 []RotationRule
	Windows               map[string]Window
	Freezes               []Freeze

	// Where the intervals were set; the zero Pos is the shipped default.
	HighPos, MediumPos, DefaultPos Pos
}

// Shipped intervals: NIST SP 800-57 part 1 gives no number of days; 90 days is
// what CIS AWS Foundations 1.14 asks of access keys, and shorter ones go with
// what falls.
const (
	DefaultRotation       = 90 * drover.Day
	DefaultRotationMedium = 60 * drover.Day
	DefaultRotationHigh   = 30 * drover.Day
)

// A RotationRule overrides the interval of what it matches.
type RotationRule struct {
	Match      Match
	Every      time.Duration // 0: never
	Compensate []string      // what is done instead; never empty where Every is 0
	Reason     string
}

// Compensations are what a rule may name in the place of rotation.
var Compensations = []string{"network_pin", "daily_review", "short_session", "vault", "monitoring", "hardware_key"}

// A RotationSubject is what an interval depends on: a secret, told by what it
// opens. Zero values are unknown.
type RotationSubject struct {
	Reach       int    // 0 to 100: effective.Standing.Risk of the identity
	Tier0       bool   // it is of tier 0 itself
	Criticality string // low, medium, high, critical
	Env         string // prod, dr and the rest of the vocabulary
	DataClass   string
	Regulation  []string
	Type        string // the vendor's type of the credential
	Rule        int    // the rule of Rotation.Rules that matches it, counted from 1; 0: none
}

// An Interval is how long a secret may live, and why.
type Interval struct {
	Every      time.Duration // 0: no interval, see Compensate
	Why        string        // one clause: "30 days, for it reaches tier 0"
	Preferred  string        // what would be better than rotating: federation, just_in_time, vault; "": nothing
	Compensate []string      // what stands in for rotation

	Default time.Duration // what the shipped policy would say
	Pos     Pos           // of the line that says otherwise; the zero Pos: nobody did
}

// Overridden reports whether the house says otherwise than the shipped policy.
func (v *Interval) Overridden() bool { return v.Pos.Line > 0 && v.Every != v.Default }

// Interval returns how long a secret may live, why, and what would be better than
// rotating it. d is 0 where a rule says never. See Decide for the whole answer.
func (p *Policy) Interval(s RotationSubject) (d time.Duration, why, preferred string) {
	v := p.Decide(s)
	return v.Every, v.Why, v.Preferred
}

// Every is the interval of Decide without its words: 0 is never. It allocates
// nothing for what is in the scope of no regulation.
func (p *Policy) Every(s *RotationSubject) time.Duration {
	if rule := p.rule(s); rule != nil {
		return rule.Every
	}
	band, _ := s.band()
	every, _ := p.Rotation.interval(band)
	if len(s.Regulation) > 0 {
		if r := p.Regime(s.Regulation).Rotate; r > 0 {
			every = min(every, r)
		}
	}
	return every
}

// rule is the rule of the house that matches a subject, nil for none.
func (p *Policy) rule(s *RotationSubject) *RotationRule {
	if s.Rule > 0 && s.Rule <= len(p.Rotation.Rules) {
		return &p.Rotation.Rules[s.Rule-1]
	}
	return nil
}

// Decide says how long a secret may live. A rule of the house counts first; of
// what is left the shortest of the interval for what falls with it and of those
// that its regulations ask for.
func (p *Policy) Decide(s RotationSubject) Interval {
	r := &p.Rotation
	band, because := s.band()
	every, pos := r.interval(band)
	v := Interval{Every: every, Pos: pos, Default: shipped(band), Preferred: r.preferred(s.Type)}
	v.Why = fmt.Sprintf("%s, for %s", days(every), because.String())
	regime := p.Regime(s.Regulation)
	if regime.Rotate > 0 && regime.Rotate < v.Every {
		v.Every, v.Pos, v.Why = regime.Rotate, regime.RotatePos, fmt.Sprintf("%s, for %s asks for it", days(regime.Rotate), regime.RotateBy)
	}
	if d := DefaultRegime(s.Regulation).Rotate; d > 0 {
		v.Default = min(v.Default, d)
	}
	if rule := p.rule(&s); rule != nil {
		v.Every, v.Pos, v.Compensate = rule.Every, rule.Match.Pos, rule.Compensate
		v.Why = fmt.Sprintf("%s by %s, default %s", days(rule.Every), rule.Match.Pos, days(v.Default))
		if len(rule.Compensate) > 0 {
			v.Why += "; instead: " + strings.ReplaceAll(strings.Join(rule.Compensate, ", "), "_", " ")
		}
	}
	return v
}

// A band is how much falls with a secret.
type band int

const (
	bandLow band = iota
	bandMedium
	bandHigh
)

// reachMedium is from which reach on a secret counts as medium: some hundreds of
// things (see effective.Risk), none of them of tier 0.
const (
	reachHigh   = 50
	reachMedium = 15
)

// A reason is why a subject is in its band; env is set where it is the environment.
type reason struct{ text, env string }

func (r reason) String() string { return r.text + r.env }

func (s *RotationSubject) band() (band, reason) {
	switch {
	case s.Tier0:
		return bandHigh, reason{text: "it is of tier 0"}
	case s.Reach >= reachHigh:
		return bandHigh, reason{text: "it reaches tier 0"}
	case s.Criticality == "critical":
		return bandHigh, reason{text: "it is critical"}
	case s.DataClass == "restricted":
		return bandHigh, reason{text: "it opens restricted data"}
	case s.Criticality == "high":
		return bandMedium, reason{text: "its criticality is high"}
	case s.Env == "prod" || s.Env == "dr":
		return bandMedium, reason{"its environment is ", s.Env}
	case s.DataClass == "confidential":
		return bandMedium, reason{text: "it opens confidential data"}
	case s.Reach >= reachMedium:
		return bandMedium, reason{text: "it reaches much"}
	}
	return bandLow, reason{text: "nothing raises it"}
}

func (r *Rotation) interval(b band) (time.Duration, Pos) {
	switch b {
	case bandHigh:
		return or(r.High, DefaultRotationHigh), r.HighPos
	case bandMedium:
		return or(r.Medium, DefaultRotationMedium), r.MediumPos
	}
	return or(r.Default, DefaultRotation), r.DefaultPos
}

func shipped(b band) time.Duration {
	d, _ := (&Rotation{}).interval(b)
	return d
}

func or(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

// preferred is what would be better than rotating a credential of a type. What a
// platform issues by itself needs nothing better.
func (r *Rotation) preferred(typ string) string {
	for _, word := range []string{"federat", "oidc", "session", "certificate"} {
		if strings.Contains(typ, word) {
			return ""
		}
	}
	prefer := r.Prefer
	if prefer == nil {
		prefer = Preferences[:2]
	}
	// A password of a person's kind of login cannot be federated to a platform.
	if strings.Contains(typ, "password") || strings.Contains(typ, "login") {
		if i := slices.IndexFunc(prefer, func(p string) bool { return p != "federation" }); i >= 0 {
			return prefer[i]
		}
	}
	if len(prefer) == 0 {
		return ""
	}
	return prefer[0]
}

// Preferences are what may be better than rotating.
var Preferences = []string{"federation", "just_in_time", "vault"}

// days writes an interval.
func days(d time.Duration) string {
	switch {
	case d == 0:
		return "never"
	case d%drover.Day == 0 && d/drover.Day == 1:
		return "1 day"
	case d >= drover.Day:
		return fmt.Sprintf("%d days", d/drover.Day)
	}
	return d.String()
}

func (r *reader) rotation(o *Rotation, n ast.Node) {
	r.pairs("rotation", n, []string{"default", "medium", "high", "prefer", "rules", "windows"}, func(key string, v ast.Node) {
		switch key {
		case "default":
			o.Default, o.DefaultPos = r.duration("rotation.default", v), r.pos(v)
		case "medium":
			o.Medium, o.MediumPos = r.duration("rotation.medium", v), r.pos(v)
		case "high":
			o.High, o.HighPos = r.duration("rotation.high", v), r.pos(v)
		case "prefer":
			o.Prefer = []string{}
			r.list("rotation.prefer", v, func(n ast.Node) { o.Prefer = append(o.Prefer, r.choice("rotation.prefer", n, Preferences...)) })
		case "rules":
			r.list("rotation.rules", v, func(n ast.Node) { o.Rules = append(o.Rules, r.rotationRule(n)) })
		case "windows":
			o.Windows, o.Freezes = r.windowsOf("rotation.windows", v)
		}
	})
	if h, m := or(o.High, DefaultRotationHigh), or(o.Medium, DefaultRotationMedium); h > m || m > or(o.Default, DefaultRotation) {
		r.fail(n, "rotation: want high (%s) <= medium (%s) <= default (%s): what more falls with must not live longer", days(h), days(m), days(or(o.Default, DefaultRotation)))
	}
}

func (r *reader) rotationRule(n ast.Node) (x RotationRule) {
	never := false
	r.pairs("rotation.rules", n, []string{"match", "every", "compensate", "reason"}, func(key string, v ast.Node) {
		switch key {
		case "match":
			x.Match = r.match("rotation.rules.match", v)
		case "every":
			if s, ok := v.(*ast.StringNode); ok && s.Value == "never" {
				never = true
				return
			}
			x.Every = r.duration("rotation.rules.every", v)
		case "compensate":
			r.list("rotation.rules.compensate", v, func(n ast.Node) {
				x.Compensate = append(x.Compensate, r.choice("rotation.rules.compensate", n, Compensations...))
			})
		case "reason":
			x.Reason = r.text("rotation.rules.reason", v)
		}
	})
	switch {
	case x.Match.Text == "":
		r.fail(n, "rotation.rules: match is missing")
	case x.Every == 0 && !never:
		r.fail(n, "rotation.rules: every is missing; write a duration, or never")
	case never && len(x.Compensate) == 0:
		r.fail(n, "rotation.rules: every: never needs compensate, one of %s", strings.Join(Compensations, ", "))
	}
	return x
}
