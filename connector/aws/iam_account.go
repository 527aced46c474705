package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// An accountFacts is what is said of an account as a whole.
type accountFacts struct {
	aliases        []string
	summary        map[string]int64
	passwordPolicy any // nil: not known; false: there is none
	lost           map[string]error
}

// What is said of an account by one call each.
const (
	accountAliases   = "aliases"
	accountSummary   = "summary"
	accountPasswords = "password policy"
)

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
	f.lost = map[string]error{accountAliases: err}
	if got, err := c.GetAccountSummary(ctx, nil); err != nil {
		f.lost[accountSummary] = fault(err)
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
		f.lost[accountPasswords] = fault(err)
	}
	a.emitAccount(out, f)
	return ctx.Err()
}

// emitAccount emits the account, and the root user that every account has.
func (a *account) emitAccount(out *connector.Out, f accountFacts) {
	n := drover.Node{Ref: a.self(), Kind: drover.KindResource, Type: "aws.account", Aliases: []string{"aws-account:" + a.id}, Attrs: drover.NewAttrs(map[string]any{"Partition": a.partition})}
	out.Node(n)
	// Its name is what its alias says, so it is lost with that.
	called, said := drover.Node{Ref: n.Ref, Kind: n.Kind, Type: n.Type, Name: a.id}, map[string]any{}
	if len(f.aliases) > 0 {
		called.Name = text(f.aliases[0])
		var list []string
		for _, s := range f.aliases {
			list = append(list, text(s))
		}
		said["AccountAliases"] = sorted(list)
	}
	for _, detail := range []string{accountAliases, accountSummary, accountPasswords} {
		if err := f.lost[detail]; err != nil {
			under(out, n.Ref, detail).Lost(detail, err)
		}
	}
	if f.lost[accountAliases] == nil {
		say(under(out, n.Ref, accountAliases), called, said)
	}
	out.At(unnamed(n.Ref)).Node(drover.Node{Ref: n.Ref, Kind: n.Kind, Type: n.Type, Name: a.id})
	say(under(out, n.Ref, accountPasswords), bare(n), map[string]any{"PasswordPolicy": f.passwordPolicy})
	root := map[string]any{}
	// Of the summary only what says how the root user may sign in: the rest are
	// counters and quotas.
	for _, k := range []string{"AccountMFAEnabled", "AccountAccessKeysPresent", "AccountSigningCertificatesPresent", "AccountPasswordPresent"} {
		if v, ok := f.summary[k]; ok {
			root[k] = v
		}
	}
	a.emitRoot(out, map[string]any{})
	if len(root) > 0 {
		a.emitRoot(under(out, n.Ref, accountSummary), root)
	}
	a.contains(out, a.root())
}

// emitRoot emits the root user with what one source says of it. An account that
// is not known has none.
func (a *account) emitRoot(out *connector.Out, attrs map[string]any) {
	if !isAccount(a.id) {
		return
	}
	out.Node(drover.Node{Ref: a.root(), Kind: drover.KindIdentity, Type: "aws.iam.root", Name: "root of " + a.id,
		Aliases: sorted([]string{a.arn("root"), "aws-principal-id:" + a.id}), Attrs: drover.NewAttrs(attrs)})
}

// contains says that a thing of IAM is the account's, when that is known.
func (a *account) contains(out *connector.Out, ref drover.Ref) {
	if isAccount(a.id) {
		out.Edge(drover.Edge{From: a.self(), To: ref, Kind: drover.EdgeContains, Proof: "IAM"})
	}
}
