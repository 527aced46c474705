package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// Summary counts the estate at a moment, with its growth over 30 days where the
// history reaches that far back.
func (e *Engine) Summary(ctx context.Context, asOf time.Time) (Summary, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return Summary{}, err
	}
	v, err := s.held.summary.get(ctx, s.held.apart(), func(context.Context) (Summary, error) { return s.Summary(), nil })
	if err != nil {
		return v, err
	}
	if asOf.IsZero() {
		if v.Ephemeral, err = e.ephemeralCount(ctx, s); err != nil {
			return v, err
		}
	}
	gen, err := e.store.AsOf(ctx, s.now.Add(-growthWindow))
	if err != nil {
		return v, err
	}
	if gen.ID > 0 && e.sight.All() { // the store counts all rows
		n, err := e.store.Counts(ctx, gen.ID, e.scope)
		if err != nil {
			return v, err
		}
		grown := v.Identities - int(n.Nodes[drover.KindIdentity])
		v.Growth30d = &grown
	}
	return v, nil
}

// Naming counts the names that follow the pattern of drover.yaml; nil where there
// is none.
func (e *Engine) Naming(ctx context.Context) (*NamingCount, error) {
	if e.policy.Naming.Pattern == "" {
		return nil, nil
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	return s.namingCount(), nil
}

// A Detail is `show ID`: one node with everything that is known about it.
type Detail struct {
	Schema     string           `json:"schema"`
	Generation int64            `json:"generation"`
	Removed    *Removal         `json:"removed"` // it is no more, and this is how it was last; null: it is there, or of the past it is not asked
	Item       any              `json:"item"`    // an Identity, a Credential or an Item
	Members    []Member         `json:"members"`
	Why        string           `json:"why,omitempty"` // why it is known by a name only, and what to do
	Doubts     []string         `json:"doubts"`        // why it was not joined to others that share a name with it
	Owner      *OwnerItem       `json:"owner"`         // who answers for it, and where that cannot be relied on who may; null: nobody is asked
	Edges      []EdgeView       `json:"edges"`
	Evidence   []EvidenceView   `json:"evidence"`
	Values     map[string]Fact  `json:"values"` // what was concluded, from where and how well
	History    []HistoryView    `json:"history"`
	Ephemeral  []FoldView       `json:"ephemeral"` // what comes and goes under it: pods, builds, sessions
	Findings   []FindingLine    `json:"findings"`  // what the last run of checks found on it and its credentials; null: of the past it is not asked
	Document   *drover.Document `json:"document,omitempty"`
}

// A FoldView counts the ephemeral identities of one type under their template.
type FoldView struct {
	Type   string     `json:"type"`
	Source string     `json:"source"`
	Count  int64      `json:"count"` // distinct ones, as far back as native ids are kept
	Peak   int64      `json:"peak"`  // the most in one day
	First  *time.Time `json:"first"`
	Last   *time.Time `json:"last"`
	Recent []string   `json:"recent"` // refs of the latest few
}

// A Member is one ref of the entity: what one system or file calls the thing.
type Member struct {
	Ref     drover.Ref   `json:"ref"`
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	Sources []string     `json:"sources"`
	Reason  string       `json:"reason"` // why it is the same thing; "": its own id is the entity's
	Attrs   drover.Attrs `json:"attrs"`
}

// An EdgeView is one edge, seen from the node that is shown.
type EdgeView struct {
	Direction string          `json:"direction"` // out, in
	Kind      drover.EdgeKind `json:"kind"`
	Ref       drover.Ref      `json:"ref"`
	Name      string          `json:"name"`
	Type      string          `json:"type"`
	Unseen    bool            `json:"unseen"`
	Why       string          `json:"why,omitempty"` // why the other end is unseen, and what to do
	Joined    string          `json:"joined"`        // how the ends were found that the source knew by a name: "alias aws-key:AKIA…"; "": it knew them
	Part      string          `json:"part,omitempty"`
	Cond      drover.Attrs    `json:"cond,omitempty"`
	Technique string          `json:"technique,omitempty"`
	Grade     drover.Grade    `json:"grade"`
	Proof     string          `json:"proof"`
}

// An EvidenceView is one volatile fact.
type EvidenceView struct {
	drover.Evidence
	Observed *time.Time `json:"observed"`
}

// A Fact is one conclusion with its origin.
type Fact struct {
	Value        string       `json:"value"`
	Source       string       `json:"source"`
	Grade        drover.Grade `json:"grade"`
	Reason       string       `json:"reason"`
	Alternatives []string     `json:"alternatives,omitempty"`
}

// A HistoryView is one interval of one assertion.
type HistoryView struct {
	Ref      drover.Ref `json:"ref"` // of the member that is asserted
	Source   string     `json:"source"`
	Coverage string     `json:"coverage"`
	From     *time.Time `json:"from"`
	To       *time.Time `json:"to"` // null: it still holds
}

// Show returns everything about the node that text names.
func (e *Engine) Show(ctx context.Context, text string, asOf time.Time) (*Detail, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return nil, err
	}
	i, err := s.Lookup(text)
	if errors.Is(err, drover.ErrNotFound) {
		// What comes and goes may stand under a template that no source delivered.
		if d, terr := e.template(ctx, s, text); d != nil || terr != nil {
			return d, terr
		}
		if asOf.IsZero() {
			if d, rerr := e.removed(ctx, text); d != nil || rerr != nil {
				return d, rerr
			}
		}
	}
	if err != nil {
		return nil, err
	}
	members, err := e.memberViews(ctx, s, i)
	if err != nil {
		return nil, err
	}
	d := &Detail{Schema: "drover/v1/show", Generation: s.Generation, Edges: s.edgeViews(i), Members: members, Why: s.UnseenWhy(i), Doubts: []string{}, Values: map[string]Fact{}, Evidence: []EvidenceView{}, History: []HistoryView{}}
	switch s.Kind(i) {
	case drover.KindIdentity, drover.KindHuman:
		if authz.Decide(e.caller, authz.RiskRead).Allowed {
			if err := s.AskRisk(ctx); err != nil {
				return nil, err
			}
		}
		d.Item = s.Identity(i)
	case drover.KindCredential:
		d.Item = s.Credential(i)
	default:
		d.Item = s.Item(i)
	}
	if !s.Unseen(i) {
		d.Owner = s.ownerDetail(i)
		d.Values = values(s.Classify(i))
		switch s.Kind(i) {
		case drover.KindIdentity, drover.KindHuman, drover.KindCredential, drover.KindWorkload:
		default: // a repository or a role is no identity of any sort
			delete(d.Values, "verdict")
			delete(d.Values, "nhi_type")
			delete(d.Values, "lifecycle")
		}
	}
	if gen, err := e.store.Latest(ctx); err == nil && asOf.IsZero() && gen.ID == s.Generation {
		d.Doubts = e.doubts(gen, s, i)
	}
	if asOf.IsZero() {
		if d.Findings, err = e.findingLines(ctx, s, i); err != nil {
			return nil, err
		}
	}
	is := map[drover.Ref]bool{}
	for _, m := range members {
		is[m.Ref] = true
		if err := errors.Join(e.history(ctx, m.Ref, d), e.ephemeral(ctx, m.Ref, d)); err != nil {
			return nil, err
		}
	}
	for v, err := range e.store.EvidenceOf(ctx, s.Generation, e.scope, slices.Collect(maps.Keys(is))) {
		if err != nil {
			return nil, err
		}
		d.Evidence = append(d.Evidence, EvidenceView{v.Evidence, when(v.Observed)})
	}
	if hash := s.Attrs(i).Str("document"); hash != "" {
		if doc, err := e.store.Document(ctx, e.scope, hash); err == nil {
			d.Document = &doc
		}
	}
	return d, nil
}

