package secret

import "slices"

// automaton is an Aho-Corasick automaton over bytes, as one dense table. States
// are numbered breadth first, so that the few that most input visits share cache
// lines, and those with output come last, so that one comparison finds them.
type automaton struct {
	class   [256]uint8 // byte -> column; bytes in no word share column 0
	columns int
	shift   uint     // a row has 1<<shift entries
	next    []uint16 // state<<shift + column -> state
	first   uint16   // the first state with output, or the special state
	special uint16   // the last state; see fold
	out     [][]int32
}

type automatonBuilder struct {
	words []string
	ids   []int32
}

func newAutomatonBuilder() *automatonBuilder { return &automatonBuilder{} }

func (b *automatonBuilder) add(word string, id int32) {
	if word != "" {
		b.words, b.ids = append(b.words, word), append(b.ids, id)
	}
}

// maxStates is what the table's element type can number. The default rules
// have some 4,000 states; New refuses a rule set with more.
const maxStates = 1 << 16

type trieNode struct {
	kids map[byte]int32
	fail int32
	out  []int32
}

// build returns nil when the words need more than maxStates states.
func (b *automatonBuilder) build() *automaton {
	trie := []trieNode{{}}
	a := &automaton{columns: 1}
	for i, w := range b.words {
		at := int32(0)
		for j := range len(w) {
			c := w[j]
			if a.class[c] == 0 {
				a.class[c] = uint8(a.columns)
				a.columns++
			}
			kid, ok := trie[at].kids[c]
			if !ok {
				kid = int32(len(trie))
				trie = append(trie, trieNode{})
				if trie[at].kids == nil {
					trie[at].kids = map[byte]int32{}
				}
				trie[at].kids[c] = kid
			}
			at = kid
		}
		trie[at].out = append(trie[at].out, b.ids[i])
	}
	if len(trie) >= maxStates-1 || a.columns > 250 {
		return nil
	}
	a.compile(trie)
	return a
}

// fold makes the automaton, whose words must be in lower case, find them in any
// case. The lead bytes of the three runes outside ASCII that fold to an ASCII
// letter (K, ſ) or that lower to one (K, İ) lead to the special state: the caller
// looks at the bytes there and goes on from the state before.
func (a *automaton) fold() {
	for c := byte('a'); c <= 'z'; c++ {
		a.class[c-'a'+'A'] = a.class[c]
	}
	for _, lead := range []byte{0xe2, 0xc4, 0xc5} {
		a.class[lead] = uint8(a.columns)
	}
	for s := range int(a.special) + 1 {
		a.next[s<<a.shift+a.columns] = a.special
	}
	a.columns++
}

// foldedRune returns the ASCII letter for which the rune at the start of b may
// stand, and the rune's length; 0 for none.
func foldedRune(b []byte) (letter byte, size int) {
	switch {
	case len(b) >= 3 && b[0] == 0xe2 && b[1] == 0x84 && b[2] == 0xaa:
		return 'k', 3
	case len(b) >= 2 && b[0] == 0xc5 && b[1] == 0xbf:
		return 's', 2
	case len(b) >= 2 && b[0] == 0xc4 && b[1] == 0xb0:
		return 'i', 2
	}
	return 0, 0
}

func (a *automaton) compile(trie []trieNode) {
	queue := []int32{0}
	full := make([]int32, len(trie)*a.columns)
	var byColumn [256]byte
	for c, col := range a.class {
		byColumn[col] = byte(c)
	}
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		for col := 1; col < a.columns; col++ {
			kid, ok := trie[s].kids[byColumn[col]]
			if !ok {
				if s != 0 {
					full[int(s)*a.columns+col] = full[int(trie[s].fail)*a.columns+col]
				}
				continue
			}
			if s != 0 {
				trie[kid].fail = full[int(trie[s].fail)*a.columns+col]
			}
			trie[kid].out = append(trie[kid].out, trie[trie[kid].fail].out...)
			full[int(s)*a.columns+col] = kid
			queue = append(queue, kid)
		}
	}
	a.renumber(trie, full, queue)
}

func (a *automaton) renumber(trie []trieNode, full, order []int32) {
	slices.SortStableFunc(order, func(x, y int32) int {
		return boolInt(len(trie[x].out) > 0) - boolInt(len(trie[y].out) > 0)
	})
	number := make([]uint16, len(trie))
	a.special = uint16(len(trie))
	a.first = a.special
	for i, s := range order {
		number[s] = uint16(i)
		if len(trie[s].out) > 0 {
			a.first = min(a.first, uint16(i))
		}
	}
	for 1<<a.shift <= a.columns {
		a.shift++
	}
	a.next = make([]uint16, (len(trie)+1)<<a.shift)
	a.out = make([][]int32, len(trie)-int(a.first))
	for i, s := range order {
		for col := range a.columns {
			a.next[i<<a.shift+col] = number[full[int(s)*a.columns+col]]
		}
		if i >= int(a.first) {
			a.out[i-int(a.first)] = trie[s].out
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// contains reports whether any word occurs in s.
func (a *automaton) contains(s string) bool {
	state := uint16(0)
	for i := range len(s) {
		state = a.next[int(state)<<a.shift+int(a.class[s[i]])]
		if state >= a.first {
			return true
		}
	}
	return false
}
