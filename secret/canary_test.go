package secret

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// canaries are secrets with what makes them one; {…} is drawn, as in the rule
// files, and the first of VALUE's replacements is what must not be seen after.
var canaries = []struct{ name, form, value string }{
	{"aws secret", "aws_secret_access_key = VALUE", "{b64:40}"},
	{"github", "VALUE", "ghp_{a62:36}"},
	{"github fine", "VALUE", "github_pat_{a62:22}_{a62:59}"},
	{"github app", "VALUE", "ghs_{a62:36}"},
	{"gitlab", "VALUE", "glpat-{a62:20}"},
	{"slack bot", "VALUE", "xoxb-{d:12}-{d:12}-{a62:24}"},
	{"slack hook", "VALUE", "https://hooks.slack.com/services/T{b32:8}/B{b32:10}/{a62:24}"},
	{"stripe", "VALUE", "sk_live_{a62:24}"},
	{"openai", "VALUE", "sk-proj-{a62:74}T3BlbkFJ{a62:73}A"},
	{"anthropic", "VALUE", "sk-ant-api03-{url:93}AA"},
	{"npm", "VALUE", "npm_{a62:36}"},
	{"pypi", "VALUE", "pypi-AgEIcHlwaS5vcmc{url:80}"},
	{"jwt", "VALUE", "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ{a62:60}.{url:86}"},
	{"dsn", "postgres://app:VALUE@db.internal:5432/shop", "{a62:14}"},
	{"dsn mysql", "mysql://root:VALUE@10.0.0.5/app", "{a62:10}"},
	{"basic url", "https://ci:VALUE@git.example.net/x.git", "{a62:20}"},
	{"password", "password=VALUE", "{a62:12}"},
	{"password colon", "password: VALUE", "{a62:9}"},
	{"password quoted", "password = \"VALUE\"", "{a62:16}"},
	{"password word", "DB_PASSWORD=VALUE", "hunterhunter"},
	{"sql", "ALTER ROLE app WITH PASSWORD 'VALUE'", "{a62:12}"},
	{"sql identified", "CREATE USER app IDENTIFIED BY 'VALUE'", "{a62:12}"},
	{"curl", "curl -u admin:VALUE https://api.example.net/v1", "{a62:16}"},
	{"curl header", "curl -H 'Authorization: Bearer VALUE' https://api.example.net", "{a62:40}"},
	{"bearer", "Authorization: Bearer VALUE", "{a62:40}"},
	{"basic", "Authorization: Basic VALUE", "YWRtaW46{b64:16}"},
	{"pem", "VALUE", "-----BEGIN RSA PRIVATE KEY-----\n{b64:64}\n{b64:64}\n{b64:64}\n-----END RSA PRIVATE KEY-----"},
	{"api key", "api_key: VALUE", "{a62:32}"},
	{"client secret", "client_secret=VALUE", "{a62:34}"},
	{"flag", "mysqldump --password=VALUE --host db shop", "{a62:11}"},
	{"libpq", "host=db user=app password=VALUE dbname=shop", "{a62:12}"},
	{"ado", "Server=tcp:db,1433;User Id=app;Password=VALUE;Encrypt=True", "{a62:13}"},
}

// settings are what a secret is found in. Every %s of one is the same text; the
// first byte says how it is written there: " in a JSON string, . as it is.
var settings = []string{
	`"{"Name":"job","Command":"%s","Image":"registry.example.net/job:1.4"}`,
	`"{"env":["A=1","%s"],"cwd":"/srv"}`,
	".services:\n  app:\n    image: app:1\n    command: %s\n    ports: [80]\n",
	".# settings\n%s\nregion=eu-west-1\n",
	".#!/bin/sh\nset -e\n%s\nexit 0\n",
	".2024-05-11T09:21:44Z INFO worker[7]: got %s\n",
	".-- migration 12\n%s;\nCOMMIT;\n",
	".%s",
}

// vary is fill with other random characters each time.
func vary(t *rapid.T, example string) string {
	return exampleSlot.ReplaceAllStringFunc(example, func(slot string) string {
		var kind string
		var n int
		m := exampleSlot.FindStringSubmatch(slot)
		kind = m[1]
		fmt.Sscan(m[2], &n)
		set := map[string]string{"a62": alnum, "hex": alnum[:16], "lower": alnum[:36], "url": alnum + "-_", "b64": alnum + "+/", "b32": alnum[36:] + "234567", "d": alnum[:10]}[kind]
		pick := rapid.SliceOfN(rapid.IntRange(0, len(set)-1), n, n).Draw(t, slot)
		out := make([]byte, n)
		for i, p := range pick {
			out[i] = set[p]
		}
		return string(out)
	})
}

