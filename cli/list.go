package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/engine"
)

// shown is how many rows a table shows unless it is asked for more.
const shown = 50

type listFlags struct {
	all     bool
	limit   int
	filter  string
	sort    string
	summary bool
	explain bool
	watch   bool
	receipt bool
}

func (a *app) listCmd() *cobra.Command {
	var f listFlags
	c := historic(shaped(shapeNodes, &cobra.Command{
		Use:     "list [NOUN|@VIEW] [FILTER]",
		Aliases: []string{"ls"},
		Short:   "List what is known",
		Long: "NOUN, in any case, is one of identities (the default), credentials, humans, groups, roles, resources, workloads, policies, places, vendors, nodes, edges,\n" +
			"documents, unseen (what is only mentioned, and why); @VIEW is a kept one: drover view list. Any other word is part of the filter. A table shows 50 rows, other formats show all; the total is always exact.\n\n" +
			"A filter compares fields: = equals, : has or contains, != < <= > >=, a comma is or, - or NOT negates.\n" +
			"A duration compares age: last_used<90d is used less than 90 days ago; expires<30d is what expires within 30 days.\n" +
			"What is not known matches only field:unknown.\n\nFields:\n" + fieldHelp(),
		Example: "  drover list\n  drover list 'env=prod last_used>90d' --sort -last_used\n  drover list credentials 'expires<30d'\n  drover list 'attrs.rolsuper=true OR tier<=1' -o json\n" +
			"  drover list roles 'system=aws attrs.Path:/aws-service-role/'\n  drover list unseen scheme=arn\n  drover list --summary\n  drover list identities --as-of 7d -O identities.csv\n  drover list credentials --watch -o ndjson\n  drover list @unowned env=prod\n  drover list credentials -O credentials.cdx.json",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return engine.Listed(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			if err := a.checkList(cmd, words, f); err != nil {
				return err
			}
			if len(words) > 0 && strings.HasPrefix(words[0], "@") && !f.summary {
				return a.runView(cmd, words[0], words[1:], f)
			}
			return a.with(cmd.Context(), true, func(e estate) error { return a.runList(cmd.Context(), e, words, f) })
		},
	}))
	c.Flags().BoolVar(&f.all, "all", false, "every row, in a table too")
	c.Flags().IntVar(&f.limit, "limit", 0, "at most `N` rows")
	c.Flags().StringVarP(&f.filter, "filter", "f", "", "a `FILTER`, beside the one given as words")
	c.Flags().StringVar(&f.sort, "sort", "", "order by a `FIELD`; -FIELD for descending")
	c.Flags().BoolVar(&f.receipt, "receipt", false, "end CSV with a line that says what was asked, by whom, of when, and the SHA-256 of the rows")
	c.Flags().BoolVar(&f.summary, "summary", false, "count instead of listing")
	c.Flags().BoolVar(&f.explain, "explain-filter", false, "say what the filter means, and list nothing")
	c.Flags().BoolVarP(&f.watch, "watch", "w", false, "go on and say what changes; JSON lines of events where the output is no terminal")
	return c
}

func fieldHelp() string {
	var b strings.Builder
	for _, x := range graph.Fields {
		fmt.Fprintf(&b, "  %-14s %s\n", fieldName(x.Name), x.Help)
	}
	return b.String()
}

// fieldName is how a field is written in a filter.
func fieldName(name string) string {
	if name == "attrs" {
		return "attrs.NAME"
	}
	return name
}

