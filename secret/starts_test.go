package secret

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type wordAt struct {
	id  int32
	end int
}

// TestStartsFindWhatTheAutomatonFinds: in any text without odd letters.
func TestStartsFindWhatTheAutomatonFinds(t *testing.T) {
	s := Default()
	pieces := rapid.SampledFrom(append([]string{" ", "k", "\xe2\x84", "\xff", "=", "\n", "pas", "conne", "CTION", "AKI"}, append(s.gates, s.telling...)...))
	type pair struct {
		a *automaton
		t *starts
	}
	pairs := []pair{{s.words, s.starts}}
	for _, l := range s.late {
		pairs = append(pairs, pair{l.words, l.starts})
	}
	order := func(a, b wordAt) int { return cmp.Or(a.end-b.end, int(a.id)-int(b.id)) }
	rapid.Check(t, func(t *rapid.T) {
		var text []byte
		for _, p := range rapid.SliceOf(pieces).Draw(t, "pieces") {
			text = append(text, p...)
		}
		if !plainLetters(text) {
			return
		}
		for _, pair := range pairs {
			var want, got []wordAt
			state := uint16(0)
			for i, c := range text {
				state = pair.a.next[int(state)<<pair.a.shift+int(pair.a.class[c])]
				if state == pair.a.special {
					state = 0
				} else if state >= pair.a.first {
					for _, id := range pair.a.out[state-pair.a.first] {
						want = append(want, wordAt{id, i + 1})
					}
				}
			}
			pair.t.each(pair.a, text, func(id int32, end int) { got = append(got, wordAt{id, end}) })
			slices.SortFunc(want, order)
			slices.SortFunc(got, order)
			if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(wordAt{})); diff != "" {
				t.Fatalf("%q: %s", text, diff)
			}
		}
	})
}
