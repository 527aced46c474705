package awsiam

import "strings"

// In a compiled pattern the wildcards are bytes that occur in no UTF-8 text, so
// that a literal `*` (written ${*}) stays one.
const (
	star = '\xff' // any text, none too
	one  = '\xfe' // one character
)

func indexWild(p string) int {
	for i := range len(p) {
		if p[i] >= one {
			return i
		}
	}
	return -1
}

var toWild = strings.NewReplacer("*", "\xff", "?", "\xfe")

// glob reports whether s matches p. Time is at most len(p)*len(s).
func glob(p, s string) bool {
	var i, j int
	back, mark := -1, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == star:
			back, mark = i, j
			i++
		case i < len(p) && p[i] == one:
			i++
			j += width(s[j:])
		case i < len(p) && p[i] == s[j]:
			i++
			j++
		case back >= 0:
			mark++
			i, j = back+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == star {
		i++
	}
	return i == len(p)
}

// width is the length of the first character of s; of a byte that is no UTF-8, 1.
func width(s string) int {
	n := 1
	switch c := s[0]; {
	case c >= 0xf0:
		n = 4
	case c >= 0xe0:
		n = 3
	case c >= 0xc0:
		n = 2
	}
	if n > len(s) {
		return 1
	}
	for k := 1; k < n; k++ {
		if s[k]&0xc0 != 0x80 {
			return 1
		}
	}
	return n
}

// A matcher is one pattern over a whole text.
type matcher struct {
	text  string // compiled; of exact and prefix without wildcards
	shape shape
}

type shape uint8

const (
	exact shape = iota
	prefix
	anything
	general
)

// newMatcher takes a compiled pattern.
func newMatcher(p string) matcher {
	i := indexWild(p)
	for strings.HasSuffix(p, "\xff\xff") {
		p = p[:len(p)-1]
	}
	switch {
	case i < 0:
		return matcher{p, exact}
	case p == "\xff":
		return matcher{"", anything}
	case i == len(p)-1 && p[i] == star:
		return matcher{p[:i], prefix}
	}
	return matcher{p, general}
}

func (m matcher) match(s string) bool {
	switch m.shape {
	case exact:
		return m.text == s
	case prefix:
		return strings.HasPrefix(s, m.text)
	case anything:
		return true
	}
	return glob(m.text, s)
}
