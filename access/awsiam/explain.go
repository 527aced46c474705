package awsiam

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover/access"
)

// A reason is a truth with what it rests on.
type reason struct {
	t     tri
	cond  *expr          // of maybe
	proof []access.Proof // of no: what is missing
}

// Explain answers r with the residual condition and the proof.
func (p *Profile) Explain(r *Request) access.Decision {
	var q query
	q.init(r)
	if q.free() {
		return access.Decision{Verdict: access.Allow, Proof: []access.Proof{{Text: "sts:GetCallerIdentity needs no permission and cannot be denied"}}}
	}
	if text := q.unchangeable(); text != "" {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Effect: "deny", Text: text}}}
	}
	x := explainer{environment: p.environment(&q, r), q: &q}
	return x.decision()
}

type explainer struct {
	environment
	q *query
}

func (x *explainer) decision() access.Decision {
	var conds []*expr
	var proof, denies []access.Proof
	for _, l := range x.layers() {
		for _, name := range l.unread {
			conds = append(conds, negate(leaf("Unread", "denies", []string{name})))
			proof = append(proof, access.Proof{Text: name + " was not read: it may deny"})
		}
		for i := range l.binds {
			b := &l.binds[i]
			if !b.deny || !b.actions.has(x.q) {
				continue
			}
			t := b.hold(l.kind, x.q)
			if t == no {
				continue
			}
			if t == yes {
				denies = append(denies, x.statement(l, b, "deny", "denies "+x.what()))
				continue
			}
			conds = append(conds, negate(x.residual(l, b)))
			proof = append(proof, x.statement(l, b, "deny", "denies "+x.what()+" under its condition"))
		}
	}
	if len(denies) > 0 {
		return access.Decision{Verdict: access.Deny, Proof: denies}
	}
	if x.ResourceUnread {
		return access.Decision{Verdict: access.Unknown, Proof: []access.Proof{{Text: "the resource policy of " + clip(x.Resource) + " was not read"}}}
	}
	a := x.allowed()
	switch {
	case a.t == no && x.mayAllow(x.q):
		return access.Decision{Verdict: access.Unknown, Proof: append(a.proof, x.notRead()...)}
	case a.t == no:
		return access.Decision{Verdict: access.Deny, Proof: a.proof}
	case a.t == yes && len(conds) == 0:
		return access.Decision{Verdict: access.Allow, Proof: a.proof}
	}
	cond := conj(append([]*expr{a.cond}, conds...)...)
	return access.Decision{Verdict: access.Conditional, Condition: cond.attrs(), Proof: append(a.proof, proof...)}
}

// notRead names the documents without which nothing is decided.
func (x *explainer) notRead() (out []access.Proof) {
	for _, l := range x.layers() {
		for _, name := range l.unread {
			out = append(out, access.Proof{Text: name + " was not read: it may allow " + x.what()})
		}
	}
	return out
}

// what is the request in words.
func (x *explainer) what() string {
	action := x.Action
	if x.q.id >= 0 {
		action = catalogue().actions[x.q.id].Name
	}
	if x.Resource == "*" || x.Resource == "" {
		return clip(action)
	}
	return clip(action) + " on " + clip(x.Resource)
}

func (x *explainer) statement(l *layer, b *bound, effect, text string) access.Proof {
	at := l.at(b)
	label := at.Doc.statements[b.index].label()
	return access.Proof{Ref: at.Ref, Statement: label, Effect: effect, Text: fmt.Sprintf("statement %s of %s %s", label, l.title(at), text)}
}

// title is what a reader calls the document.
func (l *layer) title(at *Attached) string {
	name := clip(at.Name)
	if name == "" {
		name = string(at.Ref)
	}
	kind := map[layerKind]string{
		identityLayer: "policy", boundaryLayer: "permissions boundary", sessionLayer: "session policy", scpLayer: "service control policy",
		rcpLayer: "resource control policy", resourceLayer: "resource policy", endpointLayer: "VPC endpoint policy",
	}[l.kind]
	if name == "" {
		return "the " + kind
	}
	if l.kind == resourceLayer && strings.HasPrefix(name, "trust policy") {
		return "the " + name // of a role it is called so
	}
	return kind + " " + name
}

func (x *explainer) residual(l *layer, b *bound) *expr {
	var list []*expr
	if _, t := b.matchPrincipal(l.kind, x.q); t == maybe {
		st := l.at(b).Doc.statements[b.index]
		list = append(list, b.principalExpr(&st))
	}
	return conj(append(list, b.rule.residual(x.q))...)
}

func (r *rule) principalExpr(st *Statement) *expr {
	key, from := "Principal", st.Principals
	if r.notPrincipal {
		key, from = "NotPrincipal", st.NotPrincipals
	}
	var ids []string
	for _, p := range from {
		ids = append(ids, p.ID)
	}
	return leaf(key, "AWS", ids)
}

