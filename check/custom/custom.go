// Package custom makes checks of what our users write: expressions of CEL over
// the vocabulary of nodes, and assertions, which are sentences. They find the same
// findings as the checks that are built in.
//
// Everything is compiled when the policy is read: a wrong name, a comparison with a
// word that a field never has, a type that does not fit are errors with file, line
// and column. Logic has three values: where a missing fact decides, a check neither
// fires nor is silent, and the node is counted as unknown. Work is bounded for each
// node, and ends when its context does.
package custom

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/cel"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/policy"
)

// Options say what a policy is compiled with.
type Options struct {
	Now     time.Time
	Builtin func(id string) bool                    // whether an id is that of a check that is built in; nil: none is
	Risk    func(e *check.Estate) func(row int) int // the risk of a row, -1: none; nil: risk is unknown
	Tally   func(Tally)                             // called when a rule was asked of an estate; nil: not wanted
}

// A Rule is one check or assertion of a policy, compiled.
type Rule struct {
	ID        string
	Title     string
	Severity  drover.Severity
	Assertion bool   // else it is a check
	Text      string // the expression or the sentence
	Pos       policy.Pos
	Check     *check.Check

	o          *Options
	kinds      []drover.Kind
	match      string
	pick, when *expression
	what, fix  *template
	evidence   []*template
	why        string
	remedy     string
	sentence   *sentence
	examples   []policy.Example
}

// A Tally counts what one run of a rule came to.
type Tally struct {
	Rule    *Rule
	Asked   int            // nodes that it is about
	Fired   int            // of these, those that it fired on
	Unknown int            // of these, those about which it could not be decided
	Missing map[string]int // the facts that were missing, by how many nodes lacked them
	Failed  int            // of Unknown, those for which the expression failed
	Failure string         // the first failure
}

type compiler struct {
	env *cel.Env
	now time.Time
}

// Compile makes rules of the checks and assertions of a policy, in the order in
// which they stand. The error joins everything that is wrong with them.
func Compile(p *policy.Policy, o Options) ([]*Rule, error) {
	if len(p.Checks)+len(p.Assertions) == 0 {
		return nil, nil
	}
	env, err := newEnv()
	if err != nil {
		return nil, fmt.Errorf("make the language of checks: %w", err)
	}
	c := &compiler{env, o.Now}
	var rules []*Rule
	var errs []error
	seen := map[string]policy.Pos{}
	add := func(r *Rule, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		switch at, twice := seen[r.ID]; {
		case twice:
			errs = append(errs, fmt.Errorf("%s: %s stands in %s already: %w", r.Pos, r.ID, at, drover.ErrInvalid))
		case o.Builtin != nil && o.Builtin(r.ID):
			errs = append(errs, fmt.Errorf("%s: %s is the id of a check that is built in: %w", r.Pos, r.ID, drover.ErrInvalid))
		}
		seen[r.ID] = r.Pos
		r.o = &o
		rules = append(rules, r)
	}
	for i := range p.Checks {
		add(c.check(&p.Checks[i]))
	}
	for i := range p.Assertions {
		add(c.assertion(&p.Assertions[i]))
	}
	return rules, errors.Join(errs...)
}

// Checks are the rules as checks.
func Checks(rules []*Rule) (out []*check.Check) {
	for _, r := range rules {
		out = append(out, r.Check)
	}
	return out
}

