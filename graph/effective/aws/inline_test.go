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

// A name that was made up to ask is called so; one that is there is not.
func TestMadeUpNames(t *testing.T) {
	own := policyOf(statement("iam:PutUserPolicy", "*", nil), statement("iam:CreateUser", "*", nil), statement("lambda:*", "*", nil), statement("iam:PassRole", "*", nil))
	runs := trustOf(object{"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")
	w := written(t, details(account1([]object{user("ann", "AIDAANN0000000000000", own, nil)}, []object{role("fn", "AROAFN00000000000000", runs, policyOf(statement("*", "*", nil)), attachedTo(), false)})))
	made, real := 0, 0
	for _, e := range evaluate(t, snapshot(w.Result)).edges {
		for _, p := range e.Proof {
			says := strings.Contains(p.Text, "made up")
			if says != strings.Contains(p.Text, "drover") {
				t.Errorf("%s: got %q", e.Technique, p.Text)
			}
			if says {
				made++
			} else {
				real++
			}
		}
	}
	if made == 0 || real == 0 {
		t.Errorf("%d proofs with a name that is made up, %d with another", made, real)
	}
}
