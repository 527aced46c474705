package peers

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

//go:embed iam.rego
var regoModule string

// An opaEngine holds one prepared query over the policies of all principals,
// which a request finds its own in by name, and every input parsed beforehand.
type opaEngine struct {
	query  rego.PreparedEvalQuery
	inputs []ast.Value
}

func newOPA(ctx context.Context, w *workload) (*opaEngine, error) {
	all := map[string]any{}
	for i := range w.principals {
		p := &w.principals[i]
		scps := []any{}
		for _, s := range p.scps {
			scps = append(scps, opaStatements(s))
		}
		all[p.name] = map[string]any{"identity": opaStatements(p.identity), "boundary": opaStatements(p.boundary), "scps": scps}
	}
	store := inmem.NewFromObjectWithOpts(map[string]any{"principals": all}, inmem.OptReturnASTValuesOnRead(true), inmem.OptRoundTripOnWrite(true))
	query, err := rego.New(rego.Query("data.iam.allow"), rego.Module("iam.rego", regoModule), rego.Store(store)).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("prepare the query: %w", err)
	}
	e := &opaEngine{query: query}
	for i := range w.requests {
		r, p := &w.requests[i], &w.principals[w.requests[i].principal]
		keys := map[string]any{}
		for k, v := range contextOf(p, r) {
			keys[k] = v
		}
		v, err := ast.InterfaceToValue(map[string]any{"principal": p.name, "action": strings.ToLower(r.action), "resource": r.resource, "context": keys})
		if err != nil {
			return nil, fmt.Errorf("write a request for OPA: %w", err)
		}
		e.inputs = append(e.inputs, v)
	}
	return e, nil
}

func (e *opaEngine) decide(ctx context.Context, i int) (bool, error) {
	got, err := e.query.Eval(ctx, rego.EvalParsedInput(e.inputs[i]))
	if err != nil {
		return false, fmt.Errorf("ask OPA: %w", err)
	}
	return got.Allowed(), nil
}

func opaStatements(statements []statement) map[string]any {
	allow, deny := []any{}, []any{}
	for _, s := range statements {
		var actions []string
		for _, a := range s.actions {
			actions = append(actions, strings.ToLower(a))
		}
		conds := []any{}
		for _, c := range s.conds {
			conds = append(conds, map[string]any{"op": c.op, "key": c.key, "values": c.values})
		}
		m := map[string]any{"actions": actions, "resources": s.resources, "conditions": conds}
		if s.deny {
			deny = append(deny, m)
		} else {
			allow = append(allow, m)
		}
	}
	return map[string]any{"allow": allow, "deny": deny}
}
