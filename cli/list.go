package cli

import (
	"context"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
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
}

func (a *app) listCmd() *cobra.Command {
	var f listFlags
	var fields strings.Builder
	for _, x := range graph.Fields {
		name := x.Name
		if name == "attrs" {
			name = "attrs.NAME"
		}
		fmt.Fprintf(&fields, "  %-14s %s\n", name, x.Help)
	}
	c := &cobra.Command{
		Use:     "list [identities|credentials|humans|resources|places|edges|documents|…] [FILTER]",
		Aliases: []string{"ls"},
		Short:   "List what is known",
		Long: "The first word is a noun, anything else is a filter: identities, credentials, humans, groups, roles, resources, workloads, policies, places, vendors, nodes, edges, documents.\n" +
			"A table shows 50 rows, JSON shows all; the total is always exact.\n\nA filter compares fields: = equals, : has or contains, != < <= > >=, a comma is or, - or NOT negates.\n" +
			"A duration compares age: last_used<90d is used less than 90 days ago; expires<30d is what expires within 30 days.\nWhat is not known matches only field:unknown.\n\nFields:\n" + fields.String(),
		Example: "  drover list\n  drover list 'env=prod last_used>90d' --sort -last_used\n  drover list credentials 'expires<30d'\n  drover list 'attrs.rolsuper=true OR tier<=1' -o json\n" +
			"  drover list --summary\n  drover list identities --as-of 7d --all -O identities.csv",
		RunE: func(cmd *cobra.Command, words []string) error {
			return a.with(cmd.Context(), true, func(e *engine.Engine) error { return a.runList(cmd.Context(), e, words, f) })
		},
	}
	c.Flags().BoolVar(&f.all, "all", false, "every row, in a table too")
	c.Flags().IntVar(&f.limit, "limit", 0, "at most `N` rows")
	c.Flags().StringVarP(&f.filter, "filter", "f", "", "a `FILTER`, beside the one given as words")
	c.Flags().StringVar(&f.sort, "sort", "", "order by a `field`; -field for descending")
	c.Flags().BoolVar(&f.summary, "summary", false, "count instead of listing")
	c.Flags().BoolVar(&f.explain, "explain-filter", false, "say what the filter means, and list nothing")
	return c
}

func (a *app) runList(ctx context.Context, e *engine.Engine, words []string, f listFlags) error {
	at, err := a.moment(a.asOf)
	if err != nil {
		return err
	}
	if f.summary {
		return a.summary(ctx, e, at)
	}
	noun := engine.Nouns[0]
	if len(words) > 0 {
		switch n, ok := engine.LookupNoun(words[0]); {
		case ok:
			noun, words = n, words[1:]
		case words[0] == "edges" || words[0] == "documents":
			return a.listOther(ctx, e, words[0], words[1:], f, at)
		case strings.HasPrefix(words[0], "@"):
			return fmt.Errorf("no view is called %q; saved views are not part of this version: %w", words[0], drover.ErrNotFound)
		}
	}
	q := engine.Query{Noun: noun, Filter: joinFilter(words, f.filter), Sort: f.sort}
	s, err := e.Snapshot(ctx, at)
	if err != nil {
		return err
	}
	if f.explain {
		text, err := s.Explain(q.Filter)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.out, text)
		return err
	}
	rows, err := s.List(q)
	if err != nil {
		return err
	}
	limit := a.limit(f)
	l := a.nodeListing(s, noun, rows[:min(len(rows), limit)])
	l.Total = len(rows)
	if l.Empty = fmt.Sprintf("No %s match.", noun.Name); q.Filter == "" {
		l.Empty = fmt.Sprintf("No %s are known. `drover scan` finds some.", noun.Name)
	} else if all, err := s.List(engine.Query{Noun: noun}); err == nil && len(rows) == 0 {
		l.Empty = fmt.Sprintf("No %s match; %d exist. Clear the filter: drover list %s", noun.Name, len(all), noun.Name)
	}
	if err := a.list(l); err != nil {
		return err
	}
	a.listed(len(rows), limit, noun.Name)
	return nil
}

