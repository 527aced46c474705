package aws

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"golang.org/x/sync/errgroup"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// iamScopes are what reading IAM needs. All of them are in AWS's own policy
// SecurityAudit or IAMReadOnlyAccess; none can change anything, but that
// GenerateCredentialReport has IAM write the report that is read then.
var iamScopes = []connector.Scope{
	allow("iam:GetAccountAuthorizationDetails", "users, groups, roles and all policies with their versions; without it these are read one by one, where that is allowed"),
	allow("iam:ListAccountAliases", "the account's alias"),
	allow("iam:GetAccountSummary", "whether the root user has keys, a password, MFA"),
	allow("iam:GetAccountPasswordPolicy", "the rules for passwords"),
	allow("iam:ListUsers", "when passwords were last used"),
	allow("iam:ListRoles", "descriptions of roles, and how long their sessions may last"),
	allow("iam:ListInstanceProfiles", "instance profiles that hold no role"),
	allow("iam:ListAccessKeys", "access keys, their age and status"),
	allow("iam:GetAccessKeyLastUsed", "when, where and for which service a key was last used"),
	allow("iam:GetLoginProfile", "who has a console password"),
	allow("iam:ListMFADevices", "which users have MFA devices"),
	allow("iam:ListServiceSpecificCredentials", "passwords for CodeCommit and Keyspaces, API keys for Bedrock and CloudWatch Logs"),
	allow("iam:ListSigningCertificates", "X.509 signing certificates of users"),
	allow("iam:ListSSHPublicKeys", "SSH keys of users"),
	allow("iam:GetSSHPublicKey", "their fingerprints, by which they are found elsewhere"),
	allow("iam:ListServerCertificates", "server certificates kept in IAM"),
	allow("iam:GetServerCertificate", "their fingerprints and names"),
	allow("iam:ListOpenIDConnectProviders", "OpenID Connect providers"),
	allow("iam:GetOpenIDConnectProvider", "their audiences and thumbprints"),
	allow("iam:ListSAMLProviders", "SAML providers"),
	allow("iam:GetSAMLProvider", "their certificates, and when these end"),
	allow("iam:GenerateCredentialReport", "a fresh credential report; it has IAM write a report and changes nothing else"),
	allow("iam:GetCredentialReport", "the root user's credentials and their last use, password ages"),
}

// readIAM reads the sections of IAM. One that is denied does not stop the next.
func (a *account) readIAM(ctx context.Context) error {
	client := iam.NewFromConfig(a.cfg)
	list := func(name, list string, emit func(*connector.Out, *details)) func(context.Context) error {
		return func(ctx context.Context) error { return a.fromDetails(ctx, name, list, emit) }
	}
	plain := func(name string, fn func(context.Context, *iam.Client, *connector.Out) error) func(context.Context) error {
		return func(ctx context.Context) error {
			return a.section(ctx, name, "", func(ctx context.Context, out *connector.Out) error { return fault(fn(ctx, client, out)) })
		}
	}
	each := func(name string, fn perUser) func(context.Context) error {
		return plain(name, func(ctx context.Context, c *iam.Client, out *connector.Out) error { return a.eachUser(ctx, c, out, fn) })
	}
	for _, read := range []func(context.Context) error{
		plain("iam.account", a.readAccount),
		list("iam.users", listUsers, a.emitUsers),
		list("iam.groups", listGroups, a.emitGroups),
		list("iam.roles", listRoles, a.emitRoles),
		list("iam.policies", listPolicies, a.emitPolicies),
		plain("iam.user_logins", a.readUserLogins),
		plain("iam.role_settings", a.readRoleSettings),
		plain("iam.instance_profiles", a.readInstanceProfiles),
		each("iam.access_keys", a.readAccessKeys),
		each("iam.login_profiles", a.readLoginProfile),
		each("iam.mfa_devices", a.readMFADevices),
		each("iam.service_specific_credentials", a.readServiceCredentials),
		each("iam.signing_certificates", a.readSigningCertificates),
		each("iam.ssh_public_keys", a.readSSHKeys),
		plain("iam.server_certificates", a.readServerCertificates),
		plain("iam.oidc_providers", a.readOIDCProviders),
		plain("iam.saml_providers", a.readSAMLProviders),
		a.readReport,
	} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// perUser reads one sort of credential of one user and emits it.
type perUser func(ctx context.Context, c *iam.Client, u *userDetail, out *connector.Out) error

// maxFailed is after how many users, none of them read, a call is not made for
// the others: it is not allowed, or the API is down.
const maxFailed = 5

// eachUser calls fn for every user, several at once. Each user is a part of the
// section: where one could not be read, what is known of its credentials stays.
func (a *account) eachUser(ctx context.Context, c *iam.Client, out *connector.Out, fn perUser) error {
	d, unknown := a.gaad(ctx)
	if unknown != nil && len(d.users) == 0 {
		return fmt.Errorf("which users there are is not known: %w", unknown)
	}
	var mu sync.Mutex
	read := 0
	var failed []problem
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(a.workers)
	for i := range d.users {
		u := &d.users[i]
		g.Go(func() error {
			at := out.At(a.userRef(u).ID())
			mu.Lock()
			hopeless := read == 0 && len(failed) >= maxFailed
			mu.Unlock()
			if hopeless {
				at.Keep()
				return nil
			}
			err := fault(guarded(func() error { return fn(gctx, c, u, at) }))
			if gctx.Err() != nil {
				return context.Cause(gctx)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil || errors.Is(err, drover.ErrNotFound) { // or the user went since it was listed
				read++
				return nil
			}
			failed = append(failed, problem{where: "user " + text(u.UserName), err: err})
			at.Keep()
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if read == 0 && len(failed) > 0 {
		return failed[0].err
	}
	for _, p := range failed {
		out.At("failed").Lost(p.where, p.err)
	}
	if unknown != nil {
		return fmt.Errorf("not all users are known: %w", unknown)
	}
	return nil
}
