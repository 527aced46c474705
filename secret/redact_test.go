package secret

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	pass := fill("{a62:12}")
	for name, tc := range map[string]struct{ in, want string }{
		"clean":      {"nothing to see in /etc/passwd", "nothing to see in /etc/passwd"},
		"token":      {"use " + gitlabPAT + " now", "use [REDACTED:gitlab-pat] now"},
		"two":        {gitlabPAT + "," + awsKeyID + ",", "[REDACTED:gitlab-pat],[REDACTED:aws-access-key],"},
		"allowed":    {gitlabPAT + " gitleaks:" + "allow", "[REDACTED:gitlab-pat] gitleaks:" + "allow"},
		"url":        {"dial postgres://app:" + pass + "@db:5432/x: refused", "dial postgres://app:[REDACTED:connection-string]@db:5432/x: refused"},
		"no secret":  {"dial postgres://app@db:5432/x: refused", "dial postgres://app@db:5432/x: refused"},
		"encoded":    {"v=" + base64.StdEncoding.EncodeToString([]byte("pre "+gitlabPAT+" post")), "v=[REDACTED:gitlab-pat]"},
		"empty":      {"", ""},
		"not a text": {"\x00\xff" + gitlabPAT, "\x00\xff[REDACTED:gitlab-pat]"},
	} {
		if got := RedactString(tc.in); got != tc.want {
			t.Errorf("%s: got %d bytes, want %d: %q", name, len(got), len(tc.want), strings.ReplaceAll(got, pass, "PASS"))
		}
	}
}

// TestRedactCleanIsFree: text without secrets comes back itself.
func TestRedactCleanIsFree(t *testing.T) {
	b := []byte("no secret here, and no copy")
	if got := Redact(b); &got[0] != &b[0] {
		t.Error("clean text was copied")
	}
}
