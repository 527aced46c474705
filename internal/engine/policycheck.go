package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/custom"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/policy"
)

// A PolicyItem is one line of `policy list`: one thing that the policy says.
type PolicyItem struct {
	ID       string          `json:"id"`
	Sort     string          `json:"sort"` // built_in, check, assertion, rotation, regulation, risk, exception
	Title    string          `json:"title"`
	Severity drover.Severity `json:"severity,omitzero"`
	State    string          `json:"state"`  // on, off, changed (the house says otherwise than what is shipped), ended
	Reason   string          `json:"reason"` // of off and changed
	About    string          `json:"about"`  // what it is asked of
	Where    *string         `json:"where"`  // file:line:column; null: as shipped
	Controls []string        `json:"controls"`
}

// PolicyItems is Policy, for who may ask another process.
func (e *Engine) PolicyItems(context.Context) ([]PolicyItem, error) { return e.Policy(), nil }

// Policy lists everything that is asked of the estate, and by which line.
func (e *Engine) Policy() []PolicyItem {
	var out []PolicyItem
	for _, c := range e.o.Checks {
		p := PolicyItem{ID: c.ID, Sort: "built_in", Title: c.Title, Severity: c.Severity, State: "on", About: string(c.Area), Controls: list(c.Controls)}
		if s, ok := e.policy.Severity[c.ID]; ok {
			p.State, p.Reason, p.Where = "changed", s.Reason, known(s.Pos.String())
			if p.Severity, _ = e.policy.Of(c.ID, c.Severity); s.Off {
				p.State = "off"
			}
		}
		out = append(out, p)
	}
	for _, r := range e.rules {
		p := PolicyItem{ID: r.ID, Sort: "check", Title: r.Title, Severity: r.Severity, State: "on", About: r.About(), Where: known(r.Pos.String()), Controls: list(r.Check.Controls)}
		if r.Assertion {
			p.Sort = "assertion"
		}
		out = append(out, p)
	}
	return append(out, e.policyRest()...)
}

// policyRest lists what is no check.
func (e *Engine) policyRest() (out []PolicyItem) {
	add := func(p PolicyItem) {
		p.Controls = []string{}
		out = append(out, p)
	}
	r := &e.policy.Rotation
	for _, b := range []struct {
		id   string
		own  time.Duration
		ship time.Duration
		pos  policy.Pos
	}{{"high", r.High, policy.DefaultRotationHigh, r.HighPos}, {"medium", r.Medium, policy.DefaultRotationMedium, r.MediumPos}, {"default", r.Default, policy.DefaultRotation, r.DefaultPos}} {
		p := PolicyItem{ID: "rotation." + b.id, Sort: "rotation", Title: "every " + check.Span(cmp.Or(b.own, b.ship)), State: "on", About: "secrets"}
		if b.own != 0 && b.own != b.ship {
			p.State, p.Reason, p.Where = "changed", "shipped: "+check.Span(b.ship), known(b.pos.String())
		}
		add(p)
	}
	for i, x := range r.Rules {
		title := "every " + check.Span(x.Every)
		if x.Every == 0 {
			title = "never; instead: " + strings.ReplaceAll(strings.Join(x.Compensate, ", "), "_", " ")
		}
		add(PolicyItem{ID: fmt.Sprintf("rotation.rules.%d", i+1), Sort: "rotation", Title: title, State: "changed", Reason: x.Reason, About: x.Match.Text, Where: known(x.Match.Pos.String())})
	}
	for _, name := range e.policy.Regulations() {
		p := PolicyItem{ID: "regulation." + name, Sort: "regulation", Title: e.policy.Regime([]string{name}).Say(), State: "on", About: "regulation=" + name}
		if _, ok := e.policy.Regulation[name]; ok {
			p.State, p.Reason = "changed", "shipped: "+policy.DefaultRegime([]string{name}).Say()
		}
		add(p)
	}
	w := PolicyItem{ID: "risk.weights", Sort: "risk", Title: e.policy.Risk.Weights.Say(), State: "on", About: "identities"}
	if e.policy.Risk.Weights != policy.DefaultWeights {
		w.State, w.Reason, w.Where = "changed", "shipped: "+policy.DefaultWeights.Say(), known(e.policy.Risk.Pos.String())
	}
	add(w)
	for i := range e.policy.Exceptions {
		x := &e.policy.Exceptions[i]
		p := PolicyItem{ID: x.ID, Sort: "exception", Title: fmt.Sprintf("%s until %s", x.Rule, check.Day(x.Until.Add(-time.Second))), State: "on", Reason: x.Reason, About: x.Match.Text, Where: known(x.Match.Pos.String())}
		if !x.Active(e.o.Now()) {
			p.State = "ended"
		}
		add(p)
	}
	return out
}