func (c *compiler) check(x *policy.Custom) (*Rule, error) {
	r := &Rule{ID: x.ID, Title: x.Title, Severity: x.Severity, Text: strings.TrimSpace(x.When.Text), Pos: x.Pos, kinds: x.Kinds, match: x.Match.Text, why: x.Why, remedy: x.Remedy, examples: x.Examples}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	if r.match != "" {
		if _, err := filter.Parse(r.match, graph.Fields, c.now); err != nil {
			keep(fmt.Errorf("%s: %w", x.Match.Pos, err))
		}
	}
	r.when, err = c.compile(&x.When, x.When.Text, 0, cel.BoolType, cel.DynType)
	keep(err)
	if x.What.Text != "" {
		r.what, err = c.template(&x.What)
		keep(err)
	}
	r.fix, err = c.template(&x.Fix)
	keep(err)
	for i := range x.Evidence {
		t, err := c.template(&x.Evidence[i])
		keep(err)
		r.evidence = append(r.evidence, t)
	}
	for i := range x.Examples {
		_, err := exampleOf(&x.Examples[i], c.now)
		keep(err)
	}
	r.make(x.Controls)
	return r, errors.Join(errs...)
}

func (c *compiler) assertion(a *policy.Assertion) (*Rule, error) {
	s, err := parseAssertion(a)
	if err != nil {
		return nil, err
	}
	text := strings.Join(strings.Fields(a.Text.Text), " ")
	r := &Rule{ID: s.id, Title: text, Severity: a.Severity, Assertion: true, Text: text, Pos: a.Pos, kinds: s.kinds, match: s.filter, why: a.Why, sentence: s}
	r.Title = short(r.Title)
	if r.why == "" {
		r.why = "The policy says that this must not be: " + text + "."
	}
	var errs []error
	at := 0
	if s.celAt >= 0 {
		at = s.celAt - strings.Index(s.breaks, a.Text.Text[s.celAt:])
		if _, err := c.compile(&a.Text, a.Text.Text[s.celAt:], s.celAt, cel.BoolType, cel.DynType); err != nil {
			return nil, err
		}
	}
	r.when, err = c.compile(&a.Text, s.breaks, max(at, 0), cel.BoolType, cel.DynType)
	errs = append(errs, err)
	if s.pick != "" {
		r.pick, err = c.compile(&a.Text, s.pick, 0, cel.BoolType)
		errs = append(errs, err)
	}
	if a.Fix.Text != "" {
		r.fix, err = c.template(&a.Fix)
		errs = append(errs, err)
	}
	r.make(a.Controls)
	return r, errors.Join(errs...)
}

// short cuts a sentence to what a title may have: 60 bytes.
func short(s string) string {
	if len(s) <= 60 {
		return s
	}
	for i := range s {
		if i > 60-len("…") {
			return s[:last(s, i)] + "…"
		}
	}
	return s
}

// last is where the letter before byte i begins.
func last(s string, i int) int {
	_, size := utf8.DecodeLastRuneInString(s[:i])
	return i - size
}

// make gives the rule its check.
func (r *Rule) make(controls []string) {
	what := "check"
	if r.Assertion {
		what = "assertion"
	}
	r.Check = &check.Check{ID: r.ID, Title: r.Title, Area: check.Custom, Severity: r.Severity, Controls: controls, Fix: []string{r.action()}, Why: r.why,
		How:   fmt.Sprintf("The %s of %s: %s. It says nothing of a node of which a fact is missing that decides.", what, r.Pos, strings.Join(strings.Fields(r.Text), " ")),
		False: fmt.Sprintf("A fact is wrong that it looks at, or the rule is: it stands in %s. `drover policy explain ID` says what it comes to for one thing.", r.Pos), Run: r.run}
}

func (r *Rule) action() string {
	if r.remedy != "" {
		return r.remedy
	}
	if s := r.sentence; s != nil {
		switch {
		case s.every && (strings.Contains(s.breaks, "owner")):
			return "set_owner"
		case strings.Contains(s.breaks, "secret_age"):
			return "rotate"
		}
	}
	return "review"
}

// About is what a rule is about, for lists: the kinds and the filter.
func (r *Rule) About() string {
	kinds := strings.Join(words(slices.Compact(slices.Sorted(slices.Values(r.kinds)))), ", ")
	if r.match == "" {
		return kinds
	}
	return kinds + " " + r.match
}
