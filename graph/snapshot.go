// Package graph is the read model: one immutable, compact snapshot of the
// estate at one generation. Lists, filters, facets and neighbours are answered
// from it; SQL is the record, not the read path. Readers share a snapshot and
// never block; a new generation is a new snapshot.
//
// Nodes are rows numbered from 0, ordered by their store id. Strings lie in
// large chunks, edges in CSR arrays both ways, the facts that lists filter by in
// columns. All of it lies in a file as it does in memory, so that a process that
// starts maps what an earlier one built: see Write and Open. An end of an edge that no source asserts (known only by an alias) has
// a row too, after the others: see Unseen.
package graph

import (
	"iter"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

// A Snapshot is the estate at one generation, within one scope. It is immutable.
type Snapshot struct {
	Generation int64
	AsOf       time.Time

	rows    rows
	seen    int // rows from here on are unseen
	edges   edges
	out     csr
	in      csr
	extras  extras
	cols    columns
	bounded bool     // rows were taken away: see Part
	judged  int64    // when the facts were concluded, Unix time
	order   []uint32 // the place of each row that is asserted in the order of name and ref
	table   *filter.Table

	joinOnce sync.Once // makes joins
	joins    *members

	once  sync.Once // makes refs
	refs  *refTable
	cache *cache
	folds *folds
}

// BeyondBounds says of an answer over a Bounded snapshot what it does not cover.
const BeyondBounds = "what you may not see was not looked at"

// Bounded reports whether rows were taken away that a caller may not see: that
// nothing is found here does not show that there is nothing.
func (s *Snapshot) Bounded() bool { return s.bounded }

// A Row is one node with what the store knows about it.
type Row struct {
	ID        int64 // the store's number for the ref
	Entity    int64 // the same for all members of one entity
	Node      drover.Node
	Sources   []string
	FirstSeen time.Time
	Observed  time.Time
}

// Facts is what is concluded about a row: the fields that lists filter by. ""
// and zero times are unknown.
type Facts struct {
	Verdict      drover.Verdict
	NHIType      drover.NHIType
	Lifecycle    drover.Lifecycle
	Env          string
	Purpose      string
	Function     string
	Location     string
	Instance     string
	DataClass    string
	Criticality  string
	BusinessUnit string
	Regulation   []string
	Tags         []string
	Owner        string // name or ref of the owner; "": none
	Tier         int64  // filter.Unknown: not known
	LastUsed     time.Time
	Credentials  int
	Places       int
	Status       string // of a credential
	Identity     string // of a credential: the ref it authenticates
	Monitored    bool   // a usage source covers it

	// Until is when lifecycle or status may change with nothing but time: from
	// then on the row is to be judged again. Zero: never.
	Until time.Time
}

// Len is the number of rows, the unseen ones included.
func (s *Snapshot) Len() int { return len(s.rows.ids) }

// Seen is the number of rows that a source asserts: rows 0 to Seen()-1.
func (s *Snapshot) Seen() int { return s.seen }

// Row returns row i. Its strings share the snapshot's memory.
func (s *Snapshot) Row(i int) Row { return s.rows.row(i) }

// Node returns the node of row i.
func (s *Snapshot) Node(i int) drover.Node { return s.rows.node(i) }

// Ref, Name, Kind and Type return one field of row i without the rest.
func (s *Snapshot) Ref(i int) drover.Ref   { return drover.Ref(s.rows.ref(i)) }
func (s *Snapshot) Name(i int) string      { return s.rows.text.at(s.rows.names[i]) }
func (s *Snapshot) Kind(i int) drover.Kind { return drover.Kinds[s.rows.kinds[i]] }
func (s *Snapshot) Type(i int) string      { return s.rows.types.words[s.rows.typ[i]] }
func (s *Snapshot) ID(i int) int64         { return s.rows.ids[i] }
func (s *Snapshot) Entity(i int) int64     { return s.rows.entities[i] }
func (s *Snapshot) Aliases(i int) []string { return s.rows.aliases.list(&s.rows.text, i) }

// Created, Rotated, Expires, FirstSeen and Observed return one time of row i
// without the rest, the zero time where it is unknown.
func (s *Snapshot) Created(i int) time.Time   { return moment(s.rows.created[i]) }
func (s *Snapshot) Rotated(i int) time.Time   { return moment(s.rows.rotated[i]) }
func (s *Snapshot) Expires(i int) time.Time   { return moment(s.rows.expires[i]) }
func (s *Snapshot) FirstSeen(i int) time.Time { return moment(s.rows.firstSeen[i]) }
func (s *Snapshot) Observed(i int) time.Time  { return moment(s.rows.observed[i]) }

// Attrs returns the attributes of row i, nil where none are known.
func (s *Snapshot) Attrs(i int) drover.Attrs {
	if a := s.rows.json.at(s.rows.attrs[i]); a != "" {
		return drover.Attrs(a)
	}
	return nil
}

// Facts returns what is concluded about row i.
func (s *Snapshot) Facts(i int) Facts {
	if i >= s.seen {
		return Facts{Verdict: drover.VerdictUnknown, Lifecycle: drover.LifecycleUnknown, Tier: filter.Unknown}
	}
	return s.cols.facts(i)
}

// Regulation, Proves (the ref that a credential proves) and Monitored return one fact of row i without the rest.
func (s *Snapshot) Regulation(i int) []string {
	if i >= s.seen {
		return nil
	}
	return s.cols.lists[listRegulation].list(i)
}

// Proves is the identity that row i proves, as the column names it; empty where it proves none.
func (s *Snapshot) Proves(i int) string {
	if i >= s.seen {
		return ""
	}
	d := &s.cols.dicts[colIdentity]
	return d.words.words[d.codes[i]]
}

// Monitored reports whether the use of row i is seen.
func (s *Snapshot) Monitored(i int) bool { return i < s.seen && s.cols.watched[i] == 1 }

// Unseen reports whether row i is known only as the end of an edge.
func (s *Snapshot) Unseen(i int) bool { return i >= s.seen }

// Find returns the row of a ref.
func (s *Snapshot) Find(ref drover.Ref) (int, bool) {
	s.once.Do(func() { s.refs = newRefTable(&s.rows) })
	return s.refs.find(&s.rows, string(ref))
}

// Rows yields the rows of one kind that a source asserts.
func (s *Snapshot) Rows(kind drover.Kind) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range s.seen {
			if s.Kind(i) == kind && !yield(i) {
				return
			}
		}
	}
}

