package custom

import (
	"slices"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// A row is a subject of the estate.
type row struct {
	q *asker
	i int

	facts *graph.Facts
	attrs *attributes
}

func (r *row) same(o subject) bool {
	x, ok := o.(*row)
	return ok && x.i == r.i
}

func (r *row) reaches(target, level string) ref.Val { return r.q.reaches(r.i, target, level) }
func (r *row) can(action, resource string) ref.Val  { return r.q.can(r.i, action, resource) }
func (r *row) estate() *check.Estate                { return r.q.estate }
func (r *row) number(name string, n int, ok bool) ref.Val {
	if !ok {
		return unknown(name)
	}
	return types.Int(n)
}

// f returns the facts of the row; of one that no source asserts nothing is known.
func (r *row) f() *graph.Facts {
	if r.facts == nil {
		r.facts = &graph.Facts{Tier: filter.Unknown}
		if e := r.estate(); r.i < e.Graph.Seen() {
			*r.facts = e.Graph.Facts(r.i)
		}
	}
	return r.facts
}

func (r *row) get(f *Field) ref.Val {
	switch f.Type {
	case "text":
		return r.text(f.Name)
	case "texts":
		return r.texts(f.Name)
	case "number":
		return r.count(f.Name)
	case "time", "duration":
		return r.time(f.Name)
	case "flag":
		return r.flag(f.Name)
	case "nodes":
		return r.nodes(f.Name)
	}
	if r.attrs == nil {
		r.attrs = &attributes{"attrs", r.estate().Graph.Attrs(r.i).Map()}
	}
	return r.attrs
}

func (r *row) text(name string) ref.Val {
	g, x := r.estate().Graph, r.f()
	switch name {
	case "ref":
		return types.String(g.Ref(r.i))
	case "name":
		return textOf(name, g.Name(r.i))
	case "kind":
		return types.String(g.Kind(r.i))
	case "type":
		return textOf(name, g.Type(r.i))
	case "system":
		return types.String(g.Ref(r.i).System())
	case "owner":
		return types.String(x.Owner)
	case "env":
		return word(name, r.estate().Env(r.i))
	case "exposure":
		return word(name, g.Attrs(r.i).Str("exposure"))
	}
	return word(name, said(x, name))
}

// said is a field of the facts.
func said(x *graph.Facts, name string) string {
	switch name {
	case "nhi_type":
		return string(x.NHIType)
	case "verdict":
		return string(x.Verdict)
	case "lifecycle":
		return string(x.Lifecycle)
	case "status":
		return x.Status
	case "env":
		return x.Env
	case "purpose":
		return x.Purpose
	case "function":
		return x.Function
	case "location":
		return x.Location
	case "instance":
		return x.Instance
	case "data_class":
		return x.DataClass
	case "criticality":
		return x.Criticality
	}
	return x.BusinessUnit
}

// word is a text where "unknown" means what it says.
func word(name, v string) ref.Val {
	if v == "unknown" {
		v = ""
	}
	return textOf(name, v)
}

func (r *row) texts(name string) ref.Val {
	g, x := r.estate().Graph, r.f()
	switch name {
	case "alias":
		return textsOf(g.Aliases(r.i))
	case "source":
		return textsOf(g.Row(r.i).Sources)
	case "regulation":
		return textsOf(x.Regulation)
	}
	return textsOf(x.Tags)
}

func (r *row) count(name string) ref.Val {
	e := r.estate()
	switch name {
	case "tier":
		return r.number(name, int(r.f().Tier), r.f().Tier != filter.Unknown)
	case "risk":
		n := -1
		if r.q.risk != nil {
			n = r.q.risk(r.i)
		}
		return r.number(name, n, n >= 0)
	case "dependents":
		if e.Effects == nil {
			return unknown(name)
		}
		return types.Int(len(e.Effects.Dependents(uint32(r.i))))
	}
	s, ok := e.Standing(r.i)
	if name == "reach" {
		return r.number(name, s.Reach, ok)
	}
	return r.number(name, s.Tier0, ok)
}

func (r *row) time(name string) ref.Val {
	e, n := r.estate(), r.estate().Graph.Node(r.i)
	since := func(t ref.Val) ref.Val {
		at, ok := t.(types.Timestamp)
		if !ok {
			return unknown(name)
		}
		return types.Duration{Duration: e.Now.Sub(at.Time)}
	}
	switch name {
	case "created":
		return timeOf(name, n.Created)
	case "age":
		return since(timeOf(name, n.Created))
	case "rotated":
		return timeOf(name, n.Rotated)
	case "secret_age":
		if n.Rotated.IsZero() {
			return since(timeOf(name, n.Created))
		}
		return since(timeOf(name, n.Rotated))
	case "expires":
		return timeOf(name, n.Expires)
	case "expires_in":
		if n.Expires.IsZero() {
			return unknown(name)
		}
		return types.Duration{Duration: n.Expires.Sub(e.Now)}
	case "first_seen":
		return timeOf(name, e.Graph.Row(r.i).FirstSeen)
	case "last_used":
		return timeOf(name, r.f().LastUsed)
	}
	if at := r.f().LastUsed; !at.IsZero() {
		return types.Duration{Duration: e.Now.Sub(at)}
	}
	if u, ok := e.Graph.Use(r.i); ok && u.NeverSource != "" {
		return types.Duration{Duration: u.NeverWindow}
	}
	return unknown(name)
}

func (r *row) flag(name string) ref.Val {
	e := r.estate()
	switch name {
	case "monitored":
		return types.Bool(r.f().Monitored)
	case "off":
		return types.Bool(e.Off(r.i))
	case "break_glass":
		_, ok := e.BreakGlass(r.i)
		return types.Bool(ok)
	case "left":
		switch e.Left(r.i) {
		case classify.Yes:
			return types.True
		case classify.No:
			return types.False
		}
		return unknown(name)
	}
	if !r.f().LastUsed.IsZero() {
		return types.True
	}
	if u, ok := e.Graph.Use(r.i); ok && u.NeverSource != "" {
		return types.False
	}
	return unknown(name)
}

// maxNodes bounds the nodes of one list: a place may hold a million credentials.
// A longer one is unknown, for half of it would be no answer.
const maxNodes = 1000

func (r *row) nodes(name string) ref.Val {
	e := r.estate()
	var rows []int
	switch name {
	case "credentials":
		rows = e.Credentials(r.i)
	case "identities":
		rows = slices.Concat(e.Holders(r.i), e.Out(r.i, drover.EdgeRunsAs), identitiesOf(e, r.i))
	case "places":
		rows = e.Places(r.i)
		for _, c := range e.Credentials(r.i) {
			rows = append(rows, e.Places(c)...)
		}
	case "owners":
		rows = e.Owners(r.i)
	case "workloads":
		rows = e.Workloads(r.i)
	case "groups":
		rows = e.Out(r.i, drover.EdgeMemberOf)
	case "policies":
		rows = e.In(r.i, drover.EdgeAttached)
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	if len(rows) > maxNodes {
		return unknown(name)
	}
	list := make([]subject, 0, len(rows))
	for _, i := range rows {
		list = append(list, &row{q: r.q, i: e.Graph.Head(i)})
	}
	return nodesOf(list)
}

// identitiesOf are the identities that a policy is attached to.
func identitiesOf(e *check.Estate, i int) (rows []int) {
	if e.Graph.Kind(i) == drover.KindPolicy {
		rows = e.Out(i, drover.EdgeAttached)
	}
	return rows
}
