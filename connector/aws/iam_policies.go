package aws

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var (
	errNoARN      = fmt.Errorf("an attached policy without ARN: %w", drover.ErrInvalid)
	errNoDocument = fmt.Errorf("the document is missing: %w", drover.ErrInvalid)
)

// awsOwned reports whether the policy is one of AWS's own, which is the same in
// all accounts.
func awsOwned(policyARN string) bool {
	a, ok := parseARN(policyARN)
	return ok && a.account == "aws"
}

// policyRef names a managed policy.
func (a *account) policyRef(p *policyDetail) drover.Ref {
	id := text(p.PolicyId)
	if id == "" {
		id = drover.Named(text(firstOf(last(p.Arn), p.PolicyName)))
	}
	if awsOwned(p.Arn) {
		return drover.NewRef("aws", "aws", "iam.policy", id)
	}
	return a.ref("iam.policy", id)
}

// policyEnd is the end of an edge to a managed policy: the node of this reading,
// or what nobody has seen yet.
func (a *account) policyEnd(d *details, policyARN string) drover.Ref {
	if ref, ok := d.refs[policyARN]; ok {
		return ref
	}
	return a.arnEnd(policyARN)
}

// policyEdge emits an edge to or from a policy. One that was not read although
// it should have been is left out: it would be another end than before.
func (a *account) policyEdge(out *connector.Out, e drover.Edge) {
	if a.err == nil || !e.From.Unseen() && !e.To.Unseen() {
		out.Edge(e)
	}
}

// emitPolicies emits managed policies with all their versions.
func (a *account) emitPolicies(out *connector.Out, d *details) {
	for i := range d.policies {
		p := &d.policies[i]
		ref := a.policyRef(p)
		attrs := map[string]any{}
		for k, v := range map[string]string{"Path": p.Path, "Description": p.Description, "DefaultVersionId": p.DefaultVersionId, "UpdateDate": stamp(p.UpdateDate)} {
			set(attrs, k, v)
		}
		var versions []map[string]any
		for _, v := range p.PolicyVersionList {
			one := map[string]any{"VersionId": text(v.VersionId), "IsDefaultVersion": v.IsDefaultVersion}
			set(one, "CreateDate", stamp(v.CreateDate))
			if v.Document == "" {
				out.Lost(string(ref)+" version "+text(v.VersionId), errNoDocument)
			}
			a.setDocument(out, one, "document", string(v.Document))
			if v.IsDefaultVersion || v.VersionId != "" && v.VersionId == p.DefaultVersionId || len(p.PolicyVersionList) == 1 {
				if h, ok := one["document"]; ok {
					attrs["document"] = h
				}
			}
			versions = append(versions, one)
		}
		if len(versions) > 0 {
			attrs["PolicyVersionList"] = versions
		} else {
			out.Lost(string(ref)+" PolicyVersionList", errNoDocument)
		}
		n := drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "aws.iam.policy", Name: text(firstOf(p.PolicyName, last(p.Arn), p.PolicyId)), Created: p.CreateDate.Time}
		if strings.HasPrefix(p.Arn, "arn:") {
			n.Aliases = []string{text(p.Arn)}
		}
		if awsOwned(p.Arn) {
			attrs["provider_managed"] = true
		} else {
			a.contains(out, ref)
		}
		n.Attrs = drover.NewAttrs(attrs)
		out.Node(n)
	}
}

// stamp is a time as an attribute.
func stamp(w when) string {
	if w.IsZero() {
		return ""
	}
	return w.UTC().Format("2006-01-02T15:04:05Z")
}

// emitInstanceProfile emits what an EC2 instance carries to run as a role.
func (a *account) emitInstanceProfile(out *connector.Out, p instanceProfile) {
	if p.InstanceProfileId == "" && p.InstanceProfileName == "" {
		out.Lost("InstanceProfileList", fmt.Errorf("an instance profile with neither id nor name: %w", drover.ErrInvalid))
		return
	}
	id := text(p.InstanceProfileId)
	if id == "" {
		id = drover.Named(text(p.InstanceProfileName))
	}
	ref := a.ref("iam.instance_profile", id)
	attrs := withTags(p.Tags)
	set(attrs, "Path", p.Path)
	n := drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.iam.instance_profile", Name: text(firstOf(p.InstanceProfileName, last(p.Arn), id)), Created: p.CreateDate.Time, Attrs: drover.NewAttrs(attrs)}
	if arn := firstOf(p.Arn, a.arnOf("instance-profile", p.Path, p.InstanceProfileName)); arn != "" {
		n.Aliases = []string{text(arn)}
	}
	out.Node(n)
	a.contains(out, ref)
	tagEdges(out, ref, byKey(p.Tags))
	for _, r := range p.Roles {
		arn := firstOf(r.Arn, a.arnOf("role", r.Path, r.RoleName))
		to := a.arnEnd(arn)
		switch {
		case r.RoleId != "":
			to = a.principalRef("role", r.RoleId, r.RoleName)
		case arn == "":
			out.Lost(string(ref)+" Roles", fmt.Errorf("a role with neither id nor ARN: %w", drover.ErrInvalid))
			continue
		}
		out.Edge(drover.Edge{From: ref, To: to, Kind: drover.EdgeRunsAs, Proof: "instance profile " + text(p.InstanceProfileName)})
	}
}
