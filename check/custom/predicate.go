package custom

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// epoch stands for now where only the form of a filter is looked at.
var epoch = time.Unix(0, 0)

// verbs begin a predicate.
var verbs = []string{"reaches", "reach", "can", "is", "are", "has", "have", "older", "younger", "used", "unused", "rotated", "expires", "expire", "where"}

// selector reads up to the verb.
func (p *phrase) selector(s *sentence) error {
	var parts []string
	for !slices.Contains(verbs, p.peek()) {
		w := p.peek()
		noun, isNoun := nouns[w]
		switch {
		case w == "":
			return p.fail("want a verb: %s", strings.Join(verbs, ", "))
		case strings.HasPrefix(w, "("):
			f := p.words[p.i]
			if _, err := filter.Parse(f, graph.Fields, epoch); err != nil {
				return p.fail("%s", strings.TrimSuffix(err.Error(), ": "+drover.ErrInvalid.Error()))
			}
			parts = append(parts, f)
		case isNoun && s.kinds == nil:
			s.kinds = noun.kinds
			if noun.filter != "" {
				parts = append(parts, noun.filter)
			}
		case isNoun:
			return p.fail("a second noun: %q", cut(w))
		case slices.Contains(classify.Envs(), classify.Env(w)):
			parts = append(parts, "env="+classify.Env(w))
		case slices.Contains(words(drover.NHITypes), strings.TrimSuffix(w, "s")) && s.kinds == nil:
			s.kinds = []drover.Kind{drover.KindIdentity}
			parts = append(parts, "nhi_type="+strings.TrimSuffix(w, "s"))
		case slices.Contains([]string{"with", "that", "which", "identity"}, w):
		default:
			all := slices.Concat(sortedNouns(), classify.Envs(), words(drover.NHITypes), verbs)
			return p.fail("%q is no noun, environment, type or verb of an assertion%s; write a filter in parentheses: nhi (system=aws) has owner", cut(w), nearest(w, all))
		}
		p.next()
	}
	if s.kinds == nil {
		s.kinds = []drover.Kind{drover.KindIdentity}
		if len(parts) == 0 {
			return p.fail("whom is it about? write a noun such as nhi, keys or ai_agent before %q", p.peek())
		}
	}
	picks := []string{"!off"} // what is switched off breaks nothing
	if slices.Contains(s.kinds, drover.KindCredential) {
		// A credential works where the identity does that it proves.
		parts = slices.DeleteFunc(parts, func(f string) bool {
			env, ok := strings.CutPrefix(f, "env=")
			if ok {
				picks = append(picks, fmt.Sprintf("(known(env) ? env == %[1]s : identities.exists(i, i.env == %[1]s))", literal(env)))
			}
			return ok
		})
	}
	s.pick = strings.Join(picks, " && ")
	s.filter = strings.Join(parts, " AND ")
	return nil
}

