package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// A Noun is what `list` can list.
type Noun struct {
	Name  string // "identities"
	Kinds []drover.Kind
}

// Nouns are the lists of nodes. Edges and documents are lists of their own.
var Nouns = []Noun{
	{"identities", []drover.Kind{drover.KindIdentity}},
	{"credentials", []drover.Kind{drover.KindCredential}},
	{"humans", []drover.Kind{drover.KindHuman}},
	{"groups", []drover.Kind{drover.KindGroup}},
	{"roles", []drover.Kind{drover.KindRole}},
	{"resources", []drover.Kind{drover.KindResource}},
	{"workloads", []drover.Kind{drover.KindWorkload}},
	{"policies", []drover.Kind{drover.KindPolicy}},
	{"places", []drover.Kind{drover.KindPlace}},
	{"vendors", []drover.Kind{drover.KindVendor}},
	{"nodes", drover.Kinds},
}

// LookupNoun returns the list of that name, in the plural or the singular.
func LookupNoun(name string) (Noun, bool) {
	for _, n := range Nouns {
		if n.Name == name || strings.TrimSuffix(n.Name, "s") == name || strings.TrimSuffix(n.Name, "ies")+"y" == name {
			return n, true
		}
	}
	return Noun{}, false
}

// A Query says which rows of a list are wanted and in which order.
type Query struct {
	Noun   Noun
	Filter string
	Sort   string // field, "-" before it for descending; "": name

	// Now, when set, is what ages in the filter are measured from instead of the
	// snapshot's moment, so that all pages of a list measure the same.
	Now time.Time
}

// Match returns the rows that a filter matches, unordered kinds and all.
func (s *Snapshot) Match(text string) ([]uint32, error) { return s.match(text, s.now) }

func (s *Snapshot) match(text string, now time.Time) ([]uint32, error) {
	f, err := filter.Parse(text, graph.Fields, now)
	if err != nil {
		return nil, err
	}
	rows, err := f.Eval(s.Table())
	return rows, errors.Join(err, s.risk.failed())
}

// timed reports whether what a filter keeps depends on the moment alone.
func (s *Snapshot) timed(text string) bool {
	f, err := filter.Parse(text, graph.Fields, s.now)
	return err == nil && f.Timed()
}

// List returns the rows that match, in order. Equal rows are ordered by ref, so
// that the order is total and the same everywhere.
func (s *Snapshot) List(q Query) ([]uint32, error) {
	if s.e.memory != nil {
		p, err := s.Page(q, "", s.Seen()+1)
		if err != nil {
			return nil, err
		}
		return p.Rows, nil
	}
	text, now := q.Filter, s.now
	if !q.Now.IsZero() {
		now = q.Now
	}
	if asksTierZero(text) { // what is of tier 0, and what is called so
		if _, err := filter.Parse(text, graph.Fields, now); err != nil {
			return nil, err // with the place in the text as it was given
		}
		text = tierZero(text) + " OR (" + text + ")"
	}
	rows, err := s.match(text, now)
	if err != nil {
		return nil, err
	}
	if len(q.Noun.Kinds) < len(drover.Kinds) {
		rows = slices.DeleteFunc(rows, func(i uint32) bool { return !slices.Contains(q.Noun.Kinds, s.Kind(int(i))) })
	}
	rows = s.heads(rows)
	return rows, s.sort(rows, q.Sort)
}

// heads leaves of the members of one entity the row that speaks for it, which is
// the one that is listed and counted.
func (s *Snapshot) heads(rows []uint32) []uint32 {
	return slices.DeleteFunc(rows, func(i uint32) bool { return s.IsMember(int(i)) })
}

