package decode

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReferenceAgents: every definition of the reference data is read, and what
// it holds is counted a second time over plain maps.
func TestReferenceAgents(t *testing.T) {
	kinds, counted, refused := map[string]int{}, 0, 0
	for _, folder := range []string{"a2a-agent-cards", "copilot-studio", "crewai", "dify-dsl", "docker-mcp-registry", "m365-declarative-agents", "n8n-templates", "n8n-workflows"} {
		for name, data := range sharedFiles(t, "agents/"+folder) {
			agents, err := ParseAgents(name, data)
			if err != nil || len(agents) == 0 {
				t.Errorf("%s/%s: %d agents, %v", folder, name, len(agents), err)
				continue
			}
			for _, a := range agents {
				kinds[folder+" "+a.Kind]++
				if a.Name == "" && a.Kind != "n8n" {
					t.Errorf("%s/%s: no name", folder, name)
				}
			}
			if strings.HasSuffix(name, ".xml") {
				continue
			}
			root, ok := generic(t, data).(map[string]any)
			if !ok {
				t.Logf("%s/%s: the other decoder refuses it", folder, name)
				refused++
				continue
			}
			a := agents[0]
			switch folder {
			case "a2a-agent-cards":
				equal(t, name, "skills", len(a.Tools), size(root["skills"]))
			case "crewai":
				equal(t, name, "agents", len(agents), len(root))
			case "docker-mcp-registry":
				cfg, _ := root["config"].(map[string]any)
				equal(t, name, "credentials", len(a.Credentials), size(cfg["secrets"])+size(root["oauth"]))
				equal(t, name, "env", len(a.Servers[0].Env), size(cfg["env"]))
			case "m365-declarative-agents":
				equal(t, name, "tools", len(a.Tools), size(root["functions"])+capabilities(root))
				equal(t, name, "auth", len(a.Credentials), strings.Count(string(data), `"reference_id"`))
			case "n8n-templates", "n8n-workflows":
				equal(t, name, "nodes", len(a.Tools), size(root["nodes"]))
				equal(t, name, "credentials", len(a.Credentials), n8nCount(root))
				equal(t, name, "workflows called", len(a.Connections), len(n8nCalls(root)))
			case "dify-dsl":
				nodes, tools := difyCount(root)
				equal(t, name, "nodes and tools", len(a.Tools), nodes+tools)
				equal(t, name, "models", len(a.Models), len(difyModels(root)))
				equal(t, name, "plugins", len(a.Connections), len(difyPlugins(root)))
			case "copilot-studio":
				c := copilotCount{flows: map[string]bool{}, dialogs: map[string]bool{}, models: map[string]bool{}}
				c.walk(root, true)
				equal(t, name, "tools", len(a.Tools), c.tools)
				equal(t, name, "connections", len(a.Connections), len(c.flows)+len(c.dialogs))
				equal(t, name, "credentials", len(a.Credentials), c.references)
				equal(t, name, "addresses", len(a.URLs), c.requests)
				equal(t, name, "models", len(a.Models), len(c.models))
				counted += c.tools + len(c.flows) + len(c.dialogs) + c.references
			}
		}
	}
	t.Log(kinds)
	if counted == 0 || refused > 10 {
		t.Errorf("%d things of Copilot Studio were counted, %d files were not", counted, refused)
	}
}

// difyCount counts the nodes of a graph that are no notes, and the tools that
// agents have inside.
func difyCount(root map[string]any) (nodes, tools int) {
	wf, _ := root["workflow"].(map[string]any)
	graph, _ := wf["graph"].(map[string]any)
	list, _ := graph["nodes"].([]any)
	for _, e := range list {
		n := e.(map[string]any)
		data, _ := n["data"].(map[string]any)
		if t, _ := data["type"].(string); t == "" || n["type"] == "custom-note" {
			continue
		}
		nodes++
		params, _ := data["agent_parameters"].(map[string]any)
		p, _ := params["tools"].(map[string]any)
		tools += size(p["value"])
	}
	mc, _ := root["model_config"].(map[string]any)
	mode, _ := mc["agent_mode"].(map[string]any)
	return nodes, tools + size(mode["tools"])
}