// unseenEnd is why the end of an edge is no more than a name; "" where a source
// asserts it.
func (s *Snapshot) unseenEnd(i int) string {
	if !s.Unseen(i) {
		return ""
	}
	return s.UnseenWhy(i)
}

func (s *Snapshot) edgeViews(i int) []EdgeView {
	out := []EdgeView{}
	add := func(h graph.Hop, direction string) {
		x := s.Edge(h.Edge)
		v := EdgeView{Direction: direction, Kind: x.Kind, Ref: s.Ref(h.Row), Name: s.Name(h.Row), Type: s.Type(h.Row), Unseen: s.Unseen(h.Row), Why: s.unseenEnd(h.Row), Joined: s.EdgeJoined(h.Edge), Part: x.Part, Cond: x.Cond, Technique: x.Technique, Grade: x.Grade, Proof: x.Proof}
		if v.Grade == "" {
			v.Grade = drover.GradeProven
		}
		out = append(out, v)
	}
	for h := range s.Out(i) {
		add(h, "out")
	}
	for h := range s.In(i) {
		add(h, "in")
	}
	slices.SortStableFunc(out, func(a, b EdgeView) int {
		return strings.Compare(a.Direction+string(a.Kind)+string(a.Ref)+a.Part, b.Direction+string(b.Kind)+string(b.Ref)+b.Part)
	})
	return out
}

