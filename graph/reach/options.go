package reach

import (
	"iter"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Options narrow a question. The zero value asks over the whole graph.
type Options struct {
	MaxHops  int               // edges of a path at most; 0: any number
	Kinds    []drover.EdgeKind // nil: all
	MinGrade drover.Grade      // edges at least this good; "": all
	Level    access.Level      // touches at least at this level; "": all
	Without  *EdgeSet          // edges taken as cut
	CutNodes *NodeSet          // nodes taken as gone, also as a start or a target
}

// A lens is Options as a search reads them.
type lens struct {
	g       *Graph
	plain   bool      // every edge of the graph passes
	class   [256]bool // which classes pass
	level   uint8     // least level of a touch
	maxHops int
	cut     *EdgeSet
	// ends of cut edges: only there an edge's number has to be known
	cutFrom, cutTo map[uint32]bool
	gone           *EdgeSet
}

func (g *Graph) lens(o Options) *lens {
	l := &lens{g: g, maxHops: o.MaxHops, gone: o.CutNodes.set(), level: uint8(o.Level.Rank() + 1)}
	if l.maxHops <= 0 {
		l.maxHops = int(^uint(0) >> 1)
	}
	worst, err := gradeCode(o.MinGrade)
	if o.MinGrade == "" {
		worst = grades - 1
	}
	var kinds [1 << kindBits]bool
	for k := range kinds {
		kinds[k] = k < len(drover.EdgeKinds) && (o.Kinds == nil || slices.Contains(o.Kinds, drover.EdgeKinds[k]))
	}
	for c := range l.class {
		l.class[c] = err == nil && kinds[c&kindMask] && gradeOf(uint8(c)) <= worst
	}
	l.plain = o.Kinds == nil && err == nil && o.Level == "" && g.grades>>(worst+1) == 0 && o.Without.Len() == 0
	if o.Without.Len() > 0 {
		l.cut, l.cutFrom, l.cutTo = o.Without, map[uint32]bool{}, map[uint32]bool{}
		for e := range o.Without.m {
			if int64(e) < int64(g.Edges()) {
				from, to := g.Ends(e)
				l.cutFrom[from], l.cutTo[to] = true, true
			}
		}
	}
	return l
}

// better returns a copy that passes only edges of grade code worst or better.
func (l *lens) better(worst uint8) *lens {
	c := *l
	for i := range c.class {
		c.class[i] = c.class[i] && gradeOf(uint8(i)) <= worst
	}
	c.plain = l.plain && l.g.grades>>(worst+1) == 0
	return &c
}

// passes reports whether edge e passes, ends apart.
func (l *lens) passes(e uint32) bool {
	c := l.g.out.class[e]
	return l.class[c] && (c&moveBit != 0 || l.g.out.level[e] >= l.level) && !l.cut.Has(e)
}

// passesIn is passes for place i of the edges that end at n.
func (l *lens) passesIn(n, i uint32) bool {
	r := &l.g.in
	c := r.class[i]
	if !l.class[c] || c&moveBit == 0 && r.level[i] < l.level {
		return false
	}
	return !l.cutTo[n] || !l.cut.Has(l.g.inbound(n, i))
}

// goneNodes yields the nodes that are cut.
func (l *lens) goneNodes() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for n := range l.gone.All() {
			if int64(n) < int64(l.g.n) && !yield(n) {
				return
			}
		}
	}
}
