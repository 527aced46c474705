package effective

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph/reach"
)

const unknownTier = filter.Unknown

// maxTouches bounds how many touches of tier-0 and tagged rows a graph holds
// beside its moves. Past it they stay in the profiles: answers count them, paths
// do not end at them, and a Gap says so.
const maxTouches = 20_000_000

// checkEvery is after how many rows or edges a cancelled context is noticed.
const checkEvery = 1 << 14

// Build makes the graph of effects of a snapshot: what follows from stored edges,
// what joins systems, and what each system's permissions give. It errors when a
// system does or ctx ends; what cannot be evaluated is in Gaps.
func Build(ctx context.Context, in *Input, systems []*System) (*Graph, error) {
	models, err := load(ctx, in, systems)
	if err != nil {
		return nil, err
	}
	g := newGraph(in, systems)
	g.models = func() (map[string]*Model, error) { return models, nil }
	g.catalogues = cataloguesOf(models)
	g.marks = newMarks(in)
	b := &builder{ctx: ctx, in: in, to: reach.NewBuilder(in.Len() + len(in.extra)), gaps: newGaps(in, systems, models), pods: models["kubernetes"] != nil}
	b.stored()
	b.cross()
	for _, s := range systems {
		if m := models[s.Name]; m != nil {
			b.model(s, m)
			b.touches(s, m, &g.marks)
		}
	}
	if b.err != nil {
		return nil, fmt.Errorf("build the graph of effects: %w", b.err)
	}
	g.gaps = b.gaps
	g.reach = b.to.Build()
	return g, nil
}

// load asks every system for its model.
func load(ctx context.Context, in *Input, systems []*System) (map[string]*Model, error) {
	models := map[string]*Model{}
	for _, s := range systems {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := s.Load(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("read the permissions of %s: %w", s.Name, err)
		}
		if m != nil {
			models[s.Name] = m
		}
	}
	return models, nil
}

// A builder streams edges into the graph. After an error it does nothing.
type builder struct {
	ctx     context.Context
	in      *Input
	to      *reach.Builder
	gaps    []Gap
	pods    bool            // the evaluator of Kubernetes draws what pods run as
	n       int             // edges so far
	pushed  map[uint32]bool // repositories of images that something runs
	touched int
	err     error
}

// add takes one edge; false: stop.
func (b *builder) add(e *Edge) bool {
	if b.err != nil {
		return false
	}
	if b.n++; b.n%checkEvery == 0 {
		if b.err = b.ctx.Err(); b.err != nil {
			return false
		}
	}
	x := reach.Edge{From: e.From, To: e.To, Kind: e.Kind, Move: e.Move, Level: e.Level, Grade: e.Grade,
		Info: reach.Info{Technique: e.Technique, Cond: string(e.Cond), Proof: spell(e.Proof)}}
	b.err = b.to.Add(x)
	return b.err == nil
}

// stored adds what follows from the stored edges. Their proofs are not copied:
// Graph.Edge finds them in the snapshot.
func (b *builder) stored() {
	for n := range b.in.Edges() {
		if e, ok := effect(b.in.Snapshot, n); ok && !b.pod(&e) && !b.add(&e) {
			return
		}
	}
}

// pod reports whether an edge leads from a workload or node of Kubernetes to whom
// it runs as, and an evaluator draws such: it is so only where a pod holds a token.
func (b *builder) pod(e *Edge) bool {
	return b.pods && e.Kind == drover.EdgeRunsAs && system(b.in.Snapshot, int(e.From)) == "kubernetes" && system(b.in.Snapshot, int(e.To)) == "kubernetes"
}

// model adds the effects that a system concludes.
func (b *builder) model(s *System, m *Model) {
	if m.Edges == nil || b.err != nil {
		return
	}
	n := uint32(b.in.Len() + len(b.in.extra))
	for e := range m.Edges {
		if e.From >= n || e.To >= n {
			b.err = fmt.Errorf("%s: an edge of row %d to row %d, of %d: Load adds nodes, Edges must not: %w", s.Name, e.From, e.To, n, drover.ErrInvalid)
			return
		}
		e.From, e.To = b.in.head(e.From), b.in.head(e.To)
		if e.Cond != nil && e.Grade == drover.GradeProven {
			e.Grade = drover.GradeInferred
		}
		if !b.add(&e) {
			return
		}
	}
}

