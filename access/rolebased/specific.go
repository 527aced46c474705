package rolebased

import (
	"cmp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A rule is one path pattern of a Specific table with what the principal's
// assignments give there, all together.
//
// Patterns are Vault's (https://developer.hashicorp.com/vault/docs/concepts/policies,
// "Policy syntax"): a trailing `*` stands for any text, a segment `+` for any
// text without a slash; any other character for itself.
type rule struct {
	path    string // without a trailing `*` if prefix
	prefix  bool
	pluses  int // segments that are `+`
	wild    int // position of the first `+` or `*`; of an exact path its length
	actions []string
	from    []match
}

// newRule reads a path pattern.
func newRule(path string) rule {
	r := rule{path: path}
	if strings.HasSuffix(path, "*") {
		r.prefix, r.path = true, path[:len(path)-1]
	}
	r.wild = len(r.path)
	for _, s := range strings.Split(r.path, "/") {
		if s == "+" {
			r.pluses++
		}
	}
	// A `+` counts as the first wildcard wherever it stands in a pattern that has
	// such segments.
	if i := strings.IndexByte(r.path, '+'); i >= 0 && r.segmented() {
		r.wild = i
	}
	return r
}

// segmented patterns are compared segment by segment.
func (r *rule) segmented() bool {
	return r.path == "+" || strings.HasPrefix(r.path, "+/") || strings.Contains(r.path, "/+")
}

func (r *rule) exact() bool { return !r.prefix && !r.segmented() }

// matches says whether a path falls under the pattern.
func (r *rule) matches(path string) bool {
	if !r.segmented() {
		return path == r.path || r.prefix && strings.HasPrefix(path, r.path)
	}
	want, have := strings.Split(r.path, "/"), strings.Split(path, "/")
	if len(have) < len(want) || !r.prefix && len(have) > len(want) {
		return false
	}
	for i, w := range want {
		switch {
		case w == "+" || w == have[i]:
		case r.prefix && i == len(want)-1 && strings.HasPrefix(have[i], w):
		default:
			return false
		}
	}
	return true
}

// compare orders rules by priority, the highest first (ibid., "Priority
// matching"): exact paths; then the later first wildcard, no glob at the end,
// fewer `+`, the longer, the lexicographically greater.
func (r *rule) compare(o *rule) int {
	flag := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	return cmp.Or(
		flag(!r.exact())-flag(!o.exact()),
		o.wild-r.wild,
		flag(r.prefix)-flag(o.prefix),
		r.pluses-o.pluses,
		len(o.path)-len(r.path),
		strings.Compare(o.path, r.path),
	)
}

// rules merges what assignments give, highest priority first.
func (c *Compiled) rules(list []*Assignment) (rules []rule, unread []access.Proof) {
	index := map[string]int{}
	for _, a := range list {
		permissions, whole := c.permissions(a)
		if !whole {
			unread = append(unread, c.proof(a, "", c.title(a)+" was not read"))
		}
		for i := range permissions {
			p := &permissions[i]
			for _, path := range p.Paths {
				path = strings.TrimPrefix(path, "/") // API paths start without one
				at, ok := index[path]
				if !ok {
					at = len(rules)
					index[path] = at
					rules = append(rules, newRule(path))
				}
				r := &rules[at]
				r.actions = append(r.actions, p.Actions...)
				r.from = append(r.from, match{c.proof(a, "allow", c.title(a)+" gives "+clip(strings.Join(p.Actions, ", "))+" on "+clip(path)), both(a.Condition, p.Condition)})
			}
		}
	}
	slices.SortFunc(rules, func(a, b rule) int { return a.compare(&b) })
	return rules, unread
}

// DenyAll is the capability that takes all others away on its path.
const DenyAll = "deny"

// The actions for which a directory's path counts with and without its trailing
// slash; of scanning (OpenBao) only with exact paths.
const (
	listing  = "list"
	scanning = "scan"
)

// closest answers by the rule of highest priority whose path matches.
func (c *Compiled) closest(list []*Assignment, action, path string) access.Decision {
	rules, unread := c.rules(list)
	path = strings.TrimLeft(path, "/")
	r := pick(rules, path, action)
	if len(unread) > 0 { // what was not read may be closer
		return access.Decision{Verdict: access.Unknown, Proof: unread}
	}
	if r == nil {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Text: "no path of its policies matches " + clip(path)}}}
	}
	return r.decide(c, action, path)
}

// pick returns the rule that decides. A directory is listed under its path with
// and without the trailing slash, the latter first, as Vault's ACL does.
func pick(rules []rule, path, action string) *rule {
	dir := strings.TrimSuffix(path, "/")
	list := action == listing && dir != path
	scan := action == scanning && dir != path
	for _, try := range []struct {
		exact bool
		path  string
		ok    bool
	}{{true, path, true}, {true, dir, list || scan}, {false, dir, list}, {false, path, true}} {
		if !try.ok {
			continue
		}
		if i := slices.IndexFunc(rules, func(r rule) bool { return r.exact() == try.exact && r.matches(try.path) }); i >= 0 {
			return &rules[i]
		}
	}
	return nil
}

func (r *rule) decide(c *Compiled, action, path string) access.Decision {
	var proof []access.Proof
	for _, m := range r.from {
		proof = append(proof, m.proof)
	}
	if slices.Contains(r.actions, DenyAll) {
		for i := range proof {
			proof[i].Effect = "deny"
		}
		return access.Decision{Verdict: access.Deny, Proof: proof}
	}
	if !(access.Set{In: r.actions, Fold: c.Fold}).Contains(action) {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Text: clip(action) + " is not given on the closest path " + clip(r.spelled())}}}
	}
	condition := r.condition()
	if len(condition) == 0 {
		return access.Decision{Verdict: access.Allow, Proof: proof}
	}
	return access.Decision{Verdict: access.Conditional, Condition: condition, Proof: proof}
}

// condition is what must hold for the rule: constraints of the policies on one
// path are merged by the vendor; here all of them must hold, which suffices.
func (r *rule) condition() drover.Attrs {
	var all []drover.Attrs
	for _, m := range r.from {
		all = append(all, m.condition)
	}
	return access.All(all...)
}

func (r *rule) spelled() string {
	if r.prefix {
		return r.path + "*"
	}
	return r.path
}
