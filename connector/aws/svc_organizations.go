package aws

import (
	"context"
	"errors"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var organizationsServices = []service{{
	name: "organizations", read: readOrganization,
	scopes: []connector.Scope{
		allow("organizations:DescribeOrganization", "the organization"),
		allow("organizations:ListRoots", "its root"),
		allow("organizations:ListOrganizationalUnitsForParent", "its units"),
		allow("organizations:ListAccountsForParent", "the accounts in each unit"),
		allow("organizations:ListAccounts", "accounts with their state, mailbox and age"),
		allow("organizations:ListPolicies", "service and resource control policies"),
		allow("organizations:DescribePolicy", "what they deny"),
		allow("organizations:ListTargetsForPolicy", "whom they bind"),
		allow("organizations:ListDelegatedAdministrators", "accounts that administer a service for all"),
		allow("organizations:ListDelegatedServicesForAccount", "which services"),
	},
}}

// readOrganization reads the organization, where the account is the one that
// manages it or administers it for it.
func readOrganization(ctx context.Context, a *account, _ string, out *connector.Out) error {
	cfg := a.in("")
	if !strings.HasPrefix(cfg.Region, "us-gov-") && a.partition == "aws" {
		cfg.Region = "us-east-1" // the one endpoint of the service
	}
	r := &organization{a: a, out: out, api: organizations.NewFromConfig(cfg), refs: map[string]drover.Ref{}}
	d, err := r.api.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if isCode(err, "AWSOrganizationsNotInUseException") {
		return connector.Skip("the account " + a.id + " is in no organization")
	}
	if err != nil {
		return fault(err)
	}
	if d.Organization == nil {
		return errors.New("organizations:DescribeOrganization: an empty answer")
	}
	r.master = awssdk.ToString(d.Organization.MasterAccountId)
	roots, err := r.roots(ctx)
	if denied(err) && a.id != r.master {
		return connector.Skip("account " + a.id + " may not list its organization: the management account " + text(r.master) + " shows it")
	}
	r.describe(d.Organization)
	for _, err := range []error{err, r.accounts(ctx), r.tree(ctx, roots), r.policies(ctx, roots), r.delegated(ctx)} {
		if err != nil && ctx.Err() == nil {
			out.Lost("organization", err)
		}
	}
	return ctx.Err()
}

type organization struct {
	a      *account
	out    *connector.Out
	api    *organizations.Client
	master string // account id of the management account
	self   drover.Ref
	refs   map[string]drover.Ref // of emitted nodes, by id: o-…, r-…, ou-…, account
}

// node emits a thing of the organization: its tenant is the management account.
func (r *organization) node(id string, n drover.Node) drover.Ref {
	n.Ref = drover.NewRef("aws", r.master, strings.TrimPrefix(n.Type, "aws."), text(id))
	if n.Name == "" {
		n.Name = text(id)
	}
	r.out.Node(n)
	r.refs[id] = n.Ref
	return n.Ref
}

func (r *organization) describe(o *types.Organization) {
	r.self = r.node(awssdk.ToString(o.Id), drover.Node{Kind: drover.KindResource, Type: "aws.organizations.organization", Aliases: aliases(awssdk.ToString(o.Arn)),
		Attrs: facts(map[string]any{"Arn": o.Arn, "FeatureSet": string(o.FeatureSet), "MasterAccountId": o.MasterAccountId, "MasterAccountEmail": o.MasterAccountEmail})})
}

func (r *organization) roots(ctx context.Context) ([]types.Root, error) {
	var list []types.Root
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListRoots(ctx, &organizations.ListRootsInput{NextToken: token, MaxResults: r.a.upTo(20)})
		if err != nil {
			return nil, nil, fault(err)
		}
		list = append(list, page.Roots...)
		return page.NextToken, idsOf(page.Roots, func(e types.Root) *string { return e.Id }), nil
	})
	return list, err
}

// accounts emits every account of the organization. An account is its own tenant,
// the same node that reading it emits.
func (r *organization) accounts(ctx context.Context) error {
	return paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListAccounts(ctx, &organizations.ListAccountsInput{NextToken: token, MaxResults: r.a.upTo(20)})
		if err != nil {
			return nil, nil, fault(err)
		}
		for _, acc := range page.Accounts {
			r.account(acc)
		}
		return page.NextToken, idsOf(page.Accounts, func(e types.Account) *string { return e.Id }), nil
	})
}

