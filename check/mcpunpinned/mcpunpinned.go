// Package mcpunpinned finds servers of the Model Context Protocol that are fetched
// anew, in whatever version there is, each time an agent starts them.
package mcpunpinned

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "mcpunpinned", Title: "an MCP server is started without a version", Area: check.Agents, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI3:2025", "NIST-CSF-2.0:GV.SC-07", "NIST-CSF-2.0:PR.PS-02", "NIST-800-53:SI-7", "NIST-800-53:SR-3", "ISO-27001-2022:A.8.28", "SOC2:CC6.8"}, Fix: []string{"pin"},
	Why:        "Whoever takes over the package runs code with the user's rights on every computer that has this line, at the next start of the agent, and reads the keys that stand beside it.",
	How:        "The configuration of an AI client, or an agent's definition, starts the server through a package runner (npx, uvx, docker, …) and names no exact version or digest (`package.pinned` false), as connector machine reads it. High where the server is handed a secret, too. Servers that are switched off and programs that lie on the disk are left out.",
	False:      "A package that you publish yourself to a registry of your own changes only by your hand: accept it.",
	References: []string{"https://modelcontextprotocol.io/specification/draft/basic/security_best_practices", "https://docs.npmjs.com/cli/commands/npx", "https://attack.mitre.org/techniques/T1195/001/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !p.ToolServer(row) || p.Off(row) {
			return
		}
		a := p.Graph.Attrs(row)
		pinned, known := a.Bool("package", "pinned")
		if off, _ := a.Bool("disabled"); off || pinned || !known {
			return
		}
		manager, name, version := check.Clean(a.Str("package", "manager")), check.Clean(a.Str("package", "name")), check.Clean(a.Str("package", "version"))
		asks := "whatever version there is"
		if version != "" {
			asks = "version " + version
		}
		h := check.Hit{Row: row, Path: []int{row}, Keeps: true, Fix: remedy.Pin(p.Estate, row, manager+" package "+name)}
		h.What = fmt.Sprintf("%s runs %s of the %s package %s each time it starts.", p.Say(row), asks, manager, name)
		h.Evidence = []drover.FindingProof{check.Proof("names "+asks, where(p, row), p.Now, "")}
		if handed := p.Out(row, drover.EdgeReadsSecret); len(handed) > 0 {
			h.Severity, h.Path = drover.High, append(h.Path, handed[0])
			h.Evidence = append(h.Evidence, check.Proof("is handed "+p.Says(handed), where(p, row), p.Now, ""))
		}
		p.Report(h)
	},
}

func where(p *check.Pass, row int) string {
	if f := p.Graph.Str(row, "file"); f != "" {
		return check.Clean(f)
	}
	return "configuration"
}
