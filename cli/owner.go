package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) ownerCmd() *cobra.Command {
	c := &cobra.Command{Use: "owner", Aliases: []string{"owners"}, Short: "Say who answers for what, and find out who should",
		Example: "  drover owner suggest\n  drover owner set svc-bi-export team-bi --deputy omar@acme.example\n  drover owner confirm svc-bi-export\n  drover owner transfer --from priya@acme.example --to team-bi\n" +
			"  drover owner unowned 'env=prod' --state left\n  drover owner tasks\n  drover owner sheet 'Carol King' -O carol.html"}
	c.AddCommand(a.ownerSuggestCmd(), a.ownerUnownedCmd(), a.ownerSetCmd(), a.ownerConfirmCmd(), a.ownerTransferCmd(), a.ownerListCmd(), a.ownerTasksCmd(), a.ownerSheetCmd())
	return c
}

// ownerItems lists what OwnerItems finds.
func (a *app) ownerItems(cmd *cobra.Command, q engine.OwnerQuery, limit int, columns []column, after func(*engine.OwnerList)) error {
	if limit < 0 {
		return fmt.Errorf("--limit %d: write a number above 0: %w", limit, drover.ErrInvalid)
	}
	at, err := a.past(a.asOf)
	if err != nil {
		return err
	}
	q.AsOf, q.Limit = at, limit
	if limit == 0 && a.format == "table" {
		q.Limit = shown
	}
	return a.with(cmd.Context(), true, func(e estate) error {
		l, err := e.OwnerItems(cmd.Context(), q)
		if err != nil {
			return err
		}
		a.before(at, l.Generation)
		empty := fmt.Sprintf("Somebody answers for each of the %s.", plural(l.Looked, "identity"))
		if l.Looked == 0 {
			empty = "No identities match."
		}
		if err := a.list(listing{Schema: "drover/v1/owner_items", Generation: l.Generation, Total: l.Total, Items: seq(l.Items), Empty: empty, Columns: columns}); err != nil {
			return err
		}
		if len(l.Items) < l.Total {
			a.hint("%d of %d; --limit shows more, -o json all", len(l.Items), l.Total)
		}
		after(l)
		return nil
	})
}

func (a *app) ownerSuggestCmd() *cobra.Command {
	var limit int
	var all bool
	c := historic(shaped(shapeList, &cobra.Command{
		Use:   "suggest [ID|FILTER]",
		Short: "Suggest owners for what nobody answers for, with why",
		Long: "Suggestions come from tags and labels, CODEOWNERS, who wrote the line where a secret lies, who made it and what from, who owns what runs as it or lies beside it, groups, names, and\n" +
			"earlier decisions. The number says how often a suggestion like it is right. Where two are as likely, or nothing says enough, none is given: ask.\n" +
			"ownership.sources in drover.yaml leaves kinds of signals out.",
		Example: "  drover owner suggest\n  drover owner suggest svc-bi-export\n  drover owner suggest 'env=prod tier=0' -o json",
		RunE: func(cmd *cobra.Command, words []string) error {
			return a.ownerItems(cmd, engine.OwnerQuery{Filter: strings.Join(words, " "), All: all}, limit, suggestColumns(), func(l *engine.OwnerList) { a.suggested(l) })
		},
	}))
	c.Flags().IntVar(&limit, "limit", 0, "at most `N` identities")
	c.Flags().BoolVar(&all, "all", false, "also for what somebody answers for")
	return c
}

// suggested hints at what to do with suggestions.
func (a *app) suggested(l *engine.OwnerList) {
	if len(l.Items) == 1 && a.format == "table" {
		for i, s := range l.Items[0].Suggestions {
			if i == 3 {
				break
			}
			for _, r := range s.Reasons[:min(3, len(s.Reasons))] {
				a.hint("%s %.2f  %s: %s  (%s)", safe(s.Name), s.Confidence, r.Kind, safe(r.Text), r.Grade)
			}
		}
	}
	clear := 0
	first := ""
	for _, i := range l.Items {
		if i.Clear {
			if clear++; first == "" {
				first = i.Command
			}
		}
	}
	if first != "" {
		a.hint("%d of %d have a clear suggestion. next: %s", clear, len(l.Items), safe(first))
	}
}

