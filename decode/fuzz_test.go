package decode

import (
	"fmt"
	"strings"
	"testing"
)

// seeds adds texts in several copies: as they are, cut, and with a long tail.
func seeds(f *testing.F, list ...string) {
	for _, s := range list {
		f.Add([]byte(s))
		f.Add([]byte(s[:len(s)/2]))
	}
}

// sane fails when what is returned breaks a promise of the package: a value
// that prints, a key path or name without end, a line that is none.
func sane(t *testing.T, list []Found, data []byte) {
	lines := strings.Count(string(data), "\n") + 1
	for _, x := range list {
		if x.Ref && x.Value != "" {
			t.Fatalf("a reference with a value at line %d", x.Line)
		}
		if x.Line < 0 || x.Line > 2*lines+1 { // UTF-16 line ends are two bytes
			t.Fatalf("line %d of %d", x.Line, lines)
		}
		if v := x.Value.Reveal(); len(v) > 12 && strings.Contains(fmt.Sprintf("%+v", x.Value), v) {
			t.Fatal("a value prints")
		}
	}
}

func FuzzTrees(f *testing.F) {
	seeds(f, `{"a":[1,{"b":null}],"c":"\u00e9\ud83d\ude00"}`, "a: &x [1]\nb: *x\n<<: {c: d}\n---\n!t {e: 'f'}\n", "[a.b]\nc = [1, {d = \"e\"}]\n[[f]]\ng.h = 1\n", "- - - x\n", "a: |\n  x\nb: >-\n  y\n", "? {a: b}\n: c\n", "a: 1\na: 2\n", "%YAML 1.2\n---\n# c\na\n...\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = parseJSON("x", data)
		docs, _ := parseYAML("x", data)
		for _, d := range docs {
			if d.height > MaxDepth || d.size > MaxNodes {
				t.Fatalf("height %d, size %d", d.height, d.size)
			}
			d.plain()
		}
		v, _ := parseTOML("x", data)
		v.plain()
	})
}

func FuzzAgents(f *testing.F) {
	seeds(f, `{"nodes":[{"id":"1","name":"n","type":"a.b","credentials":{"x":{"id":"2","name":"y"}},"parameters":{"workflowId":{"value":"w"}}}],"connections":{}}`, "app: {name: a, mode: workflow}\nkind: app\nworkflow: {graph: {nodes: [{id: '1', data: {type: llm, model: {name: m, provider: p}}}]}}\n",
		"kind: AdaptiveDialog\nbeginDialog: {actions: [{kind: InvokeFlowAction, flowId: f}]}\n", `{"name":"a","url":"https://h","skills":[{"id":"s"}],"securitySchemes":{"k":{"type":"apiKey"}}}`, "a:\n  role: r\n  goal: g\n  backstory: b\n", "name: s\nimage: i\nabout: {title: t}\nconfig: {secrets: [{name: n, env: E}]}\n",
		`{"schema_version":"v2","functions":[{"name":"f"}],"runtimes":[{"type":"OpenApi","auth":{"type":"OAuthPluginVault","reference_id":"r"}}]}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"a.json", "a.yaml", "a.xml"} {
			list, _ := ParseAgents(name, data)
			for _, a := range list {
				sane(t, a.Secrets, data)
			}
		}
	})
}

func FuzzMCP(f *testing.F) {
	seeds(f, `{"mcpServers":{"a":{"command":"npx","args":["-y","x@1","--token","t"],"env":{"K_TOKEN":"v"}},"b":{"url":"https://u:p@h/sse?key=x","headers":{"Authorization":"Bearer abcdefgh"}}}}`, "[mcp_servers.a]\ncommand = \"docker\"\nargs = [\"run\", \"-e\", \"A_KEY=b\", \"img:1@sha256:00\"]\n", "mcpServers:\n- name: a\n  command: uvx\n  args: [--from, p==1]\n", `{"projects":{"/p":{"mcpServers":{"a":{"command":["x","y"]}}}}}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"a.json", "a.yaml", "a.toml"} {
			list, _ := ParseMCP(name, data)
			for _, s := range list {
				sane(t, s.Secrets, data)
			}
		}
	})
}

