package trust

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

var (
	accountID    = regexp.MustCompile(`^[0-9]{12}$`)
	principalID  = regexp.MustCompile(`^A(?:ROA|IDA)[A-Z0-9]{12,28}$`)
	principalARN = regexp.MustCompile(`^arn:aws[a-z0-9-]*:(?:iam|sts)::(?:[0-9]{12}|aws):[^\x00-\x1f\x7f]+$`)
	serviceName  = regexp.MustCompile(`^(?:\*|[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9.-]+)$`)
	canonicalID  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	oidcARN      = regexp.MustCompile(`^arn:aws[a-z0-9-]*:iam::[0-9]{12}:oidc-provider/([^\s|]+)$`)
	samlARN      = regexp.MustCompile(`^arn:aws[a-z0-9-]*:iam::[0-9]{12}:saml-provider/\S+$`)
	webName      = regexp.MustCompile(`^[A-Za-z0-9.-]+\.[A-Za-z0-9.-]+$`)
)

// principals are whom one Allow statement names.
func (s *statement) principals() ([]Principal, error) {
	if len(s.Principal) == 0 || string(s.Principal) == "null" {
		if len(s.NotPrincipal) > 0 && string(s.NotPrincipal) != "null" {
			return []Principal{s.one(KindAny, "aws-any:*", extra{})}, nil
		}
		return nil, bad(s.label, "no principal")
	}
	if p := texts(s.Principal); len(p) > 0 {
		if slices.Equal(p, []string{"*"}) {
			return s.plain(KindAny, "AWS", "*", "aws-any:*"), nil
		}
		return nil, bad(s.label, "principal is a text other than *")
	}
	var sorts map[string]json.RawMessage
	if json.Unmarshal(s.Principal, &sorts) != nil {
		return nil, bad(s.label, "principal is neither * nor an object")
	}
	var out []Principal
	var errs []error
	for _, sort := range slices.Sorted(maps.Keys(sorts)) {
		for _, v := range texts(sorts[sort]) {
			if sort == "Federated" {
				list, err := s.federated(v)
				out, errs = append(out, list...), append(errs, err)
				continue
			}
			kind, alias := named(sort, v, s.partition)
			if alias == "" {
				errs = append(errs, bad(s.label, "a principal of sort %q has no form that AWS documents", clip(sort)))
				continue
			}
			out = append(out, s.plain(kind, sort, v, alias)...)
		}
	}
	return out, errors.Join(errs...)
}

// named spells a principal of every sort but Federated; "" when it has no form
// that AWS documents. Of parts of a name AWS takes no wildcards. An account that
// is written as its number is of the partition that the document is of.
func named(sort, v, partition string) (kind, alias string) {
	switch sort {
	case "AWS":
		switch {
		case v == "*":
			return KindAny, "aws-any:*"
		case accountID.MatchString(v):
			return KindAWS, "arn:" + partition + ":iam::" + v + ":root"
		case principalID.MatchString(v):
			return KindAWS, "aws-principal-id:" + v
		case principalARN.MatchString(v):
			return KindAWS, literal(v)
		}
	case "Service":
		if serviceName.MatchString(v) {
			return KindService, "aws-service:" + strings.ToLower(v)
		}
	case "CanonicalUser":
		if canonicalID.MatchString(v) {
			return KindCanonical, "aws-canonical-user:" + v
		}
	}
	return "", ""
}

// federated spells a provider: SAML as itself, OpenID Connect as the subjects
// that the condition lets in. The three identity providers that AWS knows
// without a provider of the account, and Cognito, are named by their host.
func (s *statement) federated(v string) ([]Principal, error) {
	if samlARN.MatchString(v) {
		return s.plain(KindSAML, "Federated", v, literal(v)), nil
	}
	issuer := v
	if m := oidcARN.FindStringSubmatch(v); m != nil {
		issuer = m[1]
	} else if !webName.MatchString(v) {
		return nil, bad(s.label, "a federated principal is neither a provider's ARN nor a host")
	}
	subjects, err := s.subjects(v, issuer)
	host, path, slash := strings.Cut(issuer, "/")
	base := "oidc:https://" + literal(strings.ToLower(host))
	if slash {
		base += "/" + literal(path)
	}
	var out []Principal
	for _, o := range subjects {
		out = append(out, s.one(KindOIDC, base+"|"+o.sub, o.cond))
	}
	return out, err
}

var assumes = map[string]string{
	KindAny: "sts:AssumeRole", KindAWS: "sts:AssumeRole", KindService: "sts:AssumeRole",
	KindOIDC: "sts:AssumeRoleWithWebIdentity", KindSAML: "sts:AssumeRoleWithSAML",
}

// plain is a principal that is no subject of an issuer, unless a Deny statement
// takes it out.
func (s *statement) plain(kind, sort, name, alias string) []Principal {
	out, doubts := s.taken(kind, sort, name)
	if out {
		return nil
	}
	e := extra{doubts: doubts}
	if f, err := s.filter(""); err == nil {
		e.expired = f.expired
	}
	return []Principal{s.one(kind, alias, e)}
}

func (s *statement) one(kind, alias string, e extra) Principal {
	p := Principal{Kind: kind, Alias: alias, Statement: s.label}
	if a := assumes[kind]; a != "" {
		p.Assume = s.has(a)
	}
	usual := p.Assume || kind == KindCanonical
	if e.expired != "" {
		p.Assume = false
	}
	if len(e.doubts) > 0 || e.subject != nil && len(e.subject.Demands) > 0 {
		p.Grade = drover.GradeInferred
	}
	p.WebIdentity = p.Assume && kind == KindOIDC
	p.Cond = s.cond(usual, e)
	return p
}

// has reports whether the statement speaks of an action. Names of actions have
// no case, and wildcards (IAM User Guide, "Action").
func (s *statement) has(action string) bool {
	known, ok := s.assumes[action]
	if !ok {
		known = s.speaksOf(action)
		s.assumes[action] = known
	}
	return known
}

func (s *statement) speaksOf(action string) bool {
	for _, a := range texts(s.Action) {
		if glob(strings.ToLower(a), strings.ToLower(action)) {
			return true
		}
	}
	if len(s.NotAction) == 0 {
		return false
	}
	for _, a := range texts(s.NotAction) {
		if glob(strings.ToLower(a), strings.ToLower(action)) {
			return false
		}
	}
	return true
}

// cond is under which condition the statement holds; the action alone is none
// where it is the one that is meant for the principal.
func (s *statement) cond(usual bool, e extra) drover.Attrs {
	key := condKey{usual, e.subject, strings.Join(e.doubts, "\x00"), e.expired}
	if c, ok := s.conds[key]; ok {
		return c
	}
	m := map[string]any{}
	set := func(k string, raw json.RawMessage) {
		if t := string(raw); t != "" && t != "null" && t != "{}" && t != "[]" {
			m[k] = raw
		}
	}
	set("Condition", s.Condition)
	set("NotPrincipal", s.NotPrincipal)
	if len(s.deny) > 0 {
		m["Deny"] = s.deny
	}
	if e.subject != nil {
		m["subject"] = e.subject
	}
	if len(e.doubts) > 0 {
		m["undecided"] = e.doubts
	}
	if e.expired != "" {
		m["expired"] = e.expired
	}
	if len(m) > 0 || !usual {
		set("Action", s.Action)
		set("NotAction", s.NotAction)
	}
	s.conds[key] = drover.NewAttrs(m)
	return s.conds[key]
}

type condKey struct {
	usual   bool // the action is the one that is meant for the principal
	subject *Filter
	doubts  string
	expired string
}
