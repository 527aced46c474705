package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/draw"
	"github.com/droverhq/drover/graph/effective"
)

// Answers that are drawn: laid out here, the same for the same question, and small
// enough to be read (see graph/draw). What they leave out is counted.

// A BundleView stands for things that are alike.
type BundleView struct {
	ID    string `json:"id"`    // give it as open= to see its members
	Label string `json:"label"` // "412 S3 buckets"
	Count int    `json:"count"`
	Tier0 int    `json:"tier0"` // of these
}

func bundleView(b *draw.Bundle) *BundleView {
	if b == nil {
		return nil
	}
	noun := check.TypeWords(b.Group)
	if b.Group == "" {
		noun = "other thing"
	}
	return &BundleView{ID: b.ID, Label: check.Count(len(b.Members), noun), Count: len(b.Members), Tier0: b.Tier0}
}

// thing is a row as it is drawn.
func (x *Effects) thing(row uint32) draw.Thing {
	return draw.Thing{ID: string(x.Ref(row)), Group: x.Type(row), Tier0: x.Tier0(row)}
}

// A LanesView is ranked ways from left to right.
type LanesView struct {
	Schema  string     `json:"schema"`
	From    string     `json:"from"`
	To      string     `json:"to"`
	More    bool       `json:"more"`    // there are other ways that the search left out
	Dropped int        `json:"dropped"` // ways for which there was no room: the list has them
	Columns int        `json:"columns"`
	Rows    int        `json:"rows"`
	Marks   []LaneMark `json:"marks"`
	Steps   []LaneStep `json:"steps"`
	Ways    []LaneWay  `json:"ways"` // those that are drawn, the best first
	Age
}

// A LaneMark is a node, or a bundle, in its place.
type LaneMark struct {
	Node   *NodeView   `json:"node"`
	Bundle *BundleView `json:"bundle"`
	Column int         `json:"column"`
	Row    int         `json:"row"`
	Ways   []int       `json:"ways"` // places in Ways
}

// A LaneStep leads from one mark to another.
type LaneStep struct {
	From   int          `json:"from"` // places in Marks
	To     int          `json:"to"`
	Effect EffectView   `json:"effect"`
	Count  int          `json:"count"` // of steps that it stands for
	Ways   []int        `json:"ways"`
	Grade  drover.Grade `json:"grade"` // the best of them
}

// A LaneWay is one way.
type LaneWay struct {
	Hops  int          `json:"hops"`
	Grade drover.Grade `json:"grade"`
	Tier0 bool         `json:"tier0"` // it ends at tier 0
}

// laneWays is how many ways are looked for: some more than are drawn, since ends
// that are alike are drawn as one.
const laneWays = 4 * draw.MaxWays

// DrawnLanes answers Paths as lanes: from "" with to "" is nothing; from alone is
// the ways to what of tier 0 falls with it.
func (e *Engine) DrawnLanes(ctx context.Context, from, to string, asOf time.Time, o ReachOptions, open []string) (*LanesView, error) {
	o.Limit = laneWays
	v := &LanesView{Schema: "drover/v1/lanes", From: from, To: to, Ways: []LaneWay{}}
	var paths []PathView
	if to == "" {
		o.noCut = true
		b, err := e.Blast(ctx, from, asOf, o)
		if err != nil {
			return nil, err
		}
		paths, v.Age = b.Paths, b.Age
	} else {
		p, err := e.Paths(ctx, from, to, asOf, o)
		if err != nil {
			return nil, err
		}
		paths, v.More, v.Age = p.Paths, p.More, p.Age
	}
	paths = slices.DeleteFunc(slices.Clone(paths), func(p PathView) bool { return p.Variant || len(p.Nodes) < 2 || len(p.Edges) != len(p.Nodes)-1 })
	v.lay(paths, open)
	return v, nil
}

// lay places paths.
func (v *LanesView) lay(paths []PathView, open []string) {
	in := draw.LanesInput{Open: open}
	var nodes []NodeView
	at := map[drover.Ref]int{}
	for _, p := range paths {
		var way []int
		for _, n := range p.Nodes {
			i, ok := at[n.Ref]
			if !ok {
				i = len(nodes)
				at[n.Ref] = i
				nodes = append(nodes, n)
				in.Things = append(in.Things, draw.Thing{ID: string(n.Ref), Group: n.Type, Tier0: n.Tier0})
			}
			way = append(way, i)
		}
		in.Ways = append(in.Ways, way)
	}
	p := draw.DrawLanes(in)
	v.Dropped, v.Columns, v.Rows = p.Dropped, p.Columns, p.Rows
	v.Marks, v.Steps = make([]LaneMark, 0, len(p.Marks)), make([]LaneStep, 0, len(p.Steps))
	for _, m := range p.Marks {
		mark := LaneMark{Bundle: bundleView(m.Bundle), Column: m.Column, Row: m.Row, Ways: m.Ways}
		if m.Thing >= 0 {
			mark.Node = &nodes[m.Thing]
		}
		v.Marks = append(v.Marks, mark)
	}
	for _, s := range p.Steps {
		step := LaneStep{From: s.From, To: s.To, Effect: paths[s.Ways[0]].Edges[s.Hop], Count: s.Count, Ways: s.Ways}
		step.Grade = step.Effect.Grade
		for _, w := range s.Ways {
			step.Grade = best(step.Grade, paths[w].Edges[s.Hop].Grade)
		}
		v.Steps = append(v.Steps, step)
	}
	for _, p := range paths[:len(paths)-p.Dropped] {
		v.Ways = append(v.Ways, LaneWay{Hops: p.Hops, Grade: p.Grade, Tier0: p.Nodes[len(p.Nodes)-1].Tier0})
	}
}

