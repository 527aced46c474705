package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/internal/engine"
)

func (a *app) auditCmd() *cobra.Command {
	var q engine.AuditQuery
	var since, until string
	c := shaped(shapeList, &cobra.Command{Use: "audit", Short: "List what was done, by whom, the newest first", Args: cobra.NoArgs,
		Long:    "Every call that changes something is recorded, whatever door it came through. The record is only added to; `drover audit verify` tells whether anybody\nchanged it.",
		Example: "  drover audit --since 7d\n  drover audit --target orders-db\n  drover audit --action user. --outcome refused -o json\n  drover audit verify",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if q.From, err = a.moment(since); err != nil {
				return fmt.Errorf("--since: %w", err)
			}
			if q.To, err = a.moment(until); err != nil {
				return fmt.Errorf("--until: %w", err)
			}
			return a.with(cmd.Context(), true, func(e estate) error { return a.auditList(cmd, e, q) })
		}})
	c.Flags().StringVar(&q.Target, "target", "", "only what was done to `REF`: a ref, an id, as it is written")
	c.Flags().StringVar(&q.Who, "who", "", "only what `NAME` did")
	c.Flags().StringVar(&q.Action, "action", "", "only an `ACTION` such as tag.set; tag. for all that begin so")
	c.Flags().StringVar(&q.Outcome, "outcome", "", "only what ended as done, started, partial, failed or refused")
	c.Flags().StringVar(&since, "since", "", "not before a `TIME` or an age such as 7d")
	c.Flags().StringVar(&until, "until", "", "before a `TIME` or an age")
	c.AddCommand(a.auditVerifyCmd(), a.auditCutCmd())
	return c
}

func (a *app) auditList(cmd *cobra.Command, e estate, q engine.AuditQuery) error {
	n, err := e.AuditCount(cmd.Context(), q)
	if err != nil {
		return err
	}
	// A page at a time: the record of years is not held at once.
	var failed error
	items := func(yield func(any) bool) {
		const page = 1000
		for q.Limit = page; ; {
			list, err := e.AuditList(cmd.Context(), q)
			if err != nil {
				failed = err
				return
			}
			for _, i := range list {
				if !yield(i) {
					return
				}
			}
			if len(list) < page {
				return
			}
			q.Before = list[page-1].ID
		}
	}
	err = a.list(listing{Schema: "drover/v1/audit", Total: n, Items: items, Empty: "Nothing was recorded.", Columns: []column{
		of("NO", func(i engine.AuditItem) string { return fmt.Sprint(i.ID) }),
		of("AT", func(i engine.AuditItem) string { return i.At.Local().Format("2006-01-02 15:04:05") }),
		of("WHO", func(i engine.AuditItem) string { return i.Who }),
		of("ACTION", func(i engine.AuditItem) string { return i.Action }),
		of("OUTCOME", func(i engine.AuditItem) string { return i.Outcome }),
		of("TARGET", func(i engine.AuditItem) string { return text(i.Target) }),
		wide("DOOR", func(i engine.AuditItem) string { return text(i.Door) }),
		wide("ADDRESS", func(i engine.AuditItem) string { return text(i.Address) }),
		wide("CALLER", func(i engine.AuditItem) string { return text(i.Caller) }),
	}})
	return errors.Join(err, failed)
}

func (a *app) auditVerifyCmd() *cobra.Command {
	var heads []string
	c := shaped(shapeObject, &cobra.Command{Use: "verify", Short: "Tell whether anybody changed the record", Args: cobra.NoArgs,
		Long:    "Recomputes the chain of hashes from its beginning, and compares it with the signed ends that were written elsewhere: in audit.heads of the data directory, in the\nfile of audit.anchor, and in files given by --heads, such as what a webhook received. Exit code 10 where something was changed, 3 where it\ncannot be told, since signed ends or the key are missing.",
		Example: "  drover audit verify\n  drover audit verify --heads /mnt/worm/drover.heads",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), true, func(e estate) error {
				p, err := e.AuditVerify(cmd.Context(), heads...)
				if err != nil {
					return err
				}
				err = a.object(p, func(w io.Writer) {
					switch {
					case p.OK:
						fmt.Fprintf(w, "The record is whole: entries %d to %d\n", p.Head-p.Entries+1, p.Head)
					case p.Fault != nil:
						fmt.Fprintf(w, "The record was changed: %s\n", safe(text(p.Fault)))
					default:
						fmt.Fprintf(w, "Whether the record was changed cannot be told: entries %d to %d fit together, but\n", p.Head-p.Entries+1, p.Head)
					}
					for _, m := range p.Missing {
						fmt.Fprintf(w, "  %s\n", safe(m))
					}
					if c := p.Cut; c != nil {
						fmt.Fprintf(w, "Entries up to %d, the last of %s, were removed on %s: the signed record of that cut is where the proof begins\n", c.Seq, day(c.Last), day(c.At))
					}
					if p.Key != "" {
						fmt.Fprintf(w, "Compared with %s up to entry %d, signed by the key %s\n", plural(p.Heads, "anchored end"), p.Anchored, p.Key)
					}
				})
				switch {
				case err != nil:
					return err
				case p.Fault != nil:
					return errGate
				case !p.OK:
					return errPartial
				}
				return nil
			})
		}})
	c.Flags().StringArrayVar(&heads, "heads", nil, "`FILE` of signed ends that were kept elsewhere; may be given several times")
	return c
}
