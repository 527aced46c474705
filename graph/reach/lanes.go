package reach

// separate counts, for several nodes and edges at once, the pairs of a source and
// a target that removing one of them separates. Each lane is one target and one
// thing removed, or none; what reaches the target in that lane has its bit. Bits
// go backward over edges, from the sinks on.
func (c *chokes) separate(nodes []uint32, edges []uint32) (byNode, byEdge []int) {
	byNode, byEdge = make([]int, len(nodes)), make([]int, len(edges))
	each := len(nodes) + len(edges) + 1 // the last is without a cut
	for first := 0; first < len(c.targets); {
		n := min(max(1, passWidth/each), len(c.targets)-first)
		l := newLanes(c, nodes, edges, c.targets[first:first+n])
		l.run()
		l.count(byNode, byEdge)
		first += n
	}
	return byNode, byEdge
}

type lanes struct {
	*chokes
	removed, cut []uint32
	targets      []uint32
	each         int
	width        int // words of a node
	bits, fresh  []uint64
	queue        []uint32
	queued       bitmap
	noNode       map[uint32][]uint64 // lanes in which a node is gone
	noEdge       map[uint32][]uint64
}

func newLanes(c *chokes, nodes, edges, targets []uint32) *lanes {
	l := &lanes{chokes: c, removed: nodes, cut: edges, targets: targets, each: len(nodes) + len(edges) + 1, noNode: map[uint32][]uint64{}, noEdge: map[uint32][]uint64{}}
	l.width = (l.each*len(targets) + 63) / 64
	l.bits, l.fresh = make([]uint64, l.width*len(c.strait.nodes)), make([]uint64, l.width*len(c.strait.nodes))
	l.queued = newBitmap(len(c.strait.nodes))
	for i, n := range nodes {
		l.noNode[n] = l.lanesOf(i)
	}
	for i, e := range edges {
		l.noEdge[e] = l.lanesOf(len(nodes) + i)
	}
	return l
}

// lanesOf are the lanes of one thing removed.
func (l *lanes) lanesOf(thing int) []uint64 {
	words := make([]uint64, l.width)
	for t := range l.targets {
		bitmap(words).set(uint32(t*l.each + thing))
	}
	return words
}

func (l *lanes) of(all []uint64, n uint32) []uint64 {
	return all[int(n)*l.width : int(n+1)*l.width]
}

func (l *lanes) run() {
	for t, n := range l.targets {
		sink := l.sinks[n]
		for i := range l.each {
			bitmap(l.of(l.fresh, sink)).set(uint32(t*l.each + i))
		}
		l.queue = append(l.queue, sink)
	}
	for len(l.queue) > 0 {
		round := l.queue
		l.queue = nil
		for _, n := range round {
			l.queued.clear(n)
			l.push(n)
		}
	}
}

// push hands on what is new at n to what leads to it.
func (l *lanes) push(n uint32) {
	news := l.of(l.fresh, n)
	preds, edges := l.in.of(n)
	for k, p := range preds {
		if p == 0 {
			continue
		}
		have, add, some := l.of(l.bits, p), l.of(l.fresh, p), false
		if no := l.noEdge[edges[k]]; no == nil && l.noNode[p] == nil {
			for w, v := range news {
				if v &^= have[w]; v != 0 {
					have[w] |= v
					add[w] |= v
					some = true
				}
			}
		} else {
			some = l.masked(p, no, news)
		}
		if some && !l.queued.has(p) {
			l.queued.set(p)
			l.queue = append(l.queue, p)
		}
	}
	clear(news)
}

// masked is one step of push over an edge, or to a node, that is gone in some lanes.
func (l *lanes) masked(p uint32, noEdge, news []uint64) (some bool) {
	have, add, noNode := l.of(l.bits, p), l.of(l.fresh, p), l.noNode[p]
	for w, v := range news {
		v &^= have[w]
		if noEdge != nil {
			v &^= noEdge[w]
		}
		if noNode != nil {
			v &^= noNode[w]
		}
		if v != 0 {
			have[w] |= v
			add[w] |= v
			some = true
		}
	}
	return some
}

// count adds the pairs that each thing separates; those of which it is one end do
// not count.
func (l *lanes) count(byNode, byEdge []int) {
	for _, s := range l.sources {
		bits := bitmap(l.of(l.bits, s))
		for t, target := range l.targets {
			lane := uint32(t * l.each)
			if !bits.has(lane + uint32(l.each) - 1) {
				continue
			}
			for i, n := range l.removed {
				if !bits.has(lane+uint32(i)) && n != s && l.strait.nodes[n] != target {
					byNode[i]++
				}
			}
			for i := range l.cut {
				if !bits.has(lane + uint32(len(l.removed)+i)) {
					byEdge[i]++
				}
			}
		}
	}
}
