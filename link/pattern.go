package link

import (
	"strings"
	"unicode/utf8"
)

// maxPattern bounds a pattern, in bytes; a longer one covers nothing.
const maxPattern = 1024

// wild reports whether a text has one of the two signs of a pattern.
func wild(s string) bool { return strings.ContainsAny(s, "*?") }

// Pattern reports whether an alias is a pattern of aliases: * stands for any
// text, also none, ? for one character (AWS IAM User Guide, string condition
// operators), in a scheme where systems match so.
func Pattern(alias string) bool {
	s, rest := split(alias)
	return s.Patterns && wild(rest)
}

// Match reports whether a pattern covers an alias. A pattern of subjects of a
// build system covers the repositories whose builds may have such a subject.
func Match(pattern, alias string) bool {
	m, ok := Compile(pattern)
	return ok && m.Match(Canon(alias))
}

// A Matcher is a pattern made ready to be asked many times.
type Matcher struct {
	pattern  string
	prefixes []string // what the aliases that it covers begin with, one for each way
	repo     repoForm // zero: no build system's
}

// Compile makes a pattern ready. ok is false when it is none.
func Compile(pattern string) (m Matcher, ok bool) {
	if !Pattern(pattern) || len(pattern) > maxPattern {
		return m, false
	}
	if s, rest := split(pattern); s.Name == "k8s-user" {
		// The name may be a pattern, the cluster is one certain one.
		if host, _, _ := strings.Cut(rest, "/"); wild(host) || placeless(host) {
			return m, false
		}
	}
	m.pattern = Canon(pattern)
	m.prefixes = []string{literal(m.pattern)}
	if f, sub, ok := repoSubject(m.pattern); ok {
		m.repo = f
		for _, scheme := range f.aliases {
			m.prefixes = append(m.prefixes, Canon(scheme+literal(f.path(sub))))
		}
	}
	return m, true
}

// Prefixes returns with what the aliases begin that the pattern may cover.
func (m *Matcher) Prefixes() []string { return m.prefixes }

// Match reports whether the pattern covers an alias in its canonical spelling.
func (m *Matcher) Match(alias string) bool {
	if glob(m.pattern, alias) {
		return true
	}
	for _, scheme := range m.repo.aliases {
		if path, ok := strings.CutPrefix(alias, scheme); ok {
			return m.repo.covers(m.pattern, path)
		}
	}
	return false
}

// Effort is how many texts it takes at most to ask Match once.
func (m *Matcher) Effort() int {
	if m.repo.key == "" {
		return 1
	}
	return 1 + len(m.repo.rests)*(1+len(m.pattern)-strings.LastIndexByte(m.pattern, ':'))
}

// literal is what a pattern begins with before its first sign.
func literal(pattern string) string {
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

// glob matches a whole text. It remembers the last star only, which is enough,
// and takes len(pattern) times len(text) steps at most.
func glob(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == '?':
			_, n := utf8.DecodeRuneInString(text[t:])
			p, t = p+1, t+n
		case p < len(pattern) && pattern[p] == text[t]:
			p, t = p+1, t+1
		case star >= 0:
			_, n := utf8.DecodeRuneInString(text[mark:])
			mark += n
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// begins reports whether some text that begins with head and goes on without a
// colon is covered by the pattern: whether head is covered by what comes before
// some place after the pattern's last colon. A star before that place may go on.
func begins(pattern, head string) bool {
	for k := strings.LastIndexByte(pattern, ':') + 1; k <= len(pattern); k++ {
		if glob(pattern[:k], head) {
			return true
		}
	}
	return false
}