// memberViews lists what the entity of a row is made of, and why.
func (e *Engine) memberViews(ctx context.Context, s *Snapshot, i int) ([]Member, error) {
	rows := s.MemberRows(i)
	why := map[drover.Ref]string{}
	if len(rows) > 1 || s.Entity(i) != s.ID(i) {
		links, err := e.store.Entities(ctx, s.Generation, e.scope)
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			why[l.Ref] = l.Reason
		}
	}
	out := []Member{}
	for _, j := range rows {
		row := s.Row(j)
		if j == s.Head(j) && len(rows) > 1 {
			own, err := e.asserts(ctx, s.Generation, row.Node.Ref)
			if err != nil {
				return nil, err
			}
			row.Sources = own // not those of its other members
		}
		out = append(out, Member{Ref: row.Node.Ref, Name: row.Node.Name, Type: row.Node.Type, Sources: list(row.Sources), Reason: why[row.Node.Ref], Attrs: row.Node.Attrs})
	}
	return out, nil
}

// asserts lists the sources that assert a ref itself at a generation.
func (e *Engine) asserts(ctx context.Context, gen int64, ref drover.Ref) ([]string, error) {
	intervals, err := e.store.History(ctx, e.scope, ref)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range intervals {
		if v.From.ID <= gen && (v.To.ID == 0 || v.To.ID > gen) {
			out = append(out, v.Source)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (e *Engine) history(ctx context.Context, ref drover.Ref, d *Detail) error {
	intervals, err := e.store.History(ctx, e.scope, ref)
	if errors.Is(err, drover.ErrNotFound) {
		return nil // known only as the end of an edge
	}
	if err != nil {
		return err
	}
	for _, v := range intervals {
		h := HistoryView{Ref: ref, Source: v.Source, Coverage: v.Coverage, From: when(v.From.At), To: when(v.To.At)}
		d.History = append(d.History, h)
	}
	return nil
}

func (e *Engine) ephemeral(ctx context.Context, ref drover.Ref, d *Detail) error {
	const recent = 5
	folds, err := e.store.Folds(ctx, e.scope, recent)
	if err != nil {
		return err
	}
	d.Ephemeral = []FoldView{}
	for _, f := range folds {
		if f.Template != ref {
			continue
		}
		v := FoldView{Type: f.Type, Source: f.Source, Count: f.Count, Peak: f.Peak, First: when(f.First), Last: when(f.Last), Recent: []string{}}
		for _, i := range f.Instances {
			v.Recent = append(v.Recent, string(i.Ref))
		}
		d.Ephemeral = append(d.Ephemeral, v)
	}
	return nil
}

// template describes a template that no source delivered, by its ref or by that
// of one of its latest instances; nil where there is none.
func (e *Engine) template(ctx context.Context, s *Snapshot, text string) (*Detail, error) {
	const recent = 100
	folds, err := e.store.Folds(ctx, e.scope, recent)
	if err != nil {
		return nil, err
	}
	for _, f := range folds {
		if !e.shows(s, f.Template) {
			continue
		}
		named := string(f.Template) == text || slices.ContainsFunc(f.Instances, func(i store.Instance) bool { return string(i.Ref) == text || i.Name == text })
		if !named {
			continue
		}
		_, _, typ, id, ok := f.Template.Parts()
		if !ok {
			continue
		}
		item := Item{ID: graph.ShortID(f.Kind, e.store.RefID(f.Template)), Ref: f.Template, Name: id, Kind: f.Kind, Type: typ, Sources: []string{}, Aliases: []string{}, Tags: []string{}}
		d := &Detail{Schema: "drover/v1/show", Generation: s.Generation, Item: item, Edges: []EdgeView{}, Members: []Member{}, Doubts: []string{}, Values: map[string]Fact{}, Evidence: []EvidenceView{}, History: []HistoryView{}}
		return d, e.ephemeral(ctx, f.Template, d)
	}
	return nil, nil
}

// An EphemeralCount is what comes and goes in the whole estate.
type EphemeralCount struct {
	Templates int              `json:"templates"` // what they are made from
	Count     int64            `json:"count"`     // distinct ones ever seen
	ByType    map[string]int64 `json:"by_type"`
	Unseen    []drover.Ref     `json:"unseen"` // templates that no source delivered: `drover show REF`
}

func (e *Engine) ephemeralCount(ctx context.Context, s *Snapshot) (*EphemeralCount, error) {
	folds, err := e.store.Folds(ctx, e.scope, 0)
	if err != nil {
		return nil, err
	}
	c := &EphemeralCount{ByType: map[string]int64{}, Unseen: []drover.Ref{}}
	seen := map[drover.Ref]bool{}
	for _, f := range folds {
		if !e.shows(s, f.Template) {
			continue
		}
		c.Count += f.Count
		c.ByType[f.Type] += f.Count
		if seen[f.Template] {
			continue
		}
		seen[f.Template] = true
		if i, ok := s.Find(f.Template); !ok || s.Unseen(i) {
			c.Unseen = append(c.Unseen, f.Template)
		}
	}
	c.Templates = len(seen)
	return c, nil
}

// values writes the conclusions of a classification.
func values(r classify.Result) map[string]Fact {
	out := map[string]Fact{}
	put(out, "verdict", r.Verdict.Value)
	put(out, "nhi_type", r.NHIType)
	put(out, "lifecycle", r.Lifecycle)
	put(out, "purpose", r.Purpose)
	put(out, "env", r.Env)
	put(out, "function", r.Function)
	put(out, "location", r.Location)
	put(out, "instance", r.Instance)
	put(out, "data_class", r.DataClass)
	put(out, "criticality", r.Criticality)
	put(out, "regulation", r.Regulation)
	put(out, "business_unit", r.BusinessUnit)
	put(out, "tier", r.Tier)
	return out
}

func put[T any](out map[string]Fact, name string, v classify.Value[T]) {
	if !v.Known() {
		return
	}
	f := Fact{Value: fmt.Sprint(v.Value), Source: string(v.Source), Grade: v.Grade, Reason: v.Reason}
	for _, a := range v.Alternatives {
		f.Alternatives = append(f.Alternatives, fmt.Sprint(a))
	}
	out[name] = f
}

// refOf looks a node up at the later moment, and at the earlier one when it has
// gone since.
func (e *Engine) refOf(ctx context.Context, id string, moments ...time.Time) (drover.Ref, error) {
	var first error
	for _, at := range moments {
		s, err := e.Snapshot(ctx, at)
		if err != nil {
			return "", err
		}
		i, err := s.Lookup(id)
		if err == nil {
			return s.Ref(i), nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}
