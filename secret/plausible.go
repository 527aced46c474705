package secret

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// assignedClass is nameClass for a name that stands in free text; sure means
// that any value but a placeholder will do, as for a password.
func assignedClass(name string) (class string, sure bool) {
	switch lower := strings.ToLower(name); {
	case lower == "identified by":
		return "password", true
	case strings.HasSuffix(lower, "securestring"):
		return "password", true
	}
	class, ok := nameClass(strings.TrimLeft(name, "-./"))
	if !ok {
		words := nameWords(name)
		if n := len(words); n > 1 && (words[n-1] == "key" || words[n-1] == "nonce") && !slices.ContainsFunc(words, speaksOf) {
			return "key", false
		}
		if n := len(words); n > 0 && gluedKey(words[n-1]) && !slices.ContainsFunc(words, speaksOf) {
			return "key", false
		}
		return "", false
	}
	return class, class == "password"
}

// gluedKey reports whether a word is a key of some kind, written as one: akey,
// sitekey. Not the words of the language that end so, nor keys of tables.
func gluedKey(word string) bool {
	kind, ok := strings.CutSuffix(word, "key")
	return ok && len(kind) > 0 && !speaksOf(kind) && !slices.Contains([]string{"mon", "tur", "don", "hoc", "whis", "joc", "hot", "short", "shortcut", "object", "row", "map", "dict", "hash", "item"}, kind)
}

// plausible reports whether value, given to name, is a secret written out.
func (m *matcher) plausible(class string, sure bool, name string, value []byte, v *valuePlace) bool {
	if len(value) < 3 || len(value) > maxAssigned || !printable(value) {
		return false
	}
	text := string(value)
	none := m.s.standins
	if m.hard {
		none = m.s.nothing
	}
	if m.matches(none, value) || strings.ContainsAny(text, "\x00\x1b") || strings.Contains(text, "://") || looksLikePath(text) {
		return false
	}
	if class == "http-authorization" {
		return machineMade(value) || credentialOf([]byte("basic "), value)
	}
	if !v.quoted && (v.code || !v.colon && !v.strong && strings.HasSuffix(text, "*") || m.matches(m.s.shapes, value) || (!v.colon && !v.strong && !randomPart(value) || !mixedKinds(value)) && member.MatchString(text)) {
		return false
	}
	if strings.IndexByte("\"'.,+;)&|\\", text[0]) >= 0 || fileName.MatchString(text) {
		return false
	}
	if sure {
		return !strings.EqualFold(text, name) && (len(value) >= 4 || v.quoted) && !proseOnly(value, v)
	}
	if text[0] == '{' { // a structure written as a string: what is in it decides
		return slices.ContainsFunc(strings.FieldsFunc(text, notWord), func(w string) bool { return len(w) >= 20 && mixedKinds([]byte(w)) })
	}
	if strings.ContainsAny(text, "(){}*<>") && !(v.quoted && len(value) >= 32 && shannon(value) > 4.2) {
		return false
	}
	if class == "key" {
		return len(value) >= 16 && machineMade(value) && !uuidOrDigest.MatchString(text)
	}
	return len(value) >= 8 && machineMade(value)
}

// randomPart reports whether one of several parts joined by dots is long and made by
// a machine: then they are no names.
func randomPart(value []byte) bool {
	for part := range bytes.SplitSeq(value, []byte(".")) {
		if len(part) >= 16 && machineMade(part) {
			return true
		}
	}
	return false
}

func notWord(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-')
}

// expression is what a bare value is when it is code or shell, not text.
var expression = regexp.MustCompile(`^[\w.$>:-]*[(\[].*|^[\d.]+:.*|^[$&*@!%{<].*|^\w+(?:->|::)\w+|^[\d.]+(?:px|em|s|ms|m|h|d)$`)

// member is a.b: a setting or a member in code.
var member = regexp.MustCompile(`^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$`)

var fileName = regexp.MustCompile(`(?i)^[\w./\\-]+\.(?:sh|py|txt|json|pem|ya?ml|conf|cfg|xml|env|key|crt|cer|enc|properties|html?|php|js|go|java|rb|md|log|db|csv|ini|p12|pfx|jks|keytab)$`)

var uuidOrDigest = regexp.MustCompile(`^(?i)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|(?:sha\d+|md5|hs256)[:-].*)$`)

