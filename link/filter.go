package link

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Filter says who of those that a pattern of subjects covers is meant: whoever
// passes every line of All, and not all lines of a group of Unless. It is the
// "subject" of an edge's condition, as readers of trust policies write it. The
// nil Filter passes everybody.
type Filter struct {
	All     []Line
	Unless  [][]Line
	Demands []string // what it asks for beside, which no source tells

	broken bool
}

// A Line asks a claim to match one of the patterns, or none of them.
type Line struct {
	Claim string // "": the subject; repository, repository_owner, project_path, namespace_path; ref and environment are among Demands
	Any   []string
	Not   bool
	Fold  bool
}

// ReadFilter reads the filter of an edge's condition; nil where it has none. One
// that cannot be read passes nobody.
func ReadFilter(cond drover.Attrs) *Filter {
	if !strings.Contains(string(cond), `"subject"`) {
		return nil
	}
	var c struct{ Subject json.RawMessage }
	if json.Unmarshal(cond, &c) != nil || len(c.Subject) == 0 || c.Subject[0] != '{' {
		return nil
	}
	f := &Filter{}
	if json.Unmarshal(c.Subject, f) != nil {
		f.broken = true
	}
	for _, l := range slices.Concat(append([][]Line{f.All}, f.Unless...)...) {
		switch l.Claim {
		case "", "repository", "repository_owner", "project_path", "namespace_path", "ref", "environment":
		default:
			f.broken = true
		}
	}
	return f
}

// Refuses says why a filter names nobody of those that a pattern covers; "" where
// it may. Where the pattern names one repository, what is demanded beside keeps
// no other in.
func (f *Filter) Refuses(alias string) string {
	switch {
	case f == nil:
		return ""
	case f.broken:
		return "the condition beside it cannot be read: it stands for what it covers"
	case len(f.Demands) == 0:
		return ""
	}
	if r, sub, ok := repoSubject(Canon(alias)); ok && strings.HasPrefix(sub, r.key) && strings.Contains(sub[len(r.key):], ":") && !wild(r.path(sub)) {
		return ""
	}
	return clip("the trust also demands " + strings.Join(f.Demands, ", ") + ", which no source tells: it stands for what it covers")
}

// Passes reports whether the bearer of an alias, which the pattern covers, is let
// in: as the subject that it is, or as a repository of which some build's subject
// passes.
func (f *Filter) Passes(m *Matcher, alias string) bool {
	if f == nil {
		return true
	}
	if f.broken {
		return false
	}
	if _, sub, ok := strings.Cut(alias, "|"); ok && strings.HasPrefix(alias, "oidc:") {
		return f.subject(sub)
	}
	for _, scheme := range m.repo.aliases {
		if path, ok := strings.CutPrefix(alias, scheme); ok && path != "" && !strings.ContainsAny(path, ":|") {
			return f.repository(m, strings.ToLower(path))
		}
	}
	return false
}

// subject decides an exact subject.
func (f *Filter) subject(sub string) bool {
	return !slices.ContainsFunc(f.All, func(l Line) bool { return l.holds(sub) != yes }) &&
		!slices.ContainsFunc(f.Unless, func(g []Line) bool {
			return !slices.ContainsFunc(g, func(l Line) bool { return l.holds(sub) == no })
		})
}

// What a line says of a subject.
const (
	no = iota
	maybe
	yes
)

func (l *Line) holds(sub string) int {
	value := sub
	switch l.Claim {
	case "":
	case "ref", "environment":
		return yes // demanded beside
	default:
		key := "repo:"
		if l.Claim == "project_path" || l.Claim == "namespace_path" {
			key = "project_path:"
		}
		path, ok := strings.CutPrefix(sub, key)
		path, _, colon := strings.Cut(path, ":")
		if !ok || !colon || strings.Contains(path, "@") {
			return maybe
		}
		value = claimOf(l.Claim, path)
	}
	if slices.ContainsFunc(l.Any, func(p string) bool {
		return l.Fold && glob(strings.ToLower(p), strings.ToLower(value)) || glob(p, value)
	}) != l.Not {
		return yes
	}
	return no
}

// claimOf is what a claim is for a repository.
func claimOf(claim, path string) string {
	switch claim {
	case "repository_owner":
		path, _, _ = strings.Cut(path, "/")
	case "namespace_path":
		path = path[:max(0, strings.LastIndexByte(path, '/'))]
	}
	return path
}

// repository reports whether some subject of a repository's builds is covered by
// the pattern and passes: one of a branch, a tag, an environment, a pull request.
// The names are compared without case, for a host takes them in any.
func (f *Filter) repository(m *Matcher, path string) bool {
	_, own, _ := strings.Cut(m.pattern, "|")
	all := []pattern{{any: []string{strings.ToLower(own)}}}
	for _, l := range f.All {
		switch p, ok := l.of(path, m.repo.key); {
		case !ok:
			return false
		case p != nil:
			all = append(all, *p)
		}
	}
	var unless [][]pattern
	for _, g := range f.Unless {
		group := []pattern{}
		for _, l := range g {
			switch p, ok := l.of(path, m.repo.key); {
			case !ok:
				group = nil
			case p != nil && group != nil:
				group = append(group, *p)
			}
		}
		switch {
		case group == nil:
		case len(group) == 0:
			return false // every subject of the repository is out
		default:
			unless = append(unless, group)
		}
	}
	for _, rest := range m.repo.rests {
		if reaches(all, unless, m.repo.key+path+rest, rest != ":pull_request") {
			return true
		}
	}
	return false
}

// of is what a line says of a repository: ok is false where no subject of it
// passes, the pattern nil where each does.
func (l *Line) of(path, key string) (p *pattern, ok bool) {
	switch l.Claim {
	case "ref", "environment":
		return nil, true
	case "":
		p = &pattern{not: l.Not}
		for _, v := range l.Any {
			p.any = append(p.any, strings.ToLower(v))
		}
		return p, true
	}
	if (l.Claim == "project_path" || l.Claim == "namespace_path") != (key == "project_path:") {
		return nil, l.Not // a claim that tokens of this system do not have
	}
	fold := Line{Any: l.Any, Not: l.Not, Fold: true, Claim: l.Claim}
	return nil, fold.holds(key+path+":") == yes
}
