package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
)

// Effects is the graph of what follows from a snapshot: who becomes whom, who
// reaches what. It is immutable.
type Effects struct {
	*effective.Graph
	s      *Snapshot
	scores *scores
}

// evaluated are the languages of the documents that permissions are read from.
var evaluated = []string{"aws-iam", "k8s-rbac"}

// Effects makes the graph of effects of a moment; the zero time is now.
func (e *Engine) Effects(ctx context.Context, asOf time.Time) (*Effects, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return nil, err
	}
	return e.effects(ctx, s, nil)
}

// effects returns the graph of a snapshot, or makes that of one with a change that
// was only thought of.
func (e *Engine) effects(ctx context.Context, s *Snapshot, change *effective.Change) (*Effects, error) {
	if change == nil {
		x, err := s.held.effectsOf(ctx)
		if err != nil {
			return nil, err
		}
		return &Effects{Graph: x.Graph, s: s, scores: x.scores}, nil
	}
	done, err := e.trial(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	documents, err := e.bodies(ctx, s.Generation)
	if err != nil {
		return nil, err
	}
	in, err := effective.Apply(&effective.Input{Snapshot: s.Snapshot, Document: documents, Now: s.now}, change)
	if err != nil {
		return nil, err
	}
	g, err := effective.Build(ctx, in, e.o.Systems)
	if err != nil {
		return nil, err
	}
	return &Effects{Graph: g, s: e.newSnapshot(in.Snapshot, s.now, s.judge.Over(in.Snapshot)), scores: &scores{}}, nil
}

// makeEffects makes the graph of a snapshot as it is, from its file or by asking
// every system.
func (e *Engine) makeEffects(ctx context.Context, s *Snapshot) (*Effects, error) {
	documents, err := e.bodies(ctx, s.Generation)
	if err != nil {
		return nil, err
	}
	in := &effective.Input{Snapshot: s.Snapshot, Document: documents, Now: s.now}
	if g := e.savedEffects(ctx, s.key, in); g != nil {
		return &Effects{Graph: g, s: s, scores: &scores{}}, nil
	}
	g, err := effective.Build(ctx, in, e.o.Systems)
	if err != nil {
		return nil, err
	}
	e.saveEffects(ctx, s.key, g)
	return &Effects{Graph: g, s: s, scores: &scores{}}, nil
}

// effectsPath is the file of the graph of effects that belongs to a kept
// snapshot; it goes when that goes.
func (e *Engine) effectsPath(key string) string {
	return strings.TrimSuffix(e.savedPath(key), savedExt) + effectsExt
}

// savedEffects opens the graph that an earlier command made of a kept snapshot;
// nil: there is none that serves.
func (e *Engine) savedEffects(ctx context.Context, key string, in *effective.Input) *effective.Graph {
	if key == "" {
		return nil
	}
	load := effective.Load
	if e.memory != nil {
		load = effective.Read
	}
	g, err := load(e.effectsPath(key), key, in, e.o.Systems)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, effective.ErrStale) {
			e.o.Log.WarnContext(ctx, "a kept graph of effects is made anew", "err", err)
		}
		return nil
	}
	return g
}

// saveEffects keeps a graph beside its snapshot. That it cannot is no error.
func (e *Engine) saveEffects(ctx context.Context, key string, g *effective.Graph) {
	if key == "" || g.Len() < savedFrom {
		return
	}
	if err := g.Save(e.effectsPath(key), key); err != nil {
		e.o.Log.WarnContext(ctx, "the graph of effects was not kept", "err", err)
	}
}

// bodies reads the documents of a generation: those that are evaluated at once,
// others when they are asked for.
func (e *Engine) bodies(ctx context.Context, gen int64) (func(hash string) (drover.Document, bool), error) {
	all := map[string]drover.Document{}
	for _, language := range evaluated {
		for d, err := range e.store.Bodies(ctx, gen, e.scope, language) {
			if err != nil {
				return nil, err
			}
			all[d.Hash] = d
		}
	}
	return func(hash string) (drover.Document, bool) {
		if d, ok := all[hash]; ok {
			return d, true
		}
		d, err := e.store.Document(ctx, e.scope, hash)
		return d, err == nil
	}, nil
}

// A NodeView is a node as it is named in answers about others.
type NodeView struct {
	ID    string      `json:"id"` // "": it follows from others, no source asserts it
	Ref   drover.Ref  `json:"ref"`
	Name  string      `json:"name"`
	Kind  drover.Kind `json:"kind"`
	Type  string      `json:"type"`
	Env   *string     `json:"env"`
	Tier0 bool        `json:"tier0"`
}

func (x *Effects) node(row uint32) NodeView {
	n := x.Node(row)
	v := NodeView{Ref: n.Ref, Name: n.Name, Kind: n.Kind, Type: n.Type, Tier0: x.Tier0(row)}
	if i := int(row); i < x.s.Len() {
		v.ID = graph.ShortID(n.Kind, x.s.Entity(i))
		if i < x.s.Seen() {
			v.Env = word(x.s.Facts(i).Env)
		}
	}
	return v
}

// Lookup finds what a text names; an error says what is near.
func (x *Effects) Lookup(text string) (uint32, error) {
	i, err := x.s.Lookup(text)
	if errors.Is(err, drover.ErrNotFound) {
		for j, n := range x.Input().Extra() {
			if string(n.Ref) == text || n.Name == text {
				return uint32(x.s.Len() + j), nil
			}
		}
	}
	return uint32(max(i, 0)), err
}

// Select finds the rows that a filter, or the name of one thing, means. What a
// text names exactly counts before what it filters.
func (x *Effects) Select(text string) ([]uint32, error) {
	if i, err := x.Lookup(text); err == nil {
		return []uint32{i}, nil
	} else if !errors.Is(err, drover.ErrNotFound) {
		return nil, err
	}
	if asksTierZero(text) {
		return x.tierZeroRows()
	}
	rows, err := x.s.Match(text)
	if err != nil {
		if _, missing := x.Lookup(text); strings.Contains(text, "/") || strings.HasPrefix(text, "arn:") {
			return nil, missing // it was meant as a name
		}
		return nil, err
	}
	rows = x.s.heads(rows)
	slices.Sort(rows)
	return rows, nil
}

// tierZeroRows are the rows that are meant by tier0, ascending: those of the snapshot,
// and those of the graph that follow from it. The ways to them are asked for again and
// again, so they are looked for once.
func (x *Effects) tierZeroRows() ([]uint32, error) {
	rows, err := x.s.held.tier0.get(context.Background(), false, func(context.Context) ([]uint32, error) {
		rows, err := x.s.Match(tierZero("tier0"))
		if err != nil {
			return nil, err
		}
		rows = x.s.heads(rows)
		for i := range x.Len() {
			if r := uint32(i); x.Tier0(r) && (i >= x.s.Len() || !x.s.IsMember(i)) {
				rows = append(rows, r)
			}
		}
		slices.Sort(rows)
		return slices.Compact(rows), nil
	})
	return slices.Clone(rows), err
}

// isName reports whether a text that matched nothing was meant as the name of one
// thing, not as a filter that keeps nothing today.
func isName(text string) bool {
	return !asksTierZero(text) && !strings.ContainsAny(text, "=:<>~()! ")
}

// nameless says that nothing is called so, where an empty answer would read as
// good news.
func (x *Effects) nameless(flag, text string) error {
	_, err := x.Lookup(text)
	return fmt.Errorf("%s: %w", flag, err)
}

func word(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
