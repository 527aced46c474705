// Package agentexceeds finds AI agents that can do more than the person who answers
// for them.
package agentexceeds

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/graph/effective"
)

// Check is the question.
var Check = &check.Check{
	ID: "agentexceeds", Title: "an AI agent with more rights than its sponsor", Area: check.Agents, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:AC-6(8)", "ISO-27001-2022:A.5.15", "SOC2:CC6.3"}, Fix: []string{"narrow", "confirm_owner"},
	Why:        "Its sponsor gets by the agent what nobody gave to them, and cannot judge what it does with rights that they never had.",
	How:        "The sponsor is known as a person, accounts of theirs are known, and of tier 0 there is something that falls with the agent and not with the person, the agent itself apart. Compared is what the graph of effects tells of both. Silent where nothing is known of the person's own access.",
	False:      "Accounts of the person in systems that no source reads are not counted: connect them.",
	References: []string{"https://learn.microsoft.com/entra/agent-id/identity-platform/agent-owners-sponsors-managers", "https://genai.owasp.org/llmrisk/llm062025-excessive-agency/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Effects == nil || !p.Agent(row) || p.Off(row) {
			return
		}
		s, ok := p.Standing(row)
		people, _ := p.Sponsors(row)
		if !ok || s.Tier0 == 0 || len(people) == 0 {
			return
		}
		slices.Sort(people)
		for _, person := range slices.Compact(people) {
			if more, ok := beyond(p, row, person); ok && len(more) > 0 {
				report(p, row, person, more)
				return
			}
		}
	},
}

// beyond is what of tier 0 an agent gets to and its sponsor does not; ok is false
// where nothing is known of the sponsor's own access, or the search fails.
func beyond(p *check.Pass, agent, person int) (more []uint32, ok bool) {
	theirs, err := p.Effects.Blast(p.Context, uint32(person), effective.Options{Limit: 1, Without: &effective.Cut{Rows: []uint32{uint32(agent)}}})
	if err != nil || len(theirs.Taken) == 0 {
		return nil, false
	}
	its, err := p.Effects.Blast(p.Context, uint32(agent), effective.Options{Limit: 1})
	if err != nil {
		return nil, false
	}
	for _, t := range its.Tier0 {
		if !slices.Contains(theirs.Tier0, t) && t != uint32(agent) {
			more = append(more, t)
		}
	}
	return more, true
}

func report(p *check.Pass, row, person int, more []uint32) {
	h := check.Hit{Row: row, Path: []int{row, person}, Stops: []int{row}, Loses: "what its sponsor may not do"}
	var names []string
	for i, n := range more {
		if i == 3 {
			names = append(names, check.Count(len(more)-i, "other"))
			break
		}
		names = append(names, p.SayNode(n))
		if int(n) < p.Graph.Len() {
			h.Path = append(h.Path, int(n))
		}
	}
	h.What = fmt.Sprintf("%s gets to %s, and %s, who answers for it, does not.", p.Say(row), check.List(names), p.Say(person))
	h.Evidence = []drover.FindingProof{check.Proof("the agent gets to "+check.List(names), "graph of effects", p.Now, drover.GradeInferred), check.Proof(p.Say(person)+" gets to none of it without the agent", "graph of effects", p.Now, drover.GradeInferred)}
	h.Fix = remedy.Narrow(p.Estate, row, "what its sponsor may do")
	h.Unknowns = []string{"accounts of " + p.Say(person) + " in systems that no source reads"}
	p.Report(h)
}
