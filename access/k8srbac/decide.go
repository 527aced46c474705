package k8srbac

import (
	"fmt"
	"strconv"

	"github.com/droverhq/drover/access"
)

// Allowed answers without a proof.
func (p *Policy) Allowed(w Who, q *Request) bool {
	if w.Masters() {
		return true
	}
	_, _, ok := p.find(p.users[w.User], q)
	for i := 0; i < len(w.Groups) && !ok; i++ {
		_, _, ok = p.find(p.group[w.Groups[i]], q)
	}
	return ok
}

// find is the first binding and rule of a list that allows.
func (p *Policy) find(list []int32, q *Request) (binding, rule int, ok bool) {
	for _, i := range list {
		if rule, ok := p.rule(int(i), q); ok {
			return int(i), rule, true
		}
	}
	return 0, 0, false
}

// rule is the first rule of a binding's role that allows the request there.
func (p *Policy) rule(i int, q *Request) (int, bool) {
	if !p.Bindings[i].Reaches(q) || p.role[i] < 0 {
		return 0, false
	}
	rules := p.Roles[p.role[i]].Rules
	for k := range rules {
		if rules[k].Allows(q) {
			return k, true
		}
	}
	return 0, false
}

// Reaches reports whether a binding counts for a request: a RoleBinding only for
// resources in its namespace, a ClusterRoleBinding for all.
func (b *Binding) Reaches(q *Request) bool {
	return b.Namespace == "" || q.Path == "" && q.Namespace == b.Namespace
}

// Decide answers as the API server's RBAC authorizer does, with the bindings and
// rules that allow. Who is in system:masters is allowed everything.
//
// A user that the Node authorizer may allow more is answered as RBAC alone does;
// what RBAC does not allow it is then Unknown.
func (p *Policy) Decide(w Who, q *Request) access.Decision {
	if w.Masters() {
		return access.Decision{Verdict: access.Allow, Proof: []access.Proof{{Effect: "allow", Text: "members of system:masters pass by all authorization"}}}
	}
	if proof := p.ways(w, q); proof != nil {
		return access.Decision{Verdict: access.Allow, Proof: proof}
	}
	if w.Node() {
		return access.Decision{Verdict: access.Unknown, Proof: []access.Proof{{Text: "no RBAC rule allows it; the Node authorizer, which is not evaluated, may allow a kubelet what its own pods need"}}}
	}
	return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Effect: "deny", Text: p.nothing(w)}}}
}

// nothing says why nobody's rule allows something.
func (p *Policy) nothing(w Who) string {
	switch n := len(p.Of(w)); n {
	case 0:
		return fmt.Sprintf("no binding applies to %q", cut(w.User))
	case 1:
		return fmt.Sprintf("no rule of the one binding that applies to %q allows it", cut(w.User))
	default:
		return fmt.Sprintf("no rule of the %d bindings that apply to %q allows it", n, cut(w.User))
	}
}

// maxWays is how many rules that each allow the same a proof names.
const maxWays = 8

// ways are the bindings and rules that allow a request; where there are several,
// each is enough, and the proof says so. Nil: none does.
func (p *Policy) ways(w Who, q *Request) []access.Proof {
	var proof []access.Proof
	n := 0
	for _, i := range p.Of(w) {
		if !p.Bindings[i].Reaches(q) || p.role[i] < 0 {
			continue
		}
		rules := p.Roles[p.role[i]].Rules
		for k := range rules {
			if !rules[k].Allows(q) {
				continue
			}
			if n++; n <= maxWays {
				proof = append(proof, p.Proof(i, k)...)
			}
		}
	}
	if n > 1 {
		proof = append(proof, access.Proof{Text: fmt.Sprintf("%d rules allow it, each of them by itself", n)})
	}
	return proof
}

// Proof names a binding and one rule of its role.
func (p *Policy) Proof(binding, rule int) []access.Proof {
	b, r := &p.Bindings[binding], p.Role(binding)
	where := "everywhere"
	if b.Namespace != "" {
		where = "in namespace " + strconv.Quote(cut(b.Namespace))
	}
	return []access.Proof{
		{Ref: b.Ref, Effect: "allow", Text: fmt.Sprintf("%s %s gives %s %s %s", b.Kind(), strconv.Quote(cut(b.Name)), r.Kind(), strconv.Quote(cut(r.Name)), where)},
		{Ref: r.Ref, Statement: strconv.Itoa(rule), Effect: "allow", Text: cut("rule " + r.Rules[rule].String())},
	}
}

// cut bounds a text of a scanned system in a sentence.
func cut(s string) string {
	const most = 512
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
