package effective

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/link"
)

// Apply makes the input as it would be after a change, without touching anything:
// a snapshot built from the old one and the change, and documents over the old
// ones. Errors name the item, and wrap drover.ErrNotFound, ErrConflict or
// ErrInvalid.
func Apply(in *Input, c *Change) (*Input, error) {
	e, err := newEdit(in, c)
	if err != nil {
		return nil, err
	}
	out := &Input{Snapshot: e.snapshot(), Now: in.Now, Document: func(hash string) (drover.Document, bool) {
		if d, ok := e.docs[hash]; ok {
			return d, true
		}
		return in.Document(hash)
	}}
	return out, e.gone(out)
}

// An edit is a change whose names are rows.
type edit struct {
	in    *Input
	drop  map[uint32]bool         // nodes
	edges []removedEdge           // edges, by ends
	attrs map[uint32]drover.Attrs // nodes with another document
	nodes []drover.Node
	added []drover.Edge
	docs  map[string]drover.Document

	trusts map[uint32][]drover.Edge // roles whose trust policy changes, and what follows from the new one
}

type removedEdge struct {
	item     int
	from, to uint32
	kind     drover.EdgeKind // "": all
	part     *string         // nil: all
}

func newEdit(in *Input, c *Change) (*edit, error) {
	e := &edit{in: in, drop: map[uint32]bool{}, attrs: map[uint32]drover.Attrs{}, docs: map[string]drover.Document{}, trusts: map[uint32][]drover.Edge{}}
	for i := range c.Add {
		switch r := &c.Add[i]; r.Kind() {
		case "node":
			e.nodes = append(e.nodes, *r.Node)
		case "document":
			e.docs[r.Document.Hash] = *r.Document
		}
	}
	find, err := e.finder(c)
	if err != nil {
		return nil, err
	}
	if err := e.remove(c, find); err != nil {
		return nil, err
	}
	for i := range c.Replace {
		row, err := find(c.Replace[i].Ref)
		if err == nil {
			err = e.replace(row, string(c.Replace[i].Document))
		}
		if err != nil {
			return nil, fmt.Errorf("replace[%d]: %w", i, err)
		}
	}
	for i := range c.Add {
		if r := &c.Add[i]; r.Kind() == "edge" {
			x := *r.Edge
			if x.From, err = e.end(x.From, find); err == nil {
				x.To, err = e.end(x.To, find)
			}
			if err == nil {
				err = x.Valid()
			}
			if err != nil {
				return nil, fmt.Errorf("add[%d]: %w", i, err)
			}
			e.added = append(e.added, x)
		}
	}
	return e, nil
}

// finder looks up everything that a change names, at once.
func (e *edit) finder(c *Change) (func(text string) (uint32, error), error) {
	var texts []string
	for _, r := range c.Remove {
		texts = append(texts, r.Ref, r.From, r.To)
	}
	for _, r := range c.Replace {
		texts = append(texts, r.Ref)
	}
	for i := range c.Add {
		if x := c.Add[i].Edge; x != nil {
			texts = append(texts, string(x.From), string(x.To))
		}
	}
	slices.Sort(texts)
	texts = slices.DeleteFunc(slices.Compact(texts), func(t string) bool { return t == "" })
	rows, errs := e.in.lookups(texts)
	return func(text string) (uint32, error) {
		i, ok := slices.BinarySearch(texts, text)
		if !ok {
			return 0, fmt.Errorf("find %.200q: %w", text, drover.ErrNotFound)
		}
		return rows[i], errs[i]
	}, nil
}

// end is the ref that an end of an added edge means: a node that is added, what a
// user calls something, or a name that nothing has.
func (e *edit) end(text drover.Ref, find func(string) (uint32, error)) (drover.Ref, error) {
	for _, n := range e.nodes {
		if n.Ref == text || n.Name == string(text) || slices.Contains(n.Aliases, string(text)) {
			return n.Ref, nil
		}
	}
	row, err := find(string(text))
	switch {
	case err == nil:
		return e.in.refOf(row), nil
	case text.Valid() == nil:
		return text, nil
	case strings.Contains(string(text), ":") && !strings.ContainsAny(string(text), " \n"):
		return drover.UnseenRef(string(text)), nil
	}
	return "", err
}

