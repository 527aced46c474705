package filter

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var plainFields = []Field{{Name: "env", Type: Text}, {Name: "owner", Type: Text}, {Name: "tier", Type: Number}, {Name: "attrs", Type: Attrs}}

// What a field is compared with is taken out, and the rest stands as it was written.
func TestWithout(t *testing.T) {
	for _, c := range []struct{ text, field, want string }{
		{"env=prod owner:ana", "env", "owner:ana"},
		{"env=prod,dev -env=test owner:ana tier<=1", "env", "owner:ana tier<=1"},
		{"env=prod", "env", ""},
		{"", "env", ""},
		{"env:unknown AND (owner:ana OR tier=0)", "env", "(owner:ana OR tier=0)"},
		{"(env=prod OR env=dev) bi", "env", "bi"},
		{"NOT (env=prod) \"a  b\"  owner!=ana", "env", "\"a  b\" owner!=ana"},
		{"env=prod OR env=dev", "env", ""},
		// What cannot be told apart stays whole.
		{"env=prod OR owner:ana", "env", "env=prod OR owner:ana"},
		{"(env=prod OR owner:ana) tier=0", "env", "(env=prod OR owner:ana) tier=0"},
		{"env=prod", "owner", "env=prod"},
		{"env", "env", "env"},
		{"attrs.a=1 attrs.b=2", "attrs.a", "attrs.b=2"},
	} {
		f, err := Parse(c.text, plainFields, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Without(c.field); got != c.want {
			t.Errorf("%s without %s: %q, want %q", c.text, c.field, got, c.want)
		}
	}
}

// The rest of a filter is a filter, which has nothing more to take out and keeps
// every row that the whole kept.
func TestWithoutIsWider(t *testing.T) {
	envs := []string{"prod", "dev", ""}
	table := &Table{Rows: 9, Columns: map[string]*Column{
		"env":   {Text: func(i int) string { return envs[i%3] }},
		"owner": {Text: func(i int) string { return []string{"ana", "", "bo"}[i/3] }},
	}}
	term := rapid.SampledFrom([]string{"env=prod", "env:unknown", "-env=dev", "owner=ana,bo", "(env=prod OR owner=ana)", "NOT (env=dev env=prod)", "owner!=bo", "(owner=ana)"})
	rapid.Check(t, func(t *rapid.T) {
		text, join := "", rapid.SampledFrom([]string{" ", " AND ", " OR "}).Draw(t, "join")
		for i, x := range rapid.SliceOfN(term, 1, 5).Draw(t, "terms") {
			if i > 0 {
				text += join
			}
			text += x
		}
		f, err := Parse(text, plainFields[:2], time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		rest, err := Parse(f.Without("env"), plainFields[:2], time.Unix(0, 0))
		if err != nil {
			t.Fatalf("%s: the rest %q: %v", text, f.Without("env"), err)
		}
		if again := rest.Without("env"); again != rest.String() {
			t.Fatalf("%s: the rest %q had %q left", text, rest, again)
		}
		kept, _ := f.Eval(table)
		wider, _ := rest.Eval(table)
		have := map[uint32]bool{}
		for _, r := range wider {
			have[r] = true
		}
		for _, r := range kept {
			if !have[r] {
				t.Fatalf("%s keeps row %d, %q does not", text, r, rest)
			}
		}
	})
}