const alnum = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// embed returns the text of a setting with the secret in it.
func embed(setting, secret string) string {
	if setting[0] == '"' {
		quoted, _ := json.Marshal(secret)
		secret = string(quoted[1 : len(quoted)-1])
	}
	return strings.ReplaceAll(setting[1:], "%s", secret)
}

// TestRedactCanaries: of secrets of the common kinds, in the places where they
// lie, at least 99 in 100 are not to be read any more.
func TestRedactCanaries(t *testing.T) {
	total, leaked := 0, map[string]int{}
	for round := range 40 {
		for _, c := range canaries {
			// rapid would shrink towards secrets that are none ("aaaa"): drawn plainly.
			value := drawn(uint64(round)+1, c.value)
			for i, setting := range settings {
				text := embed(setting, strings.ReplaceAll(c.form, "VALUE", value))
				total++
				if seen := embed(".%s", value); strings.Contains(RedactString(text), lastLine(seen)) {
					leaked[fmt.Sprintf("%s in setting %d", c.name, i)]++
				}
			}
		}
	}
	sum := 0
	for _, n := range leaked {
		sum += n
	}
	t.Logf("%d of %d canaries leak", sum, total)
	if sum*100 > total {
		t.Errorf("%d of %d canaries leak: %v", sum, total, leaked)
	}
}

// lastLine is the part of a value that stands on one line whatever the writing.
func lastLine(v string) string {
	lines := strings.Split(v, "\n")
	return lines[len(lines)/2]
}

// drawn is fill with another draw for each seed.
func drawn(seed uint64, example string) string {
	n := seed
	return exampleSlot.ReplaceAllStringFunc(example, func(slot string) string {
		n++
		out := []byte(fill(slot))
		for i := range out {
			n = n*6364136223846793005 + 1442695040888963407
			j := int(n>>33) % len(out)
			out[i], out[j] = out[j], out[i]
			if k := (n >> 40) % 3; k == 0 && '0' <= out[i] && out[i] <= '9' {
				out[i] = '0' + (out[i]-'0'+byte(n>>50)%7)%10
			}
		}
		return string(out)
	})
}

