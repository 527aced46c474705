package machine

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

// mcp makes a row for the configuration of one AI client.
func mcp(client string, p paths) *row {
	return &row{category: "mcp", what: "MCP servers of " + client, paths: p, read: func(f *file) error { return f.mcpConfig(client) }}
}

// Where each client keeps its servers is what its vendor documents.
var agentRows = []*row{
	mcp("Claude Desktop", paths{linux: []string{"~/.config/Claude/claude_desktop_config.json"}, darwin: []string{"~/Library/Application Support/Claude/claude_desktop_config.json"},
		windows: []string{"%APPDATA%/Claude/claude_desktop_config.json"}, all: []string{"*claude_desktop_config*.json"}}),
	mcp("Claude Code", paths{all: []string{"~/.claude.json", "~/.claude/settings.json", "~/.claude/settings.local.json", "~/.claude/.mcp.json", ".claude/settings.json", ".claude/settings.local.json", ".claude.json", ".mcp.json"},
		linux: []string{"/etc/claude-code/managed-mcp.json"}, darwin: []string{"/Library/Application Support/ClaudeCode/managed-mcp.json"}, windows: []string{"/ProgramData/ClaudeCode/managed-mcp.json"}}),
	mcp("Cursor", paths{all: []string{"~/.cursor/mcp.json", ".cursor/mcp.json"}}),
	mcp("VS Code", paths{all: []string{".vscode/mcp.json"}, linux: []string{"~/.config/Code/User/mcp.json", "~/.config/Code/User/settings.json", "~/.config/Code - Insiders/User/mcp.json", "~/.config/VSCodium/User/mcp.json"},
		darwin:  []string{"~/Library/Application Support/Code/User/mcp.json", "~/Library/Application Support/Code/User/settings.json", "~/Library/Application Support/Code - Insiders/User/mcp.json"},
		windows: []string{"%APPDATA%/Code/User/mcp.json", "%APPDATA%/Code/User/settings.json", "%APPDATA%/Code - Insiders/User/mcp.json"}}),
	mcp("Windsurf", paths{all: []string{"~/.codeium/windsurf/mcp_config.json", "~/.codeium/mcp_config.json", "~/.codeium/windsurf-next/mcp_config.json"}}),
	mcp("Cline", paths{linux: cline("~/.config/Code"), darwin: cline("~/Library/Application Support/Code"), windows: cline("%APPDATA%/Code"), all: []string{"~/.cline/data/settings/cline_mcp_settings.json", "cline_mcp_settings.json"}}),
	mcp("Roo Code", paths{linux: roo("~/.config/Code"), darwin: roo("~/Library/Application Support/Code"), windows: roo("%APPDATA%/Code"), all: []string{".roo/mcp.json"}}),
	mcp("Gemini CLI", paths{all: []string{"~/.gemini/settings.json", ".gemini/settings.json", "~/.gemini/antigravity/mcp_config.json"}}),
	mcp("Codex", paths{all: []string{"~/.codex/config.toml", "$CODEX_HOME/config.toml", ".codex/config.toml"}}),
	mcp("Zed", paths{all: []string{"~/.config/zed/settings.json", ".zed/settings.json"}, windows: []string{"%APPDATA%/Zed/settings.json"}}),
	mcp("Continue", paths{all: []string{"~/.continue/config.json", "~/.continue/config.yaml", "~/.continue/mcpServers/*", ".continue/mcpservers/*.yaml", ".continue/mcpservers/*.json"}}),
	mcp("Kiro", paths{all: []string{"~/.kiro/settings/mcp.json", ".kiro/settings/mcp.json", "~/.kiro/agents/*.json"}}),
	mcp("Amazon Q", paths{all: []string{"~/.aws/amazonq/mcp.json", "~/.aws/amazonq/default.json", ".amazonq/mcp.json", ".amazonq/default.json"}}),
	mcp("Goose", paths{all: []string{"~/.config/goose/config.yaml"}, windows: []string{"%APPDATA%/Block/goose/config/config.yaml"}}),
	mcp("LM Studio", paths{all: []string{"~/.lmstudio/mcp.json", "~/.cache/lm-studio/mcp.json"}}),
	mcp("GitHub Copilot", paths{all: []string{"~/.copilot/mcp-config.json", "~/.config/github-copilot/mcp.json", "~/.config/github-copilot/intellij/mcp.json"}, windows: []string{"%LOCALAPPDATA%/github-copilot/intellij/mcp.json"}}),
	mcp("Junie", paths{all: []string{"~/.junie/mcp/mcp.json", ".junie/mcp/mcp.json"}}),
	mcp("OpenCode", paths{all: []string{"~/.config/opencode/opencode.json", "~/.config/opencode/opencode.jsonc", "opencode.json", "opencode.jsonc"}}),
	mcp("Amp", paths{all: []string{"~/.config/amp/settings.json"}}),
	mcp("Crush", paths{all: []string{"~/.config/crush/crush.json", ".crush.json", "crush.json"}}),
	mcp("Warp", paths{all: []string{"~/.warp/.mcp.json", ".warp/.mcp.json"}}),
	mcp("Qwen Code", paths{all: []string{"~/.qwen/settings.json", ".qwen/settings.json"}}),
	mcp("Trae", paths{all: []string{".trae/mcp.json"}, linux: []string{"~/.config/Trae/User/mcp.json"}, darwin: []string{"~/Library/Application Support/Trae/User/mcp.json"}, windows: []string{"%APPDATA%/Trae/User/mcp.json"}}),
	mcp("Augment", paths{all: []string{"~/.augment/settings.json"}}),
	mcp("BoltAI", paths{darwin: []string{"~/.boltai/mcp.json"}}),
	mcp("Docker MCP", paths{all: []string{"~/.docker/mcp/registry.yaml", "~/.docker/mcp/config.yaml"}}),
	mcp("Visual Studio", paths{windows: []string{"~/.mcp.json"}, all: []string{".vs/mcp.json"}}),
	mcp("MCP", paths{all: []string{"*mcp.json", "*mcp_config.json", "*mcp-config.json", "*mcp_settings.json", "*mcp-servers.json", "*mcp_servers.json"}}),
	{category: "mcp", what: "credentials of AI clients", paths: paths{all: []string{"~/.claude/.credentials.json", "~/.codex/auth.json", "~/.gemini/oauth_creds.json", "~/.local/share/opencode/auth.json", "~/.config/github-copilot/apps.json", "~/.config/github-copilot/hosts.json", "~/.mcp-auth/*/*_tokens.json", "~/.qwen/oauth_creds.json"}}, format: jsonKeys},
	{category: "mcp", what: "definitions of AI agents", paths: paths{all: []string{
		"agent-card.json", "agent_card.json", "*_agent_card.json", "*-agent-card.json", ".well-known/agent.json", "agent_cards/*.json", "declarativeagent*.json", "declarativeagent.json", "ai-plugin.json", "agents.yaml", "agents.yml", "*.mcs.yml", "*.dsl.yml"}}, read: readAgents},
	{category: "mcp", what: "agent definitions of any name", given: true, paths: paths{all: []string{"*.json", "*.yaml", "*.yml"}}, read: readMaybeAgent, looks: maybeAgent},
}

