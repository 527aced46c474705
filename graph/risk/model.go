package risk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/policy"
)

// Input is what risk is computed from. Functions that are nil leave out what they
// would say, and the score says so.
type Input struct {
	Graph  *graph.Snapshot
	Policy *policy.Policy
	Now    time.Time

	Standing func(row int) (effective.Standing, bool) // what falls with an identity: see Standings
	Rule     func(row int) int                        // which of the policy's rotation rules matches a row, from 1; 0: none
	Worst    func(row int) drover.Severity            // of the open findings about a row; 0: none
	Open     func(row int) (percent int, says string) // how far anybody outside can become an identity, and who; 0: nobody
}

// A Model scores the identities of one snapshot. It is safe for concurrent use.
type Model struct{ in Input }

// New makes a model. Nothing is computed before it is asked for.
func New(in Input) *Model {
	if in.Policy == nil {
		in.Policy = policy.Default()
	}
	return &Model{in}
}

// Scored reports whether a row has a score: heads of identities that a source
// asserts.
func (m *Model) Scored(row int) bool {
	g := m.in.Graph
	return row >= 0 && row < g.Seen() && g.Kind(row) == drover.KindIdentity && !g.IsMember(row)
}

// At is the score of a row with its reasons. What is no identity has that of the
// identity with the highest score that it proves or gives away; ok is false where
// there is none.
func (m *Model) At(row int) (s Score, ok bool) {
	best := m.subject(row)
	if best < 0 {
		return Score{}, false
	}
	ms := m.measure(best, true)
	return ms.score(m.in.Policy.Risk), true
}

// Total is the total of At without its reasons, -1 where there is none.
func (m *Model) Total(row int) int {
	best := m.subject(row)
	if best < 0 {
		return -1
	}
	ms := m.measure(best, false)
	return ms.total(m.in.Policy.Risk.Weights)
}

// NoScore stands in All for what is no identity.
const NoScore = 255

// All computes the totals of all identities in one walk: one byte for each row
// that a source asserts, NoScore for what is no identity. It errors when ctx ends.
func (m *Model) All(ctx context.Context) ([]uint8, error) {
	out := make([]uint8, m.in.Graph.Seen())
	w := m.in.Policy.Risk.Weights
	for row := range out {
		if row%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out[row] = NoScore
		if m.Scored(row) {
			ms := m.measure(row, false)
			out[row] = uint8(ms.total(w))
		}
	}
	return out, nil
}

// subject is the identity whose score a row has, -1 where there is none.
func (m *Model) subject(row int) int {
	g := m.in.Graph
	if row < 0 || row >= g.Len() {
		return -1
	}
	if row = g.Head(row); m.Scored(row) {
		return row
	}
	best, most := -1, -1
	for _, id := range m.identities(row) {
		ms := m.measure(id, false)
		if t := ms.total(m.in.Policy.Risk.Weights); t > most {
			best, most = id, t
		}
	}
	return best
}

// maxHolders bounds how many identities are looked at for one row that is none.
const maxHolders = 256

