package engine

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// A FacetCount is one value of a field and how many rows have it. FIELD=VALUE
// keeps these rows.
type FacetCount struct {
	Value   string `json:"value"` // "unknown" where it is not known, "none" where it is known that there is none
	Count   int    `json:"count"`
	Unknown bool   `json:"unknown"`
}

// maxFacet is how many values of one field are counted apart: the most frequent.
const maxFacet = 100

// Facets counts the values of fields over the rows of a list, the most frequent first
// and the unknown last, maxFacet values of each at most. A row with several values
// counts for each; a number with named ranges, such as risk, is counted by these. A
// field that has no vocabulary wraps drover.ErrInvalid.
func (s *Snapshot) Facets(q Query, fields []string) (map[string][]FacetCount, error) {
	out := make(map[string][]FacetCount, len(fields))
	of, err := s.set(q)
	if err != nil {
		return nil, err
	}
	for _, name := range fields {
		if out[name], err = s.counted(of, name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// counted is one facet of a set, counted once for all who ask.
func (s *Snapshot) counted(of *set, name string) ([]FacetCount, error) {
	if known, ok := of.facet(name); ok {
		return known, nil
	}
	list, err := s.facet(name, of.bits)
	if err != nil {
		return nil, fmt.Errorf("facets: %w", err)
	}
	of.keep(name, list)
	return list, nil
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
		if out[name], err = s.counted(set, name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *set) facet(name string) ([]FacetCount, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.facets[name]
	return list, ok
}

func (s *set) keep(name string, list []FacetCount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.facets == nil {
		s.facets = map[string][]FacetCount{}
	}
	s.facets[name] = list
}

func (s *Snapshot) facet(name string, rows bitset) ([]FacetCount, error) {
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
		return facet(s.held.count(name, col, rows), col.None), nil
	case field.Enum && col.Text != nil:
		return facet(s.held.count(name, s.held.codes(name, col), rows), col.None), nil
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

// fewValues is of how many values the rows of each are kept as bits, by which they are
// counted 64 at a time: a bit a row and value.
const fewValues = 16

// count counts the values of a column by its codes.
func (h *held) count(name string, col *filter.Column, rows bitset) map[string]int {
	if len(col.Dict) > fewValues {
		return countValues(col, rows.runs)
	}
	h.mu.Lock()
	l := h.valued[name]
	if l == nil {
		l = &lazy[[]bitset]{}
		h.valued[name] = l
	}
	h.mu.Unlock()
	bits, _ := l.get(context.Background(), false, func(context.Context) ([]bitset, error) { return bitsOf(col, h.s.Seen()), nil })
	counts := map[string]int{}
	for code, of := range bits {
		if n := of.common(rows); n > 0 {
			counts[col.Dict[code]] += n
		}
	}
	return counts
}

// bitsOf are the rows of each value of a column.
func bitsOf(col *filter.Column, rows int) []bitset {
	out := make([]bitset, len(col.Dict))
	for i := range out {
		out[i] = newBitset(rows)
	}
	if col.Ends == nil {
		for row, code := range col.Codes[:rows] {
			out[code].set(uint32(row))
		}
		return out
	}
	for row := range uint32(rows) {
		for _, code := range codesOf(col, row) {
			out[code].set(row)
		}
	}
	return out
}

// countNumbers counts numbers, by the ranges that have names where there are any.
func countNumbers(ints []int64, rows bitset, words map[string][2]int64) map[string]int {
	var few [128]int // of small numbers, such as risk and tier
	n := map[int64]int{}
	for rows := range rows.runs {
		for _, r := range rows {
			if v := ints[r]; uint64(v) < uint64(len(few)) {
				few[v]++
			} else {
				n[v]++
			}
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
func countValues(col *filter.Column, runs iter.Seq[[]uint32]) map[string]int {
	n := make([]int, len(col.Dict))
	for rows := range runs {
		if col.Ends == nil {
			for _, r := range rows {
				n[col.Codes[r]]++
			}
			continue
		}
		for _, r := range rows {
			for _, code := range codesOf(col, r) {
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