// difyModels gathers "provider/name" wherever a map is called model.
func difyModels(root map[string]any) map[string]bool {
	out := map[string]bool{}
	add := func(v any) {
		m, _ := v.(map[string]any)
		name, _ := m["name"].(string)
		if name == "" {
			name, _ = m["model"].(string)
		}
		if name != "" {
			provider, _ := m["provider"].(string)
			out[provider+"/"+name] = true
		}
	}
	wf, _ := root["workflow"].(map[string]any)
	graph, _ := wf["graph"].(map[string]any)
	list, _ := graph["nodes"].([]any)
	for _, e := range list {
		data, _ := e.(map[string]any)["data"].(map[string]any)
		if data["type"] == nil || e.(map[string]any)["type"] == "custom-note" {
			continue
		}
		add(data["model"])
		params, _ := data["agent_parameters"].(map[string]any)
		p, _ := params["model"].(map[string]any)
		add(p["value"])
	}
	mc, _ := root["model_config"].(map[string]any)
	add(mc["model"])
	return out
}

// difyPlugins gathers the identifiers of the plugins that a file depends on.
func difyPlugins(root map[string]any) map[string]bool {
	out := map[string]bool{}
	list, _ := root["dependencies"].([]any)
	for _, e := range list {
		d := e.(map[string]any)
		value, _ := d["value"].(map[string]any)
		id := fmt.Sprint(d["current_identifier"])
		for _, k := range []string{"github_plugin_unique_identifier", "plugin_unique_identifier", "marketplace_plugin_unique_identifier"} {
			if s, _ := value[k].(string); s != "" {
				id = s
			}
		}
		out[id] = true
	}
	return out
}

// copilotCount counts in a component of Copilot Studio over plain maps.
type copilotCount struct {
	tools, references, requests int
	flows, dialogs, models      map[string]bool
}

func (c *copilotCount) walk(v any, top bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			c.walk(e, false)
		}
	case map[string]any:
		kind, _ := v["kind"].(string)
		switch kind {
		case "HttpRequestAction", "BeginDialog", "SearchAndSummarizeContent", "AnswerQuestionWithAI":
			c.count(&c.tools, !top)
		default:
			c.count(&c.tools, !top && strings.HasPrefix(kind, "Invoke"))
		}
		text := func(k string) string { s, _ := v[k].(string); return s }
		c.count(&c.requests, kind == "HttpRequestAction" && text("url") != "")
		c.count(&c.references, text("connectionReference") != "")
		if f := text("flowId"); f != "" {
			c.flows[f] = true
		}
		if d := text("dialog"); d != "" {
			c.dialogs[d] = true
		} else if d := text("botSchemaName"); d != "" {
			c.dialogs[d] = true
		}
		if m := text("modelNameHint"); m != "" {
			c.models[m] = true
		}
		for _, e := range v {
			c.walk(e, false)
		}
	}
}

func (c *copilotCount) count(n *int, yes bool) {
	if yes {
		*n++
	}
}

// capabilities of an agent are a list; those of a plugin are its settings.
func capabilities(root map[string]any) int {
	list, _ := root["capabilities"].([]any)
	return len(list)
}

// n8nCalls gathers the workflows that a workflow calls by their id or name.
func n8nCalls(root map[string]any) map[string]bool {
	out := map[string]bool{}
	nodes, _ := root["nodes"].([]any)
	for _, e := range nodes {
		n := e.(map[string]any)
		typ, _ := n["type"].(string)
		p, _ := n["parameters"].(map[string]any)
		if id := p["workflowId"]; id != nil && (strings.HasSuffix(typ, ".executeWorkflow") || strings.HasSuffix(typ, ".toolWorkflow")) {
			name := fmt.Sprint(id)
			if m, ok := id.(map[string]any); ok {
				name, _ = m["cachedResultName"].(string)
				if name == "" {
					name, _ = m["value"].(string)
				}
			}
			out[name] = true
		}
	}
	return out
}

func n8nCount(root map[string]any) int {
	n := 0
	nodes, _ := root["nodes"].([]any)
	for _, e := range nodes {
		n += size(e.(map[string]any)["credentials"])
	}
	return n
}