func (e *edit) remove(c *Change, find func(string) (uint32, error)) error {
	type statement struct{ item, at int }
	statements := map[uint32][]statement{}
	for i, r := range c.Remove {
		fail := func(err error) error { return fmt.Errorf("remove[%d]: %w", i, err) }
		if r.Ref == "" {
			from, err := find(r.From)
			if err != nil {
				return fail(err)
			}
			to, err := find(r.To)
			if err != nil {
				return fail(err)
			}
			x := removedEdge{i, from, to, r.Kind, r.Part}
			if !e.has(x) {
				return fail(fmt.Errorf("no such edge from %s to %s is stored: %w", e.in.refOf(from), e.in.refOf(to), drover.ErrNotFound))
			}
			e.edges = append(e.edges, x)
			continue
		}
		row, err := find(r.Ref)
		switch {
		case err != nil:
			return fail(err)
		case int(row) >= e.in.Len():
			return fail(fmt.Errorf("%s is no fact that a source stated: remove what it follows from: %w", e.in.refOf(row), drover.ErrInvalid))
		case r.Statement == nil:
			e.drop[row] = true
		default:
			statements[row] = append(statements[row], statement{i, *r.Statement})
		}
	}
	for _, row := range slices.Sorted(maps.Keys(statements)) {
		list := statements[row]
		slices.SortFunc(list, func(a, b statement) int { return cmp.Compare(b.at, a.at) }) // the last first, so that positions stay
		for k, s := range list {
			if k > 0 && list[k-1].at == s.at {
				continue
			}
			if err := e.cutStatement(row, s.at); err != nil {
				return fmt.Errorf("remove[%d]: %w", s.item, err)
			}
		}
	}
	return nil
}

func (e *edit) has(x removedEdge) bool {
	for h := range e.in.Out(int(x.from)) {
		if h.Row == int(x.to) && x.is(e.in.Snapshot, h) {
			return true
		}
	}
	return false
}

func (x removedEdge) is(s *graph.Snapshot, h graph.Hop) bool {
	return (x.kind == "" || x.kind == h.Kind) && (x.part == nil || *x.part == s.Edge(h.Edge).Part)
}

// snapshot builds the new one. Rows keep their ids and entities, facts are copied.
func (e *edit) snapshot() *graph.Snapshot {
	s := e.in.Snapshot
	b := graph.NewBuilder(s.Generation, s.AsOf)
	var gone map[int]bool
	if len(e.drop) > 0 {
		gone = map[int]bool{}
		for row := range e.drop {
			for _, m := range s.MemberRows(int(row)) {
				gone[m] = true
			}
		}
	}
	over := map[drover.Ref]drover.Node{} // nodes that are there and are added as something else
	for _, n := range e.nodes {
		over[n.Ref] = n
	}
	ids := e.newRows()
	at := 0
	add := func(upto int64) {
		for ; at < len(ids) && ids[at].ID < upto; at++ {
			b.Node(ids[at])
		}
	}
	for i := range s.Seen() {
		if gone[i] {
			continue
		}
		r := s.Row(i)
		add(r.ID)
		if n, ok := over[r.Node.Ref]; ok {
			r.Node = n
		}
		if a, ok := e.attrs[uint32(i)]; ok {
			r.Node.Attrs = a
		}
		b.Node(r)
	}
	add(1<<63 - 1)
	e.edgesOf(b, gone)
	e.extras(b, gone)
	out := b.Index()
	return b.Build(e.in.Now, func(i int) graph.Facts {
		if old, ok := s.Find(out.Ref(i)); ok && old < s.Seen() {
			return s.Facts(old)
		}
		return graph.Facts{Verdict: drover.VerdictUnknown, Lifecycle: drover.LifecycleUnknown, Tier: unknownTier}
	})
}