func suggestColumns() []column {
	f := func(name string, get func(engine.OwnerItem) string) column { return of(name, get) }
	return []column{
		f("NAME", func(i engine.OwnerItem) string { return safe(i.Name) }),
		f("TYPE", func(i engine.OwnerItem) string { return safe(i.Type) }),
		f("OWNER", func(i engine.OwnerItem) string { return ownerWords(i.Missing, i.Owner) }),
		f("SUGGESTED", func(i engine.OwnerItem) string {
			if len(i.Suggestions) == 0 {
				return "-"
			}
			if !i.Clear {
				return "? " + safe(i.Suggestions[0].Name)
			}
			return safe(i.Suggestions[0].Name)
		}),
		f("SURE", func(i engine.OwnerItem) string {
			if len(i.Suggestions) == 0 {
				return "-"
			}
			return fmt.Sprintf("%.2f", i.Suggestions[0].Confidence)
		}),
		f("BECAUSE", func(i engine.OwnerItem) string {
			if len(i.Suggestions) == 0 {
				return "nothing says"
			}
			return safe(i.Suggestions[0].Reasons[0].Text)
		}),
		of("RISK", func(i engine.OwnerItem) string { return fmt.Sprint(i.Risk) }),
		wide("ID", func(i engine.OwnerItem) string { return i.ID }),
		wide("REF", func(i engine.OwnerItem) string { return safe(string(i.Ref)) }),
		wide("COMMAND", func(i engine.OwnerItem) string { return safe(i.Command) }),
	}
}

// ownerWords says in few words how it stands with an owner.
func ownerWords(missing string, o *engine.OwnerView) string {
	name := ""
	if o != nil {
		name = safe(o.Name)
	}
	switch owners.Missing(missing) {
	case owners.Never:
		return "none"
	case owners.LeftCompany:
		return "left: " + name
	case owners.EmptyGroup:
		return "empty: " + name
	case owners.Unconfirmed:
		return "unconfirmed: " + name
	}
	return name
}

func (a *app) ownerUnownedCmd() *cobra.Command {
	var limit int
	var state string
	c := historic(shaped(shapeList, &cobra.Command{
		Use:   "unowned [FILTER]",
		Short: "List what nobody can be relied on to answer for, and why",
		Long: "never: nobody was ever named. left: the owner has left the company. empty: the team has nobody left. unconfirmed: nobody confirmed the owner within\n" +
			"ownership.confirm_every of drover.yaml.",
		Example: "  drover owner unowned\n  drover owner unowned 'env=prod' --state left",
		RunE: func(cmd *cobra.Command, words []string) error {
			m := owners.Missing(state)
			ok := m == ""
			for _, s := range owners.States {
				ok = ok || s == m
			}
			if !ok {
				return fmt.Errorf("--state %q: never, left, empty or unconfirmed: %w", state, drover.ErrInvalid)
			}
			return a.ownerItems(cmd, engine.OwnerQuery{Filter: strings.Join(words, " "), Missing: m}, limit, suggestColumns(), func(l *engine.OwnerList) {
				a.hint("never %d   left %d   empty %d   unconfirmed %d   owned %d of %d", l.Counts[string(owners.Never)], l.Counts[string(owners.LeftCompany)], l.Counts[string(owners.EmptyGroup)], l.Counts[string(owners.Unconfirmed)], l.Counts[""], l.Looked)
			})
		},
	}))
	c.Flags().IntVar(&limit, "limit", 0, "at most `N` identities")
	c.Flags().StringVar(&state, "state", "", "only `STATE`: never, left, empty, unconfirmed")
	return c
}

