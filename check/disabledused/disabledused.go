// Package disabledused holds the check for what is switched off and still used.
package disabledused

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds disabled accounts and credentials that something still refers to.
var Check = &check.Check{
	ID:       "disabledused",
	Title:    "disabled, yet something still refers to it",
	Area:     check.Lifecycle,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:AC-2", "ISO-27001-2022:A.5.18"},
	Fix:      []string{"review", "delete"},

	Why: "What still runs as it fails, now or at its next start, and the quick repair is to switch it on again, with everything that it was switched off for. What still trusts it lets it in again on that day.",
	How: "The system says that the account is disabled (quarantined: enabled=false, accountEnabled=false, status inactive, suspended or revoked), or that the credential is, and an edge still leads to it: a workload runs as it, a workload or account is handed its secret or reads the secret store that the credential lies in, a role or resource trusts it. " +
		"Workloads that are scaled to nothing or suspended do not count. Only trusts: low. What is retired or expired by itself is silent, since it does not come back by a switch.",
	False: "A pause that somebody planned: accept the finding until its end.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html",
		"https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/disable-user-sign-in-portal",
	},
	Kinds: []drover.Kind{drover.KindIdentity, drover.KindCredential},
	Each:  each,
}

func each(p *check.Pass, row int) {
	if p.Graph.Kind(row) == drover.KindCredential {
		credential(p, row)
		return
	}
	if p.Graph.Facts(row).Lifecycle != drover.LifecycleQuarantined || !p.NonHuman(row) || expired(p, row) {
		return
	}
	var runs, trusts []int
	var evidence []drover.FindingProof
	for h := range p.Graph.In(row) {
		switch {
		case h.Kind == drover.EdgeRunsAs && !p.Stopped(h.Row):
			runs = append(runs, h.Row)
		case h.Kind == drover.EdgeTrusts:
			trusts = append(trusts, h.Row)
		default:
			continue
		}
		evidence = p.WithEdge(evidence, h.Edge)
	}
	report(p, row, "runs as it", "trusts it", runs, trusts, evidence)
}

func credential(p *check.Pass, row int) {
	if p.Graph.Facts(row).Status != "disabled" {
		return
	}
	var readers []int
	var evidence []drover.FindingProof
	take := func(of int) {
		for h := range p.Graph.In(of) {
			if h.Kind == drover.EdgeReadsSecret && p.Graph.Kind(h.Row) == drover.KindWorkload && !p.Stopped(h.Row) {
				readers = append(readers, h.Row)
				evidence = p.WithEdge(evidence, h.Edge)
			}
		}
	}
	take(row)
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeStoredIn {
			take(h.Row)
		}
	}
	report(p, row, "is handed it", "", readers, nil, evidence)
}

func report(p *check.Pass, row int, does, trusting string, users, trusts []int, evidence []drover.FindingProof) {
	h := check.Hit{Row: row, Stops: []int{row}, Keeps: true, Path: append(append([]int{row}, users...), trusts...)}
	var what string
	switch {
	case len(users) > 0:
		what = p.Says(users) + " still " + plural(len(users), does)
		if len(trusts) > 0 {
			what += " and " + p.Says(trusts) + " still " + plural(len(trusts), trusting)
		}
		h.Fix = remedy.Ask(p.Estate, row, "Give "+p.Says(users)+" something else than "+p.Say(row)+", then delete it")
	case len(trusts) > 0:
		h.Severity = drover.Low
		what = p.Says(trusts) + " still " + plural(len(trusts), trusting)
		h.Fix = remedy.Ask(p.Estate, row, "Take "+p.Say(row)+" out of what "+p.Says(trusts)+" "+verb(len(trusts))+", then delete it")
	default:
		return
	}
	h.What = p.Say(row) + " is disabled, and " + what + "."
	h.Evidence = append(evidence, p.DisabledProof(row))
	p.Report(h)
}

// plural makes the verb of a clause fit several subjects.
func plural(n int, clause string) string {
	if n == 1 {
		return clause
	}
	return map[string]string{"runs as it": "run as it", "trusts it": "trust it", "is handed it": "are handed it"}[clause]
}

func expired(p *check.Pass, row int) bool {
	end := p.Graph.Node(row).Expires
	return !end.IsZero() && !end.After(p.Now)
}

func verb(n int) string {
	if n == 1 {
		return "trusts"
	}
	return "trust"
}
