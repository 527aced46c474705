package classify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Grammar is a house's naming pattern, compiled: literals and slots in braces,
// such as "{type}-{env}-{function}-{region}-{n}", and optional parts in square
// brackets. Slots type, env, region (or location), n (or instance), team, bu and
// prefix take the words of the vocabulary where it has any; function and every
// other slot take words joined by "-", "_" or ".".
type Grammar struct {
	pattern string
	whole   *regexp.Regexp
	slots   []string
	begins  []step // longer and longer beginnings, to say where a name goes wrong
}

type step struct {
	re    *regexp.Regexp
	what  string
	words string
}

const maxPattern = 300

// CompileGrammar compiles a pattern with the classifier's vocabulary. Errors
// wrap drover.ErrInvalid.
func (c *Classifier) CompileGrammar(pattern string) (*Grammar, error) {
	return c.compileGrammar(pattern)
}

func (c *Classifier) compileGrammar(pattern string) (*Grammar, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("naming pattern of %d bytes is over the limit of %d: %w", len(pattern), maxPattern, drover.ErrInvalid)
	}
	g := &Grammar{pattern: pattern}
	var re strings.Builder
	re.WriteString(`(?i)^`)
	open := 0
	for i := 0; i < len(pattern); {
		switch ch := pattern[i]; ch {
		case '[':
			re.WriteString("(?:")
			open++
			i++
		case ']':
			if open--; open < 0 {
				return nil, fmt.Errorf("naming pattern %q: column %d: ] without [: %w", pattern, i+1, drover.ErrInvalid)
			}
			re.WriteString(")?")
			i++
		case '{':
			end := strings.IndexByte(pattern[i:], '}')
			if end < 2 || !alpha(strings.ReplaceAll(pattern[i+1:i+end], "_", "")) {
				return nil, fmt.Errorf("naming pattern %q: column %d: want a slot such as {env}: %w", pattern, i+1, drover.ErrInvalid)
			}
			slot := pattern[i+1 : i+end]
			if slices.Contains(g.slots, slot) {
				return nil, fmt.Errorf("naming pattern %q: column %d: slot {%s} stands twice: %w", pattern, i+1, slot, drover.ErrInvalid)
			}
			g.slots = append(g.slots, slot)
			body, words := c.slotPattern(slot)
			re.WriteString("(" + body + ")")
			i += end + 1
			if open == 0 {
				if err := g.beginning(re.String(), slot, words); err != nil {
					return nil, err
				}
			}
		default:
			re.WriteString(regexp.QuoteMeta(string(ch)))
			i++
		}
	}
	if open != 0 {
		return nil, fmt.Errorf("naming pattern %q: [ without ]: %w", pattern, drover.ErrInvalid)
	}
	if len(g.slots) == 0 {
		return nil, fmt.Errorf("naming pattern %q has no slot such as {env}: %w", pattern, drover.ErrInvalid)
	}
	var err error
	if g.whole, err = regexp.Compile(re.String() + "$"); err != nil {
		return nil, fmt.Errorf("naming pattern %q: %v: %w", pattern, err, drover.ErrInvalid)
	}
	return g, nil
}

func (g *Grammar) beginning(re, slot, words string) error {
	c, err := regexp.Compile(re + `(?:$|[^\pL\pN])`)
	if err != nil {
		return fmt.Errorf("naming pattern %q: %v: %w", g.pattern, err, drover.ErrInvalid)
	}
	g.begins = append(g.begins, step{c, slot, words})
	return nil
}

const freeWords = `[\pL\pN]+(?:[-_.][\pL\pN]+)*?`