// A PolicyTest is one line of `policy test`: an example, or an assertion asked of
// the estate.
type PolicyTest struct {
	ID      string   `json:"id"`
	Sort    string   `json:"sort"` // example, assertion, check
	OK      bool     `json:"ok"`
	Title   string   `json:"title"`
	Where   string   `json:"where"`
	Want    string   `json:"want,omitempty"` // of an example: fires, silent
	Got     string   `json:"got,omitempty"`  // fires, silent, unknown, failed
	Checked int      `json:"checked"`        // of the estate: nodes that it is about
	None    bool     `json:"none"`           // of the estate: it is about nothing, so that OK says nothing of the estate
	Failed  int      `json:"failed"`         // of these, those that break it
	Unknown int      `json:"unknown"`        // of these, those for which it could not be decided
	Why     string   `json:"why"`            // what is missing, or which fail
	First   []string `json:"first"`          // names of the first that break it
}

// PolicyTest tries the examples of the house's checks, and asks its assertions and
// checks of the estate. Only a failed example and a broken assertion fail; what a
// check finds is a finding. IDs narrow it.
func (e *Engine) PolicyTest(ctx context.Context, ids []string) ([]PolicyTest, error) {
	var rules []*custom.Rule
	for _, r := range e.rules {
		if len(ids) == 0 || slices.Contains(ids, r.ID) {
			rules = append(rules, r)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(rules, func(r *custom.Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("no check or assertion of the house is called %q%s; `drover policy list` lists them: %w", id, nearest(id, custom.Checks(e.rules)), drover.ErrNotFound)
		}
	}
	out := []PolicyTest{}
	for _, r := range rules {
		for i, t := range r.Try(ctx, e.o.Now()) {
			x := PolicyTest{ID: r.ID, Sort: "example", OK: t.OK(), Title: fmt.Sprintf("example %d %s", i+1, t.Want), Where: t.Pos.String(), Want: t.Want, Got: t.Got, First: []string{}}
			switch {
			case t.Failure != "":
				x.Why = t.Failure
			case t.Missing != nil:
				x.Why = "the example does not say " + check.List(t.Missing)
			}
			out = append(out, x)
		}
	}
	if len(rules) == 0 {
		return out, nil
	}
	asked, err := e.askRules(ctx, rules)
	return append(out, asked...), err
}

// askRules asks rules of the estate as it is, and keeps nothing.
func (e *Engine) askRules(ctx context.Context, rules []*custom.Rule) ([]PolicyTest, error) {
	x, err := e.Effects(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	estate, err := e.estate(ctx, x)
	if err != nil {
		return nil, err
	}
	first := map[string][]string{}
	err = check.Run(ctx, estate, custom.Checks(rules), check.Options{Finding: func(f drover.Finding) error {
		if len(first[f.Check]) < 3 {
			first[f.Check] = append(first[f.Check], check.Clean(f.Subject.Name))
		}
		return nil
	}})
	failed := map[string]string{}
	for _, f := range check.Failures(err) {
		failed[f.ID] = f.Err.Error()
	}
	if err != nil && len(failed) == 0 {
		return nil, err
	}
	var out []PolicyTest
	for _, r := range rules {
		t, _ := e.tallyOf(r.ID)
		p := PolicyTest{ID: r.ID, Sort: "check", OK: true, Title: r.Title, Where: r.Pos.String(), Checked: t.Asked, Failed: t.Fired, Unknown: t.Unknown, Why: lacks(t), First: list(first[r.ID])}
		if r.Assertion {
			p.Sort, p.OK = "assertion", t.Fired == 0
		}
		if why := failed[r.ID]; why != "" {
			p.OK, p.Why = false, why
		} else if t.Asked == 0 {
			p.None, p.Why = true, "nothing matches"
		}
		out = append(out, p)
	}
	return out, nil
}

// estate is what a run of checks reads.
func (e *Engine) estate(ctx context.Context, x *Effects) (*check.Estate, error) {
	estate := &check.Estate{Graph: x.s.Snapshot, Effects: x.Graph, Policy: e.policy, Now: x.s.now, Document: x.Input().Document}
	if len(e.policy.Rotation.Rules) > 0 {
		m, err := e.Risk(ctx, x)
		if err != nil {
			return nil, err
		}
		estate.Rule = m.Rule
	}
	return estate, nil
}

// A PolicyFault is one thing that is allowed and probably not meant.
type PolicyFault struct {
	Where string `json:"where"`
	ID    string `json:"id"`
	Text  string `json:"text"`
}

// PolicyLint looks for what is written and does nothing, or not what was meant.
// What is wrong was an error when the policy was read.
func (e *Engine) PolicyLint(ctx context.Context) ([]PolicyFault, error) {
	out := []PolicyFault{}
	add := func(pos policy.Pos, id, format string, args ...any) {
		out = append(out, PolicyFault{pos.String(), id, fmt.Sprintf(format, args...)})
	}
	for i := range e.policy.Checks {
		lintExamples(&e.policy.Checks[i], add)
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	now := e.o.Now()
	for i := range e.policy.Exceptions {
		x := &e.policy.Exceptions[i]
		if !x.Active(now) {
			add(x.Match.Pos, x.ID, "it ended on %s: take it out, or decide again", check.Day(x.Until))
			continue
		}
		if !slices.ContainsFunc(e.Policy(), func(p PolicyItem) bool { return p.ID == x.Rule }) && x.Rule != "*" {
			add(x.Match.Pos, x.ID, "it accepts findings of %q, which is no check", check.Clean(x.Rule))
		}
		if err := e.lintMatch(s, x.Match, x.ID, add, x); err != nil {
			return nil, err
		}
	}
	if err := e.lintRules(ctx, s, add); err != nil {
		return nil, err
	}
	for i, r := range e.policy.Rotation.Rules {
		id := fmt.Sprintf("rotation.rules.%d", i+1)
		if r.Reason == "" {
			add(r.Match.Pos, id, "it says no reason")
		}
		if err := e.lintMatch(s, r.Match, id, add, nil); err != nil {
			return nil, err
		}
	}
	for _, v := range e.Overrides(ctx) {
		out = append(out, PolicyFault{v.Where, v.ID, v.Text})
	}
	return out, nil
}

// lintRules says which checks and assertions of the house are about nothing.
func (e *Engine) lintRules(ctx context.Context, s *Snapshot, add func(policy.Pos, string, string, ...any)) error {
	if s.Generation == 0 || len(e.rules) == 0 {
		return nil
	}
	asked, err := e.askRules(ctx, e.rules)
	if err != nil {
		return err
	}
	for i, t := range asked {
		if t.None {
			add(e.rules[i].Pos, t.ID, "it is about nothing that is known: %s", check.Clean(e.rules[i].About()))
		}
	}
	return nil
}

func lintExamples(c *policy.Custom, add func(policy.Pos, string, string, ...any)) {
	fires, silent := false, false
	for _, x := range c.Examples {
		fires, silent = fires || x.Fires, silent || !x.Fires
	}
	switch {
	case !fires && !silent:
		add(c.Pos, c.ID, "it has no examples: one that fires and one that is silent would prove it")
	case !fires:
		add(c.Pos, c.ID, "no example of it fires")
	case !silent:
		add(c.Pos, c.ID, "no example of it is silent")
	}
}

// lintMatch says where a rule matches nothing, and where an exception goes beyond
// what the regulations of its subjects allow.
func (e *Engine) lintMatch(s *Snapshot, m policy.Match, id string, add func(policy.Pos, string, string, ...any), x *policy.Exception) error {
	if s.Generation == 0 {
		return nil
	}
	match, err := judge.Matcher(m, s.now)
	if err != nil {
		return err
	}
	rows, err := match(s.Snapshot, s.Table())
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		add(m.Pos, id, "%q matches nothing that is known", check.Clean(m.Text))
	}
	if x == nil {
		return nil
	}
	for _, row := range rows {
		if why := e.forbids(s, s.Ref(int(row)), x.ApprovedBy, x.Until.Sub(e.o.Now())); why != "" {
			add(m.Pos, id, "it does not cover %s: %s", check.Clean(s.Name(int(row))), why)
			return nil
		}
	}
	return nil
}

// regulations are those that a thing is in the scope of: of a credential also
// those of what it proves.
func (s *Snapshot) regulations(row int) []string {
	if row >= s.Seen() {
		return nil
	}
	out := s.Facts(row).Regulation
	if s.Kind(row) != drover.KindCredential {
		return out
	}
	for h := range s.Out(row) {
		if h.Kind == drover.EdgeAuthenticates && h.Row < s.Seen() {
			out = append(slices.Clip(out), s.Facts(h.Row).Regulation...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// forbids says why the regulations of a subject do not allow an exception that so
// many approved and that holds so long; "": they do.
func (e *Engine) forbids(s *Snapshot, subject drover.Ref, approvedBy string, lasts time.Duration) string {
	row, ok := s.Find(subject)
	if !ok {
		return ""
	}
	r := e.policy.Regime(s.regulations(s.Head(row)))
	if n := len(people(approvedBy)); n < r.Approvers {
		return fmt.Sprintf("it is in the scope of %s, which asks for %s; %d is named (write \"ann, bob\")", check.Clean(r.ApproversBy), check.Count(r.Approvers, "approver"), n)
	}
	if r.Exception > 0 && lasts > r.Exception {
		return fmt.Sprintf("it is in the scope of %s, whose exceptions hold for %s at most", check.Clean(r.ExceptionBy), check.Span(r.Exception))
	}
	return ""
}

// people are those named in "ann, bob and eve", each once.
func people(text string) (out []string) {
	for _, name := range strings.FieldsFunc(strings.ReplaceAll(text, " and ", ","), func(r rune) bool { return r == ',' || r == ';' || r == '+' }) {
		name = strings.TrimSpace(name)
		if name != "" && !slices.ContainsFunc(out, func(x string) bool { return strings.EqualFold(x, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// Overrides are the intervals of rotation that the house sets otherwise than what
// is shipped, one line each: they are said in the output of every run that goes by
// them.
func (e *Engine) Overrides(context.Context) []PolicyFault {
	out := []PolicyFault{}
	r := &e.policy.Rotation
	add := func(id, of string, own time.Duration, ship string, pos policy.Pos) {
		said := check.Span(own)
		if own == 0 {
			said = "never"
		}
		if pos.Line > 0 && said != ship {
			out = append(out, PolicyFault{pos.String(), id, fmt.Sprintf("rotation interval of %s is %s by %s, default %s", of, said, pos, ship)})
		}
	}
	add("rotation.high", "what is of tier 0 or reaches it", r.High, check.Span(policy.DefaultRotationHigh), r.HighPos)
	add("rotation.medium", "production", r.Medium, check.Span(policy.DefaultRotationMedium), r.MediumPos)
	add("rotation.default", "everything else", r.Default, check.Span(policy.DefaultRotation), r.DefaultPos)
	for i, x := range r.Rules {
		add(fmt.Sprintf("rotation.rules.%d", i+1), check.Clean(x.Match.Text), x.Every, "30, 60 or 90 days by what falls", x.Match.Pos)
	}
	return out
}
