package machine

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/droverhq/drover/connector/connectortest"
)

// plantLinux is the root of a small Linux server with two people, services,
// cloud clients, agents and project folders.
func plantLinux(t *testing.T) *planter {
	p := newPlanter(t)
	plantAccounts(p)
	plantServices(p)
	plantSSH(p)
	plantClouds(p)
	plantTools(p)
	plantLinuxAgents(p)
	plantCertificates(p)
	plantProjects(p)
	return p
}

func plantAccounts(p *planter) {
	p.file("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
	p.file("etc/hostname", "build7\n")
	p.identity("machine.host", "build7")
	p.file("etc/passwd", `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
jenkins:x:111:117:Jenkins:/var/lib/jenkins:/bin/bash
postgres:x:112:118::/var/lib/postgresql:/bin/bash
alice:x:1000:1000:Alice Example,,,:/home/alice:/bin/bash
deploy:x:1001:1001::/home/deploy:/bin/bash
`)
	for _, n := range []string{"root", "daemon", "backup", "jenkins", "postgres", "alice", "deploy"} {
		p.identity("machine.account", n)
	}
	p.file("etc/group", "root:x:0:\nsudo:x:27:alice\ndocker:x:999:alice,deploy\n")
	p.file("etc/sudoers", "root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n")
	p.file("etc/sudoers.d/deploy", "deploy ALL=(postgres) NOPASSWD: /usr/bin/pg_dump\n")
}

func plantServices(p *planter) {
	token := p.secret("secret.token", 36)
	p.file("etc/systemd/system/orders.service", "[Unit]\nDescription=Orders\n[Service]\nUser=deploy\nExecStart=/srv/orders/bin/orders\nEnvironment=ORDERS_API_TOKEN="+token+"\n")
	p.file("etc/systemd/system/backup.timer", "[Timer]\nOnCalendar=daily\nUnit=backup.service\n[Install]\nWantedBy=timers.target\n")
	p.file("etc/systemd/system/backup.service", "[Service]\nType=oneshot\nExecStart=/usr/local/bin/backup\n")
	// The file under /etc wins: that one unit is told once.
	p.file("usr/lib/systemd/system/orders.service", "[Service]\nExecStart=/usr/bin/orders\n")
	p.file("usr/lib/systemd/system/jenkins.service", "[Service]\nUser=jenkins\nExecStart=/usr/bin/jenkins\n")
	p.file("home/alice/.config/systemd/user/sync.service", "[Service]\nExecStart=%h/bin/sync\n")
	for _, n := range []string{"orders.service", "backup.service", "jenkins.service", "sync.service"} {
		p.expect("workload", "systemd.service", n)
	}
	p.expect("workload", "systemd.timer", "backup.timer")
	p.file("etc/crontab", "SHELL=/bin/sh\n17 * * * * root run-parts /etc/cron.hourly\n")
	p.file("etc/cron.d/report", "5 4 * * * postgres /usr/local/bin/report --all\n")
	p.file("var/spool/cron/crontabs/alice", "*/5 * * * * /home/alice/bin/poll\n")
	p.file("etc/cron.daily/logrotate", "#!/bin/sh\nexit 0\n")
	for _, n := range []string{"run-parts /etc/cron.hourly", "/usr/local/bin/report --all", "/home/alice/bin/poll"} {
		p.expect("workload", "cron.job", n)
	}
	p.expect("workload", "cron.script", "logrotate")
}

func plantSSH(p *planter) {
	text, _ := p.sshPrivate("alice@laptop", "")
	p.file("home/alice/.ssh/id_ed25519", text)
	text, _ = p.sshPrivate("alice@work", "correct horse")
	p.file("home/alice/.ssh/work", text)
	p.file("home/alice/.ssh/config", "Host *\n  ServerAliveInterval 60\n")
	p.file("home/alice/.ssh/known_hosts", "")
	ci, _ := p.sshPublic(p.ed25519())
	old, _ := p.sshPublic(p.ed25519())
	p.file("home/deploy/.ssh/authorized_keys", "# keys\n"+ci+" jenkins@ci\nfrom=\"10.0.0.0/8\",command=\"/usr/bin/rrsync /srv\",restrict "+old+" backup\n")
	p.file("root/.ssh/authorized_keys", ci+" jenkins@ci\n")
	host, _ := p.sshPrivate("root@build7", "")
	p.file("etc/ssh/ssh_host_ed25519_key", host)
	deploy, _ := p.sshPrivate("", "")
	p.file("srv/orders/deploy_key", deploy)
}

func plantClouds(p *planter) {
	id1, s1 := p.aws()
	id2, s2 := p.aws()
	p.file("home/alice/.aws/credentials", fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n\n[prod]\naws_access_key_id=%s\naws_secret_access_key=%s\n", id1, s1, id2, s2))
	p.file("home/alice/.aws/config", "[default]\nregion = eu-west-1\n[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = prod\n[profile sso]\nsso_account_id = 210987654321\nsso_role_name = ReadOnly\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n")
	p.identity("aws.profile", "prod")
	p.identity("aws.profile", "sso")
	p.identity("aws.iam.role", "arn:aws:iam::123456789012:role/Admin")
	p.identity("aws.permission_set", "aws-sso:210987654321/ReadOnly")
	sa := p.certificate("throwaway", nil, nil)
	p.forget()
	key := p.keyPEM(sa)
	p.forget()
	p.file("home/alice/.config/gcloud/application_default_credentials.json", p.json(map[string]string{"type": "service_account", "project_id": "acme-prod", "private_key_id": "8f3c0d1e2b4a5968778695a4b3c2d1e0f9e8d7c6",
		"private_key": key, "client_email": "etl@acme-prod.iam.gserviceaccount.com", "client_id": "104857600000000000001", "token_uri": "https://oauth2.googleapis.com/token"}))
	p.expect("credential", "gcp.service_account_key", "gcp-key:8f3c0d1e2b4a5968778695a4b3c2d1e0f9e8d7c6")
	p.identity("gcp.service_account", "email:etl@acme-prod.iam.gserviceaccount.com")
	p.file("home/alice/.config/gcloud/configurations/config_default", "[core]\naccount = alice@example.com\nproject = acme-prod\n")
	p.identity("gcp.user", "email:alice@example.com")
	p.file("home/alice/.azure/azureProfile.json", p.json(map[string]any{"installationId": "x", "subscriptions": []any{
		map[string]any{"id": "5b4a2b57-4c1e-4c6e-8b07-1d6b3c1f2a10", "name": "Prod", "state": "Enabled", "tenantId": "0f3e5a84-7c3b-4a1e-9d43-9a4be9ef5d11", "isDefault": true, "user": map[string]string{"name": "9f1c1f0e-6d32-4f55-8b0d-0c4d9c1c2b77", "type": "servicePrincipal"}}}}))
	p.identity("azure.service_principal", "azure-app:9f1c1f0e-6d32-4f55-8b0d-0c4d9c1c2b77")

	ca := p.certificate("kubernetes", nil, authority)
	p.forget() // the cluster's authority: not this user's
	admin := p.certificate("system:admin", ca, nil)
	akey := p.keyPEM(admin)
	token := p.secret("secret.token", 48)
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	p.file("home/alice/.kube/config", fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: prod
  cluster: {server: "https://k8s.example.com:6443", certificate-authority-data: %s}
contexts:
- name: prod
  context: {cluster: prod, user: admin}
- name: ci
  context: {cluster: prod, user: ci-bot}
users:
- name: admin
  user: {client-certificate-data: %s, client-key-data: %s}
- name: ci-bot
  user: {token: %s}
`, b64(ca.pem), b64(admin.pem), b64(akey), token))
	p.identity("kubernetes.user", "k8s-user:k8s.example.com:6443/system:admin")
	p.identity("kubernetes.user", "k8s-user:k8s.example.com:6443/ci-bot")
}

func plantTools(p *planter) {
	pw := p.secret("secret.password", 20)
	p.file("home/alice/.docker/config.json", p.json(map[string]any{"auths": map[string]any{"ghcr.io": map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte("alice:" + pw))}}}))
	p.login("ghcr.io", "alice")
	p.file("home/alice/.npmrc", "//registry.npmjs.org/:_authToken="+p.secret("secret.token", 36)+"\n")
	p.file("home/alice/.pypirc", "[distutils]\nindex-servers = pypi\n[pypi]\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = pypi-"+p.value(60)+"\n")
	p.credential("secret.token", "pypi-"+p.canaries[len(p.canaries)-1])
	p.file("home/alice/.config/pip/pip.conf", "[global]\nindex-url = https://svc-pip:"+p.secret("secret.password", 18)+"@pypi.example.com/simple\n")
	p.login("pypi.example.com", "svc-pip")
	p.file("home/alice/.netrc", "machine api.example.com login robot password "+p.secret("secret.password", 22)+"\n")
	p.login("api.example.com", "robot")
	p.file("home/alice/.git-credentials", "https://alice:"+p.secret("secret.password", 40)+"@git.example.com\n")
	p.login("git.example.com", "alice")
	p.file("home/alice/.pgpass", "db.example.com:5432:orders:orders_rw:"+p.secret("secret.password", 19)+"\n")
	p.dsn("postgres", "db.example.com:5432", "orders_rw")
	p.file("root/.my.cnf", "[client]\nuser=backup\nhost=mysql.example.com\npassword="+p.secret("secret.password", 21)+"\n")
	p.dsn("mysql", "mysql.example.com:3306", "backup")
	p.file("home/alice/.vault-token", p.secret("secret.token", 26))
	p.file("home/alice/.config/gh/hosts.yml", "github.com:\n    user: alice\n    oauth_token: "+p.secret("secret.token", 40)+"\n    git_protocol: https\n")
	p.login("github.com", "alice")
	p.file("home/alice/.terraform.d/credentials.tfrc.json", p.json(map[string]any{"credentials": map[string]any{"app.terraform.io": map[string]string{"token": p.secret("secret.token", 50)}}}))
	p.file("var/lib/jenkins/.m2/settings.xml", "<settings><servers><server><id>nexus</id><username>ci</username><password>"+p.secret("secret.password", 17)+"</password></server></servers></settings>")
	p.file("home/alice/.cargo/credentials.toml", "[registry]\ntoken = \""+p.secret("secret.token", 34)+"\"\n")
}

func plantLinuxAgents(p *planter) {
	p.file("home/alice/.config/Claude/claude_desktop_config.json", p.json(map[string]any{"mcpServers": map[string]any{
		"github":     map[string]any{"command": "npx", "args": []string{"-y", "@modelcontextprotocol/server-github"}, "env": map[string]string{"GITHUB_PERSONAL_ACCESS_TOKEN": p.secret("secret.token", 40)}},
		"filesystem": map[string]any{"command": "npx", "args": []string{"-y", "@modelcontextprotocol/server-filesystem", "/home/alice"}}}}))
	p.identity("mcp.client", "Claude Desktop of alice")
	p.identity("mcp.server", "github")
	p.identity("mcp.server", "filesystem")
	p.file("home/alice/.cursor/mcp.json", p.json(map[string]any{"mcpServers": map[string]any{"linear": map[string]any{"url": "https://mcp.linear.app/sse", "headers": map[string]string{"Authorization": "Bearer " + p.secret("secret.token", 44)}}}}))
	p.identity("mcp.client", "Cursor of alice")
	p.identity("mcp.server", "linear")
	p.file("home/alice/.codex/config.toml", "[mcp_servers.postgres]\ncommand = \"uvx\"\nargs = [\"postgres-mcp==1.2.0\"]\n")
	p.identity("mcp.client", "Codex of alice")
	p.identity("mcp.server", "postgres")
	p.file("srv/orders/.mcp.json", `{"mcpServers":{"browser":{"command":"npx","args":["@playwright/mcp@0.0.30"]}}}`)
	p.identity("mcp.client", "Claude Code")
	p.identity("mcp.server", "browser")
	p.file("srv/orders/.vscode/mcp.json", "{\n // team servers\n \"servers\": {\"jira\": {\"type\": \"http\", \"url\": \"https://mcp.atlassian.com/v1\"}},\n}\n")
	p.identity("mcp.client", "VS Code")
	p.identity("mcp.server", "jira")
	p.file("srv/agents/agent-card.json", `{"name":"Invoice Agent","description":"pays","url":"https://agents.example.com/invoice","version":"1.0.0","capabilities":{"streaming":true},"defaultInputModes":["text"],"defaultOutputModes":["text"],"skills":[{"id":"pay","name":"Pay","description":"pays","tags":["x"]}]}`)
	p.identity("a2a.agent", "Invoice Agent")
	p.file("home/alice/.vscode/extensions/ms-python.python-2026.1.0/package.json", `{"name":"python","publisher":"ms-python","version":"2026.1.0","engines":{"vscode":"^1.90.0"},"activationEvents":["onLanguage:python"]}`)
	p.file("home/alice/.vscode/extensions/ms-python.python-2025.9.0/package.json", `{"name":"python","publisher":"ms-python","version":"2025.9.0","engines":{"vscode":"^1.80.0"}}`)
	p.identity("ide.extension", "python")
	p.file("home/alice/.config/google-chrome/Default/Extensions/abcdefghijklmnopabcdefghijklmnop/3.1.0_0/manifest.json", `{"manifest_version":3,"name":"Page Reader","version":"3.1.0","permissions":["cookies","tabs"],"host_permissions":["<all_urls>"]}`)
	p.identity("browser.extension", "Page Reader")
	p.file("home/alice/.mozilla/firefox/x1.default/extensions.json", `{"schemaVersion":37,"addons":[{"id":"clip@example.com","version":"2.0","type":"extension","location":"app-profile","active":true,"defaultLocale":{"name":"Clipper","creator":"Example"},"userPermissions":{"permissions":["storage"],"origins":["https://*.example.com/*"]}},{"id":"theme@x","type":"theme","location":"app-profile"}]}`)
	p.identity("browser.extension", "Clipper")
}

func plantCertificates(p *planter) {
	ca := p.certificate("Example Issuing CA", nil, authority)
	web := p.certificate("www.example.com", ca, func(c *x509.Certificate) { c.DNSNames = []string{"www.example.com"} })
	p.file("etc/nginx/ssl/www.pem", web.pem+ca.pem)
	p.file("etc/nginx/ssl/www.key", p.keyPEM(web))
	svid := p.certificate("", ca, spiffe("spiffe://example.com/ns/prod/sa/orders"))
	p.file("srv/orders/certs/svid.pem", svid.pem+p.keyPEM(svid))
	p.identity("spiffe.id", "spiffe://example.com/ns/prod/sa/orders")
	store := p.certificate("keystore.example.com", ca, nil)
	p.keyPEM(store)
	p12, err := pkcs12.Modern.Encode(store.key, store.cert, nil, "changeit")
	if err != nil {
		p.t.Fatal(err)
	}
	p.file("srv/orders/certs/client.p12", string(p12))
	java := p.certificate("java.example.com", ca, nil)
	p.keyPEM(java)
	p.file("srv/orders/certs/app.jks", p.jks(java, "changeit"))
	// Locked with a password that nobody told: known to be there, no more.
	other := p.certificate("locked.example.com", ca, nil)
	p.forget()
	locked, err := pkcs12.Modern.Encode(other.key, other.cert, nil, p.value(16))
	if err != nil {
		p.t.Fatal(err)
	}
	p.file("srv/orders/certs/locked.pfx", string(locked))
	// A trust store is nobody's credential.
	var roots strings.Builder
	for i := range 12 {
		c := p.certificate(fmt.Sprintf("Public Root %d", i), nil, authority)
		p.forget()
		roots.WriteString(c.pem)
	}
	p.file("srv/orders/cacert.pem", roots.String())
	// A document that only shares the extension.
	p.file("home/alice/talk.key", "PK\x03\x04 slides")
}

func plantProjects(p *planter) {
	p.file("srv/orders/.env", "# production\nDATABASE_PASSWORD="+p.secret("secret.password", 24)+"\nSTRIPE_API_KEY="+p.secret("secret.api_key", 32)+"\nLOG_LEVEL=info\nAPI_TOKEN=${FROM_VAULT}\n")
	p.file("srv/orders/.env.example", "DATABASE_PASSWORD="+p.value(24)+"\n")
	p.file("srv/orders/node_modules/dep/.env", "DATABASE_PASSWORD="+p.value(24)+"\n")
	p.file("srv/orders/.github/workflows/deploy.yml", `name: deploy
on: {push: {branches: [main]}}
permissions: {id-token: write, contents: read}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
    - uses: aws-actions/configure-aws-credentials@v4
      with: {role-to-assume: "arn:aws:iam::123456789012:role/orders-deploy", aws-region: eu-west-1}
    - run: ./deploy
      env: {SLACK_TOKEN: "${{ secrets.SLACK_TOKEN }}"}
`)
	p.expect("workload", "github.pipeline", "deploy")
	p.identity("aws.iam.role", "arn:aws:iam::123456789012:role/orders-deploy")
	p.file("srv/orders/.git/config", "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://x-access-token:"+p.secret("secret.password", 40)+"@github.com/example/orders.git\n")
	id, secret := p.aws()
	delete(p.want, "identity aws.principal aws-key-principal:"+id)
	p.file("srv/infra/terraform.tfstate", p.json(map[string]any{"version": 4, "terraform_version": "1.9.0", "serial": 7, "lineage": "3f2a", "outputs": map[string]any{}, "resources": []any{
		map[string]any{"mode": "managed", "type": "aws_iam_user", "name": "ci", "provider": `provider["registry.terraform.io/hashicorp/aws"]`, "instances": []any{map[string]any{"schema_version": 0, "attributes": map[string]any{
			"arn": "arn:aws:iam::123456789012:user/ci", "id": "ci", "name": "ci", "unique_id": "AIDAJQABLZS4A3QDU576Q"}}}},
		map[string]any{"mode": "managed", "type": "aws_iam_access_key", "name": "ci", "provider": `provider["registry.terraform.io/hashicorp/aws"]`, "instances": []any{map[string]any{"schema_version": 0, "attributes": map[string]any{
			"id": id, "secret": secret, "status": "Active", "user": "ci"}}}},
	}}))
	p.identity("aws.iam.user", "arn:aws:iam::123456789012:user/ci")
}

func TestLinux(t *testing.T) {
	p := plantLinux(t)
	p.check()
}

func TestContract(t *testing.T) {
	p := plantLinux(t)
	connectortest.Run(t, connectortest.Case{Connector: Connector, Config: p.config(), Canaries: p.canaries})
}
