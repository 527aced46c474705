package check

import (
	"strings"
	"testing"
)

// A text that is too long ends with a whole word, and a name where it must.
func TestLine(t *testing.T) {
	long := strings.Repeat("what job a and job b are to use ", 40)
	got := Line(long)
	words := strings.Fields(strings.TrimSuffix(got, " …"))
	if !strings.HasSuffix(got, " …") || len([]rune(got)) > maxLine+2 || !strings.HasPrefix(long, strings.TrimSuffix(got, " …")+" ") || len(words) < 100 {
		t.Errorf("cut as %q", got)
	}
	for _, s := range []string{"", "short", "a name … of its own …", strings.Repeat("é", maxLine)} {
		if got := Line(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := Line(strings.Repeat("x", 10_000)); got != strings.Repeat("x", maxLine)+"…" {
		t.Errorf("a long word: %d", len(got))
	}
}
