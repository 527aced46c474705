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
// attributes, findings by id, checks by id and title. At most so many hits are
// told, shared among the groups, the best of each.
func (e *Engine) Search(ctx context.Context, text string, most int) (*SearchView, error) {
	s, err := e.Snapshot(ctx, time.Time{})
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
	more, err := e.searchFindings(ctx, text)
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
	rows := of.rows
	best := map[drover.Kind][len(matchLimit)][]uint32{}
	total := map[drover.Kind]int{}
	for _, r := range slices.Concat(first, rows) {
		again := len(first) > 0 && r == first[0] && total[s.Kind(int(r))] > 0
		if again {
			continue
		}
		kind, m := s.Kind(int(r)), matchOf(s.Name(int(r)), text)
		if len(first) > 0 && r == first[0] {
			m = 0
		}
		total[kind]++
		if b := best[kind]; len(b[m]) < most {
			b[m] = append(b[m], r)
			best[kind] = b
		}
	}
	groups := []SearchGroup{}
	for _, n := range Nouns[:len(Nouns)-1] { // all but nodes, which are all of them
		kind := n.Kinds[0]
		if total[kind] == 0 {
			continue
		}
		g := SearchGroup{Group: n.Name, Total: total[kind], Hits: []SearchHit{}}
		for m, rows := range best[kind] {
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

// matchLimit is one place for each of matchOrder.
var matchLimit [4]struct{}

func matchOf(name, text string) int {
	switch {
	case strings.EqualFold(name, text):
		return 0
	case len(name) >= len(text) && strings.EqualFold(name[:len(text)], text):
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

// searchFindings finds a finding by its id.
func (e *Engine) searchFindings(ctx context.Context, text string) ([]SearchGroup, error) {
	const least = 5 // F-7K2
	if len(text) < least || !strings.EqualFold(text[:2], "F-") || !utf8.ValidString(text) {
		return nil, nil
	}
	f, err := e.FindFinding(ctx, text, time.Time{})
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
