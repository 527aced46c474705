package decode

import (
	"path"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

func secretText(s string) drover.Secret { return drover.Secret(s) }

// m365Agent reads a declarative agent manifest (Microsoft 365 Copilot, 1.0 to
// 1.5): its capabilities are tools, its actions are other files.
func m365Agent(v *value) Agent {
	a := Agent{Kind: "m365-declarative", AI: true, ID: v.str("id"), Name: v.str("name"), Description: v.str("description"), Version: v.str("version"), Line: v.line}
	for _, c := range v.each("capabilities") {
		a.Tools = append(a.Tools, AgentTool{Name: c.str("name"), Type: "capability", Line: c.line})
		for _, list := range []string{"sites", "items_by_url", "items_by_sharepoint_ids"} {
			for _, s := range c.each(list) {
				if u := firstOf(s.str("url"), s.str("site_id")); u != "" {
					a.Connections = append(a.Connections, u)
				}
			}
		}
		for _, s := range c.each("connections") {
			a.Connections = append(a.Connections, "connector:"+s.str("connection_id"))
		}
	}
	for _, x := range v.each("actions") {
		a.Connections = append(a.Connections, "plugin:"+firstOf(x.str("file"), x.str("id")))
	}
	for _, x := range v.each("worker_agents") {
		a.Connections = append(a.Connections, "agent:"+firstOf(x.str("id"), x.str("file")))
	}
	return a
}

// m365Plugin reads an API plugin manifest (2.0 to 2.4): functions, runtimes and
// how each of those authenticates. Version 1 has one auth and one api.
func m365Plugin(v *value) Agent {
	a := Agent{Kind: "m365-plugin", Name: firstOf(v.str("name_for_human"), v.str("name")), ID: v.str("namespace"), Description: v.str("description_for_human"), Version: v.str("schema_version"), AI: true, Line: v.line}
	for _, f := range v.each("functions") {
		a.Tools = append(a.Tools, AgentTool{ID: f.str("id"), Name: f.str("name"), Type: "function", Line: f.line})
	}
	for i, r := range v.each("runtimes") {
		u := r.str("spec", "url")
		u = siftURL(&a.Secrets, u, "runtimes["+i+"].spec.url", r.line)
		if u != "" {
			a.URLs = append(a.URLs, u)
		}
		if t := r.str("auth", "type"); t != "" && !strings.EqualFold(t, "none") {
			a.Credentials = append(a.Credentials, AgentCredential{ID: r.str("auth", "reference_id"), Name: r.str("auth", "reference_id"), Type: t, User: u, Line: r.get("auth").at()})
		}
		if r.str("type") == "RemoteMCPServer" {
			a.Servers = append(a.Servers, Server{Name: a.Name, Transport: "http", URL: u, Line: r.line})
		}
	}
	if t := v.str("auth", "type"); t != "" && !strings.EqualFold(t, "none") {
		a.Credentials = append(a.Credentials, AgentCredential{Type: t, Name: t, Line: v.get("auth").at()})
	}
	if u := v.str("api", "url"); u != "" {
		a.URLs = append(a.URLs, u)
	}
	if len(a.URLs) > 0 {
		a.URL = a.URLs[0]
	}
	return a
}

// copilotStudio reads one component of a Copilot Studio solution: a topic, a
// tool, an agent, its model settings or its configuration.
func copilotStudio(file string, v *value) Agent {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	name := firstOf(v.str("displayName"), v.str("modelDisplayName"), v.str("beginDialog", "intent", "displayName"), base)
	a := Agent{Kind: "copilot-studio", Name: name, ID: base, Description: firstOf(v.str("modelDescription"), v.str("beginDialog", "description")), AI: true, Line: v.line}
	a.Attrs = attrsOf(pick(v, "kind", "outputMode", "connectionReference"))
	v.walk(func(p []string, e *value) bool {
		if e.kind != kindMap {
			return true
		}
		k := e.str("kind")
		switch {
		case len(p) > 0 && (strings.HasPrefix(k, "Invoke") || k == "HttpRequestAction" || k == "BeginDialog" || k == "SearchAndSummarizeContent" || k == "AnswerQuestionWithAI"):
			a.Tools = append(a.Tools, AgentTool{ID: firstOf(e.str("operationId"), e.str("id")), Name: firstOf(e.str("displayName"), e.str("dialog"), e.str("operationId"), e.str("flowId")), Type: k, Line: e.line})
		case k == "ModelHint" || e.get("modelNameHint") != nil:
			a.addModel(e.str("modelNameHint"))
		}
		if d := firstOf(e.str("dialog"), e.str("botSchemaName")); d != "" {
			a.connect("dialog:" + d)
		}
		if f := e.str("flowId"); f != "" {
			a.connect("flow:" + f)
		}
		if u := e.get("url"); k == "HttpRequestAction" && u.str() != "" {
			a.URLs = append(a.URLs, siftURL(&a.Secrets, u.str(), joinPath(append(slices.Clone(p), "url")...), u.line))
		}
		if c := e.str("connectionReference"); c != "" {
			a.Credentials = append(a.Credentials, AgentCredential{ID: c, Name: c, Type: firstOf(e.str("connectionProperties", "mode"), "connectionReference"), User: firstOf(e.str("operationId"), name), Line: e.get("connectionReference").at()})
		}
		return true
	})
	a.addModel(v.str("aISettings", "model", "modelNameHint"))
	a.literals(v)
	return a.done()
}

func (a *Agent) connect(to string) {
	a.Connections = append(a.Connections, to)
}

func (a *Agent) addModel(m string) {
	if m != "" {
		a.Models = append(a.Models, m)
	}
}

// connectionReferences reads the set of connection references that a Copilot
// Studio solution gives its components.
func connectionReferences(data []byte) ([]Agent, error) {
	root, err := parseXML("connection references", data)
	if err != nil {
		return nil, err
	}
	a := Agent{Kind: "copilot-studio", AI: true}
	var visit func(e *element)
	visit = func(e *element) {
		id := firstOf(e.attr["connectionreferencelogicalname"], e.attr["connectionreferenceid.connectionreferencelogicalname"], e.at("connectionreferencelogicalname"), e.at("connectionreferenceid", "connectionreferencelogicalname"))
		if id != "" {
			a.Credentials = append(a.Credentials, AgentCredential{ID: id, Name: id, Type: "connectionReference", User: firstOf(e.attr["botcomponentid.schemaname"], e.at("botcomponentid", "schemaname")), Line: e.line})
			return
		}
		for _, k := range e.kids {
			visit(k)
		}
	}
	visit(root)
	if len(a.Credentials) == 0 {
		return nil, bad("connection references", 0, "none in the file")
	}
	a.Name = "connection references"
	return []Agent{a}, nil
}
