package peers

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// A cedarEngine holds one policy set per principal, so that no request meets the
// policies of others: the form that Cedar is fastest in.
type cedarEngine struct {
	sets     []*cedar.PolicySet
	requests []cedar.Request
	owner    []int
	entities cedar.EntityMap
}

// contextName is what a condition key is called in Cedar's context.
var contextName = map[string]string{
	"aws:RequestedRegion": "region", "aws:PrincipalTag/team": "team", "aws:SourceIp": "ip", "aws:SecureTransport": "tls",
	"aws:MultiFactorAuthPresent": "mfa", "aws:MultiFactorAuthAge": "mfaAge", "aws:SourceVpce": "vpce",
}

func newCedar(w *workload) (*cedarEngine, error) {
	e := &cedarEngine{entities: cedar.EntityMap{}}
	for i := range w.principals {
		set, err := cedar.NewPolicySetFromBytes(w.principals[i].name, []byte(cedarPolicies(&w.principals[i])))
		if err != nil {
			return nil, fmt.Errorf("write the policies of %s for Cedar: %w", w.principals[i].name, err)
		}
		e.sets = append(e.sets, set)
	}
	for i := range w.requests {
		r, p := &w.requests[i], &w.principals[w.requests[i].principal]
		action := strings.ToLower(r.action) // AWS compares actions in any case
		record := types.RecordMap{
			"action": types.String(action), "resource": types.String(r.resource), "region": types.String(r.region), "team": types.String(p.team),
			"ip": types.IPAddr(netip.PrefixFrom(netip.MustParseAddr(r.ip), 32)), "tls": types.Boolean(r.tls), "mfa": types.Boolean(r.mfa),
		}
		if r.mfaAge >= 0 {
			record["mfaAge"] = types.Long(r.mfaAge)
		}
		if r.vpce != "" {
			record["vpce"] = types.String(r.vpce)
		}
		e.owner = append(e.owner, r.principal)
		e.requests = append(e.requests, cedar.Request{
			Principal: types.NewEntityUID("User", types.String(p.name)), Action: types.NewEntityUID("Action", types.String(action)),
			Resource: types.NewEntityUID("Resource", types.String(r.resource)), Context: types.NewRecord(record),
		})
	}
	return e, nil
}

func (e *cedarEngine) decide(i int) bool {
	ok, _ := cedar.Authorize(e.sets[e.owner[i]], e.entities, e.requests[i])
	return ok == cedar.Allow
}

// cedarPolicies writes what binds a principal: its statements, and what the
// boundary and each level of the organization do not allow is forbidden.
func cedarPolicies(p *principal) string {
	var b strings.Builder
	for _, s := range p.identity {
		b.WriteString(cedarStatement(s))
	}
	for _, guard := range append([][]statement{p.boundary}, p.scps...) {
		var allowed []string
		for _, s := range guard {
			if s.deny {
				b.WriteString(cedarStatement(s))
				continue
			}
			allowed = append(allowed, "("+cedarMatch(s, true)+")")
		}
		if !strings.Contains(strings.Join(allowed, ""), "(true)") {
			fmt.Fprintf(&b, "forbid (principal, action, resource) unless { %s };\n", strings.Join(allowed, " || "))
		}
	}
	return b.String()
}

func cedarStatement(s statement) string {
	effect, scope, exact := "permit", "action", true
	if s.deny {
		effect = "forbid"
	}
	var ids []string
	for _, a := range s.actions {
		exact = exact && !strings.Contains(a, "*")
		ids = append(ids, "Action::"+strconv.Quote(strings.ToLower(a)))
	}
	if exact { // actions without wildcards go where Cedar looks first
		scope = "action in [" + strings.Join(ids, ", ") + "]"
	}
	match := cedarMatch(s, !exact)
	if match == "true" {
		return fmt.Sprintf("%s (principal, %s, resource);\n", effect, scope)
	}
	return fmt.Sprintf("%s (principal, %s, resource) when { %s };\n", effect, scope, match)
}

func cedarMatch(s statement, actions bool) string {
	var all []string
	any := func(field string, patterns []string, lower bool) {
		var or []string
		for _, p := range patterns {
			if p == "*" {
				return
			}
			if lower {
				p = strings.ToLower(p)
			}
			op := "like"
			if !strings.Contains(p, "*") {
				op = "=="
			}
			or = append(or, fmt.Sprintf("context.%s %s %q", field, op, p))
		}
		all = append(all, "("+strings.Join(or, " || ")+")")
	}
	if actions {
		any("action", s.actions, true)
	}
	any("resource", s.resources, false)
	for _, c := range s.conds {
		all = append(all, cedarCond(c))
	}
	if len(all) == 0 {
		return "true"
	}
	return strings.Join(all, " && ")
}

func cedarCond(c cond) string {
	name := contextName[c.key]
	var or []string
	for _, v := range c.values {
		switch c.op {
		case "StringEquals":
			or = append(or, fmt.Sprintf("context.%s == %q", name, v))
		case "StringLike":
			or = append(or, fmt.Sprintf("context.%s like %q", name, v))
		case "Bool":
			or = append(or, fmt.Sprintf("context.%s == %s", name, v))
		case "IpAddress":
			or = append(or, fmt.Sprintf("context.%s.isInRange(ip(%q))", name, v))
		case "NumericLessThan":
			or = append(or, fmt.Sprintf("context.%s < %s", name, v))
		}
	}
	return fmt.Sprintf("(context has %s && (%s))", name, strings.Join(or, " || "))
}
