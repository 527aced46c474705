package postgres

import (
	"regexp"
	"strings"
)

// secretWord matches names behind which a secret stands.
var secretWord = regexp.MustCompile(`(?i)pass(word|wd|phrase|code)?|pwd|secret|token|api_?key|access_?key|private_?key|jwt|credential|bearer|auth(orization)?_?key|_key$|^key$`)

// Patterns of secrets in free text. Each keeps its first group and drops the
// second. They err on the side of dropping: a body is shown for its structure.
var secretText = []*regexp.Regexp{
	// scheme://user:password@host
	regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s:/@'"]{0,200}:)([^\s@'"/]{1,400})@`),
	// PASSWORD 'x', password := 'x', password=x, "token": "x", secret => 'x', key,'x'
	regexp.MustCompile(`(?is)((?:pass(?:word|wd|phrase|code)?|pwd|secret|token|key|jwt|credentials?|bearer|authorization|basic)\w*["']{0,2}\s*(?::=|=>|:|=|,|\bis\b|\bto\b|\s)\s*(?:E|U&)?)('(?:[^']|'')+'|"[^"]+"|\$(\w*)\$.*?\$(?:\w*)\$)`),
	regexp.MustCompile(`(?i)((?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api_?key|jwt|credentials?|bearer)\w*\s*(?::=|=>|:|=)\s*|(?:bearer|basic)\s+)([^\s'",;()]{3,})`),
	// well-known shapes: PEM, JWT, vendor prefixes
	regexp.MustCompile(`(?s)()(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$))`),
	regexp.MustCompile(`()\b(eyJ[\w-]{8,}\.[\w.-]{8,}|(?:AKIA|ASIA)[A-Z0-9]{12,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{12,}|xox[abprs]-[\w-]{8,}|sk[-_][\w-]{12,}|AIza[\w-]{20,}|SG\.[\w.-]{16,})`),
}

// opaque is a run of characters without meaning: letters and digits mixed, long.
// Inside quotes eight are enough.
var (
	opaqueQuoted = regexp.MustCompile(`(['"])([A-Za-z0-9+/=_.!#%^&*@~-]{8,})(['"])`)
	opaqueBare   = regexp.MustCompile(`[A-Za-z0-9+/=_-]{20,}`)
	hasLetter    = regexp.MustCompile(`[A-Za-z]`)
	hasDigit     = regexp.MustCompile(`[0-9]`)
)

const redacted = "REDACTED"

// redact takes what looks like a secret out of free text written by users:
// function bodies, comments, policy expressions. n counts what was taken out.
func redact(s string) (clean string, n int) {
	for _, re := range secretText {
		s = re.ReplaceAllStringFunc(s, func(m string) string {
			g := re.FindStringSubmatch(m)
			if g[2] == redacted || strings.Trim(g[2], `'"`) == redacted {
				return m
			}
			n++
			return strings.Replace(m, g[1]+g[2], g[1]+quotedLike(g[2]), 1)
		})
	}
	s = opaqueQuoted.ReplaceAllStringFunc(s, func(m string) string {
		if in := m[1 : len(m)-1]; hasLetter.MatchString(in) && hasDigit.MatchString(in) {
			n++
			return m[:1] + redacted + m[len(m)-1:]
		}
		return m
	})
	s = opaqueBare.ReplaceAllStringFunc(s, func(m string) string {
		if hasLetter.MatchString(m) && hasDigit.MatchString(m) {
			n++
			return redacted
		}
		return m
	})
	return s, n
}

// quotedLike keeps the quotes, so that the text still reads as code.
func quotedLike(s string) string {
	if s[0] == '\'' || s[0] == '"' {
		return s[:1] + redacted + s[:1]
	}
	return redacted
}

// A named is one secret value with the name under which it stood.
type named struct{ name, value string }

// settings reads "name=value" entries of setconfig and proconfig. The value of
// a custom setting ("app.jwt_secret") is anybody's text and is never shown; where
// its name says secret, it is returned to be fingerprinted. Server settings show
// their value, except commands and connection strings.
func (r *reader) settings(entries []string) (shown []string, secrets []named) {
	for _, e := range entries {
		name, value, _ := strings.Cut(e, "=")
		lower := strings.ToLower(name)
		switch {
		case secretWord.MatchString(name) && lower != "password_encryption":
			secrets = append(secrets, named{name, value})
			shown = append(shown, text(name)+"="+redacted)
		case strings.Contains(name, "."):
			shown = append(shown, text(name)+"=(not read)")
		case strings.HasSuffix(lower, "_command") || strings.HasSuffix(lower, "conninfo"):
			shown = append(shown, text(name)+"=(not read)")
		default:
			clean, _ := redact(text(value))
			shown = append(shown, text(name)+"="+clean)
		}
	}
	return shown, secrets
}

// optionValues are the options of servers, mappings and pg_hba lines whose value
// says where to and as whom, and is no secret.
var optionValues = map[string]bool{"host": true, "hostaddr": true, "port": true, "dbname": true, "user": true, "username": true, "servername": true,
	"sslmode": true, "use_remote_estimate": true, "password_required": true, "updatable": true, "map": true, "clientcert": true, "clientname": true,
	"ldapserver": true, "ldapport": true, "ldaptls": true, "ldapscheme": true, "ldapbasedn": true, "ldapbinddn": true, "ldapprefix": true, "ldapsuffix": true,
	"ldapsearchattribute": true, "include_realm": true, "krb_realm": true, "pamservice": true, "radiusservers": true, "issuer": true, "scope": true}

// splitOptions reads "name=value" entries of options: names, the values that may
// be shown, and the secrets.
func splitOptions(entries []string) (names []string, values map[string]string, secrets []named) {
	values = map[string]string{}
	for _, e := range entries {
		name, value, _ := strings.Cut(e, "=")
		names = append(names, text(name))
		switch lower := strings.ToLower(name); {
		case lower == "password_required":
			values[lower] = text(value)
		case secretWord.MatchString(name):
			secrets = append(secrets, named{lower, value})
		case optionValues[lower]:
			values[lower], _ = redact(text(value))
		}
	}
	return names, values, secrets
}
