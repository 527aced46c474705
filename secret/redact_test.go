package secret

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedact(t *testing.T) {
	pass := fill("{a62:12}")
	for name, tc := range map[string]struct{ in, want string }{
		"clean":      {"nothing to see in /etc/passwd", "nothing to see in /etc/passwd"},
		"token":      {"use " + gitlabPAT + " now", "use [REDACTED:gitlab-pat] now"},
		"two":        {gitlabPAT + "," + awsKeyID + ",", "[REDACTED:gitlab-pat]," + awsKeyID + ","},
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

// FuzzRedact: whatever the text, redacting is stable, keeps UTF-8, and an object
// of JSON is none the worse for it.
func FuzzRedact(f *testing.F) {
	for i, c := range canaries {
		f.Add(embed(settings[i%len(settings)], strings.ReplaceAll(c.form, "VALUE", fill(c.value))))
	}
	for _, text := range ordinary {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		once := RedactString(text)
		if again := RedactString(once); again != once {
			t.Errorf("not the same twice: %q, %q, %q", text, once, again)
		}
		if utf8.ValidString(text) && !utf8.ValidString(once) {
			t.Errorf("%q is no UTF-8 any more: %q", text, once)
		}
	})
}

// The id of an access key is a name, and the secret beside it is not.
func TestRedactKeepsKeyIDs(t *testing.T) {
	id, value := "AKIA"+"QF63423FCU4U5ACK", "wJalrXUtnFEMI/K7MDENG/"+"bPxRfiCYzz9aLkQw3E"
	in := "aws_access_key_id = " + id + "\naws_secret_access_key = " + value + "\n"
	out := RedactString(in)
	if !strings.Contains(out, id) || strings.Contains(out, value) {
		t.Errorf("got %s", out)
	}
}
