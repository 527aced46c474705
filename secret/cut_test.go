package secret

import "testing"

// TestCutsConfineRules: all but a few rules are confined by a literal; a rule
// that is not runs over whole texts, which a refresh must not bring in unseen.
func TestCutsConfineRules(t *testing.T) {
	s := Default()
	for _, n := range s.whole {
		if id := s.rules[n].id; id != "sourcegraph-access-token" {
			t.Errorf("rule %q has no literal that every match holds", id)
		}
	}
	for _, c := range s.cuts {
		if len(c.lit) < 2 {
			t.Logf("rule %q: short literal %q", s.rules[c.rule].id, c.lit)
		}
	}
	t.Logf("%d rules, %d literals, %d keywords, %d states", len(s.rules), len(s.cuts), len(s.gates), len(s.words.next)>>s.words.shift)
}
