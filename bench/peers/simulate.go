package peers

import (
	"fmt"

	"github.com/droverhq/drover/internal/realtest"
)

// A simulator asks iam-simulate, in its own process.
type simulator struct {
	*realtest.Simulator
	questions [][2]any
}

func newSimulator(s *realtest.Simulator, w *workload, validated bool) (*simulator, error) {
	var sims []any
	for i := range w.principals {
		p := &w.principals[i]
		named := func(name string, s []statement) any {
			return map[string]any{"name": name, "policy": awsDocument(s)}
		}
		var scps []any
		for l, s := range p.scps {
			id := fmt.Sprintf("level%d", l)
			scps = append(scps, map[string]any{"orgIdentifier": id, "policies": []any{named(id, s)}})
		}
		sims = append(sims, map[string]any{
			"identityPolicies": []any{named("identity", p.identity)}, "permissionBoundaryPolicies": []any{named("boundary", p.boundary)},
			"serviceControlPolicies": scps, "resourceControlPolicies": []any{},
		})
	}
	var kept struct{ Kept int }
	if err := s.Ask(map[string]any{"policies": sims, "validated": validated}, &kept); err != nil {
		return nil, err
	}
	if kept.Kept != len(sims) {
		return nil, fmt.Errorf("iam-simulate kept %d of %d", kept.Kept, len(sims))
	}
	e := &simulator{Simulator: s}
	for i := range w.requests {
		r := &w.requests[i]
		e.questions = append(e.questions, [2]any{r.principal, map[string]any{
			"principal": w.principals[r.principal].arn, "action": r.action,
			"resource":         map[string]string{"resource": r.resource, "accountId": account},
			"contextVariables": contextOf(&w.principals[r.principal], r),
		}})
	}
	return e, nil
}

// decide answers the first n requests and says how much processor time the other
// process used.
func (e *simulator) decide(n int) (allowed []bool, seconds float64, err error) {
	var got struct {
		Results []string
		CPU     float64 `json:"cpu_us"`
	}
	if err := e.Ask(map[string]any{"ask": e.questions[:n]}, &got); err != nil {
		return nil, 0, err
	}
	for i, r := range got.Results {
		switch r {
		case "Allowed":
			allowed = append(allowed, true)
		case "ExplicitlyDenied", "ImplicitlyDenied":
			allowed = append(allowed, false)
		default:
			return nil, 0, fmt.Errorf("request %d (%v): iam-simulate says %s", i, e.questions[i], r)
		}
	}
	return allowed, got.CPU / 1e6, nil
}

// contextOf are the condition keys of a request, as AWS writes them.
func contextOf(p *principal, r *request) map[string]string {
	c := map[string]string{
		"aws:PrincipalArn": p.arn, "aws:PrincipalAccount": account, "aws:PrincipalType": "User", "aws:username": p.name, "aws:PrincipalTag/team": p.team,
		"aws:RequestedRegion": r.region, "aws:SourceIp": r.ip, "aws:SecureTransport": fmt.Sprint(r.tls), "aws:MultiFactorAuthPresent": fmt.Sprint(r.mfa),
	}
	if r.mfaAge >= 0 {
		c["aws:MultiFactorAuthAge"] = fmt.Sprint(r.mfaAge)
	}
	if r.vpce != "" {
		c["aws:SourceVpce"] = r.vpce
	}
	return c
}

// awsDocument writes statements as a policy document.
func awsDocument(statements []statement) any {
	var list []any
	for _, s := range statements {
		m := map[string]any{"Effect": "Allow", "Action": s.actions, "Resource": s.resources}
		if s.deny {
			m["Effect"] = "Deny"
		}
		if len(s.conds) > 0 {
			conds := map[string]map[string][]string{}
			for _, c := range s.conds {
				if conds[c.op] == nil {
					conds[c.op] = map[string][]string{}
				}
				conds[c.op][c.key] = c.values
			}
			m["Condition"] = conds
		}
		list = append(list, m)
	}
	return map[string]any{"Version": "2012-10-17", "Statement": list}
}
