package secret

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// ByName decides for a setting of a structured source, such as an environment
// variable, whether its value is a secret written out: the name asks for one and
// the value is neither a placeholder nor a reference to where the secret really
// is. A value of known shape is a secret under any name. The class is that of the
// shape or else password, private-key, api-key, token, connection-string or secret.
func ByName(key, value string) (class string, ok bool) {
	value = unquote(value)
	stands := value
	if p, ok := connectionPassword(value); ok {
		stands = p // whatever the host is called
	}
	if placeholder(stands) {
		return "", false
	}
	if class, ok := byShape(value); ok {
		return class, true
	}
	class, ok = nameClass(key)
	switch {
	case !ok:
		return "", false
	case strings.Contains(value, "://"), looksLikePath(value):
		return "", false // byShape has seen no userinfo
	case strings.EqualFold(value, key), class != "password" && weak(value):
		return "", false
	}
	return class, true
}

// maxNamed bounds the values and names that ByName looks at.
const maxNamed = 64 << 10

func unquote(v string) string {
	v = strings.TrimSpace(v[:min(len(v), maxNamed)])
	if len(v) >= 2 && (v[0] == '"' || v[0] == '\'' || v[0] == '`') && v[len(v)-1] == v[0] {
		v = v[1 : len(v)-1]
	}
	return v
}

// connectionPassword is the password in a connection string, be it a URL or a list
// of settings, and whether the value is one that has any.
func connectionPassword(value string) (string, bool) {
	if u, err := url.Parse(value); err == nil && u.User != nil && strings.Contains(value, "://") {
		return u.User.Password()
	}
	for _, re := range []*regexp.Regexp{inURL, inSettings} {
		if m := re.FindStringSubmatch(value); m != nil {
			return strings.Trim(m[1], `'"`), true
		}
	}
	return "", false
}

// Where the password stands in a URL that url.Parse refuses, such as one of several
// hosts, and in the lists of settings of libpq, ODBC, ADO.NET and Azure.
var (
	inURL      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s/@:]*:([^\s@/]+)@`)
	userinfo   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s/?#]*@`)
	inSettings = regexp.MustCompile(`(?i)^[^=;\n]{1,64}=[^\n]*?[;\s](?:password|pwd|accountkey|sharedaccesskey)\s*=\s*('[^']*'|"[^"]*"|[^;\s]+)`)
)

// byShape asks the rules that need no context, and for a password in a URL.
func byShape(value string) (string, bool) {
	if p, ok := connectionPassword(value); ok && userinfo.MatchString(value) && !placeholder(p) {
		return "connection-string", true
	}
	for _, h := range Default().scan(Input{Data: []byte(value)}, false) {
		if !strings.HasPrefix(h.Class, "generic") && h.Decoded == "" {
			return h.Class, true
		}
	}
	return "", false
}

// secretWords is what a name must end in, by class, most telling first.
var secretWords = []struct {
	class string
	words []string
}{
	{"password", []string{"password", "passwd", "passwort", "pwd", "pass", "pw", "passphrase", "passcode", "userpass", "requirepass"}},
	{"private-key", []string{"private key", "privatekey", "ssh key", "signing key", "pem key"}},
	{"api-key", []string{"api key", "apikey", "access key", "accesskey", "account key", "secret key", "secretkey", "service key",
		"master key", "encryption key", "auth key", "app key", "license key", "shared key", "subscription key", "admin key",
		"integration key", "session key", "storage key", "write key", "cookie key", "key base"}},
	{"token", []string{"token", "pat", "jwt", "bearer", "api tok", "access tok", "refresh tok"}},
	{"connection-string", []string{"connection string", "connectionstring", "conn str", "dsn"}},
	{"secret", []string{"secret", "secrets", "credential", "credentials", "creds", "authorization", "basic auth", "auth", "hmac", "salt", "cookie"}},
}

// notSecret are last words that make a name speak about a secret.
var notSecret = []string{"public", "csrf", "xsrf", "pagination", "page", "next", "max", "min", "num", "count", "primary", "foreign", "partition", "sort", "cache", "design",
	"nopasswd", "nopass", "idempotency", "request", "continuation", "sync", "lock", "change", "sequence", "keyboard", "site"}

// speaksOf reports whether a name with this word in it holds no secret.
func speaksOf(word string) bool { return slices.Contains(notSecret, word) }

// nameClass returns the class of secret that a setting called name holds. The
// telling words must be the last ones: TOKEN_URL and PASSWORD_FILE hold none.
func nameClass(name string) (string, bool) {
	words := nameWords(name)
	if len(words) == 0 {
		return "", false
	}
	// Numbers and environments at the end say which one, not what.
	for len(words) > 1 && (strings.Trim(words[len(words)-1], "0123456789") == "" ||
		slices.Contains([]string{"prod", "production", "dev", "test", "staging", "old", "new", "live", "value", "b64", "base64", "encoded"}, words[len(words)-1])) {
		words = words[:len(words)-1]
	}
	if slices.ContainsFunc(words, speaksOf) {
		return "", false
	}
	joined := " " + strings.Join(words, " ")
	for _, c := range secretWords {
		for _, w := range c.words {
			if strings.HasSuffix(joined, " "+w) || len(w) >= 5 && !strings.Contains(w, " ") && strings.HasSuffix(joined, w) {
				return c.class, true
			}
		}
	}
	return "", false
}

