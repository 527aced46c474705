package check

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/reach"
)

// A Way is how a row gets to another: rows of the graph of effects, which may be
// of things that no source asserts, and the edges between them.
type Way struct {
	Nodes []uint32
	Edges []uint32
	Grade drover.Grade
}

// End is the last node of a way.
func (w Way) End() uint32 { return w.Nodes[len(w.Nodes)-1] }

// A ways answers for every row at once who gets to some rows: one search from
// the end finds the way of each.
type ways struct{ sure, any *reach.Reach }

// to searches who gets to targets; of touches only those count that are worth
// as much as control. Kinds nil is every kind.
func (e *Estate) to(targets []uint32, kinds []drover.EdgeKind, level access.Level) *ways {
	g := e.Effects.Reach()
	o := reach.Options{Kinds: kinds, Level: level}
	w := &ways{any: g.Reverse(targets, o)}
	o.MinGrade = drover.GradeProven
	w.sure = g.Reverse(targets, o)
	return w
}

// of is the way of a row: a proven one where there is one. ok is false where
// there is none, or where the row is a target itself.
func (w *ways) of(row int) (Way, bool) {
	n := uint32(row)
	for _, r := range []*reach.Reach{w.sure, w.any} {
		if !r.Has(n) || r.Hops(n) == 0 {
			continue
		}
		if p, ok := r.Path(n); ok && len(p.Edges) > 0 {
			return Way{p.Nodes, p.Edges, p.Grade}, true
		}
	}
	return Way{}, false
}

// Administers is the way by which a row holds everything of an account, a
// cluster or a database server by what it was given: a policy, a binding or a
// group, and no technique in between. ok is false where it does not, or where
// reach was not computed.
func (e *Estate) Administers(row int) (Way, bool) {
	if e.Effects == nil {
		return Way{}, false
	}
	if e.memo.reach.admin == nil {
		var whole []uint32
		for _, r := range e.Effects.Tier0Rows() {
			if container(e.Effects.Type(r)) {
				whole = append(whole, r)
			}
		}
		e.memo.reach.admin = e.to(whole, []drover.EdgeKind{drover.EdgeMemberOf, drover.EdgeCanAccess}, access.LevelPermissions)
	}
	return e.memo.reach.admin.of(row)
}

// container reports whether a type is one of those in which its administrator
// holds everything.
func container(typ string) bool {
	switch typ {
	case "aws.account", "aws.organizations.organization", "kubernetes.cluster", "postgres.cluster":
		return true
	}
	return false
}

// WayToTierZero is the shortest way by which a row takes over something of tier 0,
// whatever it takes; a proven one where there is one. ok is false where there is
// none, or where reach was not computed.
func (e *Estate) WayToTierZero(row int) (Way, bool) {
	if e.Effects == nil {
		return Way{}, false
	}
	if e.memo.reach.zero == nil {
		e.memo.reach.zero = e.to(e.Effects.Tier0Rows(), nil, access.LevelPermissions)
	}
	return e.memo.reach.zero.of(row)
}

// Production is the shortest way by which a row gets to anything whose
// environment is production, if only to read it.
func (e *Estate) Production(row int) (Way, bool) {
	if e.Effects == nil {
		return Way{}, false
	}
	if e.memo.reach.prod == nil {
		var rows []uint32
		for i := range e.Graph.Seen() {
			if !e.Graph.IsMember(i) && Production(e.Graph.Facts(i).Env) && matters(e.Graph.Kind(i)) {
				rows = append(rows, uint32(i))
			}
		}
		e.memo.reach.prod = e.to(rows, nil, "")
	}
	return e.memo.reach.prod.of(row)
}

// matters reports whether a kind is of things that somebody gets to.
func matters(k drover.Kind) bool {
	switch k {
	case drover.KindIdentity, drover.KindRole, drover.KindResource, drover.KindWorkload, drover.KindCredential:
		return true
	}
	return false
}

// reaches is what the searches of an estate found.
type reaches struct {
	admin, zero, prod *ways
	touched           map[profile]Touched // of production
}

// A profile is one set of documents of one system.
type profile struct {
	system string
	n      uint32
}

// SayNode names a row of the graph of effects, which may be one that no source
// asserts.
func (e *Estate) SayNode(n uint32) string {
	if int(n) < e.Graph.Len() {
		return e.Say(int(n))
	}
	return Named(e.Effects.Type(n), Clean(e.Effects.Name(n)))
}

// Rows are the nodes of a way that a source asserts, or names, for Hit.Path.
func (e *Estate) Rows(w Way) (rows []int) {
	for _, n := range w.Nodes {
		if int(n) < e.Graph.Len() {
			rows = append(rows, int(n))
		}
	}
	return rows
}

// maxSteps is how many steps of a way a sentence tells.
const maxSteps = 6

