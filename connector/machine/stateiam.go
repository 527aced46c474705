package machine

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/tfstate"
)

// Terraform's resources for policies and memberships name principals by their
// names alone (Terraform AWS provider, "aws_iam_user_policy" and its siblings).
// They are joined to the principals of the same state, or to what the name means
// in the one account that the state speaks of.

// iamLinks says which attributes of a resource name principals, by their sort.
var iamLinks = map[string]map[string]string{
	"aws_iam_user_policy":             {"user": "user"},
	"aws_iam_role_policy":             {"role": "role"},
	"aws_iam_group_policy":            {"group": "group"},
	"aws_iam_user_policy_attachment":  {"user": "user"},
	"aws_iam_role_policy_attachment":  {"role": "role"},
	"aws_iam_group_policy_attachment": {"group": "group"},
	"aws_iam_policy_attachment":       {"users": "user", "roles": "role", "groups": "group"},
}

// A stateScope is what the names in one state mean.
type stateScope struct {
	account    string                // of AWS; "" none or several
	partition  string                // of its ARNs
	principals map[string]drover.Ref // "user/ci" -> node
	arns       map[string]drover.Ref // of what the state holds
	clusters   map[string]string     // of EKS, by name -> host of the API server
}

var accountARN = regexp.MustCompile(`arn:(aws[a-z-]*):[a-z0-9-]*:[a-z0-9-]*:([0-9]{12}):`)

// scopeOf gathers the principals of a state, and its account: the one that all
// ARNs and access keys of its resources agree on.
func scopeOf(s tfstate.State) stateScope {
	c := stateScope{partition: "aws", principals: map[string]drover.Ref{}, arns: map[string]drover.Ref{}, clusters: map[string]string{}}
	accounts := map[string]bool{}
	for _, r := range s.Resources {
		if strings.HasPrefix(r.Type, "aws_") {
			for _, k := range []string{"arn", "policy_arn", "owner_id", "account_id"} {
				v := r.Attributes.Str(k)
				if m := accountARN.FindStringSubmatch(v); m != nil {
					accounts[m[2]], c.partition = true, m[1]
				} else if len(v) == 12 && strings.Trim(v, "0123456789") == "" && r.Type == "aws_caller_identity" {
					accounts[v] = true
				}
			}
		}
		switch r.Type {
		case "aws_iam_access_key":
			if a := awsAccount(r.ID); a != "" {
				accounts[a] = true
			}
		case "aws_iam_policy":
			if arn := r.Attributes.Str("arn"); arn != "" {
				c.arns[arn] = policyRef(arn, r.Attributes.Str("policy_id"))
			}
		case "aws_eks_cluster":
			c.clusters[r.Attributes.Str("name")] = decode.HostName(r.Attributes.Str("endpoint"), "")
		}
		for _, id := range r.Identities {
			sort, ok := strings.CutPrefix(id.Type, "aws.iam.")
			if !ok || len(id.Aliases) == 0 {
				continue
			}
			c.arns[id.Aliases[0]] = stateRef(id)
			if slices.Contains([]string{"user", "role", "group", "instance_profile"}, sort) {
				c.principals[sort+"/"+id.Name] = stateRef(id)
			}
		}
	}
	if len(accounts) == 1 {
		for a := range accounts {
			c.account = a
		}
	}
	return c
}

// arn is the node of an ARN: that of the same state, or whatever it means.
func (c stateScope) arn(arn string) drover.Ref {
	if arn == "" {
		return ""
	}
	if ref := c.arns[arn]; ref != "" {
		return ref
	}
	return drover.UnseenRef(arn)
}

// policyRef names a managed policy by its id, or by its name where that is not
// known; those of AWS itself have the tenant aws.
func policyRef(arn, id string) drover.Ref {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 || f[2] != "iam" || f[4] == "" || !strings.HasPrefix(f[5], "policy/") {
		return drover.UnseenRef(arn)
	}
	if id == "" {
		id = drover.Named(roleName(arn))
	}
	return drover.NewRef("aws", f[4], "iam.policy", id)
}

// principal is the node that a name stands for; one that the state does not
// hold is emitted as no more than named.
func (f *file) principal(c stateScope, sort, name string) drover.Ref {
	if name == "" {
		return ""
	}
	if ref := c.principals[sort+"/"+name]; ref != "" {
		return ref
	}
	n := drover.Node{Kind: drover.KindIdentity, Type: "aws.iam." + sort, Name: clip(name), Ref: f.ref("tfstate_principal", f.show+"#"+sort+"/"+name)}
	switch sort {
	case "group":
		n.Kind = drover.KindGroup
	case "instance_profile":
		n.Kind = drover.KindResource
	}
	if c.account != "" {
		id := tfstate.Identity{Type: n.Type, Name: name, Aliases: []string{"arn:" + c.partition + ":iam::" + c.account + ":" + strings.ReplaceAll(sort, "_", "-") + "/" + name}}
		n.Ref, n.Aliases, n.Attrs = stateRef(id), id.Aliases, safeAttrs(map[string]any{"account_id": c.account})
	}
	c.principals[sort+"/"+name] = n.Ref
	f.out.Node(n)
	return n.Ref
}

