package effective

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/reach"
)

// Options narrow a question. The zero value asks for everything, ten paths.
type Options struct {
	MaxHops  int          // edges of a path at most; 0: any number
	Level    access.Level // what is reached at this level or a stronger one; "": at any
	MinGrade drover.Grade // edges at least this sure; "": all
	Limit    int          // paths, holders or targets listed; 0: 10, negative: all
	Without  *Cut         // taken as gone
}

// A Cut is edges and rows that are taken as gone, of one Graph.
type Cut struct {
	Edges []uint32
	Rows  []uint32
}

const defaultLimit = 10

func (o Options) limit() int {
	switch {
	case o.Limit == 0:
		return defaultLimit
	case o.Limit < 0:
		return int(^uint32(0) >> 1)
	}
	return o.Limit
}

func (o Options) reach() reach.Options {
	r := reach.Options{MaxHops: o.MaxHops, MinGrade: o.MinGrade, Level: o.Level}
	if c := o.Without; c != nil {
		r.Without, r.CutNodes = reach.NewEdgeSet(c.Edges...), reach.NewNodeSet(c.Rows...)
	}
	return r
}
