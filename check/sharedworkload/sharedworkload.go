// Package sharedworkload holds the check for accounts that unrelated workloads run as.
package sharedworkload

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts with workloads of several applications behind them.
var Check = &check.Check{
	ID:       "sharedworkload",
	Title:    "workloads of several applications run as it",
	Area:     check.Isolation,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:IA-9", "ISO-27001-2022:A.5.15", "SOC2:CC6.3"},
	Fix:      []string{"split"},

	Why: "Each of them may do what all of them need together: a hole in the least of them opens what the most important one may do, and no right can be taken away without asking everybody.",
	How: "Workloads of at least two applications run as the account (runs_as). Copies and parts of one application count once: by its label (app.kubernetes.io/part-of, app, service), the application that owns it, the workload that made it, or its computer, so that several jobs of one machine are one. " +
		"An account without any right of its own is low: no membership, no policy, nothing that it may access or become. Tier 0 in reach raises the severity. " +
		"It stays silent for accounts of an operating system, for what a provider manages, for workloads that are scaled to nothing, and for disabled accounts.",
	False: "Two parts of one application without a common label: label both with the application's name.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/9-nhi-reuse/",
		"https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
		"https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

const many = 4

func each(p *check.Pass, row int) {
	n := 0
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeRunsAs {
			n++
		}
	}
	if n < 2 || !p.NonHuman(row) || p.Off(row) || p.Graph.Ref(row).System() == "machine" {
		return
	}
	var runs []int
	var evidence []drover.FindingProof
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeRunsAs && !p.Stopped(h.Row) && !slices.Contains(runs, h.Row) {
			runs = append(runs, h.Row)
			evidence = p.WithEdge(evidence, h.Edge)
		}
	}
	slices.Sort(runs)
	apps := p.Apps(runs)
	if len(apps) < 2 {
		return
	}
	severity := p.Weigh(row, p.Check.Severity)
	if !rights(p, row) {
		severity = drover.Low
		evidence = append(evidence, check.Proof("it has no right of its own that is seen", "edges of the account", p.Now, drover.GradeInferred))
	} else if len(apps) >= many {
		severity = max(severity, drover.High)
	}
	p.Report(check.Hit{
		Row: row, Severity: severity,
		What:     fmt.Sprintf("%s is what workloads of %d applications run as: %s.", p.Say(row), len(apps), p.Says(apps)),
		Evidence: evidence, Fix: remedy.Split(p.Estate, row, apps), Stops: []int{row}, Path: append([]int{row}, apps...),
	})
}

// rights reports whether an account may do anything, as far as edges say.
func rights(p *check.Pass, row int) bool {
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeAttached {
			return true
		}
	}
	for h := range p.Graph.Out(row) {
		switch h.Kind {
		case drover.EdgeCanAccess, drover.EdgeCanAssume, drover.EdgeReadsSecret, drover.EdgeEscalates:
			return true
		case drover.EdgeMemberOf:
			if p.Graph.Kind(h.Row) == drover.KindRole {
				return true
			}
		}
	}
	s, ok := p.Standing(row)
	return ok && s.Reach > 0
}
