package effective

import (
	"context"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A Fallen is one row that falls with another: it is taken, or touched.
type Fallen struct {
	Row   uint32
	Over  int // the place in the list of what it is reached over; -1: the subject, or that is not told
	Hops  int // steps of the shortest way, from 1
	Grade drover.Grade
	Level access.Level // "escalate" for what is taken
}

// Falling lists all that falls with a row, each once: what is taken, of whatever kind, by
// row, then what is only touched, by row. It errors as Blast does.
func (g *Graph) Falling(ctx context.Context, row uint32, o Options) ([]Fallen, error) {
	row = g.in.head(row)
	r := g.reach.Blast([]uint32{row}, o.reach())
	t, err := g.targets(ctx, []uint32{row}, r, o, true)
	if err != nil {
		return nil, err
	}
	defer t.free()
	defer r.Free()
	list, over := make([]Fallen, 0, r.Len()+len(t.rows)), make([]uint32, 0, r.Len()+len(t.rows))
	for n := range r.All() {
		if n == row {
			continue
		}
		via, _ := r.Before(n)
		list, over = append(list, Fallen{Row: n, Hops: r.Hops(n), Grade: r.Grade(n), Level: access.LevelEscalate}), append(over, via)
	}
	taken := len(list)
	slices.Sort(t.rows)
	for _, n := range t.rows {
		if r.Has(n) || !counts(g.Kind(n)) {
			continue
		}
		c, via := t.cells[n], t.via[n]
		list, over = append(list, Fallen{Row: n, Hops: r.Hops(via) + 1, Grade: c.grade(), Level: c.level()}), append(over, via)
	}
	place := t.via // what was asked of it is in over
	for i, x := range list[:taken] {
		place[x.Row] = uint32(i)
	}
	for i, via := range over {
		if list[i].Over = -1; via != row && r.Has(via) {
			list[i].Over = int(place[via])
		}
	}
	return list, ctx.Err()
}
