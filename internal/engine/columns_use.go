package engine

import (
	"context"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/internal/store"
)

// An ActivityCell is what is known of the use of an identity and its credentials,
// day by day. A source says when something was last used, each time that it is
// read: the day of that use is known, and that there was none from then until it was
// read. What lies between two such spans is not known.
type ActivityCell struct {
	From    string `json:"from" doc:"The first of the days (UTC), 2026-08-25; the last is the day of the list."`
	Days    string `json:"days" doc:"A letter a day, the oldest first: u it was used, n it is known not to have been, ? it is not known."`
	Used    int    `json:"used" doc:"Days of u."`
	Quiet   int    `json:"quiet" doc:"Days of n."`
	Unknown int    `json:"unknown" doc:"Days of ?."`
}

const (
	activityDays = 90
	// maxUseCredentials bounds the credentials of one identity whose use is read: of
	// one that has more it is not known that it was not used.
	maxUseCredentials = 256
	// ownLook is what a connector names as source where it reads with the identity
	// itself: that it was used, and nothing of when it was not.
	ownLook = "this scan"
)

// activities are the activity cells of rows, those that were read before from memory.
func (e *Engine) activities(ctx context.Context, s *Snapshot, rows []uint32) ([]*ActivityCell, error) {
	out, missing := s.held.cells.kept(rows)
	if len(missing) == 0 {
		return out, nil
	}
	ways := make(map[uint32]useWays, len(missing))
	var refs []drover.Ref
	for _, r := range missing {
		w := useWays{own: s.MemberRows(int(r))}
		w.credentials, w.more = credentialsOf(s, int(r), maxUseCredentials)
		for _, c := range w.credentials {
			w.members = append(w.members, s.MemberRows(c))
		}
		for _, row := range slices.Concat(append(w.members, w.own)...) {
			refs = append(refs, s.Ref(row))
		}
		ways[r] = w
	}
	first := s.now.UTC().Truncate(drover.Day).AddDate(0, 0, 1-activityDays)
	said, err := e.store.UseHistory(ctx, s.Generation, e.scope, refs, first)
	if err != nil {
		return nil, err
	}
	by := map[int64][]store.UseFact{}
	for _, f := range said {
		by[f.ID] = append(by[f.ID], f)
	}
	facts := func(rows []int) (list []store.UseFact) {
		for _, r := range rows {
			list = append(list, by[e.store.RefID(s.Ref(r))]...)
		}
		return list
	}
	read := make(map[uint32]*ActivityCell, len(missing))
	for r, w := range ways {
		read[r] = w.cell(s, first, facts)
	}
	s.held.cells.keep(read)
	for i, r := range rows {
		if out[i] == nil {
			out[i] = read[r]
		}
	}
	return out, nil
}

// useWays are the rows by which an identity can be used.
type useWays struct {
	own         []int   // its members
	credentials []int   // heads
	members     [][]int // of each credential
	more        bool    // it has further credentials
}

// cell tells day by day. That it was not used is known of a day on which every way
// to use it is known not to have been: each credential that there was, and itself
// where a source speaks of itself.
func (w *useWays) cell(s *Snapshot, first time.Time, facts func([]int) []store.UseFact) *ActivityCell {
	own := usesOf(facts(w.own), s.now, false)
	ways := []dayUses{}
	if own.known {
		ways = append(ways, own)
	}
	for i, c := range w.credentials {
		u := usesOf(facts(w.members[i]), s.now, judge.Partial(s.Snapshot, c))
		u.since = s.Created(c)
		ways = append(ways, u)
	}
	v := &ActivityCell{From: first.Format(time.DateOnly)}
	days := make([]byte, activityDays)
	for i := range days {
		from := first.AddDate(0, 0, i)
		to := from.AddDate(0, 0, 1)
		used := slices.ContainsFunc(ways, func(u dayUses) bool { return u.used[from] })
		quiet := len(ways) > 0 && !w.more && !slices.ContainsFunc(ways, func(u dayUses) bool { return !u.quietOn(from, earlier(to, s.now)) })
		switch {
		case used:
			days[i], v.Used = 'u', v.Used+1
		case quiet:
			days[i], v.Quiet = 'n', v.Quiet+1
		default:
			days[i], v.Unknown = '?', v.Unknown+1
		}
	}
	v.Days = string(days)
	return v
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// dayUses are the uses of one way.
type dayUses struct {
	known bool // a source speaks of it
	used  map[time.Time]bool
	quiet []stretch // in which it was not used: in order, apart from each other
	since time.Time // it was made then; zero: not known
}

type stretch struct{ from, to time.Time }

// quietOn reports whether there was no use from one moment to another.
func (u *dayUses) quietOn(from, to time.Time) bool {
	if !u.since.IsZero() && !u.since.Before(to) {
		return true // there was none yet
	}
	return slices.ContainsFunc(u.quiet, func(q stretch) bool { return !q.from.After(from) && !q.to.Before(to) })
}

// usesOf reads what sources said of one way; partial: they do not see every use.
func usesOf(said []store.UseFact, now time.Time, partial bool) dayUses {
	u := dayUses{known: len(said) > 0, used: map[time.Time]bool{}}
	// A source that tells of moments at which something lives looks now and then: its
	// last use is the last that it happened to see.
	looks := map[string]bool{ownLook: true}
	for i := range said {
		if said[i].Claim == drover.ClaimLive {
			looks[said[i].Source] = true
		}
	}
	for i := range said {
		f := &said[i]
		proves := !partial && !looks[f.Source] && (f.Grade == "" || f.Grade == drover.GradeProven)
		until := earlier(f.Last, now).Add(-f.Granularity)
		switch f.Claim {
		case drover.ClaimNeverUsed:
			if proves && f.Window > 0 {
				u.quiet = append(u.quiet, stretch{f.First.Add(-f.Window), until})
			}
			continue
		case drover.ClaimLastUsed:
			if proves && !f.At.IsZero() {
				u.quiet = append(u.quiet, stretch{f.At.Add(f.Granularity), until})
			}
		}
		if !f.At.IsZero() && !f.At.After(now) {
			u.used[f.At.UTC().Truncate(drover.Day)] = true
		}
	}
	u.quiet = joined(u.quiet)
	return u
}

// joined are spans in order, those that meet made one.
func joined(list []stretch) []stretch {
	list = slices.DeleteFunc(list, func(q stretch) bool { return !q.from.Before(q.to) })
	slices.SortFunc(list, func(a, b stretch) int { return a.from.Compare(b.from) })
	out := list[:0]
	for _, q := range list {
		if n := len(out) - 1; n >= 0 && !q.from.After(out[n].to) {
			if q.to.After(out[n].to) {
				out[n].to = q.to
			}
			continue
		}
		out = append(out, q)
	}
	return out
}
