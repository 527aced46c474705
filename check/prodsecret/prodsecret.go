// Package prodsecret finds secrets of production that something of a trial
// environment reads or holds.
package prodsecret

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "prodsecret", Title: "a secret of production is used in a trial", Area: check.Isolation, Severity: drover.High,
	Controls: []string{"OWASP-NHI8:2025", "OWASP-NHI2:2025", "NIST-CSF-2.0:PR.IR-01", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:6.5.3", "ISO-27001-2022:A.8.31", "SOC2:CC6.1"}, Fix: []string{"split", "rotate"},
	Why:        "Whoever works on the trial environment, or breaks into it, holds the key of production.",
	How:        "A credential, or an entry of a secret store, is of production, or the identity that it authenticates is; and a workload, an identity or a place whose environment is known to be none of production is handed it, reads it or holds it. Silent where an environment is unknown.",
	False:      "A copy of production's data that is called test, with the same password, is a finding all the same. A name that looks like an environment and is none: set it with `drover tag`.",
	References: []string{"https://owasp.org/www-project-non-human-identities-top-10/2025/8-environment-isolation/", "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"},
	Kinds:      []drover.Kind{drover.KindCredential, drover.KindResource},
	Each: func(p *check.Pass, row int) {
		var trial []int
		for h := range p.Graph.In(row) {
			if h.Kind == drover.EdgeReadsSecret && check.Lower(p.Graph.Facts(h.Row).Env) {
				trial = append(trial, h.Row)
			}
		}
		if p.Graph.Kind(row) == drover.KindCredential {
			for h := range p.Graph.Out(row) {
				if h.Kind == drover.EdgeStoredIn && check.Lower(p.Graph.Facts(h.Row).Env) {
					trial = append(trial, h.Row)
				}
			}
		}
		if len(trial) == 0 || p.Off(row) {
			return
		}
		if of, ok := productive(p, row); ok {
			report(p, row, of, trial)
		}
	},
}

// productive is what of production a secret opens: itself, where it says so, or
// the identity that it authenticates.
func productive(p *check.Pass, row int) (of int, ok bool) {
	if check.Production(p.Graph.Facts(row).Env) {
		return row, true
	}
	if p.Graph.Facts(row).Env != "" {
		return 0, false
	}
	for _, i := range p.Holders(row) {
		if check.Production(p.Graph.Facts(i).Env) {
			return i, true
		}
	}
	return 0, false
}

func report(p *check.Pass, row, of int, trial []int) {
	slices.Sort(trial)
	trial = slices.Compact(trial)
	env := check.Clean(p.Graph.Facts(trial[0]).Env)
	h := check.Hit{Row: row, Path: []int{trial[0], row}, Stops: []int{row}, Loses: "the secret, for what is of " + env}
	opens := ""
	if of != row {
		opens, h.Path = ", which opens "+p.Say(of)+",", append(h.Path, of)
	}
	h.What = fmt.Sprintf("%s of production%s is held by %s of %s.", p.Say(row), opens, p.Says(trial), env)
	h.Evidence = []drover.FindingProof{check.Proof(p.Say(of)+" is of "+check.Clean(p.Graph.Facts(of).Env), "environment", p.Now, drover.GradeInferred)}
	for _, t := range trial[:min(len(trial), 4)] {
		h.Evidence = append(h.Evidence, check.Proof(p.Say(t)+", of "+check.Clean(p.Graph.Facts(t).Env)+", holds or reads it", "stored and read secrets", p.Now, ""))
	}
	h.Fix = remedy.Split(p.Estate, row, trial)
	p.Report(h)
}
