package decode

import (
	"fmt"
	"strings"
	"testing"
)

// Each line of want is class|name or account|host|line of one credential.
func TestCredentialFiles(t *testing.T) {
	for _, tc := range []struct{ path, text, want string }{
		{"/home/u/.aws/credentials", "[default]\naws_access_key_id = AKIAX\naws_secret_access_key = canary\n[profile b]\nrole_arn = arn:r\nsource_profile = default\n", "aws-access-key AKIAX  3; aws-access-key arn:r  4 ref"},
		{"/home/u/.docker/config.json", `{"auths":{"ghcr.io":{"auth":"Ym90OmNhbmFyeQ=="}},"credHelpers":{"gcr.io":"gcloud"}}`, "password bot ghcr.io 1; password  gcr.io 1 ref"},
		{".npmrc", "//registry.npmjs.org/:_authToken=canary\n//r.example/:_authToken=${NPM_TOKEN}\n", "token  registry.npmjs.org 1; token  r.example 2 ref"},
		{".netrc", "machine h login u password canary\nmachine g\n  login v\n  password \"canary 2\"\n", "password u h 1; password v g 4"},
		{".git-credentials", "https://u:canary@github.com\n", "password u github.com 1"},
		{".gitconfig", "[url \"https://u:canary@h/\"]\n insteadOf = https://h/\n[credential]\n helper = store\n", "password u h 1; password   4 ref"},
		{".config/gh/hosts.yml", "github.com:\n    user: bot\n    oauth_token: gho_canarycanarycanary\n", "token bot github.com 3"},
		{".pgpass", "# c\nh:5432:db:u:ca\\:nary\n", "password u h:5432 2"},
		{".my.cnf", "[client]\nuser=u\nhost=h\npassword=\"canary\"\n", "password u h 4"},
		{"credentials.tfrc.json", `{"credentials":{"app.terraform.io":{"token":"canary"}}}`, "token  app.terraform.io 1"},
		{".vault-token", "hvs.canary\n", "token   1"},
		{".m2/settings.xml", "<settings><servers><server><id>r</id>\n<username>u</username><password>canary</password></server></servers></settings>", "password u  2"},
		{"gradle.properties", "a=b\nsonatypePassword=canary\n", "password   2"},
		{".cargo/credentials.toml", "[registry]\ntoken = \"canary\"\n", "token   2"},
		{"auth.json", `{"http-basic":{"h":{"username":"u","password":"canary"}},"github-oauth":{"github.com":"canary"}}`, "token  github.com 1; password u h 1"},
		{"rclone.conf", "[r]\ntype = s3\naccess_key_id = AK\nsecret_access_key = canary\n", "aws-access-key AK  4"},
		{".env", "export A_TOKEN='canary' # x\nPORT=80\nDATABASE_URL=postgres://u:canary@h/db\nK_SECRET=\"a\nb\"\n", "token   1; connection-string u h 3; secret   4"},
		{"pip.conf", "[global]\nindex-url = https://u:canary@h/simple\n", "password u h 2"},
		{".pypirc", "[pypi]\nusername = __token__\npassword = pypi-canarycanary1\n", "token __token__  3"},
	} {
		format := CredentialFormat(tc.path)
		found, err := ParseCredentials(format, []byte(tc.text))
		if err != nil {
			t.Errorf("%s as %q: %v", tc.path, format, err)
		}
		var got []string
		for _, f := range found {
			s := fmt.Sprintf("%s %s %s %d", f.Class, f.Account, f.Host, f.Line)
			if f.Ref {
				s += " ref"
			} else if !strings.Contains(f.Value.Reveal(), "canary") && f.Value.Reveal() != "ca:nary" && f.Value.Reveal() != "a\nb" {
				t.Errorf("%s: wrong value", tc.path)
			}
			if strings.Contains(fmt.Sprintf("%+v", f), "canary") {
				t.Errorf("%s: the value prints", tc.path)
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.path, s, tc.want)
		}
	}
}

