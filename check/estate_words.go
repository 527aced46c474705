package check

import (
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

// KeysLeft says how many credentials of an identity still open it, as the end of a
// sentence: "", " with 2 active credentials".
func (e *Estate) KeysLeft(identity int) string {
	n := 0
	for h := range e.Graph.In(identity) {
		if h.Kind == drover.EdgeAuthenticates && !e.Off(h.Row) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	if n == 1 {
		return " with a credential that works"
	}
	return " with " + Count(n, "credential") + " that work"
}

// EnabledProof is what says that a row is switched on: the field of its system, or
// that the system lists it and does not say that it is off, which is inferred.
func (e *Estate) EnabledProof(row int) drover.FindingProof {
	a := e.Graph.Attrs(row)
	for _, f := range []string{"status", "Status", "state", "State"} {
		if v := a.Str(f); v != "" {
			return Proof(f+" is "+Clean(v), e.Graph.Ref(row).System()+": "+f, time.Time{}, "")
		}
	}
	for _, f := range []string{"enabled", "accountEnabled", "active"} {
		if v, ok := a.Bool(f); ok && v {
			return Proof(f+" is true", e.Graph.Ref(row).System()+": "+f, time.Time{}, "")
		}
	}
	return Proof("listed, and nothing says that it is disabled", e.Graph.Ref(row).System()+": "+TypeWords(e.Graph.Type(row)), e.Graph.Row(row).Observed, drover.GradeInferred)
}

// DisabledProof is what says that a row is switched off.
func (e *Estate) DisabledProof(row int) drover.FindingProof {
	a := e.Graph.Attrs(row)
	for _, f := range []string{"status", "Status", "state", "State"} {
		if v := a.Str(f); v != "" {
			return Proof(f+" is "+Clean(v), e.Graph.Ref(row).System()+": "+f, time.Time{}, "")
		}
	}
	for _, f := range []string{"enabled", "accountEnabled", "active", "Enabled"} {
		if v, ok := a.Bool(f); ok && !v {
			return Proof(f+" is false", e.Graph.Ref(row).System()+": "+f, time.Time{}, "")
		}
	}
	return Proof("its system says that it is switched off", e.Graph.Ref(row).System()+": "+TypeWords(e.Graph.Type(row)), e.Graph.Row(row).Observed, "")
}

// maxEdges is how many edges of one sort a finding shows as evidence.
const maxEdges = 4

// WithEdge adds an edge to evidence, up to a few: "deployment web runs as it".
func (e *Estate) WithEdge(list []drover.FindingProof, edge int) []drover.FindingProof {
	if len(list) >= maxEdges {
		return list
	}
	d := e.Graph.Edge(edge)
	from, to := e.Graph.Ends(edge)
	source := Clean(d.Proof)
	if source == "" {
		source = Clean(d.Part)
	}
	if source == "" {
		source = e.Graph.Ref(from).System() + ": " + string(d.Kind)
	}
	return append(list, Proof(e.Say(from)+" "+edgeWords[d.Kind]+" "+e.Say(to), source, time.Time{}, d.Grade))
}

// edgeWords are the kinds of edges as a sentence has them between its ends.
var edgeWords = map[drover.EdgeKind]string{
	drover.EdgeOwns: "owns", drover.EdgeCreated: "made", drover.EdgeAuthenticates: "proves", drover.EdgeMemberOf: "is a member of", drover.EdgeCanAssume: "may become",
	drover.EdgeDelegatesTo: "delegates to", drover.EdgeRunsAs: "runs as", drover.EdgeCanAccess: "may access", drover.EdgeReadsSecret: "reads", drover.EdgeEscalates: "can become",
	drover.EdgeStoredIn: "lies in", drover.EdgeExposes: "can be read by", drover.EdgeTrusts: "trusts", drover.EdgeAttached: "is attached to", drover.EdgeBoundedBy: "is bounded by",
	drover.EdgeGuardedBy: "is guarded by", drover.EdgeIssuedBy: "is issued by", drover.EdgeContains: "holds",
}

// Who names people, teams and others in a sentence: people by their names alone,
// three at most, and how many more there are.
func (e *Estate) Who(rows []int) string {
	var parts []string
	for i, r := range rows {
		if i == 3 {
			parts = append(parts, strconv.Itoa(len(rows)-3)+" more")
			break
		}
		name := Clean(e.Graph.Name(r))
		if e.Graph.Kind(r) != drover.KindHuman || name == "" {
			name = e.Say(r)
		}
		parts = append(parts, name)
	}
	return List(parts)
}
