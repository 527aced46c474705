package cli

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) showCmd() *cobra.Command {
	return historic(shaped(shapeObject, &cobra.Command{
		Use:   "show ID",
		Short: "Show one thing with everything that is known about it",
		Long: "ID is a short id, a ref, a name, an alias, or the unique beginning of one. Every fact says where it comes from.\n" +
			"A Member is the thing as one source has it, with the name by which it was joined; the line below an edge says by what its end was found, or why it was not.",
		Example: "  drover show svc-bi-export\n  drover show idn_0k2m9 -o json\n  drover show aws-key:AKIA0123456789ABCDEF --as-of 2026-09-01",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				d, err := e.Show(cmd.Context(), args[0], at)
				if err != nil {
					if s, serr := e.Summary(cmd.Context(), at); serr == nil {
						a.before(at, s.Generation)
					}
					return err
				}
				return a.object(d, func(w io.Writer) { a.showTable(w, d) })
			})
		},
	}))
}

func (a *app) showTable(w io.Writer, d *engine.Detail) {
	now := a.now()
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "%-12s %s\n", label, fmt.Sprintf(format, args...))
	}
	switch i := d.Item.(type) {
	case engine.Identity:
		fmt.Fprintf(w, "%s%s%s  ·  %s  ·  %s\n", a.style(w, "1"), safe(i.Name), a.style(w, "0"), safe(i.Type), i.ID)
		line("Ref", "%s", safe(string(i.Ref)))
		line("Verdict", "%s (confidence %.2f): %s", i.Verdict.Value, i.Verdict.Confidence, safe(strings.Join(i.Verdict.Reasons, "; ")))
		line("Lifecycle", "%s: %s", i.Lifecycle.Value, safe(i.Lifecycle.Reason))
		a.owner(w, d.Owner)
		line("Created", "%s", stamp(ago(i.Created, now), i.Created != nil, "unknown"))
		line("Last used", "%s", lastUsed(i.LastUsed, a))
		line("Credentials", "%d, in %s", i.Credentials, plural(i.Places, "place"))
		if len(i.Tags) > 0 {
			line("Tags", "%s", safe(strings.Join(i.Tags, " ")))
		}
		a.aliases(w, i.Aliases)
	case engine.Credential:
		fmt.Fprintf(w, "%s%s%s  ·  %s  ·  %s\n", a.style(w, "1"), safe(i.Name), a.style(w, "0"), safe(i.Type), i.ID)
		line("Ref", "%s", safe(string(i.Ref)))
		line("Status", "%s", i.Status)
		line("Fingerprint", "%s", safe(text(i.Fingerprint)))
		a.owner(w, d.Owner)
		line("Created", "%s", stamp(ago(i.Created, now), i.Created != nil, "unknown"))
		expires := "unknown"
		if i.Expires != nil {
			expires = due(i.Expires, now)
		}
		line("Expires", "%s", expires)
		line("Last used", "%s", lastUsed(i.LastUsed, a))
		for _, p := range i.Places {
			line("Place", "%s  (exposure %s)", safe(places([]engine.PlaceView{p})), safe(p.Exposure))
			a.origin(w, p)
		}
		a.aliases(w, i.Aliases)
	case engine.Item:
		fmt.Fprintf(w, "%s%s%s  ·  %s  ·  %s\n", a.style(w, "1"), safe(i.Name), a.style(w, "0"), safe(i.Type), i.ID)
		line("Ref", "%s", safe(string(i.Ref)))
		a.aliases(w, i.Aliases)
	}
	if r := d.Removed; r != nil {
		by := ""
		if len(r.Sources) > 0 {
			by = ", when " + safe(strings.Join(r.Sources, ", ")) + " had it no more"
		}
		line("Removed", "%s%s: this is how it was last", r.At.Local().Format("2006-01-02 15:04:05"), by)
	}
	if d.Why != "" {
		line("Only a name", "%s", safe(d.Why))
	}
	for _, x := range d.Doubts {
		line("Not joined", "%s", safe(x))
	}
	for i, f := range d.Findings {
		head := "Findings"
		if i > 0 {
			head = ""
		}
		said := ""
		if f.State != drover.FindingOpen {
			said = " (" + string(f.State) + ")"
		}
		line(head, "%s %s  %s%s", a.mark(w, f.Severity), f.ID, safe(f.What), said)
	}
	a.facts(w, d.Values)
	a.edges(w, d.Edges)
	for _, v := range d.Evidence {
		line("Evidence", "%s %s by %s%s", v.Claim, ago(moment(v.At), now), safe(v.Source), detail(v.Value))
	}
	a.members(w, d.Members)
	for _, f := range d.Ephemeral {
		line("Ephemeral", "%s %s, %d at most in one day, first %s, last %s, from %s", strconv.FormatInt(f.Count, 10), safe(f.Type), f.Peak,
			stamp(ago(f.First, now), f.First != nil, "unknown"), stamp(ago(f.Last, now), f.Last != nil, "unknown"), safe(f.Source))
		for _, r := range f.Recent {
			fmt.Fprintf(w, "%-12s %s\n", "", safe(r))
		}
	}
	if n := len(d.History); n > 0 {
		line("History", "%s, known since %s", plural(n, "version"), d.History[0].From.Local().Format("2006-01-02 15:04"))
	}
	if d.Document != nil {
		line("Document", "%s, %s, %d bytes", d.Document.Hash, d.Document.Language, len(d.Document.Body))
	}
	a.hint("next: drover diff --since 7d")
}