// nameWords splits DB_PASSWORD, dbPassword, db.password and db-password alike.
func nameWords(name string) []string {
	name = name[:min(len(name), 256)]
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	lower := false
	for _, r := range name {
		switch n := len(word); {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
		case unicode.IsUpper(r) && lower:
			flush()
			word = append(word, r)
		case unicode.IsLower(r) && n > 2 && unicode.IsUpper(word[n-1]) && unicode.IsUpper(word[n-2]):
			last := word[n-1] // SMBPass: an abbreviation ends where a word begins
			word = word[:n-1]
			flush()
			word = append(word, last, r)
		default:
			word = append(word, r)
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
	}
	flush()
	return words
}

// references are values that say where a secret is kept, and those that programs
// and people write where none is: nothing of the secret is in them.
var references = []*regexp.Regexp{
	regexp.MustCompile(`^\$(?:\w+|\{[^{}]*\}|\([^()]*\)|\[[^\[\]]*\])$`),
	regexp.MustCompile(`^(?:\{\{[^{}]*\}\}|\{%[^%]*%\}|<%[^%]*%>|<[^<>]*>|%\w+%|@\w+@|\[[^\]]*\]|__[A-Z_]+__|#\{[^{}]*\}#?|\{\w*\}|\(\([^()]*\)\))$`),
	regexp.MustCompile(`(?i)^(?:env|file|vault|op|ref\+\w+|aws-?sm|aws-?ssm|ssm|gsm|gcp-?sm|akv|azure-?kv|kms|keyring|keychain|secretref|secret|doppler|infisical|bws|sops|awssm|hvs-ref)://?\S*$`),
	regexp.MustCompile(`(?i)^(?:env|vault|keyring|secretref|secretkeyref|file):\S+$`),
	regexp.MustCompile(`(?i)^arn:aws[\w-]*:(?:secretsmanager|ssm|kms):`),
	regexp.MustCompile(`(?i)^projects/[^/]+/secrets/`),
	regexp.MustCompile(`(?i)^@Microsoft\.KeyVault\(`),
	regexp.MustCompile(`(?i)^\{?(?:resolve:|ENC\[|!vault|\$ANSIBLE_VAULT|\{cipher\}|process\.env\.|os\.environ|getenv\()`),
	regexp.MustCompile(`(?i)^(?:null|nil|none|undefined|true|false|yes|no|on|off|n/?a|tbd|todo|empty|unset|optional|required|redacted|hidden|masked|removed|omitted)$`),
	regexp.MustCompile(`^(?:[xX]{3,}|[*]+|[.]{2,}|[-_=?#]+|0+)$`),
}

// soft are the other values that stand for a secret: by what is in them they are
// no findings, but what is in them may be a secret, and is not shown.
var soft = []*regexp.Regexp{
	regexp.MustCompile(`^\$(?:\w+|\{.*\}|\(.*\)|\[.*\])$`),
	regexp.MustCompile(`^(?:\{\{.*\}\}|\{%.*%\}|<%.*%>|__\w+__|#\{.*\}#?|\(\(.*\)\))$`),
	regexp.MustCompile(`\$\{[^}]*\}|\{\{[^}]*\}\}|\$\(\w`),
	regexp.MustCompile(`(?i)^(?:default|secret|token|string|str|text|value|key|api_?key)$`),
	regexp.MustCompile(`(?i)change[-_ ]?(?:me|it|this)|place[-_ ]?holder|your[-_ ]|^your|<your|my[-_](?:api|secret|token|key)|replace[-_ ]?(?:me|with|this)|insert[-_ ]|(?:put|add|enter|fill)[-_ ](?:your|here|in)|\bexample\b|_example|example[-_]|\bdummy|\bsample\b|not[-_ ]?(?:set|real|a[-_ ]real|used)|fix[-_ ]?me|to[-_ ]?be[-_ ]|redacted|goes[-_ ]?here|[-_ ]here$`),
	regexp.MustCompile(`^1234?$`),
	regexp.MustCompile(`(?i)(?:^|[-_])x{4,}(?:$|[-_])|\*{4,}|\.{3}$|^…|…$`),
}

// placeholders are values that stand for a secret kept elsewhere or not yet set.
func placeholders() []*regexp.Regexp {
	return append(references[:len(references):len(references)], soft...)
}

func placeholder(v string) bool {
	if v == "" {
		return true
	}
	if len(v) > 512 {
		return false // longer than anything that stands for a value
	}
	return slices.ContainsFunc(placeholders(), func(re *regexp.Regexp) bool { return re.MatchString(v) })
}

var pathShape = regexp.MustCompile(`^(?:/|~/|\./|\.\./|[A-Za-z]:\\)[\w .@/\\:-]*$`)

// looksLikePath: a key that begins with a slash is told from a path by its
// entropy and lack of short parts.
func looksLikePath(v string) bool {
	if !pathShape.MatchString(v) {
		return false
	}
	return len(v) < 20 || strings.Count(v, "/") > 2 || strings.Contains(v, ".") || shannon([]byte(v)) < 4.2
}

// weak reports whether v is too short or too plain for a generated value: what
// is called a token may be a mode or a number, what is called a password is one.
func weak(v string) bool {
	if len(v) < 8 || strings.ContainsAny(v, " \t") && len(v) < 40 {
		return true
	}
	if strings.Trim(v, "0123456789.") == "" {
		return len(v) < 16
	}
	return shannon([]byte(v)) < 2.5
}
