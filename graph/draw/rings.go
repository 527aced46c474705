package draw

import (
	"cmp"
	"slices"
	"strconv"
)

// RingsInput are things at their distance from a subject.
type RingsInput struct {
	Things []Thing
	Hop    []int    // of each thing, from 1
	From   []int    // of each thing, over which other one it is reached; -1: from the subject itself
	Open   []string // ids of bundles that are drawn as their members
}

// Rings are things around a subject, those of one hop on one ring.
type Rings struct {
	Marks  []RingMark
	Steps  []RingStep
	Totals []int // things of each hop; Totals[0] is of hop 0, the subject
}

// A RingMark is a thing or a bundle in its place.
type RingMark struct {
	Thing  int     // -1: it is a bundle
	Bundle *Bundle // nil: it is a thing
	Hop    int
	Turn   float64 // place on its ring, 0 to 1, clockwise from the top
}

// A RingStep leads from one mark to another.
type RingStep struct {
	From, To int   // marks; -1 is the subject
	Things   []int // at its end
}

// DrawRings draws what fits into Budget: each thing alone where there is room, else
// those of tier 0 and those that were chosen, and the others of a hop and a group as
// one, and where even these are too many all the others of a hop.
func DrawRings(in RingsInput) *Rings {
	whole := 2*len(in.Things) <= Budget
	alone := len(in.Things)
	for coarse := false; ; coarse = true {
		p := (&ringDrawing{in: in, whole: whole, alone: alone, coarse: coarse}).draw()
		if len(p.Marks)+len(p.Steps) <= Budget || alone == 0 {
			return p
		}
		if coarse || whole {
			alone = min(alone, Budget) / 2
		}
		whole = false
	}
}

type ringDrawing struct {
	in     RingsInput
	whole  bool // every thing alone
	alone  int  // how many at most
	coarse bool // bundle the groups of a hop together

	p    *Rings
	mark []int // of each thing: its mark
}

func (d *ringDrawing) draw() *Rings {
	d.p = &Rings{Marks: []RingMark{}, Steps: []RingStep{}, Totals: []int{1}}
	d.mark = make([]int, len(d.in.Things))
	hops := 0
	for _, h := range d.in.Hop {
		hops = max(hops, h)
	}
	rings := make([][]int, hops+1)
	for i, h := range d.in.Hop {
		rings[h] = append(rings[h], i)
	}
	for h := 1; h <= hops; h++ {
		d.p.Totals = append(d.p.Totals, len(rings[h]))
		d.ring(h, rings[h])
	}
	return d.p
}

// ring draws the things of one hop, near those over which they are reached.
func (d *ringDrawing) ring(hop int, list []int) {
	slices.SortFunc(list, byID(d.in.Things))
	var marks []RingMark
	groups := map[string][]int{}
	var order []string
	for _, i := range list {
		t := d.in.Things[i]
		group := t.Group
		if d.coarse {
			group = ""
		}
		id := "ring:" + strconv.Itoa(hop) + ":" + group
		if d.alone > 0 && (d.whole || t.Tier0 || t.Keep || isOpen(d.in.Open, id)) {
			d.alone--
			marks = append(marks, RingMark{Thing: i, Hop: hop})
			continue
		}
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], i)
	}
	slices.Sort(order)
	for _, g := range order {
		if len(groups[g]) == 1 {
			marks = append(marks, RingMark{Thing: groups[g][0], Hop: hop})
			continue
		}
		marks = append(marks, RingMark{Thing: -1, Hop: hop, Bundle: bundleOf("ring:"+strconv.Itoa(hop)+":"+g, g, groups[g], d.in.Things)})
	}
	d.set(marks)
}

// set places the marks of a ring in the order of the turns of those that they come
// from, at equal distances.
func (d *ringDrawing) set(marks []RingMark) {
	turn := func(m RingMark) float64 {
		first := d.first(m)
		if from := d.in.From[first]; from >= 0 {
			return d.p.Marks[d.mark[from]].Turn
		}
		return 0
	}
	slices.SortStableFunc(marks, func(a, b RingMark) int {
		return cmp.Or(cmp.Compare(turn(a), turn(b)), cmp.Compare(d.in.Things[d.first(a)].Group, d.in.Things[d.first(b)].Group), byID(d.in.Things)(d.first(a), d.first(b)))
	})
	base := len(d.p.Marks)
	for k := range marks {
		marks[k].Turn = round((float64(k) + 0.5) / float64(len(marks)))
		for _, i := range d.members(marks[k]) {
			d.mark[i] = base + k
		}
	}
	d.p.Marks = append(d.p.Marks, marks...)
	for k, m := range marks {
		d.steps(base+k, m)
	}
}

// steps adds one step from each mark that leads to a mark.
func (d *ringDrawing) steps(to int, m RingMark) {
	from := map[int][]int{}
	for _, i := range d.members(m) {
		k := -1
		if over := d.in.From[i]; over >= 0 {
			k = d.mark[over]
		}
		from[k] = append(from[k], i)
	}
	keys := make([]int, 0, len(from))
	for k := range from {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		d.p.Steps = append(d.p.Steps, RingStep{From: k, To: to, Things: from[k]})
	}
}

func (d *ringDrawing) first(m RingMark) int { return d.members(m)[0] }

func (d *ringDrawing) members(m RingMark) []int {
	if m.Bundle != nil {
		return m.Bundle.Members
	}
	return []int{m.Thing}
}