func cline(base string) []string {
	return []string{base + "/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"}
}

func roo(base string) []string {
	return []string{base + "/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", base + "/User/globalStorage/rooveterinaryinc.roo-cline/settings/cline_mcp_settings.json"}
}

// mcpConfig emits a client and the servers that it may call. The client acts for
// its user; a server that it starts has the user's rights.
func (f *file) mcpConfig(client string) error {
	servers, err := decode.ParseMCP(f.base(), f.data)
	if len(servers) == 0 {
		return err
	}
	ref := f.ref("mcp_client", f.show)
	name := client
	if u := f.user(); u != "" {
		name += " of " + u
	}
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "mcp.client", Name: clip(name), Attrs: safeAttrs(map[string]any{"client": client, "user": f.user(), "file": f.show, "servers": len(servers)})})
	f.fileTime(ref)
	f.place(spot{attrs: map[string]any{"client": client}})
	if who := f.owner(f.user()); who != "" {
		f.edge(drover.EdgeDelegatesTo, who, ref, 0)
	}
	for _, s := range servers {
		f.mcpServer(ref, s)
	}
	return err
}

// mcpServer emits one server and what it is handed.
func (f *file) mcpServer(client drover.Ref, s decode.Server) {
	key := s.Name
	if s.Project != "" {
		key = s.Project + "#" + s.Name
	}
	ref := f.ref("mcp_server", f.show+"#"+key)
	var env, secretRefs []string
	for k := range s.Env {
		env = append(env, k)
	}
	slices.Sort(env)
	for _, x := range s.Secrets {
		if x.Ref || x.Extra["placeholder"] != "" {
			secretRefs = append(secretRefs, strings.TrimSpace(nonEmpty(x.Path, x.Name)+" "+x.Extra["ref"]))
		}
	}
	slices.Sort(secretRefs)
	pkg := map[string]any{}
	if s.Package.Name != "" {
		pkg = map[string]any{"manager": s.Package.Manager, "name": s.Package.Name, "version": s.Package.Version, "digest": s.Package.Digest, "pinned": s.Package.Pinned}
	}
	attrs := map[string]any{"transport": s.Transport, "command": s.Command, "args": s.Args, "url": s.URL, "env": env, "env_file": s.EnvFile, "disabled": s.Disabled, "always_allow": s.Tools, "project": s.Project,
		"secret_references": secretRefs, "file": f.show}
	if len(pkg) > 0 {
		attrs["package"] = pkg
	}
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "mcp.server", Name: clip(nonEmpty(s.Name, "server")), Attrs: safeAttrs(attrs)})
	f.fileTime(ref)
	if client != "" {
		f.edge(drover.EdgeDelegatesTo, client, ref, s.Line)
	}
	if who := f.owner(f.user()); who != "" && s.Command != "" {
		f.edge(drover.EdgeCanAssume, ref, who, s.Line)
	}
	for _, x := range s.Secrets {
		if c := f.found(x); c != "" {
			f.edge(drover.EdgeReadsSecret, ref, c, x.Line)
			f.edge(drover.EdgeAuthenticates, c, ref, x.Line) // whatever the server is let do elsewhere, it is let do by this
		}
	}
}

