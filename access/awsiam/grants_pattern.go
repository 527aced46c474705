package awsiam

import (
	"math/bits"
	"strings"

	"github.com/droverhq/drover/access"
)

// Patterns of policies are written as those of access.Set here. The two agree
// but for this: a wildcard in one of the first five parts of an ARN stays within
// it, policy variables are no text, and in actions and in documents without
// variables `${` is nothing special.

// actionPatterns writes the entries of an Action element.
func actionPatterns(list []string) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = plainBraces(a)
	}
	return out
}

func plainBraces(s string) string { return strings.ReplaceAll(s, "${", "${$}{") }

// literalTexts are the values of a clause; where there are no variables, spelled
// so that they hold none.
func literalTexts(c *clause, variables bool) []string {
	out := c.texts()
	if !variables {
		for i := range out {
			out[i] = plainBraces(out[i])
		}
	}
	return out
}

// compiled writes a matcher, with the spelling of its wildcards.
func (m matcher) compiled(text, char string) string {
	switch m.shape {
	case exact:
		return access.Literal(m.text)
	case prefix:
		return access.Literal(m.text) + text
	case anything:
		return text
	}
	var b strings.Builder
	from := 0
	for i := 0; i <= len(m.text); i++ {
		if i < len(m.text) && m.text[i] < one {
			continue
		}
		b.WriteString(access.Literal(m.text[from:i]))
		from = i + 1
		if i < len(m.text) && m.text[i] == star {
			b.WriteString(text)
		} else if i < len(m.text) {
			b.WriteString(char)
		}
	}
	return b.String()
}

// patterns writes an ARN pattern; nil for one that matches nothing.
func (p *arnPattern) patterns() (out []string) {
	if p.segment == nil || p.short {
		out = append(out, p.whole.compiled("*", "?"))
	}
	if p.segment == nil || !p.segment[0].match("arn") {
		return out
	}
	parts := []string{"arn"}
	for i := 1; i < 5; i++ {
		parts = append(parts, p.segment[i].compiled("${!:}", "${!:?}"))
	}
	return append(out, strings.Join(append(parts, p.segment[5].compiled("*", "?")), ":"))
}

// reach is a part of what a Resource or NotResource element matches.
type reach struct {
	set  access.Set
	cond *expr // of policy variables that are not resolved
}

// resources is what the Resource or NotResource element of a statement matches.
func (g *granter) resources(r *rule) []reach {
	if r.noResource {
		return []reach{{set: access.Everything()}}
	}
	var plain, loose []string
	var variable []reach
	for i := range r.resources {
		p := &r.resources[i]
		s, t := p.arnPattern, yes
		if p.template != nil {
			s, t = g.expand(p)
		}
		texts := s.patterns()
		switch {
		case t == no || texts == nil:
		case t == yes:
			plain = append(plain, texts...)
		default:
			loose = append(loose, texts...)
			variable = append(variable, reach{access.Set{In: texts}, leaf("Resource", "pattern", []string{p.given})})
		}
	}
	if !r.notResource {
		if len(plain) > 0 {
			variable = append(variable, reach{set: access.Set{In: plain}})
		}
		return variable
	}
	out := []reach{{set: access.Set{In: []string{"*"}, Out: append(plain[:len(plain):len(plain)], loose...)}}}
	if len(loose) == 0 {
		return out
	}
	// Where a pattern with a variable may match, it decides.
	var none []*expr
	for _, v := range variable {
		none = append(none, negate(v.cond))
	}
	return append(out, reach{access.Set{In: loose, Out: plain}, conj(none...)})
}

// expand resolves the variables of a pattern, or says that it may not (maybe),
// or that they have no value (no).
func (g *granter) expand(p *resourcePattern) (arnPattern, tri) {
	if g.q == nil {
		return p.arnPattern, maybe
	}
	s, t := p.template.expand(g.q)
	if t != yes {
		return p.arnPattern, t
	}
	return newARNPattern(s), yes
}

// A levelled is a set of actions with the strongest level among them.
type levelled struct {
	set   access.Set
	level access.Level
}

// byLevel cuts a set of actions by the strongest level that each of its patterns
// reaches, weakest first.
func byLevel(s access.Set) []levelled {
	parts := map[access.Level]access.Set{}
	for _, t := range append([]access.Set{{In: s.In, Out: s.Out}}, s.Or...) {
		out := bitsOf(t.Out)
		in := map[access.Level][]string{}
		for _, p := range t.In {
			l := strongest(p, out)
			in[l] = append(in[l], p)
		}
		for l, list := range in {
			parts[l] = access.Set{Or: append(parts[l].Or, access.Set{In: list, Out: t.Out}), Fold: s.Fold}
		}
	}
	var out []levelled
	for _, l := range append([]access.Level{""}, access.Levels...) {
		if p, ok := parts[l]; ok {
			out = append(out, levelled{p.Simplify(), l})
		}
	}
	return out
}

// bitsOf is the actions of the catalogue that one of the patterns matches.
func bitsOf(patterns []string) Bitset {
	out := make(Bitset, (Actions()+63)/64)
	for _, p := range patterns {
		out.or(actionBits(p))
	}
	return out
}

// strongest is the highest level among the catalogue's actions that a pattern
// matches and none of out does.
func strongest(p string, out Bitset) access.Level {
	set := actionBits(p)
	set.without(out)
	best := access.Level("")
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			if l := catalogue().actions[i<<6+bits.TrailingZeros64(w)].Level; l.Rank() > best.Rank() {
				best = l
			}
		}
	}
	return best
}

// actionBits is the catalogue's part of a pattern as access.Set spells it.
func actionBits(p string) Bitset {
	if !strings.Contains(p, "${") {
		return Expand(p)
	}
	s := access.Set{In: []string{p}, Fold: true}
	b := make(Bitset, (Actions()+63)/64)
	for id, name := range catalogue().lower {
		if s.Contains(name) {
			b.add(span{uint16(id), uint16(id + 1)})
		}
	}
	return b
}
