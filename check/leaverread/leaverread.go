// Package leaverread holds the check for secrets that a leaver could read.
package leaverread

import (
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds credentials that were not changed since somebody left who could read them.
var Check = &check.Check{
	ID:       "leaverread",
	Title:    "a leaver could read it, and it was not changed since",
	Area:     check.Ownership,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI1:2025", "OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:PS-4", "NIST-800-53:IA-5", "NIST-800-53:AC-2(9)", "CIS-8.1:5.3", "ISO-27001-2022:A.6.5", "PCI-DSS-4.0:8.6.3", "SOC2:CC6.2"},
	Fix:      []string{"rotate"},

	Why: "Closing a person's own account does not take away the keys that they knew: until such a key is changed, they can go on using it from anywhere, and nothing tells them from the automation.",
	How: "A person has left, on a day that an HR system or directory names; the secret was last changed (rotated, or else made) before that day; more than 24 hours have passed since; and the person could read it: " +
		"they were handed it or the store that it lies in (reads_secret), it lies in a place that they can read (exposes) or own, they wrote it there themselves (created, as the author of a commit), or they own or made the credential. Access that they had through groups counts, three levels deep. " +
		"What they may still do today is looked at: access that was taken away before the first scan is not seen, so there may be more. " +
		"Certificates and public keys are for everybody and do not count; nor do credentials of people, of what is disabled or expired, and those whose last change or whose leaver's day is unknown.",
	False: "The person never opened the store, and its log of reads covers the whole time: accept the finding with that log.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ps/ps-4/",
		"https://docs.aws.amazon.com/prescriptive-guidance/latest/patterns/automatically-rotate-iam-user-access-keys-at-scale-with-aws-organizations-and-aws-secrets-manager.html",
	},
	Run: run,
}

// within is how soon what a leaver could read is changed (OWASP NHI1).
const within = 24 * time.Hour

// A reading is how one person could read one credential.
type reading struct {
	human, edge int
	left        time.Time
}

func run(p *check.Pass) error {
	found := map[int][]reading{}
	for human := range p.Graph.Rows(drover.KindHuman) {
		if p.Graph.IsMember(human) {
			continue
		}
		left, ok := p.LeftAt(human)
		if !ok || p.Now.Sub(left) < within {
			continue
		}
		readable(p, human, func(credential, edge int) {
			if at, ok := p.Secret(credential); !ok || at.After(left) || !secret(p, credential) {
				return
			}
			list := found[credential]
			if !slices.ContainsFunc(list, func(r reading) bool { return r.human == human }) {
				found[credential] = append(list, reading{human, edge, left})
			}
		})
	}
	var rows []int
	for row := range found {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	for _, row := range rows {
		report(p, row, found[row])
	}
	return nil
}

// maxSeen bounds how many rows one person's access is followed to.
const maxSeen = 100_000

// readable calls take for every credential that a person could read, with the edge
// that says so.
func readable(p *check.Pass, human int, take func(credential, edge int)) {
	seen := map[int]bool{}
	for _, who := range circle(p, human) {
		for h := range p.Graph.Out(who) {
			switch h.Kind {
			case drover.EdgeReadsSecret, drover.EdgeCreated, drover.EdgeOwns:
				inside(p, h.Row, h.Edge, who == human, seen, take)
			}
		}
		for h := range p.Graph.In(who) {
			if h.Kind == drover.EdgeExposes {
				inside(p, h.Row, h.Edge, true, seen, take)
			}
		}
		if len(seen) > maxSeen {
			return
		}
	}
}

// inside calls take for a credential, or for those that lie in a place or store.
func inside(p *check.Pass, row, edge int, own bool, seen map[int]bool, take func(credential, edge int)) {
	kind := p.Graph.Kind(row)
	owned := p.Graph.Edge(edge).Kind == drover.EdgeOwns || p.Graph.Edge(edge).Kind == drover.EdgeCreated
	if seen[row] || owned && !own {
		return // what a team owns or made is not what each of its members read
	}
	seen[row] = true
	switch kind {
	case drover.KindCredential:
		take(row, edge)
	case drover.KindPlace, drover.KindResource:
		for h := range p.Graph.In(row) {
			if h.Kind == drover.EdgeStoredIn {
				take(h.Row, edge)
			}
		}
	}
}

// circle is a person and the groups and roles that they are in, three levels deep.
func circle(p *check.Pass, human int) []int {
	list, from := []int{human}, 0
	for range 3 {
		to := len(list)
		for _, who := range list[from:to] {
			for h := range p.Graph.Out(who) {
				if h.Kind == drover.EdgeMemberOf && len(list) < 500 && !slices.Contains(list, h.Row) {
					list = append(list, h.Row)
				}
			}
		}
		from = to
	}
	return list
}

// secret reports whether a credential is one that must not be known, works, and
// belongs to no person.
func secret(p *check.Pass, credential int) bool {
	typ := p.Graph.Type(credential)
	if strings.Contains(typ, "certificate") || strings.Contains(typ, "public") || strings.Contains(typ, "federat") || typ == "ssh.authorized_key" || p.Off(credential) {
		return false
	}
	for _, holder := range p.Holders(credential) {
		if p.Human(holder) || p.Off(holder) {
			return false
		}
	}
	return true
}

func report(p *check.Pass, row int, readings []reading) {
	at, _ := p.Secret(row)
	slices.SortStableFunc(readings, func(a, b reading) int { return b.left.Compare(a.left) })
	var people []int
	var evidence []drover.FindingProof
	for i, r := range readings {
		people = append(people, r.human)
		if i < 3 {
			evidence = append(p.WithEdge(evidence, r.edge), p.LeftProof(r.human))
		}
	}
	evidence = append(evidence, check.Proof("its secret was last changed "+check.Day(at)+" ("+check.Ago(p.Now, at)+")", "rotated or created", at, ""))
	of := ""
	severity := p.Check.Severity
	if holders := p.Holders(row); len(holders) > 0 {
		of = " of " + p.Say(holders[0])
		severity = p.Weigh(holders[0], severity)
	}
	who := p.Who(people) + ", who left "
	p.Report(check.Hit{
		Row: row, Severity: severity,
		What:     p.Say(row) + of + " could be read by " + who + check.Ago(p.Now, readings[0].left) + ", and was last changed " + check.Span(readings[0].left.Sub(at)) + " before that.",
		Evidence: evidence, Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, people...),
	})
}
