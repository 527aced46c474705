package draw

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
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
	whole  bool            // every thing alone
	alone  int             // how many at most
	coarse bool            // bundle the groups of a hop together
	open   map[string]bool // groups of the hop that is drawn whose bundle is opened

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
	d.opened(hop)
	var single, rest []int
	for _, i := range list {
		if t := &d.in.Things[i]; d.whole || t.Tier0 || t.Keep || d.open[d.group(i)] {
			single = append(single, i)
		} else {
			rest = append(rest, i)
		}
	}
	slices.SortFunc(single, byID(d.in.Things))
	room := min(d.alone, len(single))
	d.alone -= room
	var marks []RingMark
	for _, i := range single[:room] {
		marks = append(marks, RingMark{Thing: i, Hop: hop})
	}
	groups := d.groups(append(rest, single[room:]...))
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		if len(groups[g]) == 1 {
			marks = append(marks, RingMark{Thing: groups[g][0], Hop: hop})
			continue
		}
		marks = append(marks, RingMark{Thing: -1, Hop: hop, Bundle: bundleOf(ringID(hop, g), g, groups[g], d.in.Things)})
	}
	d.set(marks)
}

func ringID(hop int, group string) string { return "ring:" + strconv.Itoa(hop) + ":" + group }

// group is what a thing is bundled by.
func (d *ringDrawing) group(i int) string {
	if d.coarse {
		return ""
	}
	return d.in.Things[i].Group
}

// opened finds the groups of a hop whose bundle is opened.
func (d *ringDrawing) opened(hop int) {
	d.open = map[string]bool{}
	for _, id := range d.in.Open {
		if g, ok := strings.CutPrefix(id, ringID(hop, "")); ok {
			d.open[g] = true
		}
	}
}

// groups parts things by their group. Those that follow one another are mostly of one.
func (d *ringDrawing) groups(list []int) map[string][]int {
	groups := map[string][]int{}
	for at := 0; at < len(list); {
		g, end := d.group(list[at]), at+1
		for end < len(list) && d.group(list[end]) == g {
			end++
		}
		groups[g] = append(groups[g], list[at:end]...)
		at = end
	}
	return groups
}

// set places the marks of a ring in the order of the turns of those that they come
// from, at equal distances.
func (d *ringDrawing) set(marks []RingMark) {
	type placed struct {
		RingMark
		first int // that of its members with the least id
		turn  float64
	}
	list := make([]placed, len(marks))
	for k, m := range marks {
		p := placed{RingMark: m, first: slices.MinFunc(members(m), byID(d.in.Things))}
		if from := d.in.From[p.first]; from >= 0 {
			p.turn = d.p.Marks[d.mark[from]].Turn
		}
		list[k] = p
	}
	slices.SortStableFunc(list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(d.in.Things[a.first].Group, d.in.Things[b.first].Group), byID(d.in.Things)(a.first, b.first))
	})
	base := len(d.p.Marks)
	for k, m := range list {
		m.Turn = round((float64(k) + 0.5) / float64(len(list)))
		for _, i := range members(m.RingMark) {
			d.mark[i] = base + k
		}
		d.p.Marks = append(d.p.Marks, m.RingMark)
	}
	for k, m := range d.p.Marks[base:] {
		d.steps(base+k, m)
	}
}

// steps adds one step from each mark that leads to a mark.
func (d *ringDrawing) steps(to int, m RingMark) {
	from := map[int]*[]int{}
	last, list := -2, (*[]int)(nil) // mostly the mark that the one before came from
	for _, i := range members(m) {
		k := -1
		if over := d.in.From[i]; over >= 0 {
			k = d.mark[over]
		}
		if k != last {
			if last, list = k, from[k]; list == nil {
				list = new([]int)
				from[k] = list
			}
		}
		*list = append(*list, i)
	}
	for _, k := range slices.Sorted(maps.Keys(from)) {
		d.p.Steps = append(d.p.Steps, RingStep{From: k, To: to, Things: *from[k]})
	}
}

func members(m RingMark) []int {
	if m.Bundle != nil {
		return m.Bundle.Members
	}
	return []int{m.Thing}
}
