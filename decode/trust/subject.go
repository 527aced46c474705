package trust

import (
	"cmp"
	"slices"
	"strings"
)

// maxSteps is how much comparing of lines with each other is worth; what a
// condition past it lets in is not told. One of AWS's longest takes a thousandth.
const maxSteps = 1 << 26

// An opening is a subject or pattern of subjects that a statement lets in.
type opening struct {
	sub  string
	cond extra
}

// extra is what an edge says besides the statement's own words.
type extra struct {
	subject *Filter  // of a pattern: who of those that it covers is meant
	doubts  []string // what could not be decided
	expired string
}

// subjects are the subjects of an issuer that the statement lets in and no
// statement takes out again. Every line has to hold: exact subjects stay where
// each agrees; patterns stay where none is known to exclude all that they cover,
// with a [Filter] for the rest. No line: every subject.
func (s *statement) subjects(provider, issuer string) ([]opening, error) {
	f, err := s.filter(issuer)
	if err != nil {
		return []opening{{sub: "*", cond: extra{subject: &Filter{Demands: []string{"Condition"}}}}}, err
	}
	if f.never {
		return nil, nil
	}
	var doubts []string
	for _, d := range s.denials {
		how := d.takes(s, "Federated", provider, "sts:AssumeRoleWithWebIdentity")
		if how == no {
			continue
		}
		g, err := d.filter(issuer)
		switch {
		case err != nil || how == maybe:
			doubts = append(doubts, "Deny "+d.label)
		case g.never || g.expired != "":
		case len(g.open) > 0:
			doubts = append(doubts, "Deny "+d.label)
		case len(g.All) == 0:
			return nil, nil
		default:
			f.Unless = append(f.Unless, g.All)
		}
	}
	ends, plain := f.ends()
	if steps(&f.Filter, ends) > maxSteps {
		return nil, bad(s.label, "condition is too long to be decided")
	}
	var out []opening
	for _, sub := range ends {
		e := extra{doubts: doubts, expired: f.expired}
		switch exact := !wild(sub); {
		case exact && f.allows(sub) == no, !exact && f.excludes(sub):
			continue
		case exact:
			e.doubts = slices.Concat(f.Demands, f.negated, doubts)
			if f.allows(sub) == maybe {
				e.doubts = append(e.doubts, "what the subject does not tell")
			}
		default:
			e.doubts = slices.Concat(f.negated, doubts)
			if !plain || len(f.All) > 1 || len(f.Unless) > 0 || len(f.Demands) > 0 {
				e.subject = &f.Filter
			}
		}
		if !slices.ContainsFunc(out, func(o opening) bool { return o.sub == sub }) {
			out = append(out, opening{sub, e})
		}
	}
	return out, nil
}

// ends are subjects and patterns outside of which nobody is let in: those of the
// narrowest line about the subject or the repository. plain says that they are
// a line's own words.
func (f *narrowing) ends() (ends []string, plain bool) {
	best := Line{Any: []string{"*"}}
	plain = len(f.All) == 0
	for _, l := range f.All {
		c, repository := repositoryClaims[l.Claim]
		if l.Not || l.Claim != "" && !repository {
			continue
		}
		own := l.Claim == ""
		if !own {
			values := l.Any
			l = Line{}
			for _, v := range values {
				l.Any = append(l.Any, c.key+v+c.rest)
			}
		}
		if w := width(l); w < width(best) || own && !plain && w == width(best) {
			best, plain = l, own
		}
	}
	return best.Any, plain
}

// steps is about how many steps it takes to hold ends against all lines.
func steps(f *Filter, ends []string) (n int) {
	size := func(list []string) (n int) {
		for _, p := range list {
			n += len(p) + 1
		}
		return n
	}
	for _, group := range append([][]Line{f.All}, f.Unless...) {
		for _, l := range group {
			n += size(l.Any)
		}
	}
	return n * size(ends)
}

// width orders lines by how wide they are; what a pattern begins with tells more
// than what it ends with.
func width(l Line) int {
	n := 0
	for _, p := range l.Any {
		switch {
		case strings.Trim(p, "*") == "":
			n += 1 << 20
		case wild(p):
			n += 2<<10 - min(1<<10, strings.IndexAny(p, "*?"))
		}
	}
	return n
}

// allows decides an exact subject.
func (f *Filter) allows(sub string) verdict {
	v := all(f.All, sub)
	for _, g := range f.Unless {
		v = min(v, yes-all(g, sub))
	}
	return v
}

