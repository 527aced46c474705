package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/report"
)

// findingView is one finding.
type findingView struct {
	Schema  string         `json:"schema"`
	Finding drover.Finding `json:"finding"`
}

// decisionView is what was decided.
type decisionView struct {
	Schema   string   `json:"schema"`
	Decision string   `json:"decision"` // accept, reopen, assign
	Findings []string `json:"findings"` // short ids
	To       string   `json:"to,omitempty"`
	Until    *string  `json:"until,omitempty"` // RFC 3339
}

// fixView is one fix.
type fixView struct {
	Schema string          `json:"schema"`
	Fix    *engine.FixItem `json:"fix"`
}

// addFindings adds findings, what ends them, what looks for them, and decisions.
func (s *Server) addFindings() {
	s.addFindingLists()
	add(s, route[NodeParams, findingView]{Method: "GET", Path: "/findings/{id}", ID: "get_finding", Tag: "Findings", Short: "Show one finding with all five parts", CLI: "drover finding show FINDING", Action: authz.FindingRead,
		Do: s.finding})
	add(s, route[NodeParams, engine.ExplainView]{Method: "GET", Path: "/explain/{id}", ID: "explain", Tag: "Findings", Short: "Say in sentences what a finding, or an identity, is about", CLI: "drover explain ID", Action: authz.FindingRead,
		Do: func(ctx context.Context, in *NodeParams) (*engine.ExplainView, error) {
			return of(ctx, s, *in, func(e *engine.Engine, at time.Time) (*engine.ExplainView, error) { return e.Explain(ctx, in.ID, at) })
		}})
	add(s, route[NodeParams, fixView]{Method: "GET", Path: "/fixes/{id}", ID: "get_fix", Tag: "Findings", Short: "Show one fix with what it changes, closes and breaks", CLI: "drover fix show FIX", Action: authz.FindingRead,
		Do: func(ctx context.Context, in *NodeParams) (*fixView, error) {
			return of(ctx, s, *in, func(e *engine.Engine, at time.Time) (*fixView, error) {
				f, err := e.FindFix(ctx, in.ID, engine.FindingQuery{AsOf: at})
				if err != nil {
					return nil, err
				}
				return &fixView{"drover/v1/fix", f}, nil
			})
		}})
	s.addDecisions()
	s.addChecks()
}

type findingsIn struct {
	MinSeverity string `query:"min_severity" enum:"critical,high,medium,low,info" doc:"Only this severity and worse."`
	ListParams
}

func (in *findingsIn) query() engine.FindingQuery {
	q := engine.FindingQuery{Filter: in.Filter, AsOf: in.at, Sort: in.OrderBy}
	if in.MinSeverity != "" {
		_ = q.MinSeverity.UnmarshalText([]byte(in.MinSeverity)) // one of the enum
	}
	return q
}

func (s *Server) addFindingLists() {
	addList(s, list[findingsIn]{Path: "/findings", ID: "list_findings", Tag: "Findings", Short: "List findings, the worst first", Doc: "Without a state in the filter it lists what holds and nobody has accepted; hidden counts what is accepted beside. Fields: " + strings.Join(fieldNames(), ", ") + ".",
		CLI: "drover finding list FILTER", Action: authz.FindingRead, Noun: "findings", Item: drover.Finding{}, Find: s.findings})
	addList(s, list[findingsIn]{Path: "/fixes", ID: "list_fixes", Tag: "Findings", Short: "List the acts that end findings, the one that helps most first", CLI: "drover fix list FILTER", Action: authz.FindingRead, Noun: "fixes", Item: engine.FixItem{},
		Find: func(ctx context.Context, in *findingsIn) (*found, error) {
			if in.OrderBy != "" {
				return nil, asIs(&ListParams{OrderBy: in.OrderBy})
			}
			e := s.as(ctx)
			gen, err := s.generationOf(ctx, e, in.at)
			if err != nil {
				return nil, err
			}
			all, err := e.Fixes(ctx, in.query())
			if err != nil {
				return nil, err
			}
			return whole(gen, all), nil
		}})
	addList(s, list[ListParams]{Path: "/exceptions", ID: "list_exceptions", Tag: "Findings", Short: "List what somebody decided to live with, the first to end first", CLI: "drover finding list state=accepted", Action: authz.FindingRead, Noun: "exceptions", Item: report.ExceptionItem{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := asIs(in); err != nil {
				return nil, err
			}
			v, gen, err := s.as(ctx).Exceptions(ctx, in.at)
			if err != nil {
				return nil, err
			}
			f := whole(gen, v.Items)
			f.More = []field{{"findings", v.Findings}}
			return f, nil
		}})
}

