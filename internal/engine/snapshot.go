package engine

import (
	"context"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/store"
)

// A Snapshot is the estate at one generation, classified. It is immutable.
type Snapshot struct {
	*graph.Snapshot

	e     *Engine
	now   time.Time
	ruled map[int][]classify.Label // what the policy says of a row, while it is built

	units   map[string]int           // org unit -> row
	sources map[string]sourceContext // what the configuration says of a source

	key   string // under which it may be kept; "": it may not
	early bool   // evidence was passed over because its moment has not come: not to be kept
}

// Snapshot makes the snapshot of a moment; the zero time is now. What the store
// knew at that moment counts, and ages are measured from it.
func (e *Engine) Snapshot(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	gen, err := e.store.Latest(ctx)
	now := e.o.Now()
	if !asOf.IsZero() {
		gen, err = e.store.AsOf(ctx, asOf)
		now = asOf
	}
	if err != nil {
		return nil, err
	}
	key, keep := e.savedKey(gen, asOf)
	if keep {
		if s := e.saved(ctx, key, now); s != nil {
			s.key = key
			s.addNaming()
			return s, nil
		}
	}
	s, err := e.build(ctx, gen, now)
	if err != nil {
		return nil, err
	}
	if keep && !s.early {
		s.key = key
		e.save(ctx, s, key)
	}
	s.addNaming()
	return s, nil
}

// build reads the store and concludes.
func (e *Engine) build(ctx context.Context, gen store.Generation, now time.Time) (*Snapshot, error) {
	b := graph.NewBuilder(gen.ID, gen.At)
	for f, err := range e.store.Nodes(ctx, gen.ID, e.scope) {
		if err != nil {
			return nil, err
		}
		b.Node(graph.Row{ID: f.ID, Entity: f.Entity, Node: f.Node, Sources: f.Sources, FirstSeen: f.FirstSeen, Observed: f.Observed})
	}
	if err := e.edges(ctx, gen.ID, b); err != nil {
		return nil, err
	}
	early, err := e.evidence(ctx, gen.ID, now, b)
	if err != nil {
		return nil, err
	}
	tags, err := e.store.Tags(ctx, gen.ID, e.scope)
	if err != nil {
		return nil, err
	}
	for _, t := range tags {
		for _, v := range tagValues(t.Key, t.Value) {
			b.Label(e.store.RefID(t.Ref), classify.Label{Key: t.Key, Value: v, By: t.Who})
		}
	}
	s := &Snapshot{e: e, now: now, early: early}
	s.Snapshot = b.Index()
	s.prepareUnits()
	if err := s.applyPolicy(); err != nil {
		return nil, err
	}
	for row, rules := range s.ruled {
		for _, l := range rules {
			b.LabelRow(row, l)
		}
	}
	b.Build(now, s.facts)
	return s, nil
}

// Now is the moment that ages in this snapshot are measured from.
func (s *Snapshot) Now() time.Time { return s.now }

// evidence sums up what the store knows of each node's use. Early is true when
// some of it speaks of a moment that has not come.
func (e *Engine) evidence(ctx context.Context, gen int64, now time.Time, b *graph.Builder) (early bool, err error) {
	var id int64
	var u graph.Use
	for v, err := range e.store.Evidence(ctx, gen, e.scope) {
		if err != nil {
			return false, err
		}
		if v.ID != id && id != 0 {
			b.Use(id, u)
			u = graph.Use{}
		}
		id = v.ID
		if v.Evidence.At.After(now.Add(drover.Day)) {
			// A moment that has not come is a fault of a clock or of an export, and
			// no proof of use.
			v.Evidence.At, early = time.Time{}, true
		}
		addEvidence(&u, v.Evidence, v.Observed)
	}
	if id != 0 {
		b.Use(id, u)
	}
	return early, nil
}

func addEvidence(u *graph.Use, v drover.Evidence, observed time.Time) {
	switch v.Claim {
	case drover.ClaimLastUsed:
		u.Monitored = true
		if v.At.After(u.LastUsed) {
			u.LastUsed, u.LastUsedSource, u.LastUsedGrade, u.Granularity, u.ObservedAt = v.At, v.Source, v.Grade, v.Granularity, observed
		}
	case drover.ClaimLive:
		u.Monitored = true
		if v.At.After(u.Live) {
			u.Live, u.LiveSource = v.At, v.Source
		}
		if v.At.After(u.LastUsed) {
			u.LastUsed, u.LastUsedSource, u.LastUsedGrade, u.Granularity, u.ObservedAt = v.At, v.Source, v.Grade, v.Granularity, observed
		}
	case drover.ClaimNeverUsed:
		u.Monitored = true
		u.NeverSource, u.NeverWindow, u.NeverAt = v.Source, v.Window, observed
	case drover.ClaimCalls:
		u.Monitored = true
	case drover.ClaimDeclared:
		u.Declared = true
	}
}