func (a *app) ownerSetCmd() *cobra.Command {
	var d engine.OwnerDecision
	c := shaped(shapeObject, &cobra.Command{
		Use:   "set ID OWNER",
		Short: "Make a person or a team the owner",
		Long: "OWNER is a name, a mail address, @org/team, team:NAME, a ref or a short id of somebody who is known and still there. ID may be a filter: then each identity that it keeps.\n" +
			"The decision is kept with who made it and when; --as-of shows what held. It stands before what systems say, and comes down to credentials.",
		Example: "  drover owner set svc-bi-export team-bi\n  drover owner set svc-bi-export carol@acme.example --deputy team-bi\n  drover owner set 'attrs.namespace=pay' team:payments",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Owner = args[1]
			return a.with(cmd.Context(), false, func(e estate) error {
				v, err := e.SetOwner(cmd.Context(), args[0], d)
				if err != nil {
					return err
				}
				return a.ownerChange(v)
			})
		},
	})
	c.Flags().StringVar(&d.Deputy, "deputy", "", "who stands in: a `PERSON` or team")
	c.Flags().StringVar(&d.Reason, "reason", "", "why, in a few words")
	return c
}

func (a *app) ownerConfirmCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{
		Use:   "confirm ID",
		Short: "Confirm who the owner is",
		Long:  "Where the owner comes down from an application or a namespace, it is confirmed there. ID may be a filter.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), false, func(e estate) error {
				v, err := e.ConfirmOwner(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.ownerChange(v)
			})
		},
	})
}

func (a *app) ownerTransferCmd() *cobra.Command {
	var d engine.OwnerDecision
	var from, to string
	c := shaped(shapeObject, &cobra.Command{
		Use:     "transfer [ID OWNER] [--from PERSON --to OWNER]",
		Short:   "Hand over one thing, or all that somebody answers for",
		Example: "  drover owner transfer svc-bi-export team-bi --reason 'moved to BI'\n  drover owner transfer --from priya@acme.example --to omar@acme.example\n  drover owner transfer 'env=prod' --from priya@acme.example --to team-bi",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id := ""
			if len(args) > 0 {
				id = args[0]
			}
			d.Owner = to
			switch {
			case len(args) == 2 && to == "":
				d.Owner = args[1]
			case len(args) == 2, from == "" && id == "", to == "":
				return usage(fmt.Errorf("transfer needs what and to whom"), "drover owner transfer ID OWNER, or drover owner transfer --from PERSON --to OWNER")
			}
			return a.with(cmd.Context(), false, func(e estate) error {
				v, err := e.TransferOwner(cmd.Context(), id, from, d)
				if err != nil {
					return err
				}
				return a.ownerChange(v)
			})
		},
	})
	c.Flags().StringVar(&from, "from", "", "all that a `PERSON` or team answers for")
	c.Flags().StringVar(&to, "to", "", "the new `OWNER`")
	c.Flags().StringVar(&d.Deputy, "deputy", "", "who stands in: a `PERSON` or team")
	c.Flags().StringVar(&d.Reason, "reason", "", "why, in a few words")
	return c
}

func (a *app) ownerChange(v *engine.OwnerChange) error {
	return a.object(v, func(w io.Writer) {
		for i, m := range v.Changed {
			if i == shown {
				fmt.Fprintf(w, "… and %d more: -o json\n", len(v.Changed)-shown)
				break
			}
			verb := "answers for"
			if m.State == "confirmed" {
				verb = "was confirmed for"
			}
			line := fmt.Sprintf("%s %s %s", safe(m.Owner), verb, safe(m.Name))
			if m.Before != nil {
				line += ", before " + safe(*m.Before)
			}
			if m.Deputy != nil {
				line += "; deputy " + safe(*m.Deputy)
			}
			fmt.Fprintln(w, line)
		}
		if len(v.Changed) > 1 {
			a.hint("%s changed. To undo: drover owner transfer, or drover owner set", plural(len(v.Changed), "owner"))
		}
	})
}

