package link

import (
	"hash/maphash"
	"time"

	"github.com/droverhq/drover"
)

// MaxShared is how many nodes may share an alias. What more have is a fault of a
// source, or an attempt: it joins none of them.
const MaxShared = 64

// MaxMembers is how many nodes names alone make one thing. A longer chain of
// shared names is a fault, too.
const MaxMembers = 1000

// Node is what the linker needs to know of a node.
type Node struct {
	ID      int64 // the store's number for the ref
	Entity  int64 // the entity that it is a member of now; 0 or ID: its own
	Ref     drover.Ref
	Kind    drover.Kind
	Type    string
	Aliases []string

	Created   time.Time // zero: unknown
	FirstSeen time.Time // since when it is known; zero: unknown
	Observed  time.Time // when it was last seen; zero: unknown

	// Pinned is the reason of a membership that a person made ("interview: …"). The
	// node stays with the node whose ID is Entity, whatever aliases say. "": none.
	Pinned string
}

// A Join says that a node becomes a member of an entity.
type Join struct {
	ID     int64
	Ref    drover.Ref
	Entity int64  // ID itself: it leaves the entity that it was in, or carries its own id again
	Reason string // "same alias aws-key:AKIA…"
}

// A Doubt says why nodes that share a name were not joined.
type Doubt struct {
	ID     int64
	Ref    drover.Ref
	Alias  string // "": not one of them
	Reason string // a sentence without final stop
}

// A Linker joins the nodes that are one thing. Add all nodes, in any order, each
// once; then ask Joins. The answer depends on the set of nodes only. It is not
// safe for concurrent use.
//
// About 250 bytes a node are held until it is dropped.
type Linker struct {
	seed1, seed2 maphash.Seed

	// One of each per node.
	ids, entities              []int64
	created, firstSeen, lastAt []int64
	refs                       []span
	kinds                      []uint8
	types                      []uint32
	markEnds                   []uint32
	markKeys                   []uint32
	markValues                 []uint64
	pinned                     map[uint32]string
	clusters                   map[string]bool // of Kubernetes, by tenant

	text    text
	names   map[string]uint32 // types, and what marks are about
	entries []entry           // one for each alias and kind
	slots   []uint32          // entry + 1; 0: free
	shared  []shared          // one for each entry that several nodes have
	more    []holder
	doubts  []doubt
}

// An entry is an identifying alias of nodes of one kind. The text is not kept
// before it is shared: 128 bits of two hashes with keys of their own tell a
// million million of them apart.
type entry struct {
	hi, lo uint64
	first  uint32 // the row that had it first
	shared uint32 // index in shared, + 1
}

type shared struct {
	alias  span
	scheme uint32 // index in Schemes
	first  uint32 // a row
	more   uint32 // index in Linker.more, + 1
	n      uint32 // rows, counted to MaxShared + 1
}

type holder struct{ row, next uint32 }

type doubt struct {
	row    uint32
	alias  string
	reason string
}

// New returns an empty Linker.
func New() *Linker {
	return &Linker{seed1: maphash.MakeSeed(), seed2: maphash.MakeSeed(), pinned: map[uint32]string{}, clusters: map[string]bool{}, names: map[string]uint32{}, slots: make([]uint32, 1<<10)}
}

// Len is the number of nodes added.
func (l *Linker) Len() int { return len(l.ids) }

// Add adds a node. It keeps no string of it.
func (l *Linker) Add(n Node) {
	row := uint32(len(l.ids))
	if n.Entity == 0 {
		n.Entity = n.ID
	}
	l.ids, l.entities = append(l.ids, n.ID), append(l.entities, n.Entity)
	l.created, l.firstSeen, l.lastAt = append(l.created, unix(n.Created)), append(l.firstSeen, unix(n.FirstSeen)), append(l.lastAt, unix(n.Observed))
	l.refs = append(l.refs, l.text.keep(string(n.Ref)))
	l.types = append(l.types, l.name(n.Type))
	l.kinds = append(l.kinds, kindCode(n.Kind))
	if n.Pinned != "" && n.Entity != n.ID {
		l.pinned[row] = n.Pinned
	}
	l.marks(row, &n)
	l.markEnds = append(l.markEnds, uint32(len(l.markKeys)))
}