// newRows are the rows of added nodes, by id. One that is there already changes
// in place instead: see over.
func (e *edit) newRows() []graph.Row {
	var out []graph.Row
	for _, n := range e.nodes {
		id := e.id(n.Ref)
		if i, ok := e.in.Find(n.Ref); ok && i < e.in.Seen() || slices.ContainsFunc(out, func(r graph.Row) bool { return r.ID == id }) {
			continue
		}
		out = append(out, graph.Row{ID: id, Entity: id, Node: n, FirstSeen: e.in.Now, Observed: e.in.Now})
	}
	slices.SortFunc(out, func(a, b graph.Row) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// id is the store's number of a ref, or what it would be.
func (e *edit) id(ref drover.Ref) int64 {
	if i, ok := e.in.Find(ref); ok {
		return e.in.ID(i)
	}
	sum := sha256.Sum256([]byte(ref))
	return max(1, int64(binary.BigEndian.Uint64(sum[:8])>>1))
}

func (e *edit) edgesOf(b *graph.Builder, gone map[int]bool) {
	s := e.in.Snapshot
	names := map[int64]drover.Ref{}
	put := func(from, to drover.Ref, fromID, toID int64, x *drover.Edge) {
		names[fromID], names[toID] = from, to
		b.Edge(fromID, toID, x)
	}
	cut := map[uint32][]removedEdge{}
	for _, x := range e.edges {
		cut[x.from] = append(cut[x.from], x)
	}
	for n := range s.Edges() {
		from, to := s.Ends(n)
		if gone[from] || gone[to] || e.drop[uint32(from)] || e.drop[uint32(to)] {
			continue
		}
		x := s.Edge(n)
		if len(e.trusts) > 0 && e.fromTrust(from, to, &x) {
			continue
		}
		if slices.ContainsFunc(cut[uint32(from)], func(r removedEdge) bool { return int(r.to) == to && r.is(s, graph.Hop{Edge: n, Row: to, Kind: x.Kind}) }) {
			continue
		}
		if len(e.nodes) > 0 {
			e.again(n, from, to, &x, put)
		}
		if s.Unseen(from) || s.Unseen(to) {
			put(x.From, x.To, s.ID(from), s.ID(to), &x)
		} else {
			b.Edge(s.ID(from), s.ID(to), &x)
		}
	}
	added := e.added
	for _, row := range slices.Sorted(maps.Keys(e.trusts)) {
		added = append(added, e.trusts[row]...)
	}
	for i := range added {
		x := &added[i]
		put(x.From, x.To, e.id(x.From), e.id(x.To), x)
	}
	b.Name(names)
}

// again adds an edge that a pattern made once more from its pattern, for nodes that
// are added may be covered by it, too.
func (e *edit) again(n, from, to int, x *drover.Edge, put func(from, to drover.Ref, fromID, toID int64, x *drover.Edge)) {
	for how := range strings.SplitSeq(e.in.EdgeJoined(n), "; ") {
		pattern, ok := strings.CutPrefix(how, "pattern ")
		if !ok {
			continue
		}
		name, y := drover.UnseenRef(pattern), *x
		covers := func(row int) bool {
			return slices.ContainsFunc(e.in.Aliases(row), func(a string) bool { return link.Match(pattern, a) })
		}
		if covers(from) {
			y.From = name
		} else if covers(to) {
			y.To = name
		} else {
			continue
		}
		put(y.From, y.To, e.id(y.From), e.id(y.To), &y)
	}
}

// extras copies uses and labels.
func (e *edit) extras(b *graph.Builder, gone map[int]bool) {
	s := e.in.Snapshot
	for i := range s.Len() {
		if gone[i] {
			continue
		}
		if u, ok := s.Use(i); ok {
			b.Use(s.ID(i), u)
		}
		for _, l := range s.Labels(i) {
			b.Label(s.ID(i), l)
		}
	}
}

// gone reports an edge that was taken away and is there all the same, for it
// follows from what was left.
func (e *edit) gone(out *Input) error {
	for _, x := range e.edges {
		from, ok := out.Find(e.in.refOf(x.from))
		to, ok2 := out.Find(e.in.refOf(x.to))
		if !ok || !ok2 {
			continue
		}
		for h := range out.Out(from) {
			if h.Row == to && x.is(out.Snapshot, h) {
				return fmt.Errorf("remove[%d]: the edge from %s to %s follows from other facts (%s): remove those: %w", x.item, e.in.refOf(x.from), e.in.refOf(x.to), out.EdgeJoined(h.Edge), drover.ErrInvalid)
			}
		}
	}
	return nil
}