// Steps tells a way step by step, each as proof with the statement that decides it.
func (e *Estate) Steps(w Way) (out []drover.FindingProof) {
	for i, n := range w.Edges {
		if i == maxSteps {
			out = append(out, Proof(Count(len(w.Edges)-i, "further step")+" to "+e.SayNode(w.End()), "graph of effects", e.Now, w.Grade))
			break
		}
		x := e.Effects.Edge(n)
		text := e.SayNode(x.From) + " " + e.verb(&x) + " " + e.SayNode(x.To)
		source := "graph of effects"
		if len(x.Proof) > 0 {
			if p := x.Proof[0]; p.Text != "" {
				text += ": " + sentence(p.Text)
			}
			if p := x.Proof[0]; p.Ref != "" {
				source = e.sayRef(p.Ref)
			}
		}
		if len(x.Cond) > 0 {
			text += ", as long as " + sentence(string(x.Cond))
		}
		out = append(out, Proof(text, source, e.Now, x.Grade))
	}
	return out
}

func (e *Estate) sayRef(ref drover.Ref) string {
	if row, ok := e.Graph.Find(ref); ok {
		return e.Say(row)
	}
	return Clean(string(ref))
}

// verb is what an edge lets its beginning do to its end.
func (e *Estate) verb(x *effective.Edge) string {
	if t, ok := e.Effects.Technique(x.Technique); ok && x.Technique != "PERMISSION_DISCOVER" {
		return "takes over (" + t.ID + ", " + lower(t.Title) + ")"
	}
	switch x.Kind {
	case drover.EdgeMemberOf:
		return "has what is given to"
	case drover.EdgeCanAssume:
		return "can become"
	case drover.EdgeRunsAs:
		return "runs as"
	case drover.EdgeAuthenticates:
		return "signs in as"
	case drover.EdgeDelegatesTo:
		return "acts through"
	case drover.EdgeReadsSecret:
		return "reads"
	case drover.EdgeContains:
		return "holds"
	case drover.EdgeCanAccess:
		if x.Move {
			return "administers"
		}
		return "has " + string(x.Level) + " access to"
	}
	return strings.ReplaceAll(string(x.Kind), "_", " ") + " of"
}

func lower(s string) string {
	if len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' { // an abbreviation
		return s
	}
	return strings.ToLower(s[:min(1, len(s))]) + s[min(1, len(s)):]
}

// Techniques names what a way uses besides what was given, in its order.
func (e *Estate) Techniques(w Way) (out []string) {
	for _, t := range e.Effects.Techniques(effective.Path{Nodes: w.Nodes, Edges: w.Edges, Grade: w.Grade}) {
		if t != "PERMISSION_DISCOVER" {
			out = append(out, t)
		}
	}
	return out
}

// Decides is the statement, binding or grant without which the first step of a
// way that matters would not be: what to take away. Row is -1 where no source
// asserts it; statement "" is the whole of it.
func (e *Estate) Decides(w Way) (row int, statement string, holder uint32) {
	row = -1
	for _, n := range w.Edges {
		x := e.Effects.Edge(n)
		for _, p := range x.Proof {
			if r, ok := e.Graph.Find(p.Ref); ok && p.Ref != "" && (e.Graph.Kind(r) == drover.KindPolicy || unreadPolicy(p.Ref)) {
				return r, p.Statement, x.From
			}
		}
	}
	return row, "", w.Nodes[0]
}

// unreadPolicy reports whether a ref is of a managed policy of AWS that no source
// describes: AWS's own are known by their ARN.
func unreadPolicy(ref drover.Ref) bool {
	return ref.Unseen() && strings.Contains(ref.ID(), ":policy/")
}

// A Touched is what a set of documents lets do in production.
type Touched struct {
	Row   int // one of them, the first; -1: none
	Level access.Level
}

// ProductionByPolicy is something of production that the permissions of a row
// reach, of those that are kept as documents and not as edges. ok is false where
// there is nothing, or where it cannot be told.
func (e *Estate) ProductionByPolicy(row int) (Touched, bool) {
	if e.Effects == nil {
		return Touched{}, false
	}
	for system, m := range e.Effects.Models() {
		if m.Profile == nil || m.Touch == nil {
			continue
		}
		n, ok := m.Profile(uint32(row))
		if !ok {
			continue
		}
		if e.memo.reach.touched == nil {
			e.memo.reach.touched = map[profile]Touched{}
		}
		t, known := e.memo.reach.touched[profile{system, n}]
		if !known {
			t = e.firstProductive(m, n)
			e.memo.reach.touched[profile{system, n}] = t
		}
		return t, t.Row >= 0
	}
	return Touched{}, false
}

func (e *Estate) firstProductive(m *effective.Model, profile uint32) Touched {
	for t := range m.Touch(profile) {
		if t.Level.Rank() >= access.LevelRead.Rank() && int(t.Row) < e.Graph.Seen() && Production(e.Graph.Facts(int(t.Row)).Env) {
			return Touched{int(t.Row), t.Level}
		}
	}
	return Touched{Row: -1}
}

// maxSentence is how much of a proof's text is told, in runes.
const maxSentence = 240

// sentence is Clean for a text of several words.
func sentence(s string) string {
	var words []string
	n := 0
	for w := range strings.FieldsSeq(s) {
		w = Clean(w)
		if n += len([]rune(w)) + 1; n > maxSentence {
			words = append(words, "…")
			break
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
