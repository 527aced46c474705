package aws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// An accountFacts is what is said of an account as a whole.
type accountFacts struct {
	aliases        []string
	summary        map[string]int64
	passwordPolicy any // nil: not known; false: there is none
}

// readAccount emits the account and its root user.
func (a *account) readAccount(ctx context.Context, c *iam.Client, out *connector.Out) error {
	var f accountFacts
	if a.remark != "" {
		out.Note("account "+a.id, a.remark)
	}
	err := pages("iam:ListAccountAliases", func(marker *string) (bool, *string, error) {
		page, err := c.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{Marker: marker})
		if err != nil {
			return false, nil, err
		}
		f.aliases = append(f.aliases, page.AccountAliases...)
		return page.IsTruncated, page.Marker, nil
	})
	errs := []error{err}
	if got, err := c.GetAccountSummary(ctx, nil); err != nil {
		errs = append(errs, fault(err))
	} else {
		f.summary = map[string]int64{}
		for k, v := range got.SummaryMap {
			f.summary[k] = int64(v)
		}
	}
	switch got, err := c.GetAccountPasswordPolicy(ctx, nil); {
	case err == nil && got.PasswordPolicy != nil:
		f.passwordPolicy = got.PasswordPolicy
	case absent(fault(err)):
		f.passwordPolicy = false
	default:
		errs = append(errs, fault(err))
	}
	a.emitAccount(out, f)
	return errors.Join(errs...)
}

// emitAccount emits the account, and the root user that every account has.
func (a *account) emitAccount(out *connector.Out, f accountFacts) {
	attrs, name := map[string]any{"Partition": a.partition}, a.id
	if len(f.aliases) > 0 {
		name = text(f.aliases[0])
		var list []string
		for _, s := range f.aliases {
			list = append(list, text(s))
		}
		attrs["AccountAliases"] = sorted(list)
	}
	if f.passwordPolicy != nil {
		attrs["PasswordPolicy"] = f.passwordPolicy
	}
	out.Node(drover.Node{Ref: a.self(), Kind: drover.KindResource, Type: "aws.account", Name: name, Aliases: []string{"aws-account:" + a.id}, Attrs: drover.NewAttrs(attrs)})
	root := map[string]any{}
	// Of the summary only what says how the root user may sign in: the rest are
	// counters and quotas.
	for _, k := range []string{"AccountMFAEnabled", "AccountAccessKeysPresent", "AccountSigningCertificatesPresent", "AccountPasswordPresent"} {
		if v, ok := f.summary[k]; ok {
			root[k] = v
		}
	}
	a.emitRoot(out, root)
	out.Edge(drover.Edge{From: a.self(), To: a.root(), Kind: drover.EdgeContains, Proof: "IAM"})
}

// emitRoot emits the root user with what one source says of it.
func (a *account) emitRoot(out *connector.Out, attrs map[string]any) {
	out.Node(drover.Node{Ref: a.root(), Kind: drover.KindIdentity, Type: "aws.iam.root", Name: "root of " + a.id,
		Aliases: sorted([]string{a.arn("root"), "aws-principal-id:" + a.id}), Attrs: drover.NewAttrs(attrs)})
}
