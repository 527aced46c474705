package engine

import (
	"strings"

	"github.com/droverhq/drover"
)

// Business units: an identity belongs to the unit it is a member of, else to the
// unit of its owner, else to the unit that its attributes name, else to the one
// that the configuration gives its source. The policy maps departments and cost
// centres to units.

// unitOf is the business unit of row i; own is the unit it is a member of.
func (s *Snapshot) unitOf(i int, own string) string {
	attrs := s.Attrs(i)
	department := own
	if department == "" && len(s.units) > 0 {
		department = s.ownersUnit(i)
	}
	if department == "" {
		department = attrs.Str("department")
	}
	if len(s.e.policy.BusinessUnits) > 0 {
		if u := s.e.policy.UnitOf(attrs.Str("cost_center"), append([]string{department}, s.above(department)...)...); u != "" {
			return u
		}
	}
	if department == "" {
		for _, src := range s.Row(i).Sources {
			if c, ok := s.sources[src]; ok && c.BusinessUnit != "" {
				return c.BusinessUnit
			}
		}
	}
	return department
}

// ownersUnit is the unit of the person or team that owns row i.
func (s *Snapshot) ownersUnit(i int) string {
	best := ""
	for h := range s.In(i) {
		if h.Kind != drover.EdgeOwns || s.Kind(h.Row) != drover.KindHuman && s.Kind(h.Row) != drover.KindGroup {
			continue
		}
		if u := s.memberUnit(h.Row); u != "" && (best == "" || u < best) {
			best = u
		}
	}
	return best
}

// memberUnit is the org unit that row i is a member of, or is.
func (s *Snapshot) memberUnit(i int) string {
	if orgUnit(s.Type(i)) {
		return s.Name(i)
	}
	best := ""
	for h := range s.Out(i) {
		if h.Kind == drover.EdgeMemberOf && orgUnit(s.Type(h.Row)) && (best == "" || s.Name(h.Row) < best) {
			best = s.Name(h.Row)
		}
	}
	return best
}

func orgUnit(typ string) bool { return strings.HasSuffix(typ, ".org_unit") }

// above lists the units that contain the one of that name, nearest first.
func (s *Snapshot) above(unit string) []string {
	row, ok := s.units[unit]
	var path []string
	for depth := 0; ok && depth < maxUnits; depth++ {
		ok = false
		for h := range s.In(row) {
			if h.Kind == drover.EdgeContains && orgUnit(s.Type(h.Row)) {
				row, ok = h.Row, true
				path = append(path, s.Name(row))
				break
			}
		}
	}
	return path
}

// maxUnits bounds how deep an organisation is, since exports hold cycles.
const maxUnits = 64

// prepareUnits finds the org units and what the configuration says of sources.
func (s *Snapshot) prepareUnits() {
	s.units = map[string]int{}
	for i := range s.Seen() {
		if orgUnit(s.Type(i)) {
			s.units[s.Name(i)] = i
		}
	}
	s.sources = map[string]sourceContext{}
	for _, c := range s.e.o.Config.Sources {
		if c.BusinessUnit != "" || c.Env != "" {
			s.sources[c.ID] = sourceContext{c.BusinessUnit, c.Env}
		}
	}
}

// sourceContext is what the configuration says of everything in a source.
type sourceContext struct{ BusinessUnit, Env string }

// containers are what row i lies in, nearest first, the environment of its
// source last.
func (s *Snapshot) containers(i int, boxes []string) []string {
	for _, src := range s.Row(i).Sources {
		if c, ok := s.sources[src]; ok && c.Env != "" {
			boxes = append(boxes, c.Env)
		}
	}
	return boxes
}
