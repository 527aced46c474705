package aws

import (
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A text that two patterns have in common is matched by both; where none is found,
// no short text is.
func TestMeet(t *testing.T) {
	pattern := rapid.StringMatching(`[ab*?]{0,6}`)
	var short []string
	for level := []string{""}; len(level[0]) <= 6; {
		short = append(short, level...)
		var next []string
		for _, s := range level {
			for _, c := range "abx" {
				next = append(next, s+string(c))
			}
		}
		level = next
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := pattern.Draw(t, "a"), pattern.Draw(t, "b")
		if s, ok := meet(a, b, "drover"); ok {
			if !glob(a, s) || !glob(b, s) {
				t.Fatalf("%q is not matched by both", s)
			}
			return
		}
		for _, s := range short {
			if glob(a, s) && glob(b, s) {
				t.Fatalf("%q is matched by both", s)
			}
		}
	})
}

// A pattern means what path.Match says of it, where no slash is.
func TestGlob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s := rapid.StringMatching(`[ab*?]{0,8}`).Draw(t, "pattern"), rapid.StringMatching(`[abc]{0,10}`).Draw(t, "text")
		want, err := path.Match(p, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := glob(p, s); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
		if !glob(strings.Repeat("*", 3), s) {
			t.Fatal("stars match everything")
		}
	})
}

// What can be made is something that a pattern of a policy allows, in the account.
func TestInstances(t *testing.T) {
	at := []place{{"aws", "eu-west-1", acct}}
	got := instances("arn:{p}:lambda:{r}:{a}:function:*", at, []string{"arn:aws:lambda:*:*:function:app-*", "arn:aws:lambda:*:999999999999:function:*", "*"})
	if len(got) != 2 || got[0] != "arn:aws:lambda:eu-west-1:"+acct+":function:drover" || !strings.HasPrefix(got[1], "arn:aws:lambda:eu-west-1:"+acct+":function:app-") {
		t.Errorf("got %q", got)
	}
}
