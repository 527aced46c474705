package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// maxChanges is how many changes between two runs are looked through for what
// closed a finding.
const maxChanges = 200_000

// why says what closed a finding: what is another about its subject, what the
// fix was to change, or what proved it, since the run before.
func (c *checkRun) why(ctx context.Context, f drover.Finding) string {
	if !slices.ContainsFunc(c.r.checks, func(k *check.Check) bool { return k.ID == f.Check }) {
		return "Its check is not asked any more."
	}
	row, ok := c.x.s.Find(f.Subject.Ref)
	if !ok {
		return "It is no longer listed by its source."
	}
	facts := c.x.s.Facts(row)
	switch {
	case facts.Status == "disabled" || facts.Lifecycle == drover.LifecycleQuarantined:
		return "It is disabled now."
	case facts.Status == "expired" || facts.Lifecycle == drover.LifecycleRetired:
		return "It has ended."
	}
	if n := c.x.s.Node(row); !n.Rotated.IsZero() && n.Rotated.After(f.FirstSeen) {
		return "Its secret was changed on " + check.Day(n.Rotated) + "."
	}
	if o := c.ownerOf(row); o != f.Owner {
		if o == "" {
			return "Its owner " + check.Clean(f.Owner) + " was taken away."
		}
		return "Its owner is " + check.Clean(o) + " now."
	}
	changes := c.changes(ctx)
	said := []string{}
	for _, ref := range append([]drover.Ref{f.Subject.Ref, f.Fix.Object}, f.Path...) {
		for _, s := range changes[ref] {
			if !slices.Contains(said, s) {
				said = append(said, s)
			}
		}
	}
	switch {
	case len(said) > 3:
		return strings.Join(said[:3], "; ") + fmt.Sprintf("; %d more changes.", len(said)-3)
	case len(said) > 0:
		return strings.Join(said, "; ") + "."
	}
	return "The check looked again and it holds no more; nothing about the thing itself changed."
}

// changes are what is different since the run before, in words, by the things
// concerned. They are looked for once, when something was fixed.
func (c *checkRun) changes(ctx context.Context) map[drover.Ref][]string {
	if c.changed != nil {
		return c.changed
	}
	c.changed = map[drover.Ref][]string{}
	runs, err := c.e.store.CheckRuns(ctx, 1)
	if err != nil || len(runs) == 0 || runs[0].Generation == c.r.Generation {
		return c.changed
	}
	n := 0
	for x, err := range c.e.store.Diff(ctx, runs[0].Generation, c.r.Generation, c.e.scope) {
		if n++; err != nil || n > maxChanges {
			break
		}
		v := changeView(x)
		if v.What == "edge" {
			c.note(v.Ref, c.edgeWords(v, v.To, "to"))
			c.note(v.To, c.edgeWords(v, v.Ref, "from"))
			continue
		}
		c.note(v.Ref, nodeWords(v)...)
	}
	return c.changed
}

func (c *checkRun) note(ref drover.Ref, said ...string) {
	if len(c.changed[ref]) < 8 {
		c.changed[ref] = append(c.changed[ref], said...)
	}
}

func (c *checkRun) edgeWords(v ChangeView, end drover.Ref, way string) string {
	name := check.Clean(end.ID())
	if row, ok := c.x.s.Find(end); ok {
		name = c.x.s.label(row)
	}
	return fmt.Sprintf("%s %s %s was %s", strings.ReplaceAll(v.Kind, "_", " "), way, check.Clean(name), v.Change)
}

// nodeWords says what of a node is another: short values before and after, of
// long ones only the name of the field.
func nodeWords(v ChangeView) (said []string) {
	if v.Change != "changed" {
		return []string{check.Clean(v.Name) + " was " + v.Change}
	}
	for _, k := range slices.Sorted(maps.Keys(v.Fields)) {
		from, to := short(v.Fields[k].From), short(v.Fields[k].To)
		if from == "" || to == "" {
			said = append(said, k+" of "+check.Clean(v.Name)+" changed")
			continue
		}
		said = append(said, fmt.Sprintf("%s of %s changed from %s to %s", k, check.Clean(v.Name), from, to))
	}
	return said
}

// short is a value in a few letters, "" where it takes more.
func short(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		if len(v) <= 40 {
			return check.Clean(v)
		}
	case bool, int64, float64, fmt.Stringer:
		if s := fmt.Sprint(v); len(s) <= 40 {
			return check.Clean(s)
		}
	}
	return ""
}