func fieldNames() []string {
	var out []string
	for _, f := range engine.FindingFields {
		out = append(out, f.Name)
	}
	return out
}

func (s *Server) findings(ctx context.Context, in *findingsIn) (*found, error) {
	e := s.as(ctx)
	gen, err := s.generationOf(ctx, e, in.at)
	if err != nil {
		return nil, err
	}
	all, hidden, err := e.Findings(ctx, in.query())
	if err != nil {
		return nil, err
	}
	f := whole(gen, all)
	f.More = []field{{"hidden", hidden}}
	f.Facets = func(fields []string) (map[string][]engine.FacetCount, error) {
		return e.FindingFacets(ctx, in.query(), fields)
	}
	return f, nil
}

// generationOf is the generation that an answer of a moment speaks of.
func (s *Server) generationOf(ctx context.Context, e *engine.Engine, at time.Time) (int64, error) {
	snap, err := e.Snapshot(ctx, at)
	if err != nil {
		return 0, err
	}
	return snap.Generation, nil
}

type acceptBody struct {
	Reason   string `json:"reason" minLength:"3" maxLength:"2000" doc:"Why this is right for now."`
	Approver string `json:"approver,omitempty" maxLength:"400" doc:"Who agreed: the caller, where it is left out, or users who may accept findings, by name or mail address. Of a critical finding somebody else than its owner and the caller. The only user may name anybody."`
	Until    string `json:"until" maxLength:"40" doc:"A date, or a time from now such as 30d; a year at most."`
}

func (s *Server) acceptance(b acceptBody, pointer string) (engine.Acceptance, error) {
	a := engine.Acceptance{Reason: b.Reason, Approver: b.Approver}
	if b.Until == "" {
		return a, nil // the engine says that it is needed
	}
	if d, err := drover.ParseDuration(b.Until); err == nil {
		a.Until = s.o.Now().Add(d)
		return a, nil
	}
	t, err := parseMoment(b.Until, s.o.Now())
	if err != nil {
		return a, refuse("invalid", "until: write a date such as 2027-01-31, or a time from now such as 30d", Fault{Pointer: pointer, Detail: "this is no date"})
	}
	a.Until = t
	return a, nil
}

func (s *Server) finding(ctx context.Context, in *NodeParams) (*findingView, error) {
	return of(ctx, s, *in, func(e *engine.Engine, at time.Time) (*findingView, error) {
		f, err := e.FindFinding(ctx, in.ID, at)
		if err != nil {
			return nil, err
		}
		return &findingView{"drover/v1/finding", *f}, nil
	})
}

// findingNow is a finding as it is at this very moment: who accepts it decides about
// what they have read, not about what it grew to since.
func (s *Server) findingNow(ctx context.Context, id string) (any, error) {
	if err := s.as(ctx).Refresh(ctx); err != nil {
		return nil, err
	}
	return s.finding(ctx, &NodeParams{ID: id})
}

