package junit

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// held is how many bytes of test cases wait for the others of their check: a
// suite says its numbers before its cases.
const held = 4 << 20

// A writer gathers the cases of each check.
type writer struct {
	w    io.Writer
	err  error
	head export.Head

	open  map[string]*suite
	met   map[string]bool
	bytes int // in open
	count int // suites written
}

type suite struct {
	check                            string
	tests, failures, errors, skipped int
	cases                            bytes.Buffer
}

func (w *writer) text(s string) {
	if w.err == nil {
		if _, err := io.WriteString(w.w, s); err != nil {
			w.err = fmt.Errorf("write junit: %w", err)
		}
	}
}

func (w *writer) add(f *drover.Finding) {
	s := w.open[f.Check]
	if s == nil {
		s = &suite{check: f.Check}
		w.open[f.Check] = s
	}
	w.met[f.Check] = true
	before := s.cases.Len()
	s.add(f)
	w.bytes += s.cases.Len() - before
	if w.bytes > held {
		largest := s
		for _, x := range w.sorted() {
			if x.cases.Len() > largest.cases.Len() {
				largest = x
			}
		}
		w.close(largest)
	}
}

func (w *writer) sorted() []*suite {
	var list []*suite
	for _, s := range w.open {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *suite) int { return cmp.Compare(a.check, b.check) })
	return list
}

func (w *writer) close(s *suite) {
	delete(w.open, s.check)
	w.bytes -= s.cases.Len()
	w.text(fmt.Sprintf("<testsuite id=\"%d\" package=\"drover\" name=\"%s\" timestamp=\"%s\" hostname=\"localhost\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"0\">\n<properties>",
		w.count, attr(s.check), w.head.Now.UTC().Format("2006-01-02T15:04:05"), s.tests, s.failures, s.errors, s.skipped))
	w.count++
	for _, p := range w.properties(s.check) {
		w.text(fmt.Sprintf("<property name=\"%s\" value=\"%s\"/>", p[0], attr(p[1])))
	}
	w.text("</properties>\n")
	w.text(s.cases.String())
	w.text("<system-out/>\n<system-err/>\n</testsuite>\n")
}

func (w *writer) properties(check string) (list [][2]string) {
	add := func(name, value string) {
		if value != "" {
			list = append(list, [2]string{name, value})
		}
	}
	add("drover.version", w.head.Tool)
	add("scope", w.head.Subject)
	for i := range w.head.Rules {
		if r := &w.head.Rules[i]; r.ID == check {
			add("title", r.Title)
			add("severity", r.Severity.String())
			add("controls", strings.Join(r.Controls, ", "))
			add("page", r.URL)
		}
	}
	return list
}

// rest writes the suites that are open, and one for each check that found
// nothing.
func (w *writer) rest() {
	for _, s := range w.sorted() {
		w.close(s)
	}
	for _, r := range w.head.Rules {
		// What a part of the findings does not hold may be in the others.
		if (w.met[r.ID] || w.head.Subject != "") && r.Failed == "" {
			continue
		}
		s := &suite{check: r.ID, tests: 1}
		w.met[r.ID] = true
		if r.Failed != "" {
			s.errors++
			s.cases.WriteString(opening(r.ID, "looked everywhere") + "<error type=\"unknown\" message=\"" + attr(r.Failed) + "\">" + attr("The check could not look: "+r.Failed) + "</error></testcase>\n")
		} else {
			s.cases.WriteString(opening(r.ID, "found nothing") + "</testcase>\n")
		}
		w.close(s)
	}
}

func opening(check, name string) string {
	return fmt.Sprintf("<testcase classname=\"drover.%s\" name=\"%s\" time=\"0\">", attr(check), attr(name))
}

func (s *suite) add(f *drover.Finding) {
	s.tests++
	name := export.Visible(f.Subject.Name, 200, false) + " " + string(f.Subject.Ref)
	if f.Part != "" {
		name += " [" + export.Visible(f.Part, 200, false) + "]"
	}
	s.cases.WriteString(opening(f.Check, name))
	outcome, message := "failure", f.What
	switch f.State {
	case drover.FindingFixed:
		s.cases.WriteString("</testcase>\n")
		return
	case drover.FindingAccepted:
		s.skipped++
		s.cases.WriteString("<skipped message=\"" + attr(cmp.Or(f.Exception, "accepted until a date")+": "+f.What) + "\"/></testcase>\n")
		return
	case drover.FindingUnchecked:
		s.errors++
		outcome, message = "error", "The check could not look again; before: "+f.What
	default:
		s.failures++
	}
	fmt.Fprintf(&s.cases, "<%s type=\"%s\" message=\"%s\">%s</%s></testcase>\n", outcome, f.Severity, attr(message), escape(text(f)), outcome)
}

// text is the five parts as lines.
func text(f *drover.Finding) string {
	var b strings.Builder
	line := func(title, s string) {
		if s != "" {
			b.WriteString(title + export.Line(s) + "\n")
		}
	}
	b.WriteString(f.ID() + " " + f.Fingerprint() + "\n")
	line("WHAT      ", f.What)
	line("WHY       ", f.Why)
	for _, e := range f.Evidence {
		at := ""
		if !e.At.IsZero() {
			at = ", " + e.At.UTC().Format(time.RFC3339)
		}
		line("EVIDENCE  ", e.Text+" ("+e.Source+", "+string(cmp.Or(e.Grade, drover.GradeProven))+at+")")
	}
	line("FIX       ", f.Fix.Text)
	line("        $ ", f.Fix.Command)
	line("BREAKS    ", f.Breaks.Text)
	for _, u := range f.Breaks.Unknowns {
		line("UNKNOWN   ", u)
	}
	line("CONTROLS  ", strings.Join(f.Controls, ", "))
	line("OWNER     ", f.Owner)
	return b.String()
}

// attr is a text for an attribute: one line, without leading or trailing blanks
// or two in a row, which is what a token of XML Schema is.
func attr(s string) string { return escape(strings.Join(strings.Fields(export.Line(s)), " ")) }

// escape writes a text of XML; what XML has no character for is gone already, see
// export.Visible, or becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}
