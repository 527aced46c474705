package link

import (
	"fmt"
	"slices"
	"strings"
)

// A tangle is a set of nodes that share names, some of which are known to be
// different things: an ARN that went to a new user, a node that bears names of
// two. It is taken apart by rules that look at all of it at once, so that no
// order of nodes changes the result.
//
//  1. Names that are never given again join whoever has them.
//  2. A name that is given again joins the things known by an id if they can be
//     one.
//  3. A node without an id joins the things that its names belong to now: not one
//     that was made at another time or after the node was last seen; among several
//     the newest, if that is certain. If its names belong to different things, it
//     joins none.
//  4. What is left joins by the names that it shares.
//
// Whatever would make two different things one is not done at all.
type tangle struct {
	l      *Linker
	rows   []uint32 // by ID
	groups []*group // by alias
	pins   [][2]uint32
	local  map[uint32]uint32
	sets   sets     // over places in rows
	number []uint32 // of the set of each row, when resolved
}

const contradiction = "joining by it would make different things one, or a crowd"

// A bond is a reason to join two rows, given by their places.
type bond struct {
	a, b  uint32
	alias string
}

// resolve returns the number of the set of each row: the row that stands for it.
func (t *tangle) resolve() []uint32 {
	t.local = make(map[uint32]uint32, len(t.rows))
	for i, r := range t.rows {
		t.local[r] = uint32(i)
	}
	t.sets = newSets(len(t.rows))
	for _, pin := range t.pins {
		t.sets.join(t.local[pin[0]], t.local[pin[1]])
	}
	var lasting []bond
	var reused []*group
	for _, g := range t.groups {
		if Schemes[g.scheme].Reused {
			reused = append(reused, g)
			continue
		}
		for _, r := range g.rows[1:] {
			lasting = append(lasting, bond{t.local[g.rows[0]], t.local[r], g.alias})
		}
	}
	t.refuse(t.merge(lasting), "those that bear it are known to be different things")
	t.reused(reused)
	out := make([]uint32, len(t.rows))
	for i := range out {
		out[i] = t.sets.find(uint32(i))
	}
	return out
}

// merge joins by bonds wherever what comes out is no contradiction, and returns
// the bonds of those sets that would be.
func (t *tangle) merge(bonds []bond) (refused []bond) {
	try := sets{slices.Clone(t.sets.parent)}
	for _, b := range bonds {
		try.join(b.a, b.b)
	}
	rows := map[uint32][]uint32{}
	for i, r := range t.rows {
		root := try.find(uint32(i))
		rows[root] = append(rows[root], r)
	}
	good := map[uint32]bool{}
	for root, list := range rows {
		good[root] = len(list) <= MaxMembers && t.l.holds(list)
	}
	for _, b := range bonds {
		if good[try.find(b.a)] {
			t.sets.join(b.a, b.b)
		} else {
			refused = append(refused, b)
		}
	}
	return refused
}

func (t *tangle) refuse(bonds []bond, reason string) {
	for _, b := range bonds {
		t.l.doubt(t.rows[b.a], b.alias, reason)
		t.l.doubt(t.rows[b.b], b.alias, reason)
	}
}

// reused joins by names that are given again.
func (t *tangle) reused(groups []*group) {
	known := make(map[uint32]bool, len(t.rows)) // sets with an id
	for i, r := range t.rows {
		if t.l.known(r) {
			known[t.sets.find(uint32(i))] = true
		}
	}
	var among, targets []bond
	for _, g := range groups {
		k, _ := t.parts(g, known)
		contested := !t.l.holds(k)
		for i, r := range k {
			if contested {
				t.l.doubt(r, g.alias, "another thing, with another id, bears this name too")
			} else if i > 0 {
				among = append(among, bond{t.local[k[0]], t.local[r], g.alias})
			}
		}
	}
	t.refuse(t.merge(among), contradiction)
	left := make([][]uint32, len(groups)) // of each group: rows without a target
	parted := make([][2][]uint32, len(groups))
	for i, g := range groups {
		parted[i][0], parted[i][1] = t.parts(g, known)
	}
	made := t.made()
	for i, g := range groups {
		for _, r := range parted[i][1] {
			k, ok := t.target(g, r, parted[i][0], made)
			if !ok {
				left[i] = append(left[i], r)
			} else {
				targets = append(targets, bond{t.local[r], t.local[k], g.alias})
			}
		}
	}
	torn := t.attach(targets)
	var loose []bond
	for i, g := range groups {
		loose = append(loose, t.loose(g, left[i], torn)...)
	}
	t.refuse(t.merge(loose), contradiction)
}

