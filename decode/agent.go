package decode

import (
	"path"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// Agent is the definition of an AI agent, or of a workflow that acts by itself.
type Agent struct {
	ID          string
	Name        string
	Kind        string // a2a, crewai, crewai-task, copilot-studio, m365-declarative, m365-plugin, dify, n8n, docker-mcp, …
	Version     string
	Description string
	Provider    string // who offers it
	URL         string
	URLs        []string // every endpoint
	Model       string   // first model named
	Models      []string
	Tools       []AgentTool
	Credentials []AgentCredential
	Connections []string // other agents, sub-workflows, connectors it calls
	Servers     []Server // MCP servers it uses
	Active      *bool    // nil unknown
	AI          bool     // has a language model or agent inside
	Signed      bool     // an A2A card with signatures
	Secrets     []Found  // literal secrets in the definition
	Attrs       drover.Attrs
	Line        int
}

// AgentTool is something an agent may use: a skill, a node, a function.
type AgentTool struct {
	ID, Name, Type string
	Line           int
}

// AgentCredential is a credential that a definition names without its value.
type AgentCredential struct {
	ID, Name, Type string // Type in the vendor's words: "openAiApi", "OAuthPluginVault", "oauth2"
	User           string // the node or tool that uses it
	Line           int
}

// ParseAgents reads any agent or workflow definition; the kind is told by
// several marks of its format in the file. The name, with its folders where they
// are known, tells YAML from JSON and XML, and agent cards at their well-known
// place. A file that is none
// of the known kinds is an error.
func ParseAgents(name string, data []byte) ([]Agent, error) {
	ext := strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/")))
	if ext == ".xml" {
		return connectionReferences(data)
	}
	var docs []*value
	var err error
	if ext == ".toml" {
		var v *value
		v, err = parseTOML("agent definition", data)
		docs = []*value{v}
	} else if docs, err = parseYAML("agent definition", data); err != nil && ext == ".json" {
		var v *value
		v, err = parseJSON("agent definition", data)
		docs = []*value{v}
	}
	if !Complete(err) {
		return nil, err
	}
	var out []Agent
	for _, d := range docs {
		list := []*value{d}
		if d.is(kindList) {
			list = d.vals // n8n exports several workflows as one list
		}
		for _, v := range list {
			out = append(out, agentsOf(name, v)...)
		}
	}
	if len(out) == 0 {
		return nil, bad("agent definition", 0, "none of the known kinds")
	}
	return out, err
}

// agentsOf tells the kind of one document and reads it.
func agentsOf(file string, v *value) []Agent {
	switch {
	case isN8N(v):
		return []Agent{n8n(v)}
	case isDify(v):
		return []Agent{dify(v)}
	case isDockerServer(v):
		return []Agent{dockerServer(v)}
	case isM365Plugin(v):
		return []Agent{m365Plugin(v)}
	case isM365Agent(v):
		return []Agent{m365Agent(v)}
	case isCopilotStudio(file, v):
		return []Agent{copilotStudio(file, v)}
	case isA2A(file, v):
		return []Agent{a2a(v)}
	}
	return crew(v)
}

// a2a reads an agent card of protocol 0.2, 0.3 or 1.0.
func a2a(v *value) Agent {
	a := Agent{Kind: "a2a", AI: true, Name: v.str("name"), Version: v.str("version"), Description: v.str("description"), Provider: v.str("provider", "organization"), Line: v.line}
	if v.get("url") != nil {
		a.URLs = append(a.URLs, siftURL(&a.Secrets, v.str("url"), "url", v.get("url").at()))
	}
	for _, k := range []string{"supportedInterfaces", "additionalInterfaces"} {
		for i, e := range v.each(k) {
			if u := siftURL(&a.Secrets, e.str("url"), k+"["+i+"].url", e.line); u != "" {
				a.URLs = append(a.URLs, u)
			}
		}
	}
	a.URLs = distinct(a.URLs)
	if len(a.URLs) > 0 {
		a.URL = a.URLs[0]
	}
	for _, s := range v.each("skills") {
		a.Tools = append(a.Tools, AgentTool{ID: s.str("id"), Name: s.str("name"), Type: "skill", Line: s.line})
	}
	for name, s := range v.each("securitySchemes") {
		t := s.str("type")
		if t == "" && len(s.keys) > 0 {
			t = strings.TrimSuffix(s.keys[0], "SecurityScheme") // 1.0: one key names the kind
		}
		a.Credentials = append(a.Credentials, AgentCredential{ID: name, Name: name, Type: t, Line: s.line})
	}
	for _, s := range v.strs("authentication", "schemes") { // before 0.2.1
		a.Credentials = append(a.Credentials, AgentCredential{Name: s, Type: s, Line: v.get("authentication").at()})
	}
	a.Signed = v.get("signatures").is(kindList) && len(v.get("signatures").vals) > 0
	a.Attrs = attrsOf(pick(v, "protocolVersion", "capabilities", "security", "preferredTransport", "documentationUrl"))
	return a
}

// pick copies some keys of a map.
func pick(v *value, keys ...string) *value {
	out := &value{kind: kindMap}
	for _, k := range keys {
		if e := v.child(k); e != nil {
			out.put(k, e)
		}
	}
	return out
}

// crew reads CrewAI's agents.yaml and tasks.yaml: a map of named entries, each
// with two of the fields that every agent has, or both that every task has.
func crew(v *value) []Agent {
	if !v.is(kindMap) {
		return nil
	}
	var out []Agent
	for name, e := range v.each() {
		if !e.is(kindMap) {
			return nil
		}
		a := Agent{ID: name, Name: name, Line: e.line, AI: true}
		switch {
		case e.str("role") != "" && e.str("goal") != "", e.str("role") != "" && e.str("backstory") != "", e.str("goal") != "" && e.str("backstory") != "":
			a.Kind, a.Description = "crewai", strings.TrimSpace(e.str("role"))
		case e.get("expected_output") != nil && e.str("description") != "":
			a.Kind, a.Description = "crewai-task", strings.TrimSpace(e.str("description"))
			a.Connections = append(e.strs("agent"), e.strs("context")...)
		default:
			return nil
		}
		for _, k := range []string{"llm", "function_calling_llm"} {
			if m := e.str(k); m != "" {
				a.Models = append(a.Models, m)
			} else if m := e.str(k, "model"); m != "" {
				a.Models = append(a.Models, m)
			}
		}
		for _, t := range e.strs("tools") {
			a.Tools = append(a.Tools, AgentTool{Name: t, Type: "tool", Line: e.get("tools").at()})
		}
		a.literals(e, name)
		out = append(out, a.done())
	}
	return out
}

// done fills what follows from lists.
func (a Agent) done() Agent {
	a.Models, a.Connections = distinct(a.Models), distinct(a.Connections)
	if a.Model == "" && len(a.Models) > 0 {
		a.Model = a.Models[0]
	}
	a.AI = a.AI || len(a.Models) > 0
	return a
}

// distinct drops what stood before, in place.
func distinct(list []string) []string {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(s string) bool {
		was := seen[s]
		seen[s] = true
		return was
	})
}

// literals adds every value of a tree that is a secret by name or shape. Names
// alone are believed for strings without spaces only: prompts speak of tokens.
func (a *Agent) literals(v *value, at ...string) {
	v.walk(func(p []string, e *value) bool {
		if len(p) == 0 || e.kind != kindString || len(e.text) < 6 || len(e.text) > 8192 {
			return true
		}
		name := p[len(p)-1]
		if strings.ContainsAny(e.text, " \n") || strings.HasPrefix(e.text, "=") {
			name = ""
		}
		var got []Found
		place := joinPath(append(slices.Clone(at), p...)...)
		if urlForm.MatchString(e.text) && !strings.ContainsAny(e.text, " \n") {
			siftURL(&got, e.text, place, e.line)
		} else {
			sift(&got, name, e.text, place, e.line)
		}
		for _, f := range got {
			if !f.Ref && f.Extra["placeholder"] == "" {
				a.Secrets = append(a.Secrets, f)
			}
		}
		return true
	})
}
