package effective

import (
	"cmp"
	"slices"

	"github.com/droverhq/drover"
)

// holds lists what comes with a person, a certificate authority or a place: a
// file, a repository, a workload, a computer. Nothing for other rows.
func (g *Graph) holds(row uint32, o Options) []Hold {
	if !g.holder(row) {
		return nil
	}
	h := &holding{g: g, pass: passer(g.reach, o.reach()), seen: map[labelled]bool{}, been: map[labelled]bool{}}
	h.from(row, nil, "", drover.GradeProven)
	slices.SortStableFunc(h.list, func(a, b Hold) int {
		return cmp.Or(cmp.Compare(a.As, b.As), cmp.Compare(a.Row, b.Row), cmp.Compare(len(a.Edges), len(b.Edges)))
	})
	return h.list
}

func (g *Graph) holder(row uint32) bool {
	switch g.Kind(row) {
	case drover.KindHuman, drover.KindPlace, drover.KindWorkload, drover.KindResource:
		return true
	case drover.KindCredential:
		for e := range g.reach.Out(row) {
			if g.reach.Edge(e).Info.Technique == CAIssue || g.reach.Edge(e).Info.Technique == KeyOfCertificate {
				return true
			}
		}
	}
	return g.Type(row) == "machine.host"
}

// A labelled is a row under one label.
type labelled struct {
	row uint32
	as  string
}

// A holding follows moves until something that counts is held: an identity, a
// credential. It does not go on from there, save from a credential to whom it
// authenticates.
type holding struct {
	g    *Graph
	pass passing
	seen map[labelled]bool // listed
	been map[labelled]bool // gone on from
	list []Hold
}

const maxHolding = 16 // edges between a subject and what it holds

func (h *holding) from(row uint32, way []uint32, as string, grade drover.Grade) {
	if len(way) >= maxHolding || h.been[labelled{row, as}] {
		return
	}
	h.been[labelled{row, as}] = true
	for e := range h.g.reach.Out(row) {
		x := h.g.reach.Edge(e)
		if !x.Move {
			return // moves come first
		}
		if !h.pass(e, &x) {
			continue
		}
		label := as
		if label == "" {
			label = labelOf(x.Kind, x.Info.Technique)
		}
		next := append(slices.Clone(way), e)
		worst := weaker(grade, x.Grade)
		switch kind := h.g.Kind(x.To); {
		case label == "":
			continue
		case h.g.Taker(x.To):
			h.put(Hold{x.To, label, worst, next})
		case kind == drover.KindCredential:
			if x.Info.Technique == KeyOfCertificate {
				h.from(x.To, next, "", worst) // the key is the certificate
				continue
			}
			if x.Info.Technique == CAIssue {
				label = "issued"
			} else if label != "issued" {
				label = "credential"
			}
			h.put(Hold{x.To, label, worst, next})
			h.from(x.To, next, label, worst)
		default:
			if label != "credential" {
				h.put(Hold{x.To, label, worst, next})
			}
			if label == "credential" && (kind == drover.KindPlace || x.Kind == drover.EdgeContains || x.Kind == drover.EdgeReadsSecret) {
				h.from(x.To, next, label, worst)
			}
		}
	}
}

func (h *holding) put(x Hold) {
	if key := (labelled{x.Row, x.As}); !h.seen[key] {
		h.seen[key] = true
		h.list = append(h.list, x)
	}
}

// labelOf says how a first edge makes somebody hold its end.
func labelOf(kind drover.EdgeKind, technique string) string {
	switch {
	case technique == CAIssue:
		return "issued"
	case kind == drover.EdgeOwns:
		return "owns"
	case kind == drover.EdgeCreated:
		return "created"
	case kind == drover.EdgeReadsSecret || kind == drover.EdgeAuthenticates || kind == drover.EdgeContains:
		return "credential"
	}
	return "impersonates"
}