// addDecisions adds what people decide about findings.
func (s *Server) addDecisions() {
	type acceptIn struct {
		ID   string `path:"id" maxLength:"400" doc:"The short id of the finding, or its beginning." example:"F-7K2"`
		Body acceptBody
	}
	decide := func(ctx context.Context, id string, do func(e *engine.Engine, list []drover.Finding) error, v decisionView) (*decisionView, error) {
		e := s.as(ctx)
		f, err := e.FindFinding(ctx, id, time.Time{})
		if err != nil {
			return nil, err
		}
		if err := do(e, []drover.Finding{*f}); err != nil {
			return nil, err
		}
		v.Schema, v.Findings = "drover/v1/decision", []string{f.ID()}
		return &v, nil
	}
	add(s, route[acceptIn, decisionView]{Method: "POST", Path: "/findings/{id}:accept", ID: "accept_finding", Tag: "Findings", Short: "Live with a finding until a date", CLI: "drover finding accept FINDING --reason WHY --approver WHO --until DATE", Action: authz.FindingDecide, Acting: true, Loose: true,
		Current: func(ctx context.Context, in *acceptIn) (any, error) { return s.findingNow(ctx, in.ID) },
		Do: func(ctx context.Context, in *acceptIn) (*decisionView, error) {
			a, err := s.acceptance(in.Body, "/body/until")
			if err != nil {
				return nil, err
			}
			until := a.Until.UTC().Format(time.RFC3339)
			return decide(ctx, in.ID, func(e *engine.Engine, list []drover.Finding) error { return e.Accept(ctx, list, a) }, decisionView{Decision: "accept", Until: &until})
		}})
	type reopenIn struct {
		ID   string `path:"id" maxLength:"400" doc:"The short id of the finding, or its beginning." example:"F-7K2"`
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Why it is to be acted on after all."`
		}
	}
	add(s, route[reopenIn, decisionView]{Method: "POST", Path: "/findings/{id}:reopen", ID: "reopen_finding", Tag: "Findings", Short: "End the acceptance of a finding", CLI: "drover finding reopen FINDING", Action: authz.FindingDecide, Acting: true, Loose: true,
		Current: func(ctx context.Context, in *reopenIn) (any, error) { return s.findingNow(ctx, in.ID) },
		Do: func(ctx context.Context, in *reopenIn) (*decisionView, error) {
			return decide(ctx, in.ID, func(e *engine.Engine, list []drover.Finding) error { return e.Reopen(ctx, list, in.Body.Reason) }, decisionView{Decision: "reopen"})
		}})
	type assignIn struct {
		ID   string `path:"id" maxLength:"400" doc:"The short id of the finding, or its beginning." example:"F-7K2"`
		Body struct {
			To string `json:"to" maxLength:"256" doc:"A person or a team; empty: nobody any more."`
		}
	}
	add(s, route[assignIn, decisionView]{Method: "POST", Path: "/findings/{id}:assign", ID: "assign_finding", Tag: "Findings", Short: "Ask somebody to act on a finding", CLI: "drover finding assign FINDING --to SOMEBODY", Action: authz.FindingAssign, Acting: true, Loose: true,
		Current: func(ctx context.Context, in *assignIn) (any, error) { return s.findingNow(ctx, in.ID) },
		Do: func(ctx context.Context, in *assignIn) (*decisionView, error) {
			return decide(ctx, in.ID, func(e *engine.Engine, list []drover.Finding) error { return e.Assign(ctx, list, in.Body.To) }, decisionView{Decision: "assign", To: in.Body.To})
		}})
	add(s, route[batchIn, engine.BatchResult]{Method: "POST", Path: "/findings:batch", ID: "batch_findings", Tag: "Findings", Short: "Decide about many findings at once", Doc: "By ids, a thousand at most, or by a filter. Each item has its own outcome. What was done can be taken back for ten minutes: POST /operations/{id}:undo. With preview nothing is decided.",
		Action: authz.FindingAssign, Or: []authz.Action{authz.FindingDecide}, Acting: true, Status: http.StatusMultiStatus, Do: s.batchFindings})
	add(s, route[runChecksIn, checkRunView]{Method: "POST", Path: "/checks:run", ID: "run_checks", Tag: "Findings", Short: "Run checks, as an operation", CLI: "drover check", Action: authz.ScanRun, Acting: true, Status: http.StatusAccepted,
		Do: func(ctx context.Context, in *runChecksIn) (*checkRunView, error) {
			var ids []string
			if in.Body != nil {
				ids = in.Body.Checks
			}
			op, err := s.as(ctx).StartCheck(ctx, ids...)
			return located(ctx, op, err)
		}})
}

type runChecksIn struct {
	Body *checksBody
}

// checksBody says which checks are run.
type checksBody struct {
	Checks []string `json:"checks,omitempty" maxItems:"500" doc:"Ids; without them, all."`
}

// checkRunView is an operation that was begun.
type checkRunView = engine.Operation

// located tells where an operation that was begun is found.
func located(ctx context.Context, op *engine.Operation, err error) (*engine.Operation, error) {
	if err != nil {
		return nil, err
	}
	if x := exchangeOf(ctx); x != nil {
		x.Header().Set("Location", Base+"/operations/"+op.ID)
	}
	return op, nil
}

type batchIn struct {
	Body struct {
		Action  string   `json:"action" enum:"accept,reopen,assign"`
		IDs     []string `json:"ids,omitempty" maxItems:"1000" doc:"Of findings; or filter."`
		Filter  *string  `json:"filter,omitempty" maxLength:"8192" doc:"Every finding that it keeps, as GET /findings lists them."`
		Preview bool     `json:"preview,omitempty" doc:"Count and say what would be refused, and decide nothing."`
		To      string   `json:"to,omitempty" maxLength:"256" doc:"Of assign."`
		Reason  string   `json:"reason,omitempty" maxLength:"2000" doc:"Of accept and reopen."`

		Approver string `json:"approver,omitempty" maxLength:"400" doc:"Of accept."`
		Until    string `json:"until,omitempty" maxLength:"40" doc:"Of accept."`
	}
}