// around is what the edges of one identity say.
type around struct {
	creds  classify.Creds
	rel    classify.Relations
	use    graph.Use
	count  int // credentials
	places int
	owner  string
	unit   string
	trusts []string
	boxes  []string
}

func (s *Snapshot) around(i int) around {
	var a around
	a.use, _ = s.Use(i)
	for h := range s.In(i) {
		switch h.Kind {
		case drover.EdgeAuthenticates:
			s.credential(&a, h.Row)
		case drover.EdgeOwns:
			s.owner(&a, h.Row)
		case drover.EdgeRunsAs:
			a.rel.RunsBy = append(a.rel.RunsBy, lastWord(s.Type(h.Row)))
		case drover.EdgeContains:
			a.boxes = append(a.boxes, s.Name(h.Row))
		}
	}
	for h := range s.Out(i) {
		switch h.Kind {
		case drover.EdgeOwns:
			a.rel.OwnsOthers++
		case drover.EdgeMemberOf:
			a.rel.MemberOf = append(a.rel.MemberOf, s.Name(h.Row))
			if strings.HasSuffix(s.Type(h.Row), ".org_unit") && a.unit == "" {
				a.unit = s.Name(h.Row)
			}
		case drover.EdgeTrusts:
			a.trusts = append(a.trusts, s.Name(h.Row))
		case drover.EdgeStoredIn:
			a.places++
		}
	}
	return a
}

// newer keeps the later of two uses. One source that would have seen any use
// makes the whole of them complete.
func newer(a *graph.Use, b graph.Use) {
	partial := func(u *graph.Use) bool { return u.LastUsed.IsZero() || u.Partial }
	a.Partial = partial(a) && partial(&b) && (a.Partial || b.Partial)
	if b.LastUsed.After(a.LastUsed) {
		a.LastUsed, a.LastUsedSource, a.LastUsedGrade, a.Granularity, a.ObservedAt = b.LastUsed, b.LastUsedSource, b.LastUsedGrade, b.Granularity, b.ObservedAt
	}
}

// credential adds what one credential says of the identity that it proves.
func (s *Snapshot) credential(a *around, c int) {
	a.count++
	typ := s.Type(c)
	switch {
	case strings.Contains(typ, "cert") || strings.Contains(typ, "ssh"):
		a.creds.Certificates++
	case strings.Contains(typ, "federat") || strings.Contains(typ, "oidc"):
		a.creds.Federations++
	case strings.Contains(typ, "password"):
	default:
		a.creds.Keys++
	}
	for h := range s.Out(c) {
		if h.Kind == drover.EdgeStoredIn {
			a.places++
			if strings.Contains(s.Type(h.Row), "vault") {
				a.rel.InVault = true
			}
		}
	}
	if u, ok := s.Use(c); ok {
		// Of a service account's tokens only those that lie in Secrets leave a trace
		// where they are used. Pods get others, which leave none.
		u.Partial = typ == "kubernetes.service_account_token"
		a.use.Monitored = a.use.Monitored || u.Monitored && !u.Partial
		newer(&a.use, u)
	}
}

func (s *Snapshot) owner(a *around, o int) {
	switch s.Kind(o) {
	case drover.KindHuman:
		if left, known := leaver(s.Attrs(o)); known && a.rel.OwnerLeft != classify.No {
			a.rel.OwnerLeft = classify.StateOf(left, true)
		}
	case drover.KindGroup:
		a.rel.OwnedByTeam = true
	default:
		return // a role that owns a table is no owner in our sense
	}
	a.rel.HasOwner = classify.Yes
	if a.owner == "" || s.Name(o) < a.owner {
		a.owner = s.Name(o)
	}
}

// leaver reports whether a person has left, as an HR export or a directory says.
func leaver(a drover.Attrs) (left, known bool) {
	if v, ok := a.Bool("left"); ok {
		return v, true
	}
	switch strings.ToLower(a.Str("employment")) {
	case "leaver", "left", "terminated":
		return true, true
	case "active", "on_leave":
		return false, true
	}
	return false, false
}

