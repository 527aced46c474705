package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/reach"
)

// ReachOptions narrow a question over the graph of effects.
type ReachOptions struct {
	MaxHops int          // 0: any
	Level   access.Level // "": any
	Limit   int          // 0: all
	Cut     bool         // look for the cheapest cut, however large the estate
	With    string       // a file of a change that is made to a copy first; "": none

	noCut bool // look for none, however small the estate
}

// Valid returns nil, or an error wrapping drover.ErrInvalid.
func (o ReachOptions) Valid() error {
	if o.MaxHops < 0 || o.Limit < 0 {
		return fmt.Errorf("--max-hops %d, --limit %d: write 0 (no limit) or more: %w", o.MaxHops, o.Limit, drover.ErrInvalid)
	}
	return nil
}

func (o ReachOptions) effective() effective.Options {
	x := effective.Options{MaxHops: o.MaxHops, Level: o.Level, Limit: o.Limit}
	if o.Limit == 0 {
		x.Limit = -1
	}
	return x
}

// asked makes the graph that a question is asked of.
func (e *Engine) asked(ctx context.Context, asOf time.Time, o ReachOptions) (*Effects, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return nil, err
	}
	if s.Generation == 0 && !asOf.IsZero() {
		return nil, fmt.Errorf("nothing had been scanned by %s, so nothing is known of who reached what then: %w", asOf.UTC().Format(time.RFC3339), drover.ErrNotFound)
	}
	if s.Generation == 0 {
		return nil, fmt.Errorf("nothing was scanned, so nothing is known of who reaches what; next: drover scan: %w", drover.ErrNotFound)
	}
	if o.With == "" {
		return e.effects(ctx, s, nil)
	}
	change, err := readChange(o.With)
	if err != nil {
		return nil, err
	}
	return e.effects(ctx, s, change)
}

// changeLimit bounds the file of a change.
const changeLimit = 64 << 20