// stateLinks emits what a resource joins. It reports whether the type is one
// that joins anything.
func (f *file) stateLinks(r tfstate.Resource, c stateScope) bool {
	link := func(kind drover.EdgeKind, from, to drover.Ref) {
		if from != "" && to != "" {
			f.out.Edge(drover.Edge{From: from, To: to, Kind: kind, Proof: clip(f.show + " " + r.Address)})
		}
	}
	switch r.Type {
	case "aws_iam_user_group_membership":
		for _, g := range r.Attributes.Strings("groups") {
			link(drover.EdgeMemberOf, f.principal(c, "user", r.Attributes.Str("user")), f.principal(c, "group", g))
		}
		return true
	case "aws_iam_group_membership":
		for _, u := range r.Attributes.Strings("users") {
			link(drover.EdgeMemberOf, f.principal(c, "user", u), f.principal(c, "group", r.Attributes.Str("group")))
		}
		return true
	case "aws_iam_policy":
		f.statePolicy(r, "")
		return true
	case "aws_iam_role", "aws_iam_user":
		f.statePrincipal(r, c)
		return true
	case "aws_iam_instance_profile":
		link(drover.EdgeRunsAs, f.principal(c, "instance_profile", r.Attributes.Str("name")), f.principal(c, "role", r.Attributes.Str("role")))
		return true
	case "aws_eks_pod_identity_association":
		if host := c.clusters[r.Attributes.Str("cluster_name")]; host != "" {
			from := drover.UnseenRef("k8s:" + host + "/" + r.Attributes.Str("namespace") + "/" + r.Attributes.Str("service_account"))
			link(drover.EdgeCanAssume, from, c.arn(r.Attributes.Str("role_arn")))
		}
		return true
	}
	if f.stateWorkload(r, c) {
		return true
	}
	names, ok := iamLinks[r.Type]
	if !ok {
		return false
	}
	for _, attr := range slices.Sorted(maps.Keys(names)) {
		list := r.Attributes.Strings(attr)
		if one := r.Attributes.Str(attr); one != "" {
			list = []string{one}
		}
		for _, n := range list {
			who := f.principal(c, names[attr], n)
			policy := c.arn(r.Attributes.Str("policy_arn"))
			if policy == "" {
				policy = f.statePolicy(r, who)
			}
			link(drover.EdgeAttached, policy, who)
		}
	}
	return true
}

// statePolicy emits the policy that a resource is, or holds for the principal.
func (f *file) statePolicy(r tfstate.Resource, of drover.Ref) drover.Ref {
	n := drover.Node{Kind: drover.KindPolicy, Type: "aws.iam.policy", Name: clip(nonEmpty(r.Attributes.Str("name"), r.Address))}
	attrs := map[string]any{}
	if arn := r.Attributes.Str("arn"); strings.HasPrefix(arn, "arn:") {
		n.Ref, n.Aliases = policyRef(arn, r.Attributes.Str("policy_id")), []string{arn}
	} else {
		n.Type, n.Ref = "aws.iam.inline_policy", f.inlineRef(r, of, n.Name)
		attrs["address"] = r.Address
	}
	f.policyBody(attrs, r.Attributes.Str("policy"))
	n.Attrs = safeAttrs(attrs)
	f.out.Node(n)
	return n.Ref
}

// inlineRef names an inline policy by its principal, as IAM does.
func (f *file) inlineRef(r tfstate.Resource, of drover.Ref, name string) drover.Ref {
	if of.System() == "aws" {
		return drover.NewRef("aws", of.Tenant(), "iam.inline_policy", of.ID()+":"+name)
	}
	return f.ref("tfstate_resource", f.show+"#"+r.Address+"#policy")
}

// maxPolicy is the largest policy that is kept, in bytes; the largest of IAM has
// 10,240 characters.
const maxPolicy = 256 << 10

func (f *file) policyBody(attrs map[string]any, body string) {
	if body != "" && len(body) <= maxPolicy && json.Valid([]byte(body)) {
		attrs["document"] = f.out.Document(drover.NewDocument("aws-iam", body))
	}
}

// grants are the types of resource that say who may do what, or who belongs
// where, by how providers name them.
var grants = regexp.MustCompile(`_(iam_[a-z_]*(?:member|binding|policy)|role_assignment|membership|member|grants?|permissions?|policy_attachment)(?:_|$)`)

// unusedTypes notes the resources that say who may do what and are not read:
// nobody shall take their absence for there being none.
func (f *file) unusedTypes(unused map[string]int) {
	for _, t := range slices.Sorted(maps.Keys(unused)) {
		if grants.MatchString(t) {
			f.out.Note(f.show, fmt.Sprintf("%d of type %s: what they grant is not read", unused[t], clip(t)))
		}
	}
}
