package awsiam

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A rule is a statement, ready to be matched.
type rule struct {
	deny    bool
	void    bool // matches nothing
	guess   bool // part of a Deny that cannot be understood: unknown
	actions actionSet

	resources   []resourcePattern
	notResource bool
	noResource  bool // no Resource element: whatever the document is attached to

	principals   []principalPattern
	notPrincipal bool
	noPrincipal  bool
	badPrincipal bool // part of it cannot be understood

	clauses []clause
}

// read reads one statement.
func (p *parser) read(v value) (Statement, rule) {
	st := Statement{Index: p.statement}
	r := rule{noResource: true, noPrincipal: true}
	if v.kind != '{' {
		p.fault("", "statement is no object")
		r.void = true
		return st, r
	}
	st.Effect = p.effect(v)
	p.deny = st.Effect == "Deny"
	r.deny = p.deny
	sound := st.Effect != ""
	for name, e := range p.elements(v, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition") {
		ok := true
		switch name {
		case "Sid":
			st.Sid = p.sid(e)
		case "Effect":
			if ok = st.Effect != "" && e.text == st.Effect; !ok {
				p.fault("Effect", "Effect is neither \"Allow\" nor \"Deny\"")
			}
		case "Principal", "NotPrincipal":
			ok = p.readPrincipal(&st, &r, name, e)
		case "Action":
			st.Actions, ok = p.texts(name, e)
		case "NotAction":
			st.NotActions, ok = p.texts(name, e)
		case "Resource", "NotResource":
			ok = p.readResource(&st, &r, name, e)
		case "Condition":
			st.Condition = conditionAttrs(e)
			ok = p.condition(&r, e)
		}
		sound = sound && ok
	}
	sound = p.actions(&r, st.Actions, st.NotActions) && sound
	if !sound {
		r.guess = r.deny
		r.void = r.void || !r.deny
	}
	return st, r
}

func (p *parser) readPrincipal(st *Statement, r *rule, name string, e value) bool {
	list, ok := p.principals(name, e)
	if !r.noPrincipal {
		p.fault(name, "both Principal and NotPrincipal are given")
		ok = false
	}
	r.noPrincipal, r.notPrincipal, r.badPrincipal = false, name == "NotPrincipal", !ok
	if r.notPrincipal {
		st.NotPrincipals = list
	} else {
		st.Principals = list
	}
	r.principals = newPrincipals(list)
	return ok
}

func (p *parser) readResource(st *Statement, r *rule, name string, e value) bool {
	list, ok := p.texts(name, e)
	if !r.noResource {
		p.fault(name, "both Resource and NotResource are given")
		ok = false
	}
	r.noResource, r.notResource = false, name == "NotResource"
	if r.notResource {
		st.NotResources = list
	} else {
		st.Resources = list
	}
	return p.resources(r, name, list) && ok
}

// effect is "Allow", "Deny" or "". The value is case sensitive; one that is
// misspelled in case only still tells which statements must not allow.
func (p *parser) effect(v value) string {
	for i, k := range v.keys {
		if strings.EqualFold(k, "Effect") && v.list[i].kind == '"' {
			switch e := v.list[i].text; {
			case strings.EqualFold(e, "Deny"):
				return "Deny"
			case e == "Allow":
				return "Allow"
			}
		}
	}
	return ""
}

func (p *parser) sid(e value) string {
	if e.kind != '"' {
		p.fault("Sid", "Sid is no string")
		return ""
	}
	return e.text
}

func (p *parser) actions(r *rule, actions, notActions []string) bool {
	ok := true
	for _, list := range [][]string{actions, notActions} {
		for _, a := range list {
			if !validAction(a) {
				p.fault("Action", "%q is no service:action", clip(a))
				ok = false
			}
		}
	}
	switch {
	case actions == nil && notActions == nil:
		p.fault("Action", "statement has no Action")
		r.void = true
		return false
	case actions != nil && notActions != nil:
		p.fault("NotAction", "both Action and NotAction are given")
		ok = false
	}
	if actions != nil {
		r.actions = newActionSet(actions, false)
	} else {
		r.actions = newActionSet(notActions, true)
	}
	return ok
}

// validAction: "service:action", the service without wildcards, or only "*". An
// action that is empty or holds spaces is accepted and matches nothing.
func validAction(a string) bool {
	service, _, ok := strings.Cut(a, ":")
	if len(a) > maxPattern {
		return false
	}
	if !ok {
		return a != "" && strings.Trim(a, "*") == ""
	}
	return service != "" && (!strings.ContainsAny(service, "*?") || strings.Trim(a, "*:") == "")
}

