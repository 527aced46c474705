package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// Protected reports whether a row holds data about people, or data that a
// regulation protects, and in which words: "restricted data", "data under PCI".
func (e *Estate) Protected(row int) (words string, ok bool) {
	f := e.Graph.Facts(row)
	if len(f.Regulation) > 0 {
		var out []string
		for _, r := range f.Regulation {
			out = append(out, Clean(r))
		}
		return "data under " + List(out), true
	}
	return "restricted data", f.DataClass == "restricted"
}

// A DataReach is protected data that an identity gets to by its own rights.
type DataReach struct {
	Row   int
	Level access.Level
	How   string // "has SELECT", "its permissions let it read"
	Grade drover.Grade
}

// DataReached lists protected data that an identity is given access to: by grants,
// and by permissions that are kept as documents where those are evaluated. What it
// gets by becoming others is not in it.
func (e *Estate) DataReached(identity int) (out []DataReach) {
	if !e.anyProtected() {
		return nil
	}
	for h := range e.Graph.Out(identity) {
		if h.Kind != drover.EdgeCanAccess && h.Kind != drover.EdgeOwns || e.Graph.Kind(h.Row) != drover.KindResource {
			continue
		}
		if _, ok := e.Protected(h.Row); ok && !slices.ContainsFunc(out, func(r DataReach) bool { return r.Row == h.Row }) {
			x := e.Graph.Edge(h.Edge)
			how := "has " + Clean(x.Part)
			if x.Part == "" {
				how = "has access"
			}
			out = append(out, DataReach{h.Row, access.LevelRead, how, x.Grade})
		}
	}
	for _, t := range e.protectedTouches(identity) {
		if !slices.ContainsFunc(out, func(r DataReach) bool { return r.Row == t.Row }) {
			out = append(out, t)
		}
	}
	return out
}

// anyProtected reports whether the estate has protected data that is known at all.
func (e *Estate) anyProtected() bool {
	if e.memo.data.asked {
		return e.memo.data.any
	}
	e.memo.data.asked = true
	for row := range e.Graph.Rows(drover.KindResource) {
		if _, ok := e.Protected(row); ok {
			e.memo.data.any = true
			break
		}
	}
	return e.memo.data.any
}

// maxTouches bounds what is kept of one set of documents.
const maxTouches = 8

func (e *Estate) protectedTouches(identity int) []DataReach {
	if e.Effects == nil {
		return nil
	}
	for system, m := range e.Effects.Models() {
		if m.Profile == nil || m.Touch == nil {
			continue
		}
		n, ok := m.Profile(uint32(identity))
		if !ok {
			continue
		}
		key := profile{system, n}
		list, known := e.memo.data.touched[key]
		if !known {
			list = e.touchProtected(m, n)
			if e.memo.data.touched == nil {
				e.memo.data.touched = map[profile][]DataReach{}
			}
			e.memo.data.touched[key] = list
		}
		return list
	}
	return nil
}

func (e *Estate) touchProtected(m *effective.Model, n uint32) (out []DataReach) {
	for t := range m.Touch(n) {
		if t.Level.Rank() < access.LevelRead.Rank() || int(t.Row) >= e.Graph.Seen() || e.Graph.Kind(int(t.Row)) != drover.KindResource {
			continue
		}
		if _, ok := e.Protected(int(t.Row)); ok && !slices.ContainsFunc(out, func(r DataReach) bool { return r.Row == int(t.Row) }) {
			out = append(out, DataReach{int(t.Row), t.Level, "its permissions give " + string(t.Level) + " access", t.Grade})
			if len(out) == maxTouches {
				break
			}
		}
	}
	return out
}

// protected is what is remembered of data.
type protected struct {
	asked, any bool
	touched    map[profile][]DataReach
}

// usual are words of names that say nothing of what something is for.
var usual = []string{"prod", "production", "test", "dev", "staging", "data", "service", "svc", "role", "user", "account", "table", "public", "bucket", "database", "main", "application", "default", "export", "sync", "internal", "system", "team"}

// Akin reports whether two things are for the same, as far as their names, functions
// and purposes say: a word of four letters or more is in both. Known is false where
// one of them says nothing.
func (e *Estate) Akin(a, b int) (akin, known bool) {
	x, y := e.topics(a), e.topics(b)
	for _, v := range x {
		for _, w := range y {
			if strings.HasPrefix(v, w) || strings.HasPrefix(w, v) {
				return true, true
			}
		}
	}
	return false, len(x) > 0 && len(y) > 0
}

// topics are the words that say what a row is for.
func (e *Estate) topics(row int) (out []string) {
	f := e.Graph.Facts(row)
	for _, s := range []string{e.Graph.Name(row), f.Function, f.Purpose} {
		for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && r < 0x80 }) {
			if len(w) >= 4 && !slices.Contains(usual, w) && !slices.Contains(out, w) && len(out) < 32 {
				out = append(out, w)
			}
		}
	}
	return out
}
