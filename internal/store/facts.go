package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Fact is what all assertions about one ref say together.
//
// The newest observation says what the node is; what it leaves unknown (a zero
// time, an empty name, an attribute it does not have) the next newest fills in.
// Aliases are those of all.
type Fact struct {
	ID        int64 // of the ref, see RefID
	Entity    int64 // what the linker made it a member of; its own ID by default
	Node      drover.Node
	Sources   []string  // that assert it, sorted
	Coverages []string  // under which they do, sorted
	FirstSeen time.Time // when the oldest of the assertions that hold began
	Observed  time.Time // when the newest of their versions was first seen
}

// An assertion is one row of the node table.
type assertion struct {
	id, ref, cov     int64
	from, to         int64
	observed, first  int64
	part             string
	refText          drover.Ref
	node             drover.Node
	source, coverage string
}

const nodeColumns = `n.id, n.ref_id, r.ref, n.coverage_id, n.from_gen, n.to_gen, n.observed_us, n.first_us, n.section_part,
	n.kind, n.type, n.name, n.aliases, n.created_us, n.rotated_us, n.expires_us, n.attrs FROM node n JOIN ref r ON r.id = n.ref_id `

func readNode(c cells, a *assertion) (err error) {
	a.id, a.ref, a.refText, a.cov = c.int(0), c.int(1), drover.Ref(c.text(2)), c.int(3)
	a.from, a.to, a.observed, a.first, a.part = c.int(4), c.int(5), c.int(6), c.int(7), c.text(8)
	n := &a.node
	n.Ref, n.Kind, n.Type, n.Name = a.refText, drover.Kind(c.text(9)), c.text(10), c.text(11)
	n.Created, n.Rotated, n.Expires, n.Attrs = c.time(13), c.time(14), c.time(15), c.attrs(16)
	n.Aliases, err = decodeList(c.text(12))
	return err
}

// page is how many rows one query of a listing returns.
const page = 2000

// Nodes yields one Fact for each ref that the scope may see at a generation, in
// order of id. It holds no transaction while it yields: what a generation shows
// does not change.
func (s *Store) Nodes(ctx context.Context, gen int64, scope drover.Scope) iter.Seq2[Fact, error] {
	return func(yield func(Fact, error) bool) {
		v, err := s.view(ctx, gen, scope)
		if err != nil {
			yield(Fact{}, fmt.Errorf("list nodes: %w", err))
			return
		}
		var group []assertion
		flush := func() bool {
			if len(group) == 0 {
				return true
			}
			f := v.merge(group)
			group = group[:0]
			return yield(f, nil)
		}
		err = v.assertions(ctx, func(a *assertion) bool {
			if len(group) > 0 && group[0].ref != a.ref && !flush() {
				return false
			}
			group = append(group, *a)
			return true
		})
		if err != nil {
			yield(Fact{}, fmt.Errorf("list nodes: %w", s.d.explain(err)))
			return
		}
		flush()
	}
}

// Node returns the Fact of one ref; the error wraps drover.ErrNotFound when the
// scope sees none at that generation.
func (s *Store) Node(ctx context.Context, gen int64, scope drover.Scope, ref drover.Ref) (Fact, error) {
	v, err := s.view(ctx, gen, scope)
	if err != nil {
		return Fact{}, fmt.Errorf("read node: %w", err)
	}
	id := s.RefID(ref)
	facts, err := v.nodes(ctx, []int64{id})
	if err != nil {
		return Fact{}, fmt.Errorf("read node %s: %w", ref, s.d.explain(err))
	}
	f, ok := facts[id]
	if !ok || f.Node.Ref != ref {
		return Fact{}, fmt.Errorf("node %.200s: %w", ref, drover.ErrNotFound)
	}
	return f, nil
}

// A view is a generation as a scope sees it.
type view struct {
	s        *Store
	gen      int64
	scope    drover.Scope
	cov      map[int64]coverage
	entities map[int64]int64 // ref id -> entity id, where it is another one
}

type coverage struct{ source, coverage string }

func (s *Store) coverages(ctx context.Context, q querier) (map[int64]coverage, error) {
	m := map[int64]coverage{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var id int64
		var c coverage
		if err := rows.Scan(&id, &c.source, &c.coverage); err != nil {
			return err
		}
		m[id] = c
		return nil
	}, `SELECT id, source, coverage FROM coverage`)
	if err != nil {
		return nil, fmt.Errorf("read coverages: %w", s.d.explain(err))
	}
	return m, nil
}