func (a *app) ownerListCmd() *cobra.Command {
	var all bool
	c := historic(shaped(shapeList, &cobra.Command{
		Use:   "list",
		Short: "List who answers for how much",
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				list, generation, err := e.OwnerCounts(cmd.Context(), at, all)
				if err != nil {
					return err
				}
				a.before(at, generation)
				return a.list(listing{Schema: "drover/v1/owners", Generation: generation, Total: len(list), Items: seq(list), Empty: "Nobody answers for anything yet. next: drover owner suggest", Columns: []column{
					of("NAME", func(c engine.OwnerCount) string { return safe(c.Name) }),
					of("KIND", func(c engine.OwnerCount) string {
						if c.Kind == drover.KindGroup {
							return "team"
						}
						return "person"
					}),
					of("IDENTITIES", func(c engine.OwnerCount) string { return fmt.Sprint(c.Identities) }),
					of("CONFIRMED", func(c engine.OwnerCount) string { return fmt.Sprint(c.Confirmed) }),
					of("UNCONFIRMED", func(c engine.OwnerCount) string { return fmt.Sprint(c.Unconfirmed) }),
					of("MEMBERS", func(c engine.OwnerCount) string {
						if c.Members == nil {
							return "-"
						}
						return fmt.Sprint(*c.Members)
					}),
					of("STATE", func(c engine.OwnerCount) string {
						switch {
						case c.Left && c.Kind == drover.KindGroup:
							return "empty"
						case c.Left:
							return "left"
						}
						return "active"
					}),
					wide("REF", func(c engine.OwnerCount) string { return safe(string(c.Ref)) }),
				}})
			})
		},
		Args: cobra.NoArgs,
	}))
	c.Flags().BoolVar(&all, "all", false, "also people and teams that answer for nothing yet")
	return c
}

func (a *app) ownerTasksCmd() *cobra.Command {
	var forWhom string
	c := historic(shaped(shapeList, &cobra.Command{
		Use:   "tasks",
		Short: "List who must act because an owner left, moved or was not confirmed",
		Long: "hand_over: an owner has left. rotate: somebody who has left made it, or could read its credential. empty: the team has nobody left. moved, renamed: the owner's place in\n" +
			"the organisation changed. confirm: nobody confirmed the owner for too long. What would fall with most comes first. A task is gone when it is done.",
		Example: "  drover scan hr.csv && drover owner tasks\n  drover owner tasks --for 'Omar Kaya' -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				list, generation, err := e.OwnerTasks(cmd.Context(), forWhom, at)
				if err != nil {
					return err
				}
				a.before(at, generation)
				return a.list(listing{Schema: "drover/v1/owner_tasks", Generation: generation, Total: len(list), Items: seq(list), Empty: "Nobody must act: every owner is there and confirmed.", Columns: taskColumns(a.now())})
			})
		},
	}))
	c.Flags().StringVar(&forWhom, "for", "", "only what a `PERSON` or team must do")
	return c
}

func taskColumns(now time.Time) []column {
	f := func(name string, get func(engine.OwnerTask) string) column { return of(name, get) }
	return []column{
		f("ID", func(t engine.OwnerTask) string { return t.ID }),
		f("KIND", func(t engine.OwnerTask) string { return t.Kind }),
		f("WHO", func(t engine.OwnerTask) string {
			if t.Who == nil {
				return "security"
			}
			return safe(t.Who.Name)
		}),
		f("BY", func(t engine.OwnerTask) string {
			if t.By == nil {
				return "-"
			}
			s := t.By.Format(time.DateOnly)
			if t.Overdue {
				s += " overdue"
			}
			return s
		}),
		f("RISK", func(t engine.OwnerTask) string { return fmt.Sprint(t.Risk) }),
		f("WHAT", func(t engine.OwnerTask) string { return safe(t.What) }),
		f("WHY", func(t engine.OwnerTask) string { return safe(t.Why) }),
		wide("REACH", func(t engine.OwnerTask) string { return fmt.Sprint(t.Reach) }),
		wide("TIER0", func(t engine.OwnerTask) string { return fmt.Sprint(t.ToTier0) }),
		wide("GRADE", func(t engine.OwnerTask) string { return t.Grade }),
		wide("REF", func(t engine.OwnerTask) string { return safe(string(t.Subject.Ref)) }),
		wide("COMMAND", func(t engine.OwnerTask) string { return safe(t.Command) }),
	}
}