// best is the surer of two grades.
func best(a, b drover.Grade) drover.Grade {
	if weakest(a, b) == a {
		return b
	}
	return a
}

// A RingsView is what falls with one thing, by hop.
type RingsView struct {
	Schema  string     `json:"schema"`
	Subject NodeView   `json:"subject"`
	Rings   []RingView `json:"rings"`
	Marks   []RingMark `json:"marks"`
	Steps   []RingStep `json:"steps"`
	Age
}

// A RingView counts one ring.
type RingView struct {
	Hop   int `json:"hop"`
	Total int `json:"total"`
}

// A RingMark is a node, or a bundle, in its place.
type RingMark struct {
	Node   *NodeView    `json:"node"`
	Bundle *BundleView  `json:"bundle"`
	Hop    int          `json:"hop"`
	Turn   float64      `json:"turn"`  // 0 to 1, clockwise from the top
	Grade  drover.Grade `json:"grade"` // of the way to it; the surest of a bundle
	Level  access.Level `json:"level"` // how much of it; the most of a bundle
}

// A RingStep leads from one mark to another.
type RingStep struct {
	From   int          `json:"from"` // places in Marks; -1: the subject
	To     int          `json:"to"`
	Effect *EffectView  `json:"effect"` // null: it follows from permissions, or it is of several
	Count  int          `json:"count"`
	Grade  drover.Grade `json:"grade"`
}

// DrawnRings answers Blast as rings.
func (e *Engine) DrawnRings(ctx context.Context, from string, asOf time.Time, o ReachOptions, open []string) (*RingsView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	row, err := x.Lookup(from)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("rings %d %d %s %q", row, o.MaxHops, o.Level, open)
	if v, ok := x.s.held.drawn.get(key); ok {
		return v.(*RingsView), nil
	}
	f, err := x.falling(ctx, row, o)
	if err != nil {
		return nil, err
	}
	f.in.Open = open
	p := draw.DrawRings(f.in)
	v := &RingsView{Schema: "drover/v1/rings", Subject: x.node(row), Rings: []RingView{}, Marks: []RingMark{}, Steps: []RingStep{}, Age: x.age(x.Gaps())}
	for hop, total := range p.Totals {
		if hop > 0 {
			v.Rings = append(v.Rings, RingView{hop, total})
		}
	}
	for _, m := range p.Marks {
		mark := RingMark{Bundle: bundleView(m.Bundle), Hop: m.Hop, Turn: m.Turn, Grade: drover.GradeUnknown}
		members := []int{m.Thing}
		if m.Bundle != nil {
			members = m.Bundle.Members
		} else {
			n := x.node(f.rows[m.Thing])
			mark.Node = &n
		}
		for k, i := range members {
			if k == 0 {
				mark.Grade = f.grade[i]
			}
			mark.Grade = best(mark.Grade, f.grade[i])
			if f.level[i].Rank() > mark.Level.Rank() {
				mark.Level = f.level[i]
			}
		}
		v.Marks = append(v.Marks, mark)
	}
	for _, s := range p.Steps {
		step := RingStep{From: s.From, To: s.To, Count: len(s.Things), Grade: f.grade[s.Things[0]]}
		for _, i := range s.Things {
			step.Grade = best(step.Grade, f.grade[i])
		}
		if len(s.Things) == 1 {
			step.Effect = f.effect(x, s.Things[0], row)
		}
		v.Steps = append(v.Steps, step)
	}
	if len(f.rows) > drawnFrom {
		x.s.held.drawn.put(key, v)
	}
	return v, nil
}

// falling is what falls with a row, thing by thing.
type falling struct {
	in    draw.RingsInput
	rows  []uint32
	grade []drover.Grade
	level []access.Level
}

