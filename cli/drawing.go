package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/engine"
)

// A drawing is the nodes and edges of an answer over the graph.
type drawing struct {
	records []drover.Record
	nodes   map[drover.Ref]bool
	joined  map[[2]drover.Ref]bool
}

func (d *drawing) node(n engine.NodeView) {
	if d.nodes == nil {
		d.nodes, d.joined = map[drover.Ref]bool{}, map[[2]drover.Ref]bool{}
	}
	if d.nodes[n.Ref] {
		return
	}
	d.nodes[n.Ref] = true
	v := &drover.Node{Ref: n.Ref, Kind: n.Kind, Type: n.Type, Name: n.Name}
	if n.Tier0 {
		v.Attrs = drover.NewAttrs(map[string]any{"tier0": true})
	}
	d.records = append(d.records, drover.Record{Node: v})
}

// edge joins two nodes; what is the label of the arrow.
func (d *drawing) edge(from, to drover.Ref, what string, grade drover.Grade) {
	d.joined[[2]drover.Ref{from, to}] = true
	d.records = append(d.records, drover.Record{Edge: &drover.Edge{From: from, To: to, Kind: drover.EdgeCanAccess, Part: what, Technique: what, Grade: grade}})
}

func (d *drawing) paths(list []engine.PathView) {
	for _, p := range list {
		for i, n := range p.Nodes {
			d.node(n)
			if i > 0 && i <= len(p.Edges) {
				e := p.Edges[i-1]
				d.edge(p.Nodes[i-1].Ref, n.Ref, step(e)+technique(e), e.Grade)
			}
		}
	}
}

func drawPaths(v *engine.PathsView) []drover.Record {
	d := drawing{}
	d.paths(v.Paths)
	return d.records
}

// drawBlast draws the paths, then what else is reached, each by an arrow that says
// no more than that.
func drawBlast(v *engine.BlastView) []drover.Record {
	d := drawing{}
	d.node(v.Subject)
	for _, h := range v.Holds {
		d.node(h.NodeView)
		d.edge(v.Subject.Ref, h.Ref, export.Line(h.How), "")
	}
	d.paths(v.Paths)
	for _, list := range []struct {
		nodes []engine.NodeView
		what  string
	}{{v.Next, "can take over"}, {v.Tier0, "reaches"}} {
		for _, n := range list.nodes {
			if !d.nodes[n.Ref] {
				d.node(n)
				d.edge(v.Subject.Ref, n.Ref, list.what, drover.GradeUnknown)
			}
		}
	}
	return d.records
}

func drawCreators(v *engine.CreatorsView) []drover.Record {
	d := drawing{}
	d.node(v.Subject)
	for _, c := range v.Chain {
		d.node(c.NodeView)
		d.edge(c.Ref, c.Created, string(c.How), c.Grade)
	}
	return d.records
}

func drawDependents(v *engine.DepsView) []drover.Record {
	d := drawing{}
	d.node(v.Subject)
	for _, x := range v.Items {
		d.node(x.NodeView)
		if x.Through == nil {
			d.edge(x.Ref, v.Subject.Ref, x.How, x.Grade)
			continue
		}
		d.node(*x.Through)
		d.edge(x.Ref, x.Through.Ref, x.How, x.Grade)
		if !d.joined[[2]drover.Ref{x.Through.Ref, v.Subject.Ref}] {
			d.edge(x.Through.Ref, v.Subject.Ref, "opens", "")
		}
	}
	return d.records
}

// graph writes an answer over the graph: one JSON object, a text, or a drawing.
func (a *app) graph(v any, table func(io.Writer), draw func() []drover.Record) error {
	return a.write(func(w io.Writer, format string) error {
		f := a.exporter(format)
		if format != formatOfGraphs || f == nil {
			return a.objectTo(w, format, v, table)
		}
		return f.Write(context.Background(), w, export.Head{Tool: Version}, func(yield func(drover.Record, error) bool) {
			for _, r := range draw() {
				if !yield(r, nil) {
					return
				}
			}
		})
	})
}

// aboutGraph is about of an answer that can be drawn.
func aboutGraph[T any](a *app, get func(e estate, ctx context.Context, id string, at time.Time) (T, error), say func(w io.Writer, v T), draw func(v T) []drover.Record) func(*cobra.Command, []string) error {
	return aboutOne(a, get, func(v T) error {
		return a.graph(v, func(w io.Writer) { say(w, v) }, func() []drover.Record { return draw(v) })
	})
}
