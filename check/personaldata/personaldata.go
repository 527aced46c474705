// Package personaldata finds machine identities that get to data about people, or
// data that a regulation protects, although they are for something else.
package personaldata

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "personaldata", Title: "reaches protected data that it is not for", Area: check.Data, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.DS-01", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:PT-2", "PCI-DSS-4.0:7.2.2", "HIPAA:164.312(a)(1)", "ISO-27001-2022:A.5.34", "SOC2:P4.1"}, Fix: []string{"narrow", "detach"},
	Why: "Each identity that can read it is one that has to be told of when it leaks, and a purpose that has to be justified; nobody can justify this one.",
	How: "A resource is classified as restricted or under a regulation (tag, policy, or what it is), and the identity has a grant on it, or permissions that reach it. What the identity is for is known (its function, purpose or name), and shares no word with what the resource is for; both do not have the same owner. High where the identity is of a trial environment or an AI agent. " +
		"Administrators are told by `adminequivalent`, third parties by `thirdpartydata`. Silent where the purpose of either is not known, or nothing is classified.",
	False:      "Backup, search and monitoring read everything on purpose: write that purpose to a tag and accept it, or give them a copy without people in it. Names that say the same in other words: set the purpose with `drover tag`.",
	References: []string{"https://gdpr-info.eu/art-5-gdpr/", "https://gdpr-info.eu/art-25-gdpr/", "https://www.hhs.gov/hipaa/for-professionals/privacy/guidance/minimum-necessary-requirement/index.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !p.NonHuman(row) || p.Off(row) || p.Own(row) || p.Emergency(row) {
			return
		}
		reached := p.DataReached(row)
		if len(reached) == 0 {
			return
		}
		if _, theirs := p.Party(row); theirs {
			return
		}
		if _, admin := p.Admin(row); admin {
			return
		}
		if _, foreign := p.Party(row); foreign {
			return
		}
		var found []check.DataReach
		for _, r := range reached {
			if akin, known := p.Akin(row, r.Row); known && !akin && !sameOwner(p, row, r.Row) {
				found = append(found, r)
			}
		}
		if len(found) > 0 {
			report(p, row, found)
		}
	},
}

func sameOwner(p *check.Pass, a, b int) bool {
	x, y := p.Graph.Facts(a).Owner, p.Graph.Facts(b).Owner
	return x != "" && x == y
}

func report(p *check.Pass, row int, found []check.DataReach) {
	f := p.Graph.Facts(row)
	h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}}
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
	is := f.Function
	if is == "" {
		is = f.Purpose
	}
	purpose := ""
	if is != "" {
		purpose = ", which is for " + check.Clean(is) + ","
		h.Evidence = append(h.Evidence, check.Proof("is for "+check.Clean(is), "function and purpose", p.Now, drover.GradeInferred))
	}
	if check.Lower(f.Env) || p.Agent(row) {
		h.Severity = drover.High
	}
	h.What = fmt.Sprintf("%s%s gets to %s in %s.", p.Say(row), purpose, words, p.Says(rows))
	h.Loses = "access to " + p.Says(rows)
	h.Fix = remedy.Narrow(p.Estate, row, "what it is for, without "+p.Says(rows))
	p.Report(h)
}
