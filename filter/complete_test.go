package filter

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var completeFields = []Field{{Name: "env", Enum: true}, {Name: "name"}, {Name: "last_used", Type: Time}, {Name: "attrs", Type: Attrs}}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		text string // | is the cursor
		want Completion
	}{
		{"|", Completion{}},
		{"en|", Completion{From: 0, To: 2, Word: "en"}},
		{"env=|", Completion{From: 4, To: 4, Field: "env", Op: "="}},
		{"env=pr|od", Completion{From: 4, To: 8, Field: "env", Op: "=", Word: "pr"}},
		{"env=prod,st|", Completion{From: 9, To: 11, Field: "env", Op: "=", Word: "st"}},
		{"env=prod,|", Completion{From: 9, To: 9, Field: "env", Op: "="}},
		{`name:"a b|`, Completion{From: 5, To: 9, Field: "name", Op: ":", Word: "a b"}},
		{"svc env=p| last_used<9d", Completion{From: 8, To: 9, Field: "env", Op: "=", Word: "p", Rest: "svc last_used<9d"}},
		{"svc AND -env:p|", Completion{From: 13, To: 14, Field: "env", Op: ":", Word: "p", Rest: "svc"}},
		{"env:p| AND svc", Completion{From: 4, To: 5, Field: "env", Op: ":", Word: "p", Rest: "svc"}},
		{"(svc OR env=|)", Completion{From: 12, To: 12, Field: "env", Op: "=", Rest: "(svc )"}},
		{"env=prod |", Completion{From: 9, To: 9, Rest: "env=prod"}},
		{"attrs.Path:/a|", Completion{From: 11, To: 13, Field: "attrs.Path", Op: ":", Word: "/a"}},
		{"nonsense ((|", Completion{From: 11, To: 11}},
	} {
		at := 0
		for at < len(c.text) && c.text[at] != '|' {
			at++
		}
		text := c.text[:at] + c.text[at+1:]
		if d := cmp.Diff(c.want, Complete(text, at, completeFields)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, d)
		}
	}
}

func FuzzComplete(f *testing.F) {
	for _, s := range []string{"", "env=prod,", `name:"a b`, "a OR -(", "!=", "-", "'", "env=\x00,,,:="} {
		f.Add(s, len(s))
	}
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		c := Complete(text, cursor, completeFields)
		if c.From < 0 || c.From > c.To || c.To > len(text) {
			t.Fatalf("%q at %d: %+v", text, cursor, c)
		}
		if _, err := Parse(c.Rest, completeFields, time.Unix(0, 0)); err != nil {
			t.Fatalf("%q at %d: the rest %q: %v", text, cursor, c.Rest, err)
		}
	})
}

// A quoted value is that value again when it is read.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a b", `a"b\`, "-x", "AND", "svc*", "unknown", "a,b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		l := lexer{text: "name=" + Quote(value)}
		for range 2 {
			if _, err := l.next(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := l.next()
		if err != nil || got.text != value || l.pos != len(l.text) {
			t.Fatalf("%q is read as %q: %v", value, got.text, err)
		}
	})
}
