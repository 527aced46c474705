// Package leaver finds what somebody who leaves may take along: the credentials
// that they could read, wrote down or were handed, over their accounts, their
// groups and the places that these can read. What they own and made is in the
// snapshot itself; what they could read follows from the graph of effects.
package leaver

import (
	"cmp"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/graph/reach"
)

// An Exposure is one credential that a person could have.
type Exposure struct {
	Credential int
	Identities []int // that it proves
	Place      int   // where they had it from; -1: the account itself
	Via        int   // the account or group by which; the person where it is none
	Grade      drover.Grade
}

// maxRows bounds how many rows are gone over for one person.
const maxRows = 200_000

// Accounts are the rows of a person: their own, those of their accounts, and names
// by which others know them.
func Accounts(o *owners.Estate, people map[int]bool) map[int][]int {
	out := map[int][]int{}
	s := o.Snapshot()
	for p := range people {
		out[p] = append(out[p], p)
	}
	for i := range s.Len() {
		if s.Kind(i) != drover.KindIdentity || s.IsMember(i) {
			continue
		}
		if !s.Unseen(i) && s.Facts(i).Verdict == drover.VerdictNHI {
			continue
		}
		if p := o.Account(i); p.Row >= 0 && people[p.Row] {
			out[p.Row] = append(out[p.Row], i)
		}
	}
	return out
}

// Exposed lists the credentials that a person could have, from the rows of
// Accounts, by row of the credential; each once, by its surest way.
func Exposed(g *effective.Graph, s *graph.Snapshot, rows []int) []Exposure {
	w := &walk{g: g, s: s, found: map[int]Exposure{}, been: map[step]bool{}}
	for _, r := range rows {
		w.queue = append(w.queue, at{row: uint32(r), via: r, place: -1, grade: drover.GradeProven, person: true})
	}
	for len(w.queue) > 0 && len(w.been) < maxRows {
		next := w.queue[0]
		w.queue = w.queue[1:]
		w.from(next)
	}
	out := make([]Exposure, 0, len(w.found))
	for _, x := range w.found {
		for h := range s.Out(x.Credential) {
			if h.Kind == drover.EdgeAuthenticates && !slices.Contains(rows, h.Row) {
				x.Identities = append(x.Identities, h.Row)
			}
		}
		if len(x.Identities) > 0 { // their own password is theirs
			slices.Sort(x.Identities)
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b Exposure) int { return cmp.Compare(a.Credential, b.Credential) })
	return out
}

// at is where a walk is.
type at struct {
	row     uint32
	via     int // the account or group by which it came
	place   int
	grade   drover.Grade
	person  bool // one of the person's own rows
	touched bool // it is read, not taken over
}

type step struct {
	row     uint32
	touched bool
}

type walk struct {
	g     *effective.Graph
	s     *graph.Snapshot
	queue []at
	been  map[step]bool
	found map[int]Exposure
}

// from goes on from one row by what lets its holder read more. It ends at
// credentials: who has one has its identity, and that is another story.
func (w *walk) from(a at) {
	if w.been[step{a.row, a.touched}] {
		return
	}
	w.been[step{a.row, a.touched}] = true
	for e := range w.g.Reach().Out(a.row) {
		x := w.g.Reach().Edge(e)
		if next, ok := w.follow(a, &x); ok {
			w.queue = append(w.queue, next)
		}
	}
}

func (w *walk) follow(a at, x *reach.Edge) (at, bool) {
	to := int(x.To)
	kind := w.g.Kind(x.To)
	next := at{row: x.To, via: a.via, place: a.place, grade: weaker(a.grade, x.Grade)}
	if to < w.s.Len() && kind == drover.KindGroup {
		next.via = to
	}
	switch {
	case kind == drover.KindCredential:
		if !x.Move || x.Info.Technique == effective.CAIssue {
			return next, false
		}
		w.put(a, to, next.grade)
		return next, false
	case x.Kind == drover.EdgeOwns && kind == drover.KindIdentity, x.Kind == drover.EdgeCreated && kind == drover.KindIdentity:
		return next, false // what they own and made is said of itself
	case x.Kind == drover.EdgeAuthenticates:
		return next, false
	case !x.Move:
		// Who reads a repository, a folder or a store reads what lies in it.
		if a.touched || kind != drover.KindResource && kind != drover.KindPlace {
			return next, false
		}
		next.touched, next.place = true, to
		return next, true
	case a.touched:
		next.touched, next.place = true, to
		return next, x.Kind == drover.EdgeContains && (kind == drover.KindPlace || kind == drover.KindResource)
	}
	if kind == drover.KindPlace || kind == drover.KindResource {
		next.place = to
	}
	return next, true
}

// put keeps a credential, by the surest of the ways to it.
func (w *walk) put(a at, credential int, grade drover.Grade) {
	x := Exposure{Credential: credential, Place: a.place, Via: a.via, Grade: grade}
	if have, ok := w.found[credential]; !ok || order(grade) < order(have.Grade) {
		w.found[credential] = x
	}
}

func order(g drover.Grade) int { return slices.Index(drover.Grades, cmp.Or(g, drover.GradeProven)) }

func weaker(a, b drover.Grade) drover.Grade {
	if order(b) > order(a) {
		return b
	}
	return cmp.Or(a, drover.GradeProven)
}