func (p *parser) resources(r *rule, field string, list []string) bool {
	ok := true
	for _, s := range list {
		if len(s) > maxPattern {
			p.fault(field, "an entry of %d bytes is over the limit of %d", len(s), maxPattern)
			ok = false
			if r.deny && !r.notResource { // it may be any
				r.resources = append(r.resources, newResourcePattern("*", false))
			}
			continue
		}
		if !strings.HasPrefix(s, "arn:") && strings.Trim(s, "*") != "" && !strings.HasPrefix(s, "${") && !strings.HasPrefix(s, "*") {
			p.fault(field, "%q is neither an ARN nor \"*\"", clip(s))
			if !r.deny { // one that can match nothing is harmless
				continue
			}
		}
		r.resources = append(r.resources, newResourcePattern(s, p.variables()))
	}
	return ok
}

func (p *parser) variables() bool { return p.doc.version == version2012 }

// matchResource is whether the rule's Resource or NotResource holds.
func (r *rule) matchResource(q *query) tri {
	if r.noResource {
		return yes
	}
	t := no
	for i := range r.resources {
		if t = max(t, r.resources[i].match(q)); t == yes {
			break
		}
	}
	if r.notResource {
		return t.not()
	}
	return t
}

// match is whether a statement that names the action holds for the resource and
// under its condition. Principal is matched apart.
func (r *rule) match(q *query) tri {
	t := r.matchResource(q)
	if r.guess {
		t = min(t, maybe)
	}
	for i := range r.clauses {
		if t == no {
			return no
		}
		t = min(t, r.clauses[i].eval(q))
	}
	return t
}

// conditionAttrs is the block as given.
func conditionAttrs(v value) drover.Attrs {
	var plain func(value) any
	plain = func(v value) any {
		switch v.kind {
		case '{':
			m := map[string]any{}
			for i, k := range v.keys {
				m[k] = plain(v.list[i])
			}
			return m
		case '[':
			l := make([]any, len(v.list))
			for i, e := range v.list {
				l[i] = plain(e)
			}
			return l
		case 'n':
			return nil
		case 't':
			return v.text == "true"
		}
		return v.text
	}
	if v.kind != '{' || len(v.keys) == 0 {
		return nil
	}
	return drover.NewAttrs(plain(v))
}

// condition reads a Condition block. An operator that AWS does not know makes an
// Allow void and a Deny unknown.
func (p *parser) condition(r *rule, v value) bool {
	if v.kind != '{' {
		p.fault("Condition", "Condition is no object")
		return false
	}
	sound := true
	for i, op := range v.keys {
		o, in, ifExists, name, ok := parseOperator(op)
		if !ok {
			p.fault("Condition."+op, "unknown operator %q", clip(op))
			sound = false
			continue
		}
		if v.list[i].kind != '{' {
			p.fault("Condition."+op, "what follows %s is no object", name)
			sound = false
			continue
		}
		for k, key := range v.list[i].keys {
			c := clause{op: o, set: in, ifExists: ifExists, key: keyText(key), name: name, given: key}
			if !p.operands(&c, "Condition."+name+"."+key, v.list[i].list[k]) {
				sound = false
			}
			r.clauses = append(r.clauses, c)
		}
	}
	return sound
}

func (p *parser) operands(c *clause, field string, v value) bool {
	list := []value{v}
	if v.kind == '[' {
		list = v.list
	}
	sound := true
	for _, e := range list {
		s, ok := e.scalar()
		if !ok {
			p.fault(field, "a value is neither string, number nor bool")
			sound = false
			continue
		}
		o, ok := newOperand(c.op, s, p.variables())
		if len(s) > maxPattern {
			ok, o.bad = false, true
		}
		if !ok && !o.opaque {
			p.fault(field, "%q is no value for %s", clip(s), c.name)
			if c.op.negated || p.deny { // a positive one allows nothing by a value that nothing matches
				sound, c.bad = false, true
			}
		}
		c.operands = append(c.operands, o)
	}
	if len(list) == 0 {
		p.fault(field, "no values")
	}
	return sound
}

// label names the statement in a proof: "Sid (index)" or "index".
func (s *Statement) label() string {
	i := itoa(s.Index)
	if s.Sid == "" {
		return i
	}
	return clip(s.Sid) + " (" + i + ")"
}

// given lists the resource patterns as they stand.
func (r *rule) given() []string {
	var out []string
	for _, p := range r.resources {
		out = append(out, p.given)
	}
	slices.Sort(out)
	return out
}