func (s *Server) batchFindings(ctx context.Context, in *batchIn) (*engine.BatchResult, error) {
	b := in.Body
	e, err := s.acting(ctx, map[string]authz.Action{"accept": authz.FindingDecide, "reopen": authz.FindingDecide, "assign": authz.FindingAssign}[b.Action])
	if err != nil {
		return nil, err
	}
	q := engine.BatchRequest{Action: b.Action, IDs: b.IDs, To: b.To, Only: b.Preview}
	if b.Filter != nil {
		q.All, q.Filter = true, *b.Filter
	}
	if q.Accept, err = s.acceptance(acceptBody{b.Reason, b.Approver, b.Until}, "/body/until"); err != nil {
		return nil, err
	}
	v, err := e.Batch(ctx, q)
	return v, bodyFault(err)
}

// bodyFault says of a filter in a body what listFault says of one in a query.
func bodyFault(err error) error {
	if bad, ok := errors.AsType[*filter.SyntaxError](err); ok {
		f := filterFault(bad)
		f.Pointer = "/body/filter"
		return refuse("filter_invalid", said(err), f)
	}
	return err
}

// A checkItem is one check, as its page says, and what it finds today.
type checkItem struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Area       check.Area      `json:"area"`
	Severity   drover.Severity `json:"severity"`
	State      string          `json:"state"` // on, off, changed: the house says otherwise than what is shipped
	Reason     string          `json:"reason"`
	Controls   []string        `json:"controls"`
	Systems    []string        `json:"systems"` // empty: all
	Fix        []string        `json:"fix"`
	Open       int             `json:"open"`
	Accepted   int             `json:"accepted"`
	Why        string          `json:"why"`
	How        string          `json:"how"`
	False      string          `json:"false"` // when it fires although all is well
	References []string        `json:"references"`
}

// checkView is one check.
type checkView struct {
	Schema string    `json:"schema"`
	Check  checkItem `json:"check"`
}

// addChecks adds what is looked for.
func (s *Server) addChecks() {
	addList(s, list[ListParams]{Path: "/checks", ID: "list_checks", Tag: "Findings", Short: "List the checks, and how much each finds", Doc: "The checks are those of today; open and accepted are counted at the moment that is asked for.", CLI: "drover policy list", Action: authz.FindingRead, Noun: "checks", Item: checkItem{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := asIs(in); err != nil {
				return nil, err
			}
			all, gen, err := s.checks(ctx, in.at)
			if err != nil {
				return nil, err
			}
			return whole(gen, all), nil
		}})
	type checkIn struct {
		ID string `path:"id" maxLength:"200" doc:"The id of the check."`
		AsOfParam
	}
	add(s, route[checkIn, checkView]{Method: "GET", Path: "/checks/{id}", ID: "get_check", Tag: "Findings", Short: "Show one check", Action: authz.FindingRead,
		Do: func(ctx context.Context, in *checkIn) (*checkView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			all, _, err := s.checks(ctx, at)
			if err != nil {
				return nil, err
			}
			for _, c := range all {
				if c.ID == in.ID {
					return &checkView{"drover/v1/check_page", c}, nil
				}
			}
			return nil, fmt.Errorf("there is no check %q: %w", clean(in.ID), drover.ErrNotFound)
		}})
}

// checks lists the checks of today, with what they had found at a moment.
func (s *Server) checks(ctx context.Context, asOf time.Time) ([]checkItem, int64, error) {
	e := s.as(ctx)
	gen, err := s.generationOf(ctx, e, asOf)
	if err != nil {
		return nil, 0, err
	}
	list, _, err := e.Findings(ctx, engine.FindingQuery{Filter: engine.HoldingFilter, AsOf: asOf})
	if err != nil {
		return nil, 0, err
	}
	open, accepted := map[string]int{}, map[string]int{}
	for i := range list {
		if list[i].State == drover.FindingAccepted {
			accepted[list[i].Check]++
		} else {
			open[list[i].Check]++
		}
	}
	policy := map[string]engine.PolicyItem{}
	for _, p := range e.Policy() {
		policy[p.ID] = p
	}
	var out []checkItem
	for _, c := range e.AllChecks() {
		v := checkItem{ID: c.ID, Title: c.Title, Area: c.Area, Severity: c.Severity, State: "on", Controls: some(c.Controls), Systems: some(c.Systems), Fix: some(c.Fix), Open: open[c.ID], Accepted: accepted[c.ID],
			Why: c.Why, How: c.How, False: c.False, References: some(c.References)}
		if p, ok := policy[c.ID]; ok {
			v.State, v.Reason, v.Severity = p.State, p.Reason, p.Severity
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b checkItem) int { return strings.Compare(a.ID, b.ID) })
	return out, gen, nil
}

// some is a list that is written as one where it is empty.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
