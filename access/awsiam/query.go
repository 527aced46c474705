package awsiam

import "strings"

// A query is a request, ready to be matched against many statements.
type query struct {
	who      caller
	action   string // lower case
	id       int    // of the action in the catalogue, -1: not in it
	resource subject
	owner    string // account of the resource
	ctx      *Context
	bounded  bool // the caller has a permissions boundary
	hopeful  bool // what was not read may allow
	suspects suspects
	buf      [1]string
}

func (q *query) init(r *Request) {
	q.who = newCaller(&r.Principal)
	q.id, q.action = catalogue().find(r.Action)
	q.resource = newSubject(r.Resource)
	q.ctx = &r.Context
	q.owner = r.ResourceAccount
	if q.owner == "" && q.resource.arn {
		q.owner = q.resource.segment(4)
	}
	if q.owner == "" || q.owner == "aws" { // what AWS itself owns (managed policies) is used as one's own
		q.owner = q.who.account
	}
}

// service is the prefix of the action.
func (q *query) service() string {
	s, _, _ := strings.Cut(q.action, ":")
	return s
}

// lookup returns the values of a condition key (lower case): those given, else
// those that follow from the request itself ("AWS global condition context
// keys").
func (q *query) lookup(key string) ([]string, state) {
	vals, st := q.ctx.get(key)
	if st == known || st == present || !strings.HasPrefix(key, "aws:") {
		return vals, st
	}
	if v, derived := q.derive(key); derived != unknown {
		if derived == absent {
			return nil, absent
		}
		q.buf[0] = v
		return q.buf[:], derived
	}
	return nil, st
}

func (q *query) derive(key string) (string, state) {
	w := &q.who
	switch key {
	case "aws:principalarn":
		switch {
		case w.hiddenPath():
			return strings.TrimSuffix(w.role, w.roleName), partly
		case w.ofRole():
			return when(w.role)
		case w.inAWS():
			return when(w.arn)
		}
		return "", absent
	case "aws:principalaccount":
		if !w.inAWS() {
			return "", absent
		}
		return when(w.account)
	case "aws:principaltype":
		return w.principalType()
	case "aws:userid":
		return w.userID()
	case "aws:username":
		if w.typ == User {
			_, _, name := principalOf(w.arn)
			return when(name)
		}
		return "", absent
	case "aws:principalisawsservice":
		if w.typ == Service {
			return "true", known
		}
		return "false", known
	case "aws:principalservicename":
		if w.typ == Service {
			return when(w.arn)
		}
		return "", absent
	case "aws:resourceaccount":
		return when(q.owner)
	}
	return "", unknown
}

func when(s string) (string, state) {
	if s == "" {
		return "", unknown
	}
	return s, known
}

func (c *caller) principalType() (string, state) {
	switch c.typ {
	case User:
		return "User", known
	case Role, AssumedRole:
		return "AssumedRole", known
	case Root:
		return "Account", known
	case FederatedUser:
		return "FederatedUser", known
	case Anonymous:
		return "Anonymous", known
	}
	return "", unknown
}

// userID is aws:userid ("Principal key values"). Of a role whose session is
// unknown only the beginning is known.
func (c *caller) userID() (string, state) {
	switch c.typ {
	case User:
		return when(c.id)
	case Root:
		return when(c.account)
	case FederatedUser:
		_, _, name := principalOf(c.arn)
		return when(c.account + ":" + name)
	case Role, AssumedRole:
		if c.id == "" {
			return "", unknown
		}
		if strings.Contains(c.id, ":") {
			return c.id, known
		}
		if c.typ == AssumedRole {
			return c.id + ":" + c.arn[strings.LastIndexByte(c.arn, '/')+1:], known
		}
		return c.id + ":", partly
	case Anonymous:
		return "anonymous", known
	}
	return "", unknown
}