func size(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 0
}

func equal(t *testing.T, name, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d %s, want %d", name, got, what, want)
	}
}

// TestReferenceWorkflowIndex: the credential types and agents that the index
// beside the workflows lists, made by other means, are what we read.
func TestReferenceWorkflowIndex(t *testing.T) {
	for _, folder := range []string{"n8n-templates", "n8n-workflows"} {
		files := sharedFiles(t, "agents/"+folder)
		index, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "agents", folder, "_index.jsonl"))
		if err != nil {
			t.Skip("no index")
		}
		for line := range strings.Lines(string(index)) {
			var want struct {
				File    string   `json:"file"`
				Types   []string `json:"credential_types"`
				Nodes   []string `json:"node_types"`
				AIAgent bool     `json:"ai_agent"`
			}
			if json.Unmarshal([]byte(line), &want) != nil || files[want.File] == nil {
				continue
			}
			agents, err := ParseAgents(want.File, files[want.File])
			if err != nil {
				t.Error(err)
				continue
			}
			types, nodes := []string{}, []string{}
			for _, c := range agents[0].Credentials {
				types = append(types, c.Type)
			}
			for _, n := range agents[0].Tools {
				nodes = append(nodes, n.Type)
			}
			slices.Sort(types)
			slices.Sort(nodes)
			if got := slices.Compact(types); !slices.Equal(got, want.Types) {
				t.Errorf("%s: credential types %v, index has %v", want.File, got, want.Types)
			}
			if got := slices.Compact(nodes); !slices.Equal(got, want.Nodes) {
				t.Errorf("%s: node types %v, index has %v", want.File, got, want.Nodes)
			}
			if want.AIAgent && !agents[0].AI {
				t.Errorf("%s: the index says AI agent", want.File)
			}
		}
	}
}

// TestReferenceMCP: every server that a generic walk finds is returned.
func TestReferenceMCP(t *testing.T) {
	total := 0
	for name, data := range sharedFiles(t, "agents/mcp-configs") {
		got, err := ParseMCP(name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		total += len(got)
		var root map[string]any
		if json.Unmarshal(data, &root) != nil {
			t.Logf("%s: not strict JSON, %d servers", name, len(got))
			continue
		}
		want := 0
		for _, k := range []string{"mcpServers", "servers"} {
			want += size(root[k])
		}
		if want == 0 && bareServers(root) {
			want = len(root)
		}
		equal(t, name, "servers", len(got), want)
		for _, s := range got {
			if s.Command == "" && s.URL == "" {
				t.Errorf("%s: server %q has neither command nor URL", name, s.Name)
			}
			if strings.HasSuffix(s.Command, "npx") && s.Package.Name == "" {
				t.Errorf("%s: server %q: no package in %s %d args", name, s.Name, s.Command, len(s.Args))
			}
		}
	}
	t.Logf("%d servers", total)
}

func bareServers(root map[string]any) bool {
	for _, v := range root {
		m, _ := v.(map[string]any)
		if m["command"] == nil && m["url"] == nil {
			return false
		}
	}
	return true
}

func TestA2ACardOfVersion1(t *testing.T) {
	got, err := ParseAgents("agent-card.json", []byte(`{"name":"Planner","version":"2","provider":{"organization":"Acme"},
 "supportedInterfaces":[{"url":"https://a.example/v1","protocolBinding":"JSONRPC"},{"url":"grpc://a.example","protocolBinding":"GRPC"}],
 "skills":[{"id":"plan","name":"Plan"}],
 "securitySchemes":{"oidc":{"openIdConnectSecurityScheme":{"openIdConnectUrl":"https://idp"}},"key":{"type":"apiKey","in":"header","name":"X"}},
 "signatures":[{"protected":"x","signature":"y"}]}`))
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	a := got[0]
	if a.Kind != "a2a" || !a.Signed || len(a.URLs) != 2 || a.Provider != "Acme" || len(a.Credentials) != 2 || a.Credentials[0].Type != "openIdConnect" || a.Credentials[1].Type != "apiKey" {
		t.Errorf("got %+v", a)
	}
}
