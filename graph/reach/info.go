package reach

import (
	"cmp"
	"slices"
	"strings"
	"unsafe"
)

// An infoTable says which info each edge has: codes of one, two or four bytes,
// as few as do, into a table of triples of texts.
type infoTable struct {
	width   int
	codes   []byte
	triples []triple
	texts   texts
}

type triple struct{ technique, cond, proof uint32 }

// texts are strings end to end; text 0 is "".
type texts struct {
	data []byte
	ends []uint64
}

func (t *texts) at(i uint32) string {
	from := uint64(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	if end := t.ends[i]; end > from {
		return unsafe.String(&t.data[from], int(end-from))
	}
	return ""
}

func (t *infoTable) code(e uint32) uint32 {
	switch t.width {
	case 1:
		return uint32(t.codes[e])
	case 2:
		return uint32(t.codes[2*e]) | uint32(t.codes[2*e+1])<<8
	}
	at := 4 * uint64(e)
	b := t.codes[at : at+4 : at+4]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func (t *infoTable) put(e, code uint32) {
	at := uint64(t.width) * uint64(e)
	for i := range t.width {
		t.codes[at+uint64(i)] = byte(code >> (8 * i))
	}
}

func (t *infoTable) of(e uint32) Info {
	x := t.triples[t.code(e)]
	return Info{Technique: t.texts.at(x.technique), Cond: t.texts.at(x.cond), Proof: t.texts.at(x.proof)}
}

func widthOf(n int) int {
	switch {
	case n <= 1<<8:
		return 1
	case n <= 1<<16:
		return 2
	}
	return 4
}

// An interner numbers infos in the order in which they come.
type interner struct {
	codes map[Info]uint32
	infos []Info
	// recent spares the map: callers pass the same strings over and over.
	recent [256]uint32
}

func (n *interner) init() {
	n.codes, n.infos = map[Info]uint32{{}: 0}, []Info{{}}
}

func (n *interner) code(v *Info) uint32 {
	h := uintptr(unsafe.Pointer(unsafe.StringData(v.Technique))) ^ uintptr(unsafe.Pointer(unsafe.StringData(v.Cond)))>>3 ^ uintptr(unsafe.Pointer(unsafe.StringData(v.Proof)))>>7
	at := &n.recent[byte(h^h>>8^h>>16)]
	if n.infos[*at] == *v {
		return *at
	}
	c, ok := n.codes[*v]
	if !ok {
		kept := Info{strings.Clone(v.Technique), strings.Clone(v.Cond), strings.Clone(v.Proof)}
		c = uint32(len(n.infos))
		n.infos = append(n.infos, kept)
		n.codes[kept] = c
	}
	*at = c
	return c
}

// table returns the infos in their own order, and the place of each code in it.
func (n *interner) table() (t infoTable, places []uint32) {
	n.codes = nil
	order := make([]uint32, len(n.infos))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x, y := &n.infos[a], &n.infos[b]
		return cmp.Or(strings.Compare(x.Technique, y.Technique), strings.Compare(x.Cond, y.Cond), strings.Compare(x.Proof, y.Proof))
	})
	places = make([]uint32, len(order))
	t.triples = make([]triple, len(order))
	known := map[string]uint32{"": 0}
	t.texts.ends = []uint64{0}
	text := func(s string) uint32 {
		c, ok := known[s]
		if !ok {
			c = uint32(len(t.texts.ends))
			known[s] = c
			t.texts.data = append(t.texts.data, s...)
			t.texts.ends = append(t.texts.ends, uint64(len(t.texts.data)))
		}
		return c
	}
	for i, code := range order {
		places[code] = uint32(i)
		v := &n.infos[code]
		t.triples[i] = triple{text(v.Technique), text(v.Cond), text(v.Proof)}
	}
	t.width = widthOf(len(order))
	n.infos = nil
	return t, places
}
