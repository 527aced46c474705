package checktest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

func (r *result) sort() {
	slices.SortStableFunc(r.findings, func(a, b drover.Finding) int {
		return cmp.Or(cmp.Compare(a.Subject.Ref, b.Subject.Ref), cmp.Compare(a.Part, b.Part))
	})
	slices.SortStableFunc(r.exempt, func(a, b check.Exemption) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Reason, b.Reason))
	})
}

// text is the result as want sections hold it.
func (r *result) text() string {
	var b strings.Builder
	for i := range r.findings {
		f := &r.findings[i]
		fmt.Fprintf(&b, "%s %s", f.Severity, f.Subject.Ref)
		if f.Part != "" {
			fmt.Fprintf(&b, " [%s]", f.Part)
		}
		fmt.Fprintf(&b, "\n  what: %s\n  why: %s\n", f.What, f.Why)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "  evidence: %s | %s | %s\n", e.Text, e.Source, e.Grade)
		}
		fmt.Fprintf(&b, "  fix: %s", f.Fix.Text)
		if f.Fix.Command != "" {
			fmt.Fprintf(&b, " | $ %s", f.Fix.Command)
		}
		fmt.Fprintf(&b, "\n  breaks: %s (%d)", f.Breaks.Text, f.Breaks.Dependents)
		if len(f.Breaks.Unknowns) > 0 {
			fmt.Fprintf(&b, " unknown: %s", strings.Join(f.Breaks.Unknowns, "; "))
		}
		b.WriteString("\n")
	}
	for _, x := range r.exempt {
		fmt.Fprintf(&b, "exempt %s: %s\n", x.Ref, x.Reason)
	}
	return b.String()
}

// contract holds every finding to what all findings promise.
func (r *result) contract(t testing.TB) {
	t.Helper()
	seen := map[string]bool{}
	for i := range r.findings {
		f := &r.findings[i]
		if err := f.Valid(); err != nil {
			t.Error(err)
		}
		for what, ok := range map[string]bool{
			"why": f.Why != "", "evidence": len(f.Evidence) > 0, "fix.text": f.Fix.Text != "", "fix.action": f.Fix.Action != "",
			"fix.object": f.Fix.Object != "", "fix.group": f.Fix.Group != "", "breaks.text": f.Breaks.Text != "", "controls": len(f.Controls) > 0,
		} {
			if !ok {
				t.Errorf("%s: %s is empty", f.Key(), what)
			}
		}
		for _, e := range f.Evidence {
			if e.Text == "" || e.Source == "" || e.Grade == "" {
				t.Errorf("%s: evidence %+v lacks text, source or grade", f.Key(), e)
			}
		}
		if seen[f.Key()] {
			t.Errorf("%s is reported twice: give its hits different parts", f.Key())
		}
		seen[f.Key()] = true
		for _, s := range texts(f) {
			if bad := unclean(s); bad != "" {
				t.Errorf("%s: %s in %.200q: names of other systems go through p.Say or check.Clean", f.Key(), bad, s)
			}
		}
		if bare := unquoted(f.Fix.Command); strings.Contains(bare, mark) {
			t.Errorf("%s: a name stands unquoted in the command %.300q: build it with remedy.Quote", f.Key(), f.Fix.Command)
		}
	}
}

// texts are all sentences of a finding.
func texts(f *drover.Finding) []string {
	out := []string{f.What, f.Why, f.Fix.Text, f.Breaks.Text}
	for _, e := range f.Evidence {
		out = append(out, e.Text, e.Source)
	}
	return append(out, f.Breaks.Unknowns...)
}

// unclean says what no sentence may hold; "": nothing of it.
func unclean(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "bytes that are no text"
	case len(s) > 4096:
		return "more than 4096 bytes"
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return fmt.Sprintf("the control character %U", r)
		}
	}
	return ""
}

// unquoted is what of a shell command stands outside of single quotes.
func unquoted(command string) string {
	var b strings.Builder
	in := false
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case c == '\'':
			in = !in
		case !in && c == '\\':
			i++
		case !in:
			b.WriteByte(c)
		}
	}
	return b.String()
}
