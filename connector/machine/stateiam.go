package machine

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
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
	principals map[string]drover.Ref // "user/ci" -> node
}

var accountARN = regexp.MustCompile(`arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:([0-9]{12}):`)

// scopeOf gathers the principals of a state, and its account: the one that all
// its ARNs of managed resources agree on.
func scopeOf(s tfstate.State) stateScope {
	c := stateScope{principals: map[string]drover.Ref{}}
	accounts := map[string]bool{}
	for _, r := range s.Resources {
		if strings.HasPrefix(r.Type, "aws_") {
			for _, k := range []string{"arn", "policy_arn", "owner_id", "account_id"} {
				v := r.Attributes.Str(k)
				if m := accountARN.FindStringSubmatch(v); m != nil {
					accounts[m[1]] = true
				} else if len(v) == 12 && strings.Trim(v, "0123456789") == "" && r.Type == "aws_caller_identity" {
					accounts[v] = true
				}
			}
		}
		for _, id := range r.Identities {
			if sort, ok := strings.CutPrefix(id.Type, "aws.iam."); ok && len(id.Aliases) > 0 && slices.Contains([]string{"user", "role", "group"}, sort) {
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
	if sort == "group" {
		n.Kind = drover.KindGroup
	}
	if c.account != "" {
		id := tfstate.Identity{Name: name, Aliases: []string{"arn:aws:iam::" + c.account + ":" + sort + "/" + name}}
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
		f.statePolicy(r)
		return true
	}
	names, ok := iamLinks[r.Type]
	if !ok {
		return false
	}
	policy := f.statePolicy(r)
	for _, attr := range slices.Sorted(maps.Keys(names)) {
		list := r.Attributes.Strings(attr)
		if one := r.Attributes.Str(attr); one != "" {
			list = []string{one}
		}
		for _, n := range list {
			link(drover.EdgeAttached, policy, f.principal(c, names[attr], n))
		}
	}
	return true
}

// statePolicy emits the policy that a resource is or holds. One that it only
// attaches is described where it is made.
func (f *file) statePolicy(r tfstate.Resource) drover.Ref {
	if arn := r.Attributes.Str("policy_arn"); arn != "" {
		return drover.UnseenRef(arn)
	}
	n := drover.Node{Kind: drover.KindPolicy, Type: "aws.iam.policy", Name: clip(nonEmpty(r.Attributes.Str("name"), r.Address))}
	attrs := map[string]any{}
	if arn := r.Attributes.Str("arn"); strings.HasPrefix(arn, "arn:") {
		n.Ref, n.Aliases = drover.UnseenRef(arn), []string{arn}
	} else {
		n.Type, n.Ref = "aws.iam.inline_policy", f.ref("tfstate_resource", f.show+"#"+r.Address+"#policy")
		attrs["address"] = r.Address
	}
	if body := r.Attributes.Str("policy"); body != "" && len(body) <= 256<<10 && json.Valid([]byte(body)) {
		attrs["document"] = f.out.Document(drover.NewDocument("aws-iam", body))
	}
	n.Attrs = safeAttrs(attrs)
	f.out.Node(n)
	return n.Ref
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
