// Package mcpsecret finds secrets that are written into the configuration of AI
// clients.
package mcpsecret

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "mcpsecret",
	Title:    "an MCP server is configured with a secret in clear",
	Area:     check.Secrets,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"vault", "revoke"},
	Why:      "The AI client can read its own configuration, and what it reads may leave with a prompt. The file is copied between machines and into repositories, and the server keeps whatever the secret opens.",
	How: "The machine connector reads the configurations of AI clients (env, headers, args and url of each server). A value in one of them is a credential; a reference such as ${TOKEN} or an input prompt is none, and placeholders are left out. " +
		"High where the credential is good, or opens production or tier 0. A server that is switched off counts: the secret lies there all the same. Silent when the credential is disabled or expired.",
	False:      "A key that the server itself calls public. Accept the finding with that reason.",
	References: []string{"https://modelcontextprotocol.io/specification/2025-06-18/basic/security_best_practices", "https://code.visualstudio.com/docs/copilot/customization/mcp-servers", "https://owasp.org/www-project-non-human-identities-top-10/2025/2-secret-leakage/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if p.Graph.Type(row) != "mcp.server" {
		return
	}
	var creds, places []int
	h := check.Hit{Row: row}
	for hop := range p.Graph.Out(row) {
		if hop.Kind != drover.EdgeReadsSecret || p.Graph.Kind(hop.Row) != drover.KindCredential {
			continue
		}
		held := p.HeldIn(hop.Row, check.InFile, check.InCode, check.InEnv)
		validity, proof := p.Validity(hop.Row, p.EarliestPlace(held))
		if len(held) == 0 || validity == check.ValidityDead {
			continue
		}
		creds, places = append(creds, hop.Row), append(places, held[0])
		h.Evidence = append(h.Evidence, check.Proof(p.Say(hop.Row)+" lies in "+p.SayPlaces(held), p.Source(held[0]), p.Graph.Row(held[0]).Observed, ""), proof)
		words, serious := p.Serious(hop.Row)
		if serious || validity == check.ValidityLive {
			h.Severity = drover.High
		}
		if serious {
			h.Why = p.Check.Why + " Here " + words + "."
		}
	}
	if len(creds) == 0 {
		return
	}
	h.What = p.Say(row) + " is started with " + check.Count(len(creds), "secret") + " written in its configuration: " + p.Says(creds) + "."
	h.Fix, h.Stops, h.Path = remedy.Vault(p.Estate, creds[0], places[0]), creds, append([]int{row}, creds...)
	p.Report(h)
}
