package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// addNouns adds the lists of what is known, and the one route that shows anything.
func (s *Server) addNouns() {
	for _, n := range engine.Nouns {
		addList(s, list[ListParams]{Path: "/" + n.Name, ID: "list_" + n.Name, Tag: "Inventory", Short: "List " + n.Name, CLI: "drover list " + n.Name + " FILTER", Action: authz.IdentityRead, Noun: n.Name, Item: itemOf(n.Name),
			Find: func(ctx context.Context, in *ListParams) (*found, error) { return s.nodes(ctx, n, in) }})
		one := singular(n.Name)
		add(s, route[showIn, engine.Detail]{Method: "GET", Path: "/" + n.Name + "/{id}", ID: "get_" + one, Tag: "Inventory", Short: "Show one " + one + " with everything that is known about it", CLI: "drover show ID", Action: authz.IdentityRead,
			Do: func(ctx context.Context, in *showIn) (*engine.Detail, error) { return s.show(ctx, n, in) }})
	}
	const own = "They have an order of their own."
	addList(s, list[ListParams]{Path: "/edges", ID: "list_edges", Tag: "Inventory", Short: "List what connects things", Doc: own + " Filter fields: GET /fields?list=edges.", CLI: "drover list edges FILTER", Action: authz.IdentityRead, Noun: "edges", Item: engine.EdgeItem{},
		Find: s.edges})
	addList(s, list[ListParams]{Path: "/unseen", ID: "list_unseen", Tag: "Inventory", Short: "List what is only mentioned, and why", Doc: own + " Filter fields: GET /fields?list=unseen.", CLI: "drover list unseen FILTER", Action: authz.IdentityRead, Noun: "unseen", Item: engine.UnseenItem{},
		Find: s.unseen})
	addList(s, list[ListParams]{Path: "/documents", ID: "list_documents", Tag: "Inventory", Short: "List documents that grant or limit", Doc: own + " Filter fields: GET /fields?list=documents.", CLI: "drover list documents FILTER", Action: authz.IdentityRead, Noun: "documents", Item: engine.DocumentView{},
		Find: s.documents})
}

// ordered refuses an order for lists that have one of their own.
func ordered(in *ListParams) error {
	if in.OrderBy == "" {
		return nil
	}
	return refuse("invalid", "order_by: this list has an order of its own", Fault{Pointer: "/query/order_by", Detail: "this list has an order of its own"})
}

func (s *Server) edges(ctx context.Context, in *ListParams) (*found, error) {
	return s.own(ctx, in, func(snap *engine.Snapshot) ([]uint32, func(int) any, error) {
		rows, err := snap.EdgeList(in.Filter)
		return rows, func(i int) any { return snap.EdgeItem(i) }, err
	})
}

func (s *Server) unseen(ctx context.Context, in *ListParams) (*found, error) {
	return s.own(ctx, in, func(snap *engine.Snapshot) ([]uint32, func(int) any, error) {
		rows, err := snap.UnseenList(in.Filter)
		return rows, func(i int) any { return snap.UnseenItem(i) }, err
	})
}

// own answers a list of rows that come in an order of their own.
func (s *Server) own(ctx context.Context, in *ListParams, rows func(*engine.Snapshot) ([]uint32, func(int) any, error)) (*found, error) {
	if err := ordered(in); err != nil {
		return nil, err
	}
	snap, err := s.snapshot(ctx, in)
	if err != nil {
		return nil, err
	}
	all, item, err := rows(snap)
	if err != nil {
		return nil, err
	}
	return made(snap.Generation, len(all), func(i int) any { return item(int(all[i])) }), nil
}

func (s *Server) documents(ctx context.Context, in *ListParams) (*found, error) {
	if err := ordered(in); err != nil {
		return nil, err
	}
	snap, err := s.snapshot(ctx, in)
	if err != nil {
		return nil, err
	}
	docs, err := s.as(ctx).Documents(ctx, snap, in.Filter)
	if err != nil {
		return nil, err
	}
	return whole(snap.Generation, docs), nil
}

func singular(noun string) string {
	if s, ok := strings.CutSuffix(noun, "ies"); ok {
		return s + "y"
	}
	return strings.TrimSuffix(noun, "s")
}

// itemOf is a zero item of a noun's list.
func itemOf(noun string) any {
	switch noun {
	case "identities":
		return engine.IdentityRow{}
	case "humans":
		return engine.Identity{}
	case "credentials":
		return engine.Credential{}
	}
	return engine.Item{}
}

// itemFunc makes the items of a noun's list.
func itemFunc(s *engine.Snapshot, noun string) func(int) any {
	switch noun {
	case "identities":
		return func(i int) any { return engine.IdentityRow{Identity: s.Identity(i)} }
	case "humans":
		return func(i int) any { return s.Identity(i) }
	case "credentials":
		return func(i int) any { return s.Credential(i) }
	}
	return func(i int) any { return s.Item(i) }
}

// snapshot is the estate that a list speaks of: that of its page token, else of
// its moment.
func (s *Server) snapshot(ctx context.Context, in *ListParams) (*engine.Snapshot, error) {
	if in.pin == nil {
		return s.as(ctx).Snapshot(ctx, in.at)
	}
	snap, err := s.as(ctx).SnapshotOf(ctx, in.pin.Generation, in.at)
	if errors.Is(err, drover.ErrNotFound) {
		return nil, expired(in.pin)
	}
	return snap, err
}

