package draw

import (
	"slices"
	"strconv"
)

const (
	// MaxWays is how many ways a picture has at most.
	MaxWays = 25

	alike      = 5 // ends of one group after one mark, from this many on, are bundled
	aloneFirst = 2 // but for the first of them
)

// LanesInput are ranked ways, the best first, each over things from its start on.
type LanesInput struct {
	Things []Thing
	Ways   [][]int
	Open   []string // ids of bundles that are drawn as their members
}

// Lanes are ways drawn from left to right: a row for each, what ways share at their
// beginning drawn once, so that the best way is a straight line at the top.
type Lanes struct {
	Marks         []LaneMark
	Steps         []LaneStep
	Columns, Rows int
	Dropped       int // ways for which there was no room: only the list has them
}

// A LaneMark is a thing or a bundle in its place.
type LaneMark struct {
	Thing  int     // -1: it is a bundle
	Bundle *Bundle // nil: it is a thing
	Column int     // how many steps from the start
	Row    int
	Ways   []int // that go through it
}

// A LaneStep leads from one mark to another.
type LaneStep struct {
	From, To int // marks
	Hop      int // which step of its ways it is, from 0
	Ways     []int
	Count    int // things at its end: more than 1 for a bundle
}

// DrawLanes draws the first MaxWays ways, or as many of them as Budget has room for.
func DrawLanes(in LanesInput) *Lanes {
	n := min(len(in.Ways), MaxWays)
	for ; n > 1; n-- {
		if p := drawLanes(in, in.Ways[:n]); len(p.Marks)+len(p.Steps) <= Budget {
			p.Dropped = len(in.Ways) - n
			return p
		}
	}
	p := drawLanes(in, in.Ways[:n])
	p.Dropped = len(in.Ways) - n
	return p
}

// A stem is one thing reached over one beginning.
type stem struct {
	thing  int
	parent int // -1: a start
	column int
	kids   []int
	ways   []int
}

func drawLanes(in LanesInput, ways [][]int) *Lanes {
	var stems []stem
	var roots []int
	for w, way := range ways {
		at := -1
		for column, thing := range way {
			kids := roots
			if at >= 0 {
				kids = stems[at].kids
			}
			i := slices.IndexFunc(kids, func(k int) bool { return stems[k].thing == thing })
			if i >= 0 {
				at = kids[i]
			} else {
				stems = append(stems, stem{thing: thing, parent: at, column: column})
				if at >= 0 {
					stems[at].kids = append(stems[at].kids, len(stems)-1)
				} else {
					roots = append(roots, len(stems)-1)
				}
				at = len(stems) - 1
			}
			stems[at].ways = append(stems[at].ways, w)
		}
	}
	d := &laneDrawing{in: in, stems: stems, p: &Lanes{Marks: []LaneMark{}, Steps: []LaneStep{}}}
	for _, r := range roots {
		d.place(r, -1)
	}
	d.p.Rows = d.row
	return d.p
}

type laneDrawing struct {
	in    LanesInput
	stems []stem
	p     *Lanes
	row   int // the next that is free
}

// place draws a stem and what follows from it, in the row that is free next; the
// first of what follows goes on in the same row.
func (d *laneDrawing) place(s, from int) {
	x := &d.stems[s]
	at := d.mark(LaneMark{Thing: x.thing, Column: x.column, Row: d.row, Ways: x.ways}, from, 1)
	if len(x.kids) == 0 {
		d.row++
		return
	}
	bundled := d.bundles(x)
	for _, k := range x.kids {
		b, in := bundled[k]
		switch {
		case !in:
			d.place(k, at)
		case b.first == k:
			d.mark(LaneMark{Thing: -1, Bundle: bundleOf(b.id, b.group, b.things, d.in.Things), Column: x.column + 1, Row: d.row, Ways: b.ways}, at, len(b.things))
			d.row++
		}
	}
}

func (d *laneDrawing) mark(m LaneMark, from, count int) int {
	d.p.Marks = append(d.p.Marks, m)
	at := len(d.p.Marks) - 1
	d.p.Columns = max(d.p.Columns, m.Column+1)
	if from >= 0 {
		d.p.Steps = append(d.p.Steps, LaneStep{From: from, To: at, Hop: m.Column - 1, Ways: m.Ways, Count: count})
	}
	return at
}

// A sheaf is what of the ends after one mark is drawn as one.
type sheaf struct {
	id, group    string
	first        int
	things, ways []int
}

// bundles finds the ends after a stem that are drawn as one.
func (d *laneDrawing) bundles(x *stem) map[int]*sheaf {
	groups := map[string][]int{}
	var order []string
	for _, k := range x.kids {
		t := d.in.Things[d.stems[k].thing]
		if len(d.stems[k].kids) > 0 || t.Tier0 || t.Keep || t.Group == "" {
			continue
		}
		if groups[t.Group] == nil {
			order = append(order, t.Group)
		}
		groups[t.Group] = append(groups[t.Group], k)
	}
	out := map[int]*sheaf{}
	for _, g := range order {
		id := "lane:" + strconv.Itoa(x.column+1) + ":" + g + ":" + d.in.Things[x.thing].ID
		if len(groups[g]) < alike || isOpen(d.in.Open, id) {
			continue
		}
		rest := groups[g][aloneFirst:]
		b := &sheaf{id: id, group: g, first: rest[0]}
		for _, k := range rest {
			b.things = append(b.things, d.stems[k].thing)
			b.ways = append(b.ways, d.stems[k].ways...)
			out[k] = b
		}
		slices.Sort(b.ways)
	}
	return out
}
