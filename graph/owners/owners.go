// Package owners reads from a snapshot who answers for what: the owner that a
// person of the house decided, that a system names or that comes down from the
// application; whether that owner is still there; and which facts speak for whom
// where there is none. It knows people, their teams and their managers, and what
// became of them. Which candidate is likeliest package classify/owner says.
package owners

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// The keys of the tags in which decisions about owners are kept. Nobody sets them
// by hand: they belong together.
const (
	KeyOwner  = "owner"          // whom: the ref of a person or group, or "email:…" of somebody who is on no list
	KeyState  = "owner.state"    // set, confirmed
	KeyAt     = "owner.at"       // when, in RFC 3339
	KeyDeputy = "owner.deputy"   // who stands in, as KeyOwner
	KeyReason = "owner.because"  // why it was handed over
	KeyBefore = "owner.previous" // who had it before a transfer
)

// Keys lists them.
var Keys = []string{KeyOwner, KeyState, KeyAt, KeyDeputy, KeyReason, KeyBefore}

// Reserved reports whether a tag's key is one that only decisions about owners set.
func Reserved(key string) bool { return key == KeyOwner || strings.HasPrefix(key, KeyOwner+".") }

// An Estate answers for one snapshot. It is safe for concurrent use.
type Estate struct {
	s   *graph.Snapshot
	now time.Time

	people func() *people
	peers  func() *peers
	empty  sync.Map // group -> bool: Empty, once for each
}

// New makes the estate of a snapshot; nothing is read before it is asked for. Now
// is the moment at which who has left is judged.
func New(s *graph.Snapshot, now time.Time) *Estate {
	e := &Estate{s: s, now: now}
	e.people = sync.OnceValue(e.readPeople)
	e.peers = sync.OnceValue(e.readPeers)
	return e
}

// Snapshot is what the estate was made of.
func (e *Estate) Snapshot() *graph.Snapshot { return e.s }

// A Party is a person or a team. Row is -1 for somebody who is on no list and is
// known by an address or a name only.
type Party struct {
	Row  int
	Text string // "email:ann@x.example", "team:payments"; "" where Row says who
}

// Nobody is the party that is none.
var Nobody = Party{Row: -1}

// None reports whether it is nobody.
func (p Party) None() bool { return p.Row < 0 && p.Text == "" }

// Key tells parties apart: the ref of a row, or the text.
func (e *Estate) Key(p Party) string {
	if p.Row >= 0 {
		return string(e.s.Ref(p.Row))
	}
	return p.Text
}

// Party is the party of a Key. One whose ref no source lists any more has no row.
func (e *Estate) Party(key string) Party {
	if row, ok := e.s.Find(drover.Ref(key)); ok && !e.s.Unseen(row) {
		return Party{Row: e.s.Head(row)}
	}
	return Party{Row: -1, Text: key}
}

// Delisted reports whether a party is somebody whom a decision named and whom no
// source lists any more.
func (p Party) Delisted() bool {
	return p.Row < 0 && strings.Count(p.Text, "/") >= 3 && drover.Ref(p.Text).Valid() == nil
}

// Name is what a party is called.
func (e *Estate) Name(p Party) string {
	if p.Delisted() {
		_, _, _, id, _ := drover.Ref(p.Text).Parts()
		return strings.TrimPrefix(id, "name:")
	}
	if p.Row < 0 {
		_, name, _ := strings.Cut(p.Text, ":")
		return name
	}
	if n := e.s.Name(p.Row); n != "" {
		return n
	}
	return string(e.s.Ref(p.Row))
}

// IsTeam reports whether a party is a team, not a person.
func (e *Estate) IsTeam(p Party) bool {
	if p.Row >= 0 {
		return e.s.Kind(p.Row) == drover.KindGroup
	}
	if p.Delisted() {
		_, _, typ, _, _ := drover.Ref(p.Text).Parts()
		return slices.Contains(teamTypes, lastWord(typ)) || lastWord(typ) == "group"
	}
	return strings.HasPrefix(p.Text, "team:")
}
