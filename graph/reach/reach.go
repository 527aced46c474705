// Package reach is the graph engine: numbered nodes, edges in compressed sparse
// rows both ways, and the questions that run over them: what falls if this is
// stolen, who can reach this, by which paths, what single cut helps most. It
// knows no vendor: package effective makes its edges.
package reach

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// An Edge is one directed edge between two nodes, numbered from 0.
type Edge struct {
	From, To uint32
	Kind     drover.EdgeKind
	Move     bool         // who holds From holds To; false: To is only touched, at Level, and nothing follows from it
	Level    access.Level // "" or what it gives on To
	Grade    drover.Grade
	Info     Info
}

// Info is what is shown of an edge. Equal values are kept once.
type Info struct {
	Technique string
	Cond      string // canonical JSON, "" for none
	Proof     string // canonical JSON of []access.Proof, "" for none
}
