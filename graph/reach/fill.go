package reach

// fill makes the components of all nodes, or, where only is given, of those
// alone: nothing that is not of them leads to one of them.
func (b *Batch) fill(only bitmap) {
	f := newFiller(b)
	c := newCondenser(b.g, b.lens, f.found)
	if only == nil {
		b.fillHub(f, c)
	}
	for n := range uint32(b.g.n) {
		switch {
		case b.lens.gone.Has(n):
			c.places[n] = done
			b.comp[n] = uint32(len(b.comps))
			b.comps, f.seen = append(b.comps, component{exact: true}), append(f.seen, 0)
		case only != nil && !only.has(n):
			c.places[n] = done
		}
	}
	for n := range uint32(b.g.n) {
		c.visit(n)
	}
}

// fillHub makes what the hub leads to, and then the hub.
func (b *Batch) fillHub(f *filler, c *condenser) {
	g := b.g
	b.hub.reach = newBitmap(g.n)
	if !b.hub.found {
		return
	}
	down := g.search([]uint32{b.hub.node}, b.lens, false).held
	up := g.searchMoves([]uint32{b.hub.node}, b.lens).held
	copy(b.hub.reach, down)
	var members []uint32
	for n := range down.all() {
		if up.has(n) {
			members = append(members, n)
		}
		for e, hi := g.out.touches(n); e < hi; e++ {
			if b.passes(e, g.out.ends[e]) {
				b.hub.reach.set(g.out.ends[e])
			}
		}
	}
	b.hub.size = b.hub.reach.count()
	for n := range down.all() {
		if !up.has(n) {
			c.visit(n)
		}
	}
	f.isHub = true
	c.take(members)
	f.isHub = false
}

func (b *Batch) passes(e, to uint32) bool {
	return (b.lens.plain || b.lens.passes(e)) && !b.lens.gone.Has(to)
}

// A filler says of one component after another what it reaches.
type filler struct {
	b              *Batch
	isHub          bool
	beyond, within gather
	targets        setGather
	seen           []uint32 // by component: the last that led to it, plus one
	comp           uint32
	toHub          bool
}

func newFiller(b *Batch) *filler {
	f := &filler{b: b}
	f.beyond.stamps = make([]uint32, b.g.n)
	f.within.stamps = f.beyond.stamps // a node is on one side only
	f.targets.table = b.sets
	f.seen = make([]uint32, len(b.comps))
	return f
}

// found makes the component of members; those that it leads to are made.
func (f *filler) found(members []uint32) {
	b := f.b
	f.comp = uint32(len(b.comps))
	for _, n := range members {
		b.comp[n] = f.comp
	}
	b.comps = append(b.comps, component{})
	f.seen = append(f.seen, 0)
	f.toHub = f.isHub
	f.targets.begin()
	f.beyond.begin(f.comp + 1)
	f.within.begin(f.comp + 1)
	for _, n := range members {
		f.reach(n)
		f.moves(n)
	}
	for _, n := range members {
		for e, hi := b.g.out.touches(n); e < hi; e++ {
			if to := b.g.out.ends[e]; b.passes(e, to) {
				f.reach(to)
			}
		}
	}
	f.keep()
}

// reach notes one node that is held or touched.
func (f *filler) reach(n uint32) {
	b := f.b
	if len(b.targets) > 0 && b.isTarget.has(n) {
		f.targets.add(b.targetN[n])
	}
	switch {
	case f.isHub:
	case !b.hub.reach.has(n):
		f.beyond.add(n)
	case !f.toHub:
		f.within.add(n)
	}
}

// moves takes over what the components reach that n leads to.
func (f *filler) moves(n uint32) {
	b := f.b
	lo, hi := b.g.out.moves(n)
	for i, to := range b.g.out.ends[lo:hi] {
		c := b.comp[to]
		if c == f.comp || f.seen[c] == f.comp+1 || !b.passes(lo+uint32(i), to) {
			continue
		}
		f.seen[c] = f.comp + 1
		x := &b.comps[c]
		f.targets.union(x.targets)
		f.toHub = f.toHub || x.toHub
		if f.isHub {
			continue
		}
		if x.beyond != 0 {
			f.beyond.union(b.store.at(x.beyond))
		}
		if !f.toHub && x.within != 0 {
			f.within.union(b.store.at(x.within))
		}
	}
}

func (f *filler) keep() {
	b, x := f.b, &f.b.comps[f.comp]
	x.toHub, x.targets = f.toHub, f.targets.number()
	if f.isHub {
		x.reach, x.exact = uint32(b.hub.size-1), true
		return
	}
	n, exact := f.beyond.size()
	x.beyond = b.store.keep(&f.beyond)
	if f.toHub {
		n += b.hub.size
	} else {
		more, exactly := f.within.size()
		n, exact = n+more, exact && exactly
		x.within = b.store.keep(&f.within)
	}
	x.reach, x.exact = uint32(max(n-1, 0)), exact
}
