package engine

import (
	"fmt"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/graph/risk"
)

// A DueCell is the first date by which something about an identity ends or is to
// be done.
type DueCell struct {
	At      *time.Time `json:"at" doc:"null: nothing is due that has a date which is known."`
	Days    *int       `json:"days" doc:"From now, negative where it is late."`
	Why     string     `json:"why" doc:"expires: it or a credential ends by itself. rotate: a secret is to be changed, by the policy. acceptance: what was accepted is open again. confirm: its owner is to be confirmed. stated_end: by what its maker wrote on it."`
	What    string     `json:"what" doc:"What it is, in a clause."`
	Ref     drover.Ref `json:"ref" doc:"Of what is due: the identity or its credential."`
	Unknown int        `json:"unknown" doc:"Secrets in force of which neither an end nor an age is known, so that none of theirs is counted."`
}

// dueCells read what is due of a snapshot's identities. The Estate is asked only
// about rows and their neighbours, which needs no Prepare: that walks all owners.
type dueCells struct {
	mu     sync.Mutex
	estate *check.Estate
	reader dueReader
}

// maxDueCredentials bounds the credentials of one identity that are looked at.
const maxDueCredentials = 1000

// dues returns the reader of a snapshot.
func (h *held) dues(m *risk.Model) *dueCells {
	h.cells.mu.Lock()
	defer h.cells.mu.Unlock()
	if h.cells.due == nil {
		d := &dueCells{estate: &check.Estate{Graph: h.s.Snapshot, Policy: h.s.e.policy, Now: h.s.now}}
		d.reader = dueReader{now: h.s.now, last: farAhead, every: func(row int) time.Duration { return m.Rotation(row).Every }}
		h.cells.due = d
	}
	return h.cells.due
}

// farAhead is after every date.
var farAhead = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// next is what is due first of an identity.
func (d *dueCells) next(s *Snapshot, row int, ends map[drover.Ref]ending) *DueCell {
	v := &DueCell{}
	first := func(at time.Time, why string, ref drover.Ref, what func() string) {
		if at.IsZero() || v.At != nil && !at.Before(*v.At) {
			return
		}
		at = at.UTC().Truncate(time.Second)
		days := daysUntil(s.now, at)
		v.At, v.Days, v.Why, v.Ref, v.What = &at, &days, why, ref, what()
	}
	if !d.estate.Off(row) {
		d.own(s, row, first)
	}
	credentials, more := credentialsOf(s, row, maxDueCredentials)
	if more {
		v.Unknown++
	}
	for _, c := range credentials {
		if _, exempt := d.estate.Exempt(c); exempt {
			continue
		}
		node := s.Node(c)
		ended := !node.Expires.IsZero() && node.Expires.Before(s.now)
		if d.estate.Off(c) && !ended {
			continue
		}
		blind := d.reader.ageless
		if due, ok := d.reader.date(d.estate, c, node); ok {
			verb := map[string]string{"expires": "ends", "rotate": "is to be changed"}[due.why]
			first(due.at, due.why, node.Ref, func() string { return s.said(c) + " " + verb })
		} else if d.reader.ageless > blind && node.Expires.IsZero() {
			v.Unknown++
		}
	}
	for _, r := range append(s.MemberRows(row), credentials...) {
		if end, ok := ends[s.Ref(r)]; ok {
			first(end.at, "acceptance", s.Ref(r), func() string {
				return fmt.Sprintf("the acceptance of %s ends", check.Count(end.n, "finding"))
			})
		}
	}
	return v
}

// own adds the dates of an identity itself.
func (d *dueCells) own(s *Snapshot, row int, first func(time.Time, string, drover.Ref, func() string)) {
	ref, node := s.Ref(row), s.Node(row)
	if node.Expires.After(s.now.Add(-longOver)) {
		first(node.Expires, "expires", ref, func() string { return "it ends" })
	}
	if at, said, ok := d.estate.StatedEnd(row); ok && at.After(s.now.Add(-longOver)) {
		first(at, "stated_end", ref, func() string { return "it is to end, by its " + check.Clean(said.Key) })
	}
	every := s.confirmEvery(row)
	missing, o := s.Owners().Missing(row, every)
	if every > 0 && o.How != owners.Policy && (missing == owners.Owned || missing == owners.Unconfirmed) {
		since := o.At
		if since.IsZero() {
			since = s.Row(row).FirstSeen
		}
		if !since.IsZero() {
			first(since.Add(every), "confirm", ref, func() string { return "its owner is to be confirmed" })
		}
	}
}
