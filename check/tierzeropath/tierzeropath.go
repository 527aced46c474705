// Package tierzeropath finds machine identities that take over something of tier 0
// in a few steps, although nobody made them administrators.
package tierzeropath

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "tierzeropath", Title: "a way from a machine identity to tier 0", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-CSF-2.0:ID.RA-03", "NIST-800-53:AC-6", "NIST-800-53:CA-8", "CIS-8.1:5.4", "PCI-DSS-4.0:7.2.5", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"}, Fix: []string{"detach", "narrow", "restrict_trust"},
	Why: "Nobody calls it an administrator, and yet whoever steals one credential of it becomes one: everything in that account, cluster or server falls with it, and no review of administrators would have shown it.",
	How: "The graph of what follows from policies, bindings, memberships, trust and stored secrets, with the published techniques of each system (pathfinding.cloud, KubeHound, the PostgreSQL documentation). The shortest way is told, a proven one before one that depends on a condition. " +
		"Tier 0 are accounts, clusters and database servers as a whole, and what policy or a tag says. Critical where the way is proven and the identity, or where it leads, is of production; medium where a step depends on a condition. Those that administer by what they were given are left to `adminequivalent`, AI agents to `agentreach`.",
	False:      "A condition that the evaluator cannot decide (a network, a tag of the session) may close the way: the finding then says inferred and prints it. Something that is marked tier 0 and is none gives false ways: take the mark off.",
	References: []string{"https://pathfinding.cloud", "https://kubehound.io/reference/attacks/", "https://attack.mitre.org/tactics/TA0004/", "https://www.postgresql.org/docs/current/predefined-roles.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		w, ok := p.WayToTierZero(row)
		if !ok || !p.NonHuman(row) || p.Off(row) || p.Agent(row) || p.Effects.Tier0(uint32(row)) || p.Own(row) {
			return
		}
		if _, admin := p.Admin(row); admin {
			return
		}
		if p.Emergency(row) {
			p.Exempted(row, "it is a break-glass account: what it reaches is what it is for")
			return
		}
		end := p.SayNode(w.End())
		h := check.Hit{Row: row, Severity: severity(p, row, w), Evidence: p.Steps(w), Path: p.Rows(w)}
		h.What = fmt.Sprintf("%s takes over %s in %s%s.", p.Say(row), end, check.Count(len(w.Edges), "step"), by(p, w))
		object, statement, holder := p.Decides(w)
		h.Fix, h.Stops, h.Loses = cut(p, row, object, statement, holder), []int{row}, "the step that leads to "+end
		p.Report(h)
	},
}

// by names the techniques of a way.
func by(p *check.Pass, w check.Way) string {
	if t := p.Techniques(w); len(t) > 0 {
		return " by " + strings.Join(t, ", ")
	}
	return " by what it may assume and read"
}

func severity(p *check.Pass, row int, w check.Way) drover.Severity {
	if w.Grade != drover.GradeProven {
		return drover.Medium
	}
	env := p.Graph.Facts(row).Env
	if end := int(w.End()); end < p.Graph.Seen() && env == "" {
		env = p.Graph.Facts(end).Env
	}
	if check.Production(env) {
		return drover.Critical
	}
	return drover.High
}

// cut takes away the first statement that the way rests on: others that go the
// same way are cut off with it.
func cut(p *check.Pass, row, object int, statement string, holder uint32) drover.Fix {
	switch {
	case object < 0:
		return remedy.Narrow(p.Estate, row, "what it does, so that the first step of the way is gone")
	case statement == "":
		if int(holder) < p.Graph.Seen() {
			return remedy.Detach(p.Estate, int(holder), object)
		}
		return remedy.Detach(p.Estate, row, object)
	}
	f := remedy.Narrow(p.Estate, object, "what it is for, without statement "+check.Clean(statement))
	f.Group = "cut " + string(p.Graph.Ref(object)) + " " + check.Clean(statement)
	return f
}