func (a *app) listed(total, limit int, noun string) {
	if a.format != "table" && a.format != "wide" || total == 0 {
		return
	}
	if total > limit {
		a.hint("%d of %d %s shown; --all shows all, a filter narrows: drover list %s 'env=prod'", limit, total, noun, noun)
		return
	}
	a.hint("%s   next: drover show NAME", plural(total, singular(noun)))
}

func singular(noun string) string {
	if s, ok := strings.CutSuffix(noun, "ies"); ok {
		return s + "y"
	}
	return strings.TrimSuffix(noun, "s")
}

func (a *app) limit(f listFlags) int {
	switch {
	case f.limit > 0:
		return f.limit
	case f.all || a.format != "table" && a.format != "wide":
		return 1 << 40
	}
	return shown
}

func joinFilter(words []string, flag string) string {
	text := strings.Join(words, " ")
	if flag == "" {
		return text
	}
	if strings.TrimSpace(text) == "" {
		return flag
	}
	return "(" + text + ") AND (" + flag + ")"
}

func (a *app) nodeListing(s *engine.Snapshot, noun engine.Noun, rows []uint32) listing {
	l := listing{Schema: "drover/v1/" + noun.Name, Generation: s.Generation}
	switch noun.Name {
	case "identities", "humans":
		l.Items, l.Columns = each(rows, s.Identity), identityColumns(s.Now())
	case "credentials":
		l.Items, l.Columns = each(rows, s.Credential), credentialColumns(s.Now())
	default:
		l.Items, l.Columns = each(rows, s.Item), itemColumns(s.Now())
	}
	return l
}

func each[T any](rows []uint32, item func(int) T) func(func(any) bool) {
	return func(yield func(any) bool) {
		for _, r := range rows {
			if !yield(item(int(r))) {
				return
			}
		}
	}
}

func identityColumns(now time.Time) []column {
	get := func(f func(engine.Identity) string) func(any) string {
		return func(i any) string { return f(i.(engine.Identity)) }
	}
	return []column{
		{Name: "NAME", Get: get(func(i engine.Identity) string { return i.Name })},
		{Name: "TYPE", Get: get(func(i engine.Identity) string { return i.Type })},
		{Name: "NHI TYPE", Get: get(func(i engine.Identity) string {
			if i.NHIType == nil {
				return string(i.Verdict.Value)
			}
			return *i.NHIType
		})},
		{Name: "ENV", Get: get(func(i engine.Identity) string { return text(i.Env) })},
		{Name: "OWNER", Get: get(func(i engine.Identity) string {
			if i.Owner == nil {
				return "none"
			}
			return i.Owner.Name
		})},
		{Name: "CREDS", Get: get(func(i engine.Identity) string { return fmt.Sprint(i.Credentials) })},
		{Name: "AGE", Get: get(func(i engine.Identity) string { return ago(i.Created, now) })},
		{Name: "LAST USED", Get: get(func(i engine.Identity) string { return used(i.LastUsed, now) })},
		{Name: "LIFECYCLE", Get: get(func(i engine.Identity) string { return string(i.Lifecycle.Value) })},
		{Name: "TIER", Wide: true, Get: get(func(i engine.Identity) string { return number(i.Tier) })},
		{Name: "SOURCES", Get: get(func(i engine.Identity) string { return strings.Join(i.Sources, " ") })},
		{Name: "VERDICT", Wide: true, Get: get(func(i engine.Identity) string { return fmt.Sprintf("%s %.2f", i.Verdict.Value, i.Verdict.Confidence) })},
		{Name: "TAGS", Wide: true, Get: get(func(i engine.Identity) string { return strings.Join(i.Tags, " ") })},
		{Name: "ID", Wide: true, Get: get(func(i engine.Identity) string { return i.ID })},
		{Name: "REF", Wide: true, Get: get(func(i engine.Identity) string { return string(i.Ref) })},
	}
}