func sortedNouns() (out []string) {
	for n := range nouns {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// predicate reads the verb and what follows, as CEL that is true where it holds.
func (p *phrase) predicate(s *sentence) (string, error) {
	verb := p.peek()
	if verb == "is" || verb == "are" {
		switch p.words[min(p.i+1, len(p.words)-1)] {
		case "older", "younger", "used", "unused", "rotated":
			p.next()
			verb = p.peek()
		}
	}
	s.verb, s.says = verb, strings.TrimSpace(p.src[p.at[p.i]:])
	p.next()
	switch verb {
	case "reaches", "reach":
		return p.reaches(s)
	case "can":
		return p.can()
	case "older", "younger":
		return p.age(s, verb)
	case "used", "unused", "rotated":
		return p.use(s, verb)
	case "expires", "expire":
		if p.peek() != "within" {
			return "", p.fail("want within and a span: expires within 30d")
		}
		p.next()
		d, err := p.duration()
		return "expires_in < " + d, err
	case "has", "have":
		return p.has()
	case "is", "are":
		return p.is()
	}
	src, at := p.rest()
	if src == "" {
		return "", p.fail("want an expression after where")
	}
	s.celAt = at
	return src, nil
}

// reaches reads TARGET[:LEVEL]: a level is one only where it is known as such.
func (p *phrase) reaches(s *sentence) (string, error) {
	start := p.i
	target, _ := p.rest()
	target = strings.Trim(target, `"'`)
	level := ""
	if i := strings.LastIndexByte(target, ':'); i > 0 {
		if l, err := levelOf(target[i+1:]); err == nil && l != "" {
			target, level = target[:i], string(l)
		} else if tierZero(target[:i]) {
			p.i = start
			if err == nil {
				return "", p.fail("a level is missing after the colon: %s", strings.Join(words(access.Levels), ", "))
			}
			return "", p.fail("%s", strings.TrimSuffix(err.Error(), ": "+drover.ErrInvalid.Error()))
		}
	}
	if err := validTarget(target, epoch); err != nil {
		p.i = start
		return "", p.fail("%s", strings.TrimSuffix(err.Error(), ": "+drover.ErrInvalid.Error()))
	}
	if level == "" {
		s.says = "reaches " + target
		return fmt.Sprintf("reaches(%s)", literal(target)), nil
	}
	s.says = "reaches " + target + " at " + level + " or above"
	return fmt.Sprintf("reaches(%s, %s)", literal(target), literal(level)), nil
}

func (p *phrase) can() (string, error) {
	action := p.next()
	if action == "" || p.peek() != "on" {
		return "", p.fail("want an action, on, and a resource: can s3:GetObject on arn:aws:s3:::finance/*")
	}
	p.next()
	resource, _ := p.rest()
	if resource == "" {
		return "", p.fail("want a resource after on")
	}
	return fmt.Sprintf("can(%s, %s)", literal(strings.Trim(action, `"'`)), literal(strings.Trim(resource, `"'`))), nil
}

// age goes by the secret of a credential, and by when anything else was made.
func (p *phrase) age(s *sentence, verb string) (string, error) {
	if p.peek() != "than" {
		return "", p.fail("want than and a span: %s than 90d", verb)
	}
	p.next()
	d, err := p.duration()
	field := "age"
	if slices.Contains(s.kinds, drover.KindCredential) {
		field = "secret_age"
	}
	op := map[string]string{"older": " > ", "younger": " <= "}[verb]
	s.says = "is " + s.says
	return field + op + d, err
}

func (p *phrase) use(s *sentence, verb string) (string, error) {
	s.says = "is " + s.says
	switch w := p.peek(); {
	case w == "" && verb == "used":
		return "used", nil
	case w == "" && verb == "unused":
		return "!used", nil
	case w != "within" && w != "for" && w != "in":
		return "", p.fail("want within or for, and a span: %s within 90d", verb)
	}
	p.next()
	d, err := p.duration()
	switch verb {
	case "unused":
		return "unused_for >= " + d, err
	case "rotated":
		return "secret_age <= " + d, err
	}
	return "unused_for <= " + d, err
}

func (p *phrase) has() (string, error) {
	not := false
	if w := p.peek(); w == "no" {
		not = true
		p.next()
	} else if w == "an" || w == "a" {
		p.next()
	}
	w := p.peek()
	x, ok := has[w]
	if !ok {
		var list []string
		for k := range has {
			list = append(list, k)
		}
		slices.Sort(list)
		return "", p.fail("has %q is not known%s (known: %s); write: where CEL", cut(w), nearest(w, list), strings.Join(list, ", "))
	}
	p.next()
	if not {
		x = "!(" + x + ")"
	}
	return x, p.end()
}

// is takes a word of any closed list of the vocabulary, and a few of its own.
func (p *phrase) is() (string, error) {
	not := false
	if p.peek() == "not" {
		not = true
		p.next()
	}
	w := p.peek()
	x, ok := is[w]
	all := []string{}
	for k := range is {
		all = append(all, k)
	}
	for i := range Fields {
		f := &Fields[i]
		all = append(all, f.Values...)
		if !ok && slices.Contains(f.Values, w) && f.Name != "kind" {
			x, ok = f.Name+" == "+literal(w), true
		}
	}
	if !ok {
		return "", p.fail("is %q is not known%s; write: where CEL", cut(w), nearest(w, all))
	}
	p.next()
	if not {
		x = "!(" + x + ")"
	}
	return x, p.end()
}
