package aws

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
)

// A nameIndex finds things and principals by their names and aliases: 16 bytes of each, made
// when the first question is put by a name, for every question that is no ref may be
// one.
type nameIndex struct {
	once sync.Once
	seed maphash.Seed
	list []nameAt // by hash
}

type nameAt struct {
	hash uint64
	row  uint32
}

func (e *estate) byName() *nameIndex {
	n := &e.names
	n.once.Do(func() {
		n.seed = maphash.MakeSeed()
		add := func(row uint32) {
			n.list = append(n.list, nameAt{maphash.String(n.seed, e.in.Name(int(row))), row})
			for _, a := range e.in.Aliases(int(row)) {
				n.list = append(n.list, nameAt{maphash.String(n.seed, a), row})
			}
		}
		for _, t := range e.things {
			add(t.row)
		}
		for _, p := range e.principals {
			add(p.row)
		}
		slices.SortFunc(n.list, func(a, b nameAt) int { return cmp.Compare(a.hash, b.hash) })
	})
	return n
}

// named finds the one thing or principal that has a name or an alias.
func (x *engine) named(name string) (row int, ok bool) {
	n, found := x.e.byName(), -1
	hash := maphash.String(n.seed, name)
	from, _ := slices.BinarySearchFunc(n.list, hash, func(a nameAt, h uint64) int { return cmp.Compare(a.hash, h) })
	for _, a := range n.list[from:] {
		i := int(a.row)
		if a.hash != hash {
			break
		}
		if x.e.in.Name(i) != name && !slices.Contains(x.e.in.Aliases(i), name) {
			continue
		}
		if found >= 0 && found != i {
			return 0, false
		}
		found = i
	}
	return found, found >= 0
}
