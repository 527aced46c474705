package engine

import (
	"context"
	"fmt"

	"github.com/droverhq/drover"
)

// A Page is a part of a list.
type Page struct {
	Rows  []uint32 // of this part, in the order that was asked for
	Total int      // rows of the whole list
	Next  string   // where the next part begins, for Page; "": there is none
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
		return &Page{Rows: []uint32{}, Total: of.n}, nil
	}
	rows := by.sorted(of, from, n+1)
	p := &Page{Rows: rows[:min(n, len(rows))], Total: of.n}
	if len(rows) > n {
		p.Next = string(s.Ref(int(rows[n-1])))
	}
	return p, nil
}
