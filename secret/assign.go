package secret

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// This file finds what no rule of shape can: a value that is a secret because of
// the name it is given to, in whatever is written as an assignment: name = value,
// "name": "value", name: value, <name>value</name>, --name value, name('value'),
// PASSWORD 'value', IDENTIFIED BY 'value', {"name": "N", "value": "V"}. The words
// of the name decide (byname.go), and then the value must look like one
// (plausible.go). What is looked at around one word is bounded.

// assignedRule is the rule of what is found here.
const assignedRule = "assigned-secret"

const (
	maxNameSide  = 64  // of a name, to each side of the telling word
	maxAssigned  = 600 // of a value
	maxSeparator = 24  // white space and punctuation between them
)

// telling are the words that begin a look; those that end a name decide then.
var telling = []string{"passw", "pass", "pwd", "passphrase", "secret", "token", "key", "auth", "cred", "_pw", "dsn", "salt", "nonce",
	"connection", "identified by", "securestring", "basic ", "bearer ", "jwt", "hmac", "cookie"}

// assigned looks whether the word that ends at end is part of the name of an
// assigned secret. done is where the last name ended: it is looked at once.
func (m *matcher) assigned(text []byte, end int, word string) {
	start := end - len(word)
	if start < m.named || start < 0 {
		return
	}
	if word == "basic " || word == "bearer " {
		m.scheme(text, start, end)
		return
	}
	from, to := start, end
	for from > 0 && start-from < maxNameSide && inName(text[from-1]) {
		from--
	}
	for to < len(text) && to-end < maxNameSide && inName(text[to]) {
		to++
	}
	m.named = to
	if word == "key" && to-from == len(word) || to == len(text) || text[to] == '/' || from > 0 && text[from-1] == '$' {
		return
	}
	v := valueAt(text, to, from)
	if v.end <= v.start {
		return
	}
	name := string(text[from:to])
	class, sure := assignedClass(name)
	if class == "" {
		return
	}
	if !m.affords(&v) {
		return
	}
	v.code = m.view.source()
	value := text[v.start:v.end]
	if scheme := authScheme(value); scheme > 0 {
		v.start += scheme
		value = value[scheme:]
		if value = bytes.TrimLeft(value, " "); class == "secret" {
			class, sure = "http-authorization", false
		}
		v.start = v.end - len(value)
	}
	long := v.end-v.start >= maxAssigned-maxTries
	switch {
	case m.plausible(class, sure, name, value, &v):
		for long && v.end < len(text) && !v.quoted && !endsBare(text[v.end], false) {
			v.end++
		}
		m.hold(class, span{v.start, v.end})
		m.named = v.end
	case long:
		if bytes.IndexByte(value, '=') >= 0 { // it may hold more names than there is time for
			m.leave(span{v.start, v.end}, nil)
		}
		m.named = v.end
	}
}

// maxTries bounds how many names are looked at before one and the same place: of
// values without quotes, each may hold the next.
const maxTries = 16

// affords reports whether there is work left for one more value.
func (m *matcher) affords(v *valuePlace) bool {
	if v.end != m.bare.end {
		m.bare.end, m.bare.tries = v.end, 0
	}
	m.bare.tries++
	m.left -= purse(v.end-v.start) + assignCharge
	if m.left <= 0 || m.bare.tries > maxTries {
		m.leave(span{v.start, v.end}, nil)
		m.named = v.end
		return false
	}
	return true
}

// assignCharge is what looking at one name costs.
const assignCharge = 100

// inName: a name is letters, digits and what joins words. Bytes outside ASCII are
// none, so that a name in other scripts ends there.
func inName(c byte) bool { return byteKind[c]&inBase64 != 0 && c != '/' && c != '+' || c == '.' }

// hold adds a finding, unless a comment or one of the lists for all rules allows it.
func (m *matcher) hold(class string, at span) {
	value := m.in.Data[at.start:at.end]
	first, last := m.lines.bounds(at.start, at.end)
	if m.comments && m.commented(first, last) {
		return
	}
	for _, a := range m.s.allow {
		if m.allows(a, value, value, func(*allowlist) bool { return false }) {
			return
		}
	}
	m.hits = append(m.hits, finding{rule: assigned, Hit: Hit{Rule: assignedRule, Class: class, Entropy: shannon(value),
		Line: m.lines.number(at.start), EndLine: m.lines.number(max(at.start, at.end-1)), Column: at.start - first + 1,
		Start: at.start, End: at.end, Value: drover.Secret(value)}, match: at})
}

