package check

import (
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/owners"
)

// memo holds what several checks ask of an estate.
type memo struct {
	standings func() map[int]effective.Standing
	owners    *owners.Estate
}

// Prepare must be called once before an estate is read.
func (e *Estate) Prepare() {
	e.memo.standings = sync.OnceValue(e.allStandings)
	e.memo.owners = owners.New(e.Graph, e.Now)
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

// NonHuman reports whether a row is an identity that is not a person's: verdict
// nhi or shared. Unknown is neither.
func (e *Estate) NonHuman(row int) bool {
	v := e.Graph.Facts(row).Verdict
	return e.Graph.Kind(row) == drover.KindIdentity && (v == drover.VerdictNHI || v == drover.VerdictShared)
}

// Off reports whether a row is disabled, retired or expired in its system: what
// is off is not punished.
func (e *Estate) Off(row int) bool {
	f := e.Graph.Facts(row)
	switch f.Lifecycle {
	case drover.LifecycleQuarantined, drover.LifecycleRetired:
		return true
	}
	return f.Status == "disabled" || f.Status == "expired"
}

// In lists the rows that edges of one kind come from.
func (e *Estate) In(row int, kind drover.EdgeKind) (rows []int) {
	for h := range e.Graph.In(row) {
		if h.Kind == kind {
			rows = append(rows, h.Row)
		}
	}
	return rows
}

// Out lists the rows that edges of one kind lead to.
func (e *Estate) Out(row int, kind drover.EdgeKind) (rows []int) {
	for h := range e.Graph.Out(row) {
		if h.Kind == kind {
			rows = append(rows, h.Row)
		}
	}
	return rows
}

// Credentials are the credentials of an identity.
func (e *Estate) Credentials(identity int) []int { return e.In(identity, drover.EdgeAuthenticates) }

// Holders are the identities that a credential proves.
func (e *Estate) Holders(credential int) []int { return e.Out(credential, drover.EdgeAuthenticates) }

// Places are where a credential lies.
func (e *Estate) Places(credential int) []int { return e.Out(credential, drover.EdgeStoredIn) }

// Workloads are what runs as an identity.
func (e *Estate) Workloads(identity int) []int { return e.In(identity, drover.EdgeRunsAs) }

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

// Body is the document of a row: what it grants, trusts or configures. ok is
// false where it has none, or it was never read.
func (e *Estate) Body(row int) (drover.Document, bool) {
	hash := e.Graph.Str(row, "document")
	read := e.Document
	if read == nil && e.Effects != nil {
		read = e.Effects.Input().Document
	}
	if hash == "" || read == nil {
		return drover.Document{}, false
	}
	return read(hash)
}

// Secret is when the secret of a credential was last changed: rotated, else
// created. ok is false where neither is known.
func (e *Estate) Secret(credential int) (at time.Time, ok bool) {
	n := e.Graph.Node(credential)
	if !n.Rotated.IsZero() {
		return n.Rotated, true
	}
	return n.Created, !n.Created.IsZero()
}

// Unused says since when nothing was seen of a row, where a source that would
// have seen it says so: dormant, not idle, new or unknown. Proof is the sentence
// for it.
func (e *Estate) Unused(row int) (proof drover.FindingProof, ok bool) {
	if e.Graph.Facts(row).Lifecycle != drover.LifecycleDormant && e.Graph.Kind(row) == drover.KindIdentity {
		return drover.FindingProof{}, false
	}
	u, ok := e.Graph.Use(row)
	if !ok {
		return drover.FindingProof{}, false
	}
	return e.useProof(u), true
}

func (e *Estate) useProof(u graph.Use) drover.FindingProof {
	if !u.LastUsed.IsZero() {
		return Proof("last used "+Day(u.LastUsed)+" ("+Ago(e.Now, u.LastUsed)+")", u.LastUsedSource, u.ObservedAt, u.LastUsedGrade)
	}
	return Proof("no use in the "+Span(u.NeverWindow)+" that the source covers", u.NeverSource, u.NeverAt, drover.GradeProven)
}
