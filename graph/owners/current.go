package owners

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// How is from where an owner is known.
type How string

const (
	Decided   How = "decided"   // somebody of the house said so
	Policy    How = "policy"    // drover.yaml says so
	Said      How = "system"    // a system, a tag or a list says so
	Inherited How = "inherited" // it comes down from what it belongs to
)

// An Owner is who answers for something.
type Owner struct {
	Party
	How     How
	From    int          // with Inherited: what it comes down from; else -1
	By      string       // who decided; with Policy the place in the file
	At      time.Time    // when it was last decided or confirmed; zero: by nobody
	State   string       // of a decision: set, confirmed
	Because string       // why it was handed over
	Proof   string       // what says so, of a system
	Grade   drover.Grade // of what a system says
	Deputy  Party

	// Overrides are other owners that a system names, or that would come down, and
	// that this one stands before.
	Overrides []Party
}

// appTypes are the last words of types of things that identities belong to.
var appTypes = []string{"application", "app", "app_registration", "enterprise_application", "service", "system", "component", "namespace", "project", "stack", "helm_release", "agent_blueprint", "product"}

const maxInherit = 4 // credential, identity, application, what that belongs to

// Current is who answers for a row: by decision, by policy, by what systems say,
// or by what comes down from what it belongs to. A credential is its identity's,
// an identity its application's. false: nobody is known.
func (e *Estate) Current(row int) (Owner, bool) { return e.current(e.s.Head(row), 0) }

func (e *Estate) current(row, depth int) (Owner, bool) {
	said := e.said(row)
	if o, ok := e.decided(row); ok {
		for _, s := range said {
			if e.Key(s.Party) != e.Key(o.Party) {
				o.Overrides = append(o.Overrides, s.Party)
			}
		}
		if len(said) == 0 && depth < maxInherit {
			if up, ok := e.inherited(row, depth); ok && e.Key(up.Party) != e.Key(o.Party) {
				o.Overrides = append(o.Overrides, up.Party)
			}
		}
		return o, true
	}
	if len(said) > 0 {
		o := said[0]
		for _, s := range said[1:] {
			o.Overrides = append(o.Overrides, s.Party)
		}
		return o, true
	}
	if depth >= maxInherit {
		return Owner{Party: Nobody, From: -1, Deputy: Nobody}, false
	}
	return e.inherited(row, depth)
}

// decided reads what people of the house, then their policy, say.
func (e *Estate) decided(row int) (Owner, bool) {
	o := Owner{Party: Nobody, From: -1, Deputy: Nobody}
	found := false
	for _, l := range e.s.Labels(row) {
		if !Reserved(l.Key) {
			continue
		}
		byPolicy := strings.HasPrefix(l.By, "policy ")
		switch l.Key {
		case KeyOwner:
			if found || l.Value == "" {
				continue
			}
			o.Party, o.How, o.By, found = e.resolve(l.Value), Decided, l.By, true
			if byPolicy {
				o.How, o.By = Policy, strings.TrimPrefix(l.By, "policy ")
			}
		case KeyState:
			o.State = l.Value
		case KeyAt:
			o.At, _ = time.Parse(time.RFC3339, l.Value)
		case KeyDeputy:
			o.Deputy = e.resolve(l.Value)
		case KeyReason:
			o.Because = l.Value
		}
	}
	return o, found && !o.None()
}

// resolve is whom the value of a decision means.
func (e *Estate) resolve(value string) Party {
	if value == "" {
		return Nobody
	}
	if p := e.Party(value); p.Row >= 0 || p.Delisted() {
		return p
	}
	if row, ok := e.lookup(value); ok {
		return Party{Row: row}
	}
	if scheme, _, ok := strings.Cut(value, ":"); ok && (scheme == "email" || scheme == "team") {
		return Party{Row: -1, Text: value}
	}
	if strings.Contains(value, "@") {
		return Party{Row: -1, Text: "email:" + strings.ToLower(value)}
	}
	return Party{Row: -1, Text: "team:" + value}
}

