package aws

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// question reads a resource: an ARN, whether it was scanned or not, "s3://bucket/key",
// a ref, an alias, or the name of one thing.
func (x *engine) question(resource, action string) (effective.Question, bool) {
	q := effective.Question{System: "aws", Row: -1, Action: action, Known: action == "" || awsiam.KnownAction(action)}
	in := x.e.in
	switch {
	case strings.HasPrefix(resource, "s3://"):
		q.Resource = "arn:aws:s3:::" + strings.TrimSuffix(strings.TrimPrefix(resource, "s3://"), "/")
	case strings.HasPrefix(resource, "arn:"):
		q.Resource = resource
	default:
		row, ok := in.Find(drover.Ref(resource))
		if !ok {
			row, ok = x.named(resource)
		}
		if !ok || !strings.HasPrefix(in.Type(row), "aws.") {
			return q, false
		}
		q.Row, q.Resource = in.Head(row), x.arnOf(in.Ref(row))
		return q, strings.HasPrefix(q.Resource, "arn:")
	}
	if p := x.e.byARN[q.Resource]; p != nil {
		q.Row = int(p.row)
	} else if t := x.e.byThingARN[q.Resource]; t != nil {
		q.Row = int(t.row)
	}
	return q, true
}

// owner is the thing that an ARN is of, or lies in: the bucket of an object, the
// function of a version.
func (x *engine) owner(arn string) *thing {
	for {
		if t := x.e.byThingARN[arn]; t != nil {
			return t
		}
		i := strings.LastIndexAny(arn, "/:")
		if i < 0 || strings.Count(arn[:i], ":") < 5 {
			return nil
		}
		arn = arn[:i]
	}
}

// decide answers for one principal.
func (x *engine) decide(row uint32, q effective.Question) access.Decision {
	p := x.e.byRow[row]
	if p == nil {
		return access.Decision{Verdict: access.Unknown, Proof: []access.Proof{{Text: "it is no user, role or group of IAM: its policies are not known here"}}}
	}
	if q.Action == "" {
		return x.strongest(p, q)
	}
	r := x.about(p, q.Action, q.Resource)
	return p.profile.rules.Explain(&r)
}

// about is a request of a principal for anything that has an ARN.
func (x *engine) about(p *principal, action, resource string) awsiam.Request {
	t := x.owner(resource)
	r := x.aboutThing(p, action, resource, t)
	if to := x.e.byARN[resource]; to != nil {
		r.ResourceAccount = to.account.id
		if to.sort == "role" && strings.HasPrefix(strings.ToLower(action), "sts:") {
			r.ResourcePolicy = to.trust
		}
	}
	if t == nil && r.ResourcePolicy == nil {
		if id := segment(resource, 4); id != "" && id != p.account.id {
			r.ResourceUnread = true
		}
	}
	return r
}

// strongest answers for any action: the strongest level that is allowed.
func (x *engine) strongest(p *principal, q effective.Question) access.Decision {
	t := &thing{typ: "?" + segment(q.Resource, 2) + ":" + kindOf(q.Resource), arn: q.Resource, account: p.account}
	if known := x.e.byThingARN[q.Resource]; known != nil {
		t = known
	}
	acts := x.actions(p.profile)
	var maybe access.Decision
	for _, l := range x.levelsOf(t) {
		for _, act := range l.actions {
			if !acts.Has(act.id) && p.sort != "root" && x.owner(q.Resource) == nil {
				continue
			}
			for _, arn := range x.within(p.profile, t, act) {
				r := x.about(p, act.name, arn)
				if v := p.profile.rules.Decide(&r); v != access.Allow && v != access.Conditional {
					continue
				}
				d := p.profile.rules.Explain(&r)
				if arn != t.arn {
					tellMade(d.Proof, arn)
				}
				d.Proof = append([]access.Proof{{Text: fmt.Sprintf("the strongest level that is allowed is %s, by %s", l.level, act.name)}}, d.Proof...)
				if d.Verdict == access.Allow {
					return d
				}
				if maybe.Verdict == "" {
					maybe = d
				}
			}
		}
	}
	if maybe.Verdict != "" {
		return maybe
	}
	return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Text: "no policy allows any action on " + q.Resource}}}
}

// kindOf is what stands before the first slash or colon of the resource part.
func kindOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	if i := strings.IndexAny(parts[5], "/:"); i >= 0 {
		if parts[2] == "s3" {
			return "object"
		}
		return parts[5][:i]
	}
	return ""
}

// grants lists what a principal is given, statement by statement.
func (x *engine) grants(row uint32) []access.Grant {
	p := x.e.byRow[row]
	if p == nil {
		return nil
	}
	var out []access.Grant
	for _, at := range p.policies.Identity {
		if at.Doc == nil {
			continue
		}
		for _, s := range at.Doc.Statements() {
			if s.Effect != "Allow" {
				continue
			}
			label := fmt.Sprint(s.Index)
			if s.Sid != "" {
				label = s.Sid + " (" + label + ")"
			}
			out = append(out, access.Grant{Identity: x.e.in.Ref(int(row)), Actions: set(s.Actions, s.NotActions), Resources: set(s.Resources, s.NotResources), Level: strongestOf(&s), Condition: s.Condition,
				Proof: []access.Proof{{Ref: at.Ref, Statement: label, Effect: "allow", Text: "statement " + label + " of " + at.Name}}})
		}
	}
	return out
}

func set(in, out []string) access.Set {
	if len(out) > 0 {
		return access.Set{In: []string{"*"}, Out: out}
	}
	return access.Set{In: in}
}

// strongestOf is the strongest level among the actions of a statement.
func strongestOf(s *awsiam.Statement) access.Level {
	best := access.Level("")
	if len(s.NotActions) > 0 {
		return access.LevelEscalate
	}
	for _, p := range s.Actions {
		b := awsiam.Expand(p)
		for id := range awsiam.Actions() {
			if b.Has(id) {
				if l := awsiam.ActionLevel(awsiam.ActionAt(id).Name); l.Rank() > best.Rank() {
					best = l
				}
			}
		}
	}
	return best
}
