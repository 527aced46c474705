package checktest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/policy"
)

// build makes the estate, and concludes over it as the engine does.
func (n *notation) build(t testing.TB, o *options) *check.Estate {
	t.Helper()
	e, err := n.estate(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (n *notation) estate(o *options) (*check.Estate, error) {
	p, err := policy.Parse("drover.yaml", []byte(n.policy))
	if err != nil {
		return nil, err
	}
	set, err := judge.NewSettings(p, nil, Now)
	if err != nil {
		return nil, err
	}
	s, err := n.snapshot(set)
	if err != nil {
		return nil, err
	}
	e := &check.Estate{Graph: s, Policy: p, Now: Now, Document: n.document}
	if n.effects {
		in := &effective.Input{Snapshot: s, Now: Now, Document: n.document}
		if e.Effects, err = effective.Build(context.Background(), in, o.systems); err != nil {
			return nil, err
		}
	}
	e.Prepare()
	return e, nil
}

func (n *notation) document(hash string) (drover.Document, bool) {
	for _, d := range n.docs {
		if d.Hash == hash {
			return d, true
		}
	}
	return drover.Document{}, false
}

// snapshot builds rows in the order of the lines, then what only edges name.
func (n *notation) snapshot(set *judge.Settings) (*graph.Snapshot, error) {
	b := graph.NewBuilder(1, Now)
	ids, refs := map[drover.Ref]int64{}, map[int64]drover.Ref{}
	id := func(ref drover.Ref) int64 {
		if ids[ref] == 0 {
			ids[ref] = int64(len(ids) + 1)
			refs[ids[ref]] = ref
		}
		return ids[ref]
	}
	for _, x := range n.nodes {
		id(x.Ref)
	}
	for _, x := range n.nodes {
		entity := id(x.Ref)
		if x.same != "" {
			entity = id(x.same)
		}
		b.Node(graph.Row{ID: id(x.Ref), Entity: entity, Node: x.Node, Sources: slices.Clone(x.sources), FirstSeen: x.firstSeen, Observed: Now})
	}
	for i := range n.edges {
		b.Edge(id(n.edges[i].From), id(n.edges[i].To), &n.edges[i])
	}
	if err := n.uses(b, id); err != nil {
		return nil, err
	}
	for _, l := range n.labels {
		if n.byRef[l.ref] == nil {
			return nil, fmt.Errorf("label of %s, which is no node: %w", l.ref, drover.ErrInvalid)
		}
		for _, v := range judge.TagValues(l.Key, l.Value) {
			b.Label(id(l.ref), classify.Label{Key: l.Key, Value: v, By: l.By})
		}
	}
	b.Name(refs)
	s := b.Index()
	j := judge.New(s, set, Now)
	if err := j.Apply(b); err != nil {
		return nil, err
	}
	var bad error
	b.Build(Now, func(i int) graph.Facts {
		f := j.Facts(i)
		for _, o := range n.byRef[s.Ref(i)].over {
			if err := override(&f, o[0], o[1]); err != nil && bad == nil {
				bad = fmt.Errorf("%s: @%s: %w", s.Ref(i), o[0], err)
			}
		}
		return f
	})
	return s, bad
}

// uses sums up the evidence, subject by subject.
func (n *notation) uses(b *graph.Builder, id func(drover.Ref) int64) error {
	uses := map[int64]*graph.Use{}
	for _, x := range n.evidence {
		if n.byRef[x.Subject] == nil {
			return fmt.Errorf("evidence on %s, which is no node: %w", x.Subject, drover.ErrInvalid)
		}
		u := uses[id(x.Subject)]
		if u == nil {
			u = &graph.Use{}
			uses[id(x.Subject)] = u
		}
		judge.AddEvidence(u, x.Evidence, x.observed, Now)
	}
	for _, k := range slices.Sorted(maps.Keys(uses)) {
		b.Use(k, *uses[k])
	}
	return nil
}

// override sets one concluded field.
func override(f *graph.Facts, field, v string) (err error) {
	texts := map[string]*string{"env": &f.Env, "purpose": &f.Purpose, "function": &f.Function, "location": &f.Location, "instance": &f.Instance,
		"data_class": &f.DataClass, "criticality": &f.Criticality, "business_unit": &f.BusinessUnit, "owner": &f.Owner, "status": &f.Status}
	if p := texts[field]; p != nil {
		*p = v
		return nil
	}
	switch field {
	case "verdict":
		f.Verdict = drover.Verdict(v)
	case "nhi_type":
		f.NHIType = drover.NHIType(v)
	case "lifecycle":
		f.Lifecycle = drover.Lifecycle(v)
	case "regulation":
		f.Regulation = strings.Split(v, ",")
	case "tier":
		f.Tier, err = strconv.ParseInt(v, 10, 64)
	case "monitored":
		f.Monitored, err = strconv.ParseBool(v)
	default:
		err = fmt.Errorf("no fact can be overridden by that name: %w", drover.ErrInvalid)
	}
	return err
}

// conclusions are the facts of every node, in the order of the lines.
func (n *notation) conclusions(t testing.TB) []graph.Facts {
	t.Helper()
	p, err := policy.Parse("drover.yaml", []byte(n.policy))
	if err != nil {
		t.Fatal(err)
	}
	set, err := judge.NewSettings(p, nil, Now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := n.snapshot(set)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]graph.Facts, len(n.nodes))
	for i, x := range n.nodes {
		if row, ok := s.Find(x.Ref); ok {
			out[i] = s.Facts(row)
		}
	}
	return out
}

// renamed is the same estate with other names; what was concluded under the old
// ones stays, so that the check fires as it did.
func (n *notation) renamed(facts []graph.Facts, name func(i int, old string) string) *notation {
	c := *n
	c.nodes, c.byRef = nil, map[drover.Ref]*node{}
	for i, x := range n.nodes {
		y := *x
		y.Name = name(i, x.Name)
		y.over = append(kept(facts[i]), x.over...)
		c.nodes = append(c.nodes, &y)
		c.byRef[y.Ref] = &y
	}
	return &c
}

func kept(f graph.Facts) [][2]string {
	out := [][2]string{{"verdict", string(f.Verdict)}, {"nhi_type", string(f.NHIType)}, {"lifecycle", string(f.Lifecycle)}, {"env", f.Env}, {"purpose", f.Purpose},
		{"function", f.Function}, {"location", f.Location}, {"instance", f.Instance}, {"data_class", f.DataClass}, {"criticality", f.Criticality}, {"tier", strconv.FormatInt(f.Tier, 10)}}
	if len(f.Regulation) > 0 {
		out = append(out, [2]string{"regulation", strings.Join(f.Regulation, ",")})
	}
	return out
}
