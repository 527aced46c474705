package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/goccy/go-yaml/ast"
)

// A Regime is what being in the scope of regulations changes. Zero: it changes
// nothing.
type Regime struct {
	Rotate    time.Duration // longest life of a secret
	Review    time.Duration // how often an owner confirms, and a reviewer looks at what it may do
	Retention time.Duration // how long history and evidence are kept at least
	Approvers int           // who must agree to a change or an exception
	Exception time.Duration // how long an exception may hold

	// Who asks for each: "PCI (by drover.yaml:4:3)".
	RotateBy, ReviewBy, RetentionBy, ApproversBy, ExceptionBy string
	RotatePos                                                 Pos
}

// regimes are what is shipped. None of these texts gives the number of days that a
// service account's secret may live: the intervals are what an assessor takes as
// periodic, and a house sets its own under `regulation`.
//
// PCI DSS 4.0: 8.6.3 (secrets of application and system accounts are changed
// periodically), 7.2.5.1 (their access is reviewed periodically), 7.2.4 (every six
// months for users), 10.5.1 (12 months of audit log history).
// HIPAA: 45 CFR 164.316(b)(2)(i) (documentation is kept for six years), 164.308(a)(1)(ii)(D) (regular review).
// SOX: 17 CFR 210.2-06 (seven years), quarterly as are the certifications of section 302.
// GDPR: article 32(1)(d) (regularly testing), article 5(1)(e) (no longer than necessary: no retention of ours).
var regimes = map[string]Regime{
	"PCI":   {Rotate: 90 * drover.Day, Review: 180 * drover.Day, Retention: 365 * drover.Day, Approvers: 2, Exception: 90 * drover.Day},
	"HIPAA": {Rotate: 90 * drover.Day, Review: 180 * drover.Day, Retention: 6 * 365 * drover.Day, Approvers: 2, Exception: 180 * drover.Day},
	"SOX":   {Rotate: 90 * drover.Day, Review: 90 * drover.Day, Retention: 7 * 365 * drover.Day, Approvers: 2, Exception: 90 * drover.Day},
	"GDPR":  {Review: 365 * drover.Day, Approvers: 1, Exception: 365 * drover.Day},
}

// A Regulation is what the house says of one regulation, over what is shipped.
type Regulation struct {
	Regime
	set map[string]Pos
}

// Regime joins what several regulations ask for: of each the strictest.
func (p *Policy) Regime(regulations []string) Regime {
	return join(regulations, func(name string) (Regime, string, Pos) {
		if r, ok := p.Regulation[name]; ok {
			by := name
			if pos, ok := r.set["rotate"]; ok {
				return r.Regime, by, pos
			}
			return r.Regime, by, Pos{}
		}
		return regimes[name], name, Pos{}
	})
}

// ConfirmEvery is how often an owner confirms what is in the scope of regulations:
// as ownership.confirm_every says, or as often as they ask for. By names the
// regulation that asks, "" where it is the house. A house that asks nobody is only
// asked to by what it says of a regulation itself. 0: nobody asks.
func (p *Policy) ConfirmEvery(regulations []string) (d time.Duration, by string) {
	d = p.Ownership.ConfirmEvery
	if d == 0 {
		regulations = slices.DeleteFunc(slices.Clone(regulations), func(name string) bool { _, said := p.Regulation[name].set["review"]; return !said })
	}
	if r := p.Regime(regulations); r.Review > 0 && (d == 0 || r.Review < d) {
		return r.Review, r.ReviewBy
	}
	return d, ""
}

// DefaultRegime is Regime of a house that says nothing.
func DefaultRegime(regulations []string) Regime { return (&Policy{}).Regime(regulations) }

func join(names []string, of func(string) (Regime, string, Pos)) (out Regime) {
	if len(names) == 0 {
		return out
	}
	shorter := func(have *time.Duration, by *string, d time.Duration, name string) bool {
		if d > 0 && (*have == 0 || d < *have) {
			*have, *by = d, name
			return true
		}
		return false
	}
	for _, name := range slices.Sorted(slices.Values(names)) {
		r, by, pos := of(name)
		if shorter(&out.Rotate, &out.RotateBy, r.Rotate, by) {
			out.RotatePos = pos
		}
		shorter(&out.Review, &out.ReviewBy, r.Review, by)
		shorter(&out.Exception, &out.ExceptionBy, r.Exception, by)
		if r.Retention > out.Retention {
			out.Retention, out.RetentionBy = r.Retention, by
		}
		if r.Approvers > out.Approvers {
			out.Approvers, out.ApproversBy = r.Approvers, by
		}
	}
	return out
}

// Regulations lists the regulations that change something: those that are shipped
// and those of the house.
func (p *Policy) Regulations() []string {
	names := slices.Concat(slices.Collect(maps.Keys(regimes)), slices.Collect(maps.Keys(p.Regulation)))
	slices.Sort(names)
	return slices.Compact(names)
}

// Say writes a regime as one clause: "rotate every 90 days, review every 180 days".
func (r Regime) Say() string {
	var parts []string
	add := func(format string, d time.Duration) {
		if d > 0 {
			parts = append(parts, fmt.Sprintf(format, days(d)))
		}
	}
	add("rotate every %s", r.Rotate)
	add("review every %s", r.Review)
	add("keep history for %s", r.Retention)
	add("exceptions of at most %s", r.Exception)
	if r.Approvers > 0 {
		parts = append(parts, fmt.Sprintf("%d to approve", r.Approvers))
	}
	if len(parts) == 0 {
		return "changes nothing"
	}
	return strings.Join(parts, ", ")
}

func (r *reader) regulation(p *Policy, n ast.Node) {
	p.Regulation = map[string]Regulation{}
	r.pairs("regulation", n, nil, func(name string, v ast.Node) {
		up := strings.ToUpper(bound(name))
		what := "regulation." + up
		x := Regulation{Regime: regimes[up], set: map[string]Pos{}}
		r.pairs(what, v, []string{"rotate", "review", "retention", "approvers", "exception"}, func(key string, w ast.Node) {
			x.set[key] = r.pos(w)
			switch key {
			case "rotate":
				x.Rotate = r.duration(what+".rotate", w)
			case "review":
				x.Review = r.duration(what+".review", w)
			case "retention":
				x.Retention = r.duration(what+".retention", w)
			case "exception":
				x.Exception = r.duration(what+".exception", w)
			case "approvers":
				x.Approvers = r.number(what+".approvers", w, 0, 9)
			}
		})
		if len(x.set) == 0 {
			r.fail(v, "%s: it changes nothing; add rotate, review, retention, approvers or exception", what)
		}
		p.Regulation[up] = x
	})
}