// slotPattern is the expression of a slot and, for messages, some of its words.
func (c *Classifier) slotPattern(slot string) (re, words string) {
	pickFrom := func(m map[string]word, further string) (string, string) {
		var keys []string
		for k := range m {
			keys = append(keys, regexp.QuoteMeta(k))
		}
		// Longer words first: the first alternative that fits wins.
		slices.SortFunc(keys, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
		return strings.Join(keys, "|") + further, ""
	}
	switch slot {
	case "type":
		re, _ = pickFrom(c.vocab.types, "")
		return re, "svc, sa, app, bot, job…"
	case "env":
		re, _ = pickFrom(c.vocab.envs, "")
		return re, "prod, staging, test, dev…"
	case "region", "location":
		return c.regionPattern(), "us-east-1, westeurope, euw1, east-2…"
	case "n", "instance":
		return `\d{1,4}[a-z]?|[a-z]|v\d+|blue|green|primary|secondary|replica|standby`, "01, 2a, blue…"
	case "prefix", "team", "bu":
		if slot == "prefix" && len(c.vocab.prefixes) > 0 {
			m := map[string]word{}
			for p := range c.vocab.prefixes {
				m[p] = word{}
			}
			re, _ = pickFrom(m, "")
			return re, "the prefixes of the policy"
		}
		return `[\pL\pN]+`, "one word"
	}
	return freeWords, "words"
}

// regionPattern takes every canonical spelling with its separators optional and
// every short spelling, with a zone letter behind, and partial names.
func (c *Classifier) regionPattern() string {
	seen := map[string]bool{}
	var keys []string
	for k, p := range c.vocab.places {
		for _, s := range [...]string{p.canon, k} {
			s = strings.ReplaceAll(regexp.QuoteMeta(strings.ToLower(s)), "-", "[-_]?")
			if !seen[s] {
				seen[s] = true
				keys = append(keys, s)
			}
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return `(?:` + strings.Join(keys, "|") + `)(?:[-_]?[a-f])?|(?:north|south)?(?:east|west)(?:[-_]?\d[a-f]?)?|(?:north|south|central)(?:[-_]?\d[a-f]?)?|dc\d+`
}

// Conforms reports whether a name follows the pattern, and if not, where it
// leaves it. Why is bounded and quotes the name safely.
func (g *Grammar) Conforms(name string) (ok bool, why string) {
	if len(name) > MaxName {
		return false, fmt.Sprintf("the name is longer than %d bytes", MaxName)
	}
	var p NameParts
	from, to := core(name, &p)
	s := name[from:to]
	if g.whole.MatchString(s) {
		return true, ""
	}
	for i, st := range g.begins {
		if !st.re.MatchString(s) {
			if i == 0 {
				return false, fmt.Sprintf("%q does not begin with {%s} (%s)", bound(s), st.what, st.words)
			}
			return false, fmt.Sprintf("%q has no {%s} (%s) after {%s}", bound(s), st.what, st.words, g.begins[i-1].what)
		}
	}
	return false, fmt.Sprintf("%q goes on after the pattern %s ends, or its separators differ", bound(s), g.pattern)
}

// Conforms judges a name by the settings' pattern; without a pattern every name
// conforms.
func (c *Classifier) Conforms(name string) (ok bool, why string) {
	if c.grammar == nil {
		return true, ""
	}
	return c.grammar.Conforms(name)
}

// apply lets the pattern correct the reading of a name that follows it: type,
// environment and function, where words have several readings. Location and
// instance stay as read, unless nothing was.
func (g *Grammar) apply(name string, p *NameParts) {
	if p.Long || len(name) > MaxName {
		return
	}
	var q NameParts
	from, to := core(name, &q)
	m := g.whole.FindStringSubmatch(name[from:to])
	if m == nil {
		return
	}
	for i, slot := range g.slots {
		text := m[i+1]
		if text == "" {
			continue
		}
		low := strings.ToLower(text)
		var part *Part
		switch slot {
		case "type":
			part = &p.Type
		case "function":
			part = &p.Function
		case "prefix", "team":
			part = &p.Prefix
		case "region", "location":
			part = &p.Location
		case "n", "instance":
			part = &p.Instance
		}
		if part == nil || part.Known() && slot != "function" || slot == "n" && p.Zone.Value != "" {
			continue
		}
		*part = Part{Value: low, Text: text, Confidence: 0.95}
	}
}

// LearnPrefixes proposes organisation or team prefixes: first words that begin
// at least min names and a twentieth of all, and mean nothing else.
func (c *Classifier) LearnPrefixes(names []string, least int) []string {
	count := map[string]int{}
	for _, n := range names {
		if len(n) > MaxName {
			continue
		}
		var w [8]string
		if k, _ := c.words(n, &w); k >= 2 && len(w[0]) >= 2 && len(w[0]) <= 16 && !c.technical(w[0]) && !c.vocab.given[w[0]] && alpha(w[0]) {
			count[w[0]]++
		}
	}
	var out []string
	for w, n := range count {
		if n >= max(least, 2) && n*20 >= len(names) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}
