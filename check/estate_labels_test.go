package check

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDay(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-31": "2026-01-31", "2026-01-31T10:00:00Z": "2026-01-31", "2026-01-31T23:30:00-05:00": "2026-02-01", "20260131": "2026-01-31", "31.01.2026": "2026-01-31", " 2026/01/31 ": "2026-01-31", "31 Jan 2026": "2026-01-31",
		"01/02/2026": "", "never": "", "": "", "0001-01-01": "", "2026-13-01": "", "2026-01-31 and more text that goes on and on and on": "",
	} {
		got := ""
		if at, ok := ParseDay(text); ok {
			got = at.Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("ParseDay(%q): got %q, want %q", text, got, want)
		}
	}
}

func FuzzParseDay(f *testing.F) {
	for _, s := range []string{"2026-01-31", "31.01.2026", "\x00", "9999999999", "2026-01-31T10:00:00+99:99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, ok := ParseDay(s); ok && (at.Year() < 1970 || at.Year() > 9999) {
			t.Errorf("ParseDay(%q) is %v", s, at)
		}
	})
}

// Looking at attributes piece by piece finds what looking at the whole would.
func TestContainsFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := []byte(rapid.StringMatching(`[a-z_-]{1,20}`).Draw(t, "word"))
		before := rapid.IntRange(0, 3000).Draw(t, "before")
		text := bytes.Repeat([]byte("x"), before)
		if rapid.Bool().Draw(t, "there") {
			text = append(text, bytes.ToUpper(word)...)
		}
		text = append(text, rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "after")...)
		got, want := containsFold(text, word), bytes.Contains(lowerASCII(text), word)
		if got != want {
			t.Fatalf("containsFold of %d bytes for %q: got %v, want %v", len(text), word, got, want)
		}
	})
}

func lowerASCII(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c | 0x20
		}
	}
	return out
}

// Every key of a word holds one of its stems, or attributes with it would be passed over.
func TestWordsHaveStems(t *testing.T) {
	for name, w := range map[string]Word{"end": endWord, "code": codeWord, "app": appWord} {
		for key := range w.keys {
			found := false
			for _, s := range w.stems {
				found = found || strings.Contains(key, string(s))
			}
			if !found {
				t.Errorf("%s: no stem is in the key %q", name, key)
			}
		}
	}
}