// checkList refuses flags that contradict each other.
func (a *app) checkList(cmd *cobra.Command, words []string, f listFlags) error {
	changed := cmd.Flags().Changed
	switch {
	case changed("limit") && f.limit <= 0:
		return fmt.Errorf("--limit %d: write a number above 0; --all shows all: %w", f.limit, drover.ErrInvalid)
	case f.all && f.limit > 0:
		return fmt.Errorf("--all and --limit contradict each other: %w", drover.ErrInvalid)
	case f.summary && (len(words) > 0 || f.filter != ""):
		return fmt.Errorf("--summary counts the whole estate and takes no filter: %w", drover.ErrInvalid)
	case f.summary && (f.watch || f.sort != "" || f.all || f.limit > 0):
		return fmt.Errorf("--summary lists nothing: --watch, --sort, --all and --limit have no meaning with it: %w", drover.ErrInvalid)
	case f.receipt && (f.watch || f.explain || f.summary || !a.writes("csv")):
		return fmt.Errorf("--receipt is the end of a CSV file: add -o csv or -O FILE.csv: %w", drover.ErrInvalid)
	case f.receipt && len(words) > 0 && strings.HasPrefix(words[0], "@"):
		return fmt.Errorf("--receipt is of a list by its noun and filter, not of a view: %w", drover.ErrInvalid)
	case f.summary:
		return a.fits("drover list --summary", shapeObject)
	case f.watch && a.asOf != "":
		return fmt.Errorf("--watch follows the present and --as-of names the past; use one: %w", drover.ErrInvalid)
	case f.watch && len(a.outputs) > 0:
		return fmt.Errorf("--watch has no end, so it writes no -O file: %w", drover.ErrInvalid)
	case f.watch && a.format != "table" && a.format != "wide" && a.format != "ndjson":
		return fmt.Errorf("--watch writes a table to a terminal and ndjson elsewhere, not %s: %w", a.format, drover.ErrInvalid)
	}
	return nil
}

func (a *app) runList(ctx context.Context, e estate, words []string, f listFlags) error {
	at, err := a.past(a.asOf)
	if err != nil {
		return err
	}
	if f.summary {
		return a.summary(ctx, e, at)
	}
	q, err := query(words, f)
	if err != nil {
		return err
	}
	if f.watch {
		return a.watch(ctx, e, q, f)
	}
	if f.explain {
		text, err := e.ExplainFilter(ctx, q.Filter)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.out, safe(text))
		return err
	}
	q.AsOf, q.Limit, q.Risk = at, a.limit(f), slices.Contains(a.fields, "risk") || len(a.fields) == 0 && a.writes("csv")
	l, err := a.found(ctx, e, q)
	if err != nil {
		return err
	}
	if f.receipt {
		if l.Receipt, err = receipt(ctx, e, q, l.Generation, a.now()); err != nil {
			return err
		}
	}
	a.before(at, l.Generation)
	if err := a.list(l); err != nil {
		return err
	}
	a.listed(l.Total, a.limit(f), q.Noun)
	return nil
}

// receipt says of what a list is.
func receipt(ctx context.Context, e estate, q engine.ListRequest, generation int64, now time.Time) (*engine.Receipt, error) {
	who, grants, err := e.Who(ctx)
	if err != nil {
		return nil, err
	}
	r := &engine.Receipt{Noun: q.Noun, Filter: q.Filter, OrderBy: q.Sort, At: now.UTC(), Generation: generation, User: who, Grants: grants}
	if !q.AsOf.IsZero() {
		at := q.AsOf.UTC()
		r.AsOf = &at
	}
	return r, nil
}

// query is what the words and flags of list ask for.
func query(words []string, f listFlags) (engine.ListRequest, error) {
	q := engine.ListRequest{Noun: engine.Nouns[0].Name, Sort: f.sort}
	if len(words) > 0 {
		first := strings.ToLower(words[0])
		n, ok := engine.LookupNoun(first)
		switch {
		case ok:
			q.Noun, words = n.Name, words[1:]
		case first == "edges" || first == "documents" || first == "unseen":
			if f.sort != "" {
				return q, fmt.Errorf("--sort: %s have an order of their own: %w", first, drover.ErrInvalid)
			}
			q.Noun, words = first, words[1:]
		case meant(first) != "":
			return q, usage(fmt.Errorf("list %q: nothing of this name can be listed", words[0]),
				fmt.Sprintf("did you mean `drover list %s`? To search for the word: drover list -f %s", meant(first), words[0]))
		}
	}
	q.Filter = joinFilter(words, f.filter)
	return q, nil
}

