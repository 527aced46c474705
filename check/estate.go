package check

import (
	"context"
	"slices"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/owners"
)

// The helpers of this file and of use.go, place.go, tag.go, exempt.go and
// breakglass.go are asked row by row, by every check: none of them allocates where
// it has nothing to say. Rows are heads of entities; what a snapshot knows of the
// members, the head has.

// memo holds what several checks ask of an estate.
type memo struct {
	standings func() map[int]effective.Standing
	owners    *owners.Estate
	storages  map[string]Storage // by type of place

	mu    sync.Mutex
	paths map[int]path

	dependents map[int][]dependent // by row, a few
	glass      glass
	reach      reaches
	documents  documents
	data       protected
}

type path struct {
	rows []int
	path effective.Path
	ok   bool
}

// Prepare must be called once before an estate is read; Run does.
func (e *Estate) Prepare() {
	if e.memo.owners == nil {
		e.memo.standings = sync.OnceValue(e.allStandings)
		e.memo.owners = owners.New(e.Graph, e.Now)
		e.memo.storages = e.allStorages()
		e.memo.paths = map[int]path{}
		e.memo.dependents = map[int][]dependent{}
	}
}

func (e *Estate) allStandings() map[int]effective.Standing {
	out := map[int]effective.Standing{}
	if e.Effects != nil {
		for s := range e.Effects.Standings(e.Effects.Batch(effective.Options{})) {
			out[int(s.Row)] = s
		}
	}
	return out
}

// Standing is how much falls with a row; ok is false where reach was not computed.
func (e *Estate) Standing(row int) (s effective.Standing, ok bool) {
	s, ok = e.memo.standings()[row]
	return s, ok
}

// PathToTier0 is the surest way from a row to something that everything falls
// with: the rows on it, the row itself first, and the path with its edges and
// proofs. ok is false where there is none, or reach was not computed. It is for
// rows that will be reported: ask Standing first, which costs nothing.
func (e *Estate) PathToTier0(row int) (rows []int, p effective.Path, ok bool) {
	if e.Effects == nil {
		return nil, effective.Path{}, false
	}
	e.memo.mu.Lock()
	defer e.memo.mu.Unlock()
	got, done := e.memo.paths[row]
	if !done {
		targets := slices.DeleteFunc(slices.Clone(e.Effects.Tier0Rows()), func(r uint32) bool { return int(r) == row })
		if list, _ := e.Effects.Paths(context.Background(), []uint32{uint32(row)}, targets, effective.Options{Limit: 1}); len(list) > 0 {
			got.path, got.ok = list[0], true
			for _, n := range list[0].Nodes {
				got.rows = append(got.rows, int(n))
			}
		}
		if len(e.memo.paths) == maxKept {
			clear(e.memo.paths)
		}
		e.memo.paths[row] = got
	}
	return got.rows, got.path, got.ok
}

// NonHuman reports whether a row is an identity that is not a person's: verdict
// nhi or shared. Unknown is neither.
func (e *Estate) NonHuman(row int) bool {
	v := e.Graph.Facts(row).Verdict
	return e.Graph.Kind(row) == drover.KindIdentity && (v == drover.VerdictNHI || v == drover.VerdictShared)
}

// Off reports whether a row is disabled, retired or expired in its system: what
// is off is not punished. A credential is off with the only identity that it
// proves.
func (e *Estate) Off(row int) bool {
	f := e.Graph.Facts(row)
	switch f.Lifecycle {
	case drover.LifecycleQuarantined, drover.LifecycleRetired:
		return true
	}
	if f.Status == "disabled" || f.Status == "expired" {
		return true
	}
	if e.Graph.Kind(row) != drover.KindCredential {
		return false
	}
	holders, off := 0, 0
	for h := range e.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates {
			holders++
			if l := e.Graph.Facts(h.Row).Lifecycle; l == drover.LifecycleQuarantined || l == drover.LifecycleRetired {
				off++
			}
		}
	}
	return holders > 0 && holders == off
}

// In lists the rows that edges of one kind come from, each once.
func (e *Estate) In(row int, kind drover.EdgeKind) (rows []int) {
	for h := range e.Graph.In(row) {
		if h.Kind == kind && !slices.Contains(rows, h.Row) {
			rows = append(rows, h.Row)
		}
	}
	return rows
}

// Out lists the rows that edges of one kind lead to, each once.
func (e *Estate) Out(row int, kind drover.EdgeKind) (rows []int) {
	for h := range e.Graph.Out(row) {
		if h.Kind == kind && !slices.Contains(rows, h.Row) {
			rows = append(rows, h.Row)
		}
	}
	return rows
}

