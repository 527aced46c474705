// Package personalkey holds the check for automations that work with a person's key.
package personalkey

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds people's credentials that workloads use.
var Check = &check.Check{
	ID:       "personalkey",
	Title:    "an automation works with a person's key",
	Area:     check.Sign,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI10:2025", "OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-9", "NIST-800-53:AC-6", "ISO-27001-2022:A.5.16", "SOC2:CC6.1"},
	Fix:      []string{"split", "revoke"},

	Why: "The job may do all that the person may, stands in the logs under their name, and stops on the day they leave, unless somebody keeps their account alive for it.",
	How: "A credential proves a person or an account of a person (verdict human), and a program uses it: a workload or an automation is handed it or reads the place that it lies in (reads_secret), or it lies in a store of a build system, in a Secret of a cluster, or in the environment of a workload. " +
		"A tool on the person's own computer is no automation: an AI client or a tool server there is the person's. Where somebody else's computer holds it nothing is said unless a workload is seen to read it. It stays silent for certificates and public keys, for credentials that are disabled or expired, and where the holder's verdict is unknown.",
	False: "A person's own automation, meant to act for that person only, such as a sync of their calendar: accept the finding.",
	References: []string{
		"https://docs.github.com/en/actions/reference/security/secure-use",
		"https://docs.gitlab.com/user/project/settings/project_access_tokens/",
		"https://owasp.org/www-project-non-human-identities-top-10/2025/10-human-use-of-nhi/",
	},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

func each(p *check.Pass, row int) {
	person := -1
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates {
			if !p.Human(h.Row) {
				return
			}
			person = h.Row
		}
	}
	if person < 0 || p.Off(row) || !p.Opens(row) || p.Off(person) {
		return
	}
	var users, places []int
	var evidence []drover.FindingProof
	readers := func(of int) {
		for h := range p.Graph.In(of) {
			if h.Kind == drover.EdgeReadsSecret && program(p, h.Row) {
				users = append(users, h.Row)
				evidence = p.WithEdge(evidence, h.Edge)
			}
		}
	}
	readers(row)
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeStoredIn {
			continue
		}
		before := len(users)
		readers(h.Row)
		switch p.Storage(h.Row) {
		case check.InPipeline, check.InCluster, check.InEnv:
			if len(users) == before {
				places = append(places, h.Row)
				evidence = p.WithEdge(evidence, h.Edge)
			}
		}
	}
	if len(users)+len(places) == 0 {
		return
	}
	where := p.Says(users) + " " + uses(len(users)) + " it"
	if len(users) == 0 {
		where = "it lies in " + p.Says(places) + ", where programs take it from"
	}
	hit := check.Hit{
		Row: row, Severity: p.Weigh(person, p.Check.Severity),
		What:     p.Say(row) + " is the key of " + p.Who([]int{person}) + ", a person, and " + where + ".",
		Evidence: evidence, Stops: []int{row}, Path: append(append([]int{row, person}, users...), places...),
		Fix: remedy.Own(p.Estate, row, users, places),
	}
	p.Report(hit)
}

func uses(n int) string {
	if n == 1 {
		return "uses"
	}
	return "use"
}

// program reports whether a reader is a program that works without the person.
func program(p *check.Pass, row int) bool {
	switch p.Graph.Type(row) {
	case "mcp.client", "mcp.server":
		return false
	}
	return p.Graph.Kind(row) == drover.KindWorkload || p.Graph.Kind(row) == drover.KindIdentity && p.Graph.Facts(row).Verdict == drover.VerdictNHI
}
