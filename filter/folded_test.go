package filter

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A search in folded texts finds what a look at each text finds.
func TestFolded(t *testing.T) {
	letters := []rune("aAbBkK\u212AßẞİıȺⱥ-.éÉ\xff ")
	word := rapid.StringOfN(rapid.SampledFrom(letters), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(word, 0, 3), 0, 130).Draw(t, "rows")
		first := func(i int) string {
			if len(rows[i]) == 0 {
				return ""
			}
			return rows[i][0]
		}
		tab := func(folded bool) *Table {
			name, tag := &Column{Text: first}, &Column{Texts: func(i int) []string { return rows[i] }}
			v := &Table{Rows: len(rows), Columns: map[string]*Column{"name": name, "tag": tag}, Words: func(i int) []string { return rows[i] }}
			if folded {
				name.Folded = Lazily(func() *Folded { return NewFolded(len(rows), func(i int, add func(string)) { add(first(i)) }) })
				tag.Folded = Lazily(func() *Folded {
					return NewFolded(len(rows), func(i int, add func(string)) {
						for _, s := range rows[i] {
							add(s)
						}
					})
				})
				v.Folded = []func() *Folded{tag.Folded}
			}
			return v
		}
		want := rapid.StringOfN(rapid.SampledFrom(letters), 1, 3, -1).Draw(t, "want")
		for _, before := range []string{"name:", "NOT name:", "tag:", "NOT tag:", "", "NOT "} {
			f, err := Parse(before+`"`+want+`"`, fields, now)
			if err != nil {
				t.Fatal(err)
			}
			slow, err1 := f.Eval(tab(false))
			fast, err2 := f.Eval(tab(true))
			if err1 != nil || err2 != nil || !slices.Equal(slow, fast) {
				t.Fatalf("%s in %q: got %v, want %v (%v, %v)", f, rows, fast, slow, err1, err2)
			}
		}
	})
}
