package aws

import (
	"strings"
	"testing"
)

// Inline policies of one name are told apart by whose they are.
func TestInlineNames(t *testing.T) {
	own := policyOf(statement("iam:PutUserPolicy", "*", nil))
	w := written(t, details(account1([]object{user("ann", "AIDAANN0000000000000", own, nil), user("ben", "AIDABEN0000000000000", own, nil)}, nil)))
	l := evaluate(t, snapshot(w.Result))
	seen := map[string]bool{}
	for _, e := range l.edges {
		for _, p := range e.Proof {
			for _, who := range []string{"ann", "ben"} {
				if strings.HasSuffix(l.name(e.From), "/"+who) && strings.Contains(p.Text, "policy inline of "+who+" allows") {
					seen[who] = true
				}
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("policies are called by whose they are in the proofs of %v alone", seen)
	}
}
