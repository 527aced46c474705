package check

import (
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph/owners"
)

// An Owner is one of those who answer for a row. OwnerProof is what says so.
type Owner struct {
	Row  int // of the person or group; -1: on no list, known by an address or a name only
	Name string
	Left classify.State // of a person
	How  owners.How
}

// Answerable are all who answer for a row, the one who counts first: whom somebody
// of the house or the policy named comes alone, for that outranks what systems say.
func (e *Estate) Answerable(row int) []Owner {
	o, ok := e.Ownership().Current(row)
	if !ok {
		return nil
	}
	parties := []owners.Party{o.Party}
	if o.How == owners.Said {
		parties = append(parties, o.Overrides...)
	}
	var out []Owner
	for _, p := range parties {
		a := Owner{Row: p.Row, Name: e.Ownership().Name(p), How: o.How}
		if p.Row >= 0 && e.Graph.Kind(p.Row) == drover.KindHuman {
			a.Left = e.Left(p.Row)
		}
		out = append(out, a)
	}
	return out
}

// OwnerProof is what says that one of those whom Answerable lists answers for a row.
func (e *Estate) OwnerProof(row int, a Owner) drover.FindingProof {
	o, _ := e.Ownership().Current(row)
	text := Clean(a.Name) + " owns it"
	switch o.How {
	case owners.Decided:
		return Proof(text, "decision of "+Clean(o.By), o.At, drover.GradeDeclared)
	case owners.Policy:
		return Proof(text, Clean(o.By), o.At, drover.GradeDeclared)
	case owners.Inherited:
		return Proof(Clean(a.Name)+" owns "+e.Say(o.From)+", which it belongs to", e.Source(o.From), e.Graph.Row(o.From).Observed, drover.GradeInferred)
	}
	for h := range e.Graph.In(row) {
		if h.Kind == drover.EdgeOwns && h.Row == a.Row {
			return e.SaidBy(h.Edge, text)
		}
	}
	source := Clean(o.Proof)
	if source == "" {
		source = e.Source(row)
	}
	return Proof(text, source, e.Graph.Row(row).Observed, o.Grade)
}

// LeftAt is when a person left. ok is false for those who are still there, and where
// no source names the day.
func (e *Estate) LeftAt(human int) (t time.Time, ok bool) {
	if e.Left(human) != classify.Yes {
		return t, false
	}
	t = e.Ownership().Leaves(human)
	return t, !t.IsZero() && !t.After(e.Now)
}

// LeftProof says that a person has left, and since when where that is known.
func (e *Estate) LeftProof(human int) drover.FindingProof {
	text := Clean(e.Graph.Name(human)) + " has left"
	at, ok := e.LeftAt(human)
	if ok {
		text += " on " + Day(at) + " (" + Ago(e.Now, at) + ")"
	}
	return Proof(text, e.Source(human)+": employment", at, drover.GradeProven)
}
