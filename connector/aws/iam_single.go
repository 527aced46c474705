package aws

import (
	"context"
	"fmt"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/droverhq/drover"
)

// A singly reads by many single calls what iam:GetAccountAuthorizationDetails
// would tell at once, where that is denied and they are not. Its answers are put
// into the shapes of that call, so the nodes are the same.
type singly struct {
	a *account
	c *iam.Client
	d *details

	mu      sync.Mutex
	refused map[string]int   // by action
	allowed map[string]bool  // by action
	why     map[string]error // by action
}

// maxRefused is how often a call that was never allowed is tried.
const maxRefused = 3

// readSingly fills d by single calls. What is denied is left out and said, with
// the action to allow; of what failed otherwise nothing is told, so that what was
// known of it stays. It returns an error when no list could be read at all.
func (a *account) readSingly(ctx context.Context, d *details, why error) error {
	s := &singly{a: a, c: iam.NewFromConfig(a.cfg), d: d, refused: map[string]int{}, allowed: map[string]bool{}, why: map[string]error{}}
	read := 0
	var first error
	for list, fn := range map[string]func(context.Context) error{listUsers: s.users, listGroups: s.groups, listRoles: s.roles, listPolicies: s.policies} {
		err := fn(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			read++
			d.note(list, list, "read by single calls, for the one that tells all is not allowed: "+why.Error())
			continue
		}
		if first == nil {
			first = err
		}
		d.trouble(list, list, err)
	}
	for action, n := range s.refused {
		for _, list := range []string{listUsers, listGroups, listRoles, listPolicies} {
			if !s.allowed[action] && s.lists(action, list) {
				d.trouble(list, action, fmt.Errorf("refused %d times; not known of any: %w", n, s.why[action]))
			}
		}
	}
	if read == 0 {
		return first
	}
	return nil
}

// lists reports whether an action tells of the things in a list.
func (s *singly) lists(action, list string) bool {
	for of, names := range map[string][]string{
		listUsers: {"GetUser", "ListGroupsForUser", "ListUserPolicies", "GetUserPolicy", "ListAttachedUserPolicies"}, listGroups: {"ListGroupPolicies", "GetGroupPolicy", "ListAttachedGroupPolicies"},
		listRoles: {"GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole"}, listPolicies: {"GetPolicy", "ListPolicyVersions", "GetPolicyVersion"},
	} {
		for _, n := range names {
			if of == list && "iam:"+n == action {
				return true
			}
		}
	}
	return false
}

// call makes one call for a detail. It reports false where the thing must not be
// told of: the call failed, and not for want of privileges.
func (s *singly) call(action string, fn func() error) (tell bool) {
	s.mu.Lock()
	hopeless := !s.allowed[action] && s.refused[action] >= maxRefused
	s.mu.Unlock()
	if hopeless {
		return true
	}
	err := fault(fn())
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil, absent(err):
		s.allowed[action] = true
	case denied(err):
		s.refused[action]++
		s.why[action] = err
	default:
		s.why[action] = err
		return false
	}
	return true
}

// put adds one thing, or says that it could not be read whole.
func (s *singly) put(list, name string, tell bool, item any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !tell {
		s.d.trouble(list, text(name), fmt.Errorf("a call for it failed; what is known of it stays; scan again: %w", drover.ErrTransient))
		return nil
	}
	raw, err := rawItems([]any{item})
	if err != nil {
		return err
	}
	if s.d.add(list, list+" "+text(name), raw[0]) {
		return errRepeated("iam "+list, 1)
	}
	return nil
}

