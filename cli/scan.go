package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) scanCmd() *cobra.Command {
	var dryRun, staged, pushed bool
	var f scanFlags
	var only []string
	var allowFile string
	c := shaped(shapeFindings, &cobra.Command{
		Use:   "scan [PATH|SOURCE...]",
		Short: "Read sources and remember what is there",
		Long: "Reads each source and remembers what it holds. A word is a source id, then a connector's name, then a path; \"./\" forces a path.\n" +
			"Without words every enabled source of the configuration is read, and this machine where none is configured.\n" +
			"What is gone is removed only where a section was read to its end. After the scan of 50,000 and more, what lists are answered from is made ready at once. Exit code 3: a source failed in part; 130: interrupted, what was seen is kept.",
		Example: "  drover scan\n  drover scan machine --dry-run\n  drover scan ~/src ./hr-export.csv\n  drover scan ./aws-exports ./manifests\n  drover scan orders-db --section roles -o json\n  drover scan . --fail-on high -o sarif\n  drover scan --staged                a hook before each commit\n  drover scan --pushed                a hook before each push",
		RunE: func(cmd *cobra.Command, words []string) error {
			if staged && pushed {
				return fmt.Errorf("--staged and --pushed are hooks of their own: give one: %w", drover.ErrInvalid)
			}
			if staged {
				return a.staged(cmd.Context(), words, allowFile)
			}
			if pushed {
				return a.pushed(cmd.Context(), words, allowFile, cmd.InOrStdin())
			}
			if dryRun {
				return a.dryRun(cmd.Context(), words)
			}
			f.words, f.only = words, only
			return a.scanAndCheck(cmd, f)
		},
	})
	c.Flags().BoolVar(&dryRun, "dry-run", false, "list what would be read, and read nothing")
	c.Flags().BoolVar(&staged, "staged", false, "search what git has staged for secrets, and remember nothing; exit code 10 when some were found")
	c.Flags().BoolVar(&pushed, "pushed", false, "search what a push would publish for secrets, told by git's pre-push hook on standard input; exit code 10 when some were found")
	c.Flags().StringVar(&allowFile, "allow-file", "", "with --staged and --pushed: findings to pass over are listed in `FILE`")
	c.Flags().BoolVar(&f.check, "check", false, "run the checks afterwards, as `drover check` does")
	c.Flags().StringVar(&f.gate.failOn, "fail-on", "", "run the checks, and exit 10 when an open finding is of this `SEVERITY` or worse")
	c.Flags().StringVar(&f.gate.minSeverity, "min-severity", "", "run the checks, and show only findings of this `SEVERITY` or worse")
	c.Flags().BoolVar(&f.gate.allowPartial, "allow-partial", false, "exit code 0 (or 10, of --fail-on) instead of 3 where only some of it could not be read")
	c.Flags().StringSliceVar(&only, "section", nil, "read only the section `NAME`; repeatable")
	return c
}

// announce says, before anything is read, what will be.
func (a *app) announce(list []engine.Preview, words []string) {
	command := safe(strings.Join(append([]string{"drover", "scan"}, words...), " "))
	for _, p := range list {
		total := 0
		var kinds []string
		const few = 4
		for i, r := range p.Reads {
			total += r.Count
			if i < few {
				kinds = append(kinds, fmt.Sprintf("%d %s", r.Count, safe(r.What)))
			}
		}
		if n := len(p.Reads) - few; n > 0 {
			kinds = append(kinds, fmt.Sprintf("%d more kinds", n))
		}
		least, what := "", ""
		if p.More {
			least = "at least "
		}
		if len(kinds) > 0 {
			what = " (" + strings.Join(kinds, ", ") + ")"
		}
		a.hint("%s: reads %s%s%s. To list them and read nothing: %s --dry-run", safe(p.Source), least, plural(total, "place"), what, command)
	}
}