func TestConnectionStrings(t *testing.T) {
	for in, want := range map[string]string{
		"postgres://u:p%40w@DB.example:6432/app?sslmode=require":                              "postgres://u@db.example:6432/app p@w",
		"postgresql+psycopg2://u:p@x/y@h/app":                                                 "postgres://u@h:5432/app p@x/y",
		"mongodb+srv://u:p@c.mongodb.net/db":                                                  "mongodb+srv://u@c.mongodb.net/db p",
		"redis://:p@h:1/0":                                                                    "redis://h:1/0 p",
		"jdbc:postgresql://h:1/db?user=u&password=p":                                          "postgres://u@h:1/db p",
		"jdbc:sqlserver://h:1433;databaseName=d;user=u;password={a;b}":                        "mssql://u@h:1433/d a;b",
		"jdbc:oracle:thin:u/p@//h:1521/svc":                                                   "oracle://u@h:1521/svc p",
		"host=h port=5433 user=u password='a\\'b' dbname=d":                                   "postgres://u@h:5433/d a'b",
		"Server=tcp:h.database.windows.net,1433;Initial Catalog=d;User ID=u;Password=\"p;1\"": "mssql://u@h.database.windows.net:1433/d p;1",
		"DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=c2VjcmV0MTIzNDU2Nzg5MA==;EndpointSuffix=core.windows.net": "azure-storage://acc@acc.core.windows.net c2VjcmV0MTIzNDU2Nzg5MA==",
		"Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0MTIzNDU2Nzg5MA==":         "azure-servicebus://Root@ns.servicebus.windows.net c2VjcmV0MTIzNDU2Nzg5MA==",
		"u:p@tcp(h:3306)/d?parseTime=true": "mysql://u@h:3306/d p",
		"amqps://u:${PW}@h/vhost":          "amqp://u@h:5671/vhost ",
		"https://u:p@h/x@y":                "https://u@h:443 p",
	} {
		d, err := ParseDSN(in)
		if got := d.Alias() + " " + d.Password.Reveal(); err != nil || got != want {
			t.Errorf("%s:\n got %s (%v)\nwant %s", in, got, err, want)
		}
	}
}

func TestServersOfMCP(t *testing.T) {
	got, err := ParseMCP("mcp.json", []byte(`{
 // c
 "mcpServers": {
  "gh": {"command": "npx", "args": ["-y", "@x/server@1.2.3", "--token", "canary-1"], "env": {"GITHUB_TOKEN": "canary-2", "X": "${env:Y}", "API_KEY": "${input:k}"}},
  "d": {"command": "docker", "args": ["run", "-i", "--rm", "-e", "A_TOKEN=canary-3", "mcp/x:latest"], "disabled": true},
  "u": {"command": "uvx", "args": ["--from", "pkg==1.0", "tool"]},
  "r": {"url": "https://h/sse?api_key=canary-4", "headers": {"Authorization": "Bearer canary-55"}},
 }}`))
	if err != nil || len(got) != 4 {
		t.Fatal(got, err)
	}
	if s := fmt.Sprintf("%+v", got); strings.Contains(s, "canary") {
		t.Errorf("a secret prints: %s", s)
	}
	values := 0
	for _, s := range got {
		for _, f := range s.Secrets {
			if !f.Ref {
				values++
			}
		}
	}
	if values != 5 || len(got[0].Secrets) != 3 || !got[0].Secrets[2].Ref && !got[0].Secrets[1].Ref {
		t.Errorf("%d values, %+v", values, got[0].Secrets)
	}
	if p := got[0].Package; p != (Package{"npm", "@x/server", "1.2.3", "", true}) {
		t.Errorf("got %+v", p)
	}
	if p := got[1].Package; p.Name != "mcp/x" || p.Version != "latest" || p.Pinned || !got[1].Disabled {
		t.Errorf("got %+v", got[1])
	}
	if p := got[2].Package; p != (Package{"pypi", "pkg", "1.0", "", true}) {
		t.Errorf("got %+v", p)
	}
	if got[3].Transport != "sse" || got[3].Line != 7 {
		t.Errorf("got %+v", got[3])
	}
	codex, err := ParseMCP("config.toml", []byte("model = \"x\"\n[mcp_servers.a]\ncommand = \"npx\"\nargs = [\"p@latest\"]\n[mcp_servers.a.env]\nA_KEY = \"canary\"\n[mcp_servers.b]\nurl = \"https://h\"\nbearer_token_env_var = \"T\"\n"))
	if err != nil || len(codex) != 2 || len(codex[0].Secrets) != 1 || codex[0].Secrets[0].Line != 6 || !codex[1].Secrets[0].Ref {
		t.Errorf("got %+v, %v", codex, err)
	}
	claude, err := ParseMCP(".claude.json", []byte(`{"projects":{"/p":{"mcpServers":{"a":{"command":"x"}}}}}`))
	if err != nil || len(claude) != 1 || claude[0].Project != "/p" {
		t.Errorf("got %+v, %v", claude, err)
	}
}