func credentialColumns(now time.Time) []column {
	get := func(f func(engine.Credential) string) func(any) string {
		return func(i any) string { return f(i.(engine.Credential)) }
	}
	return []column{
		{Name: "NAME", Get: get(func(c engine.Credential) string { return c.Name })},
		{Name: "TYPE", Get: get(func(c engine.Credential) string { return c.Type })},
		{Name: "IDENTITY", Get: get(func(c engine.Credential) string {
			if c.Identity == nil {
				return "-"
			}
			_, _, _, id, _ := c.Identity.Parts()
			return id
		})},
		{Name: "PLACES", Get: get(func(c engine.Credential) string { return places(c.Places) })},
		{Name: "AGE", Get: get(func(c engine.Credential) string { return ago(c.Created, now) })},
		{Name: "EXPIRES", Get: get(func(c engine.Credential) string { return ago(c.Expires, now) })},
		{Name: "LAST USED", Get: get(func(c engine.Credential) string { return used(c.LastUsed, now) })},
		{Name: "STATUS", Get: get(func(c engine.Credential) string { return c.Status })},
		{Name: "FINGERPRINT", Wide: true, Get: get(func(c engine.Credential) string { return text(c.Fingerprint) })},
		{Name: "SOURCES", Get: get(func(c engine.Credential) string { return strings.Join(c.Sources, " ") })},
		{Name: "ID", Wide: true, Get: get(func(c engine.Credential) string { return c.ID })},
		{Name: "REF", Wide: true, Get: get(func(c engine.Credential) string { return string(c.Ref) })},
	}
}

func places(list []engine.PlaceView) string {
	if len(list) == 0 {
		return "-"
	}
	p := list[0]
	where := string(p.Ref)
	if p.File != nil {
		where = *p.File
		if p.Line != nil {
			where += fmt.Sprintf(":%d", *p.Line)
		}
	}
	if len(list) > 1 {
		where += fmt.Sprintf(" +%d", len(list)-1)
	}
	return where
}

func itemColumns(now time.Time) []column {
	get := func(f func(engine.Item) string) func(any) string {
		return func(i any) string { return f(i.(engine.Item)) }
	}
	return []column{
		{Name: "NAME", Get: get(func(i engine.Item) string { return i.Name })},
		{Name: "KIND", Get: get(func(i engine.Item) string { return string(i.Kind) })},
		{Name: "TYPE", Get: get(func(i engine.Item) string { return i.Type })},
		{Name: "ENV", Get: get(func(i engine.Item) string { return text(i.Env) })},
		{Name: "AGE", Get: get(func(i engine.Item) string { return ago(i.Created, now) })},
		{Name: "SOURCES", Get: get(func(i engine.Item) string { return strings.Join(i.Sources, " ") })},
		{Name: "ID", Wide: true, Get: get(func(i engine.Item) string { return i.ID })},
		{Name: "REF", Wide: true, Get: get(func(i engine.Item) string { return string(i.Ref) })},
	}
}

func used(u *engine.UsedView, now time.Time) string {
	if u == nil {
		return "unknown"
	}
	s := ago(u.At, now)
	if u.Grade != drover.GradeProven {
		s += " (" + string(u.Grade) + ")"
	}
	return s
}