// standins are words that are written where a secret belongs.
var standins = regexp.MustCompile(`(?i)^(?:(?:my|the|your|new|old|current|user|admin|root|db|app|some|this|test|demo|client|api|access|auth|secret|private|public|login|id|refresh|bearer|basic|service|account|default|temp|tmp|fake|mock|foo|bar|baz|a|an|x)?[-_ ./]?){0,4}(?:pass(?:word|wd|phrase)?s?|pwd|pw|secrets?|tokens?|keys?|cred(?:ential)?s?|auth(?:entication|orization)?|any|test\d{0,3}|foo|bar|string|bytes?|int|integer|boolean|number|object|char|varchar|text|field|input|file|name|value|hash|base64|encrypted|hidden|prompt|plain|plaintext|basic|bearer|digest|oauth2?|jwt|ldap|header|cookie|env|generated?|random|missing|invalid|incorrect|expired|unknown|not|and|or|is|the|for|with|from|to|of|if|in|self|this|here|help|md5|sha\d*|bcrypt|enabled?|disabled?|allow|deny|always|never|123|1234|12345|abc|removed|flag|option|parameter|argument|param|arg|login_and_password_removed)[-_.]?\d{0,2}$|(?-i:^[A-Z_0-9]*(?:PASS|PWD|SECRET|TOKEN|KEY|NAME|HERE)[A-Z_0-9]*$)`)

// fingerprint names a secret or key and is none.
var fingerprint = regexp.MustCompile(`^(?:\w{1,12}:)?(?:hs256:[0-9a-f]{8,64}|SHA256:[A-Za-z0-9+/=]{20,}|MD5:[0-9a-f:]{20,})$`)

// marks are how other programs and this one mark what is no secret any more.
var marks = regexp.MustCompile(`^\[?REDACTED|^ENC\(|^\$2[aby]\$|\[\.\.\.\]|<.*>|^###`)

// compileStandins joins the expressions about values, each under its own flags.
func (s *Scanner) compileStandins() error {
	own := []*regexp.Regexp{standins, fingerprint, marks}
	all, err := joinedExpr(append(own, placeholders()...))
	if err != nil {
		return err
	}
	sure, err := joinedExpr(append(own, references...))
	if err != nil {
		return err
	}
	s.standins, s.nothing, s.shapes = s.expr(all), s.expr(sure), s.expr(expression)
	return nil
}

func joinedExpr(list []*regexp.Regexp) (*regexp.Regexp, error) {
	var all []string
	for _, re := range list {
		all = append(all, "(?:"+re.String()+")")
	}
	return joinOr(all)
}

// proseOnly reports whether a password's value is words of a sentence, or of a
// program where it is not quoted.
func proseOnly(value []byte, v *valuePlace) bool {
	if bytes.Count(value, []byte(" ")) > 2 && !v.strong {
		return true
	}
	if len(value) > 128 {
		return !machineMade(value)
	}
	if v.quoted && bytes.ContainsAny(value, " ") && !v.strong {
		return !mixedKinds(value)
	}
	return bytes.ContainsAny(value, "(){}[]*|") && !mixedKinds(value)
}

func printable(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
}

// mixedKinds reports whether b has letters and digits, or letters and signs that no
// word has: more than a word of a language.
func mixedKinds(b []byte) bool {
	letter, digit, sign := false, false, false
	for _, c := range b {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letter = true
		case '0' <= c && c <= '9':
			digit = true
		case strings.IndexByte("!@#$%^&*+=~?", c) >= 0:
			sign = true
		}
	}
	return letter && digit || sign && (letter || digit)
}

// machineMade reports whether b looks drawn at random: a long part of letters and
// digits together, or letters in an order that no word has. Names made of short
// words, dates, versions and numbers do not.
func machineMade(b []byte) bool {
	if len(b) < 8 || bytes.ContainsAny(b, " \t") || shannon(b) < 2.5 {
		return false
	}
	longest := 0
	for part := range bytes.FieldsFuncSeq(b, func(r rune) bool { return strings.ContainsRune("-_./:,", r) }) {
		longest = max(longest, len(part))
		if len(part) >= 8 && (interleaved(part) || unpronounceable(part)) {
			return true
		}
	}
	return longest >= 4 && len(b) >= 20 && shannon(b) > 4 && changes(b) > len(b)/3
}

// interleaved: digits stand between the letters, not only behind them.
func interleaved(b []byte) bool {
	return changes(b) >= max(3, len(b)/6)
}

// changes counts how often the kind of character (upper, lower, digit, other)
// changes from one to the next; a capital that begins a word counts once.
func changes(b []byte) int {
	kindAt := func(c byte) int {
		switch {
		case 'a' <= c && c <= 'z':
			return 0
		case 'A' <= c && c <= 'Z':
			return 1
		case '0' <= c && c <= '9':
			return 2
		}
		return 3
	}
	n := 0
	for i := 1; i < len(b); i++ {
		was, is := kindAt(b[i-1]), kindAt(b[i])
		if was != is && !(was == 1 && is == 0) {
			n++
		}
	}
	return n
}

// unpronounceable: more consonants follow one another than words have.
func unpronounceable(b []byte) bool {
	run, longest, vowels := 0, 0, 0
	for _, c := range b {
		switch c | 0x20 {
		case 'a', 'e', 'i', 'o', 'u', 'y':
			run, vowels = 0, vowels+1
		default:
			if c < 'A' {
				run = 0
				continue
			}
			run++
			longest = max(longest, run)
		}
	}
	return longest >= 5 || len(b) >= 12 && vowels*6 < len(b)
}
