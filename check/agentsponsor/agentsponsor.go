// Package agentsponsor finds AI agents for whom no person answers.
package agentsponsor

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "agentsponsor", Title: "an AI agent without a sponsor", Area: check.Agents, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-CSF-2.0:ID.AM-08", "NIST-800-53:AC-2", "ISO-27001-2022:A.5.9", "SOC2:CC1.3"}, Fix: []string{"set_owner", "tag"},
	Why:        "An agent decides by itself what to do with its rights. When it does harm there is nobody who knows what it is for, may stop it, or answers for what it did.",
	How:        "It is an AI agent by its type or tags, and neither a tag `sponsor` or `owner`, nor its platform's sponsors (`sponsors`, `sponsor`), nor an owner who is a person, nor the person whose computer it runs on is known. A team alone is no sponsor. High where it gets to production or tier 0. MCP servers are tools, and left out.",
	False:      "A demonstration that nobody may reach needs no sponsor: take it away, or accept it until the day it ends.",
	References: []string{"https://learn.microsoft.com/entra/agent-id/identity-platform/agent-owners-sponsors-managers", "https://genai.owasp.org/resource/agentic-ai-threats-and-mitigations/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !p.Agent(row) || p.Off(row) {
			return
		}
		people, said := p.Sponsors(row)
		if len(people) > 0 || said != "" {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Keeps: true, Fix: remedy.SetOwner(p.Estate, row)}
		team := "nobody"
		for _, o := range p.Owners(row) {
			team, h.Path = p.Say(o)+", and no person in it,", append(h.Path, o)
			break
		}
		h.What = fmt.Sprintf("%s is an AI agent for which %s answers.", p.Say(row), team)
		h.Evidence = []drover.FindingProof{check.Proof("no sponsor, and no owner who is a person", "tags, owners, platform", p.Now, "")}
		if s, ok := p.Standing(row); ok && s.Tier0 > 0 || check.Production(p.Graph.Facts(row).Env) && s.Reach > 0 {
			h.Severity = drover.High
			h.Evidence = append(h.Evidence, check.Proof(fmt.Sprintf("reaches %s, %d of tier 0", check.Count(s.Reach, "thing"), s.Tier0), "graph of effects", p.Now, ""))
		}
		p.Report(h)
	},
}