var assigned = &rule{id: assignedRule, file: 1 << 10, generic: true, path: noPath}

// A valuePlace is where a value stands and how it is written.
type valuePlace struct {
	start, end int
	quoted     bool
	strong     bool // the form itself says password: a flag, a call, SQL
	colon      bool // written name: value
	code       bool // in a source file, in which a bare word is an expression
}

// valueAt finds the value given to the name that stands in text[from:to].
func valueAt(text []byte, to, from int) valuePlace {
	i := to
	limit := min(len(text), to+maxSeparator)
	quote := closing(text, &i)
	space := i
	i = skipSpace(text, i, limit)
	if i >= limit {
		return valuePlace{}
	}
	switch c := text[i]; {
	case c == '=' || c == ':':
		return afterSeparator(text, i, from)
	case c == '>' && from > 0 && text[from-1] == '<': // XML element
		return element(text, i+1)
	case i > space && from > 0 && text[from-1] == '<': // with attributes
		line := text[i:min(len(text), i+maxSeparator*4)]
		if j := bytes.IndexAny(line, "<>\n"); j > 0 && line[j] == '>' && line[j-1] != '/' && bytes.IndexByte(line[:j], '=') > 0 {
			return element(text, i+j+1)
		}
	case c == '(' && quote == 0:
		i = skipSpace(text, i+1, limit)
		if v, ok := quotedAt(text, i); ok && v.end+1 < len(text) && bytes.IndexByte(text[v.end+1:min(len(text), v.end+8)], ')') >= 0 {
			v.strong = true
			return v
		}
	case (c == ',' || c == '\n' || c == '\r' || c == '>' || quote != 0 && i > space) && i < limit:
		return pairedValue(text, to)
	case i > space && c != '\n':
		return afterSpace(text, i, from)
	}
	return valuePlace{}
}

// closing steps over the quote that ends a name, also an escaped one.
func closing(text []byte, i *int) byte {
	j := *i
	for j < len(text) && text[j] == '\\' && j-*i < 3 {
		j++
	}
	if j < len(text) && (text[j] == '"' || text[j] == '\'' || text[j] == '`' || text[j] == ']' && j+1 < len(text)) {
		c := text[j]
		if c != ']' && j+1 < len(text) && text[j+1] == ']' {
			j++
		}
		*i = j + 1
		return c
	}
	return 0
}

func skipSpace(text []byte, i, limit int) int {
	for i < limit && (text[i] == ' ' || text[i] == '\t') {
		i++
	}
	return i
}

// afterSeparator reads the value behind =, :, := or =>; == compares.
func afterSeparator(text []byte, i, from int) valuePlace {
	colon := text[i] == ':'
	i++
	switch {
	case i < len(text) && (text[i] == '=' && !colon || colon && text[i] == ':'):
		return valuePlace{}
	case i < len(text) && (text[i] == '=' || text[i] == '>' && !colon):
		i, colon = i+1, false
	case i+1 < len(text) && colon && text[i] == '/' && text[i+1] == '/':
		return valuePlace{}
	}
	tight := i
	i = skipSpace(text, i, min(len(text), i+maxSeparator))
	if i >= len(text) {
		return valuePlace{}
	}
	if v, ok := quotedAt(text, i); ok {
		v.colon = colon
		return v
	}
	if colon && i < len(text) && (text[i] == '|' || text[i] == '>') {
		return valuePlace{}
	}
	end := i
	for end < len(text) && end-i < maxAssigned && !endsBare(text[end], colon) {
		end++
	}
	v := valuePlace{start: i, end: end, colon: colon && i > tight}
	trimBare(text, &v, i == tight && !colon, from)
	return v
}

// endsBare: what ends a value without quotes.
func endsBare(c byte, colon bool) bool {
	switch c {
	case '\n', '\r', '"', '\'', '`', 0, '<':
		return true
	case ' ', '\t', '&', ';', '|', '>':
		return !colon
	}
	return false
}