// meant is the noun that a word of letters is two slips away from, "" where there
// is none.
func meant(word string) string {
	if len(word) > 20 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
		return "" // a filter, or a name
	}
	best, at := "", 3
	for _, n := range engine.Listed() {
		for _, form := range []string{n, singular(n)} {
			if d := filter.Distance(word, form); d < at && d < len(form)-2 {
				best, at = n, d
			}
		}
	}
	return best
}

// found is the listing that answers a query.
func (a *app) found(ctx context.Context, e estate, q engine.ListRequest) (listing, error) {
	found, err := e.List(ctx, q)
	if err != nil {
		return listing{}, err
	}
	l := listing{Schema: "drover/v1/" + q.Noun, Generation: found.Generation, Total: found.Total, Items: found.Items, Failed: found.Failed, Columns: nodeColumns(found), Item: itemOf(q.Noun), Empty: fmt.Sprintf("No %s match.", q.Noun)}
	a.inventory(&l, q)
	switch {
	case found.Total > 0 || q.Noun == "edges" || q.Noun == "documents":
	case q.Noun == "unseen":
		l.Empty = "Nothing is only mentioned: every name that something points at was found. Or the filter matches none: drover list unseen"
	case found.Exist == 0:
		l.Empty = fmt.Sprintf("No %s are known. `drover scan` finds some.", q.Noun)
	default:
		l.Empty = fmt.Sprintf("No %s match; %d exist. Clear the filter: drover list %s", q.Noun, found.Exist, q.Noun)
	}
	return l, nil
}

// itemOf is a zero item of a noun that has cells of CSV; nil: it has columns.
func itemOf(noun string) any {
	switch noun {
	case "identities", "humans":
		return engine.Identity{}
	case "credentials":
		return engine.Credential{}
	case "documents", "edges", "unseen":
		return nil
	}
	return engine.Item{}
}

func nodeColumns(l *engine.Listing) []column {
	switch l.Noun {
	case "identities", "humans":
		columns := identityColumns(l.Now)
		if l.Risk {
			columns = slices.Insert(columns, 5, of("RISK", func(i engine.Identity) string { return risk(i.Risk) }))
		}
		return columns
	case "credentials":
		return credentialColumns(l.Now)
	case "documents":
		return documentColumns()
	case "edges":
		return edgeColumns()
	case "unseen":
		return unseenColumns()
	}
	return itemColumns(l.Now)
}

// listed says on standard error how much was shown, and what to do next.
func (a *app) listed(total, limit int, noun string) {
	if a.format != "table" && a.format != "wide" || total == 0 {
		return
	}
	next := "next: drover show NAME"
	if noun == "edges" || noun == "documents" || noun == "unseen" {
		next = "next: drover list " + noun + " -o json"
	}
	if limit > 0 && total > limit {
		a.hint("%d of %s shown; --all shows all, a filter narrows. %s", limit, plural(total, singular(noun)), next)
		return
	}
	a.hint("%s   %s", plural(total, singular(noun)), next)
}

func singular(noun string) string {
	if noun == "unseen" {
		return "unseen name"
	}
	if s, ok := strings.CutSuffix(noun, "ies"); ok {
		return s + "y"
	}
	return strings.TrimSuffix(noun, "s")
}

// limit is how many items are shown, 0 for all.
func (a *app) limit(f listFlags) int {
	switch {
	case f.limit > 0:
		return f.limit
	case f.all || a.format != "table" && a.format != "wide" || len(a.outputs) > 0:
		return 0
	}
	return shown
}

// most is how many of n items are shown.
func (a *app) most(n int, f listFlags) int {
	if limit := a.limit(f); limit > 0 {
		return min(n, limit)
	}
	return n
}

func joinFilter(words []string, flag string) string {
	text := strings.Join(words, " ")
	switch {
	case strings.TrimSpace(flag) == "":
		return text
	case strings.TrimSpace(text) == "":
		return flag
	}
	return "(" + text + ") AND (" + flag + ")"
}
