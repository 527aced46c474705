package secret

import "bytes"

// starts finds where words of an automaton may begin: a bit for every three classes
// of bytes with which one does. Unlike the states of the automaton, what it looks up
// for one byte does not wait for what it found for the byte before.
type starts struct {
	bits  [64 * 64]uint64 // class of the first and second byte -> classes of the third
	depth []uint8         // by state: how long the word is that leads there
	own   [][]int32       // by state with output: the words that lead there
}

// newStarts returns nil if the automaton has more classes than the table.
func newStarts(a *automaton, b *automatonBuilder) *starts {
	if a.columns > 64 {
		return nil
	}
	t := &starts{depth: make([]uint8, int(a.special)+1), own: make([][]int32, len(a.out))}
	for i, w := range b.words {
		state := uint16(0)
		for j := range len(w) {
			state = a.next[int(state)<<a.shift+int(a.class[w[j]])]
			t.depth[state] = uint8(j + 1)
		}
		t.own[state-a.first] = append(t.own[state-a.first], b.ids[i])
		t.mark(a, w)
	}
	return t
}

// search returns what finds the words in any case; nil if they are too many.
func (b *automatonBuilder) search() (*automaton, *starts) {
	a := b.build()
	if a == nil {
		return nil, nil
	}
	a.fold()
	return a, newStarts(a, b)
}

// mark notes how a word begins; what follows a short one may be anything.
func (t *starts) mark(a *automaton, w string) {
	class := func(i int) (from, to int) {
		if i < len(w) {
			c := int(a.class[w[i]])
			return c, c
		}
		return 0, 63
	}
	first, _ := class(0)
	for second, to := class(1); second <= to; second++ {
		for third, to := class(2); third <= to; third++ {
			t.bits[first<<6|second] |= 1 << third
		}
	}
}

// plainLetters reports whether text holds none of the runes outside ASCII that may
// stand for a letter; see fold.
func plainLetters(text []byte) bool {
	return !bytes.Contains(text, []byte("\u212a")) && !bytes.Contains(text, []byte("ſ")) && !bytes.Contains(text, []byte("İ"))
}

// each calls found for every word in text, in the order in which they begin, with
// where it ends. The text has plain letters.
func (t *starts) each(a *automaton, text []byte, found func(id int32, end int)) {
	if len(text) == 0 {
		return
	}
	before := uint32(a.class[text[0]])
	for i := 1; i < len(text)-1; i++ {
		before = before<<6 | uint32(a.class[text[i]])
		if t.bits[before&4095]>>(a.class[text[i+1]]&63)&1 != 0 {
			t.at(a, text, i-1, found)
		}
	}
	for i := max(0, len(text)-2); i < len(text); i++ {
		t.at(a, text, i, found)
	}
}

// at calls found for the words that begin at i.
func (t *starts) at(a *automaton, text []byte, i int, found func(id int32, end int)) {
	state := uint16(0)
	for j := i; j < len(text); j++ {
		state = a.next[int(state)<<a.shift+int(a.class[text[j]])]
		if int(t.depth[state]) != j-i+1 {
			return
		}
		if state >= a.first && state != a.special {
			for _, id := range t.own[state-a.first] {
				found(id, j+1)
			}
		}
	}
}