// trimBare cuts what does not belong to a value without quotes: comments, the
// punctuation of flow lists, a continued line. A value of several words is prose.
func trimBare(text []byte, v *valuePlace, tight bool, from int) {
	value := text[v.start:v.end]
	if i := bytes.Index(value, []byte(" #")); i >= 0 {
		value = value[:i]
	}
	value = bytes.TrimRight(value, " \t\\")
	if i := bytes.IndexAny(value, ",;}"); i >= 0 && (v.colon || !tight || bytes.IndexByte(value[i:], '=') > 0) && !bytes.ContainsAny(value[:i], "{[(") {
		value = value[:i]
	}
	if from > 0 && !v.colon && text[from-1] == '(' && v.end < len(text) && bytes.HasSuffix(value, []byte(")")) {
		v.end = v.start // an LDAP filter, or an argument
		return
	}
	if open := bytes.ContainsAny(value, "{[("); !open {
		value = bytes.TrimRight(value, ",;)]}\\")
	}
	if rest := text[v.start+len(value):]; !tight && !v.colon && !mixedKinds(value) && len(rest) > 1 && rest[0] == ' ' && byteKind[rest[1]]&inBase64 != 0 {
		v.end = v.start // name = and words of a sentence
		return
	}
	if bytes.IndexByte(value, ' ') >= 0 || bytes.IndexByte(value, '\t') >= 0 {
		head, _, _ := bytes.Cut(value, []byte(" "))
		if scheme := authScheme(value); scheme == 0 {
			if !mixedKinds(head) {
				v.end = v.start
				return
			}
			value = bytes.TrimRight(head, ",;)]}.")
		}
	}
	v.end = v.start + len(value)
}

// quotedAt reads a string in quotes; within an escaped quote ends what began
// with one.
func quotedAt(text []byte, i int) (valuePlace, bool) {
	slashes := i
	for i < len(text) && text[i] == '\\' && i-slashes < 3 {
		i++
	}
	escaped := i - slashes
	for i < len(text) && escaped == 0 && i-slashes < 2 && strings.IndexByte("brufN@$", text[i]) >= 0 && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\'') {
		i++
	}
	if i >= len(text) || text[i] != '"' && text[i] != '\'' && text[i] != '`' {
		return valuePlace{}, false
	}
	q := text[i]
	if n := nested(text, i); n > 0 {
		return valuePlace{start: i + n, end: i + n + bytes.Index(text[i+n:], text[i:i+n]), quoted: true}, true
	}
	start := i + 1
	for j := start; j < len(text) && j-start < maxAssigned; j++ {
		switch {
		case text[j] == '\n':
			return valuePlace{}, true
		case text[j] == '\\' && escaped == 0:
			j++
		case text[j] == q:
			return valuePlace{start: start, end: j - trailing(text[start:j], escaped), quoted: true}, true
		}
	}
	return valuePlace{}, true
}

// nested is how often the quote at i is doubled, as in SQL within SQL and in
// documentation strings; 0 where it is not, or does not end so.
func nested(text []byte, i int) int {
	n := 1
	for i+n < len(text) && n < 9 && text[i+n] == text[i] {
		n++
	}
	if n < 2 || n > 8 || i+n >= len(text) || strings.IndexByte(" \t\r\n,;:)]}.+&|", text[i+n]) >= 0 {
		return 0
	}
	line := text[i+n : min(len(text), i+n+maxAssigned)]
	if j := bytes.IndexByte(line, '\n'); j >= 0 {
		line = line[:j]
	}
	if !bytes.Contains(line, text[i:i+n]) {
		return 0
	}
	return n
}

// trailing counts the back slashes, at most n, at the end of b.
func trailing(b []byte, n int) int {
	k := 0
	for k < n && k < len(b) && b[len(b)-1-k] == '\\' {
		k++
	}
	return k
}

// element reads the text of an XML element.
func element(text []byte, i int) valuePlace {
	end := i
	for end < len(text) && end-i < maxAssigned && text[end] != '<' && text[end] != '\n' {
		end++
	}
	if end >= len(text) || text[end] != '<' {
		return valuePlace{}
	}
	return valuePlace{start: i, end: end, quoted: true}
}