func (r *organization) account(acc types.Account) drover.Ref {
	id := awssdk.ToString(acc.Id)
	if ref, ok := r.refs[id]; ok || !isAccount(id) {
		return ref
	}
	ref := drover.NewRef("aws", id, "account", id)
	name := freeText(acc.Name)
	if name == "" {
		name = id
	}
	r.out.Node(drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.account", Name: name, Aliases: aliases("aws-account:"+id, awssdk.ToString(acc.Arn)),
		Attrs: facts(map[string]any{"Id": id, "Name": name, "Email": acc.Email, "Status": string(acc.Status), "State": string(acc.State), "JoinedMethod": string(acc.JoinedMethod), "JoinedTimestamp": acc.JoinedTimestamp,
			"management": id == r.master})})
	r.refs[id] = ref
	return ref
}

// tree emits the units and what lies in each, down from the roots.
func (r *organization) tree(ctx context.Context, roots []types.Root) error {
	for _, root := range roots {
		id := awssdk.ToString(root.Id)
		var enabled []string
		for _, t := range root.PolicyTypes {
			if t.Status == types.PolicyTypeStatusEnabled {
				enabled = append(enabled, string(t.Type))
			}
		}
		slices.Sort(enabled)
		ref := r.node(id, drover.Node{Kind: drover.KindResource, Type: "aws.organizations.root", Name: freeText(root.Name), Aliases: aliases(awssdk.ToString(root.Arn)),
			Attrs: facts(map[string]any{"Arn": root.Arn, "PolicyTypes": enabled})})
		r.contains(r.self, ref)
		if err := r.under(ctx, id, ref, 0); err != nil {
			return err
		}
	}
	return nil
}

func (r *organization) contains(parent, child drover.Ref) {
	if parent != "" && child != "" {
		r.out.Edge(drover.Edge{From: parent, To: child, Kind: drover.EdgeContains})
	}
}

// maxUnits is how deep units may lie in each other: AWS allows five.
const maxUnits = 32

func (r *organization) under(ctx context.Context, parent string, ref drover.Ref, depth int) error {
	if depth > maxUnits {
		return errors.New("organizational units that lie in each other without end")
	}
	if err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: &parent, NextToken: token, MaxResults: r.a.upTo(20)})
		if err != nil {
			return nil, nil, fault(err)
		}
		for _, acc := range page.Accounts {
			r.contains(ref, r.account(acc))
		}
		return page.NextToken, idsOf(page.Accounts, func(e types.Account) *string { return e.Id }), nil
	}); err != nil {
		return err
	}
	var units []types.OrganizationalUnit
	if err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListOrganizationalUnitsForParent(ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &parent, NextToken: token, MaxResults: r.a.upTo(20)})
		if err != nil {
			return nil, nil, fault(err)
		}
		units = append(units, page.OrganizationalUnits...)
		return page.NextToken, idsOf(page.OrganizationalUnits, func(e types.OrganizationalUnit) *string { return e.Id }), nil
	}); err != nil {
		return err
	}
	for _, u := range units {
		id := awssdk.ToString(u.Id)
		if _, again := r.refs[id]; again {
			continue
		}
		child := r.node(id, drover.Node{Kind: drover.KindResource, Type: "aws.organizations.ou", Name: freeText(u.Name), Aliases: aliases(awssdk.ToString(u.Arn)), Attrs: facts(map[string]any{"Arn": u.Arn})})
		r.contains(ref, child)
		if err := r.under(ctx, id, child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// guards are the kinds of policies that limit what principals and resources may
// do, and the types of their nodes.
var guards = map[types.PolicyType]string{
	types.PolicyTypeServiceControlPolicy:  "aws.organizations.scp",
	types.PolicyTypeResourceControlPolicy: "aws.organizations.rcp",
}

func (r *organization) policies(ctx context.Context, roots []types.Root) error {
	for _, t := range []types.PolicyType{types.PolicyTypeServiceControlPolicy, types.PolicyTypeResourceControlPolicy} {
		var list []types.PolicySummary
		if err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
			page, err := r.api.ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: t, NextToken: token, MaxResults: r.a.upTo(20)})
			if err != nil {
				return nil, nil, fault(err)
			}
			list = append(list, page.Policies...)
			return page.NextToken, idsOf(page.Policies, func(e types.PolicySummary) *string { return e.Id }), nil
		}); err != nil {
			return err
		}
		for _, p := range list {
			if err := r.policy(ctx, t, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *organization) policy(ctx context.Context, t types.PolicyType, p types.PolicySummary) error {
	id := awssdk.ToString(p.Id)
	d, err := r.api.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: &id})
	if err != nil {
		return fault(err)
	}
	said := map[string]any{"Arn": p.Arn, "Type": string(t), "AwsManaged": p.AwsManaged, "Description": freeText(p.Description)}
	if p.AwsManaged {
		said["provider_managed"] = true
	}
	if d.Policy != nil && awssdk.ToString(d.Policy.Content) != "" {
		r.a.setDocument(r.out, said, "document", *d.Policy.Content)
	}
	ref := r.node(id, drover.Node{Kind: drover.KindPolicy, Type: guards[t], Name: freeText(p.Name), Aliases: aliases(awssdk.ToString(p.Arn)), Attrs: facts(said)})
	return paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListTargetsForPolicy(ctx, &organizations.ListTargetsForPolicyInput{PolicyId: &id, NextToken: token, MaxResults: r.a.upTo(20)})
		if err != nil {
			return nil, nil, fault(err)
		}
		for _, target := range page.Targets {
			from := r.target(target)
			r.out.Edge(drover.Edge{From: from, To: ref, Kind: drover.EdgeGuardedBy, Proof: text(string(t) + " " + id + " attached to " + awssdk.ToString(target.TargetId))})
		}
		return page.NextToken, idsOf(page.Targets, func(e types.PolicyTargetSummary) *string { return e.TargetId }), nil
	})
}