// said lists the owners that systems name: those who are still there first, what
// is proven before what is declared, then by name. A condition, such as the paths
// of a line of CODEOWNERS, gives no owner of the whole.
func (e *Estate) said(row int) (out []Owner) {
	if e.s.Kind(row) == drover.KindHuman {
		return nil // who leads a person does not own them
	}
	for h := range e.s.In(row) {
		if h.Kind != drover.EdgeOwns {
			continue
		}
		p := e.owning(h)
		if p.None() || p.Row == row || slices.ContainsFunc(out, func(o Owner) bool { return o.Row == p.Row && o.Text == p.Text }) {
			continue
		}
		x := e.s.Edge(h.Edge)
		if conditional(x.Cond) {
			continue
		}
		out = append(out, Owner{Party: p, How: Said, From: -1, Deputy: Nobody, Proof: cmp.Or(x.Proof, x.Part), Grade: cmp.Or(x.Grade, drover.GradeProven)})
	}
	if len(out) > 1 {
		slices.SortStableFunc(out, func(a, b Owner) int {
			return cmp.Or(order(e.Gone(a.Party))-order(e.Gone(b.Party)), order(a.Row < 0)-order(b.Row < 0), rank(a.Grade)-rank(b.Grade), cmp.Compare(e.Name(a.Party), e.Name(b.Party)))
		})
	}
	return out
}

// conditional reports whether an edge holds for a part only; what a line of
// CODEOWNERS leaves out does not make it one.
func conditional(cond drover.Attrs) bool {
	if len(cond) == 0 {
		return false
	}
	for key := range cond.Map() {
		if key != "except" {
			return true
		}
	}
	return false
}

// owning is who the other end of an owns edge is. An account that owns a table, or
// a computer that owns a process, is nobody.
func (e *Estate) owning(h graph.Hop) Party {
	switch e.s.Kind(h.Row) {
	case drover.KindHuman, drover.KindGroup:
		if !e.s.Unseen(h.Row) {
			return Party{Row: e.s.Head(h.Row)}
		}
	case drover.KindIdentity:
		if e.s.Unseen(h.Row) {
			return e.party(h.Row)
		}
	}
	return Nobody
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

func rank(g drover.Grade) int { return slices.Index(drover.Grades, g) }

// inherited follows what a row belongs to: a credential its identity, an identity
// its application, anything the application that contains it.
func (e *Estate) inherited(row, depth int) (Owner, bool) {
	for _, up := range e.above(row) {
		if up == row {
			continue
		}
		if o, ok := e.current(up, depth+1); ok {
			if o.How != Inherited {
				o.From = up
			}
			o.How, o.Overrides = Inherited, nil
			return o, true
		}
	}
	return Owner{Party: Nobody, From: -1, Deputy: Nobody}, false
}

// above lists what a row belongs to, the nearest first, each sort by ref.
func (e *Estate) above(row int) (out []int) {
	if e.s.Kind(row) == drover.KindCredential {
		for h := range e.s.Out(row) {
			if h.Kind == drover.EdgeAuthenticates && !e.s.Unseen(h.Row) {
				out = append(out, h.Row)
			}
		}
	}
	for h := range e.s.In(row) {
		if (h.Kind == drover.EdgeContains || h.Kind == drover.EdgeOwns) && h.Row != row && !e.s.Unseen(h.Row) && slices.Contains(appTypes, lastWord(e.s.Type(h.Row))) {
			out = append(out, h.Row)
		}
	}
	if len(out) > 1 {
		slices.SortFunc(out, func(a, b int) int { return cmp.Compare(e.s.Ref(a), e.s.Ref(b)) })
		out = slices.Compact(out)
	}
	return out
}

// Missing says why nobody can be relied on to answer for something.
type Missing string

const (
	Owned       Missing = ""            // somebody does
	Never       Missing = "never"       // nobody was ever named
	LeftCompany Missing = "left"        // who is named has left
	EmptyGroup  Missing = "empty"       // the team that is named has nobody left
	Unconfirmed Missing = "unconfirmed" // nobody confirmed it for too long
)

// States lists why an owner is missing, the worst first.
var States = []Missing{Never, LeftCompany, EmptyGroup, Unconfirmed}

// Missing says whether somebody can be relied on to answer for a row, now. Every is
// how often an owner is to be confirmed; 0: never. An owner that no person confirmed
// is unconfirmed that long after the row was first seen.
func (e *Estate) Missing(row int, every time.Duration) (Missing, Owner) {
	o, ok := e.Current(row)
	switch {
	case !ok:
		return Never, o
	case e.Gone(o.Party) && e.IsTeam(o.Party):
		return EmptyGroup, o
	case e.Gone(o.Party):
		return LeftCompany, o
	case every <= 0 || o.How == Policy:
		return Owned, o
	}
	since := o.At
	if since.IsZero() {
		since = e.s.FirstSeen(e.s.Head(row))
	}
	if !since.IsZero() && e.now.Sub(since) > every {
		return Unconfirmed, o
	}
	return Owned, o
}
