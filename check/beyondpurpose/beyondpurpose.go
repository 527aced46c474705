// Package beyondpurpose holds the check for accounts that do two things which have
// nothing to do with each other.
package beyondpurpose

import (
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts of one area of business that work in another.
var Check = &check.Check{
	ID:       "beyondpurpose",
	Title:    "works where its purpose has no business",
	Area:     check.Isolation,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI5:2025", "OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:AC-5", "ISO-27001-2022:A.5.15", "PCI-DSS-4.0:7.2.5", "SOC2:CC6.3"},
	Fix:      []string{"split", "narrow"},

	Why: "It was made for one thing and was given another on the way, because it was at hand. Whoever is asked about the one does not know of the other, and both are lost together.",
	How: "Name, function and purpose of the account, by classification and tags, speak of one area of business (staff, payments, finance, shop, logistics, marketing, support, health, devices), and it may access, is handed or runs for something that speaks of another: can_access, reads_secret (of stores, not of single credentials) and runs_as, of its own or of a role or group that it is in. " +
		"Areas that work on each other's data every day are one (payments with finance and shop, shop with logistics, marketing and support, support with payments). Accounts for everybody are left out, since their work is to reach all: building, monitoring, backup, scanning, reporting, moving of data. " +
		"Medium where what it reaches is confidential, restricted or regulated. It stays silent where either side speaks of no area, or of several, and for disabled and break-glass accounts.",
	False: "The areas belong together in your house: label the account with the purpose that covers both, such as purpose=integration.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/5-overprivileged-nhi/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-5/",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	if !reaches(p, row) || !p.NonHuman(row) {
		return
	}
	own, word, ok := areaOf(p, row)
	if !ok || p.Off(row) {
		return
	}
	var found []int
	var evidence []drover.FindingProof
	their, theirWord := area(""), ""
	look := func(of int) {
		for h := range p.Graph.Out(of) {
			if h.Kind != drover.EdgeCanAccess && h.Kind != drover.EdgeReadsSecret || p.Graph.Kind(h.Row) == drover.KindCredential {
				continue
			}
			if a, w, ok := areaOf(p, h.Row); ok && !related(own, a) && !slices.Contains(found, h.Row) && (their == "" || a == their) {
				found, their, theirWord = append(found, h.Row), a, w
				evidence = p.WithEdge(evidence, h.Edge)
			}
		}
	}
	look(row)
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeMemberOf {
			look(h.Row)
		}
	}
	for h := range p.Graph.In(row) {
		if h.Kind != drover.EdgeRunsAs {
			continue
		}
		if a, w, ok := areaOf(p, h.Row); ok && !related(own, a) && !slices.Contains(found, h.Row) && (their == "" || a == their) {
			found, their, theirWord = append(found, h.Row), a, w
			evidence = p.WithEdge(evidence, h.Edge)
		}
	}
	if len(found) == 0 || p.Emergency(row) {
		return
	}
	severity := p.Check.Severity
	for _, f := range found {
		if x := p.Graph.Facts(f); x.DataClass == "confidential" || x.DataClass == "restricted" || len(x.Regulation) > 0 {
			severity = drover.Medium
		}
	}
	evidence = append(evidence, check.Proof("it is for "+string(own)+" ("+check.Clean(word)+"), they are for "+string(their)+" ("+check.Clean(theirWord)+")", "names, tags and classification", time.Time{}, drover.GradeInferred))
	p.Report(check.Hit{
		Row: row, Part: string(their), Severity: severity,
		What:     p.Say(row) + " is for " + string(own) + ", and works for " + string(their) + ", too: " + p.Says(found) + ".",
		Evidence: evidence, Fix: fix(p, row, own, found), Stops: []int{row}, Loses: "what it does for " + string(their), Path: append([]int{row}, found...),
	})
}

// reaches reports whether an account has an edge to anything that could be of
// another area.
func reaches(p *check.Pass, row int) bool {
	for h := range p.Graph.Out(row) {
		switch h.Kind {
		case drover.EdgeCanAccess, drover.EdgeReadsSecret, drover.EdgeMemberOf:
			return true
		}
	}
	return p.HasIn(row, drover.EdgeRunsAs)
}

// fix parts the two: workloads get an account of their own, access is taken away.
func fix(p *check.Pass, row int, own area, found []int) drover.Fix {
	for _, f := range found {
		if p.Graph.Kind(f) != drover.KindWorkload {
			return remedy.Narrow(p.Estate, row, "what "+string(own)+" needs")
		}
	}
	return remedy.Split(p.Estate, row, found)
}
