// Package judge concludes what follows from a snapshot and from what our users
// wrote: whether something is a person, its lifecycle, environment, tier, owner
// and business unit, the status of a credential. It reads the edges, the evidence
// and the labels around a row, hands them to classify, and makes the facts that
// lists filter by. Everything that makes a snapshot concludes through it, so that
// a thing is the same wherever it is looked at.
package judge

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/policy"
)

// Settings are what a house decides, compiled. They are read-only and serve any
// number of snapshots.
type Settings struct {
	Policy     *policy.Policy
	Classifier *classify.Classifier
	Sources    map[string]Source // by id; what the configuration says of them

	rules []rule
}

// A Source is what the configuration says of everything that a source asserts.
type Source struct{ BusinessUnit, Env string }

// NewSettings compiles a policy. Errors wrap drover.ErrInvalid and name the place
// in the file: a naming pattern or a rule that cannot be understood.
func NewSettings(p *policy.Policy, sources map[string]Source, now time.Time) (*Settings, error) {
	s := &Settings{Policy: p, Sources: sources}
	var err error
	s.Classifier, err = classify.New(classify.Settings{Idle: p.Thresholds.Idle, Dormant: p.Thresholds.Dormant, UnownedIsOrphan: p.Classify.UnownedIsOrphan,
		Naming: classify.Naming{Pattern: p.Naming.Pattern, Vocabulary: p.Naming.Vocabulary, Prefixes: p.Naming.Prefixes}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Naming.PatternPos, err)
	}
	s.rules = rulesOf(p)
	// A match that cannot be understood is said when the policy is read, not when
	// something would have matched.
	for _, r := range s.rules {
		if _, err := Matcher(r.match, now); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// A Judge concludes over one snapshot at one moment. It is safe for concurrent
// use once the snapshot is indexed.
type Judge struct {
	*graph.Snapshot
	Now time.Time

	set    *Settings
	units  map[string]int // org unit -> row
	tree   func() *unitTree
	owners *owners.Estate
}

// New judges a snapshot that was indexed.
func New(s *graph.Snapshot, set *Settings, now time.Time) *Judge {
	j := &Judge{Snapshot: s, Now: now, set: set, units: map[string]int{}, owners: owners.New(s, now)}
	for i := range s.Seen() {
		if orgUnit(s.Type(i)) {
			j.units[s.Name(i)] = i
		}
	}
	j.tree = sync.OnceValue(j.readUnits)
	return j
}

// Owners says who answers for what.
func (j *Judge) Owners() *owners.Estate { return j.owners }

// Over is the same judge over another snapshot of the same organisation.
func (j *Judge) Over(s *graph.Snapshot) *Judge { return New(s, j.set, j.Now) }

// Classify concludes everything about row i, with its reasons.
func (j *Judge) Classify(i int) classify.Result {
	in, _ := j.Input(i)
	return j.set.Classifier.Classify(&in, j.Now)
}

// Conclude is Classify with what the edges of row i say.
func (j *Judge) Conclude(i int) (classify.Result, Around) {
	in, a := j.Input(i)
	return j.set.Classifier.Classify(&in, j.Now), a
}

// Facts is what lists filter by.
func (j *Judge) Facts(i int) graph.Facts {
	f := graph.Facts{Tier: filter.Unknown}
	for _, l := range said(j.Labels(i)) {
		if owners.Reserved(l.Key) {
			continue // a decision, not a tag
		}
		f.Tags = append(f.Tags, TagText(l.Key, l.Value))
	}
	switch j.Kind(i) {
	case drover.KindIdentity, drover.KindHuman, drover.KindRole, drover.KindGroup, drover.KindResource, drover.KindWorkload:
		j.identity(i, &f)
	case drover.KindCredential:
		j.credential(i, &f)
	}
	return f
}

func (j *Judge) identity(i int, f *graph.Facts) {
	in, a := j.Input(i)
	r := j.set.Classifier.Classify(&in, j.Now)
	f.Env, f.Purpose, f.Function, f.Location, f.Instance = r.Env.Value, r.Purpose.Value, r.Function.Value, r.Location.Value, r.Instance.Value
	f.DataClass, f.Criticality, f.BusinessUnit, f.Regulation = r.DataClass.Value, r.Criticality.Value, r.BusinessUnit.Value, r.Regulation.Value
	if r.Tier.Known() {
		f.Tier = int64(r.Tier.Value)
	}
	f.Owner, f.LastUsed, f.Credentials, f.Places, f.Monitored = a.Owner, a.Use.LastUsed, a.Credentials, a.Places, a.Use.Monitored
	if k := j.Kind(i); k == drover.KindIdentity || k == drover.KindHuman {
		f.Verdict, f.NHIType, f.Lifecycle = r.Verdict.Value.Value, r.NHIType.Value, r.Lifecycle.Value
		f.Until = j.until(in.Expires, &a.Use)
	}
}

func (j *Judge) credential(i int, f *graph.Facts) {
	for h := range j.Out(i) {
		switch h.Kind {
		case drover.EdgeStoredIn:
			f.Places++
		case drover.EdgeAuthenticates:
			if ref := string(j.Ref(h.Row)); f.Identity == "" || ref < f.Identity {
				f.Identity = ref
			}
		}
	}
	if u, ok := j.Snapshot.Use(i); ok {
		f.LastUsed, f.Monitored = u.LastUsed, u.Monitored
	}
	n := j.Node(i)
	f.Status, f.Until = Status(n, j.Now), Next(j.Now, n.Expires)
	if o, ok := j.owners.Current(i); ok {
		f.Owner = j.owners.Name(o.Party)
	}
}

// Status says of a credential whether it is expired, disabled, active or
// unknown: active where the system says so, or within a validity that ends.
func Status(n drover.Node, now time.Time) string {
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
	if Disabled(n.Attrs) == classify.Yes {
		return "disabled"
	}
	if !n.Expires.IsZero() {
		return "active"
	}
	return "unknown"
}

// Next is the earliest of the moments that are not past, zero for none.
func Next(now time.Time, moments ...time.Time) time.Time {
	var first time.Time
	for _, t := range moments {
		if !t.Before(now) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// after is t + d, and zero for an unknown t.
func after(t time.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(d)
}

// until is when the lifecycle of a node may change with nothing but time.
func (j *Judge) until(expires time.Time, u *graph.Use) time.Time {
	idle, dormant := j.set.Policy.Thresholds.Idle, j.set.Policy.Thresholds.Dormant
	return Next(j.Now, expires, after(u.Live, idle), after(u.LastUsed, idle), after(u.LastUsed, dormant), after(u.ObservedAt, idle), after(u.NeverAt, idle), u.NeverAt)
}

// TagValues are the values of one tag: several regulations are written as one
// tag, regulation=PCI,SOX.
func TagValues(key, value string) []string {
	if key == "regulation" {
		return strings.Split(value, ",")
	}
	return []string{value}
}

// TagText writes a tag as users do: "env=prod", "pci".
func TagText(key, value string) string {
	if value == "" {
		return key
	}
	return key + "=" + value
}
