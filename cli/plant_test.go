package cli_test

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
)

// plantHome makes a home as people have it: secrets in every file that tools
// keep them in.
func (c *cage) plantHome(home string) {
	files := map[string]string{
		".aws/credentials": "[default]\naws_access_key_id = AKIAQX7ZK2LPMN4RTUVW\naws_secret_access_key = " + c.key("aws secret") + "\naws_session_token = " + c.make("aws session", "FwoGZXIvYXdzE", base, 200) + "\n",
		".netrc":           "machine api.example.com login svc password " + c.make("netrc", "", alnum, 24) + "\n",
		".pgpass":          "db.example.com:5432:orders:svc:" + c.make("pgpass", "", alnum, 24) + "\n",
		".my.cnf":          "[client]\nuser=svc\npassword=" + c.make("my.cnf", "", alnum, 24) + "\n",
		".npmrc":           "//registry.npmjs.org/:_authToken=" + c.make("npm", "npm_", alnum, 36) + "\n//npm.example.com/:_password=" + base64.StdEncoding.EncodeToString([]byte(c.password("npmrc password"))) + "\n",
		".pypirc":          "[pypi]\nusername = __token__\npassword = " + c.make("pypi", "pypi-AgEIcHlwaS5vcmc", alnum, 100) + "\n",
		".git-credentials": "https://svc:" + c.github("git credentials") + "@github.com\nhttps://svc:" + c.make("git password", "", alnum, 20) + "@git.example.com\n",
		".gitconfig":       "[url \"https://x-access-token:" + c.github("gitconfig") + "@github.com/\"]\n\tinsteadOf = https://github.com/\n[http]\n\textraHeader = Authorization: Bearer " + c.make("git header", "", alnum, 40) + "\n",
		".vault-token":     c.make("vault", "hvs.", alnum, 90) + "\n",
		".docker/config.json": fmt.Sprintf(`{"auths":{"registry.example.com":{"auth":%q},"ghcr.io":{"auth":%q,"identitytoken":%q}}}`,
			base64.StdEncoding.EncodeToString([]byte("svc:"+c.make("docker password", "", alnum, 24))), base64.StdEncoding.EncodeToString([]byte("svc:"+c.github("docker github"))), c.make("docker identity token", "", alnum, 64)),
		".kube/config": "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters: [{name: prod, cluster: {server: 'https://k8s.example.com:6443'}}]\ncontexts: [{name: prod, context: {cluster: prod, user: ci}}]\nusers:\n- name: ci\n  user: {token: " +
			c.jwt("kubeconfig token") + "}\n- name: admin\n  user: {client-key-data: " + base64.StdEncoding.EncodeToString([]byte(c.private("kubeconfig key", false))) + "}\n- name: basic\n  user: {username: u, password: " + c.make("kubeconfig password", "", alnum, 24) + "}\n",
		".ssh/id_ed25519":                    c.private("ssh key", true),
		".ssh/config":                        "Host x\n  IdentityFile ~/.ssh/id_ed25519\n",
		"certs/server.key":                   c.private("pem key", false),
		".config/gh/hosts.yml":               "github.com:\n    user: svc\n    oauth_token: " + c.make("gh", "gho_", alnum, 36) + "\n",
		".config/pip/pip.conf":               "[global]\nindex-url = https://svc:" + c.make("pip", "", alnum, 24) + "@pypi.example.com/simple\n",
		".cargo/credentials.toml":            "[registry]\ntoken = \"" + c.make("cargo", "cio", alnum, 32) + "\"\n",
		".m2/settings.xml":                   "<settings><servers><server><id>nexus</id><username>svc</username><password>" + c.make("maven", "", alnum, 24) + "</password></server></servers></settings>\n",
		".terraform.d/credentials.tfrc.json": fmt.Sprintf(`{"credentials":{"app.terraform.io":{"token":%q}}}`, c.make("tfc", "", alnum, 14)+".atlasv1."+c.make("tfc tail", "", alnum, 67)),
		".config/systemd/user/job.service":   "[Service]\nEnvironment=API_TOKEN=" + c.make("unit environment", "", alnum, 40) + "\nExecStart=/usr/bin/job --password " + c.make("unit command line", "", alnum, 24) + "\n",
		".config/gcloud/application_default_credentials.json": fmt.Sprintf(`{"type":"authorized_user","client_id":"764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com","client_secret":%q,"refresh_token":%q}`,
			c.make("gcloud client secret", "d-", alnum, 22), c.make("gcloud refresh", "1//0", alnum, 90)),
		"src/app/key.json": fmt.Sprintf(`{"type":"service_account","project_id":"p","private_key_id":"0123456789abcdef0123456789abcdef01234567","private_key":%q,"client_email":"svc@p.iam.gserviceaccount.com"}`, c.private("service account key", false)),
		"src/app/.env": "DB_PASSWORD=" + c.password("dotenv password") + "\nSECRET_KEY=\"" + c.key("dotenv base64") + "\"\nexport API_KEY='" + c.make("dotenv api key", "", alnum, 32) + "'\nSTRIPE=" + c.make("stripe", "sk_live_", alnum, 24) +
			"\nDATABASE_URL=postgres://app:" + c.make("dotenv dsn", "", alnum, 24) + "@db.example.com:5432/app\nREDIS_URL=redis://:" + c.make("dotenv redis", "", alnum, 24) + "@cache:6379/0\nSLACK_TOKEN=xoxb-" +
			c.make("slack", "", "0123456789", 12) + "-" + c.make("slack middle", "", "0123456789", 13) + "-" + c.make("slack tail", "", alnum, 24) + "\nJWT=" + c.jwt("dotenv jwt") + "\nOPENAI_API_KEY=" + c.make("openai", "sk-proj-", alnum, 48) + "\n",
		"src/app/.github/workflows/ci.yml": "on: push\njobs:\n  b:\n    runs-on: ubuntu-latest\n    env:\n      TOKEN: " + c.github("workflow") + "\n    steps:\n    - run: curl -H 'Authorization: Bearer " + c.make("workflow bearer", "", alnum, 40) + "' https://api.example.com\n",
		"src/app/terraform.tfstate": fmt.Sprintf(`{"version":4,"terraform_version":"1.5.0","serial":1,"lineage":"x","outputs":{"pw":{"value":%q,"type":"string","sensitive":true}},"resources":[{"mode":"managed","type":"aws_iam_access_key","name":"k","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{"schema_version":0,"attributes":{"id":"AKIAQX7ZK2LPMN4RTUVX","secret":%q,"user":"svc"}}]},{"mode":"managed","type":"aws_db_instance","name":"d","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{"schema_version":1,"attributes":{"id":"d","username":"admin","password":%q}}]}]}`,
			c.make("tfstate output", "", alnum, 24), c.key("tfstate secret"), c.password("tfstate password")),
		".config/Claude/claude_desktop_config.json": fmt.Sprintf(`{"mcpServers":{"github":{"command":"npx","args":["-y","server-github","--token",%q],"env":{"GITHUB_TOKEN":%q,"INTERNAL":%q}},"remote":{"url":"https://mcp.example.com/sse?api_key=%s","headers":{"Authorization":"Bearer %s"}}}}`,
			c.make("mcp argument", "", alnum, 32), c.github("mcp env"), c.make("mcp plain env", "", alnum, 32), c.make("mcp url", "", alnum, 32), c.make("mcp header", "", alnum, 32)),
		".cursor/mcp.json": fmt.Sprintf(`{"mcpServers":{"db":{"command":"uvx","args":["pg","postgresql://agent:%s@db.example.com/x"],"env":{"PGPASSWORD":%q}}}}`, c.make("mcp dsn", "", alnum, 24), c.password("mcp password")),
	}
	for name, text := range files {
		write(c.t, filepath.Join(home, name), text)
	}
}

