package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) findingShowCmd() *cobra.Command {
	return historic(shaped(shapeObject, &cobra.Command{Use: "show FINDING", Short: "Show one finding with all five parts", Args: cobra.ExactArgs(1),
		Example: "  drover finding show F-7K2M1Q9Z\n  drover finding show F-7K2 -o json",
		RunE: about(a, func(e estate, ctx context.Context, id string, at time.Time) (FindingView, error) {
			f, err := e.FindFinding(ctx, id, at)
			if err != nil {
				return FindingView{}, err
			}
			return FindingView{"drover/v1/finding", *f}, nil
		}, func(w io.Writer, v FindingView) { a.findingText(w, &v.Finding) })}))
}

// FindingView is `finding show -o json`.
type FindingView struct {
	Schema  string         `json:"schema"`
	Finding drover.Finding `json:"finding"`
}

// DecisionView is what a decision about findings prints.
type DecisionView struct {
	Schema   string   `json:"schema"`
	Decision string   `json:"decision"` // accept, reopen, assign
	Findings []string `json:"findings"` // short ids
	To       string   `json:"to,omitempty"`
	Until    *string  `json:"until,omitempty"` // RFC 3339
}

// pick are the findings that a command decides about.
type pick struct{ filter string }

func (p *pick) add(c *cobra.Command) {
	c.Flags().StringVarP(&p.filter, "filter", "f", "", "every finding that a `FILTER` keeps, instead of ids")
}

// find reads ids or a filter. Deciding about more than one by a filter needs
// --yes, since it is easily more than was meant.
func (a *app) find(ctx context.Context, e estate, ids []string, p pick) (list []drover.Finding, err error) {
	switch {
	case len(ids) > 0 && p.filter != "":
		return nil, fmt.Errorf("name findings by id or by --filter, not by both: %w", drover.ErrInvalid)
	case len(ids) == 0 && p.filter == "":
		return nil, fmt.Errorf("which findings? name ids (F-…), or --filter; `drover finding list` lists them: %w", drover.ErrInvalid)
	}
	for _, id := range ids {
		f, err := e.FindFinding(ctx, id, time.Time{})
		if err != nil {
			return nil, err
		}
		list = append(list, *f)
	}
	if p.filter == "" {
		return list, nil
	}
	if list, _, err = e.Findings(ctx, engine.FindingQuery{Filter: p.filter}); err != nil {
		return nil, err
	}
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("no finding matches %q: %w", p.filter, drover.ErrNotFound)
	case len(list) > 1 && !a.yes:
		return nil, fmt.Errorf("the filter keeps %d findings; look at them with `drover finding list %s` and say --yes: %w", len(list), shellWord(p.filter), drover.ErrInvalid)
	}
	return list, nil
}

// decided writes what was decided.
func (a *app) decided(v DecisionView, list []drover.Finding, said string) error {
	v.Schema = "drover/v1/decision"
	v.Findings = []string{}
	for i := range list {
		v.Findings = append(v.Findings, list[i].ID())
	}
	return a.object(v, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\n", said, some(v.Findings, 8))
	})
}

func (a *app) findingAssignCmd() *cobra.Command {
	var p pick
	var to string
	var none bool
	c := shaped(shapeObject, &cobra.Command{Use: "assign FINDING... --to SOMEBODY", Short: "Ask somebody to act on findings",
		Example: "  drover finding assign F-7K2 --to team-bi\n  drover finding assign --filter 'area=secrets' --to asha --yes\n  drover finding assign F-7K2 --nobody",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if (to == "") == !none {
				return fmt.Errorf("say --to SOMEBODY, or --nobody: %w", drover.ErrInvalid)
			}
			return a.with(cmd.Context(), false, func(e estate) error {
				list, err := a.find(cmd.Context(), e, ids, p)
				if err != nil {
					return err
				}
				if err := e.Assign(cmd.Context(), list, to); err != nil {
					return err
				}
				return a.decided(DecisionView{Decision: "assign", To: to}, list, "Assigned to "+safe(dash(to)))
			})
		}})
	p.add(c)
	c.Flags().StringVar(&to, "to", "", "a person or team")
	c.Flags().BoolVar(&none, "nobody", false, "take the assignment away")
	return c
}