func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// listOther lists edges and documents, which are no nodes.
func (a *app) listOther(ctx context.Context, e *engine.Engine, noun string, words []string, f listFlags, at time.Time) error {
	s, err := e.Snapshot(ctx, at)
	if err != nil {
		return err
	}
	text := joinFilter(words, f.filter)
	limit := a.limit(f)
	if noun == "documents" {
		docs, err := e.Documents(ctx, s, text)
		if err != nil {
			return err
		}
		var list []any
		for _, d := range docs[:min(len(docs), limit)] {
			list = append(list, d)
		}
		get := func(f func(engine.DocumentView) string) func(any) string {
			return func(i any) string { return f(i.(engine.DocumentView)) }
		}
		return a.list(listing{Schema: "drover/v1/documents", Generation: s.Generation, Total: len(docs), Items: items(list), Empty: "No documents match.", Columns: []column{
			{Name: "HASH", Get: get(func(d engine.DocumentView) string { return d.Hash })},
			{Name: "LANGUAGE", Get: get(func(d engine.DocumentView) string { return d.Language })},
			{Name: "BYTES", Get: get(func(d engine.DocumentView) string { return fmt.Sprint(d.Bytes) })},
			{Name: "USED BY", Get: get(func(d engine.DocumentView) string { return fmt.Sprint(len(d.UsedBy)) })},
		}})
	}
	edges, err := s.EdgeList(text)
	if err != nil {
		return err
	}
	get := func(f func(engine.EdgeItem) string) func(any) string {
		return func(i any) string { return f(i.(engine.EdgeItem)) }
	}
	return a.list(listing{Schema: "drover/v1/edges", Generation: s.Generation, Total: len(edges), Items: each(edges[:min(len(edges), limit)], s.EdgeItem), Empty: "No edges match.", Columns: []column{
		{Name: "FROM", Get: get(func(x engine.EdgeItem) string { return x.FromName })},
		{Name: "KIND", Get: get(func(x engine.EdgeItem) string { return string(x.Kind) })},
		{Name: "TO", Get: get(func(x engine.EdgeItem) string { return x.ToName })},
		{Name: "PART", Get: get(func(x engine.EdgeItem) string { return x.Part })},
		{Name: "GRADE", Get: get(func(x engine.EdgeItem) string { return string(x.Grade) })},
		{Name: "PROOF", Get: get(func(x engine.EdgeItem) string { return x.Proof })},
		{Name: "FROM REF", Wide: true, Get: get(func(x engine.EdgeItem) string { return string(x.From) })},
		{Name: "TO REF", Wide: true, Get: get(func(x engine.EdgeItem) string { return string(x.To) })},
	}})
}

func (a *app) summary(ctx context.Context, e *engine.Engine, at time.Time) error {
	v, err := e.Summary(ctx, at)
	if err != nil {
		return err
	}
	return a.object(v, func(w io.Writer) {
		fmt.Fprintf(w, "Identities   %d   (%d non-human, %d shared, %d human, %d unknown)\n", v.Identities, v.ByVerdict["nhi"], v.ByVerdict["shared"], v.ByVerdict["human"], v.ByVerdict["unknown"])
		fmt.Fprintf(w, "Humans       %d\n", v.Humans)
		if v.Ratio != nil {
			fmt.Fprintf(w, "Per human    %.1f\n", *v.Ratio)
		}
		fmt.Fprintf(w, "Owned        %d of %d\nMonitored    %d of %d\nUnseen       %d   known only by a name that something else mentions\n", v.Owned, v.Identities, v.Monitored, v.Identities, v.Unseen)
		if v.Growth30d != nil {
			fmt.Fprintf(w, "In 30 days   %+d\n", *v.Growth30d)
		} else {
			fmt.Fprintln(w, "In 30 days   unknown: the history is shorter")
		}
		bars(w, "By type", v.ByNHIType)
		bars(w, "By lifecycle", v.ByLifecycle)
	})
}

func bars(w io.Writer, title string, counts map[string]int) {
	var names []string
	most := 1
	for n, k := range counts {
		names = append(names, n)
		most = max(most, k)
	}
	sort.Slice(names, func(i, j int) bool {
		if counts[names[i]] != counts[names[j]] {
			return counts[names[i]] > counts[names[j]]
		}
		return names[i] < names[j]
	})
	fmt.Fprintln(w, title)
	for _, n := range names {
		fmt.Fprintf(w, "  %-16s %6d  %s\n", n, counts[n], strings.Repeat("▇", (counts[n]*40+most-1)/most))
	}
}
