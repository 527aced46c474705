package aws

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// principalRef names a user, group or role.
func (a *account) principalRef(sort, id, name string) drover.Ref {
	if id = text(id); id == "" {
		id = drover.Named(text(name))
	}
	return a.ref("iam."+sort, id)
}

// arnOf spells the ARN of a principal of which only path and name are known.
func (a *account) arnOf(sort, path, name string) string {
	if name == "" || !isAccount(a.id) {
		return ""
	}
	if path == "" {
		path = "/"
	}
	return a.arn(sort + path + name)
}

// A principal is what users, groups and roles have in common.
type principal struct {
	sort, id, name, arn, path string
	created                   when
	inline                    []inlinePolicy
	attached                  []attachedPolicy
	boundary                  *boundary
	aliases                   []string
	attrs                     map[string]any
}

// emit emits a principal with its policies and returns its ref.
func (a *account) emit(out *connector.Out, d *details, p principal) drover.Ref {
	ref := a.principalRef(p.sort, p.id, p.name)
	n := drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "aws.iam." + p.sort, Name: text(firstOf(p.name, last(p.arn), p.id)), Created: p.created.Time, Aliases: p.aliases}
	if p.sort == "group" {
		n.Kind = drover.KindGroup
	}
	if strings.HasPrefix(p.arn, "arn:") {
		n.Aliases = append(n.Aliases, text(p.arn))
	}
	if p.id != "" && p.sort != "group" {
		n.Aliases = append(n.Aliases, "aws-principal-id:"+text(p.id))
	}
	n.Aliases = sorted(n.Aliases)
	set(p.attrs, "Path", p.path)
	if p.created.odd != "" {
		out.Note(string(ref), "CreateDate is no time: "+sayable(p.created.odd))
	}
	if p.boundary != nil && p.boundary.PermissionsBoundaryArn != "" {
		set(p.attrs, "PermissionsBoundaryArn", p.boundary.PermissionsBoundaryArn)
		a.policyEdge(out, drover.Edge{From: ref, To: a.policyEnd(d, p.boundary.PermissionsBoundaryArn), Kind: drover.EdgeBoundedBy, Proof: "permissions boundary"})
	}
	n.Attrs = drover.NewAttrs(p.attrs)
	out.Node(n)
	a.contains(out, ref)
	if tags, ok := p.attrs["Tags"].([]tag); ok {
		tagEdges(out, ref, byKey(tags))
	}
	for _, at := range p.attached {
		if at.PolicyArn == "" {
			out.Lost(string(ref)+" AttachedManagedPolicies", errNoARN)
			continue
		}
		a.policyEdge(out, drover.Edge{From: a.policyEnd(d, at.PolicyArn), To: ref, Kind: drover.EdgeAttached, Proof: "attached " + text(at.PolicyArn)})
	}
	a.emitInline(out, ref, p)
	return ref
}

func (a *account) emitInline(out *connector.Out, owner drover.Ref, p principal) {
	seen := map[string]bool{}
	for _, in := range p.inline {
		name := text(in.PolicyName)
		if seen[name] {
			out.Note(string(owner), "two inline policies have one name; both documents are kept under the first")
			a.document(out, string(in.PolicyDocument))
			continue
		}
		seen[name] = true
		ref := a.ref("iam.inline_policy", owner.ID()+":"+name)
		attrs := map[string]any{}
		a.setDocument(out, attrs, "document", string(in.PolicyDocument))
		if in.PolicyDocument == "" {
			out.Lost(string(ref), errNoDocument)
		}
		out.Node(drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "aws.iam.inline_policy", Name: firstOf(name, "unnamed"), Attrs: drover.NewAttrs(attrs)})
		out.Edge(drover.Edge{From: ref, To: owner, Kind: drover.EdgeAttached, Proof: "inline policy " + name})
	}
}

// emitUsers emits users with their groups and policies.
func (a *account) emitUsers(out *connector.Out, d *details) {
	for _, u := range d.users {
		attrs := withTags(u.Tags)
		if u.Arn != "" && u.Arn == a.caller {
			attrs["drover_reader"] = true
		}
		ref := a.emit(out, d, principal{sort: "user", id: u.UserId, name: u.UserName, arn: u.Arn, path: u.Path, created: u.CreateDate,
			inline: u.UserPolicyList, attached: u.AttachedManagedPolicies, boundary: u.PermissionsBoundary, attrs: attrs})
		for _, g := range u.GroupList {
			to, ok := d.refs["group/"+g]
			if g == "" {
				out.Lost(string(ref)+" GroupList", fmt.Errorf("a group without name: %w", drover.ErrInvalid))
				continue
			}
			if !ok && a.err != nil {
				continue // it is among what could not be read
			}
			if !ok { // its path, and so its ARN, is not known
				to = a.principalRef("group", "", g)
				out.Node(drover.Node{Ref: to, Kind: drover.KindGroup, Type: "aws.iam.group", Name: text(g)})
			}
			out.Edge(drover.Edge{From: ref, To: to, Kind: drover.EdgeMemberOf, Proof: "GroupList"})
		}
	}
}

// emitGroups emits groups with their policies.
func (a *account) emitGroups(out *connector.Out, d *details) {
	for _, g := range d.groups {
		a.emit(out, d, principal{sort: "group", id: g.GroupId, name: g.GroupName, arn: g.Arn, path: g.Path, created: g.CreateDate,
			inline: g.GroupPolicyList, attached: g.AttachedManagedPolicies, attrs: map[string]any{}})
	}
}

