package secret

import (
	"strings"
	"testing"
)

// What is shown must be harmless: a value that looks like an example is no finding
// and is still not shown.
func TestRedactNamed(t *testing.T) {
	for _, tc := range []struct {
		key, value string
		hidden     bool
	}{
		{"password", "Cn4ryExample-not-used-77", true},
		{"api-token", "example-8dXx2Qm41RtPz", true},
		{"db-password", "changeme", true},
		{"db-password", "1234", true},
		{"db-password", "secret", true},
		{"acme.io/client-secret", "your-K9x2mQ7zPw4t", true},
		{"acme.io/client-secret", "sample_K9x2mQ7zPw4t", true},
		{"token", "abc123x", true},
		{"password", "pre-${X}-Zk29xQ11", true},
		{"notes", "password: Cn4ryExample-not-used-77", true},
		{"notes", "the password=example_Zk29xQ11 is for tests", true},
		{"notes", "url: postgres://app:Kx93jfQ2zz8@db.example.com/x", true},
		// Where it is, or that there is none, is told:
		{"password", "", false}, {"password", "${PASSWORD}", false}, {"password", "vault:secret/data/db#password", false}, {"password", "true", false}, {"password", "{{ .Values.pw }}", false},
		{"password", "[REDACTED]", false}, {"password", "REDACTED", false}, {"password-file", "/run/secrets/db", false}, {"token", "arn:aws:secretsmanager:eu-west-1:1:secret:x", false},
		{"auth", "basic", false}, {"token", "42", false}, {"owner", "team-example", false}, {"host", "db.example.com", false}, {"public-key", "example-8dXx2Qm41RtPz", false},
		{"auth-url", "https://idp.example.com/token", false},
	} {
		got := RedactNamed(tc.key, tc.value)
		if hidden := got != tc.value; hidden != tc.hidden {
			t.Errorf("%s: hidden %v, want %v", tc.key, hidden, tc.hidden)
		}
		if again := RedactNamed(tc.key, got); again != got {
			t.Errorf("%s: hidden again: %q", tc.key, again)
		}
		for _, canary := range []string{"Cn4ry", "8dXx2Qm41RtPz", "K9x2mQ7zPw4t", "Zk29xQ11", "Kx93jfQ2zz8"} {
			if tc.hidden && strings.Contains(got, canary) {
				t.Errorf("%s: the value is shown", tc.key)
			}
		}
	}
}

// The placeholder is the password, not the host or the user.
func TestByNameExampleHosts(t *testing.T) {
	password := fill("{a62:12}") + "9x"
	for _, tc := range []struct {
		value string
		found bool
	}{
		{"postgres://app:" + password + "@db.example.com:5432/shop", true},
		{"postgres://example:" + password + "@db.acme.io/sample", true},
		{"mysql://my-token-svc:" + password + "@db.acme.io/your-db", true},
		{"mongodb+srv://sample:" + password + "@cl0.example.mongodb.net/db", true},
		{"mongodb://app:" + password + "@a.example.com:1,b.example.com:2/x", true},
		{"redis://:" + password + "@cache.example.com:6379/0", true},
		{"Server=db.example.com;User Id=sample;Password=" + password, true},
		{"host=db.example.com user=app password=" + password, true},
		{"postgres://app:changeme@db.acme.io/shop", false},
		{"postgres://app:example@db.acme.io/shop", false},
		{"postgres://app:${PASSWORD}@db.example.com/shop", false},
		{"postgres://app:<password>@db.example.com/shop", false},
		{"Server=db.acme.io;Password=your-password", false},
		{"postgres://app@db.example.com/shop", false},
		{"https://example.com/?token=1", false},
	} {
		if _, got := ByName("CONNECTION_STRING", tc.value); got != tc.found {
			t.Errorf("%s: found %v, want %v", strings.ReplaceAll(tc.value, password, "…"), got, tc.found)
		}
	}
}

func FuzzRedactNamed(f *testing.F) {
	f.Add("password", "Cn4ryExample-not-used-77")
	f.Add("token", "[REDACTED]")
	f.Fuzz(func(t *testing.T, key, value string) {
		got := RedactNamed(key, value)
		if again := RedactNamed(key, got); len(key) < 200 && again != got && got == "[REDACTED]" {
			t.Errorf("%q, then %q", got, again)
		}
	})
}
