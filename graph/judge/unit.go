package judge

import (
	"strings"

	"github.com/droverhq/drover"
)

// Business units: an identity belongs to the unit it is a member of, else to the
// unit of its owner, else to the unit that its attributes name, else to the one
// that the configuration gives its source. The policy maps departments and cost
// centres to units.

// unitOf is the business unit of row i; own is the unit it is a member of.
func (j *Judge) unitOf(i int, own string) string {
	attrs := j.Attrs(i)
	department := own
	if department == "" && len(j.units) > 0 {
		department = j.ownersUnit(i)
	}
	if department == "" {
		department = attrs.Str("department")
	}
	if len(j.set.Policy.BusinessUnits) > 0 {
		if u := j.set.Policy.UnitOf(attrs.Str("cost_center"), append([]string{department}, j.above(department)...)...); u != "" {
			return u
		}
	}
	if department == "" {
		for _, src := range j.Row(i).Sources {
			if c, ok := j.set.Sources[src]; ok && c.BusinessUnit != "" {
				return c.BusinessUnit
			}
		}
	}
	return department
}

// ownersUnit is the unit of the person or team that owns row i.
func (j *Judge) ownersUnit(i int) string {
	best := ""
	for h := range j.In(i) {
		if h.Kind != drover.EdgeOwns || j.Kind(h.Row) != drover.KindHuman && j.Kind(h.Row) != drover.KindGroup {
			continue
		}
		if u := j.memberUnit(h.Row); u != "" && (best == "" || u < best) {
			best = u
		}
	}
	return best
}

// memberUnit is the org unit that row i, a person or a team, is a member of, or is.
func (j *Judge) memberUnit(i int) string {
	if orgUnit(j.Type(i)) {
		return j.Name(i)
	}
	return j.tree().of[i]
}

func orgUnit(typ string) bool { return strings.HasSuffix(typ, ".org_unit") }

// above lists the units that contain the one of that name, nearest first.
func (j *Judge) above(unit string) []string {
	row, ok := j.units[unit]
	if !ok {
		return nil
	}
	tree := j.tree()
	var path []string
	for range maxUnits {
		if row, ok = tree.over[row]; !ok {
			break
		}
		path = append(path, j.Name(row))
	}
	return path
}

// A unitTree is the units of people and teams, and what contains each unit. It is
// read once from the side of the units: somebody who owns much has many edges, and
// would be asked by everything that they own.
type unitTree struct {
	of   map[int]string // row of a person or team: the first of its units by name
	over map[int]int    // row of a unit: that of the unit around it
}

func (j *Judge) readUnits() *unitTree {
	t := &unitTree{of: map[int]string{}, over: map[int]int{}}
	for row := range j.Seen() {
		if !orgUnit(j.Type(row)) {
			continue
		}
		name := j.Name(row)
		for h := range j.In(row) {
			switch {
			case h.Kind == drover.EdgeMemberOf && (j.Kind(h.Row) == drover.KindHuman || j.Kind(h.Row) == drover.KindGroup):
				if best, ok := t.of[h.Row]; !ok || name < best {
					t.of[h.Row] = name
				}
			case h.Kind == drover.EdgeContains && orgUnit(j.Type(h.Row)):
				if _, ok := t.over[row]; !ok {
					t.over[row] = h.Row
				}
			}
		}
	}
	return t
}

// maxUnits bounds how deep an organisation is, since exports hold cycles.
const maxUnits = 64

// containers are what row i lies in, nearest first, the environment of its
// source last.
func (j *Judge) containers(i int, boxes []string) []string {
	for _, src := range j.Row(i).Sources {
		if c, ok := j.set.Sources[src]; ok && c.Env != "" {
			boxes = append(boxes, c.Env)
		}
	}
	return boxes
}
