package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// lookups find rows by what people call them, without looking at all.
type lookups struct {
	s       *Snapshot
	entity  []uint32 // rows by entity
	name    []uint32 // by name
	ref     []uint32 // by ref
	aliases []aliasAt
	users   map[string][]uint32 // by the name of a user of a Kubernetes cluster
}

type aliasAt struct {
	text string // shares the snapshot's memory
	row  uint32
}

// lookupsOf makes them; it is for snapshots that many ask.
func (h *held) lookupsOf(ctx context.Context) (*lookups, error) {
	return h.lookups.get(ctx, h.apart(), func(ctx context.Context) (*lookups, error) {
		s, n := h.s, h.s.Len()
		l := &lookups{s: s, users: map[string][]uint32{}}
		sorted := func(compare func(a, b uint32) int) []uint32 {
			rows := make([]uint32, n)
			for i := range rows {
				rows[i] = uint32(i)
			}
			slices.SortFunc(rows, compare)
			return rows
		}
		l.entity = sorted(func(a, b uint32) int { return cmp.Compare(s.Entity(int(a)), s.Entity(int(b))) })
		seen := make([]uint32, s.Seen())
		for i := range seen {
			seen[i] = uint32(i)
		}
		s.SortByName(seen, false)
		l.name = s.mergeUnseen(seen, func(i int) string { return s.Name(i) })
		refs, err := h.refOrder(ctx)
		if err != nil {
			return nil, err
		}
		l.ref = s.mergeUnseen(slices.Clone(refs), func(i int) string { return string(s.Ref(i)) })
		for i := range n {
			for _, a := range s.Aliases(i) {
				l.aliases = append(l.aliases, aliasAt{a, uint32(i)})
				if user, ok := strings.CutPrefix(a, "k8s-user:"); ok {
					if _, name, in := strings.Cut(user, "/"); in {
						l.users[name] = append(l.users[name], uint32(i))
					}
				}
			}
		}
		slices.SortFunc(l.aliases, func(a, b aliasAt) int { return strings.Compare(a.text, b.text) })
		return l, ctx.Err()
	})
}

// mergeUnseen puts the rows that no source asserts among sorted ones.
func (s *Snapshot) mergeUnseen(rows []uint32, text func(i int) string) []uint32 {
	if s.Len() == s.Seen() {
		return rows
	}
	for i := s.Seen(); i < s.Len(); i++ {
		rows = append(rows, uint32(i))
	}
	slices.SortStableFunc(rows, func(a, b uint32) int { return strings.Compare(text(int(a)), text(int(b))) })
	return rows
}

// maxCandidates is from how many rows on looking at all, in their order, finds the
// first few sooner.
const maxCandidates = 4096

// span are the rows of which a text lies between two, ascending; false where there
// are too many.
func span(rows []uint32, before func(i int) bool, past func(i int) bool) ([]uint32, bool) {
	from, _ := slices.BinarySearchFunc(rows, 0, func(r uint32, _ int) int {
		if before(int(r)) {
			return -1
		}
		return 1
	})
	to, _ := slices.BinarySearchFunc(rows[from:], 0, func(r uint32, _ int) int {
		if past(int(r)) {
			return 1
		}
		return -1
	})
	if to > maxCandidates {
		return nil, false
	}
	out := slices.Clone(rows[from : from+to])
	slices.Sort(out)
	return out, true
}

func (l *lookups) byEntity(lo, hi int64) ([]uint32, bool) {
	return span(l.entity, func(i int) bool { return l.s.Entity(i) < lo }, func(i int) bool { return l.s.Entity(i) > hi })
}

func (l *lookups) byName(text string) ([]uint32, bool) {
	return span(l.name, func(i int) bool { return l.s.Name(i) < text }, func(i int) bool { return l.s.Name(i) > text })
}

func (l *lookups) byAlias(text string) ([]uint32, bool) {
	from, _ := slices.BinarySearchFunc(l.aliases, text, func(a aliasAt, t string) int { return strings.Compare(a.text, t) })
	var out []uint32
	for _, a := range l.aliases[from:] {
		if a.text != text {
			break
		}
		if len(out) == maxCandidates {
			return nil, false
		}
		out = append(out, a.row)
	}
	slices.Sort(out)
	return slices.Compact(out), true
}

// byBeginning are the rows whose name or ref begins with a text.
func (l *lookups) byBeginning(text string) ([]uint32, bool) {
	begins := func(rows []uint32, of func(i int) string) ([]uint32, bool) {
		return span(rows, func(i int) bool { return of(i) < text }, func(i int) bool { return of(i) > text && !strings.HasPrefix(of(i), text) })
	}
	names, ok := begins(l.name, l.s.Name)
	if !ok {
		return nil, false
	}
	refs, ok := begins(l.ref, func(i int) string { return string(l.s.Ref(i)) })
	if !ok {
		return nil, false
	}
	out := append(names, refs...)
	slices.Sort(out)
	return slices.Compact(out), true
}

// candidates are the rows that a step of lookup may find, ascending; ok is false
// where all have to be looked at.
func (s *Snapshot) candidates(of func(l *lookups) ([]uint32, bool)) ([]uint32, bool) {
	if s.e.memory == nil {
		return nil, false
	}
	if l, ok := s.held.lookups.peek(); ok {
		return of(l)
	}
	if s.Len() > maxCandidates {
		return nil, false // it is made for what many ask; making it costs more than one look
	}
	l, err := s.held.lookupsOf(context.Background())
	if err != nil {
		return nil, false
	}
	return of(l)
}
