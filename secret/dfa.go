package secret

import (
	"encoding/binary"
	"regexp/syntax"
)

// A dfa runs one program over text, a table look-up for each byte. Its states are
// made when they are first met and kept for the next text. States may be many, and
// hostile text can ask for a new one with every byte, so what is made and read is
// charged to a purse, and the tables are bounded.
//
// Forward it finds where the match that regexp would find ends: a state is the
// list of instructions at which regexp's threads stand, the preferred first, and
// what stands behind a match is dropped. Backward, from there, it finds where the
// leftmost match with that end begins.
type dfa struct {
	p      *program
	table  []uint32 // state<<shift + class -> state<<1 + "a match ends before this rune"; 0: not made yet
	states []dfaState
	pcs    []uint32 // of all states
	index  map[string]uint32
	size   int // of all this, about, in bytes

	seen, listed []uint32 // by instruction: the round in which it was walked, put into next
	round        uint32
	next         []uint32
	stack        []uint32
	key          []byte
}

type dfaState struct {
	from, to int  // its instructions, in pcs
	kind     kind // of the rune before
	matched  bool // a match has been found: later starts count no more
}

// dead is the state from which no match comes.
const dead = 1

// maxTables bounds the tables of one dfa, in bytes; full ones are made anew.
const maxTables = 1 << 20

// A purse is what is left of the work that one scan may do. At 0 it stops.
type purse int

func newDFA(p *program) *dfa {
	d := &dfa{p: p, seen: make([]uint32, len(p.insts)), listed: make([]uint32, len(p.insts))}
	d.reset()
	return d
}

func (d *dfa) reset() {
	d.table, d.states, d.pcs = d.table[:0], d.states[:0], d.pcs[:0]
	d.index = map[string]uint32{}
	d.size = 0
	for range dead + 1 { // state 0 is not used, and dead has no way out
		d.states = append(d.states, dfaState{})
		d.table = append(d.table, make([]uint32, 1<<d.p.shift)...)
	}
}

// begin returns the state before the first rune, next to which stands a rune of
// kind k.
func (d *dfa) begin(k kind) uint32 {
	d.next = d.next[:0]
	if d.p.backward {
		d.next = append(d.next, d.p.start)
	}
	return d.state(k, false)
}

// state returns the state of the instructions in d.next.
func (d *dfa) state(k kind, matched bool) uint32 {
	if len(d.next) == 0 && (matched || d.p.backward) {
		return dead
	}
	d.key = append(d.key[:0], byte(k), byte(boolInt(matched)))
	for _, pc := range d.next {
		d.key = binary.LittleEndian.AppendUint16(d.key, uint16(pc))
	}
	if s, ok := d.index[string(d.key)]; ok {
		return s
	}
	s := uint32(len(d.states))
	d.states = append(d.states, dfaState{len(d.pcs), len(d.pcs) + len(d.next), k, matched})
	d.pcs = append(d.pcs, d.next...)
	d.table = append(d.table, make([]uint32, 1<<d.p.shift)...)
	d.index[string(d.key)] = s
	d.size += 6*len(d.next) + 4<<d.p.shift + 100
	return s
}

// step makes the transition of state s over a rune of the class, which may be
// the text's end. The state that it leads to may be in new tables: s counts no
// more then.
func (d *dfa) step(s uint32, class int, left *purse) uint32 {
	from := d.states[s]
	k := d.p.kinds[class]
	flags := syntax.EmptyOpContext(sample[from.kind], sample[k])
	if d.p.backward {
		flags = syntax.EmptyOpContext(sample[k], sample[from.kind])
	}
	d.round++
	d.next = d.next[:0]
	matched := false
	for _, pc := range d.pcs[from.from:from.to] {
		if d.walk(pc, flags, class, left) {
			matched = true
			if !d.p.backward {
				break
			}
		}
	}
	if !d.p.backward && !matched && !from.matched {
		matched = d.walk(d.p.start, flags, class, left)
	}
	*left -= 20
	full := d.size > maxTables
	if full {
		d.reset()
	}
	to := d.state(k, from.matched || matched && !d.p.backward)<<1 | uint32(boolInt(matched))
	if !full {
		d.table[int(s)<<d.p.shift+class] = to
	}
	return to
}

// walk follows pc to the instructions that take a rune and lists what follows
// those that take the class. It reports whether a match is reached; forward, it
// ends there.
func (d *dfa) walk(pc uint32, flags syntax.EmptyOp, class int, left *purse) bool {
	matched := false
	d.stack = append(d.stack[:0], pc)
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.seen[pc] == d.round {
			continue
		}
		d.seen[pc] = d.round
		*left--
		switch in := &d.p.insts[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			d.stack = append(d.stack, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			d.stack = append(d.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^flags == 0 {
				d.stack = append(d.stack, in.Out)
			}
		case syntax.InstMatch:
			matched = true
			if !d.p.backward {
				return true
			}
		case syntax.InstFail:
		default:
			if class < d.p.end() && d.p.accepts[int(pc)*d.p.words+class>>6]&(1<<(class&63)) != 0 && d.listed[in.Out] != d.round {
				d.listed[in.Out] = d.round
				d.next = append(d.next, in.Out)
			}
		}
	}
	return matched
}

// readCharge is how many bytes read cost as much as one instruction walked.
const readCharge = 16

// forward returns where the leftmost match in text that begins at pos or later
// ends; -1 for none. It reads no further than regexp's threads live; first asks
// for no more than the answer whether there is one.
func (d *dfa) forward(text []byte, pos int, first bool, left *purse) int {
	p, end := d.p, -1
	k := kindEdge
	if pos > 0 {
		class, _ := p.last(text[:pos])
		k = p.kinds[class]
	}
	s := d.begin(k)
	i := pos
	for i < len(text) && *left > 0 {
		class, size := 0, 1
		if c := text[i]; c < 0x80 {
			class = int(p.ascii[c])
		} else {
			class, size = p.next(text[i:])
		}
		t := d.table[int(s)<<p.shift+class]
		if t == 0 {
			t = d.step(s, class, left)
		}
		if t&1 != 0 {
			end = i
			if first {
				break
			}
		}
		if s = t >> 1; s == dead {
			break
		}
		i += size
	}
	*left -= purse((i - pos) / readCharge)
	if i >= len(text) {
		t := d.table[int(s)<<p.shift+p.end()]
		if t == 0 {
			t = d.step(s, p.end(), left)
		}
		if t&1 != 0 {
			end = len(text)
		}
	}
	return end
}

// backwards returns where the leftmost match in text[pos:] that ends at end begins.
func (d *dfa) backwards(text []byte, pos, end int, left *purse) int {
	p, start := d.p, -1
	k := kindEdge
	if end < len(text) {
		class, _ := p.next(text[end:])
		k = p.kinds[class]
	}
	s := d.begin(k)
	i := end
	for *left > 0 {
		class, size := p.end(), 0
		if i > 0 {
			class, size = p.last(text[:i])
		}
		t := d.table[int(s)<<p.shift+class]
		if t == 0 {
			t = d.step(s, class, left)
		}
		if t&1 != 0 {
			start = i
		}
		if s = t >> 1; s == dead || i-size < pos || i == 0 {
			break
		}
		i -= size
	}
	*left -= purse((end - i) / readCharge)
	return start
}