func (a *app) findingAcceptCmd() *cobra.Command {
	var p pick
	var x engine.Acceptance
	var until string
	c := shaped(shapeObject, &cobra.Command{Use: "accept FINDING... --reason WHY --approver WHO --until DATE", Short: "Live with findings until a date",
		Long:    "An accepted finding still counts in posture, shows with its reason, and is open again when its date has come or when it changes: another severity, another path, another object.",
		Example: "  drover finding accept F-7K2 --reason 'replaced in Q1' --approver grace --until 2027-01-31\n  drover finding accept F-7K2 --reason 'vendor fix due' --approver grace --until 30d",
		RunE: func(cmd *cobra.Command, ids []string) (err error) {
			if x.Until, err = a.future(until); err != nil {
				return err
			}
			return a.with(cmd.Context(), false, func(e estate) error {
				list, err := a.find(cmd.Context(), e, ids, p)
				if err != nil {
					return err
				}
				if err := e.Accept(cmd.Context(), list, x); err != nil {
					return err
				}
				day := stampOf(x.Until)
				return a.decided(DecisionView{Decision: "accept", Until: &day}, list, "Accepted until "+x.Until.Format("2006-01-02"))
			})
		}})
	p.add(c)
	c.Flags().StringVar(&x.Reason, "reason", "", "`WHY` this is right for now")
	c.Flags().StringVar(&x.Approver, "approver", "", "`WHO` approved it")
	c.Flags().StringVar(&until, "until", "", "a `DATE`, or a time from now such as 30d; a year at most")
	return c
}

// future reads --until: a date, or a duration from now.
func (a *app) future(text string) (t time.Time, err error) {
	if text == "" {
		return t, nil
	}
	if d, err := drover.ParseDuration(text); err == nil {
		return a.now().Add(d), nil
	}
	t, err = a.moment(text)
	if err != nil {
		return t, fmt.Errorf("--until: write a date such as 2027-01-31, or a time from now such as 30d: %w", drover.ErrInvalid)
	}
	return t, nil
}

func (a *app) findingReopenCmd() *cobra.Command {
	var p pick
	var reason string
	c := shaped(shapeObject, &cobra.Command{Use: "reopen FINDING...", Short: "End the acceptance of findings",
		Example: "  drover finding reopen F-7K2 --reason 'the vendor has a fix'",
		RunE: func(cmd *cobra.Command, ids []string) error {
			return a.with(cmd.Context(), false, func(e estate) error {
				list, err := a.find(cmd.Context(), e, ids, p)
				if err != nil {
					return err
				}
				if err := e.Reopen(cmd.Context(), list, reason); err != nil {
					return err
				}
				return a.decided(DecisionView{Decision: "reopen"}, list, "Open again")
			})
		}})
	p.add(c)
	c.Flags().StringVar(&reason, "reason", "", "`WHY`")
	return c
}

func (a *app) findingExportCmd() *cobra.Command {
	var filter string
	c := historic(shaped(shapeFindings, &cobra.Command{Use: "export FILE...", Short: "Write findings into files that other tools read", Args: cobra.MinimumNArgs(1),
		Long: "The ending of each file says its format: .sarif (SARIF 2.1.0), .ocsf (OCSF, one finding a line), .junit or .xml, .html, .md, .csv, .json, .ndjson.\n" +
			"What is fixed is left out unless the filter asks for it; what is accepted is in it, marked as such.",
		Example: "  drover finding export findings.sarif findings.csv\n  drover finding export report.html --filter 'severity=critical,high'",
		RunE: func(cmd *cobra.Command, files []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			for _, path := range files {
				if _, err := formatOfFile(path); err != nil {
					return err
				}
			}
			q := engine.FindingQuery{Filter: engine.Holding(filter), AsOf: at}
			return a.with(cmd.Context(), true, func(e estate) error {
				list, _, err := e.Findings(cmd.Context(), q)
				if err != nil {
					return err
				}
				l := a.findingListing(cmd.Context(), 0, list, 0)
				l.Head = findingHead(cmd.Context(), e, q)
				for _, path := range files {
					format, err := formatOfFile(path)
					if err != nil {
						return err
					}
					if err := toFile(path, func(w io.Writer) error { return a.listTo(w, format, l) }); err != nil {
						return err
					}
					fmt.Fprintf(a.out, "Wrote %s to %s\n", plural(len(list), "finding"), safe(filepath.Clean(path)))
				}
				return nil
			})
		}}))
	c.Flags().StringVarP(&filter, "filter", "f", "", "only what a `FILTER` keeps")
	return c
}
