package risk

import (
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/policy"
)

// secrets looks at the credentials of an identity that work: where they lie, and
// how old their secrets are. Some may be left out.
func (m *Model) secrets(row int, without []int, words bool, f *facts) {
	g := m.in.Graph
	worst := -1
	for h := range g.In(row) {
		if h.Kind != drover.EdgeAuthenticates || len(without) > 0 && slices.Contains(without, g.Head(h.Row)) || !m.working(h.Row) {
			continue
		}
		f.credentials++
		m.places(h.Row, words, f)
		if federated(g.Type(h.Row)) {
			continue
		}
		m.age(h.Row, row, words, f, &worst)
	}
}

// age keeps the credential that is most overdue.
func (m *Model) age(credential, identity int, words bool, f *facts, worst *int) {
	at := m.secretOf(credential)
	if at.IsZero() {
		f.ageless++
		return
	}
	s := m.secret(credential, identity)
	age, every := max(m.in.Now.Sub(at), 0), policy.Interval{Every: m.in.Policy.Every(&s)}
	if words {
		every = m.in.Policy.Decide(s)
	}
	over := overdue(age, every.Every)
	if every.Every > 0 && age > every.Every {
		f.overdueAll++
	}
	if !f.oldKnown || over > *worst || over == *worst && age > f.old {
		f.oldKnown, f.old, f.every, *worst = true, age, every, over
		if words {
			f.overdue = []drover.Ref{m.in.Graph.Ref(credential)}
		}
	}
}

// secretOf is when the secret of a credential was last changed; zero: not known.
func (m *Model) secretOf(credential int) time.Time {
	n := m.in.Graph.Node(credential)
	if !n.Rotated.IsZero() {
		return n.Rotated
	}
	return n.Created
}

// maxPlaces bounds how many places of one credential are looked at.
const maxPlaces = 1024

func (m *Model) places(credential int, words bool, f *facts) {
	g, n := m.in.Graph, 0
	for h := range g.Out(credential) {
		if h.Kind != drover.EdgeStoredIn || effective.PublicHalf(g, credential, h.Row) {
			continue
		}
		if n++; n > maxPlaces {
			return
		}
		l := m.leak(h.Row)
		if l == notLeaked {
			continue
		}
		f.copies++
		if l > f.leak {
			if f.leak = l; words {
				f.leaked = []drover.Ref{g.Ref(credential), g.Ref(h.Row)}
			}
		}
	}
}

// leak says how bad it is that a credential lies in a place.
func (m *Model) leak(place int) leak {
	g := m.in.Graph
	a := g.Attrs(place)
	return leakOf(g.Kind(place), g.Type(place), a.Str("exposure"))
}

// stores are words of the types of what is made to hold secrets; shared those of
// places that many people read.
var (
	stores = []string{"vault", "secretsmanager", "secret_manager", "keyvault", "key_vault", "parameter", "keychain", "credential_store", "hsm"}
	shared = []string{"git", "repo", "ci", "build", "pipeline", "workflow", "chat", "slack", "teams", "ticket", "jira", "wiki", "confluence", "image", "registry", "history", "bucket", "log", "mail", "paste", "share"}
)

// leakOf goes by the words of a type: "git.line" is code, "aws.secretsmanager.secret"
// a store. A Kubernetes Secret is a store, too: who reads it is a question of
// access, not of exposure.
func leakOf(kind drover.Kind, typ, exposure string) leak {
	typ = strings.ToLower(typ)
	if exposure == "public" {
		return inPublic
	}
	words := strings.FieldsFunc(typ, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	has := func(list []string) bool {
		for _, w := range list {
			for _, part := range words {
				if part == w {
					return true
				}
			}
			if len(w) > 4 && strings.Contains(typ, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has(stores) || kind != drover.KindPlace && len(words) > 0 && strings.Contains(words[len(words)-1], "secret"):
		return notLeaked
	case has(shared) && exposure == "internal":
		return inShared
	case has(shared):
		return inUnknown
	}
	return inFile
}
