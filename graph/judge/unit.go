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

// memberUnit is the org unit that row i is a member of, or is.
func (j *Judge) memberUnit(i int) string {
	if orgUnit(j.Type(i)) {
		return j.Name(i)
	}
	best := ""
	for h := range j.Out(i) {
		if h.Kind == drover.EdgeMemberOf && orgUnit(j.Type(h.Row)) && (best == "" || j.Name(h.Row) < best) {
			best = j.Name(h.Row)
		}
	}
	return best
}

func orgUnit(typ string) bool { return strings.HasSuffix(typ, ".org_unit") }

// above lists the units that contain the one of that name, nearest first.
func (j *Judge) above(unit string) []string {
	row, ok := j.units[unit]
	var path []string
	for depth := 0; ok && depth < maxUnits; depth++ {
		ok = false
		for h := range j.In(row) {
			if h.Kind == drover.EdgeContains && orgUnit(j.Type(h.Row)) {
				row, ok = h.Row, true
				path = append(path, j.Name(row))
				break
			}
		}
	}
	return path
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
