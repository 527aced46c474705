package graph

import (
	"slices"
	"time"
)

// Due is when the first row may have to be judged again because its time has
// come; the zero time: never.
func (s *Snapshot) Due() time.Time {
	first := int64(unknown)
	for _, until := range s.cols.until {
		if until != unknown && (first == unknown || until < first) {
			first = until
		}
	}
	return moment(first)
}

// Again is the same estate at a later moment, and how many rows had their facts
// concluded again because their time had come: facts is asked for them with the
// snapshot that it returns. Everything that time does not change is shared, and s
// stays as it is for those who read it.
func (s *Snapshot) Again(now time.Time, facts func(next *Snapshot) func(i int) Facts) (next *Snapshot, changed int) {
	joins := s.members()
	next = &Snapshot{Generation: s.Generation, AsOf: s.AsOf, bounded: s.bounded, rows: s.rows, seen: s.seen, edges: s.edges, out: s.out, in: s.in, extras: s.extras, cols: s.cols, judged: s.judged,
		order: s.order, cache: s.cache, folds: s.folds}
	next.joinOnce.Do(func() { next.joins = joins })
	s.Find("") // makes the table of refs
	next.once.Do(func() { next.refs = s.refs })
	at := now.Unix()
	for _, until := range s.cols.until {
		if until != unknown && until <= at {
			changed++
		}
	}
	if changed > 0 {
		for _, col := range []int{colLifecycle, colStatus} {
			d := &next.cols.dicts[col]
			d.codes, d.words.words = slices.Clone(d.codes), slices.Clone(d.words.words)
		}
		next.cols.until = slices.Clone(s.cols.until)
	}
	if !next.Judge(now, facts(next)) { // the clock ran back
		next.index()
	}
	return next, changed
}

// Bytes is about how much memory the snapshot takes.
func (s *Snapshot) Bytes() int64 {
	const row, edge, index = 150, 34, 80
	return s.rows.text.bytes() + s.rows.json.bytes() + int64(s.Len())*(row+index) + int64(s.Edges())*edge + int64(len(s.extras.uses))*88
}
