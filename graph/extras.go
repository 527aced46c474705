package graph

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
)

// A Use sums up what evidence says about one node.
type Use struct {
	classify.Use
	Declared  bool // a person announced it
	Monitored bool // a source that would have seen use covers it

	// Detail is the short word of the newest evidence of use that has one: the
	// client, the kind of address, the service. Hostile text.
	Detail       string
	DetailSource string
	DetailAt     time.Time // when the use was; zero: unknown
}

// extras holds what only some rows have.
type extras struct {
	uses   []use   // in order of row
	labels []label // in order of row
	words  words
}

// A use is a Use as it lies in memory and file: 88 bytes. Times are
// microseconds since 1970.
type use struct {
	LastUsed, Observed, NeverAt, Live, NeverWindow, Granularity, DetailAt int64
	Row, LastUsedSource, Grade, NeverSource, LiveSource                   uint32
	Flags, Detail, DetailSource                                           uint32
}

const (
	useDeclared = 1 << iota
	useMonitored
)

type label struct{ Row, Key, Value, By uint32 }

// Use says what evidence there is about a node or about the end of an edge that
// was added, by its id. What is said of anything else is passed over.
func (b *Builder) Use(id int64, u Use) {
	row, ok := b.subject(id)
	if !ok {
		return
	}
	x := &b.s.extras
	r := use{LastUsed: micros(u.LastUsed), Observed: micros(u.ObservedAt), NeverAt: micros(u.NeverAt), Live: micros(u.Live), NeverWindow: int64(u.NeverWindow), Granularity: int64(u.Granularity),
		Row: row, LastUsedSource: x.words.code(u.LastUsedSource), Grade: x.words.code(string(u.LastUsedGrade)), NeverSource: x.words.code(u.NeverSource), LiveSource: x.words.code(u.LiveSource),
		DetailAt: micros(u.DetailAt), Detail: x.words.code(u.Detail), DetailSource: x.words.code(u.DetailSource)}
	if u.Declared {
		r.Flags |= useDeclared
	}
	if u.Monitored {
		r.Flags |= useMonitored
	}
	x.uses = append(x.uses, r)
}

// Label says what a user says about a node, by its id, as Use does. Labels of one
// node keep their order.
func (b *Builder) Label(id int64, l classify.Label) {
	if row, ok := b.subject(id); ok {
		b.label(row, l)
	}
}

// LabelRow is Label by row, between Index and Build.
func (b *Builder) LabelRow(row int, l classify.Label) { b.label(uint32(row), l) }

func (b *Builder) label(row uint32, l classify.Label) {
	x := &b.s.extras
	x.labels = append(x.labels, label{row, x.words.code(l.Key), x.words.code(l.Value), x.words.code(l.By)})
}

// name gives what was said of ends that were no node their rows. An alias that
// stood for a node keeps what was said of it to itself.
func (x *extras) name(rows []uint32, seen int) {
	row := func(r *uint32) bool {
		if *r&isUnnamed == 0 {
			return true
		}
		*r = rows[*r&^isUnnamed]
		return int(*r) >= seen
	}
	uses, labels := x.uses[:0], x.labels[:0]
	for _, u := range x.uses {
		if row(&u.Row) {
			uses = append(uses, u)
		}
	}
	for _, l := range x.labels {
		if row(&l.Row) {
			labels = append(labels, l)
		}
	}
	x.uses, x.labels = uses, labels
	x.sort()
	x.combine()
}

// combine makes one use of those of one row, which are of the members of one entity.
func (x *extras) combine() {
	out := x.uses[:0]
	for _, u := range x.uses {
		if n := len(out); n > 0 && out[n-1].Row == u.Row {
			out[n-1].add(u)
		} else {
			out = append(out, u)
		}
	}
	x.uses = out
}

// add takes from another use what is later, and what is not known. That it was
// never used holds only while nothing says that it was.
func (u *use) add(v use) {
	if v.LastUsed > u.LastUsed {
		u.LastUsed, u.Observed, u.Granularity, u.LastUsedSource, u.Grade = v.LastUsed, v.Observed, v.Granularity, v.LastUsedSource, v.Grade
	}
	if v.NeverAt > u.NeverAt {
		u.NeverAt, u.NeverWindow, u.NeverSource = v.NeverAt, v.NeverWindow, v.NeverSource
	}
	if v.Live > u.Live {
		u.Live, u.LiveSource = v.Live, v.LiveSource
	}
	if v.Detail != 0 && (u.Detail == 0 || v.DetailAt > u.DetailAt) {
		u.Detail, u.DetailSource, u.DetailAt = v.Detail, v.DetailSource, v.DetailAt
	}
	u.Flags |= v.Flags
}

// sort orders what was added in any order.
func (x *extras) sort() {
	slices.SortStableFunc(x.uses, func(a, b use) int { return cmp.Compare(a.Row, b.Row) })
	slices.SortStableFunc(x.labels, func(a, b label) int { return cmp.Compare(a.Row, b.Row) })
}

// Use returns what evidence says about row i; ok is false when there is none.
func (s *Snapshot) Use(i int) (u Use, ok bool) {
	x := &s.extras
	k := sort.Search(len(x.uses), func(k int) bool { return x.uses[k].Row >= uint32(i) })
	if k == len(x.uses) || x.uses[k].Row != uint32(i) {
		return u, false
	}
	r, w := x.uses[k], x.words.words
	u.LastUsed, u.ObservedAt, u.NeverAt, u.Live = fromMicros(r.LastUsed), fromMicros(r.Observed), fromMicros(r.NeverAt), fromMicros(r.Live)
	u.NeverWindow, u.Granularity = time.Duration(r.NeverWindow), time.Duration(r.Granularity)
	u.LastUsedSource, u.NeverSource, u.LiveSource = w[r.LastUsedSource], w[r.NeverSource], w[r.LiveSource]
	u.Detail, u.DetailSource, u.DetailAt = w[r.Detail], w[r.DetailSource], fromMicros(r.DetailAt)
	u.LastUsedGrade = drover.Grade(w[r.Grade])
	u.Declared, u.Monitored = r.Flags&useDeclared != 0, r.Flags&useMonitored != 0
	return u, true
}

// Labels returns what users and their policy say about row i.
func (s *Snapshot) Labels(i int) []classify.Label {
	x := &s.extras
	k := sort.Search(len(x.labels), func(k int) bool { return x.labels[k].Row >= uint32(i) })
	var out []classify.Label
	for ; k < len(x.labels) && x.labels[k].Row == uint32(i); k++ {
		l, w := x.labels[k], x.words.words
		out = append(out, classify.Label{Key: w[l.Key], Value: w[l.Value], By: w[l.By]})
	}
	return out
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return unknown
	}
	return t.UnixMicro()
}

func fromMicros(v int64) time.Time {
	if v == unknown {
		return time.Time{}
	}
	return time.UnixMicro(v).UTC()
}
