package rows

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

func lower(s string) string { return strings.ToLower(s) }

// An emitter turns the rows of a section into records.
type emitter struct {
	t     *Table
	out   Sink
	in    Input
	place string // of the row at hand
	rows  int

	seed maphash.Seed
	seen map[drover.Ref]uint64 // hash of the node that was emitted
}

func newEmitter(t *Table, out Sink) *emitter {
	return &emitter{t: t, out: out, seed: maphash.MakeSeed(), seen: map[drover.Ref]uint64{}}
}

// row emits everything that one row is.
func (e *emitter) row(get func(string) []string) {
	e.rows++
	for i := range e.t.Mapping.rules {
		r := &e.t.Mapping.rules[i]
		if !holds(r.when, get) {
			continue
		}
		n, ok := e.node(r, get)
		if !ok {
			continue
		}
		e.emitNode(n)
		for _, g := range r.edges {
			if holds(g.when, get) {
				e.edges(&g, n, get)
			}
		}
		e.evidence(r, n.Ref, get)
		e.secrets(r, n.Ref, get)
	}
}

func (e *emitter) emit(r drover.Record) {
	if e.t.Mapping.Declared {
		declare(e.out, r, e.source(), e.in.AsOf)
		return
	}
	e.out.Record(r)
}

func (e *emitter) source() string {
	if s := e.t.Mapping.Source; s != "" {
		return s
	}
	return e.t.Mapping.Name
}

// node builds the node of a rule; ok is false for a row that has nothing to name
// it by, which is said.
func (e *emitter) node(r *rule, get func(string) []string) (n drover.Node, ok bool) {
	m := e.t.Mapping
	n.Kind = drover.Kind(strings.TrimSpace(r.kind.one(get, true)))
	n.Type = strings.TrimSpace(r.typ.one(get, true))
	n.Name = r.name.one(get, false)
	id := strings.TrimSpace(r.id.one(get, true))
	switch {
	case id == "" && n.Name == "" && r.optional():
		return n, false
	case id == "" && n.Name == "":
		e.out.Lost(e.place, fmt.Errorf("neither id nor name has a value: %w", drover.ErrInvalid))
		return n, false
	case n.Kind == "" || n.Type == "":
		e.out.Lost(e.place, fmt.Errorf("kind or type has no value: %w", drover.ErrInvalid))
		return n, false
	case id == "":
		id = drover.Named(n.Name)
	case n.Name == "":
		n.Name = id
	}
	typ := r.refType.one(get, true)
	if typ == "" {
		if _, rest, ok := strings.Cut(n.Type, "."); ok {
			typ = rest
		} else {
			typ = n.Type
		}
	}
	n.Ref = drover.NewRef(first(r.system.one(get, true), m.System), first(r.tenant.one(get, true), m.Tenant), typ, id)
	for _, a := range r.aliases {
		n.Aliases = append(n.Aliases, a.values(get, true)...)
	}
	if len(n.Name) > maxName {
		n.Name = strings.ToValidUTF8(n.Name[:maxName], "")
		e.out.Note(e.place, fmt.Sprintf("a name of more than %d bytes was cut", maxName))
	}
	n.Aliases = slices.DeleteFunc(n.Aliases, func(a string) bool { return len(a) > maxAlias })
	slices.Sort(n.Aliases)
	n.Aliases = slices.Compact(n.Aliases)
	n.Created, n.Rotated, n.Expires = e.time(r.created, get), e.time(r.rotated, get), e.time(r.expires, get)
	attrs := map[string]any{}
	for _, a := range r.attrs {
		if v := a.e.attr(get); v != nil {
			attrs[a.key] = v
		}
	}
	if n.Attrs, ok = smallAttrs(attrs); !ok {
		e.out.Lost(e.place, fmt.Errorf("the attributes are over the limit of %d bytes: %w", maxAttrText, drover.ErrInvalid))
	}
	return n, ok
}

// The sizes past which text of a row is not kept. JSON spells a byte with six at
// most, so attributes of maxAttrText stay below drover.MaxAttrs.
const (
	maxName     = 64 << 10
	maxAlias    = 4 << 10
	maxAttrText = drover.MaxAttrs / 8
)

func smallAttrs(attrs map[string]any) (drover.Attrs, bool) {
	size := 0
	for k, v := range attrs {
		size += len(k) + 8
		switch v := v.(type) {
		case string:
			size += len(v)
		case []string:
			for _, s := range v {
				size += len(s) + 1
			}
		}
	}
	if size > maxAttrText {
		return nil, false
	}
	return drover.NewAttrs(attrs), true
}