// alias notes that a row has an identifying alias.
func (l *Linker) alias(row uint32, kind uint8, scheme uint32, alias string) {
	if 4*len(l.entries) >= 3*len(l.slots) {
		l.grow()
	}
	hi, lo := maphash.String(l.seed1, alias)+uint64(kind), maphash.String(l.seed2, alias)
	mask := uint64(len(l.slots) - 1)
	for at := hi & mask; ; at = (at + 1) & mask {
		i := l.slots[at]
		if i == 0 {
			l.entries = append(l.entries, entry{hi: hi, lo: lo, first: row})
			l.slots[at] = uint32(len(l.entries))
			return
		}
		if e := &l.entries[i-1]; e.hi == hi && e.lo == lo {
			l.share(e, row, scheme, alias)
			return
		}
	}
}

func (l *Linker) share(e *entry, row, scheme uint32, alias string) {
	if e.shared == 0 {
		if e.first == row {
			return
		}
		l.shared = append(l.shared, shared{alias: l.text.keep(alias), scheme: scheme, first: e.first, n: 1})
		e.shared = uint32(len(l.shared))
	}
	s := &l.shared[e.shared-1]
	if s.n > MaxShared || s.more != 0 && l.more[s.more-1].row == row || s.first == row {
		return
	}
	l.more = append(l.more, holder{row, s.more})
	s.more = uint32(len(l.more))
	s.n++
}

func (l *Linker) grow() {
	l.slots = make([]uint32, 2*len(l.slots))
	mask := uint64(len(l.slots) - 1)
	for i := range l.entries {
		at := l.entries[i].hi & mask
		for l.slots[at] != 0 {
			at = (at + 1) & mask
		}
		l.slots[at] = uint32(i + 1)
	}
}

// rows appends the rows that share s.
func (l *Linker) rows(s *shared, out []uint32) []uint32 {
	out = append(out, s.first)
	for at := s.more; at != 0; at = l.more[at-1].next {
		out = append(out, l.more[at-1].row)
	}
	return out
}

func (l *Linker) name(s string) uint32 {
	c, ok := l.names[s]
	if !ok {
		c = uint32(len(l.names))
		l.names[s] = c
	}
	return c
}

func (l *Linker) doubt(row uint32, alias, reason string) {
	l.doubts = append(l.doubts, doubt{row, alias, reason})
}

const unknown = int64(-1) << 63

func unix(t time.Time) int64 {
	if t.IsZero() {
		return unknown
	}
	return t.Unix()
}

// kindCode is the place of a kind in the closed list; one that is not in it has
// a code of its own that no alias identifies.
func kindCode(k drover.Kind) uint8 {
	for i, v := range drover.Kinds {
		if v == k {
			return uint8(i)
		}
	}
	return uint8(len(drover.Kinds))
}

// text keeps strings end to end in large chunks.
type text struct {
	chunks [][]byte
	free   []byte
}

// A span is where a string lies: chunk, offset and length.
type span struct {
	chunk, at uint32
	n         uint32
}

func (t *text) keep(s string) span {
	const size = 1 << 20
	if s == "" {
		return span{}
	}
	if len(s) > cap(t.free)-len(t.free) {
		t.free = make([]byte, 0, max(size, len(s)))
		t.chunks = append(t.chunks, nil)
	}
	at := len(t.free)
	t.free = append(t.free, s...)
	t.chunks[len(t.chunks)-1] = t.free
	return span{uint32(len(t.chunks) - 1), uint32(at), uint32(len(s))}
}

func (t *text) at(s span) string {
	if s.n == 0 {
		return ""
	}
	return string(t.chunks[s.chunk][s.at : s.at+s.n])
}
