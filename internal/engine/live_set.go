package engine

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// A set is the rows of a list, whatever their order. It is immutable but for the
// facets that were counted over it.
type set struct {
	bits bitset // of its rows
	n    int    // how many they are
	risk bool   // risk was asked for

	mu     sync.Mutex
	facets map[string][]FacetCount
}

type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i uint32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i uint32) bool { return b[i>>6]>>(i&63)&1 != 0 }

// runs are the places of the bits, ascending, some thousands at a time: a call for
// each of a million costs more than what is done with it. What is yielded is good until
// the next.
func (b bitset) runs(yield func([]uint32) bool) {
	var buf [1 << 12]uint32
	n := 0
	for i, w := range b {
		if n > len(buf)-64 {
			if !yield(buf[:n]) {
				return
			}
			n = 0
		}
		for ; w != 0; w &= w - 1 {
			buf[n] = uint32(i<<6 + bits.TrailingZeros64(w))
			n++
		}
	}
	if n > 0 {
		yield(buf[:n])
	}
}

// common counts the places of both.
func (b bitset) common(o bitset) (n int) {
	o = o[:len(b)]
	for i, w := range b {
		n += bits.OnesCount64(w & o[i])
	}
	return n
}

func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// setCache keeps the sets that were asked for last.
type setCache struct {
	mu    sync.Mutex
	list  []setEntry // the last used first
	nouns map[string]bitset
}

type setEntry struct {
	key string
	set *set
}

const (
	maxSets    = 256
	maxSetBits = 1 << 29 // of all sets together
)

func (c *setCache) get(key string) *set {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.list, func(e setEntry) bool { return e.key == key })
	if i < 0 {
		return nil
	}
	e := c.list[i]
	copy(c.list[1:i+1], c.list[:i])
	c.list[0] = e
	return e.set
}

func (c *setCache) put(key string, s *set) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = slices.Insert(c.list, 0, setEntry{key, s})
	n := 0
	for i, e := range c.list {
		if n += len(e.set.bits) * 64; i > 0 && (i >= maxSets || n > maxSetBits) {
			clear(c.list[i:])
			c.list = c.list[:i]
			return
		}
	}
}

// noun marks the rows that a noun lists: heads of its kinds.
func (h *held) noun(n Noun) bitset {
	h.sets.mu.Lock()
	defer h.sets.mu.Unlock()
	if b := h.sets.nouns[n.Name]; b != nil {
		return b
	}
	b := newBitset(h.s.Seen())
	for i := range h.s.Seen() {
		if (len(n.Kinds) == len(drover.Kinds) || slices.Contains(n.Kinds, h.s.Kind(i))) && !h.s.IsMember(i) {
			b.set(uint32(i))
		}
	}
	if h.sets.nouns == nil {
		h.sets.nouns = map[string]bitset{}
	}
	h.sets.nouns[n.Name] = b
	return b
}

// set returns the rows of a list.
func (s *Snapshot) set(q Query) (*set, error) {
	h, noun, text, now := s.held, q.Noun, q.Filter, s.now
	if !q.Now.IsZero() {
		now = q.Now
	}
	key := noun.Name + "\x00" + text
	if known := h.sets.get(key); known != nil {
		return s.known(known)
	}
	if asksTierZero(text) { // what is of tier 0, and what is called so
		if _, err := filter.Parse(text, graph.Fields, now); err != nil {
			return nil, err // with the place in the text as it was given
		}
		text = tierZero(text) + " OR (" + text + ")"
	}
	f, err := filter.Parse(text, graph.Fields, now)
	if err != nil {
		return nil, err
	}
	if f.Timed() {
		key += "\x00" + now.UTC().Format(time.RFC3339Nano)
		if known := h.sets.get(key); known != nil {
			return s.known(known)
		}
	}
	of := h.noun(noun)
	if text == "" {
		made := &set{bits: of, n: of.count()}
		h.sets.put(key, made)
		return made, nil
	}
	if h.apart() {
		for _, name := range []string{"owned", "naming"} {
			if col := s.Table().Columns[name]; col.Text != nil && strings.Contains(text, name) {
				s.table.Columns[name] = h.codes(name, col)
			}
		}
	}
	matched, err := f.Bits(s.Table())
	if err != nil {
		return nil, err
	}
	if err := s.risk.failed(); err != nil {
		return nil, err
	}
	for w := range matched {
		matched[w] &= of[w]
	}
	made := &set{bits: matched, n: bitset(matched).count(), risk: s.AskedRisk() && strings.Contains(text, "risk")}
	h.sets.put(key, made)
	return made, nil
}

// known is a set that was kept, for this reader.
func (s *Snapshot) known(of *set) (*set, error) {
	if of.risk {
		s.Table().Columns["risk"].Int64s() // says that it was asked for
	}
	return of, s.risk.failed()
}

// sorted returns the rows of a set in an order, from a place of the order on, n at
// most.
func (o *order) sorted(of *set, from, n int) []uint32 {
	out := []uint32{}
	if n <= 0 {
		return out
	}
	if of.n < len(o.rows)/32 {
		// The n first places: the others are put off again and again, not sorted.
		first, last := []uint32{}, uint32(len(o.rows))
		for rows := range of.bits.runs {
			for _, r := range rows {
				at := o.place[r]
				if int(at) < from || at >= last {
					continue
				}
				if first = append(first, at); len(first) >= 2*n+1024 {
					slices.Sort(first)
					first, last = first[:n], first[n-1]
				}
			}
		}
		slices.Sort(first)
		for _, at := range first[:min(n, len(first))] {
			out = append(out, o.rows[at])
		}
		return out
	}
	for _, r := range o.rows[min(from, len(o.rows)):] {
		if of.bits.has(r) {
			if out = append(out, r); len(out) == n {
				break
			}
		}
	}
	return out
}
