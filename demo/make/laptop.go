package main

import "fmt"

// laptop is the home folder of a platform engineer.
func laptop(files map[string]string, keys []awsKey) error {
	put := func(name, format string, args ...any) { files["laptop/"+name] = fmt.Sprintf(format, args...) }

	aws := ""
	for i, k := range keys {
		profile := k.user
		if i == 0 {
			profile = "default"
		}
		aws += fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n\n", profile, k.id, k.secret)
	}
	put(".aws/credentials", "%s", aws)
	put(".aws/config", "[profile audit]\nrole_arn = arn:aws:iam::111122223333:role/audit-readonly\nsource_profile = default\n\n"+
		"[profile sso-admin]\nsso_start_url = https://harbourfinch.awsapps.example/start\nsso_account_id = 111122223333\nsso_role_name = AdministratorAccess\n")

	cert, key, err := certificate("kube-admin", 200)
	if err != nil {
		return err
	}
	put(".kube/config", `apiVersion: v1
kind: Config
clusters:
- name: prod-eu
  cluster: {server: "https://k8s-prod.harbourfinch.example:6443"}
- name: staging
  cluster: {server: "https://k8s-staging.harbourfinch.example:6443"}
users:
- name: kube-admin
  user: {client-certificate-data: %s, client-key-data: %s}
- name: ci-deployer
  user: {token: %s}
- name: oidc-user
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: kubelogin, args: [get-token]}
contexts:
- name: prod
  context: {cluster: prod-eu, user: kube-admin}
- name: staging
  context: {cluster: staging, user: ci-deployer}
current-context: staging
`, base64of(cert), base64of(key), random(word, 48))

	for _, name := range []string{"id_ed25519", "deploy_storefront", "warehouse_sftp"} {
		private, public, err := sshKey(name + "@harbourfinch.example")
		if err != nil {
			return err
		}
		put(".ssh/"+name, "%s", private)
		put(".ssh/"+name+".pub", "%s", public)
	}
	put(".docker/config.json", `{"auths": {"registry.harbourfinch.example": {"auth": "%s"}, "https://index.docker.io/v1/": {"auth": "%s"}}}`+"\n",
		base64of("ci-push:"+random(word, 24)), base64of("harbourfinch:"+random(word, 24)))
	put(".npmrc", "registry=https://npm.harbourfinch.example/\n//npm.harbourfinch.example/:_authToken=npm_%s\n", random(word, 36))
	put(".netrc", "machine artifacts.harbourfinch.example login build-bot password %s\nmachine sftp.payroll.example login hf-payroll password %s\n", random(word, 20), random(word, 20))
	put(".git-credentials", "https://hf-release-bot:ghp_%s@github.com\n", random(word, 36))
	put(".pypirc", "[distutils]\nindex-servers = internal\n\n[internal]\nrepository = https://pypi.harbourfinch.example/\nusername = ci-publish\npassword = %s\n", random(word, 28))

	// What the AI tools were given.
	put(".claude.json", `{"mcpServers": {
  "github": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-github"], "env": {"GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_%s"}},
  "orders-db": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-postgres", "postgresql://mcp_reader:%s@orders-db.harbourfinch.example/orders"]},
  "tickets": {"type": "http", "url": "https://mcp.tickets.example/v1", "headers": {"Authorization": "Bearer %s"}}
}}
`, random(word, 36), random(word, 20), random(word, 40))
	put(".cursor/mcp.json", `{"mcpServers": {
  "slack": {"command": "docker", "args": ["run", "-i", "mcp/slack"], "env": {"SLACK_BOT_TOKEN": "xoxb-%s-%s-%s"}},
  "filesystem": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/"]}
}}
`, random("0123456789", 12), random("0123456789", 13), random(word, 24))

	put("src/storefront/.env", "DATABASE_URL=postgres://storefront_app:%s@db.harbourfinch.example:5432/storefront\nSTRIPE_SECRET_KEY=sk_test_%s\nSENDGRID_API_KEY=SG.%s.%s\n",
		random(word, 20), random(word, 24), random(word, 22), random(word, 43))
	put("src/returns-agent/.env", "OPENAI_API_KEY=sk-proj-%s\nZENDESK_TOKEN=%s\n", random(word, 48), random(word, 40))
	put("src/returns-agent/agent-card.json", `{"name": "Returns agent", "description": "Decides on returns below 50 EUR", "url": "https://agents.harbourfinch.example/returns", "version": "1.2.0",
 "protocolVersion": "0.3.0", "capabilities": {"streaming": true}, "skills": [{"id": "decide", "name": "Decide a return", "description": "Accepts or refuses", "tags": ["returns"]}]}
`)
	put("src/storefront/.github/workflows/deploy.yml", `name: deploy
on: push
permissions: {id-token: write, contents: read}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::111122223333:role/gha-storefront-deploy", aws-region: eu-central-1}
      - run: ./purge
        env: {FASTLY_TOKEN: "${{ secrets.FASTLY_TOKEN }}"}
`)
	put("src/infra/terraform.tfstate", `{"version": 4, "terraform_version": "1.9.5", "serial": 41, "lineage": "6f0c1d2e-8a1b-4c7e-9b1f-2a3b4c5d6e7f", "outputs": {}, "resources": [
 {"mode": "managed", "type": "aws_iam_user", "name": "mailer", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{"schema_version": 0,
  "attributes": {"arn": "arn:aws:iam::111122223333:user/svc-prod-mailer", "id": "svc-prod-mailer", "name": "svc-prod-mailer", "unique_id": "AIDA%s"}}]},
 {"mode": "managed", "type": "aws_iam_access_key", "name": "mailer", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{"schema_version": 0,
  "attributes": {"id": "AKIA%s", "secret": "%s", "status": "Active", "user": "svc-prod-mailer"}}]}
]}
`, random(upper, 17), random(upper, 16), random(word, 40))
	return nil
}