func (s *Snapshot) sort(rows []uint32, by string) error {
	name, desc := strings.CutPrefix(by, "-")
	if name == "" {
		name = "name"
	}
	if name == "name" {
		s.SortByName(rows, desc)
		return nil
	}
	col := s.Table().Columns[name]
	if col == nil || col.Ends != nil || col.Texts != nil {
		return fmt.Errorf("cannot sort by %q: %w", name, drover.ErrInvalid)
	}
	ints := col.Int64s()
	if err := s.risk.failed(); err != nil {
		return err
	}
	less := func(a, b uint32) int {
		switch {
		case ints != nil:
			x, y := ints[a], ints[b]
			if name == "age" {
				x, y = y, x // the older, the more age
			}
			// What is not known comes last, whichever way the rest is ordered.
			if (ints[a] == filter.Unknown) != (ints[b] == filter.Unknown) {
				if (ints[a] == filter.Unknown) != desc {
					return 1
				}
				return -1
			}
			if x < y {
				return -1
			} else if x > y {
				return 1
			}
			return 0
		case col.Codes != nil:
			return strings.Compare(col.Dict[col.Codes[a]], col.Dict[col.Codes[b]])
		}
		return strings.Compare(col.Text(int(a)), col.Text(int(b)))
	}
	slices.SortFunc(rows, func(a, b uint32) int {
		c := less(a, b)
		if desc {
			c = -c
		}
		if c == 0 {
			c = strings.Compare(string(s.Ref(int(a))), string(s.Ref(int(b))))
		}
		return c
	})
	return nil
}

// Lookup finds the node that a person means: by short id, ref, name, alias,
// the user name that a Kubernetes cluster knows it by, or the unique beginning of a
// ref or name. Rows that no source asserts
// are found by ref or alias. Of an entity with several members it is the row that
// speaks for it. Several matches are an error that lists them.
func (s *Snapshot) Lookup(text string) (int, error) {
	i, err := s.lookup(text)
	if err != nil {
		return -1, err
	}
	return s.Head(i), nil
}

func (s *Snapshot) lookup(text string) (int, error) {
	if i, ok := s.Find(drover.Ref(text)); ok {
		return i, nil
	}
	if lo, hi, ok := graph.ParseShortID(text); ok {
		among := func(l *lookups) ([]uint32, bool) { return l.byEntity(lo, hi) }
		if i, err := s.one(text, among, func(i int) bool { return s.Entity(i) >= lo && s.Entity(i) <= hi }); i >= 0 || err != nil {
			return i, err
		}
	}
	for _, step := range []struct {
		among func(l *lookups) ([]uint32, bool)
		match func(i int) bool
	}{
		{func(l *lookups) ([]uint32, bool) { return l.byName(text) }, func(i int) bool { return s.Name(i) == text && s.Kind(i) == drover.KindIdentity }},
		{func(l *lookups) ([]uint32, bool) { return l.byName(text) }, func(i int) bool { return s.Name(i) == text }},
		{func(l *lookups) ([]uint32, bool) { return l.byAlias(text) }, func(i int) bool { return slices.Contains(s.Aliases(i), text) }},
		{func(l *lookups) ([]uint32, bool) { return l.users[text], true }, func(i int) bool { return isUserName(s.Aliases(i), text) }},
		{func(l *lookups) ([]uint32, bool) { return l.byBeginning(text) }, func(i int) bool {
			return strings.HasPrefix(s.Name(i), text) || strings.HasPrefix(string(s.Ref(i)), text)
		}},
	} {
		if i, err := s.one(text, step.among, step.match); i >= 0 || err != nil {
			return i, err
		}
	}
	return -1, fmt.Errorf("nothing is called %q; `drover list %s` searches for it: %w", text, text, drover.ErrNotFound)
}

// isUserName reports whether one of the aliases is of a user of a Kubernetes
// cluster, k8s-user:CLUSTER/NAME, with this name.
func isUserName(aliases []string, name string) bool {
	return slices.ContainsFunc(aliases, func(alias string) bool {
		user, ok := strings.CutPrefix(alias, "k8s-user:")
		_, user, in := strings.Cut(user, "/")
		return ok && in && user == name
	})
}

// fewMeant is how many things are told apart that one text may mean, and maxNamed
// how many of them an error names, those whose refs come first.
const fewMeant, maxNamed = 64, 10

