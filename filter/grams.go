package filter

import (
	"encoding/binary"
	"slices"
	"sync"
)

// grams say in which blocks of rows three bytes occur one after another, so that a
// search looks at those blocks only in which all of what it wants may be. Threes
// share buckets: that a block is named means it may hold them. About ten bytes a
// row of a column of names.
type grams struct {
	starts []uint32 // of each bucket in lists, and the end of the last
	lists  []byte   // of each bucket: its blocks, ascending, as varints of the steps between
	freq   *frequencies
}

const (
	gramRows    = 8 // of a block
	gramBuckets = 1 << 16
)

// gram is the bucket of three bytes.
func gram(a, b, c byte) uint32 {
	return (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) * 0x9E3779B1 >> 16
}

// eachGram calls f for the buckets of the threes in each block, each once; none
// crosses the border of a text.
func (f *Folded) eachGram(visit func(bucket, block uint32)) {
	seen := make([]uint32, gramBuckets) // the last block that had it, and 1
	for block := range uint32((len(f.ends) + gramRows - 1) / gramRows) {
		text := f.block(block)
		for i := 0; i+2 < len(text); i++ {
			if text[i+2] == border {
				i += 2 // nothing begins at the last two bytes of a text
				continue
			}
			if g := gram(text[i], text[i+1], text[i+2]); seen[g] != block+1 {
				seen[g] = block + 1
				visit(g, block)
			}
		}
	}
}

// block are the texts of some rows.
func (f *Folded) block(n uint32) []byte {
	from := uint64(0)
	if n > 0 {
		from = f.ends[n*gramRows-1]
	}
	return f.data[from:f.ends[min(int(n+1)*gramRows, len(f.ends))-1]]
}

// Index makes searches for three bytes and more fast, once for all; until it is
// done they go over everything. It takes about as long as a few such searches, and
// is for who searches often.
func (f *Folded) Index() {
	f.once.Do(func() {
		last, g := make([]uint32, gramBuckets), &grams{starts: make([]uint32, gramBuckets+1)}
		var step [binary.MaxVarintLen32]byte
		f.eachGram(func(bucket, block uint32) {
			g.starts[bucket+1] += uint32(binary.PutUvarint(step[:], uint64(block+1-last[bucket])))
			last[bucket] = block + 1
		})
		for i := range gramBuckets {
			g.starts[i+1] += g.starts[i]
		}
		g.lists = make([]byte, g.starts[gramBuckets])
		next := slices.Clone(g.starts)
		clear(last)
		f.eachGram(func(bucket, block uint32) {
			next[bucket] += uint32(binary.PutUvarint(g.lists[next[bucket]:], uint64(block+1-last[bucket])))
			last[bucket] = block + 1
		})
		g.freq = newFrequencies(f.data)
		f.grams.Store(g)
	})
}

// Bytes is about how much memory the index takes, 0 where there is none.
func (f *Folded) Bytes() int64 {
	if g := f.grams.Load(); g != nil {
		return int64(len(g.lists) + 4*len(g.starts) + 4*len(g.freq.pairs))
	}
	return 0
}

func (g *grams) list(bucket uint32) []byte { return g.lists[g.starts[bucket]:g.starts[bucket+1]] }

// blocks are those that may hold what is wanted; ok is false where they would be
// too many to be worth it.
func (g *grams) blocks(want []byte, rows int) (blocks []uint32, ok bool) {
	var lists [][]byte
	for i := range len(want) - 2 {
		lists = append(lists, g.list(gram(want[i], want[i+1], want[i+2])))
	}
	slices.SortFunc(lists, func(a, b []byte) int { return len(a) - len(b) })
	if len(lists) == 0 || len(lists[0])*gramRows > rows/2 {
		return nil, false
	}
	at := uint32(0)
	for l := lists[0]; len(l) > 0; {
		step, n := binary.Uvarint(l)
		at, l = at+uint32(step), l[n:]
		blocks = append(blocks, at-1)
	}
	for _, l := range lists[1:] {
		if len(l) > 64*len(blocks) { // reading it costs more than it spares
			break
		}
		blocks = narrowed(blocks, l)
	}
	return blocks, true
}

// narrowed keeps the blocks that a list has as well, in place.
func narrowed(blocks []uint32, l []byte) []uint32 {
	kept, at := blocks[:0], uint32(0)
	for _, b := range blocks {
		for at < b+1 && len(l) > 0 {
			step, n := uint64(l[0]), 1
			if step >= 0x80 {
				step, n = binary.Uvarint(l)
			}
			at, l = at+uint32(step), l[n:]
		}
		if at == b+1 {
			kept = append(kept, b)
		}
	}
	return kept
}

// searchBlocks marks the rows of some blocks of which a text holds what is looked
// for.
func (f *Folded) searchBlocks(blocks []uint32, find *finder, hits bitset) {
	if len(blocks) < parallelBlocks {
		f.searchSome(blocks, find, hits)
		return
	}
	// Each part has words of the bitset of its own.
	mid := len(blocks) / 2
	for mid < len(blocks) && blocks[mid]*gramRows>>6 == blocks[mid-1]*gramRows>>6 {
		mid++
	}
	var wg sync.WaitGroup
	wg.Go(func() { f.searchSome(blocks[mid:], find, hits) })
	f.searchSome(blocks[:mid], find, hits)
	wg.Wait()
}

// parallelBlocks is how many blocks are worth more than one core.
const parallelBlocks = 2048

func (f *Folded) searchSome(blocks []uint32, find *finder, hits bitset) {
	for i := 0; i < len(blocks); {
		first := blocks[i]
		for i++; i < len(blocks) && blocks[i] == blocks[i-1]+1; i++ {
		}
		f.searchRows(int(first)*gramRows, min(int(blocks[i-1]+1)*gramRows, len(f.ends)), find, hits)
	}
}
