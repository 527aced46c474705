package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/engine"
)

// step is one edge as a reader says it.
func step(e engine.EffectView) string {
	if e.Kind == drover.EdgeEscalates && e.Title != "" {
		return e.Title
	}
	words := map[drover.EdgeKind]string{
		drover.EdgeAuthenticates: "proves", drover.EdgeMemberOf: "member of", drover.EdgeCanAssume: "can assume", drover.EdgeDelegatesTo: "delegates to", drover.EdgeRunsAs: "runs as",
		drover.EdgeReadsSecret: "reads secret", drover.EdgeStoredIn: "holds", drover.EdgeIssuedBy: "issues", drover.EdgeContains: "contains", drover.EdgeOwns: "owns",
		drover.EdgeCreated: "created", drover.EdgeExposes: "can read", drover.EdgeEscalates: "becomes",
	}
	w := words[e.Kind]
	if e.Kind == drover.EdgeCanAccess {
		w = "can access"
		if e.Level != "" {
			w = "can " + levelWord(e.Level)
		}
	}
	if w == "" {
		w = string(e.Kind)
	}
	return w
}

func levelWord(l access.Level) string {
	switch l {
	case access.LevelPermissions:
		return "change permissions of"
	case access.LevelSecrets:
		return "read the secret"
	case access.LevelExecute:
		return "run code in"
	case access.LevelEscalate:
		return "take over"
	case access.LevelList:
		return "see"
	}
	return string(l)
}

// technique names the technique of an edge for the end of its line.
func technique(e engine.EffectView) string {
	if e.Technique == "" {
		return ""
	}
	all := []string{e.Technique}
	for _, o := range e.Also {
		all = append(all, o.Technique)
	}
	return " [" + some(all, 4) + "]"
}

// lane is a path in one line: a -proves-> b -can assume-> c (T0).
func lane(p engine.PathView) string {
	var b strings.Builder
	for i, n := range p.Nodes {
		if i > 0 {
			e := p.Edges[i-1]
			fmt.Fprintf(&b, " -%s%s-> ", step(e), technique(e))
		}
		b.WriteString(n.Name)
		if n.Tier0 {
			b.WriteString(" (T0)")
		}
	}
	return b.String()
}

// grade is a grade as tables show it.
func grade(g drover.Grade) string { return strings.ToUpper(string(g)) }

// proofs writes what proves the edges of a path, one line each.
func proofs(w io.Writer, indent string, edges []engine.EffectView) {
	for i, e := range edges {
		for _, p := range e.Proof {
			fmt.Fprintf(w, "%s%d  %s\n", indent, i+1, safe(proofLine(p)))
		}
		if len(e.Condition) > 0 && string(e.Condition) != "null" {
			fmt.Fprintf(w, "%s%d  if %s\n", indent, i+1, safe(shortened(string(e.Condition), 300)))
		}
	}
}

// proofLine is a proof in one line; its ref and statement are in the JSON.
func proofLine(p access.Proof) string {
	if p.Text != "" {
		return p.Text
	}
	return strings.TrimSpace(string(p.Ref) + " " + p.Statement)
}

// age writes what an answer does not speak of, and of which state it does.
func (a *app) age(w io.Writer, g engine.Age) {
	if len(g.NotAnalysed) > 0 {
		fmt.Fprintf(w, "Not analysed: %s\n", safe(gaps(g.NotAnalysed)))
	}
	speaks := fmt.Sprintf("of generation %d", g.Generation)
	if len(g.Catalogues) > 0 {
		speaks += "; " + strings.Join(g.Catalogues, "; ")
	}
	a.hint("This speaks %s", safe(speaks))
}

// gaps tells what was not analysed in one line: what has one reason in common
// is counted by system.
func gaps(list []engine.GapView) string {
	var order []string
	by := map[string][]engine.GapView{}
	for _, x := range list {
		if by[x.Why] == nil {
			order = append(order, x.Why)
		}
		by[x.Why] = append(by[x.Why], x)
	}
	const few = 4
	var out []string
	for _, why := range order[:min(len(order), few)] {
		if group := by[why]; len(group) == 1 {
			out = append(out, group[0].What+" ("+why+")")
		} else {
			var systems []string
			rows := 0
			for _, x := range group {
				systems = append(systems, x.System)
				rows += x.Rows
			}
			slices.Sort(systems)
			out = append(out, fmt.Sprintf("%s: %d nodes (%s)", some(slices.Compact(systems), 8), rows, why))
		}
	}
	if n := len(order) - few; n > 0 {
		out = append(out, fmt.Sprintf("%d more: -o json", n))
	}
	return strings.Join(out, "; ")
}

// counts writes a map of counts in a fixed order: "2 read, 1 write".
func counts(m map[string]int, order []string) string {
	var out []string
	done := map[string]bool{}
	for _, k := range order {
		if m[k] > 0 {
			out = append(out, fmt.Sprintf("%d %s", m[k], k))
		}
		done[k] = true
	}
	var rest []string
	for k, n := range m {
		if !done[k] && n > 0 {
			rest = append(rest, fmt.Sprintf("%d %s", n, k))
		}
	}
	slices.Sort(rest)
	return strings.Join(append(out, rest...), ", ")
}

func levelNames() []string {
	var out []string
	for _, l := range slices.Backward(access.Levels) {
		out = append(out, string(l))
	}
	return out
}

// withFlag adds --with to a command.
func (a *app) withFlag(c *cobra.Command, o *engine.ReachOptions) {
	c.Flags().StringVar(&o.With, "with", "", "ask as if the change in `FILE` were made; nothing is touched")
}

// shellWord is a text as one word of a command line.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