func (s *singly) users(ctx context.Context) error {
	var list []types.User
	if err := pages("iam:ListUsers", func(m *string) (bool, *string, error) {
		p, err := s.c.ListUsers(ctx, &iam.ListUsersInput{Marker: m, MaxItems: s.a.pageSize()})
		if err != nil {
			return false, nil, err
		}
		list = append(list, p.Users...)
		return p.IsTruncated, p.Marker, nil
	}); err != nil {
		return err
	}
	return each(ctx, s.a, list, func(ctx context.Context, u types.User) error {
		d := types.UserDetail{UserName: u.UserName, UserId: u.UserId, Arn: u.Arn, Path: u.Path, CreateDate: u.CreateDate}
		tell := s.call("iam:GetUser", func() error {
			got, err := s.c.GetUser(ctx, &iam.GetUserInput{UserName: u.UserName})
			if err == nil && got.User != nil {
				d.PermissionsBoundary, d.Tags = got.User.PermissionsBoundary, got.User.Tags
			}
			return err
		}) && s.call("iam:ListGroupsForUser", func() error {
			return pages("iam:ListGroupsForUser", func(m *string) (bool, *string, error) {
				p, err := s.c.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: u.UserName, Marker: m})
				if err != nil {
					return false, nil, err
				}
				for _, g := range p.Groups {
					d.GroupList = append(d.GroupList, awssdk.ToString(g.GroupName))
				}
				return p.IsTruncated, p.Marker, nil
			})
		}) && s.call("iam:ListAttachedUserPolicies", func() error {
			return pages("iam:ListAttachedUserPolicies", func(m *string) (bool, *string, error) {
				p, err := s.c.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: u.UserName, Marker: m})
				if err != nil {
					return false, nil, err
				}
				d.AttachedManagedPolicies = append(d.AttachedManagedPolicies, p.AttachedPolicies...)
				return p.IsTruncated, p.Marker, nil
			})
		}) && s.inline("User", &d.UserPolicyList, func(m *string) ([]string, bool, *string, error) {
			p, err := s.c.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: u.UserName, Marker: m})
			if err != nil {
				return nil, false, nil, err
			}
			return p.PolicyNames, p.IsTruncated, p.Marker, nil
		}, func(name string) (*string, error) {
			p, err := s.c.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: u.UserName, PolicyName: &name})
			if err != nil {
				return nil, err
			}
			return p.PolicyDocument, nil
		})
		return s.put(listUsers, awssdk.ToString(u.UserName), tell, d)
	})
}

// inline reads the inline policies of one principal.
func (s *singly) inline(sort string, to *[]types.PolicyDetail, list func(m *string) ([]string, bool, *string, error), get func(name string) (*string, error)) bool {
	var names []string
	tell := s.call("iam:List"+sort+"Policies", func() error {
		return pages("iam:List"+sort+"Policies", func(m *string) (bool, *string, error) {
			page, more, next, err := list(m)
			names = append(names, page...)
			return more, next, err
		})
	})
	for _, name := range names {
		tell = tell && s.call("iam:Get"+sort+"Policy", func() error {
			doc, err := get(name)
			if err == nil {
				*to = append(*to, types.PolicyDetail{PolicyName: awssdk.String(name), PolicyDocument: doc})
			}
			return err
		})
	}
	return tell
}

func (s *singly) groups(ctx context.Context) error {
	var list []types.Group
	if err := pages("iam:ListGroups", func(m *string) (bool, *string, error) {
		p, err := s.c.ListGroups(ctx, &iam.ListGroupsInput{Marker: m, MaxItems: s.a.pageSize()})
		if err != nil {
			return false, nil, err
		}
		list = append(list, p.Groups...)
		return p.IsTruncated, p.Marker, nil
	}); err != nil {
		return err
	}
	return each(ctx, s.a, list, func(ctx context.Context, g types.Group) error {
		d := types.GroupDetail{GroupName: g.GroupName, GroupId: g.GroupId, Arn: g.Arn, Path: g.Path, CreateDate: g.CreateDate}
		tell := s.call("iam:ListAttachedGroupPolicies", func() error {
			return pages("iam:ListAttachedGroupPolicies", func(m *string) (bool, *string, error) {
				p, err := s.c.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: g.GroupName, Marker: m})
				if err != nil {
					return false, nil, err
				}
				d.AttachedManagedPolicies = append(d.AttachedManagedPolicies, p.AttachedPolicies...)
				return p.IsTruncated, p.Marker, nil
			})
		}) && s.inline("Group", &d.GroupPolicyList, func(m *string) ([]string, bool, *string, error) {
			p, err := s.c.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: g.GroupName, Marker: m})
			if err != nil {
				return nil, false, nil, err
			}
			return p.PolicyNames, p.IsTruncated, p.Marker, nil
		}, func(name string) (*string, error) {
			p, err := s.c.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: g.GroupName, PolicyName: &name})
			if err != nil {
				return nil, err
			}
			return p.PolicyDocument, nil
		})
		return s.put(listGroups, awssdk.ToString(g.GroupName), tell, d)
	})
}
