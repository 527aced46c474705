package secret

import (
	"regexp"
	"strings"
)

// allowlist is a compiled Allowlist.
type allowlist struct {
	and     bool
	target  string
	commits map[string]bool
	paths   *regexp.Regexp
	regexes *expr
	stops   *automaton
}

func (s *Scanner) allowlist(a Allowlist) (*allowlist, error) {
	c := &allowlist{target: a.RegexTarget}
	switch strings.ToUpper(a.Condition) {
	case "AND", "&&":
		c.and = true
	}
	var err error
	if c.paths, err = joinOr(a.Paths); err != nil {
		return nil, err
	}
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

func (a *allowlist) path(p string) bool {
	return a.paths != nil && p != "" && a.paths.MatchString(p)
}

func (a *allowlist) commit(c string) bool { return c != "" && a.commits[strings.ToLower(c)] }

// source reports whether the place alone allows everything in it.
func (a *allowlist) source(in *Input) bool {
	if in.Path == "" && in.Commit == "" {
		return false
	}
	if !a.and {
		return a.commit(in.Commit) || a.path(in.Path)
	}
	if a.regexes != nil || a.stops != nil {
		return false
	}
	return (a.commits == nil || a.commit(in.Commit)) && (a.paths == nil || a.path(in.Path))
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
		(a.paths == nil || a.path(in.Path)) &&
		(a.regexes == nil || regexOK()) &&
		(a.stops == nil || stopOK())
}