// optional reports whether a rule is one thing besides another, such as the
// department of a person: a row without it is not a mistake.
func (r *rule) optional() bool { return len(r.when) > 0 }

func first(a, b string) string {
	if a = strings.TrimSpace(a); a != "" {
		return a
	}
	return b
}

// time reads the time of an expression; what is no time is said, and unknown.
func (e *emitter) time(x *expr, get func(string) []string) time.Time {
	s := x.one(get, true)
	if s == "" {
		return time.Time{}
	}
	t, ok := parseTime(s, e.t.Mapping.Times)
	if !ok {
		e.out.Note(e.place, fmt.Sprintf("column %s is no time that the mapping's layouts read; it stays unknown", strings.Join(x.columns(), ", ")))
	}
	return t
}

// emitNode emits a node once. A second row that says something else about the
// same node is said; the first stays, for absence is told by ref alone.
func (e *emitter) emitNode(n drover.Node) {
	h := maphash.String(e.seed, fmt.Sprint(n.Kind, "\x00", n.Type, "\x00", n.Name, "\x00", n.Aliases, n.Created, n.Rotated, n.Expires, string(n.Attrs)))
	if old, ok := e.seen[n.Ref]; ok {
		if old != h {
			e.out.Note(e.place, "a second row with the id of an earlier one says something else; the first one stays: "+cut(string(n.Ref), 200))
		}
		return
	}
	if len(e.seen) < maxSeen {
		e.seen[n.Ref] = h
	}
	e.emit(drover.Record{Node: &n})
}

func (e *emitter) edges(g *edgeRule, n drover.Node, get func(string) []string) {
	from, to := []drover.Ref{n.Ref}, []drover.Ref{n.Ref}
	if g.from != nil {
		from = e.refs(g.from, get)
	}
	if g.to != nil {
		to = e.refs(g.to, get)
	}
	part := g.part.one(get, true)
	emitted := 0
	for _, f := range from {
		for _, t := range to {
			if f == t {
				continue // a head of an organisation reports to nobody, often written as to itself
			}
			if emitted++; emitted > maxItems {
				e.out.Lost(e.place, fmt.Errorf("more than %d edges of kind %s: %w", maxItems, g.kind, drover.ErrInvalid))
				return
			}
			e.emit(drover.Record{Edge: &drover.Edge{From: f, To: t, Kind: g.kind, Part: part, Grade: g.grade, Proof: e.place}})
		}
	}
}

func (e *emitter) refs(r *endRule, get func(string) []string) []drover.Ref {
	var out []drover.Ref
	for _, a := range r.alias.values(get, true) {
		out = append(out, drover.UnseenRef(a))
	}
	m := e.t.Mapping
	system, tenant := first(r.system.one(get, true), m.System), first(r.tenant.one(get, true), m.Tenant)
	typ := r.typ.one(get, true)
	for _, id := range r.id.values(get, true) {
		out = append(out, drover.NewRef(system, tenant, typ, strings.TrimSpace(id)))
	}
	for _, name := range r.name.values(get, true) {
		out = append(out, drover.NewRef(system, tenant, typ, drover.Named(strings.TrimSpace(name))))
	}
	return out
}

func (e *emitter) evidence(r *rule, subject drover.Ref, get func(string) []string) {
	for _, v := range r.evidence {
		at, value := e.time(v.at, get), v.value.one(get, false)
		if at.IsZero() && (v.at != nil || value == "") {
			continue
		}
		e.emit(drover.Record{Evidence: &drover.Evidence{Subject: subject, Claim: v.claim, Source: e.source(), At: at, Value: cut(value, 200), Grade: v.grade}})
	}
}

// secrets emits a credential for each secret column: its fingerprint, never its value.
func (e *emitter) secrets(r *rule, subject drover.Ref, get func(string) []string) {
	for _, s := range r.secrets {
		for _, v := range get(s.Column) {
			if v == "" || e.t.Fingerprints == nil {
				continue
			}
			fp := e.t.Fingerprints.Of([]byte(v))
			n := drover.Node{Ref: drover.SecretRef(s.Class, fp), Kind: drover.KindCredential, Type: "secret." + s.Class, Name: s.Class, Aliases: []string{"secret:" + string(fp)}}
			e.emitNode(n)
			e.emit(drover.Record{Edge: &drover.Edge{From: n.Ref, To: subject, Kind: drover.EdgeAuthenticates, Proof: e.place}})
		}
	}
}
