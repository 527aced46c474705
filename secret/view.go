package secret

import (
	"regexp"
	"slices"
)

// A View is what the rules of one scanner see of a path: whether it is a source
// file, and which of their path expressions match. Under paths with the same View
// the same text has the same hits, so that it need be scanned but once. Views are
// compared with ==; the zero value is the view of no path.
type View struct{ bits string }

// View returns the view of a path; "" is no path.
func (s *Scanner) View(path string) View {
	if path == "" {
		return View{}
	}
	sc := s.scratch.Get().(*scratch)
	defer s.scratch.Put(sc)
	return sc.view(s, path)
}

const (
	hasPath = 1 << iota
	sourceFile
)

// view looks a path up in what this scratch was asked last, for a path is mostly
// asked for more than once.
func (sc *scratch) view(s *Scanner, path string) View {
	if path == "" {
		return View{}
	}
	if path == sc.lastPath {
		return sc.lastView
	}
	set := make([]byte, 1+(2+len(s.paths))/8)
	set[0] = hasPath
	if isCode(path) {
		set[0] |= sourceFile
	}
	text := []byte(path)
	for i, e := range s.paths {
		if sc.matches(e, text) {
			set[(i+2)/8] |= 1 << ((i + 2) % 8)
		}
	}
	sc.lastPath, sc.lastView = path, View{string(set)}
	return sc.lastView
}

// matches reports whether e matches in text, which is short.
func (sc *scratch) matches(e *expr, text []byte) bool {
	f, _ := sc.tables(e)
	left := workFor(len(text))
	if f == nil {
		return e.re.Match(text)
	}
	ok := f.forward(text, 0, true, &left) >= 0
	if left <= 0 {
		return e.re.Match(text)
	}
	return ok
}

func (v View) empty() bool { return v.bits == "" }

func (v View) source() bool { return v.bits != "" && v.bits[0]&sourceFile != 0 }

// is reports whether the path expression of that number, from 0, matches; noPath
// is the number of none.
func (v View) is(n int) bool {
	return v.bits != "" && n >= 0 && v.bits[(n+2)/8]&(1<<((n+2)%8)) != 0
}

// noPath is the number of the path expression that is not there.
const noPath = -1

// pathExpr numbers a path expression; nil is none.
func (s *Scanner) pathExpr(re *regexp.Regexp) int {
	if re == nil {
		return noPath
	}
	if i := slices.IndexFunc(s.paths, func(e *expr) bool { return e.re.String() == re.String() }); i >= 0 {
		return i
	}
	s.paths = append(s.paths, s.expr(re))
	return len(s.paths) - 1
}