// one returns the one row that matches, -1 for none, and an error for several.
// Where many ask, only the rows are looked at among which it must be.
func (s *Snapshot) one(text string, among func(l *lookups) ([]uint32, bool), match func(i int) bool) (int, error) {
	var found []int
	rows, few := s.candidates(among)
	n := s.Len()
	if few {
		n = len(rows)
	}
	for k := 0; k < n && len(found) < fewMeant; k++ {
		i := k
		if few {
			i = int(rows[k])
		}
		if match(i) && !slices.ContainsFunc(found, func(f int) bool { return s.Head(f) == s.Head(i) }) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 0:
		return -1, nil
	case 1:
		return found[0], nil
	}
	slices.SortFunc(found, func(a, b int) int { return cmp.Compare(s.Ref(a), s.Ref(b)) })
	var names []string
	for _, i := range found[:min(maxNamed, len(found))] {
		names = append(names, s.label(i))
	}
	return -1, fmt.Errorf("%q means several things; use one of the ids: %s: %w", text, strings.Join(names, ", "), drover.ErrInvalid)
}

func (s *Snapshot) label(i int) string {
	return fmt.Sprintf("%s (%s %q)", graph.ShortID(s.Kind(i), s.Entity(i)), s.Type(i), s.Name(i))
}

// A Summary is `list --summary`.
type Summary struct {
	Schema      string         `json:"schema"`
	Generation  int64          `json:"generation"`
	Identities  int            `json:"identities"`
	Humans      int            `json:"humans"`
	Ratio       *float64       `json:"ratio"` // non-human identities per human; null: no human is known
	ByNHIType   map[string]int `json:"by_nhi_type"`
	ByLifecycle map[string]int `json:"by_lifecycle"`
	ByVerdict   map[string]int `json:"by_verdict"`
	Owned       int            `json:"owned"`
	Monitored   int            `json:"monitored"`
	Unseen      int            `json:"unseen"`
	ByUnit      map[string]int `json:"by_business_unit"` // "unknown" where none is known
	Naming      *NamingCount   `json:"naming"`           // null: no pattern is configured
	Growth30d   *int           `json:"growth_30d"`       // null: the history is shorter

	// Ephemeral counts what comes and goes; null: the past is asked for, and it is
	// counted as of now.
	Ephemeral *EphemeralCount `json:"ephemeral"`
}

// Summary counts the estate.
func (s *Snapshot) Summary() Summary {
	v := Summary{Schema: "drover/v1/summary", Generation: s.Generation, ByNHIType: map[string]int{}, ByLifecycle: map[string]int{}, ByVerdict: map[string]int{}, ByUnit: map[string]int{}}
	for _, row := range s.entities() {
		i := int(row)
		switch s.Kind(i) {
		case drover.KindHuman:
			v.Humans++
		case drover.KindIdentity:
			f := s.Facts(i)
			v.Identities++
			v.ByVerdict[string(f.Verdict)]++
			v.ByUnit[cmp.Or(f.BusinessUnit, "unknown")]++
			v.ByLifecycle[string(f.Lifecycle)]++
			if f.NHIType != "" {
				v.ByNHIType[string(f.NHIType)]++
			} else if f.Verdict != drover.VerdictHuman {
				v.ByNHIType["unknown"]++
			}
			if f.Owner != "" {
				v.Owned++
			}
			if f.Monitored {
				v.Monitored++
			}
		}
	}
	if v.Humans > 0 {
		r := round(float64(v.ByVerdict[string(drover.VerdictNHI)]) / float64(v.Humans))
		v.Ratio = &r
	}
	v.Unseen = s.Len() - s.Seen()
	v.Naming = s.namingCount()
	return v
}

// entities returns one row for each entity that a source asserts.
func (s *Snapshot) entities() []uint32 {
	all := make([]uint32, s.Seen())
	for i := range all {
		all[i] = uint32(i)
	}
	return s.heads(all)
}

// growthWindow is how far back growth_30d looks.
const growthWindow = 30 * 24 * time.Hour