// parts divides a group into rows of things known by an id and others.
func (t *tangle) parts(g *group, known map[uint32]bool) (k, w []uint32) {
	for _, r := range g.rows {
		if known[t.sets.find(t.local[r])] {
			k = append(k, r)
		} else {
			w = append(w, r)
		}
	}
	return k, w
}

// target is the known thing that a node without an id means by a name: the only
// one that can be it by its time; of several the one that the name's own vendor
// describes, and of those the newest.
func (t *tangle) target(g *group, r uint32, known []uint32, made map[uint32]int64) (uint32, bool) {
	var found []uint32 // one row of each thing
	for _, k := range known {
		same := func(o uint32) bool { return t.sets.find(t.local[o]) == t.sets.find(t.local[k]) }
		if t.l.same(r, k) && !slices.ContainsFunc(found, same) {
			found = append(found, k)
		}
	}
	if len(found) > 1 {
		own := slices.DeleteFunc(slices.Clone(found), func(k uint32) bool { return !t.l.of(k, Schemes[g.scheme].Family) })
		if len(own) > 0 {
			found = own
		}
	}
	switch len(found) {
	case 0:
		if len(known) > 0 {
			t.l.doubt(r, g.alias, "what has this name now was made at another time")
		}
		return 0, false
	case 1:
		return found[0], true
	}
	last, ok := t.newest(found, made)
	if !ok {
		t.l.doubt(r, g.alias, fmt.Sprintf("%d things have had this name, and nothing says which is meant", len(found)))
	}
	return last, ok
}

// of reports whether a row was read from a vendor's own system.
func (l *Linker) of(row uint32, family string) bool {
	system, _, _ := strings.Cut(l.text.at(l.refs[row]), "/")
	return family != "" && families[system] == family
}

// made says when each thing was made, as far as any of its rows does.
func (t *tangle) made() map[uint32]int64 {
	out := map[uint32]int64{}
	for i, r := range t.rows {
		set := t.sets.find(uint32(i))
		if old, ok := out[set]; t.l.created[r] != unknown && (!ok || old < t.l.created[r]) {
			out[set] = t.l.created[r]
		}
	}
	return out
}

// newest returns the row of the thing that was made last, if all say when they
// were made and one is later than all others.
func (t *tangle) newest(rows []uint32, made map[uint32]int64) (last uint32, ok bool) {
	latest := unknown
	for _, r := range rows {
		switch c, known := made[t.sets.find(t.local[r])]; {
		case !known:
			return 0, false
		case c > latest:
			latest, last, ok = c, r, true
		case c == latest:
			ok = false
		}
	}
	return last, ok
}

// attach joins nodes without an id to known things. It returns the sets whose
// names belong to different things: they join none.
func (t *tangle) attach(targets []bond) (torn map[uint32]bool) {
	refused := t.merge(targets)
	to := map[uint32]uint32{} // set -> the one that it would join
	torn = map[uint32]bool{}
	for _, b := range refused {
		from, target := t.sets.find(b.a), t.sets.find(b.b)
		if old, ok := to[from]; ok && old != target {
			torn[from] = true
		}
		to[from] = target
	}
	var again []bond
	for _, b := range refused {
		if torn[t.sets.find(b.a)] {
			t.l.doubt(t.rows[b.a], b.alias, "its names belong to different things")
		} else {
			again = append(again, b)
		}
	}
	t.refuse(t.merge(again), contradiction)
	return torn
}

// loose joins nodes without an id by a name that no known thing takes.
func (t *tangle) loose(g *group, rows []uint32, torn map[uint32]bool) []bond {
	var out []bond
	var heads []uint32
next:
	for _, r := range rows {
		if torn[t.sets.find(t.local[r])] {
			continue
		}
		for _, h := range heads {
			if t.l.same(h, r) {
				out = append(out, bond{t.local[h], t.local[r], g.alias})
				continue next
			}
		}
		heads = append(heads, r)
	}
	return out
}