// all decides whether every line holds of a subject.
func all(lines []Line, sub string) verdict {
	v := yes
	for _, l := range lines {
		v = min(v, l.holds(sub))
	}
	return v
}

func (l *Line) holds(sub string) verdict {
	value, ok := claimOf(l.Claim, sub)
	if !ok {
		return maybe
	}
	if slices.ContainsFunc(l.Any, func(p string) bool { return globFold(p, value, l.Fold) }) != l.Not {
		return yes
	}
	return no
}

// excludes reports whether nothing that a pattern covers can be let in; false
// where that is not sure.
func (f *Filter) excludes(pattern string) bool {
	for _, l := range f.All {
		if l.Claim != "" {
			continue
		}
		meets := slices.ContainsFunc(l.Any, func(p string) bool { return meet(p, pattern, l.Fold) })
		if !l.Not && !meets || l.Not && l.covers(pattern) {
			return true
		}
	}
	return slices.ContainsFunc(f.Unless, func(g []Line) bool {
		return !slices.ContainsFunc(g, func(l Line) bool {
			if l.Claim != "" {
				return true
			}
			if l.Not {
				return slices.ContainsFunc(l.Any, func(p string) bool { return meet(p, pattern, l.Fold) })
			}
			return !l.covers(pattern)
		})
	})
}

// covers reports whether one of the line's patterns surely covers all that
// another does: the other's signs as text are taken by its stars only.
func (l *Line) covers(pattern string) bool {
	return slices.ContainsFunc(l.Any, func(p string) bool { return !strings.Contains(p, "?") && globFold(p, pattern, l.Fold) })
}

// meet reports whether some text is covered by both patterns.
func meet(a, b string, fold bool) bool {
	if fold {
		a, b = strings.ToLower(a), strings.ToLower(b)
	}
	// now[j]: a[:i] and b[:j] can cover one text.
	last, now := make([]bool, len(b)+1), make([]bool, len(b)+1)
	for i := 0; i <= len(a); i++ {
		for j := 0; j <= len(b); j++ {
			switch {
			case i == 0 && j == 0:
				now[j] = true
			case i > 0 && a[i-1] == '*', j > 0 && b[j-1] == '*': // it takes nothing, or one more
				now[j] = i > 0 && last[j] || j > 0 && now[j-1]
			case i > 0 && j > 0:
				x, y := a[i-1], b[j-1]
				now[j] = last[j-1] && (x == y || x == '?' || y == '?')
			default:
				now[j] = false
			}
		}
		last, now = now, last
	}
	return last[len(b)]
}

func wild(s string) bool { return strings.ContainsAny(s, "*?") }

// literal keeps a wildcard from being one.
func literal(s string) string {
	return strings.NewReplacer("*", "%2A", "?", "%3F").Replace(s)
}

func globFold(pattern, s string, fold bool) bool {
	if fold {
		pattern, s = strings.ToLower(pattern), strings.ToLower(s)
	}
	return glob(pattern, s)
}

// glob reports whether s matches the pattern, * any run and ? any one byte.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// repositoryClaims are the claims of a build's token that its subject repeats,
// where the subject is of the form that build systems give it unless told
// otherwise: what the subject has before the claim's value, and what goes on
// behind it (GitHub and GitLab, OpenID Connect references).
var repositoryClaims = map[string]struct{ key, rest string }{
	"repository": {"repo:", ":*"}, "repository_owner": {"repo:", "/*"},
	"project_path": {"project_path:", ":*"}, "namespace_path": {"project_path:", "/*"},
}

// claimOf reads a claim off a subject; ok is false where the subject does not
// tell it. The subject itself is the claim "".
func claimOf(claim, sub string) (value string, ok bool) {
	switch claim {
	case "":
		return sub, true
	case "ref", "environment":
		if rest, ok := strings.CutPrefix(sub, "repo:"); ok {
			_, context, _ := strings.Cut(rest, ":")
			return strings.CutPrefix(context, claim+":")
		}
		return "", false
	}
	path, ok := strings.CutPrefix(sub, cmp.Or(repositoryClaims[claim].key, "\x00"))
	if !ok {
		return "", false
	}
	path, _, ok = strings.Cut(path, ":")
	if !ok || strings.Contains(path, "@") { // a subject of immutable ids
		return "", false
	}
	switch claim {
	case "repository_owner":
		path, _, ok = strings.Cut(path, "/")
	case "namespace_path":
		i := strings.LastIndexByte(path, '/')
		path, ok = path[:max(i, 0)], i > 0
	}
	return path, ok
}
