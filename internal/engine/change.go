package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

func changeView(c store.Change) ChangeView {
	v := ChangeView{Change: string(c.Kind)}
	switch {
	case c.Before != nil || c.After != nil:
		f := c.After
		if f == nil {
			f = c.Before
		}
		v.What, v.Ref, v.Kind, v.Type, v.Name = "node", f.Node.Ref, string(f.Node.Kind), f.Node.Type, f.Node.Name
		if c.Before != nil && c.After != nil {
			v.Fields = nodeFields(&c.Before.Node, &c.After.Node)
		}
	default:
		f := c.EdgeAfter
		if f == nil {
			f = c.EdgeBefore
		}
		x := f.Edge
		v.What, v.Ref, v.To, v.Kind, v.Part = "edge", x.From, x.To, string(x.Kind), x.Part
		if c.EdgeBefore != nil && c.EdgeAfter != nil {
			v.Fields = edgeFields(&c.EdgeBefore.Edge, &c.EdgeAfter.Edge)
		}
	}
	return v
}

// tagChanges are the tags that were set, changed and removed between two
// generations.
func (e *Engine) tagChanges(ctx context.Context, from, to int64) ([]ChangeView, error) {
	if from == to {
		return nil, nil
	}
	before, err := e.store.Tags(ctx, from, e.scope)
	if err != nil {
		return nil, err
	}
	after, err := e.store.Tags(ctx, to, e.scope)
	if err != nil {
		return nil, err
	}
	type name struct {
		ref drover.Ref
		key string
	}
	was := map[name]string{}
	for _, t := range before {
		was[name{t.Ref, t.Key}] = t.Value
	}
	var out []ChangeView
	add := func(change string, n name, a, b any) {
		out = append(out, ChangeView{Change: change, What: "tag", Ref: n.ref, Kind: n.key, Fields: map[string]Was{"value": {a, b}}})
	}
	for _, t := range after {
		n := name{t.Ref, t.Key}
		old, ok := was[n]
		delete(was, n)
		if !ok {
			add("added", n, nil, t.Value)
		} else if old != t.Value {
			add("changed", n, old, t.Value)
		}
	}
	for n, old := range was {
		add("removed", n, old, nil)
	}
	return out, nil
}

// joinChanges are the joins that began, ended or came to mean another thing: what
// people and the linker say is one thing is history too.
func (e *Engine) joinChanges(ctx context.Context, from, to int64) ([]ChangeView, error) {
	if from == to {
		return nil, nil
	}
	before, err := e.store.Entities(ctx, from, e.scope)
	if err != nil {
		return nil, err
	}
	after, err := e.store.Entities(ctx, to, e.scope)
	if err != nil {
		return nil, err
	}
	was := map[drover.Ref]store.EntityLink{}
	var ids []int64
	for _, l := range before {
		was[l.Ref] = l
		ids = append(ids, l.Entity)
	}
	for _, l := range after {
		ids = append(ids, l.Entity)
	}
	slices.Sort(ids)
	refs, err := e.store.Refs(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	var out []ChangeView
	add := func(change string, l store.EntityLink, a, b any) {
		out = append(out, ChangeView{Change: change, What: "join", Ref: l.Ref, To: refs[l.Entity], Fields: map[string]Was{"reason": {a, b}}})
	}
	for _, l := range after {
		old, ok := was[l.Ref]
		delete(was, l.Ref)
		if !ok {
			add("added", l, nil, l.Reason)
		} else if old.Entity != l.Entity || old.Reason != l.Reason {
			add("changed", l, old.Reason, l.Reason)
		}
	}
	for _, l := range was {
		add("removed", l, l.Reason, nil)
	}
	return out, nil
}

func nodeFields(a, b *drover.Node) map[string]Was {
	out := map[string]Was{}
	text := func(name, x, y string) {
		if x != y {
			out[name] = Was{x, y}
		}
	}
	moment := func(name string, x, y time.Time) {
		if !x.Equal(y) {
			out[name] = Was{when(x), when(y)}
		}
	}
	text("kind", string(a.Kind), string(b.Kind))
	text("type", a.Type, b.Type)
	text("name", a.Name, b.Name)
	if !slices.Equal(a.Aliases, b.Aliases) {
		out["aliases"] = Was{list(a.Aliases), list(b.Aliases)}
	}
	moment("created", a.Created, b.Created)
	moment("rotated", a.Rotated, b.Rotated)
	moment("expires", a.Expires, b.Expires)
	x, y := a.Attrs.Map(), b.Attrs.Map()
	for k, was := range x {
		if now, ok := y[k]; !ok {
			out["attrs."+k] = Was{was, nil}
		} else if !sameJSON(was, now) {
			out["attrs."+k] = Was{was, now}
		}
	}
	for k, now := range y {
		if _, ok := x[k]; !ok {
			out["attrs."+k] = Was{nil, now}
		}
	}
	return out
}

func edgeFields(a, b *drover.Edge) map[string]Was {
	out := map[string]Was{}
	if !bytes.Equal(a.Cond, b.Cond) {
		out["cond"] = Was{a.Cond, b.Cond}
	}
	for name, v := range map[string][2]string{"technique": {a.Technique, b.Technique}, "grade": {string(a.Grade), string(b.Grade)}, "proof": {a.Proof, b.Proof}} {
		if v[0] != v[1] {
			out[name] = Was{v[0], v[1]}
		}
	}
	return out
}

func sameJSON(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
