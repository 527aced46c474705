package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func (s *singly) roles(ctx context.Context) error {
	var list []types.Role
	if err := pages("iam:ListRoles", func(m *string) (bool, *string, error) {
		p, err := s.c.ListRoles(ctx, &iam.ListRolesInput{Marker: m, MaxItems: s.a.pageSize()})
		if err != nil {
			return false, nil, err
		}
		list = append(list, p.Roles...)
		return p.IsTruncated, p.Marker, nil
	}); err != nil {
		return err
	}
	return each(ctx, s.a, list, func(ctx context.Context, r types.Role) error {
		d := types.RoleDetail{RoleName: r.RoleName, RoleId: r.RoleId, Arn: r.Arn, Path: r.Path, CreateDate: r.CreateDate, AssumeRolePolicyDocument: r.AssumeRolePolicyDocument}
		tell := s.call("iam:GetRole", func() error {
			got, err := s.c.GetRole(ctx, &iam.GetRoleInput{RoleName: r.RoleName})
			if err == nil && got.Role != nil {
				d.PermissionsBoundary, d.Tags, d.RoleLastUsed = got.Role.PermissionsBoundary, got.Role.Tags, got.Role.RoleLastUsed
			}
			return err
		}) && s.call("iam:ListAttachedRolePolicies", func() error {
			return pages("iam:ListAttachedRolePolicies", func(m *string) (bool, *string, error) {
				p, err := s.c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: r.RoleName, Marker: m})
				if err != nil {
					return false, nil, err
				}
				d.AttachedManagedPolicies = append(d.AttachedManagedPolicies, p.AttachedPolicies...)
				return p.IsTruncated, p.Marker, nil
			})
		}) && s.call("iam:ListInstanceProfilesForRole", func() error {
			return pages("iam:ListInstanceProfilesForRole", func(m *string) (bool, *string, error) {
				p, err := s.c.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: r.RoleName, Marker: m})
				if err != nil {
					return false, nil, err
				}
				d.InstanceProfileList = append(d.InstanceProfileList, p.InstanceProfiles...)
				return p.IsTruncated, p.Marker, nil
			})
		}) && s.inline("Role", &d.RolePolicyList, func(m *string) ([]string, bool, *string, error) {
			p, err := s.c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: r.RoleName, Marker: m})
			if err != nil {
				return nil, false, nil, err
			}
			return p.PolicyNames, p.IsTruncated, p.Marker, nil
		}, func(name string) (*string, error) {
			p, err := s.c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: r.RoleName, PolicyName: &name})
			if err != nil {
				return nil, err
			}
			return p.PolicyDocument, nil
		})
		return s.put(listRoles, awssdk.ToString(r.RoleName), tell, d)
	})
}

// policies reads the account's own managed policies and those of AWS that are
// attached to somebody: the ones that GetAccountAuthorizationDetails tells.
func (s *singly) policies(ctx context.Context) error {
	var list []types.Policy
	for _, of := range []iam.ListPoliciesInput{{Scope: types.PolicyScopeTypeLocal}, {Scope: types.PolicyScopeTypeAws, OnlyAttached: true}} {
		if err := pages("iam:ListPolicies", func(m *string) (bool, *string, error) {
			in := of
			in.Marker, in.MaxItems = m, s.a.pageSize()
			p, err := s.c.ListPolicies(ctx, &in)
			if err != nil {
				return false, nil, err
			}
			list = append(list, p.Policies...)
			return p.IsTruncated, p.Marker, nil
		}); err != nil {
			return err
		}
	}
	return each(ctx, s.a, list, func(ctx context.Context, p types.Policy) error {
		d := types.ManagedPolicyDetail{PolicyName: p.PolicyName, PolicyId: p.PolicyId, Arn: p.Arn, Path: p.Path, DefaultVersionId: p.DefaultVersionId, CreateDate: p.CreateDate, UpdateDate: p.UpdateDate}
		tell := s.call("iam:GetPolicy", func() error {
			got, err := s.c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.Arn})
			if err == nil && got.Policy != nil {
				d.Description = got.Policy.Description
			}
			return err
		}) && s.call("iam:ListPolicyVersions", func() error {
			return pages("iam:ListPolicyVersions", func(m *string) (bool, *string, error) {
				page, err := s.c.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: p.Arn, Marker: m})
				if err != nil {
					return false, nil, err
				}
				d.PolicyVersionList = append(d.PolicyVersionList, page.Versions...)
				return page.IsTruncated, page.Marker, nil
			})
		})
		for i := range d.PolicyVersionList {
			v := &d.PolicyVersionList[i]
			tell = tell && s.call("iam:GetPolicyVersion", func() error {
				got, err := s.c.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: p.Arn, VersionId: v.VersionId})
				if err == nil && got.PolicyVersion != nil {
					v.Document = got.PolicyVersion.Document
				}
				return err
			})
		}
		return s.put(listPolicies, awssdk.ToString(p.PolicyName), tell, d)
	})
}
