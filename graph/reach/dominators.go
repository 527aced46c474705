package reach

// A flow is a small copy of the part of a graph that lies between sources and
// targets. Node 0 is its root.
type flow struct {
	out, in flowRows
}

// flowRows are the edges of each node in one direction, end to end.
type flowRows struct {
	starts []uint32
	ends   []uint32
	edges  []uint32 // number in the whole graph; none for what is ours alone, several where more than one joins the two
}

const (
	none    = ^uint32(0)
	several = none - 1
)

func (r *flowRows) of(n uint32) (ends, edges []uint32) {
	lo, hi := r.starts[n], r.starts[n+1]
	return r.ends[lo:hi], r.edges[lo:hi]
}

// reversed is the same flow read from targets to sources.
func (f *flow) reversed() *flow { return &flow{out: f.in, in: f.out} }

// A domTree is the dominator tree of what a root leads to: each node's parent is
// the last node that every way from the root to it goes through. Positions are
// in the order of a search in depth, so a parent comes before its children.
type domTree struct {
	nodes  []uint32 // by position
	at     []uint32 // of a node: its position, none where the root does not lead to it
	parent []uint32 // by position
	size   []uint32 // of the subtree, by position
	enter  []uint32 // number in an order of the tree where every subtree is one run
	edge   []uint32 // by position: the only edge into the node from outside its subtree, in flow.out's numbers; none where several are
}

// dominators makes the tree of what root leads to, by semidominators (Georgiadis,
// Tarjan, Werneck: Finding Dominators in Practice, 2006: SEMI-NCA).
func (f *flow) dominators(root uint32) *domTree {
	t := &domTree{at: make([]uint32, len(f.out.starts)-1)}
	for i := range t.at {
		t.at[i] = none
	}
	up := f.preorder(t, root)
	t.parent = t.semiNCA(f, up)
	t.order()
	t.gates(f)
	return t
}

// preorder numbers what root leads to in the order of a search in depth, and
// returns by whom each was found.
func (f *flow) preorder(t *domTree, root uint32) (up []uint32) {
	type visit struct{ edge, end, pos uint32 }
	open := func(n uint32) visit {
		t.at[n] = uint32(len(t.nodes))
		t.nodes = append(t.nodes, n)
		return visit{f.out.starts[n], f.out.starts[n+1], t.at[n]}
	}
	stack := []visit{open(root)}
	up = append(up, 0)
	for len(stack) > 0 {
		v := &stack[len(stack)-1]
		if v.edge == v.end {
			stack = stack[:len(stack)-1]
			continue
		}
		to := f.out.ends[v.edge]
		v.edge++
		if t.at[to] == none {
			up = append(up, v.pos)
			stack = append(stack, open(to))
		}
	}
	return up
}

// semiNCA finds each node's dominator. A semidominator of v is the least node
// from which a way leads to v over nodes greater than v alone.
func (t *domTree) semiNCA(f *flow, up []uint32) (idom []uint32) {
	n := uint32(len(t.nodes))
	all := make([]semi, n)
	for i := range n {
		all[i] = semi{up[i], i}
	}
	semis := make([]uint32, n)
	var chain []uint32
	for i := n - 1; i > 0; i-- {
		least := up[i]
		preds, _ := f.in.of(t.nodes[i])
		for _, p := range preds {
			at := t.at[p]
			if at == none {
				continue
			}
			if at > i && all[at].link > i {
				chain = shorten(all, at, i, chain[:0])
			}
			least = min(least, all[at].least)
		}
		semis[i], all[i].least = least, least
	}
	idom = up
	for i := uint32(1); i < n; i++ {
		for idom[i] > semis[i] {
			idom[i] = idom[idom[i]]
		}
	}
	return idom
}

// A semi is a node of the forest of what was seen so far: the node above it, and
// the least semidominator from it up to there.
type semi struct{ link, least uint32 }

// shorten makes every node from v up, as far as nodes after limit go, hang from
// the first that is not.
func shorten(all []semi, v, limit uint32, chain []uint32) []uint32 {
	for all[v].link > limit {
		chain = append(chain, v)
		v = all[v].link
	}
	above := all[v]
	for k := len(chain) - 1; k >= 0; k-- {
		w := &all[chain[k]]
		w.link = above.link
		if above.least < w.least {
			w.least = above.least
		}
		above.least = w.least
	}
	return chain
}

// order finds the size of each subtree, and an order in which it is one run.
func (t *domTree) order() {
	n := len(t.nodes)
	t.size, t.enter = make([]uint32, n), make([]uint32, n)
	for i := n - 1; i >= 0; i-- {
		t.size[i]++
		if i > 0 {
			t.size[t.parent[i]] += t.size[i]
		}
	}
	next := make([]uint32, n)
	next[0] = 1
	for i := 1; i < n; i++ {
		p := t.parent[i]
		t.enter[i] = next[p]
		next[p] += t.size[i]
		next[i] = t.enter[i] + 1
	}
}

// below reports whether every way to position b goes through position a.
func (t *domTree) below(b, a uint32) bool { return t.enter[b]-t.enter[a] < t.size[a] }

// gates finds the edges that every way to a node takes: the only one that comes
// to it from what it does not dominate.
func (t *domTree) gates(f *flow) {
	t.edge = make([]uint32, len(t.nodes))
	t.edge[0] = none
	for i := uint32(1); i < uint32(len(t.nodes)); i++ {
		preds, edges := f.in.of(t.nodes[i])
		found, gate := 0, none
		for k, p := range preds {
			if at := t.at[p]; at != none && !t.below(at, i) {
				found++
				gate = edges[k]
			}
		}
		if t.edge[i] = none; found == 1 && gate != several {
			t.edge[i] = gate
		}
	}
}
