package graph

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

const unknown = filter.Unknown

// rows holds the nodes, column by column.
type rows struct {
	text                                           arena // of everything but attributes
	json                                           arena // attributes
	ids, entities                                  []int64
	refs, names, attrs                             []span
	kinds                                          []uint8
	typ, sources, system                           []uint32
	types, sourceSets, systems                     words
	created, rotated, expires, firstSeen, observed []int64
	aliases                                        lists
}

func (x *rows) row(i int) Row {
	return Row{ID: x.ids[i], Entity: x.entities[i], Node: x.node(i), Sources: x.sourcesOf(i), FirstSeen: moment(x.firstSeen[i]), Observed: moment(x.observed[i])}
}

func (x *rows) node(i int) drover.Node {
	n := drover.Node{Ref: drover.Ref(x.ref(i)), Kind: drover.Kinds[x.kinds[i]], Type: x.types.words[x.typ[i]], Name: x.text.at(x.names[i]), Aliases: x.aliases.list(&x.text, i),
		Created: moment(x.created[i]), Rotated: moment(x.rotated[i]), Expires: moment(x.expires[i])}
	if a := x.json.at(x.attrs[i]); a != "" {
		n.Attrs = drover.Attrs(a)
	}
	return n
}

func (x *rows) ref(i int) string { return x.text.at(x.refs[i]) }

func (x *rows) sourcesOf(i int) []string {
	if set := x.sourceSets.words[x.sources[i]]; set != "" {
		return strings.Split(set, "\x00")
	}
	return nil
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
	joined                       []uint32 // how an end was found
	proof                        []span
	words                        words
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

// An idTable finds the row of a store id among ids in ascending order. Ids are
// hashes, spread evenly, so their leading bits say where to look: one step into
// the table leads to one or two ids.
type idTable struct {
	shift  uint
	starts []uint32
}

func newIDTable(ids []int64) *idTable {
	bits := uint(1)
	for 1<<bits < len(ids) {
		bits++
	}
	t := &idTable{63 - bits, make([]uint32, 1<<bits+1)}
	for _, id := range ids {
		t.starts[uint64(id)>>t.shift+1]++
	}
	for i := range len(t.starts) - 1 {
		t.starts[i+1] += t.starts[i]
	}
	return t
}

func (t *idTable) find(ids []int64, id int64) (int, bool) {
	if id < 0 {
		return 0, false
	}
	b := uint64(id) >> t.shift
	from := int(t.starts[b])
	i, ok := slices.BinarySearch(ids[from:t.starts[b+1]], id)
	return from + i, ok
}

// refTable finds the row of a ref: open addressing over row numbers, so that it
// costs 8 to 16 bytes a row and no pointer.
type refTable struct {
	seed  maphash.Seed
	slots []uint32 // row + 1; 0: free
}

func newRefTable(x *rows) *refTable {
	size := 16
	for size < 2*len(x.refs) {
		size *= 2
	}
	t := &refTable{maphash.MakeSeed(), make([]uint32, size)}
	for i := range x.refs {
		h := maphash.String(t.seed, x.ref(i))
		for ; t.slots[h&uint64(size-1)] != 0; h++ {
		}
		t.slots[h&uint64(size-1)] = uint32(i + 1)
	}
	return t
}

func (t *refTable) find(x *rows, ref string) (int, bool) {
	for h := maphash.String(t.seed, ref); ; h++ {
		slot := t.slots[h&uint64(len(t.slots)-1)]
		if slot == 0 {
			return 0, false
		}
		if x.ref(int(slot-1)) == ref {
			return int(slot - 1), true
		}
	}
}
