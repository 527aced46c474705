package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// A SearchView is what a few letters could mean.
type SearchView struct {
	Schema     string        `json:"schema"`
	Generation int64         `json:"generation"`
	Query      string        `json:"query"`
	Groups     []SearchGroup `json:"groups"` // those that have hits, the most useful first
}

// A SearchGroup is the hits of one sort.
type SearchGroup struct {
	Group string      `json:"group"` // identities, credentials… as lists are called; findings, checks
	Total int         `json:"total"` // that match, also those that are not told
	Hits  []SearchHit `json:"hits"`
}

// A SearchHit is one thing that may have been meant.
type SearchHit struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Detail string `json:"detail"` // what tells it from others of its name
	Match  string `json:"match"`  // exact, begins, inside: of the name; other: another text of it
}

// matchOrder orders hits.
var matchOrder = []string{"exact", "begins", "inside", "other"}

// Search finds what a text could mean: things by id, ref, name, alias and
// attributes, findings by id, checks by id and title, as they were at a moment; the
// zero time is now. At most so many hits are told, shared among the groups, the best
// of each.
func (e *Engine) Search(ctx context.Context, text string, most int, asOf time.Time) (*SearchView, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	v := &SearchView{Schema: "drover/v1/search", Generation: s.Generation, Query: text, Groups: []SearchGroup{}}
	if text == "" {
		return v, nil
	}
	if v.Groups, err = s.searchNodes(text, most); err != nil {
		return nil, err
	}
	more, err := e.searchFindings(ctx, text, asOf)
	if err != nil {
		return nil, err
	}
	v.Groups = append(append([]SearchGroup{}, more...), v.Groups...)
	if v.Groups, err = e.searchChecks(v.Groups, text, most); err != nil {
		return nil, err
	}
	share(v.Groups, most)
	return v, nil
}

// quoted writes a text as one literal for the filter.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func (s *Snapshot) searchNodes(text string, most int) ([]SearchGroup, error) {
	var first []uint32
	if i, err := s.Lookup(text); err == nil && !s.Unseen(i) {
		first = append(first, uint32(i)) // an id, a ref, or the only thing of this name
	}
	of, err := s.set(Query{Noun: Nouns[len(Nouns)-1], Filter: quoted(text)})
	if err != nil {
		return nil, err
	}
	inside, err := s.set(Query{Noun: Nouns[len(Nouns)-1], Filter: "name:" + quoted(text)})
	if err != nil {
		return nil, err
	}
	found := map[drover.Kind]*hits{}
	for _, r := range first {
		found[s.Kind(int(r))] = &hits{total: 1, best: [4][]uint32{{r}}}
	}
	names, lower := s.Table().Columns["name"].Folded(), strings.ToLower(text)
	var last drover.Kind
	var h *hits
	for rows := range of.bits.runs {
		for _, r := range rows {
			if len(first) > 0 && r == first[0] {
				continue
			}
			if kind := s.Kind(int(r)); h == nil || kind != last {
				if last, h = kind, found[kind]; h == nil {
					h = &hits{}
					found[kind] = h
				}
			}
			h.total++
			m := 3
			if inside.bits.has(r) {
				switch begins, whole := names.Begins(int(r), lower); {
				case whole:
					m = 0
				case begins:
					m = 1
				default:
					m = 2
				}
			}
			if len(h.best[m]) < most {
				h.best[m] = append(h.best[m], r)
			}
		}
	}
	groups := []SearchGroup{}
	for _, n := range Nouns[:len(Nouns)-1] { // all but nodes, which are all of them
		h := found[n.Kinds[0]]
		if h == nil {
			continue
		}
		g := SearchGroup{Group: n.Name, Total: h.total, Hits: []SearchHit{}}
		for m, rows := range h.best {
			s.SortByName(rows, false)
			for _, r := range rows {
				if len(g.Hits) < most {
					g.Hits = append(g.Hits, s.hit(int(r), matchOrder[m]))
				}
			}
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// hits are what was found of one kind.
type hits struct {
	total int
	best  [4][]uint32 // the first of each of matchOrder
}

// begins reports whether a name begins with a text, or is it.
func begins(name, text string) bool {
	return len(name) >= len(text) && strings.EqualFold(name[:len(text)], text)
}

func matchOf(name, text string) int {
	switch {
	case strings.EqualFold(name, text):
		return 0
	case begins(name, text):
		return 1
	case strings.Contains(strings.ToLower(name), strings.ToLower(text)):
		return 2
	}
	return 3
}

func (s *Snapshot) hit(i int, match string) SearchHit {
	system, tenant, _, _, _ := s.Ref(i).Parts()
	detail := system
	if tenant != "" && tenant != "-" {
		detail += " " + tenant
	}
	if o := s.ownerView(i); o != nil && o.Name != "" {
		detail += ", owner " + o.Name
	}
	return SearchHit{ID: graph.ShortID(s.Kind(i), s.Entity(i)), Name: s.Name(i), Type: s.Type(i), Detail: detail, Match: match}
}

// searchFindings finds a finding by its id, as it was at a moment.
func (e *Engine) searchFindings(ctx context.Context, text string, asOf time.Time) ([]SearchGroup, error) {
	const least = 5 // F-7K2
	if len(text) < least || !strings.EqualFold(text[:2], "F-") || !utf8.ValidString(text) {
		return nil, nil
	}
	f, err := e.FindFinding(ctx, text, asOf)
	if errors.Is(err, drover.ErrNotFound) || errors.Is(err, drover.ErrInvalid) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []SearchGroup{{Group: "findings", Total: 1, Hits: []SearchHit{{ID: f.ID(), Name: f.What, Type: f.Check, Detail: f.Severity.String() + ", " + string(f.State), Match: "exact"}}}}, nil
}

func (e *Engine) searchChecks(groups []SearchGroup, text string, most int) ([]SearchGroup, error) {
	checks, err := e.Checks()
	if err != nil {
		return nil, err
	}
	g := SearchGroup{Group: "checks", Hits: []SearchHit{}}
	for _, c := range checks {
		m := min(matchOf(c.ID, text), matchOf(c.Title, text))
		if m == len(matchOrder)-1 {
			continue
		}
		g.Total++
		g.Hits = append(g.Hits, SearchHit{ID: c.ID, Name: c.Title, Type: "check", Detail: c.Severity.String(), Match: matchOrder[m]})
	}
	if g.Total == 0 {
		return groups, nil
	}
	slices.SortStableFunc(g.Hits, func(a, b SearchHit) int {
		return cmp.Or(cmp.Compare(slices.Index(matchOrder, a.Match), slices.Index(matchOrder, b.Match)), cmp.Compare(a.Name, b.Name))
	})
	g.Hits = g.Hits[:min(most, len(g.Hits))]
	return append(groups, g), nil
}

// share cuts the groups' hits so that all together are no more than most: each
// group gets its part, and what one does not need goes to the others.
func share(groups []SearchGroup, most int) {
	keep := make([]int, len(groups))
	for left, gave := most, true; left > 0 && gave; {
		gave = false
		for i := range groups {
			if left > 0 && keep[i] < len(groups[i].Hits) {
				keep[i]++
				left--
				gave = true
			}
		}
	}
	for i := range groups {
		groups[i].Hits = groups[i].Hits[:keep[i]]
	}
}
