package secret

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var exampleSlot = regexp.MustCompile(`\{(a62|hex|lower|url|b64|b32|d):(\d+)\}`)

// fill makes an example's random parts, the same every time.
func fill(example string) string {
	const lower, upper, digits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	sets := map[string]string{
		"a62": lower + upper + digits, "hex": digits + "abcdef", "lower": lower + digits,
		"url": lower + upper + digits + "_-", "b64": lower + upper + digits + "+/", "d": digits, "b32": upper + "234567",
	}
	rnd := rand.New(rand.NewPCG(7, uint64(len(example))))
	return exampleSlot.ReplaceAllStringFunc(example, func(slot string) string {
		m := exampleSlot.FindStringSubmatch(slot)
		n, _ := strconv.Atoi(m[2])
		set := sets[m[1]]
		out := make([]byte, n)
		for i := range out {
			out[i] = set[rnd.IntN(len(set))]
		}
		// Whatever the draw, the ends are letters: a word border must hold there.
		if n > 8 && m[1] != "d" && m[1] != "b32" {
			out[0], out[n-1] = 'b', 'e'
		}
		return string(out)
	})
}

// TestOwnExamples: each of our rules has an example, finds it, and finds nothing
// in the example as it is written in the rule file.
func TestOwnExamples(t *testing.T) {
	s, err := New(Own())
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{"pgpass-password": "home/.pgpass", "git-credentials": ".git-credentials", "rails-master-key": "config/master.key"}
	for _, r := range Own().Rules {
		if len(r.Examples) == 0 {
			t.Errorf("rule %q has no example", r.ID)
		}
		for i, e := range r.Examples {
			hits := s.Scan(paths[r.ID], []byte(fill(e)))
			if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Rule == r.ID }) {
				t.Errorf("rule %q does not find its example %d", r.ID, i+1)
			}
		}
	}
	for _, h := range s.Scan("", droverRules) {
		t.Errorf("rule %q finds a secret in the rule file itself, line %d", h.Rule, h.Line)
	}
}

// TestClassesNameRules: a class given to a rule that is no longer there would
// silently turn into the rule's id.
func TestClassesNameRules(t *testing.T) {
	rules := append(slices.Clone(Gitleaks().Rules), Own().Rules...)
	for id := range Own().Classes {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id }) {
			t.Errorf("[classes] names rule %q, which does not exist", id)
		}
	}
}

// TestParseRulesRefuses what it would otherwise misread.
func TestParseRulesRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"composite":    "[[rules]]\nid='a'\nregex='a'\n[[rules.required]]\nid='b'",
		"extend":       "[extend]\nuseDefault=true",
		"bad regex":    "[[rules]]\nid='a'\nregex='('",
		"no regex":     "[[rules]]\nid='a'",
		"no id":        "[[rules]]\nregex='a'",
		"twice":        "[[rules]]\nid='a'\nregex='a'\n[[rules]]\nid='a'\nregex='b'",
		"group":        "[[rules]]\nid='a'\nregex='a'\nsecretGroup=1",
		"condition":    "[[rules]]\nid='a'\nregex='a'\n[[rules.allowlists]]\ncondition='XOR'\npaths=['a']",
		"empty allow":  "[[rules]]\nid='a'\nregex='a'\n[[rules.allowlists]]",
		"target":       "[[rules]]\nid='a'\nregex='a'\n[[allowlists]]\ntargetRules=['b']\npaths=['a']",
		"not toml":     strings.Repeat("[", 100),
		"wrong target": "[[rules]]\nid='a'\nregex='a'\n[[rules.allowlists]]\nregexTarget='file'\npaths=['a']",
	} {
		if _, err := ParseRules([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
