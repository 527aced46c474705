package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

// A Page is a part of a list.
type Page struct {
	Rows []uint32 // of this part, in the order that was asked for
	All  []uint32 // every row of the list, ascending: its length is the total; shared, not to be changed
	Next string   // where the next part begins, for Page; "": there is none
}

// Page returns n rows of a list from a place on: "" is the beginning, any other
// place is the Next of the page before. A place holds in every snapshot of one
// generation; one whose row is not there wraps drover.ErrInvalid. An n under 1 is
// no rows.
func (s *Snapshot) Page(q Query, after string, n int) (*Page, error) {
	rows, err := s.List(q)
	if err != nil {
		return nil, err
	}
	from := 0
	if after != "" {
		if from, err = s.placeAfter(rows, q.Sort, after); err != nil {
			return nil, err
		}
	}
	to := min(from+max(n, 0), len(rows))
	p := &Page{Rows: slices.Clone(rows[from:to])}
	if to < len(rows) && to > from {
		p.Next = string(s.Ref(int(rows[to-1])))
	}
	slices.Sort(rows)
	p.All = rows
	return p, nil
}

// placeAfter is how many of the sorted rows do not come after that of a ref.
func (s *Snapshot) placeAfter(rows []uint32, by, after string) (int, error) {
	row, ok := s.Find(drover.Ref(after))
	if !ok || s.Unseen(row) {
		return 0, fmt.Errorf("the place %q is not in this list; begin again: %w", after, drover.ErrInvalid)
	}
	at := slices.Index(rows, uint32(row))
	if at < 0 {
		return 0, fmt.Errorf("the place %q is not in this list; begin again: %w", after, drover.ErrInvalid)
	}
	return at + 1, nil
}

// A FacetCount is one value of a field and how many rows have it. FIELD=VALUE
// keeps these rows.
type FacetCount struct {
	Value   string `json:"value"` // "unknown" where it is not known, "none" where it is known that there is none
	Count   int    `json:"count"`
	Unknown bool   `json:"unknown"`
}

// maxFacet is how many values of one field are counted apart: the most frequent.
const maxFacet = 100

// Facets counts the values of fields over rows, the most frequent first and the
// unknown last, maxFacet values of each at most. A row with several values counts
// for each. A field that has no vocabulary wraps drover.ErrInvalid.
func (s *Snapshot) Facets(rows []uint32, fields []string) (map[string][]FacetCount, error) {
	out := make(map[string][]FacetCount, len(fields))
	for _, name := range fields {
		col := s.Table().Columns[name]
		if col == nil {
			return nil, fmt.Errorf("facets: there is no field %q: %w", name, drover.ErrInvalid)
		}
		counts, err := countValues(col, rows)
		if err != nil {
			return nil, fmt.Errorf("facets: %s %w", name, err)
		}
		out[name] = facet(counts, col.None)
	}
	return out, nil
}

// countValues counts the values of a column; "" is unknown.
func countValues(col *filter.Column, rows []uint32) (map[string]int, error) {
	counts := map[string]int{}
	switch {
	case col.Codes != nil:
		n := make([]int, len(col.Dict))
		for _, r := range rows {
			if col.Ends == nil {
				n[col.Codes[r]]++
				continue
			}
			from := uint32(0)
			if r > 0 {
				from = col.Ends[r-1]
			}
			for _, code := range col.Codes[from:col.Ends[r]] {
				n[code]++
			}
		}
		for code, k := range n {
			if k > 0 {
				counts[col.Dict[code]] += k
			}
		}
	case col.Text != nil && col.Folded == nil:
		for _, r := range rows {
			counts[col.Text(int(r))]++
		}
	default:
		return nil, fmt.Errorf("has no vocabulary to count: %w", drover.ErrInvalid)
	}
	return counts, nil
}

func facet(counts map[string]int, none bool) []FacetCount {
	out := make([]FacetCount, 0, len(counts))
	unknown := 0
	for v, n := range counts {
		switch {
		case v == "" && none:
			out = append(out, FacetCount{Value: "none", Count: n})
		case v == "" || v == "unknown":
			unknown += n
		default:
			out = append(out, FacetCount{Value: v, Count: n})
		}
	}
	slices.SortFunc(out, func(a, b FacetCount) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value))
	})
	out = out[:min(len(out), maxFacet)]
	if unknown > 0 {
		out = append(out, FacetCount{Value: "unknown", Count: unknown, Unknown: true})
	}
	return out
}
