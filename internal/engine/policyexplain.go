package engine

import (
	"context"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/policy"
)

// A PolicyView is `policy explain ID`: what the policy says of one thing, and by
// which line.
type PolicyView struct {
	Schema     string           `json:"schema"`
	Subject    NodeView         `json:"subject"`
	Rotation   []RotationView   `json:"rotation"`   // of its credentials, or of itself where it is one
	Regulation RegimeView       `json:"regulation"` // what the regulations that it is in the scope of change
	Said       []SaidView       `json:"said"`       // what rules and people say of it
	Exceptions []PolicyItem     `json:"exceptions"` // that cover it
	Rules      []RuleResultView `json:"rules"`      // of the house, that are about it
}

// A RotationView is how long one secret may live.
type RotationView struct {
	Ref        drover.Ref `json:"ref"`
	Name       string     `json:"name"`
	EveryDays  *int       `json:"every_days"` // null: never
	Why        string     `json:"why"`
	AgeDays    *int       `json:"age_days"` // null: not known
	Overdue    bool       `json:"overdue"`
	Preferred  string     `json:"preferred"` // what would be better than rotating; "": nothing
	Compensate []string   `json:"compensate"`
	Where      *string    `json:"where"` // of the line that says otherwise than what is shipped
}

// A RegimeView is what regulations change.
type RegimeView struct {
	Names       []string `json:"names"`
	Text        string   `json:"text"`
	RotateDays  int      `json:"rotate_days"` // 0: they do not say
	ReviewDays  int      `json:"review_days"`
	RetainDays  int      `json:"retain_days"`
	Approvers   int      `json:"approvers"`
	ExceptDays  int      `json:"exception_days"`
	ApproversBy string   `json:"approvers_by"`
	RetainBy    string   `json:"retain_by"`
}

// SaidView is one label.
type SaidView struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	By    string `json:"by"` // "policy drover.yaml:4:3", or who
}

// A RuleResultView is what one rule of the house comes to for one thing.
type RuleResultView struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Severity drover.Severity `json:"severity"`
	Result   string          `json:"result"`  // fires, silent, unknown, failed
	Missing  []string        `json:"missing"` // of unknown
	Where    string          `json:"where"`
}

// PolicyExplain says what the policy says of one thing.
func (e *Engine) PolicyExplain(ctx context.Context, text string, asOf time.Time) (*PolicyView, error) {
	x, err := e.asked(ctx, asOf, ReachOptions{})
	if err != nil {
		return nil, err
	}
	found, err := x.Lookup(text)
	if err != nil {
		return nil, err
	}
	row := int(found)
	v := &PolicyView{Schema: "drover/v1/policy_explain", Subject: x.node(found), Rotation: []RotationView{}, Said: []SaidView{}, Exceptions: []PolicyItem{}, Rules: []RuleResultView{}}
	if row >= x.s.Seen() {
		return v, nil
	}
	if err := e.rotationViews(ctx, x, row, v); err != nil {
		return nil, err
	}
	v.Regulation = e.regimeView(x.s.Facts(row).Regulation)
	for _, l := range x.s.Labels(row) {
		v.Said = append(v.Said, SaidView{l.Key, l.Value, l.By})
	}
	if err := e.exceptionViews(x.s, row, v); err != nil {
		return nil, err
	}
	estate, err := e.estate(ctx, x)
	if err != nil {
		return nil, err
	}
	estate.Prepare()
	for _, r := range e.rules {
		got, lacks, err := r.Ask(ctx, estate, row)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if got == "" {
			continue
		}
		res := RuleResultView{ID: r.ID, Title: r.Title, Severity: r.Severity, Result: got, Missing: list(lacks), Where: r.Pos.String()}
		if err != nil {
			res.Missing = []string{check.Clean(err.Error())}
		}
		v.Rules = append(v.Rules, res)
	}
	return v, nil
}

func (e *Engine) rotationViews(ctx context.Context, x *Effects, row int, v *PolicyView) error {
	m, err := e.Risk(ctx, x)
	if err != nil {
		return err
	}
	var rows []int
	switch x.s.Kind(row) {
	case drover.KindCredential:
		rows = []int{row}
	case drover.KindIdentity:
		for h := range x.s.In(row) {
			if h.Kind == drover.EdgeAuthenticates && !slices.Contains(rows, x.s.Head(h.Row)) {
				rows = append(rows, x.s.Head(h.Row))
			}
		}
	}
	for _, c := range rows {
		every := m.Rotation(c)
		r := RotationView{Ref: x.s.Ref(c), Name: x.s.Name(c), Why: every.Why, Preferred: every.Preferred, Compensate: list(every.Compensate)}
		if every.Every > 0 {
			r.EveryDays = days(every.Every)
		}
		if every.Overridden() {
			r.Where = known(every.Pos.String())
		}
		n := x.s.Node(c)
		at := n.Rotated
		if at.IsZero() {
			at = n.Created
		}
		if !at.IsZero() {
			age := max(x.s.now.Sub(at), 0)
			r.AgeDays, r.Overdue = days(age), every.Every > 0 && age > every.Every
		}
		v.Rotation = append(v.Rotation, r)
	}
	return nil
}

func days(d time.Duration) *int {
	n := int(d / drover.Day)
	return &n
}

func (e *Engine) regimeView(names []string) RegimeView {
	r := e.policy.Regime(names)
	n := func(d time.Duration) int { return int(d / drover.Day) }
	return RegimeView{Names: list(names), Text: r.Say(), RotateDays: n(r.Rotate), ReviewDays: n(r.Review), RetainDays: n(r.Retention), Approvers: r.Approvers, ExceptDays: n(r.Exception),
		ApproversBy: r.ApproversBy, RetainBy: r.RetentionBy}
}

func (e *Engine) exceptionViews(s *Snapshot, row int, v *PolicyView) error {
	all := e.Policy()
	for i := range e.policy.Exceptions {
		x := &e.policy.Exceptions[i]
		match, err := judge.Matcher(x.Match, s.now)
		if err != nil {
			return err
		}
		rows, err := match(s.Snapshot, s.Table())
		if err != nil {
			return err
		}
		if slices.Contains(rows, uint32(row)) {
			at := slices.IndexFunc(all, func(p PolicyItem) bool { return p.Sort == "exception" && p.ID == x.ID })
			v.Exceptions = append(v.Exceptions, all[at])
		}
	}
	return nil
}

// Regime is what the regulations that a thing is in the scope of ask for.
func (e *Engine) Regime(regulations []string) policy.Regime { return e.policy.Regime(regulations) }