func FuzzCredentials(f *testing.F) {
	all := CredentialFormats()
	for i := range all {
		for _, s := range []string{"machine h login u password p\n", "[a]\nb_token = c\nhost = h\n d\n", "//r/:_authToken=x\n", "https://u:p@h\n", "h:1:d:u:p\\:q\n", "{\"auths\":{\"h\":{\"auth\":\"dTpw\"}}}", "<settings><servers><server><id>a</id><password>b</password></server></servers></settings>", "export A_TOKEN='b\nc'\n", "a:\n  token: b\n",
			"<configuration><packageSourceCredentials><f><add key=\"ClearTextPassword\" value=\"p\"/></f></packageSourceCredentials></configuration>"} {
			f.Add(uint8(i), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		list, _ := ParseCredentials(all[int(i)%len(all)], data)
		sane(t, list, data)
	})
}

func FuzzCI(f *testing.F) {
	files := []string{".github/workflows/x.yml", ".gitlab-ci.yml", "Jenkinsfile", ".circleci/config.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml"}
	for i := range files {
		for _, s := range []string{"on: push\npermissions: {id-token: write}\njobs: {a: {steps: [{uses: aws-actions/x@v1, with: {role-to-assume: r}, run: 'echo ${{ secrets.A }}'}]}}\n", "job:\n  id_tokens: {T: {aud: x}}\n  script: [make]\n  variables: {A_TOKEN: b}\n",
			"withCredentials([string(credentialsId: 'a', variable: 'B')]) {}\nenvironment { C = credentials('d') }\n", "orbs: {a: b/c@1}\nworkflows: {w: {jobs: [{d: {context: [p]}}]}}\n", "steps:\n- task: AzureCLI@2\n  inputs: {azureSubscription: c}\n", "pipelines: {default: [{step: {oidc: true, script: [{pipe: 'a/b:1', variables: {K_SECRET: v}}]}}]}\n"} {
			f.Add(uint8(i), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		p, _ := ParseCI(files[int(i)%len(files)], data)
		sane(t, p.Found, data)
	})
}

func FuzzSystem(f *testing.F) {
	seeds(f, "root:x:0:0:root:/root:/bin/sh\n", "User_Alias A=b,%c\nA ALL=(r:g) NOPASSWD: /x, !/y : h=/z\n", "A_TOKEN=b\n*/5 * * * * root run --password x\n@daily u y\n", "[Service]\nUser=a\nExecStart=/x \\\n --token y\nEnvironment=\"A=b c\" K_TOKEN=d\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = ParsePasswd(data)
		_, _ = ParseGroup(data)
		_, _ = ParseSudoers(data)
		c, _ := ParseCrontab(data, true)
		sane(t, c.Secrets, data)
		p, _ := ParseUnit("x.service", data)
		sane(t, p.Secrets, data)
		_, _ = ParseGcloud(data)
	})
}

func FuzzDocuments(f *testing.F) {
	seeds(f, "bplist00\xd1\x01\x02QaQb\x08\x0b\x0d\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0f", "<plist><dict><key>Label</key><string>a</string><key>ProgramArguments</key><array><string>x</string></array></dict></plist>", "<Task><Principals><Principal><UserId>u</UserId></Principal></Principals><Actions><Exec><Command>c</Command></Exec></Actions></Task>",
		"apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: t, exec: {command: c, args: [--token, x]}}}]\nclusters: [{name: k, cluster: {server: 's'}}]\n", `{"manifest_version":3,"name":"a","permissions":["tabs"],"content_scripts":[{"matches":["*"]}]}`, `{"subscriptions":[{"id":"a","user":{"name":"b"}}]}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, parse := range []func([]byte) (Program, error){ParseLaunchd, ParseTask} {
			p, _ := parse(data)
			sane(t, p.Secrets, data)
		}
		_, _ = ParseKubeconfig(data)
		_, _ = ParseExtension(data)
		_, _ = ParseAzureProfile(data)
	})
}

func FuzzStrings(f *testing.F) {
	for _, s := range []string{"eyJhbGciOiJub25lIn0.e30.", "Server=a;Password={b}}c}", "postgres://u:p%40@[::1]:5/d?x=y", "mongodb+srv://u:p@a,b:2/d", "jdbc:oracle:thin:u/p@//h:1/s", "host=/run/x user='a b'", "u:p@tcp(h:1)/d?x", "u:p@unix(/s)/d", "AccountName=a;AccountKey=bb", "amqp://u@h//v"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = ParseJWT(s)
		d, err := ParseDSN(s)
		if err != nil {
			return
		}
		sane(t, d.Secrets, []byte(s))
		stable(t, d)
	})
}
