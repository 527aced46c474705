// Package thirdpartydata finds third parties with access to data about people, or
// data that a regulation protects.
package thirdpartydata

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "thirdpartydata", Title: "a third party reaches protected data", Area: check.Data, Severity: drover.High,
	Controls: []string{"OWASP-NHI3:2025", "NIST-CSF-2.0:GV.SC-07", "NIST-CSF-2.0:PR.DS-01", "NIST-800-53:SA-9", "NIST-800-53:AC-20", "PCI-DSS-4.0:12.8.2", "HIPAA:164.308(b)(1)", "ISO-27001-2022:A.5.34", "SOC2:P6.1"}, Fix: []string{"narrow", "detach"},
	Why:        "Handing such data to another company takes a contract, and telling people about it; whoever breaks into that company has it.",
	How:        "The identity is a third party's, as `novendor` tells, and it has a grant on, or permissions that reach, a resource that is classified as restricted or under a regulation. Medium where somebody is named as its reviewer. Silent where nothing is classified.",
	False:      "A processor under contract may have it: name the reviewer, who has seen the contract, and accept it until that ends.",
	References: []string{"https://gdpr-info.eu/art-28-gdpr/", "https://www.hhs.gov/hipaa/for-professionals/covered-entities/sample-business-associate-agreement-provisions/index.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Off(row) || p.Own(row) {
			return
		}
		x, ok := p.Party(row)
		if !ok {
			return
		}
		found := p.DataReached(row)
		if len(found) == 0 {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Evidence: []drover.FindingProof{check.Proof(x.Proof, x.Source, p.Now, "")}}
		var rows []int
		words := ""
		for i, r := range found {
			rows = append(rows, r.Row)
			w, _ := p.Protected(r.Row)
			if i == 0 {
				words = w
			}
			if i < 5 {
				h.Evidence = append(h.Evidence, check.Proof(p.Say(r.Row)+" holds "+w+": "+r.How, "grants and permissions", p.Now, r.Grade))
				h.Path = append(h.Path, r.Row)
			}
		}
		who := "a third party"
		if x.Vendor != "" {
			who = x.Vendor
		}
		if x.Reviewer != "" {
			h.Severity = drover.Medium
			h.Evidence = append(h.Evidence, check.Proof("was reviewed: "+x.Reviewer, "tags", p.Now, drover.GradeDeclared))
		}
		h.What = fmt.Sprintf("%s of %s gets to %s in %s.", p.Say(row), who, words, p.Says(rows))
		h.Loses = "access to " + p.Says(rows)
		h.Fix = remedy.Narrow(p.Estate, row, "what the contract with "+who+" is about, without "+p.Says(rows))
		p.Report(h)
	},
}
