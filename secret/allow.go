package secret

import "strings"

// allowlist is a compiled Allowlist.
type allowlist struct {
	and     bool
	target  string
	commits map[string]bool
	paths   int // number of its path expression, or noPath
	regexes *expr
	stops   *automaton
}

func (s *Scanner) allowlist(a Allowlist) (*allowlist, error) {
	c := &allowlist{target: a.RegexTarget}
	switch strings.ToUpper(a.Condition) {
	case "AND", "&&":
		c.and = true
	}
	paths, err := joinOr(a.Paths)
	if err != nil {
		return nil, err
	}
	c.paths = s.pathExpr(paths)
	regexes, err := joinOr(a.Regexes)
	if err != nil {
		return nil, err
	}
	if regexes != nil {
		c.regexes = s.expr(regexes)
	}
	for _, commit := range a.Commits {
		if c.commits == nil {
			c.commits = map[string]bool{}
		}
		c.commits[strings.TrimSpace(strings.ToLower(commit))] = true
	}
	if len(a.StopWords) > 0 {
		b := newAutomatonBuilder()
		for i, w := range a.StopWords {
			b.add(strings.ToLower(w), int32(i))
		}
		c.stops = b.build()
	}
	return c, nil
}

func (a *allowlist) commit(c string) bool { return c != "" && a.commits[strings.ToLower(c)] }

// source reports whether the place alone allows everything in it.
func (a *allowlist) source(v View, commit string) bool {
	if v.empty() && commit == "" {
		return false
	}
	if !a.and {
		return a.commit(commit) || v.is(a.paths)
	}
	if a.regexes != nil || a.stops != nil {
		return false
	}
	return (a.commits == nil || a.commit(commit)) && (a.paths == noPath || v.is(a.paths))
}

// allows reports whether the found value is allowed. onLine asks the list's
// expressions about the line; the caller knows it and may know the answer.
func (m *matcher) allows(a *allowlist, value, match []byte, onLine func(*allowlist) bool) bool {
	in := m.in
	target := value
	if a.target == "match" {
		target = match
	}
	regexOK := func() bool {
		if a.regexes != nil && a.target == "line" {
			return onLine(a)
		}
		return a.regexes != nil && len(target) > 0 && m.matches(a.regexes, target)
	}
	stopOK := func() bool {
		return a.stops != nil && len(value) > 0 && a.stops.contains(strings.ToLower(string(value)))
	}
	if !a.and {
		return stopOK() || regexOK()
	}
	return (a.commits == nil || a.commit(in.Commit)) &&
		(a.paths == noPath || m.view.is(a.paths)) &&
		(a.regexes == nil || regexOK()) &&
		(a.stops == nil || stopOK())
}
