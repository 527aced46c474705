// Package regulatedreview finds machine identities under a regulation whose rights
// nobody has looked at for as long as that regulation asks.
package regulatedreview

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// word are the names under which a day of review is written down.
var word = check.NewWord([]string{"review", "certif", "attest"}, "reviewed", "lastreviewed", "lastreview", "reviewdate", "reviewedon", "reviewedat", "lastreviewdate", "recertified", "recertifiedon", "lastrecertified", "certifiedon", "attested", "attestedon", "lastattested")

// Check is the question.
var Check = &check.Check{
	ID: "regulatedreview", Title: "under a regulation, and not reviewed in time", Area: check.Data, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-2", "PCI-DSS-4.0:7.2.5.1", "HIPAA:164.308(a)(4)(ii)(C)", "ISO-27001-2022:A.5.18", "SOC2:CC6.3", "SOX-ITGC:access"}, Fix: []string{"confirm_owner", "review"},
	Why:        "The auditor asks who looked at these rights and when. Without an answer the control has failed, whatever the rights are.",
	How:        "The identity is under a regulation (tag, policy, or its surroundings), and the last day of review (tags such as last_reviewed, or the day on which its owner was confirmed) is longer ago than the shortest interval that its regulations ask for: PCI and HIPAA 180 days, SOX 90, GDPR 365, unless policy says otherwise. One that was never reviewed counts from the day it was made; where that is not known, the check is silent.",
	False:      "The review is kept elsewhere: write its day to the tag last_reviewed.",
	References: []string{"https://listings.pcisecuritystandards.org/documents/PCI-DSS-v4_0_1.pdf", "https://www.law.cornell.edu/cfr/text/45/164.308"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		f := p.Graph.Facts(row)
		if len(f.Regulation) == 0 || !p.NonHuman(row) || p.Off(row) || p.Own(row) {
			return
		}
		limit := p.Policy.Regime(f.Regulation).Review
		if limit == 0 {
			return
		}
		at, proof, known := reviewed(p, row)
		if !known {
			if at = p.Graph.Node(row).Created; at.IsZero() {
				return
			}
			proof = check.Proof("was made "+check.Day(at)+", and no review is written down", "creation", at, "")
		}
		if p.Now.Sub(at) <= limit {
			return
		}
		var names []string
		for _, r := range f.Regulation {
			names = append(names, check.Clean(r))
		}
		words := check.List(names)
		how := "was last reviewed " + check.Ago(p.Now, at)
		if !known {
			how = "was made " + check.Ago(p.Now, at) + " and never reviewed"
		}
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s is in the scope of %s and %s; %s is asked for.", p.Say(row), words, how, check.Span(limit)),
			Evidence: []drover.FindingProof{proof, check.Proof("is in the scope of "+words, "classification", p.Now, drover.GradeInferred)}, Fix: remedy.ConfirmOwner(p.Estate, row), Keeps: true, Path: []int{row}})
	},
}

// reviewed is when a row was last looked at: by a day that is written down, or by
// the owner's word.
func reviewed(p *check.Pass, row int) (at time.Time, proof drover.FindingProof, ok bool) {
	if m, found := p.Mark(row, word); found {
		if at, ok = check.ParseDay(m.Value); ok && !at.After(p.Now) {
			return at, check.Proof(check.Clean(m.Key)+" is "+check.Clean(m.Value), m.By, at, drover.GradeDeclared), true
		}
	}
	if v, _, found := p.Tag(row, "owner.state"); found && v == "confirmed" {
		if day, by, _ := p.Tag(row, "owner.at"); day != "" {
			if at, ok = check.ParseDay(day); ok {
				return at, check.Proof("its owner was confirmed on "+check.Clean(day), check.Clean(by), at, drover.GradeDeclared), true
			}
		}
	}
	return time.Time{}, drover.FindingProof{}, false
}
