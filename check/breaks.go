package check

import (
	"fmt"

	"github.com/droverhq/drover"
)

func (e *Estate) subject(row int) drover.Subject {
	return drover.Subject{Ref: e.Graph.Ref(row), Name: e.Graph.Name(row), Type: e.Graph.Type(row)}
}

// Exempt says why nothing is asked of a row's owner whatever it is: its provider
// manages it, and nobody here can change it.
func (e *Estate) Exempt(row int) (reason string, ok bool) {
	return "", false
}

// breaks says what depends on what a fix changes.
func (e *Estate) breaks(h Hit) drover.Breaks {
	b := drover.Breaks{Unknowns: h.Unknowns}
	if h.Keeps || len(h.Stops) == 0 {
		b.Text = "Nothing stops: the fix takes nothing away."
		return b
	}
	b.Text = fmt.Sprintf("%s may stop.", e.Says(h.Stops))
	return b
}

// applies reports whether a row is of a system that the check is for.
func (p *Pass) applies(row int) bool {
	if len(p.Check.Systems) == 0 {
		return true
	}
	system := p.Graph.Ref(row).System()
	for _, s := range p.Check.Systems {
		if s == system {
			return true
		}
	}
	return false
}
