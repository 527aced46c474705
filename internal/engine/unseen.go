package engine

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

// An UnseenItem is one item of `list unseen`: something that other things point
// at by a name, and that no source has shown.
type UnseenItem struct {
	Ref       drover.Ref        `json:"ref"`
	Alias     string            `json:"alias"` // the name; "": it was known by its ref
	Scheme    string            `json:"scheme"`
	Why       string            `json:"why"`      // why it could not be joined to anything, and what to do
	Mentioned int               `json:"mentions"` // edges that lead to it or from it
	By        drover.Ref        `json:"by"`       // one of those that mention it
	ByName    string            `json:"by_name"`
	Edges     []drover.EdgeKind `json:"edges"` // the kinds of the edges, sorted
}

var unseenFields = []filter.Field{
	{Name: "alias", Help: "the name that it is known by"}, {Name: "ref", Help: "the whole ref"}, {Name: "scheme", Enum: true, Help: "arn, oidc, dsn, email…"},
	{Name: "why", Help: "why nothing was joined to it"}, {Name: "by", Help: "name or ref of what mentions it"},
}

// UnseenList returns the rows of what is only mentioned and matches, the most
// mentioned first.
func (s *Snapshot) UnseenList(text string) ([]uint32, error) {
	f, err := filter.Parse(text, unseenFields, s.now)
	if err != nil {
		return nil, err
	}
	items := make([]UnseenItem, s.Len()-s.Seen())
	for i := range items {
		items[i] = s.UnseenItem(s.Seen() + i)
	}
	col := func(get func(v UnseenItem) string) *filter.Column {
		return &filter.Column{Text: func(i int) string { return get(items[i]) }}
	}
	t := &filter.Table{Rows: len(items), Columns: map[string]*filter.Column{
		"alias": col(func(v UnseenItem) string { return v.Alias }), "ref": col(func(v UnseenItem) string { return string(v.Ref) }),
		"scheme": col(func(v UnseenItem) string { return v.Scheme }), "why": col(func(v UnseenItem) string { return v.Why }),
		"by": {Texts: func(i int) []string { return []string{items[i].ByName, string(items[i].By)} }},
	}, Words: func(i int) []string {
		return []string{items[i].Alias, string(items[i].Ref), items[i].ByName, items[i].Why}
	}}
	rows, err := f.Eval(t)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b uint32) int {
		if x, y := items[a].Mentioned, items[b].Mentioned; x != y {
			return y - x
		}
		return strings.Compare(string(items[a].Ref), string(items[b].Ref))
	})
	for i := range rows {
		rows[i] += uint32(s.Seen())
	}
	return rows, nil
}

// UnseenItem returns row i, which no source asserts, as an item.
func (s *Snapshot) UnseenItem(i int) UnseenItem {
	v := UnseenItem{Ref: s.Ref(i), Why: s.UnseenWhy(i), Edges: []drover.EdgeKind{}}
	if a := s.Aliases(i); len(a) > 0 {
		v.Alias = a[0]
		v.Scheme, _, _ = strings.Cut(v.Alias, ":")
	}
	see := func(row int, kind drover.EdgeKind) {
		v.Mentioned++
		if ref := s.Ref(row); v.By == "" || ref < v.By {
			v.By, v.ByName = ref, s.Name(row)
		}
		if !slices.Contains(v.Edges, kind) {
			v.Edges = append(v.Edges, kind)
		}
	}
	for h := range s.Out(i) {
		see(h.Row, h.Kind)
	}
	for h := range s.In(i) {
		see(h.Row, h.Kind)
	}
	slices.Sort(v.Edges)
	return v
}
