package filter

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

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
		index := rapid.Bool().Draw(t, "index")
		fold := func(f *Folded) *Folded {
			if index {
				f.Index()
			}
			return f
		}
		tab := func(folded bool) *Table {
			name, tag := &Column{Text: first}, &Column{Texts: func(i int) []string { return rows[i] }}
			v := &Table{Rows: len(rows), Columns: map[string]*Column{"name": name, "tag": tag}, Words: func(i int) []string { return rows[i] }}
			if folded {
				name.Folded = Lazily(func() *Folded { return fold(NewFolded(len(rows), func(i int, add func(string)) { add(first(i)) })) })
				tag.Folded = Lazily(func() *Folded {
					return fold(NewFolded(len(rows), func(i int, add func(string)) {
						for _, s := range rows[i] {
							add(s)
						}
					}))
				})
				v.Searched = []string{"tag"}
			}
			return v
		}
		kept := tab(true)
		kept.Masks = &Masks{}
		want := rapid.StringOfN(rapid.SampledFrom(letters), 1, 4, -1).Draw(t, "want")
		names, low := NewFolded(len(rows), func(i int, add func(string)) { add(first(i)) }), strings.ToLower(want)
		for i := range rows {
			name := strings.ToLower(first(i))
			if begins, whole := names.Begins(i, low); name != "" && (begins != strings.HasPrefix(name, low) || whole != (name == low)) || name == "" && begins {
				t.Fatalf("%q begins with %q: %t, is that: %t", name, low, begins, whole)
			}
		}
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
			if again, err := f.Eval(kept); err != nil || !slices.Equal(slow, again) {
				t.Fatalf("%s in %q with what is kept: got %v, want %v (%v)", f, rows, again, slow, err)
			}
		}
	})
}

// An index finds in many rows what a look at each finds, where most rows hold it
// and where few do.
func TestGrams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, base := rapid.IntRange(1, 3000).Draw(t, "rows"), rapid.SampledFrom([]string{"svc-app", "a", "", "\xff", "ab"}).Draw(t, "base")
		text := func(i int) string { return base + strconv.Itoa(i*7919%5003) + strings.Repeat("x", i%5) }
		f, plain := NewFolded(n, func(i int, add func(string)) { add(text(i)) }), NewFolded(n, func(i int, add func(string)) { add(text(i)) })
		f.Index()
		if f.Bytes() == 0 || plain.Bytes() != 0 {
			t.Fatalf("an index of %d bytes, none of %d", f.Bytes(), plain.Bytes())
		}
		from := text(rapid.IntRange(0, n).Draw(t, "of"))
		at := rapid.IntRange(0, len(from)).Draw(t, "at")
		want := strings.ToLower(from[at:] + rapid.SampledFrom([]string{"", "", "9", "x"}).Draw(t, "more"))
		if want == "" {
			return
		}
		got, slow := newBitset(n), newBitset(n)
		f.search(want, got)
		plain.search(want, slow)
		if !slices.Equal(got, slow) {
			t.Fatalf("%q in %d rows: got %v, want %v", want, n, got.rows(), slow.rows())
		}
		for i := range n {
			if has := strings.Contains(strings.ToLower(text(i)), want); has != (slow[i>>6]>>(i&63)&1 == 1) && utf8.ValidString(text(i)) {
				t.Fatalf("%q in %q: %t", want, text(i), !has)
			}
		}
	})
}

// BenchmarkSearch looks for parts of a million names.
func BenchmarkSearch(b *testing.B) {
	const n = 1_000_000
	f := NewFolded(n, func(i int, add func(string)) { add(fmt.Sprintf("svc-prod-app%d-%d", i%977, i)) })
	run := func(name string) {
		for _, want := range []string{"app97", "prod-app1", "app123-", "svc", "7-99", "zz", "12"} {
			b.Run(name+"/"+want, func(b *testing.B) {
				for b.Loop() {
					f.search(want, newBitset(n))
				}
			})
		}
	}
	run("plain")
	b.Run("index", func(b *testing.B) {
		f.Index()
		b.ReportMetric(float64(f.Bytes())/n, "B/row")
	})
	run("indexed")
}

// A finder finds the first place at which a text lies, whichever two bytes of it it
// goes by.
func TestFinder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SampledFrom([]string{"ab", "abc", "a\x00\x01\xff", "\x7f\x80\x81", "app-0123456789"}).Draw(t, "alphabet")
		text := func(label string, least, most int) []byte {
			return rapid.SliceOfN(rapid.SampledFrom([]byte(alphabet)), least, most).Draw(t, label)
		}
		data, want := text("data", 0, 200), text("want", 1, 6)
		var freq *frequencies
		switch rapid.IntRange(0, 2).Draw(t, "known") {
		case 1:
			freq = newFrequencies(data)
		case 2: // of a column in which what is here is rare
			freq = newFrequencies(append(bytes.Repeat([]byte("xyz"), 10_000), data...))
		}
		f := newFinder(want, freq)
		for from := range len(data) + 1 {
			k := bytes.Index(data[from:], want)
			if k >= 0 {
				k += from
			}
			if got := f.in(data, from); got != k {
				t.Fatalf("%q in %q from %d: got %d, want %d", want, data, from, got, k)
			}
		}
	})
}
