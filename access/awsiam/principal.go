package awsiam

import "strings"

// How closely a Principal element names who asks: it decides what else must
// allow ("How AWS enforcement code logic evaluates requests", table of
// resource-based policies by principal).
type closeness uint8

const (
	notNamed   closeness = iota
	viaAccount           // the account: delegates to its identity policies
	viaRole              // the role's ARN: boundary and session policy still bind
	directly             // the user, the session, everyone: nothing else is needed
)

const closenesses = 4

type principalKind uint8

const (
	anyone principalKind = iota
	account
	awsARN
	uniqueID
	serviceName
	federated
	never
)

type principalPattern struct {
	kind    principalKind
	id      string
	account string // of an ARN
	name    string // of a role's or session's ARN: the role's name
	typ     PrincipalType
}

func newPrincipals(list []PolicyPrincipal) []principalPattern {
	out := make([]principalPattern, 0, len(list))
	for _, p := range list {
		out = append(out, newPrincipal(p))
	}
	return out
}

func newPrincipal(p PolicyPrincipal) principalPattern {
	switch p.Type {
	case "*":
		if p.ID != "*" {
			return principalPattern{kind: never, id: p.ID}
		}
		return principalPattern{kind: anyone}
	case "Service":
		return principalPattern{kind: serviceName, id: p.ID}
	case "Federated":
		return principalPattern{kind: federated, id: p.ID}
	case "AWS":
		return newAWSPrincipal(p.ID)
	}
	return principalPattern{kind: never, id: p.ID}
}

func newAWSPrincipal(id string) principalPattern {
	switch {
	case id == "*":
		return principalPattern{kind: anyone}
	case isAccount(id):
		return principalPattern{kind: account, id: id, account: id}
	case !strings.HasPrefix(id, "arn:"):
		return principalPattern{kind: uniqueID, id: id}
	}
	typ, acct, name := principalOf(id)
	if typ == Root {
		return principalPattern{kind: account, id: acct, account: acct}
	}
	return principalPattern{kind: awsARN, id: id, account: acct, name: name, typ: typ}
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// principalOf reads the ARN of a principal. name is the role's for roles and
// their sessions; the last segment of its path else.
func principalOf(arn string) (typ PrincipalType, acct, name string) {
	rest, ok := strings.CutPrefix(arn, "arn:")
	if !ok {
		return "", "", ""
	}
	if tail, ok := strings.CutPrefix(rest, "aws:"); ok { // nearly all
		rest = tail
	} else if _, rest, ok = strings.Cut(rest, ":"); !ok {
		return "", "", ""
	}
	if len(rest) < 5 || rest[3] != ':' {
		return "", "", ""
	}
	service := rest[:3]
	_, rest, _ = strings.Cut(rest[4:], ":") // the region
	acct, rest, ok = strings.Cut(rest, ":")
	if !ok {
		return "", "", ""
	}
	kind, rest, _ := strings.Cut(rest, "/")
	if service == "sts" {
		switch kind {
		case "assumed-role":
			name, _, _ = strings.Cut(rest, "/")
			return AssumedRole, acct, name
		case "federated-user":
			return FederatedUser, acct, rest
		}
		return "", acct, rest
	}
	if service != "iam" {
		return "", acct, rest
	}
	switch kind {
	case "root":
		return Root, acct, ""
	case "user":
		return User, acct, rest[strings.LastIndexByte(rest, '/')+1:]
	case "role":
		return Role, acct, rest[strings.LastIndexByte(rest, '/')+1:]
	case "oidc-provider", "saml-provider":
		return Federated, acct, rest
	}
	return "", acct, rest
}

// match says how closely the pattern names the one who asks; maybe where it
// names a session of the role that asks, whose name is unknown.
func (p *principalPattern) match(who *caller) (tri, closeness) {
	switch p.kind {
	case anyone:
		return yes, directly
	case account:
		if who.account != p.account || !who.inAWS() {
			return no, notNamed
		}
		if who.typ == Root {
			return yes, directly
		}
		return yes, viaAccount
	case serviceName:
		return truth(who.typ == Service && who.arn == p.id), directly
	case federated:
		return truth(who.typ == Federated && who.arn == p.id), directly
	case uniqueID:
		return p.matchID(who)
	case awsARN:
		return p.matchARN(who)
	}
	return no, notNamed
}

func (p *principalPattern) matchID(who *caller) (tri, closeness) {
	head, _, _ := strings.Cut(who.id, ":")
	if head != p.id || head == "" {
		return no, notNamed
	}
	if who.ofRole() {
		return yes, viaRole
	}
	return yes, directly
}

func (p *principalPattern) matchARN(who *caller) (tri, closeness) {
	switch {
	case p.id == who.arn && who.typ == Role:
		return yes, viaRole
	case p.id == who.arn:
		return yes, directly
	case p.account != who.account || !who.ofRole() || p.name != who.roleName:
		return no, notNamed
	case p.typ == Role:
		// Role names are unique in an account whatever their path; a session's
		// ARN does not show the path.
		return truth(p.id == who.role || who.guessedRole), viaRole
	case p.typ == AssumedRole && who.typ == Role:
		return maybe, directly
	}
	return no, notNamed
}

// spares is whether a NotPrincipal element keeps the statement away from who. A
// Deny spares nobody who has a permissions boundary; it spares the user, the role
// or the session that it names together with the account, and without the account
// it depends on the service ("AWS JSON policy elements: NotPrincipal", key
// points). An Allow is kept from whoever is named.
func (r *rule) spares(q *query) tri {
	named, inAccount := no, false
	for i := range r.principals {
		t, c := r.principals[i].match(&q.who)
		if c == viaAccount {
			inAccount = inAccount || t == yes
			continue
		}
		named = max(named, t)
	}
	switch {
	case !r.deny, !q.who.inAWS(), q.who.typ == Root:
		return named
	case q.bounded:
		return no
	case !inAccount:
		return min(named, maybe)
	}
	return named
}

// principals reads a Principal element.
func (p *parser) principals(field string, v value) ([]PolicyPrincipal, bool) {
	if v.kind == '"' {
		if v.text != "*" {
			p.fault(field, "%q is neither \"*\" nor an object", clip(v.text))
			return nil, false
		}
		return []PolicyPrincipal{{"*", "*"}}, true
	}
	if v.kind != '{' {
		p.fault(field, "%s is neither \"*\" nor an object", field)
		return nil, false
	}
	sound := true
	out := []PolicyPrincipal{}
	for typ, e := range p.elements(v, "AWS", "Service", "Federated", "CanonicalUser", "*") {
		ids, ok := p.texts(field+"."+typ, e)
		sound = sound && ok
		for _, id := range ids {
			if strings.ContainsAny(id, "*?") && id != "*" {
				p.fault(field+"."+typ, "%q: a wildcard stands only for everyone, alone", clip(id))
				sound = false
			}
			out = append(out, PolicyPrincipal{typ, id})
		}
	}
	return out, sound
}
