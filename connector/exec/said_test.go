package exec

import (
	"fmt"
	"strings"
	"testing"
)

// Whatever form a secret has on standard error, nothing of it is stored.
func TestSaidHoldsNoSecret(t *testing.T) {
	shapes := []string{
		"mysql -p%s: Access denied for user", "mysql -p %s access denied", "mysql --password=%s access denied", "mysqldump --password %s failed", "PGPASSWORD=%s psql failed to connect",
		"+ export PGPASSWORD='%s'", "sqlplus scott/%s@db failed to connect", "curl -u admin:%s https://h failed", "curl -H 'Authorization: Bearer %s' failed", "Authorization: Basic %s was rejected",
		"X-Api-Key: %s is invalid", "https://u:%s@h/path could not be reached", "postgres://u:%s@db/x connection refused", "redis-cli -a %s: connection refused", "sshpass -p %s ssh: permission denied",
		"smbclient //h/s -U u%%%s: access denied", "ldapsearch -w %s: invalid credentials", "kinit failed for %s", "{\"password\":\"%s\"} is not valid", "password: %s is wrong",
		"password is %s not valid", "token %s expired", "secret=%s&id=1 rejected", "the key \"%s\" is unknown", "?access_token=%s returned 401",
		"az login --service-principal -p %s failed", "vault token %s denied", "docker login -p%s failed", "[%s] was refused", "<%s> unauthorized",
		"failed: %s", "error (%s) in request", "%s: command not found", "user=%s;pwd=%[1]s denied", "net use \\\\h\\s %s /user:u failed",
	}
	if len(shapes) < 30 {
		t.Fatal("too few shapes")
	}
	for _, secret := range []string{"S3cr3tPassw0rd9", "swordfish", "Tr0ub4dor&3", "123456", "Zürich"} {
		for _, shape := range shapes {
			line := fmt.Sprintf(shape, secret)
			for _, text := range []string{line, line + "\n", "earlier line\n" + line + "\r\n\n"} {
				if got := said(text, nil); strings.Contains(strings.ToLower(got), strings.ToLower(secret)) {
					t.Errorf("%q: got %q", text, got)
				}
			}
			config := script(t, "cat >&2 <<'EOF'\n"+line+"\nEOF\nexit 1")
			if secret != "S3cr3tPassw0rd9" {
				continue // one of them through the whole connector
			}
			if r := collect(t, config); strings.Contains(fmt.Sprintf("%+v %v %s", r.Sections, r.Err, r.Logs), secret) {
				t.Errorf("%q: it is in the section: %+v", line, r.Sections)
			}
		}
	}
}

func TestSaid(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"\n\n":                          "",
		"swordfish":                     "",
		"no such account":               "no such account",
		"first\nPermission denied.\n\n": "permission denied",
		"ERROR 1045 (28000): Access denied for user 'svc'@'10.0.0.1' (using password: YES)": "error … access denied for user …",
		"curl: (22) The requested URL returned error: 403":                                  "… the … url returned error 403",
		"login -p denied is wrong":                                                          "login … is wrong",
		"the token: denied is wrong":                                                        "the token … is wrong",
		"denied by value":                                                                   "denied by …",
		"\x1b[31mit broke \u202e\x00 again":                                                 "… broke … again",
	} {
		if got := said(text, []string{"VALUE"}); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := said(strings.Repeat("not found ", 1000), nil); len(got) > maxSaid {
		t.Errorf("got %d bytes", len(got))
	}
}

func FuzzSaid(f *testing.F) {
	f.Add("mysql -pS3cr3t: access denied\x1b[31m", "x")
	f.Add("no such host", "host")
	f.Fuzz(func(t *testing.T, s, hidden string) {
		for _, w := range strings.Fields(said(s, []string{hidden})) {
			if w != "…" && (!words[w] || w == strings.ToLower(hidden)) {
				t.Errorf("%q: the word %q is none of the list", s, w)
			}
		}
	})
}
