package reach

// A condenser finds the strongly connected components of what it is asked to
// visit: who holds one node of a component by moves holds all of it. Components
// come after all that they lead to (Pearce: A Space-Efficient Algorithm for
// Finding Strongly Connected Components, 2016, without recursion).
type condenser struct {
	g    *Graph
	lens *lens
	// place of each node: 0 not visited, then its number in the order of visits,
	// then, from the top down, done-k for the k-th component
	places []uint32
	index  uint32
	next   uint32
	stack  []uint32
	frames []frame
	found  func(members []uint32)
}

// A frame is a visit under way.
type frame struct {
	node, edge, end uint32
	root            bool
}

const done = ^uint32(0)

func newCondenser(g *Graph, l *lens, found func(members []uint32)) *condenser {
	return &condenser{g: g, lens: l, places: make([]uint32, g.n), index: 1, next: done, found: found}
}

// visit finds the components that n leads to and that are not found yet.
func (c *condenser) visit(n uint32) {
	if c.places[n] != 0 {
		return
	}
	c.open(n)
	for len(c.frames) > 0 {
		f := &c.frames[len(c.frames)-1]
		if !c.advance(f) {
			continue
		}
		node, root := f.node, f.root
		c.frames = c.frames[:len(c.frames)-1]
		if root {
			c.close(node)
		} else {
			c.stack = append(c.stack, node)
		}
		if len(c.frames) > 0 {
			c.frames[len(c.frames)-1].lower(c.places, node)
		}
	}
}

func (c *condenser) open(n uint32) {
	c.places[n] = c.index
	c.index++
	lo, hi := c.g.out.moves(n)
	c.frames = append(c.frames, frame{n, lo, hi, true})
}

// advance goes on with a visit, until it is through or another has to come first.
func (c *condenser) advance(f *frame) (through bool) {
	ends := c.g.out.ends
	for f.edge < f.end {
		e := f.edge
		f.edge++
		to := ends[e]
		if !c.lens.plain && !c.lens.passes(e) || c.lens.gone.Has(to) {
			continue
		}
		if c.places[to] == 0 {
			c.open(to)
			return false
		}
		f.lower(c.places, to)
	}
	return true
}

// lower takes over that to leads to something older.
func (f *frame) lower(places []uint32, to uint32) {
	if places[to] < places[f.node] {
		places[f.node], f.root = places[to], false
	}
}

// close takes the component whose oldest node is n off the stack.
func (c *condenser) close(n uint32) {
	at := len(c.stack)
	for at > 0 && c.places[n] <= c.places[c.stack[at-1]] {
		at--
		c.places[c.stack[at]] = c.next
	}
	c.places[n] = c.next
	c.next--
	c.stack = append(c.stack, n)
	c.index -= uint32(len(c.stack) - at)
	c.found(c.stack[at:])
	c.stack = c.stack[:at]
}

// take makes a component of nodes that are known to be one, and lead only to
// what was found.
func (c *condenser) take(members []uint32) {
	for _, n := range members {
		c.places[n] = c.next
	}
	c.next--
	c.found(members)
}
