// Package crossenvkey holds the check for credentials that production shares with
// what is for development and test.
package crossenvkey

import (
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds credentials on both sides of the border of production.
var Check = &check.Check{
	ID:       "crossenvkey",
	Title:    "production and test use the same credential",
	Area:     check.Isolation,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI8:2025", "OWASP-NHI9:2025", "NIST-CSF-2.0:PR.IR-01", "NIST-800-53:SC-7", "NIST-800-53:IA-5", "ISO-27001-2022:A.8.31", "PCI-DSS-4.0:6.5.3", "SOC2:CC6.1"},
	Fix:      []string{"split"},

	Why: "Test is where many people work and little is guarded. Whoever reads the key there has production, too.",
	How: "One credential, by its fingerprint or id, is on both sides: it proves accounts, lies in places, or is handed to workloads of production (prod, dr) and of development or test (dev, test, qa, staging, sandbox and the like). " +
		"Where it belongs to production, and only readers or places are of test, prodsecret says so and this check is silent. " +
		"Environments come from labels and tags, from the namespace, account or project that something lies in, and from names; what has none counts on neither side. It stays silent for certificates and public keys and for what is disabled or expired.",
	False: "A tool that must reach both, such as a scanner, with one account of its own: label it with its environment, or accept the finding.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/8-environment-isolation/",
		"https://docs-prv.pcisecuritystandards.org/PCI%20DSS/Standard/PCI-DSS-v4_0_1.pdf",
	},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

func each(p *check.Pass, row int) {
	prod, lower := p.Sides(row)
	if len(prod) == 0 || len(lower) == 0 || p.Off(row) || !p.Opens(row) || ofProduction(p, row, lower) {
		return
	}
	var evidence []drover.FindingProof
	for _, side := range [][]int{prod, lower} {
		for i, r := range side {
			if i < 3 {
				evidence = append(evidence, check.Proof(p.Say(r)+" is of "+p.Env(r), p.Source(r)+": environment", p.Graph.Row(r).Observed, drover.GradeInferred))
			}
		}
	}
	p.Report(check.Hit{
		Row: row, Severity: p.Check.Severity,
		What:     p.Say(row) + " is of production, for " + p.Says(prod) + ", and of " + p.Env(lower[0]) + ", for " + p.Says(lower) + ".",
		Evidence: evidence, Fix: remedy.Split(p.Estate, row, []int{prod[0], lower[0]}), Stops: []int{row}, Path: append([]int{prod[0], row}, lower[0]),
	})
}

// ofProduction reports whether a credential is production's own, by itself or by
// whom it proves, and nothing of test is proven by it.
func ofProduction(p *check.Pass, row int, lower []int) bool {
	own := check.Production(p.Graph.Facts(row).Env)
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates {
			if slices.Contains(lower, h.Row) {
				return false
			}
			own = own || check.Production(p.Graph.Facts(h.Row).Env)
		}
	}
	return own
}
