package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// TokenView is what `token create` prints: the one time that a value is shown.
type TokenView struct {
	Schema string           `json:"schema"`
	Token  engine.TokenItem `json:"token"`
	Value  string           `json:"value"`
}

// RevokedView is what `token revoke` prints.
type RevokedView struct {
	Schema string `json:"schema"`
	ID     string `json:"id"`
}

func (a *app) tokenCmd() *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "Make and revoke API tokens",
		Long:    "A token lets a program in as its user, with what the token is given of what the user may. Its value is shown once and kept nowhere; it is sent as\nAuthorization: Bearer VALUE. Workloads that have a token of an issuer already need none: see auth.workload.",
		Example: "  drover token create nightly-report --user ci --grant auditor --expires 30d\n  drover token list\n  drover token revoke t-0123456789abcde"}
	c.AddCommand(a.tokenListCmd(), a.tokenCreateCmd(), a.tokenRevokeCmd())
	return c
}

func (a *app) tokenListCmd() *cobra.Command {
	return shaped(shapeList, &cobra.Command{Use: "list", Short: "List tokens that are good, with when they were last used", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), true, func(e estate) error {
			tokens, err := e.Tokens(cmd.Context(), true)
			if err != nil {
				return err
			}
			return a.list(listing{Schema: "drover/v1/tokens", Total: len(tokens), Items: seq(tokens), Empty: "There are no tokens.", Columns: []column{
				of("ID", func(t engine.TokenItem) string { return t.ID }),
				of("NAME", func(t engine.TokenItem) string { return t.Name }),
				of("USER", func(t engine.TokenItem) string { return t.UserName }),
				of("GRANTS", func(t engine.TokenItem) string {
					if len(t.Grants) == 0 {
						return "as the user"
					}
					return strings.Join(t.Grants, " ")
				}),
				of("EXPIRES", func(t engine.TokenItem) string { return t.Expires.Local().Format("2006-01-02 15:04") }),
				of("LAST USED", func(t engine.TokenItem) string { return ago(t.LastUsed, a.now()) }),
			}})
		})
	}})
}

func (a *app) tokenCreateCmd() *cobra.Command {
	var user, expires string
	var grants []string
	c := shaped(shapeObject, &cobra.Command{Use: "create NAME", Short: "Make a token and show its value, this once", Args: cobra.ExactArgs(1),
		Example: "  drover token create nightly-report --user ci --grant auditor --expires 30d",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := grantsOf(grants)
			if err != nil {
				return err
			}
			age, err := drover.ParseDuration(expires)
			if err != nil {
				return fmt.Errorf("--expires: %w", err)
			}
			v := &TokenView{}
			err = a.act(cmd.Context(), func(e estate) error {
				t, err := e.CreateToken(cmd.Context(), engine.NewToken{User: user, Name: args[0], Grants: list, Expires: age})
				if err == nil {
					*v = TokenView{t.Schema, t.Token, t.Value.Reveal()}
				}
				return err
			})
			if err != nil {
				return err
			}
			a.hint("Keep it where only its user can read it: it is shown this once. It is good until %s.", v.Token.Expires.Local().Format("2006-01-02 15:04"))
			return a.object(v, func(w io.Writer) { fmt.Fprintln(w, v.Value) })
		}})
	c.Flags().StringVar(&user, "user", "", "`NAME` of the user that it lets in (default: who works on this computer)")
	c.Flags().StringVar(&expires, "expires", "90d", "how long it is good, as an `AGE`")
	c.Flags().StringArrayVar(&grants, "grant", nil, "`ROLE[:BOUNDS]` that it holds, of those of its user (default: all); may be given several times")
	return c
}

func (a *app) tokenRevokeCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "revoke ID", Short: "End a token, at once", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		err := a.act(cmd.Context(), func(e estate) error { return e.RevokeToken(cmd.Context(), args[0]) })
		if err != nil {
			return err
		}
		return a.object(RevokedView{"drover/v1/token_revoked", args[0]}, func(w io.Writer) { fmt.Fprintf(w, "Revoked %s\n", safe(args[0])) })
	}})
}

// LinkView is what `login-link` prints.
type LinkView struct {
	Schema  string    `json:"schema"`
	URL     string    `json:"url"` // signs in whoever opens it first
	Expires time.Time `json:"expires"`
}

func (a *app) loginLinkCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "login-link [NAME]", Short: "Print a link that signs in once, within 30 minutes", Args: cobra.MaximumNArgs(1),
		Long:    "Without a name it is for who works on this computer, as an admin. Whoever opens it first is in: hand it over like a password.",
		Example: "  drover login-link\n  drover login-link ann",
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.loginLink(cmd.Context(), append(args, "")[0])
			if err != nil {
				return err
			}
			return a.object(v, func(w io.Writer) { fmt.Fprintln(w, v.URL) })
		}})
}