// A Hop is one edge as seen from one of its ends.
type Hop struct {
	Edge int // its number, for Edge
	Row  int // the other end
	Kind drover.EdgeKind
}

// Out yields the edges that leave row i, In those that reach it.
func (s *Snapshot) Out(i int) iter.Seq[Hop] { return s.hops(&s.out, i, s.edges.to) }
func (s *Snapshot) In(i int) iter.Seq[Hop]  { return s.hops(&s.in, i, s.edges.from) }

func (s *Snapshot) hops(c *csr, i int, far []uint32) iter.Seq[Hop] {
	return func(yield func(Hop) bool) {
		for _, e := range c.of(i) {
			if !yield(Hop{int(e), int(far[e]), drover.EdgeKinds[s.edges.kind[e]]}) {
				return
			}
		}
	}
}

// Ends returns the rows that edge e leads from and to.
func (s *Snapshot) Ends(e int) (from, to int) { return int(s.edges.from[e]), int(s.edges.to[e]) }

// Edges is the number of edges.
func (s *Snapshot) Edges() int { return len(s.edges.from) }

// Edge returns edge e whole.
func (s *Snapshot) Edge(e int) drover.Edge {
	x := &s.edges
	d := drover.Edge{From: s.Ref(int(x.from[e])), To: s.Ref(int(x.to[e])), Kind: drover.EdgeKinds[x.kind[e]], Part: x.words.words[x.part[e]],
		Technique: x.words.words[x.technique[e]], Grade: drover.Grade(x.words.words[x.grade[e]]), Proof: s.rows.text.at(x.proof[e])}
	if cond := x.words.words[x.cond[e]]; cond != "" {
		d.Cond = drover.Attrs(cond)
	}
	return d
}

// EdgeJoined says how the ends of edge e were found that its source knew by a
// name only: "alias arn:…", "pattern oidc:…". "": it gave both.
func (s *Snapshot) EdgeJoined(e int) string { return s.edges.words.words[s.edges.joined[e]] }
