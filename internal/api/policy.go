package api

import (
	"context"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// ruleView is a check as readers of findings know it.
type ruleView struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Area       string          `json:"area"`
	Severity   drover.Severity `json:"severity"`
	Controls   []string        `json:"controls"`
	Why        string          `json:"why"`
	How        string          `json:"how"`
	False      string          `json:"false"`
	References []string        `json:"references"`
	Failed     string          `json:"failed"` // why it could not look; "": it did
}

// checkRunHead is what stands beside the findings of the last run.
type checkRunHead struct {
	Schema string     `json:"schema"`
	At     *time.Time `json:"at"`    // null: no check was run yet
	Rules  []ruleView `json:"rules"` // that were asked, also those that found nothing
	Gaps   []string   `json:"gaps"`  // what could not be looked at
}

// addPolicy adds what the house asks of the estate.
func (s *Server) addPolicy() {
	add(s, route[AsOfParam, checkRunHead]{Method: "GET", Path: "/check-runs/latest", ID: "latest_check_run", Tag: "Findings", Short: "Say when checks ran last, and which", Action: authz.FindingRead, Do: s.lastCheck})
	type pastIn struct {
		AsOfParam
		Check []string `query:"check" maxItems:"500" doc:"Ids; without them, all."`
	}
	add(s, route[pastIn, checkPast]{Method: "GET", Path: "/checks:past", ID: "check_past", Tag: "Findings", Short: "Run checks over the estate of a moment", Doc: "What they would have found then, by what is known now. Nothing of it is kept; GET /findings with as_of is what was found then.", CLI: "drover check --as-of TIME", Action: authz.ScanRun,
		Do: func(ctx context.Context, in *pastIn) (*checkPast, error) {
			return s.checkPast(ctx, in.AsOfParam, in.Check)
		}})
	addList(s, list[ListParams]{Path: "/policy-items", ID: "list_policy_items", Tag: "Policy", Short: "List everything that is asked of the estate, and by which line", Doc: "overrides: intervals of rotation that the house sets otherwise than what is shipped.", CLI: "drover policy list", Action: authz.PolicyRead, Noun: "policy_items", Item: engine.PolicyItem{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			f := whole(0, s.as(ctx).Policy())
			f.More = []field{{"overrides", s.as(ctx).Overrides(ctx)}}
			return f, nil
		}})
	addList(s, list[ListParams]{Path: "/policy-faults", ID: "list_policy_faults", Tag: "Policy", Short: "List what of the policies does nothing, or not what was meant", CLI: "drover policy lint", Action: authz.PolicyRead, Noun: "policy_faults", Item: engine.PolicyFault{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).PolicyLint(ctx)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	type testsIn struct {
		Check []string `query:"check" maxItems:"100" doc:"Ids of checks and assertions; without it, all that the house wrote."`
		ListParams
	}
	addList(s, list[testsIn]{Path: "/policy-tests", ID: "list_policy_tests", Tag: "Policy", Short: "Try the examples and assertions of the house", Doc: "Nothing is kept.", CLI: "drover policy test", Action: authz.PolicyRead, Noun: "policy_tests", Item: engine.PolicyTest{},
		Find: func(ctx context.Context, in *testsIn) (*found, error) {
			if err := ofNow(&in.ListParams); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).PolicyTest(ctx, in.Check)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	add(s, route[struct{}, engine.StoreSize]{Method: "GET", Path: "/store", ID: "store_size", Tag: "Server", Short: "Say how large the store and its history are", CLI: "drover store size", Action: authz.SettingsRead,
		Do: func(ctx context.Context, _ *struct{}) (*engine.StoreSize, error) { return s.as(ctx).StoreSize(ctx) }})
}

// checkPast is a run of checks over the past, with all that it found.
type checkPast struct {
	Schema   string              `json:"schema"`
	Run      *engine.CheckResult `json:"run"`
	Findings []drover.Finding    `json:"findings"`
	Fixes    []*engine.FixItem   `json:"fixes"`
	Rules    []ruleView          `json:"rules"` // the checks that were asked
}

func (s *Server) checkPast(ctx context.Context, at AsOfParam, ids []string) (*checkPast, error) {
	asOf, err := s.moment(ctx, at)
	if err != nil {
		return nil, err
	}
	if asOf.IsZero() {
		return nil, refuse("invalid", "as_of: say of which moment; POST /checks:run asks the present", Fault{Pointer: "/query/as_of", Detail: "it is missing"})
	}
	r, err := s.as(ctx).Check(ctx, engine.CheckOptions{IDs: ids, AsOf: asOf})
	if err != nil {
		return nil, err
	}
	return &checkPast{Schema: "drover/v1/check_past", Run: r, Findings: some(r.List()), Fixes: some(r.AllFixes()), Rules: ruleViews(r.Head(0).Rules)}, nil
}

func ruleViews(list []export.Rule) []ruleView {
	out := []ruleView{}
	for _, r := range list {
		out = append(out, ruleView{ID: r.ID, Title: r.Title, Area: r.Area, Severity: r.Severity, Controls: some(r.Controls), Why: r.Why, How: r.How, False: r.False, References: some(r.References), Failed: r.Failed})
	}
	return out
}

func (s *Server) lastCheck(ctx context.Context, in *AsOfParam) (*checkRunHead, error) {
	e := s.as(ctx)
	asOf, err := s.moment(ctx, *in)
	if err != nil {
		return nil, err
	}
	at, err := e.LastCheck(ctx, asOf)
	if err != nil {
		return nil, err
	}
	h, err := e.FindingHead(ctx, engine.FindingQuery{AsOf: asOf})
	if err != nil {
		return nil, err
	}
	v := &checkRunHead{Schema: "drover/v1/check_run", Rules: ruleViews(h.Rules), Gaps: some(h.Gaps)}
	if !at.IsZero() {
		v.At = &at
	}
	return v, nil
}