func (s *Server) nodes(ctx context.Context, n engine.Noun, in *ListParams) (*found, error) {
	snap, err := s.snapshot(ctx, in)
	if err != nil {
		return nil, err
	}
	if s.tellsRisk(ctx, n, in) {
		if err := snap.AskRisk(ctx); err != nil {
			return nil, err
		}
	}
	q, item := engine.Query{Noun: n, Filter: in.Filter, Sort: in.OrderBy, Now: snap.Now()}, itemFunc(snap, n.Name)
	after := ""
	if in.pin != nil {
		after = in.pin.After
		if in.pin.Now != 0 {
			q.Now = in.pin.now()
		}
	}
	p, err := snap.Page(q, after, in.PageSize)
	if err != nil {
		return nil, err
	}
	f := &found{Generation: snap.Generation, Total: p.Total}
	if parsed, err := filter.Parse(in.Filter, graph.Fields, q.Now); err == nil && parsed.Timed() {
		f.Now = q.Now
	}
	columns := columnsAsked(n, in)
	rows := func(rows []uint32) iter.Seq[any] { return rowsOf(rows, item) }
	if columns != (engine.Columns{}) {
		columns.Past = !in.at.IsZero()
		if in.streams && f.Total > maxColumnRows {
			return nil, tooManyColumns(f.Total)
		}
		rows = func(rows []uint32) iter.Seq[any] { return s.columned(ctx, snap, rows, columns, &f.Failed) }
	}
	f.Page = func(string, int) ([]any, string, error) {
		items := slices.Collect(rows(p.Rows))
		return items, p.Next, f.Failed
	}
	f.Facets = func(fields []string) (map[string][]engine.FacetCount, error) { return snap.FacetsOf(q, fields) }
	f.All = func(yield func(any) bool) {
		ordered, err := snap.List(q)
		if err != nil {
			return // it was answered a moment ago
		}
		rows(ordered)(yield)
	}
	return f, nil
}

// tellsRisk reports whether the items of a list tell their risk: it is a field that is
// named, or all of an export. Filter, order and facets ask for it by themselves.
func (s *Server) tellsRisk(ctx context.Context, n engine.Noun, in *ListParams) bool {
	if n.Name != "identities" && n.Name != "humans" || !authz.Decide(caller(ctx), authz.RiskRead).Allowed {
		return false
	}
	return slices.Contains(in.Fields, "risk") || in.streams && len(in.Fields) == 0
}

// maxColumnRows is of how many rows a stream has the columns that are worked out row
// by row.
const maxColumnRows = 10_000

func tooManyColumns(n int) error {
	p := refuse("invalid", fmt.Sprintf("reach, activity and next_due are worked out row by row, and %d rows match: narrow the filter to %d, or leave them out of fields", n, maxColumnRows),
		Fault{Pointer: "/query/fields", Detail: "these columns are streamed for few rows only"})
	return p
}

// columnsAsked are the columns of identities that a list asks for.
func columnsAsked(n engine.Noun, in *ListParams) engine.Columns {
	if n.Name != "identities" {
		return engine.Columns{}
	}
	has := func(name string) bool {
		return slices.ContainsFunc(in.Fields, func(f string) bool { return f == name || strings.HasPrefix(f, name+".") })
	}
	return engine.Columns{Reach: has("reach"), Activity: has("activity"), NextDue: has("next_due")}
}

// columned are identities with columns, made some at a time. What fails ends them,
// and is told in failed.
func (s *Server) columned(ctx context.Context, snap *engine.Snapshot, rows []uint32, c engine.Columns, failed *error) iter.Seq[any] {
	const atOnce = 100
	return func(yield func(any) bool) {
		for part := range slices.Chunk(rows, atOnce) {
			items, err := s.as(ctx).IdentityRows(ctx, snap, part, c)
			if err != nil {
				*failed = err
				return
			}
			for i := range items {
				if !yield(items[i]) {
					return
				}
			}
		}
	}
}

func rowsOf(rows []uint32, item func(int) any) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, r := range rows {
			if !yield(item(int(r))) {
				return
			}
		}
	}
}

type showIn struct {
	ID string `path:"id" maxLength:"4096" doc:"A short id, a ref, a name, an alias, or the unique beginning of a ref or name; percent-encoded." example:"svc-bi-export"`
	AsOfParam
}

// show answers what `drover show` does, of one kind.
func (s *Server) show(ctx context.Context, n engine.Noun, in *showIn) (*engine.Detail, error) {
	at, err := s.moment(ctx, in.AsOfParam)
	if err != nil {
		return nil, err
	}
	d, err := s.as(ctx).Show(ctx, in.ID, at)
	if err != nil {
		return nil, err
	}
	if len(n.Kinds) < len(drover.Kinds) && !slices.Contains(n.Kinds, kindOf(d)) {
		p := refuse("not_found", "what is called so is a "+string(kindOf(d))+": GET "+Base+"/nodes/{id} shows anything")
		return nil, p
	}
	return d, nil
}

func kindOf(d *engine.Detail) drover.Kind {
	switch i := d.Item.(type) {
	case engine.Identity:
		return i.Kind
	case engine.Credential:
		return drover.KindCredential
	case engine.Item:
		return i.Kind
	}
	return ""
}

// nearestField is the field of lists that was probably meant.
func nearestField(name string) string {
	return nearest(strings.TrimPrefix(name, "-"), filter.Names(graph.Fields))
}
