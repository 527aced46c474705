package awsiam

import "strings"

// set is how an operator treats a key of several values.
type set uint8

const (
	single set = iota
	forAny
	forAll
)

// A clause is one key of one operator of a Condition block.
type clause struct {
	op       operator
	set      set
	ifExists bool
	key      string // lower case
	operands []operand

	name  string // the operator as AWS spells it, with set and IfExists
	given string // the key as it stands
	bad   bool   // what cannot be evaluated: unknown in a Deny, never true in an Allow
}

// eval follows "Condition operators" and "Set operations for multivalued context
// keys": values of one key are alternatives; a negated operator holds when none
// of them matches; without the key a plain operator fails, a negated one holds,
// and IfExists holds.
func (c *clause) eval(q *query) tri {
	if c.bad {
		return maybe
	}
	vals, st := q.lookup(c.key)
	if c.op.kind == kindNull {
		return c.evalNull(vals, st)
	}
	switch st {
	case unknown, present:
		return maybe
	case absent:
		return c.whenAbsent()
	case partly:
		return c.evalPartly(q, vals[0])
	}
	if len(vals) == 0 {
		return c.whenAbsent()
	}
	switch c.set {
	case forAll:
		t := yes
		for _, v := range vals {
			t = min(t, c.one(q, v))
		}
		return t
	case forAny:
		t := no
		for _, v := range vals {
			t = max(t, c.one(q, v))
		}
		return t
	}
	return c.plain(q, vals)
}

// plain is an operator without a set. Several values under it, which AWS warns
// against, count as ForAnyValue before negation: a negated operator holds when
// none of them matches.
func (c *clause) plain(q *query, vals []string) tri {
	t := no
	for _, v := range vals {
		t = max(t, c.any(q, v))
	}
	if c.op.negated {
		return t.not()
	}
	return t
}

func (c *clause) whenAbsent() tri {
	switch {
	case c.ifExists, c.set == forAll:
		return yes
	case c.set == forAny:
		return no
	}
	return truth(c.op.negated)
}

// one is whether a single value of the request passes the operator.
func (c *clause) one(q *query, v string) tri {
	if c.op.negated {
		return c.any(q, v).not()
	}
	return c.any(q, v)
}

// any is whether v matches one of the operands.
func (c *clause) any(q *query, v string) tri {
	t := no
	for i := range c.operands {
		if t = max(t, c.operands[i].match(c.op, q, v)); t == yes {
			break
		}
	}
	return t
}

// evalNull: "true" wants the key absent, "false" present. A key without values
// is absent.
func (c *clause) evalNull(vals []string, st state) tri {
	if st == unknown {
		return maybe
	}
	missing := st == absent || st == known && len(vals) == 0
	t := no
	for i := range c.operands {
		t = max(t, truth(strings.EqualFold(c.operands[i].text, "true") == missing))
	}
	return t
}

// evalPartly is for a single value of which only the beginning is known.
func (c *clause) evalPartly(q *query, head string) tri {
	t := no
	for i := range c.operands {
		t = max(t, c.operands[i].matchPartly(c.op, q, head))
	}
	if c.op.negated {
		return t.not()
	}
	return t
}
