package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// UserView is what `user add` and `user grant` print.
type UserView struct {
	Schema string          `json:"schema"`
	User   engine.UserItem `json:"user"`
}

func (a *app) userCmd() *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "Say who may come in, and what they may do",
		Long: "Users sign in to a server: persons by the identity provider (auth.oidc) or a login link, machines by a token. What they may do is a list of grants, each a role\n" +
			"(owner, responder, engineer, approver, auditor, admin), inside bounds if it has any: engineer:source=aws-prod,k8s;env=prod or owner:team=payments.",
		Example: "  drover user add ann --email ann@example.com --grant auditor\n  drover user add ci --machine --grant responder:source=k8s-prod\n  drover user grant ann 'engineer:env=prod' approver\n  drover user list\n  drover user remove ann --reassign bob"}
	c.AddCommand(a.userListCmd(), a.userAddCmd(), a.userGrantCmd(), a.userRemoveCmd())
	return c
}

func (a *app) userListCmd() *cobra.Command {
	return shaped(shapeList, &cobra.Command{Use: "list", Short: "List users, what they may do, and when they were here", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), true, func(e estate) error {
			users, err := e.Users(cmd.Context())
			if err != nil {
				return err
			}
			return a.list(listing{Schema: "drover/v1/users", Total: len(users), Items: seq(users), Empty: "Nobody may come in but who works on this computer. `drover user add` adds somebody.", Columns: []column{
				of("ID", func(u engine.UserItem) string { return u.ID }),
				of("NAME", func(u engine.UserItem) string { return u.Name }),
				of("KIND", func(u engine.UserItem) string { return u.Kind }),
				of("GRANTS", func(u engine.UserItem) string { return strings.Join(u.Grants, " ") }),
				of("LAST SEEN", func(u engine.UserItem) string { return ago(u.LastSeen, a.now()) }),
				of("SESSIONS", func(u engine.UserItem) string { return fmt.Sprint(u.Sessions) }),
				of("TOKENS", func(u engine.UserItem) string { return fmt.Sprint(u.Tokens) }),
				wide("EMAIL", func(u engine.UserItem) string { return text(u.Email) }),
			}})
		})
	}})
}

func grantsOf(texts []string) (list []authz.Grant, err error) {
	for _, t := range texts {
		g, err := authz.ParseGrant(t)
		if err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, nil
}

func (a *app) userAddCmd() *cobra.Command {
	var email string
	var machine bool
	var grants []string
	c := shaped(shapeObject, &cobra.Command{Use: "add NAME", Short: "Add a person or a machine", Args: cobra.ExactArgs(1),
		Example: "  drover user add ann --email ann@example.com --grant auditor\n  drover user add ci --machine --grant responder:source=k8s-prod",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := grantsOf(grants)
			if err != nil {
				return err
			}
			n := engine.NewUser{Name: args[0], Email: email, Kind: authz.Person, Grants: list}
			if machine {
				n.Kind = authz.Machine
			}
			u := &engine.UserItem{}
			err = a.act(cmd.Context(), func(e estate) error {
				u, err = e.AddUser(cmd.Context(), n)
				return err
			})
			if err != nil {
				return err
			}
			switch {
			case machine:
				a.hint("Next: drover token create %s --user %s", args[0], args[0])
			case email == "":
				a.hint("Next: drover login-link %s", args[0])
			}
			return a.userDone("Added", u)
		}})
	c.Flags().StringVar(&email, "email", "", "mail `ADDRESS`, by which the identity provider's user is found the first time")
	c.Flags().BoolVar(&machine, "machine", false, "it is a machine, which comes in by a token")
	c.Flags().StringArrayVar(&grants, "grant", nil, "`ROLE[:BOUNDS]` that they hold; may be given several times")
	return c
}

func (a *app) userDone(did string, u *engine.UserItem) error {
	for _, w := range u.Warnings {
		a.hint("warning: %s", safe(w))
	}
	return a.object(UserView{"drover/v1/user", *u}, func(w io.Writer) {
		may := strings.Join(u.Grants, " ")
		if may == "" {
			may = "nothing"
		}
		fmt.Fprintf(w, "%s %s (%s), who may: %s\n", did, safe(u.Name), u.ID, safe(may))
	})
}

func (a *app) userGrantCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "grant NAME [GRANT...]", Short: "Say all that a user may do from now on; without grants, nothing", Args: cobra.MinimumNArgs(1),
		Example: "  drover user grant ann 'engineer:source=aws-prod;env=prod' approver",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := grantsOf(args[1:])
			if err != nil {
				return err
			}
			u := &engine.UserItem{}
			err = a.act(cmd.Context(), func(e estate) error {
				u, err = e.GrantUser(cmd.Context(), args[0], list)
				return err
			})
			if err != nil {
				return err
			}
			return a.userDone("Changed", u)
		}})
}

func (a *app) userRemoveCmd() *cobra.Command {
	var to string
	c := shaped(shapeObject, &cobra.Command{Use: "remove NAME", Short: "Remove a user, with all sessions and tokens", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if err := a.confirm(fmt.Sprintf("Remove %s, with all sessions and tokens?", args[0])); err != nil {
			return err
		}
		v := &engine.UserRemoval{}
		err := a.act(cmd.Context(), func(e estate) (err error) {
			v, err = e.RemoveUser(cmd.Context(), args[0], to)
			return err
		})
		if err != nil {
			return err
		}
		return a.object(v, func(w io.Writer) {
			fmt.Fprintf(w, "Removed %s: %s and %s ended\n", safe(v.Name), plural(v.Sessions, "session"), plural(v.Tokens, "token"))
			if v.Reassigned > 0 {
				fmt.Fprintf(w, "%s handed over to %s\n", plural(v.Reassigned, "finding"), safe(v.To))
			}
		})
	}})
	c.Flags().StringVar(&to, "reassign", "", "`NAME` who is to act on the findings that they were asked to act on")
	return c
}
