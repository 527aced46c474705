package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
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
	ctx := context.Background()
	of, err := s.set(q)
	if err != nil {
		return nil, err
	}
	by, err := s.orderBy(ctx, q.Sort)
	if err != nil {
		return nil, err
	}
	from := 0
	if after != "" {
		row, ok := s.Find(drover.Ref(after))
		if !ok || s.Unseen(row) {
			return nil, fmt.Errorf("the place %q is not in this list; begin again: %w", after, drover.ErrInvalid)
		}
		from = int(by.place[row]) + 1
	}
	if n < 1 {
		return &Page{Rows: []uint32{}, All: of.rows}, nil
	}
	rows := by.sorted(of, from, n+1)
	p := &Page{Rows: rows[:min(n, len(rows))], All: of.rows}
	if len(rows) > n {
		p.Next = string(s.Ref(int(rows[n-1])))
	}
	return p, nil
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
// for each; a number with named ranges, such as risk, is counted by these. A field
// that has no vocabulary wraps drover.ErrInvalid.
func (s *Snapshot) Facets(rows []uint32, fields []string) (map[string][]FacetCount, error) {
	out := make(map[string][]FacetCount, len(fields))
	of := s.held.sets.of(rows)
	for _, name := range fields {
		if known, ok := of.facet(name); ok {
			out[name] = known
			continue
		}
		list, err := s.facet(name, rows)
		if err != nil {
			return nil, fmt.Errorf("facets: %w", err)
		}
		of.keep(name, list)
		out[name] = list
	}
	return out, nil
}

// FacetsOf counts the values of fields over the rows of a list, each without what
// the list's filter says of that field itself (filter.Filter.Without): beside what
// is chosen of a field stands what else there is to choose, with how many rows it
// would bring. Otherwise as Facets.
func (s *Snapshot) FacetsOf(q Query, fields []string) (map[string][]FacetCount, error) {
	now := s.now
	if !q.Now.IsZero() {
		now = q.Now
	}
	f, err := filter.Parse(q.Filter, graph.Fields, now)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]FacetCount, len(fields))
	for _, name := range fields {
		of := q
		if of.Filter = f.Without(name); asksTierZero(q.Filter) {
			of.Filter = q.Filter // which stands for more than the field that it names
		}
		set, err := s.set(of)
		if err != nil {
			return nil, err
		}
		one, err := s.Facets(set.rows, []string{name})
		if err != nil {
			return nil, err
		}
		out[name] = one[name]
	}
	return out, nil
}

func (s *set) facet(name string) ([]FacetCount, bool) {
	if s == nil {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.facets[name]
	return list, ok
}

func (s *set) keep(name string, list []FacetCount) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.facets == nil {
		s.facets = map[string][]FacetCount{}
	}
	s.facets[name] = list
}

func (s *Snapshot) facet(name string, rows []uint32) ([]FacetCount, error) {
	i := slices.IndexFunc(graph.Fields, func(f filter.Field) bool { return f.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no field %q: %w", name, drover.ErrInvalid)
	}
	field, col := graph.Fields[i], s.Table().Columns[name]
	switch {
	case col == nil: // attrs, which are many fields
		return nil, fmt.Errorf("%s has no vocabulary to count: %w", name, drover.ErrInvalid)
	case field.Type == filter.Number:
		ints := col.Int64s()
		if err := s.risk.failed(); err != nil {
			return nil, err
		}
		return facet(countNumbers(ints, rows, field.Words), false), nil
	case col.Dict != nil:
		return facet(countValues(col, rows), col.None), nil
	case field.Enum && col.Text != nil:
		return facet(countValues(s.held.codes(name, col), rows), col.None), nil
	}
	return nil, fmt.Errorf("%s has no vocabulary to count: %w", name, drover.ErrInvalid)
}

// codes are the values of a column that is judged when it is asked for.
func (h *held) codes(name string, col *filter.Column) *filter.Column {
	h.mu.Lock()
	l := h.coded[name]
	if l == nil {
		l = &lazy[*filter.Column]{}
		h.coded[name] = l
	}
	h.mu.Unlock()
	c, _ := l.get(context.Background(), false, func(context.Context) (*filter.Column, error) {
		codes, dict := code(h.s.Seen(), col.Text)
		return &filter.Column{Dict: dict, Codes: codes, None: col.None}, nil
	})
	return c
}

// countNumbers counts numbers, by the ranges that have names where there are any.
func countNumbers(ints []int64, rows []uint32, words map[string][2]int64) map[string]int {
	var few [128]int // of small numbers, such as risk and tier
	n := map[int64]int{}
	for _, r := range rows {
		if v := ints[r]; uint64(v) < uint64(len(few)) {
			few[v]++
		} else {
			n[v]++
		}
	}
	for v, k := range few {
		if k > 0 {
			n[int64(v)] = k
		}
	}
	counts := map[string]int{}
	for v, k := range n {
		if v == filter.Unknown {
			counts[""] += k
			continue
		}
		text := strconv.FormatInt(v, 10)
		for word, span := range words {
			if v >= span[0] && v < span[1] {
				text = word
			}
		}
		counts[text] += k
	}
	return counts
}

// countValues counts the values of a column of codes; "" is unknown.
func countValues(col *filter.Column, rows []uint32) map[string]int {
	n := make([]int, len(col.Dict))
	if col.Ends == nil {
		for _, r := range rows {
			n[col.Codes[r]]++
		}
	} else {
		for _, r := range rows {
			from := uint32(0)
			if r > 0 {
				from = col.Ends[r-1]
			}
			for _, code := range col.Codes[from:col.Ends[r]] {
				n[code]++
			}
		}
	}
	counts := map[string]int{}
	for code, k := range n {
		if k > 0 {
			counts[col.Dict[code]] += k
		}
	}
	return counts
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