func lastWord(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

// input gathers what is known about row i for classification.
func (s *Snapshot) input(i int) (classify.Input, around) {
	a := s.around(i)
	r := s.Row(i)
	in := classify.Input{Kind: r.Node.Kind, Type: r.Node.Type, Name: r.Node.Name, Aliases: r.Node.Aliases, Attrs: r.Node.Attrs,
		Created: r.Node.Created, Expires: r.Node.Expires, FirstSeen: r.FirstSeen, Use: a.use.Use, Creds: a.creds, Rel: a.rel,
		User: s.Labels(i), Containers: a.boxes, Trusts: a.trusts}
	in.Rel.Department = s.unitOf(i, a.unit)
	if len(s.sources) > 0 {
		in.Containers = s.containers(i, in.Containers)
	}
	if a.use.Declared && len(r.Sources) > 0 {
		in.Declared = declared(r.Node.Attrs)
	}
	return in, a
}

func declared(attrs drover.Attrs) classify.State {
	v, known := attrs.Bool("declared")
	return classify.StateOf(v, known)
}

// Classify concludes everything about row i again, with its reasons.
func (s *Snapshot) Classify(i int) classify.Result {
	in, _ := s.input(i)
	return s.classify(in)
}

func (s *Snapshot) classify(in classify.Input) classify.Result {
	return s.e.classifier.Classify(&in, s.now)
}

// facts is what lists filter by.
func (s *Snapshot) facts(i int) graph.Facts {
	f := graph.Facts{Tier: filter.Unknown}
	labels := s.Labels(i)
	for _, l := range labels[:len(labels)-len(s.ruled[i])] {
		f.Tags = append(f.Tags, tagText(l.Key, l.Value))
	}
	switch s.Kind(i) {
	case drover.KindIdentity, drover.KindHuman, drover.KindRole, drover.KindGroup, drover.KindResource, drover.KindWorkload:
		s.identityFacts(i, &f)
	case drover.KindCredential:
		s.credentialFacts(i, &f)
	}
	return f
}

// tagValues are the values of one tag: several regulations are written as one
// tag, regulation=PCI,SOX.
func tagValues(key, value string) []string {
	if key == "regulation" {
		return strings.Split(value, ",")
	}
	return []string{value}
}

func tagText(key, value string) string {
	if value == "" {
		return key
	}
	return key + "=" + value
}

func (s *Snapshot) identityFacts(i int, f *graph.Facts) {
	in, a := s.input(i)
	r := s.classify(in)
	f.Env, f.Purpose, f.Function, f.Location, f.Instance = r.Env.Value, r.Purpose.Value, r.Function.Value, r.Location.Value, r.Instance.Value
	f.DataClass, f.Criticality, f.BusinessUnit, f.Regulation = r.DataClass.Value, r.Criticality.Value, r.BusinessUnit.Value, r.Regulation.Value
	if r.Tier.Known() {
		f.Tier = int64(r.Tier.Value)
	}
	f.Owner, f.LastUsed, f.Credentials, f.Places, f.Monitored = a.owner, a.use.LastUsed, a.count, a.places, a.use.Monitored
	if k := s.Kind(i); k == drover.KindIdentity || k == drover.KindHuman {
		f.Verdict, f.NHIType, f.Lifecycle = r.Verdict.Value.Value, r.NHIType.Value, r.Lifecycle.Value
		f.Until = s.until(in.Expires, &a.use)
	}
}

func (s *Snapshot) credentialFacts(i int, f *graph.Facts) {
	for h := range s.Out(i) {
		switch h.Kind {
		case drover.EdgeStoredIn:
			f.Places++
		case drover.EdgeAuthenticates:
			if ref := string(s.Ref(h.Row)); f.Identity == "" || ref < f.Identity {
				f.Identity = ref
			}
		}
	}
	if u, ok := s.Use(i); ok {
		f.LastUsed, f.Monitored = u.LastUsed, u.Monitored
	}
	n := s.Node(i)
	f.Status, f.Until = credentialStatus(n, s.now), next(s.now, n.Expires)
}

// credentialStatus is expired, disabled, active or unknown: active where the
// system says so, or within a validity that ends.
func credentialStatus(n drover.Node, now time.Time) string {
	if !n.Expires.IsZero() && !n.Expires.After(now) {
		return "expired"
	}
	said := n.Attrs.Str("status")
	if said == "" {
		said = n.Attrs.Str("Status") // as AWS spells it
	}
	switch strings.ToLower(said) {
	case "inactive", "disabled", "revoked":
		return "disabled"
	case "active", "enabled":
		return "active"
	}
	if d, known := n.Attrs.Bool("disabled"); known && d {
		return "disabled"
	}
	if !n.Expires.IsZero() {
		return "active"
	}
	return "unknown"
}
