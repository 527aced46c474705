package reach

import (
	"math"
	"math/bits"
	"unsafe"
)

// A sketch is a set of nodes: the list of them while they are few, and then a
// HyperLogLog (Flajolet and others, 2007) of 512 registers, whose standard error
// is 4.6 %. Both take at most 512 bytes.
type sketch struct {
	list []uint32
	regs *[registers]uint8 // set: list is empty
}

const (
	registers = 512
	listMost  = registers / 4
)

// A gather makes a sketch of what it is given. Listed nodes are told apart by a
// stamp, so that one gather serves all sets in turn.
type gather struct {
	stamps []uint32 // by node: the stamp under which it was last listed
	stamp  uint32
	list   [listMost]uint32
	n      int
	big    bool
	regs   [registers]uint8
}

// begin starts a new set; no stamp may come twice.
func (a *gather) begin(stamp uint32) {
	a.stamp, a.n, a.big = stamp, 0, false
}

func (a *gather) add(n uint32) {
	if a.big {
		a.count(n)
		return
	}
	if a.stamps[n] == a.stamp {
		return
	}
	if a.n == listMost {
		a.grow()
		a.count(n)
		return
	}
	a.stamps[n] = a.stamp
	a.list[a.n] = n
	a.n++
}

// grow turns the list into registers.
func (a *gather) grow() {
	a.big = true
	clear(a.regs[:])
	for _, n := range a.list[:a.n] {
		a.count(n)
	}
}

func (a *gather) count(n uint32) {
	h := mix(uint64(n) + 0x9e3779b97f4a7c15)
	r := &a.regs[h>>55]
	*r = max(*r, uint8(bits.LeadingZeros64(h<<9|1<<8)+1))
}

func (a *gather) union(s sketch) {
	if s.regs == nil {
		for _, n := range s.list {
			a.add(n)
		}
		return
	}
	if !a.big {
		a.grow()
	}
	maxBytes(&a.regs, s.regs)
}

// maxBytes sets each byte of a to the greater of both; no byte is over 127.
func maxBytes(a, b *[registers]uint8) {
	const high = 0x8080808080808080
	x, y := (*[registers / 8]uint64)(unsafe.Pointer(a)), (*[registers / 8]uint64)(unsafe.Pointer(b))
	for i, v := range y {
		u := x[i]
		if u == v {
			continue
		}
		ge := ((u | high) - v) & high // set where u >= v
		keep := ge - ge>>7            // 0x7f where u >= v
		x[i] = u&keep | v&^keep
	}
}

// size is the number of nodes, and whether it is exact.
func (a *gather) size() (n int, exact bool) {
	if !a.big {
		return a.n, true
	}
	return estimate(&a.regs), false
}

// estimate is Ertl's improved raw estimator ("New cardinality estimation
// algorithms for HyperLogLog sketches", 2017, algorithm 6), which needs no table
// of corrections.
func estimate(regs *[registers]uint8) int {
	const m, q = registers, 55
	var counts [q + 2]int
	for _, r := range regs {
		counts[min(r, q+1)]++
	}
	z := m * tau(1-float64(counts[q+1])/m)
	for k := q; k >= 1; k-- {
		z = (z + float64(counts[k])) / 2
	}
	z += m * sigma(float64(counts[0])/m)
	return int(math.Round(m * m / (2 * math.Ln2) / z))
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for last := -1.0; z != last; y += y {
		x *= x
		last = z
		z += x * y
	}
	return z
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for last := -1.0; z != last; {
		x = math.Sqrt(x)
		last = z
		y /= 2
		z -= (1 - x) * (1 - x) * y
	}
	return z / 3
}

// A sketchStore keeps sketches as they were made; they are never changed.
type sketchStore struct {
	chunks [][]uint32
	free   int
}

// A place says where a sketch lies: chunk (32 bits) | offset (24) | length in
// words (8), where listMost+1 stands for registers. 0 is the empty set.
type place uint64

const sketchChunk = 1 << 18

func (s *sketchStore) keep(a *gather) place {
	words, code := a.list[:a.n], a.n
	if a.big {
		words, code = unsafe.Slice((*uint32)(unsafe.Pointer(&a.regs)), listMost), listMost+1
	}
	if len(words) == 0 {
		return 0
	}
	if s.free < len(words) {
		s.chunks = append(s.chunks, make([]uint32, sketchChunk))
		s.free = sketchChunk
	}
	at := sketchChunk - s.free
	copy(s.chunks[len(s.chunks)-1][at:], words)
	s.free -= len(words)
	return place(len(s.chunks)-1)<<32 | place(at)<<8 | place(code)
}

func (s *sketchStore) at(p place) sketch {
	n := int(p & 255)
	if n == 0 {
		return sketch{}
	}
	words := s.chunks[p>>32][p>>8&(sketchChunk-1):]
	if n > listMost {
		return sketch{regs: (*[registers]uint8)(unsafe.Pointer(&words[0]))}
	}
	return sketch{list: words[:n]}
}