// HasIn reports whether an edge of a kind leads to a row, HasOut whether one
// leaves it.
func (e *Estate) HasIn(row int, kind drover.EdgeKind) bool {
	for h := range e.Graph.In(row) {
		if h.Kind == kind {
			return true
		}
	}
	return false
}

// HasOut is HasIn for the edges that leave a row.
func (e *Estate) HasOut(row int, kind drover.EdgeKind) bool {
	for h := range e.Graph.Out(row) {
		if h.Kind == kind {
			return true
		}
	}
	return false
}

// Credentials are the credentials of an identity.
func (e *Estate) Credentials(identity int) []int { return e.In(identity, drover.EdgeAuthenticates) }

// Holders are the identities that a credential proves.
func (e *Estate) Holders(credential int) []int { return e.Out(credential, drover.EdgeAuthenticates) }

// Places are where a credential lies.
func (e *Estate) Places(credential int) []int { return e.Out(credential, drover.EdgeStoredIn) }

// Workloads are what runs as an identity.
func (e *Estate) Workloads(identity int) []int { return e.In(identity, drover.EdgeRunsAs) }

// Readers are who reads a credential, or what lies in a place.
func (e *Estate) Readers(row int) []int { return e.In(row, drover.EdgeReadsSecret) }

// Consumers are what uses a credential or an identity, as far as the graph knows:
// workloads that run as it or as the identity that it proves, who reads it or the
// place in which it lies. Each once, in the order of rows.
func (e *Estate) Consumers(row int) (rows []int) {
	rows = append(e.Workloads(row), e.Readers(row)...)
	if e.Graph.Kind(row) == drover.KindCredential {
		for _, p := range e.Places(row) {
			rows = append(rows, e.Readers(p)...)
		}
		for _, h := range e.Holders(row) {
			rows = append(rows, e.Workloads(h)...)
		}
	} else {
		for _, c := range e.Credentials(row) {
			rows = append(rows, e.Readers(c)...)
			for _, p := range e.Places(c) {
				rows = append(rows, e.Readers(p)...)
			}
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// Owners are the people and groups that answer for a row: whom somebody of the
// house or the policy named, else all whom systems name, else whose it is by what
// it belongs to. Those who have left are among them.
func (e *Estate) Owners(row int) (rows []int) {
	o, ok := e.memo.owners.Current(row)
	if !ok {
		return nil
	}
	if o.Row >= 0 {
		rows = append(rows, o.Row)
	}
	if o.How == owners.Said {
		for _, p := range o.Overrides {
			if p.Row >= 0 {
				rows = append(rows, p.Row)
			}
		}
	}
	return rows
}

// Ownership knows everything about owners, people and teams: how an owner is
// known, whether somebody can still answer, who is likely to where nobody does.
func (e *Estate) Ownership() *owners.Estate { return e.memo.owners }

// Left reports whether a person has left, as an HR export or a directory says.
func (e *Estate) Left(human int) classify.State {
	return classify.StateOf(owners.Left(e.Graph.Attrs(human), e.Now))
}

// A Creator is one step of who made or owns a row, nearest first.
type Creator struct {
	By, Of int
	Kind   drover.EdgeKind // created, or owns
	Depth  int             // 1: By made the row that was asked about
}

// Creators follows who made or owns a row up to people: human -> NHI -> NHI, 16
// steps at most. A circle ends where it closes.
func (e *Estate) Creators(row int) (chain []Creator) {
	seen := map[int]bool{row: true}
	level := []int{row}
	for depth := 1; len(level) > 0 && depth <= 16; depth++ {
		var next []int
		for _, n := range level {
			for h := range e.Graph.In(n) {
				if (h.Kind == drover.EdgeCreated || h.Kind == drover.EdgeOwns) && h.Row != n {
					chain = append(chain, Creator{h.Row, n, h.Kind, depth})
					if !seen[h.Row] {
						seen[h.Row] = true
						next = append(next, h.Row)
					}
				}
			}
		}
		slices.Sort(next)
		level = next
	}
	return chain
}

// Body is the document of a row: what it grants, trusts or configures. ok is
// false where it has none, or it was never read.
func (e *Estate) Body(row int) (drover.Document, bool) {
	hash := e.Str(row, "document")
	read := e.Document
	if read == nil && e.Effects != nil {
		read = e.Effects.Input().Document
	}
	if hash == "" || read == nil {
		return drover.Document{}, false
	}
	return read(hash)
}
