// Package agentreach finds AI agents, and the tools that they call, that change
// production or get to tier 0.
package agentreach

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "agentreach", Title: "an AI agent that changes production or tier 0", Area: check.Agents, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:AC-3", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"}, Fix: []string{"narrow", "detach"},
	Why:        "What an agent reads may tell it what to do: one sentence in a ticket or on a web page, and it changes what customers depend on, faster than anybody looks.",
	How:        "An agent, or a server that agents call, takes over something of tier 0 by any way, which is told step by step; or it is given write, delete or execute access to something whose environment is known to be production. Critical where the way to tier 0 is proven. An agent that administers is told by `adminequivalent`.",
	False:      "An agent whose every change a person approves first is a tool of that person: tag it autonomy=approval and accept it with an end.",
	References: []string{"https://genai.owasp.org/llmrisk/llm062025-excessive-agency/", "https://genai.owasp.org/llmrisk/llm01-prompt-injection/", "https://attack.mitre.org/tactics/TA0004/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !p.Agent(row) && !p.ToolServer(row) || p.Off(row) || p.Own(row) {
			return
		}
		if w, ok := p.WayToTierZero(row); ok {
			if _, admin := p.Admin(row); !admin {
				toZero(p, row, w)
			}
			return
		}
		changes(p, row)
	},
}

func toZero(p *check.Pass, row int, w check.Way) {
	end := p.SayNode(w.End())
	h := check.Hit{Row: row, Severity: drover.High, Evidence: p.Steps(w), Path: p.Rows(w), Stops: []int{row}, Loses: "the step that leads to " + end}
	if w.Grade == drover.GradeProven {
		h.Severity = drover.Critical
	}
	h.What = fmt.Sprintf("%s takes over %s in %s.", p.Say(row), end, check.Count(len(w.Edges), "step"))
	if object, _, holder := p.Decides(w); object >= 0 && int(holder) < p.Graph.Seen() {
		h.Fix = remedy.Detach(p.Estate, int(holder), object)
	} else {
		h.Fix = remedy.Narrow(p.Estate, row, "what it is for, so that the first step of the way is gone")
	}
	p.Report(h)
}

// changes reports what of production an agent is given to change.
func changes(p *check.Pass, row int) {
	h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Loses: "changing production by itself"}
	var rows []int
	for x := range p.Graph.Out(row) {
		if x.Kind != drover.EdgeCanAccess || !check.Production(p.Graph.Facts(x.Row).Env) {
			continue
		}
		if part := p.Graph.Edge(x.Edge).Part; writes(part) {
			rows = append(rows, x.Row)
			h.Evidence = append(h.Evidence, check.Proof("has "+check.Clean(part)+" on "+p.Say(x.Row)+" of production", "grants", p.Now, ""))
		}
	}
	if len(rows) == 0 {
		return
	}
	h.Path = append(h.Path, rows[0])
	h.What = fmt.Sprintf("%s may change %s of production.", p.Say(row), p.Says(rows))
	h.Evidence = h.Evidence[:min(len(h.Evidence), 6)]
	h.Fix = remedy.Narrow(p.Estate, row, "reading, with each change approved by a person")
	p.Report(h)
}

// writes reports whether the words of a grant change something.
func writes(part string) bool {
	part = strings.ToLower(part)
	for _, w := range []string{string(access.LevelWrite), string(access.LevelDelete), string(access.LevelExecute), "admin", "owner", "edit", "insert", "update", "contributor", "full_control", "invoke", "all"} {
		if strings.Contains(part, w) {
			return true
		}
	}
	return false
}
