package reach

// search goes from the starts along moves: forward, or backward where the first
// edge taken, which is the last of a path, may be a touch.
func (g *Graph) search(starts []uint32, l *lens, reverse bool) *Reach {
	r := &Reach{lens: l, reverse: reverse, held: newBitmap(g.n), hops: depths{near: make([]uint8, g.n)}}
	for n := range l.goneNodes() { // taken out again at the end
		r.held.set(n)
	}
	var queue []uint32
	for _, n := range starts {
		if int64(n) < int64(g.n) && !r.held.has(n) {
			r.held.set(n)
			queue = append(queue, n)
		}
	}
	r.starts = append([]uint32(nil), queue...)
	r.count = len(queue)
	side := &g.out
	if reverse {
		side = &g.in
	}
	for depth := uint32(1); len(queue) > 0 && int64(depth) <= int64(l.maxHops); depth++ {
		if depth == 256 {
			r.hops.widen()
		}
		var next []uint32
		for _, n := range queue {
			lo, hi := side.starts[n], side.mids[n]
			if reverse && depth == 1 {
				hi = side.starts[n+1]
			}
			for i := lo; i < hi; i++ {
				to := side.ends[i]
				if r.held.has(to) {
					continue
				}
				if reverse && !l.passesIn(n, i) || !reverse && !l.passes(i) {
					continue
				}
				r.held.set(to)
				if r.hops.far != nil {
					r.hops.far[to] = depth
				} else {
					r.hops.near[to] = uint8(depth)
				}
				next = append(next, to)
			}
		}
		r.count += len(next)
		queue = next
	}
	for n := range l.goneNodes() {
		r.held.clear(n)
	}
	return r
}
