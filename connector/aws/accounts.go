package aws

import (
	"context"
	"fmt"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// accounts lists the accounts to read, each with the configuration that signs
// there. One that cannot be entered has its err set.
func accounts(ctx context.Context, s *connector.Scan, cfg awssdk.Config) ([]*account, error) {
	self, err := whoami(ctx, s, cfg)
	if err != nil {
		return nil, err
	}
	role, ids := s.Config.Get("role"), s.Config.List("accounts")
	given, isARN := parseARN(role)
	switch {
	case len(ids) == 0 && role == "":
		return []*account{self}, nil
	case role == "":
		if len(ids) == 1 && ids[0] == self.id {
			return []*account{self}, nil
		}
		return nil, fmt.Errorf("option accounts needs option role, the role to assume in each: %w", drover.ErrInvalid)
	case len(ids) == 0 && isARN:
		ids = []string{given.account}
	case len(ids) == 0:
		ids = []string{self.id}
	case len(ids) == 1 && ids[0] == "all":
		if ids, err = organizationAccounts(ctx, cfg); err != nil {
			return nil, err
		}
	}
	skip := s.Config.List("exclude_accounts")
	var list []*account
	for _, id := range sorted(slices.Clone(ids)) {
		if !isAccount(id) {
			return nil, fmt.Errorf("option accounts: %q is neither all nor 12 digits: %w", sayable(id), drover.ErrInvalid)
		}
		if slices.Contains(skip, id) {
			continue
		}
		list = append(list, enter(ctx, s, self, id, role))
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("options accounts and exclude_accounts leave no account to read: %w", drover.ErrInvalid)
	}
	return list, nil
}

// enter makes the configuration that signs as the role in an account.
func enter(ctx context.Context, s *connector.Scan, self *account, id, role string) *account {
	a := newAccount(s, id)
	a.partition, a.key = self.partition, self.key
	arn := "arn:" + self.partition + ":iam::" + id + ":role/" + role
	if given, ok := parseARN(role); ok {
		if given.account != id {
			arn = "arn:" + given.partition + ":iam::" + id + ":" + given.resource
		} else {
			arn = role
		}
	}
	a.caller = arn
	a.cfg = self.cfg.Copy()
	a.cfg.Credentials = awssdk.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(self.cfg), arn, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		if x := s.Config.Secret("external_id"); x != "" {
			o.ExternalID = awssdk.String(x.Reveal())
		}
	}))
	if _, err := a.cfg.Credentials.Retrieve(ctx); err != nil {
		// An account of the Organization is its own when its role is not there:
		// the management account has none of the roles that it made elsewhere.
		if id == self.id {
			self.remark = fmt.Sprintf("read as the principal that signs, for its role could not be assumed: %v", fault(err))
			return self
		}
		a.err = fmt.Errorf("assume %s: %w", sayable(arn), fault(err))
	}
	return a
}

// organizationAccounts lists the active accounts of the Organization.
func organizationAccounts(ctx context.Context, cfg awssdk.Config) ([]string, error) {
	c := organizations.NewFromConfig(cfg)
	var ids []string
	err := pages("organizations:ListAccounts", func(token *string) (bool, *string, error) {
		page, err := c.ListAccounts(ctx, &organizations.ListAccountsInput{NextToken: token})
		if err != nil {
			return false, nil, err
		}
		for _, acct := range page.Accounts {
			if acct.State == types.AccountStateActive || acct.State == "" && acct.Status == types.AccountStatusActive {
				ids = append(ids, awssdk.ToString(acct.Id))
			}
		}
		return page.NextToken != nil, page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the accounts of the Organization: %w", err)
	}
	return ids, nil
}