func (a *app) scanTable(w io.Writer, r *engine.ScanResult, naming *engine.NamingCount) {
	fmt.Fprintf(w, "Scanned %s in %.1fs   identities %d   credentials %d   humans %d   resources %d   unseen %d\n",
		plural(len(r.Sources), "source"), r.Seconds, r.Counts.Identities, r.Counts.Credentials, r.Counts.Humans, r.Counts.Resources, r.Counts.Unseen)
	c := r.Changes
	fmt.Fprintf(w, "Changes: nodes %d added, %d changed, %d removed   edges %d added, %d changed, %d removed   %sgeneration %d   names and fingerprints only\n",
		c.Added, c.Changed, c.Removed, c.EdgesAdded, c.EdgesChanged, c.EdgesRemoved, joined(c), r.Generation)
	for _, s := range r.Sources {
		var objects int64
		ok := 0
		for _, x := range s.Sections {
			objects += x.Objects
			if x.Status == drover.StatusOK {
				ok++
			}
		}
		fmt.Fprintf(w, "%s%-8s%s %s  %s, %d of %s read to the end\n", a.statusStyle(w, s.Status), s.Status, a.style(w, "0"), safe(s.ID), plural(int(objects), "record"), ok, plural(len(s.Sections), "section"))
		if s.Error != "" {
			fmt.Fprintf(w, "         %s\n", indent(s.Error))
		}
		unread := 0
		for _, x := range s.Sections {
			for _, n := range x.Notes {
				if n.Unread {
					unread++
				}
			}
		}
		if unread > 0 && !a.verbose {
			fmt.Fprintf(w, "         %s that this scan does not speak for: -v shows them\n", plural(unread, "place"))
		}
		a.skipped(w, s.Sections)
		a.faults(w, s.Sections)
	}
	if naming != nil && naming.Mismatch > 0 {
		fmt.Fprintf(w, "%s not follow the pattern: drover list naming:mismatch\n", map[bool]string{true: "1 name does", false: fmt.Sprintf("%d names do", naming.Mismatch)}[naming.Mismatch == 1])
	}
	if r.OwnerTasks != nil && *r.OwnerTasks > 0 {
		fmt.Fprintf(w, "%s about owners who left, moved or were not confirmed: drover owner tasks\n", plural(*r.OwnerTasks, "task"))
	}
	if len(r.Sources) > 0 {
		fmt.Fprintf(w, "Saved as scan %s. Next: drover list, drover list --summary, drover diff\n", r.ID)
	}
}

// skipped says once for each reason which sections were left out.
func (a *app) skipped(w io.Writer, sections []engine.SectionState) {
	var reasons []string
	names := map[string][]string{}
	for _, x := range sections {
		if x.Status != drover.StatusSkipped {
			continue
		}
		r := text(x.Error)
		if names[r] == nil {
			reasons = append(reasons, r)
		}
		names[r] = append(names[r], safe(x.Name))
	}
	for _, r := range reasons {
		fmt.Fprintf(w, "         %s: skipped: %s\n", strings.Join(names[r], ", "), indent(r))
	}
}

// faults says what was not read to the end and why, once for sections with the
// same reason; and the notes.
func (a *app) faults(w io.Writer, sections []engine.SectionState) {
	named := map[string]int{}
	for _, x := range sections {
		named[x.Name]++
	}
	var order []string
	first, names := map[string]engine.SectionState{}, map[string][]string{}
	for _, x := range sections {
		switch x.Status {
		case drover.StatusSkipped:
			continue
		case drover.StatusOK:
			a.notes(w, x.Notes)
			continue
		}
		key := string(x.Status) + "\x00" + text(x.Error)
		for _, n := range x.Notes {
			key += "\x00" + n.Where + "\x00" + n.Text
		}
		name := safe(x.Name)
		if named[x.Name] > 1 { // of several accounts, regions, databases
			name += " of " + safe(strings.TrimSuffix(x.Coverage, "/"+x.Name))
		}
		if names[key] == nil {
			order, first[key] = append(order, key), x
		}
		names[key] = append(names[key], name)
	}
	for _, key := range order {
		x := first[key]
		fmt.Fprintf(w, "         %s: %s: %s\n", strings.Join(names[key], ", "), x.Status, indent(text(x.Error)))
		a.notes(w, x.Notes)
	}
}

