package reach

import (
	"slices"
	"sync"
)

// backs keep the searches backward from sets of targets, those that were asked for
// last: the ways to what is of tier 0 are asked for of one start after another, and how
// far each node is from the targets is the same for all. A search takes nine bits a
// node. The zero backs are empty and ready.
type backs struct {
	mu   sync.Mutex
	list []keptBack // the last used first
}

// maxBacks bounds them: for each grade one, of two questions.
const maxBacks = 8

type keptBack struct {
	of   backKey
	to   []uint32
	back *Reach // read by many, changed by none
}

// A backKey is what of a lens without cuts tells one search from another.
type backKey struct {
	class   [256]bool
	level   uint8
	maxHops int
}

// backward is search from some targets against the edges. What it returns is shared.
func (g *Graph) backward(to []uint32, l *lens) *Reach {
	if len(to) < 2 || l.cut.Len() > 0 || l.gone.Len() > 0 {
		return g.search(to, l, true)
	}
	of := backKey{l.class, l.level, l.maxHops}
	if r := g.backs.get(of, to); r != nil {
		return r
	}
	r := g.search(to, l, true)
	g.backs.put(keptBack{of, slices.Clone(to), r})
	return r
}

func (b *backs) get(of backKey, to []uint32) *Reach {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.list, func(k keptBack) bool { return k.of == of && slices.Equal(k.to, to) })
	if i < 0 {
		return nil
	}
	k := b.list[i]
	copy(b.list[1:i+1], b.list[:i])
	b.list[0] = k
	return k.back
}

func (b *backs) put(k keptBack) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) == maxBacks {
		b.list = b.list[:maxBacks-1]
	}
	b.list = slices.Insert(b.list, 0, k)
}