// pairedValue reads the value that stands under a name of its own beside the
// name: name: N, value: V in YAML, JSON or XML.
func pairedValue(text []byte, to int) valuePlace {
	near := text[to:min(len(text), to+48)]
	i := bytes.Index(near, []byte("alue"))
	if i < 1 || near[i-1]|0x20 != 'v' || bytes.ContainsAny(near[:i], "}]/#") || bytes.Count(near[:i], []byte("\n")) > 1 {
		return valuePlace{}
	}
	at := to + i + len("alue")
	closing(text, &at)
	at = skipSpace(text, at, min(len(text), at+maxSeparator))
	if at >= len(text) || text[at] != ':' && text[at] != '=' {
		return valuePlace{}
	}
	return afterSeparator(text, at, to)
}

// afterSpace reads the value behind a flag, PASSWORD or IDENTIFIED BY.
func afterSpace(text []byte, i, from int) valuePlace {
	v, quoted := quotedAt(text, i)
	flag := from > 0 && (text[from-1] == '-' || text[from-1] == '/') || text[from] == '-'
	name := text[from:i]
	sql := bytes.EqualFold(bytes.TrimRight(name, " \t"), []byte("identified by"))
	switch {
	case quoted && (flag || sql || sqlPassword(name) || len(name) > 12 && bytes.EqualFold(name[len(name)-13:len(name)-1], []byte("securestring"))):
		v.strong = true
		return v
	case !flag && !sql && !netrc(text, from, name) && !set(text, from) || quoted:
		return valuePlace{}
	}
	end := i
	for end < len(text) && end-i < maxAssigned && !endsBare(text[end], false) {
		end++
	}
	v = valuePlace{start: i, end: end, strong: true}
	trimBare(text, &v, true, from)
	if v.end > v.start && (text[v.start] == '-' || text[v.start] == '[') {
		return valuePlace{}
	}
	return v
}

// set: the command of shells and consoles of many kinds, "set NAME VALUE".
func set(text []byte, from int) bool {
	for _, w := range []string{"set ", "setx ", "setg ", "setenv "} {
		if n := len(w); from >= n && bytes.EqualFold(text[from-n:from], []byte(w)) && (from == n || !inName(text[from-n-1])) {
			return true
		}
	}
	return false
}

// netrc: login NAME password VALUE, as in the file that ftp and curl read.
func netrc(text []byte, from int, name []byte) bool {
	return sqlPassword(name) && bytes.Contains(text[max(0, from-96):from], []byte("login "))
}

func sqlPassword(name []byte) bool {
	return bytes.EqualFold(bytes.TrimSpace(name), []byte("password"))
}

// scheme looks at what stands behind "Basic " or "Bearer " wherever they are.
func (m *matcher) scheme(text []byte, start, end int) {
	if start > 0 && inName(text[start-1]) {
		return
	}
	to := end
	for to < len(text) && to-end < 4096 && (byteKind[text[to]]&inBase64 != 0 || text[to] == '=' || text[to] == '.' || text[to] == '~') {
		to++
	}
	m.named = to
	if credentialOf(text[start:end], text[end:to]) {
		m.hold("http-authorization", span{end, to})
	}
}

// authScheme is the length of an HTTP authentication scheme at the start of value.
func authScheme(value []byte) int {
	for _, s := range []string{"basic ", "bearer ", "token "} {
		if len(value) > len(s) && strings.EqualFold(string(value[:len(s)]), s) {
			return len(s)
		}
	}
	return 0
}

// credentialOf: Basic is user:password in base64 (RFC 7617), Bearer is opaque
// (RFC 6750) and must look made by a machine.
func credentialOf(scheme, value []byte) bool {
	if scheme[1]|0x20 != 'a' {
		return len(value) >= 16 && machineMade(value)
	}
	if len(value) < 4 {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(string(value))
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(string(value))
	}
	user, pass, ok := bytes.Cut(raw, []byte(":"))
	return err == nil && ok && len(pass) > 0 && printed(user) && printed(pass)
}

// codeTypes are the types of file in which an unquoted word is no value.
var codeTypes = []string{".go", ".py", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".java", ".kt", ".scala", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs",
	".rb", ".php", ".rs", ".swift", ".m", ".mm", ".pl", ".pm", ".lua", ".dart", ".ex", ".exs", ".erl", ".hs", ".clj", ".groovy", ".vb", ".vue", ".zig"}

func isCode(path string) bool {
	i := strings.LastIndexByte(path, '.')
	return i >= 0 && slices.Contains(codeTypes, strings.ToLower(path[i:]))
}
