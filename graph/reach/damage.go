package reach

import (
	"errors"
	"math"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// check returns why what was read is no graph: nothing that follows may have to
// ask whether a number is in range. It also finds the grades that occur.
func (g *Graph) check() error {
	if g.n < 0 || g.n > math.MaxUint32 || len(g.out.ends) > math.MaxUint32 {
		return errors.New("too many nodes or edges")
	}
	out, ok := g.out.check(g.n, false)
	if !ok {
		return errors.New("edges out of order")
	}
	in, ok := g.in.check(g.n, true)
	if !ok || len(g.in.ends) != len(g.out.ends) || in != out {
		return errors.New("edges differ between the directions")
	}
	if !g.infos.check(len(g.out.ends)) {
		return errors.New("edges without their infos")
	}
	if !g.refs.check(g.n) {
		return errors.New("refs out of order")
	}
	g.note()
	return nil
}

// check reports whether rows are in order, and sums up their edges: the same
// edges give the same sum in either direction.
func (r *rows) check(n int, back bool) (sum uint64, ok bool) {
	edges := len(r.ends)
	if len(r.at) != n+1 || len(r.class) != edges || len(r.level) != edges ||
		r.at[0].start != 0 || int64(r.at[n].start) != int64(edges) {
		return 0, false
	}
	for node := range uint32(n) {
		lo, mid, hi := r.at[node].start, r.at[node].mid, r.at[node+1].start
		if lo > mid || mid > hi || int64(hi) > int64(edges) {
			return 0, false
		}
		a, okA := r.part(node, lo, mid, true, back, n)
		b, okB := r.part(node, mid, hi, false, back, n)
		if !okA || !okB {
			return 0, false
		}
		sum += a + b
	}
	return sum, true
}

// part checks edges of one node that all move, or all touch.
func (r *rows) part(node, lo, hi uint32, move, back bool, n int) (sum uint64, ok bool) {
	last := uint32(0)
	for i := lo; i < hi; i++ {
		end, class := r.ends[i], r.class[i]
		if end < last || int64(end) >= int64(n) || class&moveBit != 0 != move || int(class&kindMask) >= len(drover.EdgeKinds) || int(r.level[i]) > len(access.Levels) {
			return 0, false
		}
		last = end
		from, to := node, end
		if back {
			from, to = end, node
		}
		h := (uint64(from)<<32 | uint64(to)) * 0x9e3779b97f4a7c15
		h = (h ^ h>>32 ^ uint64(class)<<8 ^ uint64(r.level[i])) * 0xd6e8feb86659fd93
		sum += h ^ h>>32
	}
	return sum, true
}

func (t *infoTable) check(edges int) bool {
	if t.width != 1 && t.width != 2 && t.width != 4 || len(t.codes) != edges*t.width || !ascending(t.texts.ends, len(t.texts.data)) {
		return false
	}
	for _, x := range t.triples {
		if int(max(x.technique, x.cond, x.proof)) >= len(t.texts.ends) {
			return false
		}
	}
	most := -1
	for e := range uint32(edges) {
		most = max(most, int(t.code(e)))
	}
	return most < len(t.triples)
}

func (t *refTable) check(n int) bool {
	if len(t.ends) == 0 {
		return len(t.data) == 0 && len(t.index) == 0
	}
	if len(t.ends) != n+1 || t.ends[0] != 0 || !ascending(t.ends, len(t.data)) || len(t.index)&(len(t.index)-1) != 0 {
		return false
	}
	for _, v := range t.index {
		if int64(v) > int64(n) {
			return false
		}
	}
	return true
}

// ascending reports whether ends are the ends of texts that fill size bytes.
func ascending(ends []uint64, size int) bool {
	last := uint64(0)
	for _, v := range ends {
		if v < last {
			return false
		}
		last = v
	}
	return last == uint64(size)
}
