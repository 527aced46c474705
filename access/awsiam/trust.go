package awsiam

import (
	"strings"
	"sync"

	"github.com/droverhq/drover/access"
)

// trustNeeds are further actions that a trust policy must allow a service
// besides sts:AssumeRole (EKS User Guide, "EKS Pod Identity": AssumeRole and
// TagSession; IAM Roles Anywhere User Guide, "Trust model": also
// SetSourceIdentity).
var trustNeeds = map[string][]string{
	"pods.eks.amazonaws.com":      {"sts:TagSession"},
	"rolesanywhere.amazonaws.com": {"sts:TagSession", "sts:SetSourceIdentity"},
}

// Trusts answers only for the trust policy of a role: does it let the principal
// of r do r.Action (sts:AssumeRole where it is "")? The principal's own side is
// not asked: use Profile.Assume for both. r.Resource and r.ResourcePolicy are
// set from role and trust where they are empty.
func Trusts(trust *Document, role string, r *Request) access.Decision {
	q := trustRequest(trust, role, r)
	if q.Principal.Account == "" {
		_, q.Principal.Account, _ = principalOf(q.Principal.ARN)
	}
	d := unasked().assume(q)
	for i := range d.Proof {
		if d.Proof[i].Ref == notAsked {
			d.Proof[i] = access.Proof{Text: "the principal's own policies must allow " + q.Action + " too; they were not asked"}
		}
	}
	return d
}

// notAsked marks the stand-in for policies that are not asked.
const notAsked = "-"

// Assume answers whether the principal of r may assume role, by its own policies
// and the role's trust policy (IAM User Guide, "Cross-account policy evaluation
// logic" and "IAM roles: trust policy"): within one account a trust policy that
// names the principal suffices, one that names the account needs the principal's
// own policies too; across accounts both sides must allow.
func (p *Profile) Assume(trust *Document, role string, r *Request) access.Decision {
	return p.assume(trustRequest(trust, role, r))
}

func trustRequest(trust *Document, role string, r *Request) *Request {
	q := *r
	q.Resource = role
	if q.Action == "" {
		q.Action = "sts:AssumeRole"
	}
	if q.ResourcePolicy == nil {
		q.ResourcePolicy = &Attached{Name: "trust policy of " + clip(role), Doc: trust}
	}
	if q.ResourceAccount == "" {
		q.ResourceAccount = arnAccount(role)
	}
	return &q
}

func (p *Profile) assume(r *Request) access.Decision {
	d := p.Explain(r)
	if d.Verdict == access.Deny || !strings.EqualFold(r.Action, "sts:AssumeRole") {
		return d
	}
	list := []access.Decision{d}
	for _, a := range trustNeeds[r.Principal.ARN] {
		next := *r
		next.Action = a
		list = append(list, p.Explain(&next))
	}
	return allOf(list)
}

// allOf joins decisions of which every one must be an allow.
func allOf(list []access.Decision) access.Decision {
	out := list[0]
	for _, d := range list[1:] {
		if d.Verdict == access.Deny {
			return d
		}
		out.Proof = append(out.Proof, d.Proof...)
		switch {
		case d.Verdict == access.Unknown || out.Verdict == access.Unknown:
			out.Verdict = access.Unknown
		case d.Verdict == access.Conditional && out.Verdict == access.Conditional:
			out.Condition = access.All(out.Condition, d.Condition)
		case d.Verdict == access.Conditional:
			out.Verdict, out.Condition = d.Verdict, d.Condition
		}
	}
	return out
}

// unasked is a principal whose own side allows everything.
var unasked = sync.OnceValue(func() *Profile {
	d, _, err := Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	if err != nil {
		panic("awsiam: " + err.Error())
	}
	return Compile(&Policies{Identity: []Attached{{Ref: notAsked, Doc: d}}})
})