// plantSources writes files and commands that hold secrets, some of which fail,
// and returns the configuration that names them.
func (c *cage) plantSources(dir string) string {
	csv := write(c.t, filepath.Join(dir, "in", "keys.csv"), fmt.Sprintf("User ID,Login,API key,Password\n1,svc-a,%s,%s\n2,svc-b,%s,%s\n",
		c.make("csv key", "", alnum, 32), c.make("csv password", "", alnum, 20), c.github("csv github"), c.make("csv second password", "", alnum, 20)))
	mapping := write(c.t, filepath.Join(dir, "in", "keys.yaml"), "mapping: drover/v1\nname: keys\nsystem: crm\ncomplete: true\nrows:\n  - kind: identity\n    type: crm.user\n    id: \"{User ID}\"\n    name: \"{Login}\"\n    secrets:\n      - {column: API key, class: token}\n")
	jsonl := write(c.t, filepath.Join(dir, "in", "records.jsonl"), fmt.Sprintf(`{"node":{"ref":"x/-/u/1","kind":"identity","type":"x.u","name":"svc %s","attrs":{"password":%q,"url":"https://svc:%s@api.example.com/","nested":{"api_key":%q},"list":["token=%s"]}}}
{"node":{"ref":"x/-/u/2","kind":"identity","type":"x.u","name":"two"}}
{"edge":{"from":"x/-/u/1","to":"x/-/u/2","kind":"can_assume","proof":"curl -H 'Authorization: Bearer %s' https://x","part":"p"}}
{"document":{"language":"text","body":"connect postgres://svc:%s@db/x with key\n%s"}}
{"node":{"ref":"x/-/u/3","kind":"nonsense","type":"x.u","name":"%s"}}
not json %s
{"section":{"name":"all","coverage":"x","status":"ok","objects":3}}
`, c.github("record name"), c.make("record password", "", alnum, 24), c.make("record url", "", alnum, 24), c.make("record nested", "", alnum, 32), c.github("record list"), c.make("record proof", "", alnum, 40), c.make("record document dsn", "", alnum, 24),
		strings.ReplaceAll(c.private("record document key", false), "\n", `\n`), c.github("record refused"), c.github("record not json")))
	script := write(c.t, filepath.Join(dir, "in", "list"), fmt.Sprintf("echo '{\"node\":{\"ref\":\"y/-/u/1\",\"kind\":\"identity\",\"type\":\"y.u\",\"name\":\"one\",\"attrs\":{\"secret\":\"%s\"}}}'\necho 'login failed: password=%s' >&2\necho 'Authorization: Bearer %s' >&2\nexit 1\n",
		c.make("exec output", "", alnum, 32), c.make("exec stderr", "", alnum, 24), c.make("exec stderr bearer", "", alnum, 40)))
	c.setenv("CANARY_DSN", "postgres://svc:"+c.make("failing dsn", "", alnum, 24)+"@127.0.0.1:1/orders?connect_timeout=2")
	secretFile := write(c.t, filepath.Join(dir, "in", "dsn"), "host=127.0.0.1 port=1 user=svc dbname=x connect_timeout=2 password="+c.make("dsn file", "", alnum, 24)+"\n")
	broken := write(c.t, filepath.Join(dir, "in", "broken"), "postgres://svc:"+c.make("dsn that cannot be parsed", "", alnum, 24)+"@[::1:bad/x")
	return write(c.t, filepath.Join(dir, "in", "drover.yaml"), fmt.Sprintf(`version: 1
sources:
  - {id: keys, kind: file, paths: [%q], mapping: %q}
  - {id: records, kind: file, paths: [%q]}
  - {id: command, kind: exec, command: [/bin/sh, %q]}
  - {id: wrong-password, kind: postgres, dsn: "${env:CANARY_DSN}"}
  - {id: from-file, kind: postgres, dsn: "${file:%s}"}
  - {id: broken, kind: postgres, dsn: "${file:%s}"}
`, csv, mapping, jsonl, script, secretFile, broken))
}

func (c *cage) setenv(k, v string) {
	type setter interface{ Setenv(k, v string) }
	c.t.(setter).Setenv(k, v)
}
