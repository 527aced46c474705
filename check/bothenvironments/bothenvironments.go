// Package bothenvironments finds identities that are given access to production
// and to a trial environment at once.
package bothenvironments

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "bothenvironments", Title: "one identity for production and for trials", Area: check.Isolation, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI8:2025", "NIST-CSF-2.0:PR.IR-01", "NIST-800-53:CM-4(1)", "NIST-800-53:AC-6", "PCI-DSS-4.0:6.5.3", "ISO-27001-2022:A.8.31", "SOC2:CC8.1"}, Fix: []string{"split"},
	Why:        "A mistake in a trial hits production, and a key that leaks where everybody tries things out opens both.",
	How:        "What it is given itself: grants, roles it may assume, secrets it reads, groups it is in, workloads that run as it. Among them are things whose environment is known to be production and others whose environment is known to be none. What policies of AWS list is not counted: it names no environment. An identity that is itself of a trial environment is told by `trialtoprod`. Silent where environments are unknown.",
	False:      "Tools that serve all environments by design (monitoring, backup) are often one identity: give each environment its own, or accept it with the reason. A name that looks like an environment and is none: set it with `drover tag`.",
	References: []string{"https://owasp.org/www-project-non-human-identities-top-10/2025/8-environment-isolation/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !p.NonHuman(row) || p.Off(row) || p.Own(row) || check.Lower(p.Graph.Facts(row).Env) {
			return
		}
		var prod, trial []int
		for h := range p.Graph.Out(row) {
			if !gives(h.Kind) || p.Graph.Unseen(h.Row) {
				continue
			}
			prod, trial = sort(p, h.Row, prod, trial)
		}
		for h := range p.Graph.In(row) {
			if h.Kind == drover.EdgeRunsAs {
				prod, trial = sort(p, h.Row, prod, trial)
			}
		}
		if len(prod) > 0 && len(trial) > 0 {
			report(p, row, prod, trial)
		}
	},
}

// gives reports whether an edge is access that its beginning was given.
func gives(k drover.EdgeKind) bool {
	switch k {
	case drover.EdgeCanAccess, drover.EdgeCanAssume, drover.EdgeReadsSecret, drover.EdgeDelegatesTo, drover.EdgeMemberOf:
		return true
	}
	return false
}

func sort(p *check.Pass, row int, prod, trial []int) (a, b []int) {
	switch env := p.Graph.Facts(row).Env; {
	case check.Production(env):
		prod = append(prod, row)
	case check.Lower(env):
		trial = append(trial, row)
	}
	return prod, trial
}

func report(p *check.Pass, row int, prod, trial []int) {
	slices.Sort(prod)
	slices.Sort(trial)
	prod, trial = slices.Compact(prod), slices.Compact(trial)
	h := check.Hit{Row: row, Path: []int{row, prod[0], trial[0]}, Stops: []int{row}, Loses: "access to one of the two environments"}
	h.What = fmt.Sprintf("%s is given access to %s of production and to %s of %s.", p.Say(row), p.Says(prod), p.Says(trial), check.Clean(p.Graph.Facts(trial[0]).Env))
	for _, r := range append(prod[:min(len(prod), 3):min(len(prod), 3)], trial[:min(len(trial), 3)]...) {
		h.Evidence = append(h.Evidence, check.Proof(p.Say(r)+" is of "+check.Clean(p.Graph.Facts(r).Env), "environment", p.Now, drover.GradeInferred))
	}
	h.Fix = remedy.Split(p.Estate, row, []int{prod[0], trial[0]})
	p.Report(h)
}