// emitRoles emits roles: whom they trust, their policies, their instance
// profiles, and when they were last used.
func (a *account) emitRoles(out *connector.Out, d *details) {
	for _, r := range d.roles {
		attrs := withTags(r.Tags)
		if r.AssumeRolePolicyDocument != "" {
			a.setDocument(out, attrs, "trust_document", string(r.AssumeRolePolicyDocument))
		}
		p := principal{sort: "role", id: r.RoleId, name: r.RoleName, arn: r.Arn, path: r.Path, created: r.CreateDate,
			inline: r.RolePolicyList, attached: r.AttachedManagedPolicies, boundary: r.PermissionsBoundary, attrs: attrs}
		if r.RoleName != "" {
			p.aliases = append(p.aliases, text("arn:"+a.partition+":sts::"+a.id+":assumed-role/"+r.RoleName))
		}
		if set, ok := permissionSet(r.RoleName); ok {
			p.aliases = append(p.aliases, "aws-sso:"+a.id+"/"+text(set))
		}
		if managedPath(firstOf(r.Path, pathOf(r.Arn))) {
			attrs["provider_managed"] = true
		}
		if a.ours(r.RoleName) {
			attrs["drover_reader"] = true
		}
		ref := a.emit(out, d, p)
		if r.AssumeRolePolicyDocument == "" {
			out.Lost(string(ref)+" trust policy", errNoDocument)
		} else {
			a.trustEdges(out, ref, string(r.AssumeRolePolicyDocument), "trust policy")
		}
		for _, ip := range r.InstanceProfileList {
			a.emitInstanceProfile(out, ip)
		}
		a.emitRoleUse(out, ref, r)
	}
}

// roleWindow is how far back IAM tells the last use of a role (IAM API
// Reference, RoleLastUsed).
const roleWindow = 400 * drover.Day

// useDelay is how late a use shows (IAM User Guide, "Refine permissions using last
// accessed information": usually within four hours).
const useDelay = 4 * time.Hour

func (a *account) emitRoleUse(out *connector.Out, ref drover.Ref, r roleDetail) {
	switch {
	case a.ours(r.RoleName):
		out.Note(string(ref), "drover reads as this role: its last use is not told, for it is our own")
	case r.RoleLastUsed == nil: // old exports do not say
	case !r.RoleLastUsed.LastUsedDate.IsZero():
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "iam.RoleLastUsed", At: r.RoleLastUsed.LastUsedDate.Time, Window: roleWindow, Granularity: useDelay,
			Value: text(r.RoleLastUsed.Region)})
	case r.RoleLastUsed.LastUsedDate.odd != "":
		out.Note(string(ref), "RoleLastUsed is no time: "+sayable(r.RoleLastUsed.LastUsedDate.odd))
	default:
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimNeverUsed, Source: "iam.RoleLastUsed", Window: a.since(r.CreateDate.Time, roleWindow)})
	}
}

// ours reports whether the role is the one that this scan signs as.
func (a *account) ours(role string) bool {
	caller, ok := parseARN(a.caller)
	if !ok || role == "" {
		return false
	}
	kind, rest, _ := strings.Cut(caller.resource, "/")
	if kind == "assumed-role" { // role/session
		rest, _, _ = strings.Cut(rest, "/")
	}
	return (kind == "role" || kind == "assumed-role") && last(rest) == role
}

// since is how far back a source looks for something: as far as it reaches, and
// not beyond its creation.
func (a *account) since(created time.Time, reach time.Duration) time.Duration {
	if created.IsZero() {
		return reach
	}
	if age := a.now().Sub(created); age > 0 && age < reach {
		return age.Truncate(time.Second)
	}
	return reach
}

// now is when what is read was true.
func (a *account) now() time.Time {
	if !a.asOf.IsZero() {
		return a.asOf
	}
	return a.scan.Now
}

// managedPath reports whether AWS keeps the roles under this path: linked to its
// services, or made by IAM Identity Center.
func managedPath(path string) bool {
	return strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(path, "/aws-reserved/")
}

// pathOf is the path in the ARN of a principal: "/x/" of "…:role/x/name".
func pathOf(s string) string {
	a, ok := parseARN(s)
	if !ok {
		return ""
	}
	from, to := strings.IndexByte(a.resource, '/'), strings.LastIndexByte(a.resource, '/')
	if from < 0 {
		return ""
	}
	return a.resource[from : to+1]
}

// permissionSet is the permission set that IAM Identity Center made a role of:
// "AWSReservedSSO_<permission set>_<16 hex>".
func permissionSet(role string) (string, bool) {
	rest, ok := strings.CutPrefix(role, "AWSReservedSSO_")
	i := strings.LastIndexByte(rest, '_')
	if !ok || i <= 0 || len(rest)-i-1 != 16 || strings.Trim(rest[i+1:], "0123456789abcdef") != "" {
		return "", false
	}
	return rest[:i], true
}

// withTags is attributes that hold the tags in the form in which IAM gives them,
// in order of keys, without what is a secret: see tagMap.
func withTags(tags []tag) map[string]any {
	attrs := map[string]any{}
	if len(tags) > 0 {
		tags = slices.Clone(tags)
		for i, t := range tags {
			tags[i].Key, tags[i].Value = safeTag(t.Key, t.Value)
		}
		slices.SortStableFunc(tags, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
		attrs["Tags"] = tags
	}
	return attrs
}

// set sets an attribute that is known.
func set(attrs map[string]any, key, value string) {
	if value != "" {
		attrs[key] = text(value)
	}
}

// sorted is a list in order, each once.
func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
