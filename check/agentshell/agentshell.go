// Package agentshell finds AI agents that may run commands where secrets lie.
package agentshell

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "agentshell", Title: "an AI agent with a shell and secrets", Area: check.Agents, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:CM-7", "ISO-27001-2022:A.8.18", "SOC2:CC6.8"}, Fix: []string{"narrow", "vault"},
	Why:        "A text that tells it to is enough: it reads the keys that it is handed and sends them away, by a command that looks like work.",
	How:        "A tool of the agent, or the server that it calls, runs commands (a tool or package whose name says shell, exec, terminal or command, or a server that is itself a shell), and it is handed a secret (edges reads_secret), by itself or by a server beside it in the same configuration. Medium where every command is asked about first: the tool is not among those allowed without asking (`always_allow`). Read from MCP configurations and definitions of agents.",
	False:      "A container that holds nothing else and no network is a safe place for a shell: keep secrets out of it.",
	References: []string{"https://genai.owasp.org/llmrisk/llm062025-excessive-agency/", "https://modelcontextprotocol.io/specification/draft/basic/security_best_practices", "https://attack.mitre.org/techniques/T1059/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Off(row) || !p.Agent(row) && !p.ToolServer(row) {
			return
		}
		if off, _ := p.Graph.Attrs(row).Bool("disabled"); off {
			return
		}
		tool := shell(p, row)
		if tool == "" {
			return
		}
		secrets := handed(p, row)
		if len(secrets) == 0 {
			return
		}
		h := check.Hit{Row: row, Path: append([]int{row}, secrets[:min(len(secrets), 4)]...), Stops: []int{row}, Loses: "running commands beside secrets"}
		h.What = fmt.Sprintf("%s may run commands (%s) and is handed %s.", p.Say(row), tool, p.Says(secrets))
		if p.ToolServer(row) && len(p.Graph.Attrs(row).Strings("always_allow")) == 0 {
			h.Severity = drover.Medium
		}
		h.Evidence = []drover.FindingProof{check.Proof("runs commands: "+tool, "tools", p.Now, drover.GradeInferred), check.Proof("is handed "+p.Says(secrets), "secrets", p.Now, "")}
		h.Fix = remedy.Narrow(p.Estate, row, "tools that run no commands, or a place without secrets")
		p.Report(h)
	},
}

// commands are words in the names of tools and packages that run commands.
var commands = []string{"shell", "bash", "terminal", "exec", "run_command", "run-command", "runcommand", "commander", "powershell", "subprocess", "command-line", "cli-mcp", "mcp-server-commands", "code_interpreter", "executecommand"}

// shells are programs that are shells by themselves.
var shells = []string{"sh", "bash", "zsh", "fish", "pwsh", "powershell", "cmd"}

// shell names what lets a row run commands, "" where nothing does.
func shell(p *check.Pass, row int) string {
	a := p.Graph.Attrs(row)
	for _, t := range p.Tools(row) {
		if named(t) {
			return check.Clean(t)
		}
	}
	if n := a.Str("package", "name"); named(n) {
		return check.Clean(n)
	}
	command := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(a.Str("command"), `\`, "/"))), ".exe")
	if slices.Contains(shells, command) && a.Str("package", "name") == "" && len(a.Strings("args")) == 0 {
		return command
	}
	return ""
}

func named(s string) bool {
	low := strings.ToLower(s)
	return slices.ContainsFunc(commands, func(w string) bool { return strings.Contains(low, w) }) && !strings.Contains(low, "executive") && !strings.Contains(low, "execution_history")
}

// handed are the secrets that a row holds, or that a server beside it holds: a
// shell of one server reads the configuration of all.
func handed(p *check.Pass, row int) []int {
	out := p.Out(row, drover.EdgeReadsSecret)
	for _, client := range p.In(row, drover.EdgeDelegatesTo) {
		if p.Graph.Type(client) != "mcp.client" {
			continue
		}
		for _, server := range p.Out(client, drover.EdgeDelegatesTo) {
			out = append(out, p.Out(server, drover.EdgeReadsSecret)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
