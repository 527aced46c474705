package secret

import "testing"

func TestByName(t *testing.T) {
	random := fill("{a62:32}")
	for _, tc := range []struct{ key, value, class string }{
		{"DB_PASSWORD", "hunter2", "password"},
		{"dbPassword", "'s3cr3t'", "password"},
		{"db.password", "correct horse battery", "password"},
		{"PGPASSWORD", "x9", "password"},
		{"API_KEY", random, "api-key"},
		{"OPENAI_API_KEY", random, "api-key"},
		{"SLACK_TOKEN_PROD", random, "token"},
		{"SESSION_SECRET", random, "secret"},
		{"CLIENT_SECRET_2", random, "secret"},
		{"DATABASE_URL", "postgres://app:" + fill("{a62:8}") + "@db/x", "connection-string"},
		{"WHATEVER", gitlabPAT, "gitlab-pat"},
		{"AWS_ACCESS_KEY_ID", awsKeyID, "aws-access-key"},
		// Not a secret by its name:
		{"PASSWORD_FILE", "db-pass", ""}, {"TOKEN_URL", random, ""}, {"SECRET_NAME", random, ""},
		{"PUBLIC_KEY", random, ""}, {"MAX_TOKENS", "4096", ""}, {"CACHE_KEY", random, ""}, {"HOME", "/root", ""}, {"PRIMARY_KEY", random, ""},
		{"", random, ""}, {"MONKEY", random, ""}, {"BYPASS", random, ""}, {"KEYBOARD", "qwertyuiop", ""},
		// Not a secret by its value:
		{"DB_PASSWORD", "", ""}, {"DB_PASSWORD", "${DB_PASSWORD}", ""}, {"DB_PASSWORD", "$DB_PASSWORD", ""}, {"DB_PASSWORD", "changeme", ""},
		{"API_KEY", "<your-key>", ""}, {"API_KEY", "your-api-key-here", ""}, {"API_KEY", "example", ""}, {"API_KEY", "xxxxxxxx", ""},
		{"API_KEY", "{{ vault.key }}", ""}, {"API_KEY", "op://vault/item/field", ""}, {"API_KEY", "${input:api_key}", ""},
		{"API_KEY", "arn:aws:secretsmanager:eu-west-1:1:secret:x", ""}, {"SSH_KEY", "~/.ssh/id_rsa", ""}, {"SECRET", "/run/secrets/db", ""},
		{"AUTH", "true", ""}, {"AUTH_TOKEN", "https://idp.example.net/token", ""}, {"DB_PASSWORD", "postgres://app@db/x", ""},
		{"TOKEN", "1234", ""}, {"DATABASE_URL", "postgres://app:${PW}@db/x", ""}, {"DATABASE_URL", "postgres://db/x", ""},
	} {
		class, ok := ByName(tc.key, tc.value)
		if class != tc.class || ok != (tc.class != "") {
			t.Errorf("ByName(%s): got %q, %v, want %q", tc.key, class, ok, tc.class)
		}
	}
}

func FuzzByName(f *testing.F) {
	f.Add("DB_PASSWORD", "hunter2")
	f.Add("a\x00\u212a", "http://u:p@[::1")
	f.Fuzz(func(t *testing.T, key, value string) {
		if class, ok := ByName(key, value); ok != (class != "") {
			t.Errorf("class %q, ok %v", class, ok)
		}
	})
}
