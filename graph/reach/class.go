package reach

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// What a search asks of an edge fits in two bytes: a class (kind, grade, whether
// it moves) and a level. They lie beside the rows in both directions, so that a
// search never looks an edge up.
//
//	class: move (1 bit) | grade, 0 the best (2 bits) | kind, by its place in drover.EdgeKinds (5 bits)
//	level: 0 for "", else its rank + 1
const (
	kindBits   = 5
	kindMask   = 1<<kindBits - 1
	gradeShift = kindBits
	moveBit    = 1 << 7
	grades     = 4
)

func classOf(kind, grade uint8, move bool) uint8 {
	c := kind | grade<<gradeShift
	if move {
		c |= moveBit
	}
	return c
}

func gradeOf(class uint8) uint8 { return class >> gradeShift & (grades - 1) }

// encode returns the two bytes of an edge. Errors wrap drover.ErrInvalid.
func encode(e *Edge) (class, level uint8, err error) {
	kind := slices.Index(drover.EdgeKinds, e.Kind)
	if kind < 0 {
		return 0, 0, fmt.Errorf("edge %d to %d: kind %.40q is none of %v: %w", e.From, e.To, e.Kind, drover.EdgeKinds, drover.ErrInvalid)
	}
	grade, err := gradeCode(e.Grade)
	if err != nil {
		return 0, 0, fmt.Errorf("edge %d to %d: %w", e.From, e.To, err)
	}
	if e.Level != "" && e.Level.Rank() < 0 {
		return 0, 0, fmt.Errorf("edge %d to %d: level %.40q is none of %v: %w", e.From, e.To, e.Level, access.Levels, drover.ErrInvalid)
	}
	return classOf(uint8(kind), grade, e.Move), uint8(e.Level.Rank() + 1), nil
}

// gradeCode is the place of a grade in drover.Grades; "" is proven.
func gradeCode(g drover.Grade) (uint8, error) {
	if g == "" {
		return 0, nil
	}
	i := slices.Index(drover.Grades, g)
	if i < 0 {
		return 0, fmt.Errorf("grade %.40q is none of %v: %w", g, drover.Grades, drover.ErrInvalid)
	}
	return uint8(i), nil
}

func levelAt(code uint8) access.Level {
	if code == 0 {
		return ""
	}
	return access.Levels[code-1]
}