func readChange(path string) (*effective.Change, error) {
	body, err := readFile(path, changeLimit)
	if err != nil {
		return nil, err
	}
	c, err := effective.ParseChange(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// cutFrom is the size of an estate from which blast-radius looks for no cut by
// itself.
const cutFrom = 20_000

// Blast answers `blast-radius`.
func (e *Engine) Blast(ctx context.Context, id string, asOf time.Time, o ReachOptions) (*BlastView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	return e.blastOf(ctx, x, id, o)
}

func (e *Engine) blastOf(ctx context.Context, x *Effects, id string, o ReachOptions) (*BlastView, error) {
	row, err := x.Lookup(id)
	if err != nil {
		return nil, err
	}
	b, err := x.Blast(ctx, row, o.effective())
	if err != nil {
		return nil, err
	}
	v := &BlastView{Schema: "drover/v1/blast", Subject: x.node(row), Reach: x.reachOf(b), Holds: []HoldView{}, HoldsTotal: len(b.Holds), Next: x.nodes(foremost(b.Next)), NextTotal: len(b.Next), Tier0: x.nodes(foremost(b.Tier0)), Paths: x.paths(b.Paths), Age: x.age(b.Gaps)}
	for _, h := range foremost(b.Holds) {
		v.Holds = append(v.Holds, HoldView{x.node(h.Row), h.As})
	}
	if len(b.Tier0) > 0 && (o.Cut || x.Len() < cutFrom) && o.With == "" && !o.noCut {
		if v.Cut, err = e.bestCut(ctx, x, row, b.Tier0, o); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// maxBlastList bounds the lists of a blast radius. In a large estate a hundred thousand
// can lie one step from the one that may act as all: that is a number, and GET /reached
// and `drover list` have the things themselves.
const maxBlastList = 500

func foremost[T any](list []T) []T { return list[:min(len(list), maxBlastList)] }

func (x *Effects) reachOf(b *effective.Blast) Reach {
	r := Reach{Resources: b.Resources.Total, ByLevel: map[string]int{}, ByDataClass: map[string]int{}, ByEnv: map[string]int{}, Tier0: len(b.Tier0), Identities: len(b.Taken), Hops: b.Hops}
	for l, n := range b.Resources.ByLevel {
		r.ByLevel[string(l)] = n
	}
	for _, m := range []struct{ from, to map[string]int }{{b.Resources.ByDataClass, r.ByDataClass}, {b.Resources.ByEnv, r.ByEnv}} {
		for k, n := range m.from {
			if k == "" {
				k = "unknown"
			}
			m.to[k] += n
		}
	}
	return r
}

// age says of what an answer speaks.
func (x *Effects) age(gaps []effective.Gap) Age {
	a := Age{Generation: x.s.Generation, Catalogues: list(x.Catalogues()), NotAnalysed: []GapView{}}
	if x.s.Bounded() {
		a.NotAnalysed = append(a.NotAnalysed, GapView{What: "the rest of the estate", Why: graph.BeyondBounds})
	}
	for _, g := range gaps {
		a.NotAnalysed = append(a.NotAnalysed, GapView(g))
	}
	return a
}

func (x *Effects) nodes(rows []uint32) []NodeView {
	out := make([]NodeView, 0, len(rows))
	for _, r := range rows {
		out = append(out, x.node(r))
	}
	return out
}

func (x *Effects) paths(list []effective.Path) []PathView {
	out := make([]PathView, 0, len(list))
	for _, p := range list {
		out = append(out, x.path(p))
	}
	return out
}

func (x *Effects) path(p effective.Path) PathView {
	return PathView{Nodes: x.nodes(p.Nodes), Edges: x.steps(p.Edges), Hops: len(p.Edges), Grade: p.Grade}
}

func (x *Effects) steps(edges []uint32) []EffectView {
	out := make([]EffectView, 0, len(edges))
	for _, e := range edges {
		v := x.step(x.Edge(e))
		for _, other := range x.others(e) {
			o := x.step(x.Edge(other))
			v.Also = append(v.Also, OtherView{o.Kind, o.Grade, o.Technique, o.Title})
		}
		out = append(out, v)
	}
	return out
}

// others are the edges of other techniques that make the step of an edge too.
func (x *Effects) others(e uint32) []uint32 {
	r := x.Reach()
	this := r.Edge(e)
	seen := map[string]bool{this.Info.Technique: true}
	var out []uint32
	for other := range r.Between(this.From, this.To) {
		if y := r.Edge(other); y.Move == this.Move && y.Info.Technique != "" && !seen[y.Info.Technique] {
			seen[y.Info.Technique] = true
			out = append(out, other)
		}
	}
	return out
}

// maxVariants bounds the paths that go over the same nodes.
const maxVariants = 16

// variants are the paths with those that make one of their steps by another
// technique, each after the one that it varies.
func (x *Effects) variants(list []effective.Path) []PathView {
	var out []PathView
	for _, p := range list {
		out = append(out, x.path(p))
		n := 0
		for i, e := range p.Edges {
			for _, other := range x.others(e) {
				if n++; n > maxVariants {
					break
				}
				q := effective.Path{Nodes: p.Nodes, Edges: slices.Clone(p.Edges), Grade: drover.GradeProven}
				q.Edges[i] = other
				for _, e := range q.Edges {
					q.Grade = weakest(q.Grade, x.Edge(e).Grade)
				}
				v := x.path(q)
				v.Variant = true
				out = append(out, v)
			}
		}
	}
	return out
}

func (x *Effects) step(e effective.Edge) EffectView {
	v := EffectView{From: x.Ref(e.From), To: x.Ref(e.To), FromName: x.Name(e.From), ToName: x.Name(e.To), Kind: e.Kind, Grade: e.Grade, Technique: e.Technique, Level: e.Level, Condition: raw(e.Cond), Proof: e.Proof, Also: []OtherView{}}
	if v.Proof == nil {
		v.Proof = []access.Proof{}
	}
	if t, ok := x.Technique(e.Technique); ok {
		v.Title, v.Cite = t.Title, t.Cite
	}
	return v
}

// Paths answers `path`.
func (e *Engine) Paths(ctx context.Context, from, to string, asOf time.Time, o ReachOptions) (*PathsView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	return e.pathsOf(ctx, x, from, to, o)
}

func (e *Engine) pathsOf(ctx context.Context, x *Effects, from, to string, o ReachOptions) (*PathsView, error) {
	a, err := x.Select(from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	if len(a) == 0 && isName(from) {
		return nil, x.nameless("--from", from)
	}
	v := &PathsView{Schema: "drover/v1/paths", From: from, To: to, Age: x.age(x.Gaps())}
	b, err := x.Select(to)
	if err == nil && len(b) == 0 && isName(to) && len(x.questions(to, b)) == 0 {
		return nil, x.nameless("--to", to)
	}
	if err == nil && len(b) > 0 {
		list, more := x.Graph.Paths(ctx, a, b, o.effective())
		if !more {
			list, more = x.otherSources(ctx, list, a, b, o)
		}
		v.Paths, v.More = x.variants(list), more
	}
	// What is no tier 0 and bears no tag is no end of an edge: those who may reach it
	// are asked for, and the ways to them.
	if len(v.Paths) == 0 && (err != nil || len(b) <= maxAsked) {
		if qs := x.questions(to, b); len(qs) > 0 {
			err = nil
			for _, q := range qs {
				more, werr := x.pathsTo(ctx, a, q, o)
				if werr != nil {
					return nil, werr
				}
				v.Paths = append(v.Paths, more...)
			}
			slices.SortStableFunc(v.Paths, byMerit)
			v.Paths, v.More = firstPaths(v.Paths, o.Limit)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	if v.Paths == nil {
		v.Paths = []PathView{}
	}
	return v, ctx.Err()
}

// firstPaths are the first few paths with their variants; 0: all.
func firstPaths(list []PathView, limit int) (few []PathView, more bool) {
	n := 0
	for i, p := range list {
		if !p.Variant {
			n++
		}
		if limit > 0 && n > limit {
			return list[:i], true
		}
	}
	return list, false
}

// otherSources adds the best path of each source that has none in a list, because
// its ways lead over another source.
func (x *Effects) otherSources(ctx context.Context, list []effective.Path, from, to []uint32, o ReachOptions) ([]effective.Path, bool) {
	if len(from) < 2 {
		return list, false // there is no other
	}
	begins := map[uint32]bool{}
	for _, p := range list {
		begins[p.Nodes[0]] = true
	}
	back := x.Reach().Reverse(to, reach.Options{MaxHops: o.MaxHops, Level: o.Level})
	for _, f := range from {
		if begins[f] || !back.Has(f) || back.Hops(f) == 0 {
			continue
		}
		if o.Limit > 0 && len(list) >= o.Limit || ctx.Err() != nil {
			return list, true
		}
		one := o.effective()
		one.Limit = 1
		more, _ := x.Graph.Paths(ctx, []uint32{f}, to, one)
		list = append(list, more...)
	}
	return list, false
}

// maxAsked bounds the resources that are asked for one by one.
const maxAsked = 200

// byMerit keeps a variant behind what it varies, since the sort is stable and its
// grade is no better.
func byMerit(a, b PathView) int {
	if d := slices.Index(drover.Grades, a.Grade) - slices.Index(drover.Grades, b.Grade); d != 0 {
		return d
	}
	return a.Hops - b.Hops
}

// pathsTo are the ways from any of a set of rows to somebody who may do what a
// question asks, with that as their last step.
func (x *Effects) pathsTo(ctx context.Context, from []uint32, q effective.Question, o ReachOptions) ([]PathView, error) {
	holders, err := x.Graph.WhoCan(ctx, q, effective.Options{Limit: -1, Level: o.Level})
	if err != nil {
		return nil, err
	}
	target := x.target(q)
	var out []PathView
	direct := map[uint32]effective.Holder{}
	var rows []uint32
	for _, h := range holders {
		if len(h.Path.Edges) == 0 {
			direct[h.Row] = h
			rows = append(rows, h.Row)
		}
	}
	add := func(p PathView, h effective.Holder) {
		sure := gradeOf(h.Decision)
		last := EffectView{From: x.Ref(h.Row), To: target.Ref, FromName: x.Name(h.Row), ToName: target.Name, Kind: drover.EdgeCanAccess, Grade: sure, Condition: raw(h.Decision.Condition), Proof: proofList(h.Decision.Proof), Also: []OtherView{}}
		p.Nodes, p.Edges, p.Grade = append(p.Nodes, target), append(p.Edges, last), weakest(p.Grade, sure)
		p.Hops = len(p.Edges)
		out = append(out, p)
	}
	for _, f := range from {
		if h, ok := direct[f]; ok {
			add(PathView{Nodes: []NodeView{x.node(f)}, Grade: drover.GradeProven}, h)
		}
	}
	opt := o.effective()
	if opt.MaxHops > 0 {
		opt.MaxHops--
		if opt.MaxHops == 0 {
			return out, nil
		}
	}
	paths, _ := x.Graph.Paths(ctx, from, rows, opt)
	for _, p := range paths {
		if h, ok := direct[p.Nodes[len(p.Nodes)-1]]; ok && len(p.Edges) > 0 {
			for _, v := range x.variants([]effective.Path{p}) {
				add(v, h)
			}
		}
	}
	return out, nil
}

// gradeOf is how sure a decision in somebody's favour is.
func gradeOf(d access.Decision) drover.Grade {
	if d.Verdict == access.Allow {
		return drover.GradeProven
	}
	return drover.GradeInferred
}

func proofList(p []access.Proof) []access.Proof {
	if p == nil {
		return []access.Proof{}
	}
	return p
}

func weakest(a, b drover.Grade) drover.Grade {
	if slices.Index(drover.Grades, b) > slices.Index(drover.Grades, a) {
		return b
	}
	return a
}

// target is a resource of a question as a node, scanned or not.
func (x *Effects) target(q effective.Question) NodeView {
	if q.Row >= 0 {
		return x.node(uint32(q.Row))
	}
	return NodeView{Ref: drover.UnseenRef(q.System + ":" + q.Resource), Name: q.Resource, Kind: drover.KindResource, Type: q.System + ".resource"}
}

// Reached answers `resources --to`.
func (e *Engine) Reached(ctx context.Context, id string, asOf time.Time, o ReachOptions) (*ReachedView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	row, err := x.Lookup(id)
	if err != nil {
		return nil, err
	}
	found, err := x.Resources(ctx, row, o.effective())
	if err != nil {
		return nil, err
	}
	v := &ReachedView{Items: []ReachedItem{}, Age: x.age(x.Gaps())}
	for t := range found {
		item := ReachedItem{NodeView: x.node(t.Row), Level: t.Level, Grade: t.Grade, Hops: t.Hops}
		if t.Via != row {
			via := x.node(t.Via)
			item.Via = &via
		}
		v.Items = append(v.Items, item)
	}
	slices.SortStableFunc(v.Items, func(a, b ReachedItem) int {
		if a.Tier0 != b.Tier0 {
			if a.Tier0 {
				return -1
			}
			return 1
		}
		return b.Level.Rank() - a.Level.Rank()
	})
	return v, nil
}

// A ReachedView is `resources --to`.
type ReachedView struct {
	Items []ReachedItem
	Age
}
