package graph

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

const unknown = filter.Unknown

// rows holds the nodes, column by column.
type rows struct {
	ids, entities                                  []int64
	refs, names, attrs                             []string
	kinds                                          []uint8
	typ, sources                                   []uint32
	types, sourceSets                              words
	created, rotated, expires, firstSeen, observed []int64
	aliases                                        lists
}

func (x *rows) row(i int) Row {
	r := Row{ID: x.ids[i], Entity: x.entities[i], FirstSeen: moment(x.firstSeen[i]), Observed: moment(x.observed[i])}
	if set := x.sourceSets.words[x.sources[i]]; set != "" {
		r.Sources = strings.Split(set, "\x00")
	}
	r.Node = drover.Node{Ref: drover.Ref(x.refs[i]), Kind: drover.Kinds[x.kinds[i]], Type: x.types.words[x.typ[i]], Name: x.names[i], Aliases: x.aliases.list(i),
		Created: moment(x.created[i]), Rotated: moment(x.rotated[i]), Expires: moment(x.expires[i])}
	if a := x.attrs[i]; a != "" {
		r.Node.Attrs = drover.Attrs(a)
	}
	return r
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return unknown
	}
	return t.Unix()
}

func moment(v int64) time.Time {
	if v == unknown {
		return time.Time{}
	}
	return time.Unix(v, 0).UTC()
}

// edges holds the edges, column by column.
type edges struct {
	from, to                     []uint32
	kind                         []uint8
	part, cond, technique, grade []uint32
	proof                        []string
	words                        words
}

// An arena keeps strings in large chunks, so that millions of them are few
// objects to the garbage collector.
type arena struct{ chunk []byte }

const chunkSize = 1 << 20

func (a *arena) keep(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > cap(a.chunk)-len(a.chunk) {
		a.chunk = make([]byte, 0, max(chunkSize, len(s)))
	}
	from := len(a.chunk)
	a.chunk = append(a.chunk, s...)
	// The bytes are never written again: a chunk only grows into its capacity.
	return unsafe.String(&a.chunk[from], len(s))
}

// words interns a vocabulary; code 0 is "".
type words struct {
	words []string
	codes map[string]uint32
}

func (w *words) init() { w.words, w.codes = []string{""}, map[string]uint32{"": 0} }

func (w *words) code(s string) uint32 {
	if c, ok := w.codes[s]; ok {
		return c
	}
	s = strings.Clone(s)
	c := uint32(len(w.words))
	w.words = append(w.words, s)
	w.codes[s] = c
	return c
}

// lists holds a list of strings per row.
type lists struct {
	ends  []uint32
	texts []string
}

func (l *lists) add(a *arena, texts []string) {
	for _, s := range texts {
		l.texts = append(l.texts, a.keep(s))
	}
	l.ends = append(l.ends, uint32(len(l.texts)))
}

func (l *lists) list(i int) []string {
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	if from == l.ends[i] {
		return nil
	}
	return l.texts[from:l.ends[i]:l.ends[i]]
}

// csr lists the edges of each row in one array.
type csr struct{ starts, edges []uint32 }

func newCSR(n int, ends []uint32) csr {
	c := csr{make([]uint32, n+1), make([]uint32, len(ends))}
	for _, i := range ends {
		c.starts[i+1]++
	}
	for i := range n {
		c.starts[i+1] += c.starts[i]
	}
	next := append([]uint32(nil), c.starts[:n]...)
	for e, i := range ends {
		c.edges[next[i]] = uint32(e)
		next[i]++
	}
	return c
}

func (c *csr) of(i int) []uint32 { return c.edges[c.starts[i]:c.starts[i+1]] }

// aliasTable finds the rows that have an alias: open addressing over row
// numbers, once per alias.
type aliasTable struct {
	seed  maphash.Seed
	slots []uint32 // row + 1; 0: free
}

func newAliasTable(x *rows) *aliasTable {
	size := 16
	for size < 2*len(x.aliases.texts) {
		size *= 2
	}
	t := &aliasTable{maphash.MakeSeed(), make([]uint32, size)}
	for i := range x.ids {
		for _, a := range x.aliases.list(i) {
			h := maphash.String(t.seed, a)
			for ; t.slots[h&uint64(size-1)] != 0; h++ {
			}
			t.slots[h&uint64(size-1)] = uint32(i + 1)
		}
	}
	return t
}

// find returns the one row that an alias means: the only one that has it, or
// the only person among those that have it. A crowd of more than maxShared is
// no answer, however long it is.
func (t *aliasTable) find(x *rows, alias string) (uint32, bool) {
	const maxShared = 64
	var found, people []uint32
	for h := maphash.String(t.seed, alias); t.slots[h&uint64(len(t.slots)-1)] != 0 && len(found) < maxShared; h++ {
		i := t.slots[h&uint64(len(t.slots)-1)] - 1
		if !slices.Contains(x.aliases.list(int(i)), alias) || slices.Contains(found, i) {
			continue
		}
		found = append(found, i)
		if drover.Kinds[x.kinds[i]] == drover.KindHuman {
			people = append(people, i)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], true
	case len(people) == 1 && len(found) < maxShared:
		return people[0], true
	}
	return 0, false
}

// refTable finds the row of a ref: open addressing over row numbers, so that it
// costs 8 to 16 bytes a row and no pointer.
type refTable struct {
	seed  maphash.Seed
	slots []uint32 // row + 1; 0: free
	n     int
}

func (t *refTable) find(refs []string, ref string) (int, bool) {
	if t.n == 0 {
		return 0, false
	}
	for h := maphash.String(t.seed, ref); ; h++ {
		slot := t.slots[h&uint64(len(t.slots)-1)]
		if slot == 0 {
			return 0, false
		}
		if refs[slot-1] == ref {
			return int(slot - 1), true
		}
	}
}

func (t *refTable) add(refs []string, row uint32) {
	if t.slots == nil {
		t.seed = maphash.MakeSeed()
	}
	if 2*(t.n+1) > len(t.slots) {
		old := t.n
		t.slots, t.n = make([]uint32, max(16, 2*len(t.slots))), 0
		for i := range uint32(old) {
			t.put(refs[i], i)
		}
	}
	t.put(refs[row], row)
}

func (t *refTable) put(ref string, row uint32) {
	h := maphash.String(t.seed, ref)
	for ; t.slots[h&uint64(len(t.slots)-1)] != 0; h++ {
	}
	t.slots[h&uint64(len(t.slots)-1)] = row + 1
	t.n++
}
