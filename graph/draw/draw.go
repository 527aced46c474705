// Package draw places answers about the graph in a picture that a person can read:
// ranked ways as lanes, what falls as rings, who may do what as a matrix, and the
// large map. It knows no identities, only things with a name and a group: what it
// returns are indexes into what it was given, in rows and columns or in unit
// coordinates, never in pixels.
//
// The same question gives the same picture, to the last digit: everything that is
// equal is ordered by its id, and nothing depends on time or chance. A picture has
// at most Budget marks and steps: past that, things that are alike are bundled, and
// what matters most stays out of the bundles.
package draw

import (
	"cmp"
	"slices"
	"strings"
)

// Budget is how many elements, marks and the steps between them, a person can
// read.
const Budget = 300

// A Thing is one node that may be drawn.
type Thing struct {
	ID    string // stable: orders what is equal else
	Group string // things of one group are alike and may be bundled
	Tier0 bool   // everything falls with it: it stays out of bundles
	Keep  bool   // it was chosen, or is severe: so does it
}

// A Bundle stands for things that are alike.
type Bundle struct {
	ID      string // stable, so that opening it can be a link
	Group   string // "": of several groups
	Members []int  // in the order in which they were given
	Tier0   int    // of these
}

func bundleOf(id, group string, members []int, things []Thing) *Bundle {
	b := &Bundle{ID: id, Group: group, Members: members}
	for _, m := range members {
		if things[m].Tier0 {
			b.Tier0++
		}
	}
	return b
}

// byID orders indexes by the ids of their things.
func byID(things []Thing) func(a, b int) int {
	return func(a, b int) int { return cmp.Or(strings.Compare(things[a].ID, things[b].ID), a-b) }
}

func isOpen(open []string, id string) bool { return slices.Contains(open, id) }