// owner shows who answers for something, how that is known, and where it cannot be
// relied on who may.
func (a *app) owner(w io.Writer, i *engine.OwnerItem) {
	if i == nil {
		return
	}
	words := ownerWords(i.Missing, i.Owner)
	if o := i.Owner; o != nil {
		switch {
		case o.From != nil:
			words += "   inherited from " + safe(*o.From)
		case o.By != nil && o.How == "policy":
			words += "   by " + safe(*o.By)
		case o.By != nil && o.Confirmed != nil:
			words += "   decided by " + safe(*o.By) + ", " + o.Confirmed.Format("2006-01-02")
		default:
			words += "   as a system says"
		}
		if len(o.Overrides) > 0 {
			words += "   overrides " + safe(strings.Join(o.Overrides, ", "))
		}
		if o.Deputy != nil {
			words += "   deputy " + safe(*o.Deputy)
		}
	}
	fmt.Fprintf(w, "%-12s %s\n", "Owner", words)
	for n, s := range i.Suggestions {
		if n == 2 {
			break
		}
		fmt.Fprintf(w, "%-12s suggested: %s %.2f, who %s\n", "", safe(s.Name), s.Confidence, safe(s.Reasons[0].Text))
	}
	if i.Command != "" {
		fmt.Fprintf(w, "%-12s accept: %s\n", "", safe(i.Command))
	}
}

// origin shows which commit brought a secret to its place.
func (a *app) origin(w io.Writer, p engine.PlaceView) {
	if p.Commit == nil {
		return
	}
	words := []string{"commit " + short(*p.Commit)}
	if p.Author != nil {
		words = append(words, "by "+*p.Author)
	}
	if p.Time != nil {
		words = append(words, p.Time.UTC().Format("2006-01-02 15:04Z"))
	}
	if p.Remote != nil {
		words = append(words, "in "+*p.Remote)
	}
	if p.InHead != nil {
		words = append(words, map[bool]string{true: "still in HEAD", false: "no longer in HEAD"}[*p.InHead])
	}
	fmt.Fprintf(w, "%-12s %s\n", "", safe(strings.Join(words, ", ")))
}

// members shows what was joined into one thing, and by what.
func (a *app) members(w io.Writer, list []engine.Member) {
	for _, m := range list {
		if len(m.Sources) == 0 {
			continue // a name that nothing asserts
		}
		why := ""
		if len(list) > 1 {
			why = "   " + m.Type
			if m.Reason != "" {
				why += ", joined: " + m.Reason
			}
		}
		fmt.Fprintf(w, "%-12s %s  from %s%s\n", "Member", safe(string(m.Ref)), safe(strings.Join(m.Sources, ", ")), safe(why))
	}
}

func (a *app) aliases(w io.Writer, list []string) {
	for _, x := range list {
		fmt.Fprintf(w, "%-12s %s\n", "Alias", safe(x))
	}
}

func (a *app) facts(w io.Writer, values map[string]engine.Fact) {
	var names []string
	for n := range values {
		if n != "verdict" && n != "lifecycle" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	for _, n := range names {
		f := values[n]
		fmt.Fprintf(w, "%-12s %s   from %s, %s%s\n", strings.ReplaceAll(n, "_", " "), safe(f.Value), f.Source, f.Grade, detail(f.Reason))
		if len(f.Alternatives) > 0 {
			fmt.Fprintf(w, "%-12s could also be %s\n", "", safe(strings.Join(f.Alternatives, " or ")))
		}
	}
}

// edges shows a dozen edges of each kind.
func (a *app) edges(w io.Writer, list []engine.EdgeView) {
	const few = 12
	counts := map[string]int{}
	for _, e := range list {
		key := e.Direction + string(e.Kind)
		counts[key]++
		if counts[key] > few {
			continue
		}
		arrow := "→"
		if e.Direction == "in" {
			arrow = "←"
		}
		part, grade := "", ""
		if e.Part != "" {
			part = " [" + safe(e.Part) + "]"
		}
		if e.Grade != drover.GradeProven {
			grade = "  " + strings.ToUpper(string(e.Grade))
		}
		if e.Unseen {
			grade += "  not seen itself"
		}
		fmt.Fprintf(w, "%s %-13s %s (%s)%s%s%s\n", arrow, e.Kind, safe(e.Name), safe(e.Type), part, grade, detail(e.Proof))
		if len(e.Cond) > 0 {
			fmt.Fprintf(w, "  %-13s if %s\n", "", safe(shortened(string(e.Cond), 300)))
		}
		if e.Joined != "" {
			fmt.Fprintf(w, "  %-13s joined by %s\n", "", safe(e.Joined))
		}
		if e.Why != "" {
			fmt.Fprintf(w, "  %-13s %s\n", "", safe(e.Why))
		}
	}
	var keys []string
	for k, n := range counts {
		if n > few {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(w, "  … and %d more %s edges: -o json\n", counts[k]-few, strings.TrimPrefix(strings.TrimPrefix(k, "out"), "in"))
	}
}

func detail(s string) string {
	if s == "" {
		return ""
	}
	return "   " + safe(s)
}

func stamp(s string, known bool, otherwise string) string {
	if !known {
		return otherwise
	}
	if strings.HasPrefix(s, "in ") {
		return s
	}
	return s + " ago"
}

func lastUsed(u *engine.UsedView, a *app) string {
	if u == nil {
		return "unknown: no source says"
	}
	return fmt.Sprintf("%s ago, %s, by %s", ago(u.At, a.now()), u.Grade, safe(u.Source))
}

// shortened is a text of at most n bytes; what is cut says so.
func shortened(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "… -o json"
}
