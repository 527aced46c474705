package decode

import "testing"

func FuzzTrees(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}]}`, "a: &x [1]\nb: *x\n<<: {c: d}\n", "[a.b]\nc = [1, {d = \"e\"}]\n[[f]]\n", "- - - x\n", "a: |\n  x\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parseJSON("x", data)
		parseYAML("x", data)
		parseTOML("x", data)
	})
}

func FuzzParsers(f *testing.F) {
	for _, s := range []string{`{"mcpServers":{"a":{"command":"npx","args":["-y","x@1"]}}}`, "nodes: [{type: a.b, credentials: {x: y}}]\nconnections: {}\n", "root ALL=(ALL) NOPASSWD: ALL\n", "bplist00\xd1\x01\x02", "<plist><dict><key>a</key><true/></dict></plist>",
		"machine h login u password p", "[a]\nb=c\n", "* * * * * root x", "eyJhbGciOiJub25lIn0.e30.", "Server=a;Password={b}}c}", "postgres://u:p@h/d?x=y", "on: push\njobs: {a: {steps: [{uses: x, with: {a: b}}]}}\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"a.json", "a.yaml", "a.toml", "a.xml"} {
			ParseMCP(name, data)
			ParseAgents(name, data)
		}
		for _, format := range CredentialFormats() {
			ParseCredentials(format, data)
		}
		for _, file := range []string{".github/workflows/x.yml", ".gitlab-ci.yml", "Jenkinsfile", ".circleci/config.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml"} {
			ParseCI(file, data)
		}
		ParseDSN(string(data))
		ParseJWT(string(data))
		ParseKubeconfig(data)
		ParseGcloud(data)
		ParseAzureProfile(data)
		ParsePasswd(data)
		ParseGroup(data)
		ParseSudoers(data)
		ParseCrontab(data, true)
		ParseUnit("x.service", data)
		ParseLaunchd(data)
		ParseTask(data)
		ParseExtension(data)
	})
}