func TestSystemFiles(t *testing.T) {
	users, err := ParsePasswd([]byte("root:x:0:0:root:/root:/bin/bash\nsvc:$6$a$b:999:999::/:/usr/sbin/nologin\nbad\n"))
	if err == nil || len(users) != 2 || !users[0].Login || users[1].Login || !users[1].Hash {
		t.Errorf("got %+v, %v", users, err)
	}
	rules, err := ParseSudoers([]byte("Defaults env_reset\nUser_Alias OPS = a, %b\nCmnd_Alias RESTART = /bin/x restart, /bin/y\nOPS ALL=(root:adm) NOPASSWD: RESTART, PASSWD: /bin/z\nroot ALL=(ALL:ALL) ALL\n#includedir /etc/sudoers.d\n"))
	if err != nil || len(rules) != 3 || !rules[0].NoPasswd || len(rules[0].Commands) != 2 || len(rules[0].Who) != 2 || rules[1].NoPasswd || rules[2].RunAs[0] != "ALL" {
		t.Errorf("got %+v, %v", rules, err)
	}
	c, err := ParseCrontab([]byte("PATH=/bin\nA_TOKEN=canary\n*/5 * * * * root run --password canary\n@daily bot backup\n"), true)
	if err != nil || len(c.Jobs) != 2 || c.Jobs[0].User != "root" || c.Jobs[1].Schedule != "@daily" || len(c.Secrets) != 2 || strings.Contains(fmt.Sprintf("%+v", c), "canary") {
		t.Errorf("got %+v, %v", c, err)
	}
	u, err := ParseUnit("x.service", []byte("[Service]\nUser=svc\nDynamicUser=yes\nExecStart=/bin/x \\\n  --flag\nEnvironment=\"A=b c\" K_TOKEN=canary\nEnvironmentFile=-/etc/x\nLoadCredential=k:/run/k\n"))
	if err != nil || u.User != "svc" || !u.DynamicUser || u.Commands[0] != "/bin/x  --flag" || u.Env["A"] != "b c" || u.EnvFiles[0] != "/etc/x" || len(u.Secrets) != 2 {
		t.Errorf("got %+v, %v", u, err)
	}
	l, err := ParseLaunchd([]byte(`<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x"><plist version="1.0"><dict><key>Label</key><string>a.b</string><key>UserName</key><string>u</string><key>ProgramArguments</key><array><string>/x</string><string>-v</string></array><key>RunAtLoad</key><true/></dict></plist>`))
	if err != nil || l.Name != "a.b" || l.User != "u" || l.Commands[0] != "/x -v" || len(l.Schedule) != 1 {
		t.Errorf("got %+v, %v", l, err)
	}
	task, err := ParseTask([]byte(`<Task><RegistrationInfo><URI>\x</URI></RegistrationInfo><Principals><Principal><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals><Actions><Exec><Command>a.exe</Command><Arguments>/b</Arguments></Exec></Actions></Task>`))
	if err != nil || task.User != "S-1-5-18" || task.Commands[0] != "a.exe /b" {
		t.Errorf("got %+v, %v", task, err)
	}
}

func TestKubeconfigAndJWT(t *testing.T) {
	jwt := "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJodHRwczovL2siLCJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bnM6c2EiLCJhdWQiOlsiYSJdLCJleHAiOjIwMDAwMDAwMDB9.c2ln"
	k, err := ParseKubeconfig([]byte("apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: k\n  cluster: {server: https://h:6443}\nusers:\n- name: u\n  user:\n    token: " + jwt + "\n- name: e\n  user:\n    exec: {command: aws, args: [eks, get-token], env: [{name: AWS_PROFILE, value: p}]}\ncontexts:\n- name: c\n  context: {cluster: k, user: u, namespace: n}\n"))
	if err != nil || len(k.Users) != 2 || k.Users[0].JWT == nil || k.Users[0].JWT.Subject != "system:serviceaccount:ns:sa" || k.Users[0].Secrets[0].Line != 10 || k.Users[1].Exec.Command != "aws" || k.Contexts[0].Namespace != "n" {
		t.Errorf("got %+v, %v", k, err)
	}
	if j := k.Users[0].JWT; j != nil && (j.KeyID != "k" || j.Expires.Unix() != 2000000000 || !j.Signed || !j.Issued.IsZero()) {
		t.Errorf("got %+v", j)
	}
}