// falling gathers what falls with a row: each once, with its distance and over what
// it is reached.
func (x *Effects) falling(ctx context.Context, row uint32, o ReachOptions) (*falling, error) {
	list, err := x.Falling(ctx, row, o.effective())
	if err != nil {
		return nil, err
	}
	n := len(list)
	f := &falling{rows: make([]uint32, n), grade: make([]drover.Grade, n), level: make([]access.Level, n)}
	f.in.Things, f.in.Hop, f.in.From = make([]draw.Thing, n), make([]int, n), make([]int, n)
	for i, y := range list {
		f.rows[i], f.grade[i], f.level[i] = y.Row, y.Grade, y.Level
		f.in.Things[i], f.in.Hop[i], f.in.From[i] = x.thing(y.Row), max(1, y.Hops), -1
	}
	for i, y := range list {
		// What it is reached over lies on a ring further in, or the way there is not told.
		if y.Over >= 0 && f.in.Hop[y.Over] < f.in.Hop[i] {
			f.in.From[i] = y.Over
		}
	}
	return f, nil
}

// effect is the edge by which a thing is reached; nil where it follows from
// permissions, which are no edges.
func (f *falling) effect(x *Effects, i int, subject uint32) *EffectView {
	from := subject
	if f.in.From[i] >= 0 {
		from = f.rows[f.in.From[i]]
	}
	for e := range x.Reach().Between(from, f.rows[i]) {
		v := x.step(x.Edge(e))
		return &v
	}
	return nil
}

// A MatrixView is who may do how much with what.
type MatrixView struct {
	Schema       string       `json:"schema"`
	Rows         []NodeView   `json:"rows"`
	Columns      []NodeView   `json:"columns"`
	Cells        []MatrixCell `json:"cells"`
	TotalRows    int          `json:"total_rows"`    // of all that were meant
	TotalColumns int          `json:"total_columns"` // of all that they reach
	Asked        int          `json:"asked"`         // rows whose reach was worked out; the others are not drawn
	Age
}

// A MatrixCell is how much one row may do with one column; there is none where it
// may do nothing, or that is not known.
type MatrixCell struct {
	Row    int          `json:"row"`
	Column int          `json:"column"`
	Level  access.Level `json:"level"`
	Grade  drover.Grade `json:"grade"`
	Hops   int          `json:"hops"`
}

// matrixRows is how many identities are asked what they reach, those with most risk
// first: each costs a walk.
const matrixRows = 120

// DrawnMatrix answers who of from may do how much with what of to. From is a filter
// or one name; an empty to is whatever of resources is reached.
func (e *Engine) DrawnMatrix(ctx context.Context, from, to string, asOf time.Time, o ReachOptions) (*MatrixView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	rows, err := x.Select(cmp.Or(from, reportBase))
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(r uint32) bool { return !x.Taker(r) })
	var only map[uint32]bool
	if to != "" {
		list, err := x.Select(to)
		if err != nil {
			return nil, fmt.Errorf("to: %w", err)
		}
		only = map[uint32]bool{}
		for _, r := range list {
			only[r] = true
		}
	}
	v := &MatrixView{Schema: "drover/v1/matrix", Rows: []NodeView{}, Columns: []NodeView{}, Cells: []MatrixCell{}, TotalRows: len(rows), Age: x.age(x.Gaps())}
	risks := e.risks(ctx, x)
	slices.SortFunc(rows, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(risks.of(int(b)), risks.of(int(a))), cmp.Compare(x.Ref(a), x.Ref(b)))
	})
	rows = rows[:min(len(rows), matrixRows)]
	v.Asked = len(rows)
	var in draw.MatrixInput
	var targets []effective.Target
	var columns []uint32
	at := map[uint32]int{}
	for i, r := range rows {
		in.Rows = append(in.Rows, x.thing(r))
		found, err := x.Resources(ctx, r, o.effective())
		if err != nil {
			return nil, err
		}
		for t := range found {
			if only != nil && !only[t.Row] || only == nil && x.Kind(t.Row) != drover.KindResource && !x.Tier0(t.Row) {
				continue
			}
			c, ok := at[t.Row]
			if !ok {
				c = len(columns)
				at[t.Row] = c
				columns = append(columns, t.Row)
				in.Columns = append(in.Columns, x.thing(t.Row))
			}
			in.Cells = append(in.Cells, draw.Cell{Row: i, Column: c, Weight: 2 + t.Level.Rank()})
			targets = append(targets, t)
		}
	}
	v.TotalColumns = len(columns)
	m := draw.DrawMatrix(in)
	row, column := map[int]int{}, map[int]int{}
	for k, i := range m.Rows {
		row[i] = k
		v.Rows = append(v.Rows, x.node(rows[i]))
	}
	for k, i := range m.Columns {
		column[i] = k
		v.Columns = append(v.Columns, x.node(columns[i]))
	}
	for _, i := range m.Cells {
		c, t := in.Cells[i], targets[i]
		v.Cells = append(v.Cells, MatrixCell{row[c.Row], column[c.Column], t.Level, t.Grade, t.Hops})
	}
	return v, nil
}
