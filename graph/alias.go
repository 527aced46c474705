package graph

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/link"
)

// An aliasTable finds the rows that have an alias, by its canonical spelling:
// open addressing over the distinct aliases, a chain of rows for each. A crowd of
// one alias costs no more than its length.
type aliasTable struct {
	seed  maphash.Seed
	slots []uint32 // entry + 1; 0: free
	names []aliasEntry
	more  []aliasHolder
}

type aliasEntry struct {
	hash  uint64
	text  uint32 // index in lists.texts of one that is spelled so
	row   uint32
	more  uint32 // index in aliasTable.more, + 1
	count uint32
}

type aliasHolder struct{ row, next uint32 }

// longAlias is from how many bytes on the ref of an alias may hold its beginning
// and a hash only.
const longAlias = 80

func newAliasTable(x *rows) *aliasTable {
	t := &aliasTable{seed: maphash.MakeSeed(), slots: make([]uint32, 1<<10)}
	at := uint32(0)
	for i := range x.ids {
		for _, s := range x.aliases.spans(i) {
			text := x.text.at(s)
			t.add(x, link.Canon(text), at, uint32(i))
			if cut := cutAlias(text); cut != "" {
				t.add(x, cut, at, uint32(i))
			}
			at++
		}
	}
	return t
}

// cutAlias is how a long alias stands in an unseen ref; "" when as it is.
func cutAlias(text string) string {
	if len(text) < longAlias {
		return ""
	}
	if id := drover.UnseenRef(text).ID(); id != text {
		return link.Canon(id)
	}
	return ""
}

func (t *aliasTable) add(x *rows, alias string, at, row uint32) {
	if 4*len(t.names) >= 3*len(t.slots) {
		t.grow()
	}
	h := maphash.String(t.seed, alias)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		if t.slots[i] == 0 {
			t.names = append(t.names, aliasEntry{hash: h, text: at, row: row, count: 1})
			t.slots[i] = uint32(len(t.names))
			return
		}
		e := &t.names[t.slots[i]-1]
		if e.hash != h || !x.spelled(e.text, alias) {
			continue
		}
		last := e.row
		if e.more != 0 {
			last = t.more[e.more-1].row
		}
		if last != row && e.count <= link.MaxShared {
			t.more = append(t.more, aliasHolder{row, e.more})
			e.more = uint32(len(t.more))
			e.count++
		}
		return
	}
}

// spelled reports whether the alias at that place is spelled so.
func (x *rows) spelled(at uint32, alias string) bool {
	text := x.text.at(x.aliases.texts[at])
	return link.Canon(text) == alias || cutAlias(text) == alias
}

func (t *aliasTable) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n := range t.names {
		i := t.names[n].hash & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = uint32(n + 1)
	}
}

// find returns the rows that have an alias in its canonical spelling, in
// ascending order, link.MaxShared+1 at most.
func (t *aliasTable) find(x *rows, alias string) []uint32 {
	h := maphash.String(t.seed, alias)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; t.slots[i] != 0; i = (i + 1) & mask {
		e := &t.names[t.slots[i]-1]
		if e.hash != h || !x.spelled(e.text, alias) {
			continue
		}
		out := []uint32{e.row}
		for at := e.more; at != 0; at = t.more[at-1].next {
			out = append(out, t.more[at-1].row)
		}
		slices.Sort(out)
		return out
	}
	return nil
}

// A nameList is the aliases of some schemes in order of their canonical text, so
// that those with a beginning, or an end, lie together.
type nameList struct {
	names   []name
	byEnd   []uint32 // places in names, ordered by the reversed text; made when asked
	schemes map[string]bool
}

type name struct {
	alias string
	row   uint32
}

func newNameList(x *rows, schemes map[string]bool) *nameList {
	l := &nameList{schemes: schemes}
	for i := range x.ids {
		for _, s := range x.aliases.spans(i) {
			text := x.text.at(s)
			if scheme, _, _ := strings.Cut(text, ":"); schemes[scheme] && !link.Pattern(text) {
				l.names = append(l.names, name{link.Canon(text), uint32(i)})
			}
		}
	}
	slices.SortFunc(l.names, func(a, b name) int { return strings.Compare(a.alias, b.alias) })
	return l
}

// within returns the places of the names that begin with a text.
func (l *nameList) within(prefix string) (from, to int) {
	from, _ = slices.BinarySearchFunc(l.names, prefix, func(n name, p string) int { return strings.Compare(n.alias, p) })
	to, _ = slices.BinarySearchFunc(l.names[from:], prefix, func(n name, p string) int {
		if strings.HasPrefix(n.alias, p) {
			return -1
		}
		return 1
	})
	return from, from + to
}

// ending returns the names that end with a text, as a part of byEnd.
func (l *nameList) ending(suffix string) []uint32 {
	if l.byEnd == nil {
		l.byEnd = make([]uint32, len(l.names))
		for i := range l.byEnd {
			l.byEnd[i] = uint32(i)
		}
		slices.SortFunc(l.byEnd, func(a, b uint32) int { return compareEnds(l.names[a].alias, l.names[b].alias) })
	}
	from, _ := slices.BinarySearchFunc(l.byEnd, suffix, func(i uint32, s string) int { return compareEnds(l.names[i].alias, s) })
	to, _ := slices.BinarySearchFunc(l.byEnd[from:], suffix, func(i uint32, s string) int {
		if strings.HasSuffix(l.names[i].alias, s) {
			return -1
		}
		return 1
	})
	return l.byEnd[from : from+to]
}

// compareEnds compares two texts from their last bytes on.
func compareEnds(a, b string) int {
	for i, j := len(a)-1, len(b)-1; i >= 0 && j >= 0; i, j = i-1, j-1 {
		if a[i] != b[j] {
			return int(a[i]) - int(b[j])
		}
	}
	return len(a) - len(b)
}
