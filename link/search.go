package link

import (
	"slices"
	"strings"
)

// A pattern is a line about the subject: one of any covers it, or none where it
// is negated.
type pattern struct {
	any []string
	not bool
}

// maxStates and maxPlaces bound the search for a subject that passes; where it
// ends, none is taken to.
const maxStates, maxPlaces = 2000, 1 << 20

// reaches reports whether some text passes all lines and no whole group of
// unless: head itself, or head and one or more characters without colon where it
// is open. It walks over the sets of places that patterns can be at after a text,
// so that it finds one if there is any within its bounds.
func reaches(all []pattern, unless [][]pattern, head string, open bool) bool {
	var globs [][]rune
	for _, p := range all {
		for _, g := range p.any {
			globs = append(globs, []rune(g))
		}
	}
	for _, group := range unless {
		for _, p := range group {
			for _, g := range p.any {
				globs = append(globs, []rune(g))
			}
		}
	}
	at := make([][]int, len(globs)) // the places of each, ascending
	for i, g := range globs {
		at[i] = rest(g, []int{0})
	}
	effort := 0
	for _, r := range head {
		if at = step(globs, at, r, &effort); effort > maxPlaces {
			return false
		}
	}
	if !open {
		return passes(all, unless, globs, at)
	}
	signs := alphabet(globs)
	seen := map[string]bool{}
	for queue := [][][]int{at}; len(queue) > 0 && len(seen) <= maxStates; queue = queue[1:] {
		for _, r := range signs {
			next := step(globs, queue[0], r, &effort)
			if effort > maxPlaces {
				return false
			}
			k := stateKey(next)
			if seen[k] {
				continue
			}
			if passes(all, unless, globs, next) {
				return true
			}
			seen[k], queue = true, append(queue, next)
		}
	}
	return false
}

// alphabet is the characters that make a difference: those of the patterns, and
// one that is in none. A branch or environment cannot have a colon.
func alphabet(globs [][]rune) (signs []rune) {
	for _, g := range globs {
		for _, r := range g {
			if r != '*' && r != '?' && r != ':' && !slices.Contains(signs, r) {
				signs = append(signs, r)
			}
		}
	}
	other := 'x'
	for slices.Contains(signs, other) {
		other++
	}
	return append([]rune{other}, signs...)
}

// rest adds the places behind stars, which may take nothing.
func rest(g []rune, places []int) (out []int) {
	last := -1
	for _, p := range places {
		for ; p > last; p++ {
			out, last = append(out, p), p
			if p == len(g) || g[p] != '*' {
				break
			}
		}
	}
	return out
}

func step(globs [][]rune, at [][]int, r rune, effort *int) [][]int {
	out := make([][]int, len(globs))
	for i, g := range globs {
		*effort += 1 + len(at[i])
		var next []int
		for _, p := range at[i] {
			switch {
			case p == len(g):
			case g[p] == '*':
				next = append(next, p)
			case g[p] == '?' || g[p] == r:
				next = append(next, p+1)
			}
		}
		out[i] = rest(g, next)
	}
	return out
}

func stateKey(at [][]int) string {
	var b strings.Builder
	for _, places := range at {
		for _, p := range places {
			b.WriteRune(rune(p + 1))
		}
		b.WriteByte(0)
	}
	return b.String()
}

// passes decides a text by the places that the patterns are at after it.
func passes(all []pattern, unless [][]pattern, globs [][]rune, at [][]int) bool {
	i := 0
	holds := func(p *pattern) bool {
		hit := false
		for range p.any {
			n := len(at[i])
			hit = hit || n > 0 && at[i][n-1] == len(globs[i])
			i++
		}
		return hit != p.not
	}
	ok := true
	for k := range all {
		ok = holds(&all[k]) && ok
	}
	for _, group := range unless {
		out := true
		for k := range group {
			out = holds(&group[k]) && out
		}
		ok = ok && !out
	}
	return ok
}