// indent makes text of several lines safe, and sets the further ones in.
func indent(s string) string { return strings.ReplaceAll(safeLines(s), "\n", "\n           ") }

// notes shows the first few notes of a section; --verbose shows all.
func (a *app) notes(w io.Writer, notes []drover.Note) {
	const few = 3
	shown := 0
	for _, n := range notes {
		if !n.Lost && !a.verbose {
			continue
		}
		if shown == few && !a.verbose {
			fmt.Fprintf(w, "           … and %d more: drover scan -v, or -o json\n", len(notes)-shown)
			return
		}
		fmt.Fprintf(w, "           %s: %s\n", safe(n.Where), indent(n.Text))
		shown++
	}
}

func (a *app) statusStyle(w io.Writer, s drover.Status) string {
	switch s {
	case drover.StatusOK:
		return a.style(w, "32")
	case drover.StatusFailed:
		return a.style(w, "31")
	}
	return a.style(w, "33")
}

// progress is one line on standard error, gone when it is no terminal.
type progress struct {
	a     *app
	mu    sync.Mutex
	lines int
	seen  int64
}

func (p *progress) show(x engine.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.a.quiet || !terminal(p.a.errs) {
		return
	}
	p.seen = max(p.seen, x.Seen)
	switch {
	case x.Says != "":
		p.lines++
		fmt.Fprintf(p.a.errs, "\r\x1b[K%s", safe(x.Says))
	case x.First != nil:
		fmt.Fprintf(p.a.errs, "\r\x1b[KFirst identity: %s (%s)\n", safe(x.First.Name), safe(x.First.Type))
	case x.Done != nil:
		p.lines++
		fmt.Fprintf(p.a.errs, "\r\x1b[K%s  %s %s  %d records", safe(x.Source), safe(x.Done.Name), x.Done.Status, p.seen)
	}
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lines > 0 {
		fmt.Fprint(p.a.errs, "\r\x1b[K")
	}
}

func (a *app) dryRun(ctx context.Context, words []string) error {
	return a.with(ctx, true, func(e estate) error {
		var reads []engine.PlannedRead
		if err := e.DryRun(ctx, words, func(r engine.PlannedRead) { reads = append(reads, r) }); err != nil {
			return err
		}
		// A table is for people, who want to know what would be read, not where
		// nothing is.
		there := slices.DeleteFunc(slices.Clone(reads), func(r engine.PlannedRead) bool { return !r.Found })
		if a.format == "table" {
			defer a.hint("%s planned, %s more looked for and not there (-o wide). Nothing was read.", plural(len(there), "read"), plural(len(reads)-len(there), "place"))
			reads = there
		}
		return a.list(listing{Schema: "drover/v1/reads", Total: len(reads), Items: seq(reads), Empty: "Nothing would be read.", Columns: []column{
			of("SOURCE", func(r engine.PlannedRead) string { return r.Source }),
			of("WHAT", func(r engine.PlannedRead) string { return r.What }),
			of("WHERE", func(r engine.PlannedRead) string { return r.Where }),
			wide("FOUND", func(r engine.PlannedRead) string { return strconv.FormatBool(r.Found) }),
		}})
	})
}

// joined says how many nodes turned out to be another one, "" for none.
func joined(c engine.ScanChanges) string {
	s := ""
	if c.Joined > 0 {
		s += fmt.Sprintf("%d joined to what they are   ", c.Joined)
	}
	if c.Parted > 0 {
		s += fmt.Sprintf("%d parted   ", c.Parted)
	}
	return s
}
