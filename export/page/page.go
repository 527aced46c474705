// Package page is the look of the documents that Drover writes as HTML: one file
// that needs nothing else, no script, in light and dark, on paper too. Components
// are in *.templ; templ compiles them to Go and escapes by context.
package page

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

//go:generate go tool -modfile=../../tools/go.mod templ generate -path .

// A Head is what stands above and below a document.
type Head struct {
	Title  string
	Lead   string    // one sentence under the title; "": none
	Now    time.Time // the moment it is about; zero is not said
	Tool   string    // the version of drover
	Scope  string    // which part of the estate; "": all of it
	Gaps   []string  // what could not be looked at
	Anchor []Link    // the parts of the document, for its table of contents
}

// A Link leads to a part of the same document.
type Link struct{ ID, Text string }

//go:embed page.css
var css string

// policy lets nothing in but the style below, which it names by its hash: text of
// scanned systems that got past the escaping would still run nothing and call
// nobody (Content Security Policy Level 3, 6.1 and 7.3).
var policy = "default-src 'none'; style-src 'sha256-" + hash(css) + "'; img-src data:; base-uri 'none'; form-action 'none'"

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// style is the style sheet as an element. A style sheet has no markup in it that
// could end it.
func style() string { return "<style>" + css + "</style>" }

func when(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func day(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format(time.DateOnly)
}

// proof is what stands behind a fact: where it comes from, when, how well known.
func proof(p drover.FindingProof) string {
	s := export.Line(p.Source) + ", " + string(cmp.Or(p.Grade, drover.GradeProven))
	if !p.At.IsZero() {
		s += ", " + p.At.UTC().Format("2006-01-02 15:04 UTC")
	}
	return s
}

func state(f *drover.Finding) string {
	switch f.State {
	case drover.FindingAccepted:
		return cmp.Or(export.Line(f.Exception), "accepted until a date")
	case drover.FindingRegressed:
		return "came back: it was fixed before"
	case drover.FindingUnchecked:
		return "held when it was last looked at; since then the check could not look"
	}
	return ""
}

func owner(f *drover.Finding) string {
	s := "nobody"
	if f.Owner != "" {
		s = export.Line(f.Owner)
	}
	if f.Assignee != "" {
		s += "; " + export.Line(f.Assignee) + " was asked to act"
	}
	return s
}
