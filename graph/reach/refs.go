package reach

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/droverhq/drover"
)

const maxRef = 1 << 16 // bytes

// A refTable holds the refs of nodes end to end, and an index to find them by.
// Both are empty where none was given.
type refTable struct {
	data  []byte
	ends  []uint64 // of node n's, at n+1
	index []uint32 // open addressing: a node's number plus one, 0 for none
}

// refBuilder keeps refs as they come.
type refBuilder struct {
	chunks [][]byte
	spans  []uint64 // chunk (24 bits) | offset (22) | length (17) per node
}

const refChunk = 1 << 22

func (b *refBuilder) set(nodes int, n uint32, ref drover.Ref) error {
	if len(ref) > maxRef {
		return fmt.Errorf("ref of node %d: %d bytes, of %d: %w", n, len(ref), maxRef, drover.ErrInvalid)
	}
	if b.spans == nil {
		b.spans = make([]uint64, nodes)
	}
	last := len(b.chunks) - 1
	if last < 0 || len(b.chunks[last])+len(ref) > refChunk {
		b.chunks = append(b.chunks, make([]byte, 0, refChunk))
		last++
	}
	b.spans[n] = uint64(last)<<40 | uint64(len(b.chunks[last]))<<18 | uint64(len(ref))
	b.chunks[last] = append(b.chunks[last], ref...)
	return nil
}

func (b *refBuilder) table() refTable {
	if b.spans == nil {
		return refTable{}
	}
	total := uint64(0)
	for _, s := range b.spans {
		total += s & (1<<18 - 1)
	}
	t := refTable{data: make([]byte, 0, total), ends: make([]uint64, len(b.spans)+1)}
	for n, s := range b.spans {
		from, size := s>>18&(refChunk-1), s&(1<<18-1)
		if size > 0 {
			t.data = append(t.data, b.chunks[s>>40][from:from+size]...)
		}
		t.ends[n+1] = uint64(len(t.data))
	}
	*b = refBuilder{}
	t.index = make([]uint32, 1<<bits.Len(uint(len(t.ends)+len(t.ends)/4)))
	for n := range uint32(len(t.ends) - 1) {
		if t.ends[n] == t.ends[n+1] {
			continue
		}
		if at, found := t.find(t.bytes(n)); !found {
			t.index[at] = n + 1
		}
	}
	return t
}

func (t *refTable) bytes(n uint32) []byte { return t.data[t.ends[n]:t.ends[n+1]] }

// find returns the place of a ref in the index, or the empty place for it.
func (t *refTable) find(ref []byte) (at uint32, found bool) {
	mask := uint32(len(t.index) - 1)
	at = uint32(hash(ref)) & mask
	for range t.index {
		n := t.index[at]
		if n == 0 {
			return at, false
		}
		if string(t.bytes(n-1)) == string(ref) {
			return at, true
		}
		at = (at + 1) & mask
	}
	return at, false
}

// hash is FNV-1a over words of eight bytes, mixed: it must be the same in every
// process, since the index lies in the file.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037) ^ uint64(len(b))
	for len(b) >= 8 {
		v := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		h = mix(h ^ v)
		b = b[8:]
	}
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Ref returns the ref of a node; "" where none was given.
func (g *Graph) Ref(n uint32) drover.Ref {
	if len(g.refs.ends) == 0 {
		return ""
	}
	b := g.refs.bytes(n)
	return drover.Ref(unsafe.String(unsafe.SliceData(b), len(b)))
}

// Find returns the lowest node that has this ref.
func (g *Graph) Find(ref drover.Ref) (uint32, bool) {
	if len(g.refs.index) == 0 || ref == "" {
		return 0, false
	}
	at, found := g.refs.find([]byte(ref))
	if !found {
		return 0, false
	}
	return g.refs.index[at] - 1, true
}
