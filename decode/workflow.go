package decode

import (
	"slices"
	"strings"
)

// n8n reads a workflow: each node is a tool, each credential it names is one.
func n8n(v *value) Agent {
	a := Agent{Kind: "n8n", ID: v.str("id"), Name: v.str("name"), Version: v.str("versionId"), Line: v.line}
	if yes, known := v.yes("active"); known {
		a.Active = &yes
	}
	for _, n := range v.each("nodes") {
		t := n.str("type")
		short := t[strings.LastIndex(t, ".")+1:]
		a.Tools = append(a.Tools, AgentTool{ID: n.str("id"), Name: n.str("name"), Type: t, Line: n.line})
		a.n8nCredentials(n)
		switch {
		case strings.HasPrefix(short, "lm") && strings.Contains(t, "langchain"), short == "openAi", short == "anthropic", short == "googleGemini":
			a.AI = true
			if m := modelName(n.get("parameters")); m != "" {
				a.Models = append(a.Models, m)
			}
		case short == "agent", short == "agentTool", short == "openAiAssistant", strings.HasPrefix(short, "chain"):
			a.AI = true
		case short == "executeWorkflow", short == "toolWorkflow":
			if id := n.get("parameters", "workflowId"); id != nil {
				a.Connections = append(a.Connections, "workflow:"+firstOf(id.str("cachedResultName"), id.str("value"), id.str()))
			}
		case short == "mcpClientTool", short == "mcpClient":
			p := n.get("parameters")
			u := firstOf(p.str("sseEndpoint"), p.str("endpointUrl"))
			s := Server{Name: n.str("name"), Transport: "http", Line: n.line}
			s.URL = siftURL(&s.Secrets, u, "nodes."+joinPath(n.str("name")), n.line)
			a.Servers = append(a.Servers, s)
		}
		a.n8nParameters(n)
	}
	return a.done()
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func modelName(p *value) string {
	for _, k := range []string{"model", "modelId", "modelName"} {
		m := p.get(k)
		if s := firstOf(m.str("value"), m.str()); s != "" {
			return s
		}
	}
	return firstOf(p.str("options", "model"))
}

// n8nCredentials reads {"type": {"id", "name"}} and the older {"type": "name"}.
func (a *Agent) n8nCredentials(n *value) {
	for t, c := range n.each("credentials") {
		name := c.str("name")
		if c.kind == kindString {
			name = c.text
		}
		a.Credentials = append(a.Credentials, AgentCredential{ID: c.str("id"), Name: name, Type: t, User: n.str("name"), Line: c.line})
	}
}

// n8nParameters looks for secrets written into a node, header and query
// parameters as pairs of name and value among them.
func (a *Agent) n8nParameters(n *value) {
	place := joinPath("nodes", n.str("name"), "parameters")
	p := n.get("parameters")
	p.walk(func(at []string, e *value) bool {
		if e.kind == kindMap && e.get("name").is(kindString) && e.get("value").is(kindString) && !strings.HasPrefix(e.str("value"), "=") {
			var got []Found
			sift(&got, e.str("name"), e.str("value"), place+"."+joinPath(at...), e.line)
			for _, f := range got {
				if !f.Ref && f.Extra["placeholder"] == "" {
					a.Secrets = append(a.Secrets, f)
				}
			}
			return false
		}
		return true
	})
	a.literals(p, "nodes", n.str("name"), "parameters")
	seen := map[string]bool{}
	a.Secrets = slices.DeleteFunc(a.Secrets, func(f Found) bool {
		k := itoa(f.Line) + f.Value.Reveal()
		dup := seen[k]
		seen[k] = true
		return dup
	})
}

// dify reads a Dify app in its DSL.
func dify(v *value) Agent {
	app := v.get("app")
	a := Agent{Kind: "dify", Name: app.str("name"), Description: app.str("description"), Version: v.str("version"), Line: v.line}
	for _, n := range v.each("workflow", "graph", "nodes") {
		d := n.get("data")
		t := d.str("type")
		if t == "" || n.str("type") == "custom-note" {
			continue // a note on the canvas
		}
		tool := AgentTool{ID: n.str("id"), Name: d.str("title"), Type: t, Line: n.line}
		if t == "tool" {
			tool.Type = "tool:" + firstOf(d.str("provider_id"), d.str("provider_name")) + "/" + d.str("tool_name")
			a.Credentials = append(a.Credentials, AgentCredential{ID: d.str("credential_id"), Name: firstOf(d.str("provider_name"), d.str("provider_id")), Type: firstOf(d.str("provider_type"), "builtin"), User: tool.Name, Line: n.line})
		}
		a.Tools = append(a.Tools, tool)
		a.difyModel(d.get("model"))
		a.difyModel(d.get("agent_parameters", "model", "value"))
		for _, tl := range d.each("agent_parameters", "tools", "value") {
			a.Tools = append(a.Tools, AgentTool{ID: tl.str("tool_name"), Name: firstOf(tl.str("tool_label"), tl.str("tool_name")), Type: "tool:" + tl.str("provider_name") + "/" + tl.str("tool_name"), Line: tl.line})
		}
		if auth := d.get("authorization"); auth.str("type") != "" && auth.str("type") != "no-auth" {
			a.Credentials = append(a.Credentials, AgentCredential{Name: auth.str("config", "header"), Type: firstOf(auth.str("config", "type"), auth.str("type")), User: tool.Name, Line: auth.line})
		}
		a.AI = a.AI || t == "agent" || t == "llm"
	}
	mc := v.get("model_config")
	a.difyModel(mc.get("model"))
	for _, t := range mc.each("agent_mode", "tools") {
		a.Tools = append(a.Tools, AgentTool{ID: t.str("tool_name"), Name: firstOf(t.str("tool_label"), t.str("tool_name")), Type: "tool:" + t.str("provider_id"), Line: t.line})
	}
	for _, d := range v.each("dependencies") {
		a.Connections = append(a.Connections, "plugin:"+firstOf(d.str("value", "marketplace_plugin_unique_identifier"), d.str("value", "plugin_unique_identifier"), d.str("value", "github_plugin_unique_identifier"), d.str("current_identifier"), d.str("type")))
	}
	for i, e := range v.each("workflow", "environment_variables") {
		place := "workflow.environment_variables[" + i + "]"
		if e.str("value_type") == "secret" {
			secretFound(&a.Secrets, ClassSecret, e.str("name"), "", "", secretText(e.str("value")), place, e.line)
			a.Credentials = append(a.Credentials, AgentCredential{ID: e.str("id"), Name: e.str("name"), Type: "secret", Line: e.line})
			continue
		}
		sift(&a.Secrets, e.str("name"), e.str("value"), place, e.line)
	}
	a.literals(v.get("workflow", "graph", "nodes"), "workflow", "graph", "nodes")
	a.Attrs = attrsOf(pick(app, "mode"))
	return a.done()
}

func (a *Agent) difyModel(m *value) {
	name := firstOf(m.str("name"), m.str("model"))
	if name == "" {
		return
	}
	if p := m.str("provider"); p != "" {
		name = p + "/" + name
	}
	a.Models = append(a.Models, name)
}

// dockerServer reads a server definition of the Docker MCP registry.
func dockerServer(v *value) Agent {
	a := Agent{Kind: "docker-mcp", AI: true, ID: v.str("name"), Name: firstOf(v.str("about", "title"), v.str("name")), Description: v.str("about", "description"), Version: v.str("source", "commit"), Line: v.line}
	s := Server{Name: v.str("name"), Line: v.line, Transport: "stdio", Env: map[string]string{}}
	if img := v.str("image"); img != "" {
		s.Command, s.Package = "docker", image(img)
	}
	if r := v.get("remote"); r != nil {
		s.URL = siftURL(&s.Secrets, r.str("url"), "remote.url", r.line)
		s.Transport = map[bool]string{true: "sse", false: "http"}[r.str("transport_type") == "sse"]
		s.Headers = siftMap(&s.Secrets, r.get("headers"), "remote.headers")
		a.URL, a.URLs = s.URL, []string{s.URL}
	}
	for i, e := range v.each("config", "env") {
		s.Env[e.str("name")] = sift(&s.Secrets, e.str("name"), e.str("value"), "config.env["+i+"]", e.line)
	}
	for i, e := range v.each("config", "secrets") {
		a.Credentials = append(a.Credentials, AgentCredential{Name: e.str("name"), Type: "secret", User: e.str("env"), Line: e.line})
		s.Secrets = append(s.Secrets, Found{Class: ClassSecret, Name: e.str("env"), Path: "config.secrets[" + i + "]", Line: e.line, Ref: true, Extra: map[string]string{"ref": "docker-secret:" + e.str("name")}})
	}
	for _, e := range v.each("oauth") {
		a.Credentials = append(a.Credentials, AgentCredential{Name: e.str("secret"), Type: "oauth", User: e.str("env"), Line: e.line})
	}
	a.Servers = []Server{s}
	if p := v.str("source", "project"); p != "" {
		a.Connections = append(a.Connections, p)
	}
	for _, t := range v.each("tools") {
		a.Tools = append(a.Tools, AgentTool{Name: t.str("name"), Type: "tool", Line: t.line})
	}
	a.Attrs = attrsOf(pick(v, "type", "meta", "run", "dynamic"))
	return a
}