// identities are those that a row proves or gives away: a credential's holders,
// those of the credentials in a place, those that a workload runs as, and those
// that a policy, role or group is given to.
func (m *Model) identities(row int) (out []int) {
	g := m.in.Graph
	add := func(id int) {
		if id = g.Head(id); m.Scored(id) && len(out) < maxHolders && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	holders := func(credential int) {
		for h := range g.Out(credential) {
			if h.Kind == drover.EdgeAuthenticates {
				add(h.Row)
			}
		}
	}
	switch g.Kind(row) {
	case drover.KindCredential:
		holders(row)
	case drover.KindWorkload:
		for h := range g.Out(row) {
			if h.Kind == drover.EdgeRunsAs {
				add(h.Row)
			}
		}
	default:
		for h := range g.In(row) {
			switch h.Kind {
			case drover.EdgeStoredIn:
				holders(h.Row)
			case drover.EdgeMemberOf:
				add(h.Row)
			}
		}
		for h := range g.Out(row) {
			if h.Kind == drover.EdgeAttached {
				add(h.Row)
			}
		}
	}
	return out
}

func (m *Model) measure(row int, words bool) measures {
	f := m.known(row, nil, words)
	return f.measure(words)
}

// facts gathers what is known of an identity as it were without some of its
// credentials.
func (m *Model) facts(row int, without []int) facts { return m.known(row, without, false) }

// known is facts, with the words of the rotation interval where they are wanted.
func (m *Model) known(row int, without []int, words bool) (f facts) {
	g := m.in.Graph
	f.bounded = g.Bounded()
	x := g.Facts(row)
	f.off = off(&x)
	f.self0 = x.Tier == 0 || slices.Contains(x.Tags, effective.Tier0Tag)
	f.env, f.criticality, f.dataClass, f.regulation = x.Env, x.Criticality, x.DataClass, x.Regulation
	if m.in.Standing != nil {
		if s, ok := m.in.Standing(row); ok {
			f.reachKnown, f.reach, f.exact, f.tier0 = true, s.Reach, s.Exact, max(s.Tier0, 0)
		}
	}
	m.owner(row, &x, &f)
	m.use(row, &x, &f)
	m.data(row, &f)
	m.secrets(row, without, words, &f)
	if m.in.Open != nil {
		f.open, f.outsiders = m.in.Open(row)
	}
	if m.in.Worst != nil {
		f.asked, f.worst = true, m.in.Worst(row)
	}
	return f
}

func off(x *graph.Facts) string {
	switch x.Lifecycle {
	case drover.LifecycleQuarantined:
		return "it is switched off"
	case drover.LifecycleRetired:
		return "it is retired"
	}
	return ""
}

func (m *Model) owner(row int, x *graph.Facts, f *facts) {
	g := m.in.Graph
	f.owner = noOwner
	if x.Owner != "" {
		f.owner = hasOwner
		for _, l := range g.Labels(row) {
			if l.Key == "owner.state" && l.Value == "suggested" {
				f.owner = suggestedOwner
			}
		}
	}
	if x.Lifecycle == drover.LifecycleOrphaned && x.Owner != "" {
		f.owner = leftOwner
	}
}

func (m *Model) use(row int, x *graph.Facts, f *facts) {
	u, seen := m.in.Graph.Use(row)
	if !x.LastUsed.IsZero() {
		f.idle = max(m.in.Now.Sub(x.LastUsed), 0)
	} else if seen && u.NeverSource != "" {
		f.idle = u.NeverWindow
	}
	switch {
	case x.Lifecycle == drover.LifecycleDormant:
		f.use = isDormant
	case x.Lifecycle == drover.LifecycleIdle:
		f.use = isIdle
	case !x.LastUsed.IsZero():
		f.use = m.byAge(f.idle, x.Lifecycle)
	case seen && u.NeverSource != "" && x.Monitored:
		f.use = isNew
	default:
		f.use = useUnknown
	}
}

// byAge is the use of what lifecycle says something else of: an orphan may be idle.
func (m *Model) byAge(idle time.Duration, l drover.Lifecycle) use {
	t := m.in.Policy.Thresholds
	if l != drover.LifecycleOrphaned || t.Idle == 0 {
		return inUse
	}
	switch {
	case idle >= t.Dormant:
		return isDormant
	case idle >= t.Idle:
		return isIdle
	}
	return inUse
}

// dataRank orders classes of data.
var dataRank = map[string]int{"public": 1, "internal": 2, "confidential": 3, "restricted": 4}

// maxNear bounds how many edges of one identity are looked at for the data they
// open.
const maxNear = 4096

// data takes the classes and regulations of what an identity touches directly, too.
func (m *Model) data(row int, f *facts) {
	g, n := m.in.Graph, 0
	for h := range g.Out(row) {
		if n++; n > maxNear {
			return
		}
		switch h.Kind {
		case drover.EdgeCanAccess, drover.EdgeReadsSecret:
		default:
			continue
		}
		if h.Row >= g.Seen() {
			continue
		}
		x := g.Facts(h.Row)
		if dataRank[x.DataClass] > dataRank[f.dataClass] {
			f.dataClass, f.dataNear = x.DataClass, true
		}
		for _, r := range x.Regulation {
			if !slices.Contains(f.regulation, r) {
				f.regulation = append(slices.Clip(f.regulation), r)
			}
		}
	}
	if len(f.regulation) > 1 {
		f.regulation = slices.Sorted(slices.Values(f.regulation))
	}
}

// Rotation is how long the secret of a credential may live: by what the identity
// that it proves reaches, and by the house's rules.
func (m *Model) Rotation(credential int) policy.Interval {
	g := m.in.Graph
	best, every := policy.Interval{}, false
	ids := []int{}
	for h := range g.Out(credential) {
		if id := g.Head(h.Row); h.Kind == drover.EdgeAuthenticates && m.Scored(id) && len(ids) < maxHolders {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return m.in.Policy.Decide(m.secret(credential, -1))
	}
	for _, id := range ids {
		if v := m.in.Policy.Decide(m.secret(credential, id)); !every || v.Every > 0 && (best.Every == 0 || v.Every < best.Every) {
			best, every = v, true
		}
	}
	return best
}

// Rule is which of the policy's rotation rules matches a row, from 1; 0: none.
func (m *Model) Rule(row int) int {
	if m.in.Rule == nil {
		return 0
	}
	return m.in.Rule(row)
}

// secret is what the interval of a credential depends on, as the proof of one
// identity.
func (m *Model) secret(credential, identity int) policy.RotationSubject {
	g := m.in.Graph
	s := policy.RotationSubject{Type: g.Type(credential)}
	if m.in.Rule != nil {
		s.Rule = m.in.Rule(credential)
	}
	if identity >= 0 {
		x := g.Facts(identity)
		s.Tier0 = x.Tier == 0 || slices.Contains(x.Tags, effective.Tier0Tag)
		s.Criticality, s.Env, s.DataClass, s.Regulation = x.Criticality, x.Env, x.DataClass, x.Regulation
		if m.in.Standing != nil {
			if st, ok := m.in.Standing(identity); ok {
				s.Reach = st.Risk
			}
		}
		if s.Rule == 0 && m.in.Rule != nil {
			s.Rule = m.in.Rule(identity)
		}
	}
	if credential < g.Seen() {
		if x := g.Facts(credential); s.Env == "" {
			s.Env = x.Env
		}
	}
	return s
}

// working reports whether a credential opens anything today.
func (m *Model) working(credential int) bool {
	g := m.in.Graph
	if credential >= g.Seen() {
		return true
	}
	switch g.Facts(credential).Status {
	case "disabled", "expired":
		return false
	}
	return true
}

// federated reports whether a credential is issued anew each time it is used.
func federated(typ string) bool {
	return strings.Contains(typ, "federat") || strings.Contains(typ, "oidc") || strings.Contains(typ, "session")
}

// Subject is the identity whose score a row has: itself where it is one; -1: there
// is none.
func (m *Model) Subject(row int) int { return m.subject(row) }
