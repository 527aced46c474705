// Package agentgranted finds AI agents that were made, or let act, by other agents
// without a person in between, and those whose rights grow along the way.
package agentgranted

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "agentgranted", Title: "an AI agent that only agents let act", Area: check.Agents, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-2", "NIST-800-53:AC-5", "ISO-27001-2022:A.5.15", "SOC2:CC6.3"}, Fix: []string{"confirm_owner", "detach"},
	Why:        "Nobody decided that it may do what it does: one agent handed rights to the next, and each step looked harmless by itself.",
	How:        "An agent was created by another agent, or is called by agents only (edges created and delegates_to), and no person owns it, sponsors it, calls it or approved it (tags `sponsor`, `owner`, `approved_by`). The chain is followed up to eight steps. High where more of tier 0 falls with it than with the agent that lets it act: rights that grow along the chain.",
	False:      "A platform that makes one agent for each task of a person carries that person on: tag the agents with their sponsor where it does not say so.",
	References: []string{"https://genai.owasp.org/resource/agentic-ai-threats-and-mitigations/", "https://www.rfc-editor.org/rfc/rfc8693#section-4.1"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !p.Agent(row) || p.Off(row) {
			return
		}
		by, how, ok := makers(p, row)
		if !ok || answered(p, row) {
			return
		}
		chain := []int{row, by}
		for at := by; len(chain) < 9; {
			next, _, more := makers(p, at)
			if answered(p, at) && at != by {
				break
			}
			if !more || contains(chain, next) {
				break
			}
			chain, at = append(chain, next), next
		}
		report(p, row, by, how, chain)
	},
}

// makers is an agent that made a row or lets it act; ok is false where somebody
// else does, too, or nobody.
func makers(p *check.Pass, row int) (by int, how string, ok bool) {
	for h := range p.Graph.In(row) {
		if h.Kind != drover.EdgeCreated && h.Kind != drover.EdgeDelegatesTo || h.Row == row {
			continue
		}
		if !p.Agent(h.Row) {
			return 0, "", false
		}
		if by, ok = h.Row, true; h.Kind == drover.EdgeCreated {
			how = "made"
		} else if how == "" {
			how = "let act"
		}
	}
	return by, how, ok
}

// answered reports whether a person answers for a row.
func answered(p *check.Pass, row int) bool {
	people, said := p.Sponsors(row)
	if _, _, ok := p.Tag(row, "approved_by"); ok {
		return true
	}
	return len(people) > 0 || said != ""
}

func contains(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func report(p *check.Pass, row, by int, how string, chain []int) {
	h := check.Hit{Row: row, Path: chain, Keeps: true, Fix: remedy.ConfirmOwner(p.Estate, row)}
	h.What = fmt.Sprintf("%s was %s by %s, and no person approved it.", p.Say(row), how, p.Say(by))
	h.Evidence = []drover.FindingProof{check.Proof("was "+how+" by "+p.Say(by), "created and delegates_to", p.Now, ""), check.Proof("no sponsor, owner or approver is a person", "tags and owners", p.Now, "")}
	for i := 2; i < len(chain); i++ {
		h.Evidence = append(h.Evidence, check.Proof(p.Say(chain[i-1])+" was let act by "+p.Say(chain[i]), "created and delegates_to", p.Now, ""))
	}
	mine, ok := p.Standing(row)
	theirs, known := p.Standing(by)
	if ok && known && !reaches(p, by, row) && mine.Tier0 > theirs.Tier0 {
		h.Severity = drover.High
		h.Evidence = append(h.Evidence, check.Proof(fmt.Sprintf("%d of tier 0 fall with it, %d with %s", mine.Tier0, theirs.Tier0, p.Say(by)), "graph of effects", p.Now, ""))
	}
	p.Report(h)
}

// reaches reports whether the maker has what the agent has by way of it: then the
// two cannot be compared.
func reaches(p *check.Pass, by, row int) bool {
	for h := range p.Graph.Out(by) {
		if h.Row == row && h.Kind == drover.EdgeDelegatesTo {
			return true
		}
	}
	return false
}
