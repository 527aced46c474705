package reach

import (
	"cmp"
	"maps"
	"slices"
)

// A Choke is one node or one edge whose removal cuts sources off from targets.
// Pairs of which the node itself is one end do not count.
type Choke struct {
	IsEdge  bool
	Node    uint32 // unless IsEdge
	Edge    uint32 // if IsEdge
	Pairs   int    // pairs of a source and a target that it reached, and would no longer
	Sources int    // sources that would reach no target any more; one that is removed itself counts as long as it is touched
	Targets int    // targets that none of the sources would reach any more
}

// Bounds of Choke: how many it lists, how many edges its dominator trees may have
// in all where there are both many sources and many targets, and how many
// candidates it then tries one by one.
const (
	chokeMost  = 100
	chokeWork  = 20_000_000
	chokeTries = 12
)

// Choke lists the nodes and edges whose removal separates most pairs of a source
// and a target, the greatest first; then by sources, nodes before edges, and by
// number. What it says of each is exact. It looks at all nodes and edges if
// sources or targets are few for the size of what lies between them; otherwise
// candidates are found from what cuts all sources or all targets off, and from
// some of the targets, and only those are tried, so that a better one may be
// missed.
func (g *Graph) Choke(from, tier0 []uint32, o Options) []Choke {
	return g.choke(from, tier0, o, chokeWork)
}

func (g *Graph) choke(from, tier0 []uint32, o Options, work int) []Choke {
	o.MaxHops = 0
	s := g.between(from, tier0, g.lens(o))
	if len(s.sources) == 0 || len(s.targets) == 0 {
		return nil
	}
	c := &chokes{strait: s, nodes: make([]cut, s.inner), edges: map[uint32]*cut{}}
	c.isSource = newBitmap(len(s.nodes))
	for _, n := range s.sources {
		c.isSource.set(n)
	}
	down, up := s.dominators(0), s.reversed().dominators(s.last)
	c.each(down, c.sinksBelow(down), func(x *cut, n int) { x.targets = n })
	c.each(up, c.sourcesBelow(up), func(x *cut, n int) { x.sources = n })
	trees := max(2, work/(len(s.out.ends)+1))
	add := func(x *cut, n int) { x.pairs += n }
	switch {
	case len(s.targets) <= trees:
		c.byTarget(s.targets, add)
	case len(s.sources) <= trees:
		for _, n := range s.sources {
			t := s.dominators(n)
			c.each(t, c.sinksBelow(t), add)
		}
	default:
		c.try(trees)
	}
	return c.list()
}

// chokes gathers what each node and edge of a strait cuts.
type chokes struct {
	*strait
	isSource bitmap
	nodes    []cut
	edges    map[uint32]*cut
}

type cut struct{ pairs, sources, targets, guess int }

func (c *chokes) byTarget(targets []uint32, add func(*cut, int)) {
	back := c.reversed()
	for _, n := range targets {
		t := back.dominators(c.sinks[n])
		c.each(t, c.sourcesBelow(t), add)
	}
}

// sourcesBelow counts the sources in each subtree.
func (c *chokes) sourcesBelow(t *domTree) []uint32 {
	return t.count(func(n uint32) bool { return c.isSource.has(n) })
}

// sinksBelow counts the sinks in each subtree.
func (c *chokes) sinksBelow(t *domTree) []uint32 {
	return t.count(func(n uint32) bool { return n >= c.inner && n < c.last })
}

func (t *domTree) count(is func(n uint32) bool) []uint32 {
	counts := make([]uint32, len(t.nodes))
	for i := len(t.nodes) - 1; i >= 0; i-- {
		if is(t.nodes[i]) {
			counts[i]++
		}
		if i > 0 {
			counts[t.parent[i]] += counts[i]
		}
	}
	return counts
}

// each tells what removing each node and each edge cuts off from the tree's root,
// itself apart.
func (c *chokes) each(t *domTree, counts []uint32, tell func(*cut, int)) {
	root := c.strait.nodes[t.nodes[0]]
	for i := 1; i < len(t.nodes); i++ {
		n, cuts := t.nodes[i], int(counts[i])
		if cuts == 0 {
			continue
		}
		if e := t.edge[i]; e != none {
			if c.edges[e] == nil {
				c.edges[e] = &cut{}
			}
			tell(c.edges[e], cuts)
		}
		if n == 0 || n >= c.inner || c.strait.nodes[n] == root {
			continue
		}
		if cuts -= c.own(t, uint32(i)); cuts > 0 {
			tell(&c.nodes[n], cuts)
		}
	}
}

// own is 1 if the node at position i is itself one of what is counted below it:
// a source in a tree that grows from targets, or a target in one from sources.
func (c *chokes) own(t *domTree, i uint32) int {
	n := t.nodes[i]
	if t.nodes[0] >= c.inner {
		return int(c.isSource[n>>6] >> (n & 63) & 1)
	}
	if sink, ok := c.sinks[c.strait.nodes[n]]; ok && t.at[sink] != none && t.below(t.at[sink], i) {
		return 1
	}
	return 0
}

// list sorts what separates anything.
func (c *chokes) list() []Choke {
	var all []Choke
	for at, x := range c.nodes {
		if x.pairs > 0 {
			all = append(all, Choke{Node: c.strait.nodes[at], Pairs: x.pairs, Sources: x.sources, Targets: x.targets})
		}
	}
	for e, x := range c.edges {
		if x.pairs > 0 {
			all = append(all, Choke{IsEdge: true, Edge: e, Pairs: x.pairs, Sources: x.sources, Targets: x.targets})
		}
	}
	kind := func(x Choke) int {
		if x.IsEdge {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b Choke) int {
		return cmp.Or(cmp.Compare(b.Pairs, a.Pairs), cmp.Compare(b.Sources, a.Sources), cmp.Compare(kind(a), kind(b)), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Edge, b.Edge))
	})
	return all[:min(len(all), chokeMost)]
}

// try counts pairs for the most promising nodes and edges alone: those that cut
// all sources from many targets, or many sources from all, or much in a sample of
// the targets.
func (c *chokes) try(sample int) {
	step := max(1, len(c.targets)/sample)
	var some []uint32
	for i := 0; i < len(c.targets); i += step {
		some = append(some, c.targets[i])
	}
	c.byTarget(some, func(x *cut, n int) { x.guess += n * step })
	promise := func(x *cut) int {
		return max(x.guess, x.sources*len(c.targets), x.targets*len(c.sources))
	}
	var nodes, edges []uint32
	for _, at := range best(len(c.nodes), func(i int) int { return promise(&c.nodes[i]) }) {
		nodes = append(nodes, uint32(at))
	}
	order := slices.Sorted(maps.Keys(c.edges))
	for _, i := range best(len(order), func(i int) int { return promise(c.edges[order[i]]) }) {
		edges = append(edges, order[i])
	}
	byNode, byEdge := c.separate(nodes, edges)
	for i, n := range byNode {
		c.nodes[nodes[i]].pairs = n
	}
	for i, n := range byEdge {
		c.edges[edges[i]].pairs = n
	}
}

// best returns the few of n with the highest scores over 0.
func best(n int, score func(i int) int) (list []int) {
	for i := range n {
		if score(i) == 0 || len(list) == chokeTries && score(i) <= score(list[chokeTries-1]) {
			continue
		}
		if len(list) == chokeTries {
			list = list[:chokeTries-1]
		}
		at := len(list)
		for at > 0 && score(list[at-1]) < score(i) {
			at--
		}
		list = slices.Insert(list, at, i)
	}
	return list
}