// target is what a policy is attached to, as node and account spell it: so it is
// the same whether or not it was listed.
func (r *organization) target(t types.PolicyTargetSummary) drover.Ref {
	id := awssdk.ToString(t.TargetId)
	switch {
	case isAccount(id):
		return drover.NewRef("aws", id, "account", id)
	case strings.HasPrefix(id, "ou-"):
		return drover.NewRef("aws", r.master, "organizations.ou", text(id))
	case strings.HasPrefix(id, "r-"):
		return drover.NewRef("aws", r.master, "organizations.root", text(id))
	}
	return r.a.arnEnd(awssdk.ToString(t.Arn))
}

// delegated emits which accounts administer a service for the whole organization.
func (r *organization) delegated(ctx context.Context) error {
	var list []types.DelegatedAdministrator
	if err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListDelegatedAdministrators(ctx, &organizations.ListDelegatedAdministratorsInput{NextToken: token, MaxResults: r.a.upTo(20)})
		if err != nil {
			return nil, nil, fault(err)
		}
		list = append(list, page.DelegatedAdministrators...)
		return page.NextToken, idsOf(page.DelegatedAdministrators, func(e types.DelegatedAdministrator) *string { return e.Id }), nil
	}); err != nil {
		return err
	}
	for _, d := range list {
		ref := r.account(types.Account{Id: d.Id, Arn: d.Arn, Email: d.Email, Name: d.Name, Status: d.Status, State: d.State, JoinedMethod: d.JoinedMethod, JoinedTimestamp: d.JoinedTimestamp})
		if ref == "" {
			continue
		}
		if err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
			page, err := r.api.ListDelegatedServicesForAccount(ctx, &organizations.ListDelegatedServicesForAccountInput{AccountId: d.Id, NextToken: token, MaxResults: r.a.upTo(20)})
			if err != nil {
				return nil, nil, fault(err)
			}
			for _, s := range page.DelegatedServices {
				principal := text(awssdk.ToString(s.ServicePrincipal))
				r.out.Edge(drover.Edge{From: r.self, To: ref, Kind: drover.EdgeDelegatesTo, Part: principal, Cond: facts(map[string]any{"ServicePrincipal": principal, "DelegationEnabledDate": s.DelegationEnabledDate}),
					Proof: "delegated administrator for " + principal})
			}
			return page.NextToken, idsOf(page.DelegatedServices, func(e types.DelegatedService) *string { return e.ServicePrincipal }), nil
		}); err != nil {
			return err
		}
	}
	return nil
}