// ordinary is text of inventories and configuration without a secret in it.
var ordinary = []string{
	cleanAttrs,
	`{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Arn":"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","KeyState":"Enabled"}`,
	`{"PasswordLastUsed":"2024-05-01T10:00:00Z","password_enabled":"true","access_key_1_last_rotated":"2023-01-01T00:00:00Z","mfa_active":"false"}`,
	`{"PasswordPolicy":{"MinimumPasswordLength":14,"RequireSymbols":true,"PasswordReusePrevention":24,"MaxPasswordAge":90}}`,
	`{"fingerprint":"hs256:0f3a9c5d1e7b48a2964c0d2f8b1e7a35","class":"password","source":"file"}`,
	`secret/-/password/hs256:0f3a9c5d1e7b48a2964c0d2f8b1e7a35`,
	`token=hs256:0f3a9c5d1e7b48a2964c0d2f8b1e7a35`,
	`{"secret":"hs256:0f3a9c5d1e7b48a2964c0d2f8b1e7a35","api_key":"hs256:9f86d081884c7d659a2feaa0c55ad015"}`,
	`SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLkFPTe8bcyNe1Vt4I`,
	`{"ssh_key":"ssh:SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLkFPTe8bcyNe1Vt4I","comment":"deploy@ci"}`,
	`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl deploy@ci`,
	`{"public_key":"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDw4o6gJy8UtmIbkcpnkO3Kwc4qsEnSZp"}`,
	`{"serialNumber":"0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:f9","thumbprint":"A94A8FE5CCB19BA61C4C0873D391E987982FBBD3","x509":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}`,
	`{"image":"registry.example.net/team/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}`,
	`*/5 * * * * root /usr/local/bin/rotate-token --name api-token --max-age 90d`,
	`0 3 * * 0 backup pg_dump -U backup -h db.internal shop > /srv/backup/shop.sql`,
	`{"kind":"ServiceAccount","metadata":{"name":"default-token-controller","namespace":"kube-system","uid":"550e8400-e29b-41d4-a716-446655440000"},"secrets":[{"name":"default-token-x7k2p"}]}`,
	`system:serviceaccount:kube-system:token-cleaner`,
	`{"imagePullSecrets":[{"name":"registry-credentials"}],"automountServiceAccountToken":false}`,
	`{"secretName":"db-credentials-v2","secretKeyRef":{"name":"db","key":"password"}}`,
	"env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n      key: password\n",
	`DB_PASSWORD=${DB_PASSWORD} API_KEY=$API_KEY TOKEN_FILE=/run/secrets/token`,
	`{"token_type":"Bearer","token_endpoint":"https://idp.example.net/oauth2/token","token_endpoint_auth_method":"client_secret_basic"}`,
	`{"client_id":"0oa1gjh63g214q0Hq0g4","grant_types":["client_credentials"],"redirect_uris":["https://app.example.net/cb"]}`,
	`{"Tags":[{"Key":"aws:cloudformation:stack-id","Value":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/51af3dc0-da77-11e4-872e-1234567b5e20"}]}`,
	`{"Tags":[{"Key":"CostCenter","Value":"4711"},{"Key":"Owner","Value":"payments-team@example.com"}]}`,
	`{"NextToken":"eyJtYXJrZXIiOiAxMjN9","IsTruncated":true}`,
	`{"ClientRequestToken":"550e8400-e29b-41d4-a716-446655440000","SyncToken":"1715421704"}`,
	`{"CredentialId":"ANPA1234567890EXAMPLE","Status":"Active","secret_rotation_enabled":true}`,
	`{"auth_method":"password","password_changed":"2024-01-01","password_encryption":"scram-sha-256","rolpassword":null}`,
	`host all all 10.0.0.0/8 scram-sha-256`,
	`k8s:prod/payments/api identity.iam.role aws/123456789012/iam.user/AIDAEXAMPLEEXAMPLE12`,
	`oidc:https://token.actions.githubusercontent.com|repo:acme/shop:ref:refs/heads/main`,
	`{"commit":"7fd1a60b01f91b314f59955a4e4d4e80d8edf11d","tree":"553c2077f0edc3d5dc5d17262f6aa498e69d6f8e","author":"ci"}`,
	`{"etag":"\"33a64df551425fcc55e4d42a148795d9f25f89d4\"","version_id":"3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo"}`,
	`ERROR: password authentication failed for user "app"`,
	`pq: role "token_service" does not exist`,
	`user=app database=shop application_name=token-service connection authorized: SSL enabled`,
	`Wrong password; the secret is in the vault. Ask for a new token: see https://wiki.example.net/token`,
	`{"lifecycle":"active","nhi_type":"api_client","purpose":"auth: login service","tier":0}`,
	`export PASSWORD_STORE_DIR=/srv/pass; pass show ci/token`,
	`--token-ttl=24h --service-account-key-file=/etc/kubernetes/pki/sa.pub --tls-private-key-file=/etc/kubernetes/pki/apiserver.key`,
	`certificate-authority: /etc/kubernetes/pki/ca.crt`,
	`x509:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 spiffe://example.org/ns/payments/sa/api`,
	`secret:hs256:0f3a9c5d1e7b48a2964c0d2f8b1e7a35`,
	`[REDACTED:password] password=[REDACTED:password] postgres://app:[REDACTED:connection-string]@db/x`,
	`{"password":"[REDACTED:password]","value":"REDACTED","pwd":"********"}`,
	`Password: <none>, password_hash: unset, passwd: files systemd`,
	`{"sessionContext":{"sessionIssuer":{"principalId":"AROAEXAMPLEID1234567","userName":"deploy"},"attributes":{"mfaAuthenticated":"false"}}}`,
	`{"eventID":"b1a2c3d4-5678-90ab-cdef-111122223333","eventName":"GetSecretValue","requestParameters":{"secretId":"prod/db/password"}}`,
	`arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db/password-AbCdEf`,
	`projects/acme/secrets/db-password/versions/3 vault:secret/data/app#password`,
	`{"DB_PASSWORD":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf"}`,
	`{"policy":{"Statement":[{"Action":["secretsmanager:GetSecretValue","kms:Decrypt","iam:CreateAccessKey"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}}`,
}

// TestRedactOrdinary: what an inventory is made of stays as it is.
func TestRedactOrdinary(t *testing.T) {
	for _, text := range ordinary {
		if got := RedactString(text); got != text {
			t.Errorf("changed\n%s\nto\n%s", text, got)
		}
	}
}

// TestRedactIsStable: twice is once, in whatever order things come, and what was
// UTF-8 stays so.
func TestRedactIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			c := rapid.SampledFrom(canaries).Draw(t, "canary")
			b.WriteString(embed(rapid.SampledFrom(settings).Draw(t, "setting"), strings.ReplaceAll(c.form, "VALUE", vary(t, c.value))))
			b.WriteString(rapid.SampledFrom([]string{"", " ", "\n", "é", "ſ", "password=", "\"", "token: ", rapid.String().Draw(t, "noise")}).Draw(t, "between"))
		}
		once := RedactString(b.String())
		if again := RedactString(once); again != once {
			t.Fatalf("not the same twice:\n%q\n%q\n%q", b.String(), once, again)
		}
		if utf8.ValidString(b.String()) && !utf8.ValidString(once) {
			t.Fatalf("%q is no UTF-8 any more: %q", b.String(), once)
		}
	})
}