// head leads from a member of an entity to the row that speaks for it.
func (in *Input) head(row uint32) uint32 {
	if int(row) >= in.Len() {
		return row
	}
	return uint32(in.Head(int(row)))
}

// touches adds an edge from each identity to what its profile reaches among the
// rows that answers name one by one.
func (b *builder) touches(s *System, m *Model, marks *marks) {
	if m.Profile == nil || m.Touch == nil {
		return
	}
	members := profiles(b.in, m)
	for _, p := range slices.Sorted(maps.Keys(members)) {
		if b.err = cmpErr(b.err, b.ctx.Err()); b.err != nil {
			return
		}
		for t := range m.Touch(p) {
			row := b.in.head(t.Row)
			if b.pushed[row] && t.Level.Rank() >= access.LevelWrite.Rank() && !b.push(members[p], row, t.Grade) {
				return
			}
			if !marks.tagged[row] {
				continue
			}
			if b.touched += len(members[p]); b.touched > maxTouches {
				b.gaps = append(b.gaps, Gap{System: s.Name, What: "paths that end by touching tier-0 and tagged resources", Why: "there are too many to make an edge of each; they are counted all the same"})
				return
			}
			for _, who := range members[p] {
				e := Edge{From: who, To: row, Kind: drover.EdgeCanAccess, Level: t.Level, Grade: t.Grade, Proof: nil}
				if !b.add(&e) {
					return
				}
			}
		}
	}
}

// push adds that whoever writes to a repository of images can push one.
func (b *builder) push(who []uint32, row uint32, grade drover.Grade) bool {
	for _, w := range who {
		e := Edge{From: w, To: row, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: ImagePull, Grade: weaker(grade, drover.GradeInferred),
			Proof: []access.Proof{{Ref: b.in.refOf(row), Effect: "allow", Text: "it may write to the repository, and so may push an image"}}}
		if !b.add(&e) {
			return false
		}
	}
	return true
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// profiles groups the identities of a system by the documents that decide.
func profiles(in *Input, m *Model) map[uint32][]uint32 {
	out := map[uint32][]uint32{}
	for i := range in.Len() + len(in.extra) {
		if i < in.Len() && in.IsMember(i) {
			continue
		}
		if p, ok := m.Profile(uint32(i)); ok {
			out[p] = append(out[p], uint32(i))
		}
	}
	return out
}

// newGaps collects what the models could not analyse, and says which systems of
// the estate nobody can evaluate.
func newGaps(in *Input, systems []*System, models map[string]*Model) (out []Gap) {
	for _, s := range systems {
		if m := models[s.Name]; m != nil {
			for _, x := range m.Gaps {
				if x.System == "" {
					x.System = s.Name
				}
				out = append(out, x)
			}
		}
	}
	count := map[string]int{}
	for i := range in.Seen() {
		switch in.Kind(i) {
		case drover.KindIdentity, drover.KindRole, drover.KindGroup:
			name, _, _ := strings.Cut(string(in.Ref(i)), "/")
			if !in.IsMember(i) {
				count[name]++
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		if models[name] == nil && !slices.Contains(plain, name) {
			out = append(out, Gap{System: name, What: fmt.Sprintf("what %d identities, roles and groups of %s may do", count[name], name),
				Why: "no evaluator of its permission language; what its source says of them is followed", Rows: count[name]})
		}
	}
	return out
}

// plain are systems without a permission language of their own: what they hold
// is told whole by stored edges.
var plain = []string{"unseen", "secret", "key", "x509", "git", "machine", "hr", "file", "person", "human"}

func sortedKeys[M ~map[K]V, K ~string, V any](m M) []K { return slices.Sorted(maps.Keys(m)) }