// maybeAgent reports whether a file of any name defines agents, or the servers of
// one.
func maybeAgent(name string, data []byte) bool {
	if bytes.Contains(data, []byte("mcpServers")) || bytes.Contains(data, []byte("mcp_servers")) {
		return true
	}
	list, _ := decode.ParseAgents(name, data)
	return len(list) > 0
}

// readMaybeAgent reads a file that was looked at only because of its extension.
// Most are something else, and that is no loss.
func readMaybeAgent(f *file) error {
	hasServers := bytes.Contains(f.data, []byte("mcpServers")) || bytes.Contains(f.data, []byte("mcp_servers"))
	if hasServers {
		if servers, err := decode.ParseMCP(f.base(), f.data); len(servers) > 0 || err != nil {
			return f.mcpConfig("MCP")
		}
	}
	list, err := decode.ParseAgents(f.path, f.data)
	if len(list) == 0 {
		if hasServers {
			return err
		}
		return nil
	}
	f.agents(list)
	return err
}

func readAgents(f *file) error {
	list, err := decode.ParseAgents(f.path, f.data)
	f.agents(list)
	return err
}

// agents emits definitions of agents, and of workflows that act by themselves.
func (f *file) agents(list []decode.Agent) {
	for i, a := range list {
		key := nonEmpty(a.ID, a.Name)
		if len(list) == 1 {
			key = ""
		} else if key == "" || slices.ContainsFunc(list[:i], func(b decode.Agent) bool { return nonEmpty(b.ID, b.Name) == key && b.Kind == a.Kind }) {
			key = strings.TrimSpace(key + " " + shortHash(a.Description, a.URL)) // several without a name of their own
		}
		f.agent(a, key)
	}
}

func (f *file) agent(a decode.Agent, key string) {
	id := f.show
	if key != "" {
		id += "#" + a.Kind + "/" + key
	}
	vendor := strings.ReplaceAll(a.Kind, "-", "_")
	ref := f.ref("agent_"+vendor, id)
	kind, thing := drover.KindIdentity, "agent"
	switch {
	case a.Kind == "docker-mcp":
		thing = "server"
	case a.Kind == "n8n" && !a.AI:
		kind, thing = drover.KindWorkload, "workflow"
	case a.Kind == "crewai-task":
		kind, thing = drover.KindWorkload, "task"
	}
	var tools, named []string
	for _, t := range a.Tools {
		tools = append(tools, nonEmpty(t.Name, t.ID)+" ("+nonEmpty(t.Type, "tool")+")")
	}
	for _, c := range a.Credentials {
		named = append(named, nonEmpty(c.Type, "credential")+" "+nonEmpty(c.Name, c.ID))
	}
	attrs := map[string]any{"kind": a.Kind, "version": a.Version, "description": a.Description, "provider": a.Provider, "url": a.URL, "urls": a.URLs, "model": a.Model, "models": a.Models, "tools": tools,
		"credentials": named, "connections": a.Connections, "ai": a.AI, "signed": a.Signed, "file": f.show}
	if a.Active != nil {
		attrs["active"] = *a.Active
	}
	if len(a.Attrs) > 0 && len(a.Attrs) < 64<<10 {
		attrs["definition"] = a.Attrs.Map()
	}
	f.out.Node(drover.Node{Ref: ref, Kind: kind, Type: vendor + "." + thing, Name: clip(nonEmpty(a.Name, a.ID, strings.TrimSuffix(f.base(), path.Ext(f.base())))), Attrs: safeAttrs(attrs)})
	f.fileTime(ref)
	f.place(spot{key: key, line: a.Line})
	for _, c := range a.Credentials {
		f.edge(drover.EdgeReadsSecret, ref, f.entry(vendor, c), c.Line)
	}
	for _, s := range a.Servers {
		f.mcpServer(ref, s)
	}
	for _, x := range a.Secrets {
		if c := f.found(x); c != "" {
			f.edge(drover.EdgeReadsSecret, ref, c, x.Line)
		}
	}
}

// entry is a credential that the platform keeps under a name, its value unseen.
func (f *file) entry(vendor string, c decode.AgentCredential) drover.Ref {
	id := nonEmpty(c.Type, "?") + "/" + nonEmpty(c.ID, c.Name, "?")
	ref := f.ref("agent_credential", f.show+"#"+id)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindCredential, Type: vendor + ".credential", Name: clip(nonEmpty(c.Name, c.ID, c.Type, "credential")), Attrs: safeAttrs(map[string]any{"type": c.Type, "id": c.ID, "value_seen": false})})
	return ref
}
