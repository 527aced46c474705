package effective

import (
	"cmp"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A Dependent is something that may break when a row stops.
type Dependent struct {
	Row     uint32
	As      string // how it depends: "runs as it", "holds its credential"…
	Through uint32 // the credential, place or secret in between; the row itself where there is none
	Grade   drover.Grade
	Proof   []access.Proof
	Used    time.Time // when the dependent was last seen used; zero: not known
}

// dependence says what an edge of a kind into a row, or out of it, makes of its
// other end.
type dependence struct {
	kind drover.EdgeKind
	out  bool // the edge leaves the row
	as   string
}

var dependences = []dependence{
	{drover.EdgeRunsAs, false, "runs as it"},
	{drover.EdgeCanAssume, false, "assumes it"},
	{drover.EdgeDelegatesTo, false, "delegates to it"},
	{drover.EdgeReadsSecret, false, "reads it"},
	{drover.EdgeMemberOf, false, "is a member of it"},
	{drover.EdgeIssuedBy, false, "is issued by it"},
	{drover.EdgeTrusts, false, "trusts it"},
	{drover.EdgeCanAccess, false, "accesses it"},
	{drover.EdgeBoundedBy, false, "is bounded by it"},
	{drover.EdgeGuardedBy, false, "is guarded by it"},
	{drover.EdgeStoredIn, false, "is kept in it"},
	{drover.EdgeAuthenticates, true, "is proven by it"},
	{drover.EdgeAttached, true, "has it attached"},
	{drover.EdgeOwns, true, "is owned by it"},
	{drover.EdgeContains, true, "lies in it"},
}

// Dependents lists what may break if a row stops: workloads that run as it,
// places that hold its credentials and who reads those, who assumes, delegates to
// or reads it, what it issues, owns and holds. Each once per way of depending.
func (g *Graph) Dependents(row uint32) []Dependent {
	if int(row) >= g.Len() {
		return nil
	}
	row = g.in.head(row)
	d := &depending{g: g, of: row, seen: map[labelled]bool{{row, ""}: true}}
	if int(row) < g.in.Len() {
		d.stored(row, row, dependences, "")
		d.credentials(row)
	}
	d.assumers(row)
	slices.SortStableFunc(d.list, func(a, b Dependent) int {
		return cmp.Or(gradeRank(a.Grade)-gradeRank(b.Grade), cmp.Compare(a.As, b.As), cmp.Compare(a.Row, b.Row))
	})
	return d.list
}

type depending struct {
	g    *Graph
	of   uint32
	seen map[labelled]bool
	list []Dependent
}

// stored adds what the snapshot's edges at row say. as replaces the words of the
// table where it is given.
func (d *depending) stored(row, through uint32, table []dependence, as string) {
	s := d.g.in.Snapshot
	for _, x := range table {
		hops := s.In(int(row))
		if x.out {
			hops = s.Out(int(row))
		}
		for h := range hops {
			if h.Kind == x.kind {
				e := s.Edge(h.Edge)
				d.add(uint32(h.Row), cmp.Or(as, x.as), through, &e)
			}
		}
	}
}

// credentials adds where the credentials of an identity lie, and who has them
// from there or is handed them.
func (d *depending) credentials(row uint32) {
	s := d.g.in.Snapshot
	for h := range s.In(int(row)) {
		if h.Kind != drover.EdgeAuthenticates {
			continue
		}
		cred := uint32(h.Row)
		reads := []dependence{{drover.EdgeReadsSecret, false, ""}}
		d.stored(cred, cred, reads, "reads its credential")
		for p := range s.Out(h.Row) {
			if p.Kind != drover.EdgeStoredIn || PublicHalf(s, h.Row, p.Row) {
				continue
			}
			e := s.Edge(p.Edge)
			d.add(uint32(p.Row), "holds its credential", cred, &e)
			d.stored(uint32(p.Row), uint32(p.Row), reads, "reads its credential")
			d.stored(uint32(p.Row), uint32(p.Row), []dependence{{drover.EdgeContains, false, ""}}, "holds its credential")
		}
	}
}

// assumers adds who becomes the row by plain use, as evaluators conclude it.
func (d *depending) assumers(row uint32) {
	for e := range d.g.reach.In(row) {
		x := d.g.reach.Edge(e)
		if !x.Move || x.Kind != drover.EdgeCanAssume || d.seen[labelled{x.From, "assumes it"}] {
			continue
		}
		full := d.g.Edge(e)
		d.put(Dependent{Row: x.From, As: "assumes it", Through: row, Grade: full.Grade, Proof: full.Proof})
	}
}

func (d *depending) add(row uint32, as string, through uint32, e *drover.Edge) {
	if row == d.of || d.seen[labelled{row, as}] {
		return
	}
	text := e.Proof
	if text == "" {
		text = string(e.Kind)
	}
	d.put(Dependent{Row: row, As: as, Through: through, Grade: weaker(drover.GradeProven, e.Grade), Proof: []access.Proof{{Ref: e.From, Statement: statementOf(e), Text: text}}})
}

func (d *depending) put(x Dependent) {
	d.seen[labelled{x.Row, x.As}] = true
	if int(x.Row) < d.g.in.Len() {
		if u, ok := d.g.in.Use(int(x.Row)); ok {
			x.Used = u.LastUsed
		}
	}
	d.list = append(d.list, x)
}

// A Creation is one step of a chain of creators.
type Creation struct {
	By, Of uint32
	Kind   drover.EdgeKind // created, or owns
	Depth  int             // 1: By made the row that was asked about
	Grade  drover.Grade
	Proof  []access.Proof
}

// Creators follows who made or owns a row, who made or owns those, and so on up
// to people: human -> NHI -> NHI. Nearest first; a circle ends where it closes.
func (g *Graph) Creators(row uint32) (chain []Creation) {
	row = g.in.head(row)
	if int(row) >= g.in.Len() {
		return nil
	}
	s := g.in.Snapshot
	seen := map[uint32]bool{row: true}
	level := []uint32{row}
	for depth := 1; len(level) > 0; depth++ {
		var next []uint32
		for _, n := range level {
			for h := range s.In(int(n)) {
				if h.Kind != drover.EdgeCreated && h.Kind != drover.EdgeOwns || h.Row == int(n) {
					continue
				}
				e := s.Edge(h.Edge)
				text := cmp.Or(e.Proof, string(e.Kind))
				chain = append(chain, Creation{By: uint32(h.Row), Of: n, Kind: h.Kind, Depth: depth, Grade: weaker(drover.GradeProven, e.Grade),
					Proof: []access.Proof{{Ref: e.From, Statement: statementOf(&e), Text: text}}})
				if !seen[uint32(h.Row)] {
					seen[uint32(h.Row)] = true
					next = append(next, uint32(h.Row))
				}
			}
		}
		slices.Sort(next)
		level = next
	}
	slices.SortStableFunc(chain, func(a, b Creation) int {
		return cmp.Or(cmp.Compare(a.Depth, b.Depth), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.By, b.By))
	})
	return chain
}
