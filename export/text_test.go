package export_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/exporttest"
)

// What is visible is UTF-8 of printed characters, bounded, and plain text is left
// as it is.
func FuzzVisible(f *testing.F) {
	for _, s := range exporttest.Hostile {
		f.Add(s, 100, true)
	}
	f.Fuzz(func(t *testing.T, s string, limit int, lines bool) {
		limit = min(max(limit, 0), 1<<16)
		got := export.Visible(s, limit, lines)
		if !utf8.ValidString(got) || len(got) > limit+16 {
			t.Fatalf("%d bytes, valid %v", len(got), utf8.ValidString(got))
		}
		for _, r := range got {
			if unicode.IsControl(r) && !(lines && r == '\n') || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) {
				t.Fatalf("%U in %q", r, got)
			}
		}
		if md := export.Markdown(s); strings.ContainsAny(md, "\n\x00\x1b") || strings.Contains(md, "://") {
			t.Fatalf("Markdown %q", md)
		}
		if code := export.Code(s); strings.Contains(code, "\n") {
			t.Fatalf("code %q", code)
		}
	})
}

func TestVisible(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		lines bool
		want  string
	}{
		{"plain", 10, false, "plain"},
		{"a\nb", 10, true, "a\nb"},
		{"a\nb", 10, false, `a\u{a}b`},
		{"\xffk\u202e", 40, false, `\x{ff}k\u{202e}`},
		{"日本", 40, false, "日本"},
		{"abcdef", 3, false, "abc…"},
		{"e\u0301", 40, false, "e\u0301"},
		{"\U0001f511", 40, false, "\U0001f511"},
	} {
		if got := export.Visible(c.in, c.limit, c.lines); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 2431: "2,431", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := export.Thousands(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
