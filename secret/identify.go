package secret

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Validity says whether a checksum inside a value holds.
type Validity string

const (
	Unchecked Validity = ""        // the format has no checksum that we know
	Valid     Validity = "valid"   // it was issued in this form; it may be revoked
	Invalid   Validity = "invalid" // it was never issued: a placeholder, a typo, a test value
)

// An Identity is what a secret's own bytes say, without network, about whose it
// is. It holds public facts only: nothing in it helps to authenticate. Every field
// may be empty, which means unknown; nothing in it is proven to be still true.
type Identity struct {
	System   string            // "aws", "github", ...; the vendor whose credential it is
	Type     string            // the vendor's word for this kind of credential
	Account  string            // account, tenant, project or host that it belongs to
	Subject  string            // the user, service account, app or key id in it
	Aliases  []string          // globally unique names, such as "aws-key:AKIA..." or "email:..."
	Facts    map[string]string // the rest, by the vendor's word
	Issued   time.Time
	Expires  time.Time
	Checksum Validity
}

// A decoder reads one family of credentials. It returns false if value is none.
type decoder func(value string, id *Identity) bool

// maxIdentified bounds what Identify reads; the largest real credentials are
// key files of some ten kilobytes.
const maxIdentified = 256 << 10

// Identify decodes a found value to the identity that it belongs to. The class
// is that of a Hit; the shape of the value decides wherever it is unambiguous,
// so that an unknown class still decodes. The zero Identity means nothing known.
func Identify(class, value string) Identity {
	if len(value) > maxIdentified {
		return Identity{}
	}
	value = strings.TrimSpace(value)
	for _, decode := range []decoder{
		gcpKeyFile, privateKey, jsonWebToken, awsKey, azureStorage, azureSAS,
		connectionURL, pypiToken, githubToken, npmToken, gitlabToken, slackToken, prefixed,
	} {
		id := Identity{Facts: map[string]string{}}
		if decode(value, &id) {
			return id.clean()
		}
	}
	if system, ok := classSystems[class]; ok {
		return Identity{System: system}
	}
	return Identity{}
}

// classSystems are vendors known by the rule alone.
var classSystems = map[string]string{
	"aws-secret-access-key": "aws", "aws-session-token": "aws", "aws-bedrock-key": "aws",
	"azure-ad-client-secret": "azure", "azure-storage-key": "azure", "azure-identifiable-key": "azure",
	"datadog-access-token": "datadog", "okta-access-token": "okta", "cloudflare-api-key": "cloudflare",
	"discord-bot-token": "discord", "telegram-bot-api-token": "telegram", "heroku-api-key": "heroku",
	"atlassian-api-token": "atlassian", "twilio-api-key": "twilio", "kubernetes-secret": "kubernetes",
}

const maxFact = 256

// clean bounds every string and takes out what a terminal or a log would obey.
func (id Identity) clean() Identity {
	for _, p := range []*string{&id.System, &id.Type, &id.Account, &id.Subject} {
		*p = cleanFact(*p)
	}
	for i := range id.Aliases {
		id.Aliases[i] = cleanFact(id.Aliases[i])
	}
	for k, v := range id.Facts {
		if v = cleanFact(v); v == "" {
			delete(id.Facts, k)
		} else {
			id.Facts[k] = v
		}
	}
	if len(id.Facts) == 0 {
		id.Facts = nil
	}
	return id
}

func cleanFact(s string) string {
	ok := len(s) <= maxFact && utf8.ValidString(s)
	for _, r := range s {
		ok = ok && unicode.IsPrint(r) && !unicode.Is(unicode.Bidi_Control, r)
	}
	if ok {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if b.Len() >= maxFact-utf8.UTFMax {
			break
		}
		if unicode.IsPrint(r) && r != utf8.RuneError && !unicode.Is(unicode.Bidi_Control, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (id *Identity) alias(scheme, name string) {
	if name != "" && len(name) <= maxFact {
		id.Aliases = append(id.Aliases, scheme+":"+name)
	}
}
