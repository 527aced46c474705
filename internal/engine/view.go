package engine

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// The types of this file are the JSON of lists: names and nulls are a contract.
// A null is unknown.

// An Identity is one item of `list identities`.
type Identity struct {
	ID           string            `json:"id"`
	Ref          drover.Ref        `json:"ref"`
	Name         string            `json:"name"`
	Sources      []string          `json:"sources"`
	Kind         drover.Kind       `json:"kind"`
	Type         string            `json:"type"`
	NHIType      *string           `json:"nhi_type"`
	Verdict      VerdictView       `json:"verdict"`
	Lifecycle    LifecycleView     `json:"lifecycle"`
	NameParts    map[string]string `json:"name_parts"`
	Naming       *NamingView       `json:"naming"` // null: no pattern is configured
	Env          *string           `json:"env"`
	Purpose      *string           `json:"purpose"`
	DataClass    *string           `json:"data_class"`
	Criticality  *string           `json:"criticality"`
	Regulation   []string          `json:"regulation"`
	Tier         *int64            `json:"tier"`
	BusinessUnit *string           `json:"business_unit"`
	Owner        *OwnerView        `json:"owner"`
	Created      *time.Time        `json:"created"`
	Expires      *time.Time        `json:"expires"`
	LastUsed     *UsedView         `json:"last_used"`
	FirstSeen    *time.Time        `json:"first_seen"`
	Credentials  int               `json:"credentials"`
	Aliases      []string          `json:"aliases"`
	Places       int               `json:"places"`
	Tags         []string          `json:"tags"`
	Attrs        drover.Attrs      `json:"attrs"`
	Risk         *int              `json:"risk"` // 0 to 100; null: the list did not ask for it by filter or order, `drover risk ID` says it
}

// VerdictView is a verdict with why.
type VerdictView struct {
	Value      drover.Verdict `json:"value"`
	Confidence float64        `json:"confidence"`
	Reasons    []string       `json:"reasons"`
}

// LifecycleView is a lifecycle with why.
type LifecycleView struct {
	Value  drover.Lifecycle `json:"value"`
	Reason string           `json:"reason"`
}

// UsedView is when something was last used, and how well that is known.
type UsedView struct {
	At     *time.Time   `json:"at"`
	Grade  drover.Grade `json:"grade"`
	Source string       `json:"source"`
}

// A Credential is one item of `list credentials`.
type Credential struct {
	ID          string       `json:"id"`
	Ref         drover.Ref   `json:"ref"`
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Sources     []string     `json:"sources"`
	Identity    *drover.Ref  `json:"identity"`
	Whose       *string      `json:"identity_name"`
	Fingerprint *string      `json:"fingerprint"`
	Created     *time.Time   `json:"created"`
	Rotated     *time.Time   `json:"rotated"`
	Expires     *time.Time   `json:"expires"`
	LastUsed    *UsedView    `json:"last_used"`
	Places      []PlaceView  `json:"places"`
	Status      string       `json:"status"`
	Aliases     []string     `json:"aliases"`
	Tags        []string     `json:"tags"`
	Attrs       drover.Attrs `json:"attrs"`
}

// PlaceView is where a credential lies.
type PlaceView struct {
	Ref      drover.Ref `json:"ref"`
	Name     string     `json:"name"` // of what it is, below its namespace
	File     *string    `json:"file"`
	Line     *int64     `json:"line"`
	Commit   *string    `json:"commit"`  // that brought it
	Author   *string    `json:"author"`  // of the commit, as it claims: name <address>
	Time     *time.Time `json:"time"`    // of the commit's author
	Remote   *string    `json:"remote"`  // the repository, host/path
	InHead   *bool      `json:"in_head"` // whether the checked-out version still has it
	Exposure string     `json:"exposure"`
}

// An Item is one of any other list.
type Item struct {
	ID        string       `json:"id"`
	Ref       drover.Ref   `json:"ref"`
	Name      string       `json:"name"`
	Kind      drover.Kind  `json:"kind"`
	Type      string       `json:"type"`
	Sources   []string     `json:"sources"`
	Env       *string      `json:"env"`
	Tier      *int64       `json:"tier"`
	Unit      *string      `json:"business_unit"`
	Owner     *OwnerView   `json:"owner"`
	Created   *time.Time   `json:"created"`
	FirstSeen *time.Time   `json:"first_seen"`
	Aliases   []string     `json:"aliases"`
	Tags      []string     `json:"tags"`
	Attrs     drover.Attrs `json:"attrs"`
}

// Identity returns row i as an item.
func (s *Snapshot) Identity(i int) Identity {
	row, f := s.Row(i), s.Facts(i)
	r, a := s.judge.Conclude(i)
	v := Identity{ID: graph.ShortID(row.Node.Kind, row.Entity), Ref: row.Node.Ref, Name: row.Node.Name, Sources: list(row.Sources), Kind: row.Node.Kind, Type: row.Node.Type,
		NHIType: known(string(f.NHIType)), Verdict: VerdictView{Value: r.Verdict.Value.Value, Confidence: round(r.Verdict.Confidence), Reasons: []string{}},
		Lifecycle: LifecycleView{r.Lifecycle.Value, r.Lifecycle.Reason}, NameParts: nameParts(&r.Name), Naming: s.naming(i), Env: known(f.Env), Purpose: known(f.Purpose), DataClass: known(f.DataClass),
		Criticality: known(f.Criticality), Regulation: list(f.Regulation), BusinessUnit: known(f.BusinessUnit), Owner: s.ownerView(i), Created: when(row.Node.Created),
		Expires: when(row.Node.Expires), FirstSeen: when(row.FirstSeen), Credentials: f.Credentials, Aliases: list(row.Node.Aliases), Places: f.Places, Tags: list(f.Tags), Attrs: row.Node.Attrs,
		LastUsed: usedView(&a.Use)}
	if f.Tier != filter.Unknown {
		v.Tier = &f.Tier
	}
	v.Risk = s.listedRisk(i)
	for _, why := range r.Verdict.Reasons {
		text := why.Text
		if why.Detail != "" {
			text += ": " + why.Detail
		}
		v.Verdict.Reasons = append(v.Verdict.Reasons, text)
	}
	return v
}