func (s *Store) view(ctx context.Context, gen int64, scope drover.Scope) (*view, error) {
	if err := s.beyond(ctx, gen); err != nil {
		return nil, err
	}
	cov, err := s.coverages(ctx, s.r)
	if err != nil {
		return nil, err
	}
	v := &view{s: s, gen: gen, scope: scope, cov: cov, entities: map[int64]int64{}}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var ref, entity int64
		if err := rows.Scan(&ref, &entity); err != nil {
			return err
		}
		v.entities[ref] = entity
		return nil
	}, `SELECT ref_id, entity_id FROM entity WHERE from_gen <= $1 AND to_gen > $1`, gen)
	if err != nil {
		return nil, fmt.Errorf("read entities: %w", s.d.explain(err))
	}
	return v, nil
}

// sees reports whether the scope sees the coverage, and which it is.
func (v *view) sees(id int64) (coverage, bool) {
	c := v.cov[id]
	return c, v.scope.Source(c.source)
}

// assertions calls fn for each node assertion that holds, in order of ref id,
// until fn returns false. The assertion is good until fn returns.
func (v *view) assertions(ctx context.Context, fn func(*assertion) bool) error {
	var ref, id int64
	got := make([]assertion, 0, page)
	for {
		got = got[:0]
		err := v.s.cells(ctx, func(c cells) error {
			got = append(got, assertion{})
			return readNode(c, &got[len(got)-1])
		}, `SELECT `+nodeColumns+`WHERE (n.ref_id, n.id) > ($1, $2) AND n.from_gen <= $3 AND n.to_gen > $3 ORDER BY n.ref_id, n.id LIMIT `+strconv.Itoa(page), ref, id, v.gen)
		if err != nil {
			return err
		}
		for i := range got {
			a := &got[i]
			ref, id = a.ref, a.id
			c, ok := v.sees(a.cov)
			if !ok {
				continue
			}
			a.source, a.coverage = c.source, c.coverage
			if !fn(a) {
				return nil
			}
		}
		if len(got) < page {
			return nil
		}
	}
}

// nodes returns the facts of the given refs that the view shows.
func (v *view) nodes(ctx context.Context, ids []int64) (map[int64]Fact, error) {
	groups := map[int64][]assertion{}
	err := inList(v.s.d, ids, 2, func(list string, args []any) error {
		return v.s.cells(ctx, func(row cells) error {
			var a assertion
			if err := readNode(row, &a); err != nil {
				return err
			}
			if c, ok := v.sees(a.cov); ok {
				a.source, a.coverage = c.source, c.coverage
				groups[a.ref] = append(groups[a.ref], a)
			}
			return nil
		}, `SELECT `+nodeColumns+`WHERE n.from_gen <= $1 AND n.to_gen > $1 AND n.ref_id IN `+list, append([]any{v.gen}, args...)...)
	})
	if err != nil {
		return nil, err
	}
	facts := make(map[int64]Fact, len(groups))
	for id, g := range groups {
		facts[id] = v.merge(g)
	}
	return facts, nil
}

// merge makes one Fact of the assertions about one ref.
func (v *view) merge(group []assertion) Fact {
	if len(group) > 1 {
		slices.SortFunc(group, newestFirst)
	}
	top := &group[0]
	f := Fact{ID: top.ref, Entity: top.ref, Node: top.node, FirstSeen: timeOf(top.first), Observed: timeOf(top.observed), Sources: []string{top.source}, Coverages: []string{top.coverage}}
	if e, ok := v.entities[top.ref]; ok {
		f.Entity = e
	}
	if len(group) == 1 {
		return f
	}
	n := &f.Node
	n.Aliases = slices.Clone(n.Aliases)
	attrs := make([]drover.Attrs, len(group))
	for i, a := range group {
		attrs[i] = a.node.Attrs
		n.Name = cmp.Or(n.Name, a.node.Name)
		n.Created = known(n.Created, a.node.Created)
		n.Rotated = known(n.Rotated, a.node.Rotated)
		n.Expires = known(n.Expires, a.node.Expires)
		if i > 0 {
			n.Aliases = append(n.Aliases, a.node.Aliases...)
			f.Sources = append(f.Sources, a.source)
			f.Coverages = append(f.Coverages, a.coverage)
		}
		if first := timeOf(a.first); first.Before(f.FirstSeen) {
			f.FirstSeen = first
		}
	}
	n.Aliases, f.Sources, f.Coverages = unite(n.Aliases), unite(f.Sources), unite(f.Coverages)
	n.Attrs = mergeAttrs(attrs)
	return f
}

// newestFirst orders assertions by how much they count. No two are equal.
func newestFirst(a, b assertion) int {
	return cmp.Or(cmp.Compare(b.observed, a.observed), cmp.Compare(b.from, a.from),
		strings.Compare(a.source, b.source), strings.Compare(a.coverage, b.coverage), strings.Compare(a.part, b.part))
}

func known(t, u time.Time) time.Time {
	if t.IsZero() {
		return u
	}
	return t
}

// unite sorts a list and drops repetitions.
func unite(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