// grants is how a layer allows, restricted to one closeness; any if c is notNamed.
func (x *explainer) grants(l *layer, c closeness) reason {
	out := reason{}
	var conds []*expr
	var more int
	for i := range l.binds {
		b := &l.binds[i]
		if b.deny || !b.actions.has(x.q) {
			continue
		}
		by, t := b.matchPrincipal(l.kind, x.q)
		if c != notNamed {
			t = by[c]
		}
		switch t = b.weigh(t, x.q); {
		case t == no:
		case t == yes && out.t == yes:
			more++
		case t == yes:
			out = reason{t: yes, proof: []access.Proof{x.statement(l, b, "allow", "allows "+x.what())}}
		case out.t != yes:
			out.t = maybe
			conds = append(conds, x.residual(l, b))
			out.proof = append(out.proof, x.statement(l, b, "allow", "allows "+x.what()+" under its condition"))
		}
	}
	switch {
	case out.t == maybe:
		out.cond = disj(conds...)
	case out.t == yes && more > 0:
		word := "allow"
		if more == 1 {
			word = "allows"
		}
		out.proof[0].Text += fmt.Sprintf("; %s besides %s it too", count(more, "statement"), word)
	case out.t == no:
		out.proof = []access.Proof{{Text: x.missing(l)}}
	}
	return out
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (x *explainer) missing(l *layer) string {
	switch l.kind {
	case identityLayer:
		return fmt.Sprintf("no statement of %s allows %s", policies(len(l.from)), x.what())
	case scpLayer:
		return fmt.Sprintf("no service control policy at level %d (%s) allows %s", l.level, names(l.from), x.what())
	}
	at := l.one
	if at == nil && len(l.from) > 0 {
		at = &l.from[0]
	}
	if at == nil {
		return fmt.Sprintf("the empty %s allows nothing", strings.TrimPrefix(l.title(&Attached{}), "the "))
	}
	return fmt.Sprintf("%s does not allow %s", l.title(at), x.what())
}

func policies(n int) string {
	if n == 1 {
		return "1 policy"
	}
	return fmt.Sprintf("%d policies", n)
}

func names(list []Attached) string {
	if len(list) == 0 {
		return "none attached"
	}
	var out []string
	for i := range list {
		if i == 5 {
			out = append(out, "…")
			break
		}
		out = append(out, clip(list[i].Name))
	}
	return strings.Join(out, ", ")
}

// both holds when all do; its proof is theirs, or of what is missing.
func both(list ...reason) reason {
	out := reason{t: yes}
	for _, r := range list {
		out.t = min(out.t, r.t)
	}
	for _, r := range list {
		if out.t != no || r.t == no {
			out.proof = append(out.proof, r.proof...)
			out.cond = conj(out.cond, r.cond)
		}
	}
	return out
}

// either holds when one does; of several that hold, the first is the proof.
func either(list ...reason) reason {
	out := reason{}
	for _, r := range list {
		if r.t == yes {
			return r
		}
		out.t = max(out.t, r.t)
	}
	cond := falsehood
	for _, r := range list {
		if r.t == out.t {
			out.proof = append(out.proof, r.proof...)
			if r.t == maybe {
				cond = disj(cond, r.cond)
			}
		}
	}
	if out.t == maybe {
		out.cond = cond
	}
	return out
}

// allowed mirrors sides.allowed with reasons.
func (x *explainer) allowed() reason {
	var guards []reason
	for _, l := range x.scps {
		guards = append(guards, x.grants(l, notNamed))
	}
	for i := range x.EndpointPolicies {
		l := layerOf(endpointLayer, i, &x.EndpointPolicies[i])
		guards = append(guards, x.grants(&l, notNamed))
	}
	return both(append(guards, x.core())...)
}

func (x *explainer) core() reason {
	resource := reason{proof: []access.Proof{{Text: "there is no resource policy that allows " + x.what()}}}
	var direct, role reason
	if x.ResourcePolicy != nil {
		l := layerOf(resourceLayer, 0, x.ResourcePolicy)
		direct, role = x.grants(&l, directly), x.grants(&l, viaRole)
		resource = either(direct, role, x.grants(&l, viaAccount))
		if resource.t == no {
			resource.proof = []access.Proof{{Text: x.missing(&l)}}
		}
	}
	if !x.own {
		return resource
	}
	identity, boundary, session := x.grants(x.identity, notNamed), reason{t: yes}, reason{t: yes}
	if x.q.who.typ == Root {
		identity = reason{t: yes, proof: []access.Proof{{Effect: "allow", Text: "the root user may do everything in its account"}}}
	}
	if x.boundary != nil {
		boundary = x.grants(x.boundary, notNamed)
	}
	switch {
	case x.session != nil:
		session = x.grants(x.session, notNamed)
	case x.q.who.typ == FederatedUser:
		session = reason{proof: []access.Proof{{Text: "a federated user session without a session policy has no permissions of its own"}}}
	}
	own := both(identity, boundary, session)
	if x.q.crossAccount() || x.q.needsResourcePolicy() {
		own = both(own, resource)
	}
	if x.q.crossAccount() || x.ResourcePolicy == nil {
		return own
	}
	alternatives := []reason{own}
	if direct.t != no {
		alternatives = append(alternatives, direct)
	}
	if role.t != no {
		alternatives = append(alternatives, both(role, boundary, session))
	}
	return either(alternatives...)
}