// Credential returns row i as an item.
func (s *Snapshot) Credential(i int) Credential {
	row, f := s.Row(i), s.Facts(i)
	v := Credential{ID: graph.ShortID(row.Node.Kind, row.Entity), Ref: row.Node.Ref, Name: row.Node.Name, Type: row.Node.Type, Sources: list(row.Sources), Created: when(row.Node.Created),
		Rotated: when(row.Node.Rotated), Expires: when(row.Node.Expires), Places: []PlaceView{}, Status: f.Status, Aliases: list(row.Node.Aliases), Tags: list(f.Tags), Attrs: row.Node.Attrs}
	if f.Identity != "" {
		ref := drover.Ref(f.Identity)
		v.Identity = &ref
		if i, ok := s.Find(ref); ok {
			v.Whose = known(s.Name(i))
		}
	}
	v.Fingerprint = fingerprint(row.Node)
	if u, ok := s.Use(i); ok {
		v.LastUsed = usedView(&u)
	}
	for h := range s.Out(i) {
		if h.Kind == drover.EdgeStoredIn {
			v.Places = append(v.Places, s.place(h))
		}
	}
	return v
}

// nameParts is the name by its slots; a slot that the name does not have is not
// in it, and one that can be read in several ways has all of them, joined by "|".
func nameParts(n *classify.NameParts) map[string]string {
	out := map[string]string{}
	for slot, p := range map[string]classify.Part{"prefix": n.Prefix, "type": n.Type, "env": n.Env, "function": n.Function, "location": n.Location, "zone": n.Zone, "instance": n.Instance} {
		switch {
		case p.Value != "":
			out[slot] = p.Value
		case len(p.Alternatives) > 0:
			out[slot] = strings.Join(p.Alternatives, "|")
		}
	}
	if n.Provider != "" {
		out["provider"] = n.Provider
	}
	return out
}

// fingerprint is the keyed hash of a credential's value where the value was
// seen, and the public fingerprint of a key or certificate otherwise.
func fingerprint(n drover.Node) *string {
	for _, prefix := range []string{"secret:", "ssh:", "x509:"} {
		for _, a := range n.Aliases {
			if len(a) > len(prefix) && a[:len(prefix)] == prefix {
				fp := a
				if prefix == "secret:" {
					fp = a[len(prefix):]
				}
				return &fp
			}
		}
	}
	if n.Ref.System() == "secret" {
		id := n.Ref.ID()
		return &id
	}
	return nil
}

func (s *Snapshot) place(h graph.Hop) PlaceView {
	n, e := s.Node(h.Row), s.Edge(h.Edge)
	p := PlaceView{Ref: n.Ref, Name: n.Name, Exposure: "unknown"}
	if ns := n.Attrs.Str("namespace"); ns != "" {
		p.Name = ns + "/" + n.Name // a Secret of Kubernetes
	}
	if x := n.Attrs.Str("exposure"); x != "" {
		p.Exposure = x
	}
	for _, attrs := range []drover.Attrs{n.Attrs, e.Cond} {
		for _, key := range []string{"path", "file"} {
			if v := attrs.Str(key); v != "" && p.File == nil {
				p.File = &v
			}
		}
		if v, ok := attrs.Int("line"); ok && p.Line == nil {
			p.Line = &v
		}
		if v := attrs.Str("commit"); v != "" && p.Commit == nil {
			p.Commit = &v
		}
		if v := author(attrs); v != "" && p.Author == nil {
			p.Author = &v
		}
		if t := attrs.Time("author_time"); !t.IsZero() && p.Time == nil {
			p.Time = &t
		}
		if v := attrs.Str("remote"); v != "" && p.Remote == nil {
			p.Remote = &v
		}
		if v, ok := attrs.Bool("in_head"); ok && p.InHead == nil {
			p.InHead = &v
		}
	}
	return p
}

// author is who a place says wrote it: name, <address>, or both.
func author(a drover.Attrs) string {
	name, mail := a.Str("author"), a.Str("author_email")
	if mail != "" {
		mail = "<" + mail + ">"
	}
	return strings.TrimSpace(name + " " + mail)
}

// Item returns row i as an item of any kind.
func (s *Snapshot) Item(i int) Item {
	row, f := s.Row(i), s.Facts(i)
	v := Item{ID: graph.ShortID(row.Node.Kind, row.Entity), Ref: row.Node.Ref, Name: row.Node.Name, Kind: row.Node.Kind, Type: row.Node.Type, Sources: list(row.Sources), Env: known(f.Env),
		Unit: known(f.BusinessUnit), Owner: s.ownerView(i), Created: when(row.Node.Created), FirstSeen: when(row.FirstSeen), Aliases: list(row.Node.Aliases), Tags: list(f.Tags), Attrs: row.Node.Attrs}
	if f.Tier != filter.Unknown {
		v.Tier = &f.Tier
	}
	return v
}

func usedView(u *graph.Use) *UsedView {
	if u.LastUsed.IsZero() {
		return nil
	}
	grade := u.LastUsedGrade
	if grade == "" {
		grade = drover.GradeProven
	}
	return &UsedView{when(u.LastUsed), grade, u.LastUsedSource}
}

func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

func round(f float64) float64 { return float64(int64(f*1000+0.5)) / 1000 }
