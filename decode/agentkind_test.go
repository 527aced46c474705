package decode

import (
	"path/filepath"
	"strings"
	"testing"
)

// Files that have one mark of a format and are something else.
func TestNoPhantomAgents(t *testing.T) {
	for name, text := range map[string]string{
		"deployment.yaml":    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n",
		"secret.yaml":        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {a: Yg==}\n",
		"config.yaml":        "kind: ConfigMap\nmetadata: {name: c}\n",
		"sa.yaml":            "kind: ServiceAccount\nmetadata: {name: c}\n",
		"pod.json":           `{"kind":"Pod","spec":{}}`,
		"video.json":         `{"kind":"youtube#video","id":"x","etag":"y"}`,
		"person.json":        `{"name":"Ann","skills":["go","sql"]}`,
		"skills.json":        `{"skills":[{"id":"1","name":"go"}]}`,
		"resume.json":        `{"name":"Ann","version":"1","url":"https://ann.example","skills":[{"name":"go","level":"good"}]}`,
		"device.json":        `{"capabilities":{"tls":true},"url":"https://x.example"}`,
		"schema.json":        `{"schema_version":1}`,
		"feed.json":          `{"schema_version":"1.0","functions":3,"name":"x"}`,
		"recipe.json":        `{"name":"Cake","instructions":"mix"}`,
		"package.json":       `{"name":"a","version":"1.0.0","description":"d","scripts":{"build":"x"},"dependencies":{}}`,
		"tsconfig.json":      `{"compilerOptions":{"strict":true}}`,
		"graph.json":         `{"nodes":[{"id":"1","type":"circle"}],"connections":[]}`,
		"roles.yaml":         "admin: {role: owner, description: all rights}\nreader: {role: viewer}\n",
		"inputs.yaml":        "name: {description: the name}\nsize: {description: the size}\n",
		"chart.yaml":         "about: {title: x}\nimage: nginx\n",
		"app.yaml":           "kind: app\napp: {name: shop}\n",
		"openapi.yaml":       "securitySchemes: {}\nprotocolVersion: 2\n",
		"dialog.yaml":        "kind: AdaptiveDialog\n",
		"sub/agent.json":     `{"name":"buildkite-agent","url":"https://x.example","version":"3"}`,
		"agent-card.json":    `{"name":"x"}`,
		"function.json":      `{"runtimes":["python3"],"name":"f","instructions":"none"}`,
		"crd.yaml":           "apiVersion: x.example/v1\nkind: AgentDialog\nsettings: {}\n",
		"steps.json":         `{"name":"n","description":"d","instructions":"i"}`,
		"docker-compose.yml": "services: {web: {image: nginx, environment: {A: b}}}\n",
		"plan.yaml":          "mobile: {goal: 3}\nweb: {goal: 4}\n",
		"openrpc.json":       `{"name":"svc","version":"1","capabilities":{},"url":"https://x.example","skills":"none"}`,
		"remote.yaml":        "name: x\nremote: {url: https://x.example}\nabout: {a: b}\n",
	} {
		if got, err := ParseAgents(name, []byte(text)); len(got) > 0 || err == nil {
			t.Errorf("%s: %d agents of kind %s, %v; want none and an error", name, len(got), got[0].Kind, err)
		}
	}
}

// The least that each format demands is enough.
func TestLeastAgents(t *testing.T) {
	for name, c := range map[string]struct{ kind, text string }{
		"a.json":                 {"a2a", `{"name":"P","version":"1","url":"https://a.example","capabilities":{},"skills":[{"id":"a","name":"A"}]}`},
		".well-known/agent.json": {"a2a", `{"name":"P","version":"1","url":"https://a.example"}`},
		"topic.yaml":             {"copilot-studio", "kind: AdaptiveDialog\nbeginDialog: {kind: OnRecognizedIntent}\n"},
		"x.mcs.yml":              {"copilot-studio", "kind: SomethingNew\n"},
		"conf.json":              {"copilot-studio", `{"$kind":"BotConfiguration","settings":{},"recognizer":{}}`},
		"da.json":                {"m365-declarative", `{"$schema":"https://developer.microsoft.com/json-schemas/copilot/declarative-agent/v1.0/schema.json","name":"x"}`},
		"ai-plugin.json":         {"m365-plugin", `{"schema_version":"v2.1","name_for_human":"x","runtimes":[]}`},
		"wf.json":                {"n8n", `{"nodes":[{"type":"n8n-nodes-base.cron"}],"connections":{}}`},
		"agents.yaml":            {"crewai", "writer: {role: w, goal: g, backstory: b}\n"},
		"server.yaml":            {"docker-mcp", "name: x\ntype: server\nimage: mcp/x\nabout: {title: X}\nmeta: {category: y}\n"},
		"app.yml":                {"dify", "kind: app\napp: {name: x, mode: workflow}\n"},
	} {
		got, err := ParseAgents(name, []byte(c.text))
		if err != nil || len(got) != 1 || got[0].Kind != c.kind {
			t.Errorf("%s: got %+v, %v; want one of kind %s", name, got, err, c.kind)
		}
	}
}

// Nothing among responses of APIs, manifests of clusters and certificates is an
// agent.
func TestReferenceHasNoPhantoms(t *testing.T) {
	read := 0
	for _, folder := range []string{"api-responses", "k8s", "certs", "iam", "posture", "directory"} {
		for name, data := range sharedFiles(t, folder) {
			if e := strings.ToLower(filepath.Ext(name)); e != ".json" && e != ".yaml" && e != ".yml" || len(data) > 4<<20 {
				continue
			}
			read++
			if got, _ := ParseAgents(name, data); len(got) > 0 {
				t.Errorf("%s/%s: %d agents of kind %s", folder, name, len(got), got[0].Kind)
			}
		}
	}
	t.Logf("%d files", read)
}
