package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
)

func (e *Estate) subject(row int) drover.Subject {
	return drover.Subject{Ref: e.Graph.Ref(row), Name: e.Graph.Name(row), Type: e.Graph.Type(row)}
}

// applies reports whether a row is of a system that the check is for.
func (p *Pass) applies(row int) bool {
	if len(p.Check.Systems) == 0 {
		return true
	}
	ref := string(p.Graph.Ref(row))
	return slices.Contains(p.Check.Systems, ref[:max(strings.IndexByte(ref, '/'), 0)])
}

// A dependent is something that may break when a row is changed.
type dependent struct {
	row   int
	as    string // "runs as it"
	grade drover.Grade
	may   bool // it is permitted to; nothing shows that it does
}

// breaks says what depends on what a fix changes: who, by what proof, and what
// could not be seen. It promises nothing: where nothing was seen it says within
// which window.
func (e *Estate) breaks(h Hit) drover.Breaks {
	b := drover.Breaks{Unknowns: slices.Clone(h.Unknowns)}
	if h.Keeps || len(h.Stops) == 0 {
		b.Text = "Nothing stops: the fix takes nothing away."
		return b
	}
	deps := e.dependents(h.Stops)
	may := slices.DeleteFunc(slices.Clone(deps), func(d dependent) bool { return !d.may })
	deps = slices.DeleteFunc(deps, func(d dependent) bool { return d.may })
	b.Dependents = len(deps)
	var parts []string
	if len(deps) > 0 {
		parts = append(parts, e.stops(h, deps))
	} else {
		parts = append(parts, e.nothing()+e.Says(h.Stops)+".")
	}
	if len(may) > 0 {
		parts = append(parts, e.permitted(h, may))
		b.Unknowns = append(b.Unknowns, "whether those who may use "+e.Says(h.Stops)+" do: no source tells who becomes or opens it")
	}
	parts = append(parts, e.inUse(h.Stops), h.Fix.Undo)
	b.Text = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	for _, u := range e.blind(h.Stops) {
		if !slices.Contains(b.Unknowns, u) {
			b.Unknowns = append(b.Unknowns, u)
		}
	}
	if n := len(b.Unknowns) - maxUnknowns; n > 0 {
		b.Unknowns = append(b.Unknowns[:maxUnknowns:maxUnknowns], Count(n, "more unknown"))
	}
	return b
}

// nothing begins the sentence that nothing depends on a thing.
func (e *Estate) nothing() string {
	if e.Graph.Bounded() {
		return "Nothing that you may see depends on "
	}
	return "Nothing is known to depend on "
}

// maxUnknowns bounds what a finding lists of what could not be seen.
const maxUnknowns = 6

// permissions are the ways of depending that are no more than a right, and how they
// are said.
var permissions = map[string]string{"assumes it": "may assume it", "accesses it": "may access it"}

// onlyMay marks a dependence of which only the right is known. What another system
// sets up to become a row (an annotation of a service account, a profile of a
// machine) does so, unless that is inferred.
func (e *Estate) onlyMay(row int, d dependent) dependent {
	may := permissions[d.as]
	crowd := e.Graph.Unseen(d.row) && strings.Contains(e.Graph.Name(d.row), "*") // a pattern is nobody who was seen
	if may == "" || !crowd && d.as == "assumes it" && grade(d.grade) != drover.GradeInferred && e.Graph.Ref(d.row).System() != e.Graph.Ref(row).System() {
		return d
	}
	d.as, d.may = may, true
	return d
}

// dependents are what depends on any of the rows, each once, by its surest way of
// depending, the surest first. What is itself among the rows is not.
func (e *Estate) dependents(rows []int) (list []dependent) {
	at := map[int]int{}
	for _, row := range rows {
		for _, d := range e.dependentsOf(row) {
			if slices.Contains(rows, d.row) || e.silentDependence(row, d) {
				continue
			}
			d = e.onlyMay(row, d)
			if i, ok := at[d.row]; !ok {
				at[d.row] = len(list)
				list = append(list, d)
			} else if list[i].may && !d.may || list[i].may == d.may && gradeRank(d.grade) < gradeRank(list[i].grade) {
				list[i] = d
			}
		}
	}
	slices.SortStableFunc(list, func(a, b dependent) int {
		return cmp.Or(gradeRank(a.grade)-gradeRank(b.grade), cmp.Compare(e.Graph.Ref(a.row), e.Graph.Ref(b.row)))
	})
	return list
}

// silentDependence reports whether a dependence is one of bookkeeping, which
// nothing that runs would notice: what it owns, which limits it sets, and who lets
// an identity in. Who trusts an issuer does depend on it.
func (e *Estate) silentDependence(row int, d dependent) bool {
	switch d.as {
	case "is owned by it", "is bounded by it", "is guarded by it":
		return true
	case "trusts it":
		return e.Graph.Kind(row) == drover.KindIdentity
	}
	return false
}

// dependentsOf is what depends on one row. Many findings have one fix (a policy
// that is attached to many), so the last answers are kept.
func (e *Estate) dependentsOf(row int) []dependent {
	e.memo.mu.Lock()
	defer e.memo.mu.Unlock()
	list, ok := e.memo.dependents[row]
	if !ok {
		list = e.findDependents(row)
		if len(e.memo.dependents) == maxKept {
			clear(e.memo.dependents)
		}
		e.memo.dependents[row] = list
	}
	return list
}

// maxKept bounds how many answers are kept: their memory is bounded, whatever the
// estate.
const maxKept = 64

// findDependents asks the graph of effects, or the snapshot's edges where there is
// none. What a credential proves depends on it only where it is the last one.
func (e *Estate) findDependents(row int) (list []dependent) {
	if e.Effects != nil && row < e.Effects.Len() {
		for _, d := range e.Effects.Dependents(uint32(row)) {
			if int(d.Row) < e.Graph.Len() && !(d.As == "is proven by it" && e.other(row, int(d.Row))) {
				list = append(list, dependent{row: int(d.Row), as: d.As, grade: d.Grade})
			}
		}
	} else {
		list = e.byEdges(row)
	}
	if e.Graph.Kind(row) != drover.KindCredential {
		return list
	}
	// What uses a credential is what uses the place that it is read from.
	for _, p := range e.Places(row) {
		if effective.PublicHalf(e.Graph, row, p) {
			continue
		}
		if e.Approved(p) || e.Storage(p) == InEnv || e.Storage(p) == InPipeline || e.Storage(p) == InFile {
			list = append(list, dependent{row: p, as: "holds it", grade: drover.GradeProven})
		}
		for h := range e.Graph.In(p) {
			if h.Kind == drover.EdgeReadsSecret { // as sure as it is that the place is read: so says Dependents of whom it proves
				list = append(list, dependent{row: h.Row, as: "reads it", grade: grade(e.Graph.Edge(h.Edge).Grade)})
			}
		}
	}
	return list
}

// other reports whether an identity has another credential that works.
func (e *Estate) other(credential, identity int) bool {
	for h := range e.Graph.In(identity) {
		if h.Kind == drover.EdgeAuthenticates && h.Row != credential && !e.Off(h.Row) {
			return true
		}
	}
	return false
}

// edgesOf are the edges by which something depends on a row, and how it is said.
var edgesOf = map[drover.EdgeKind]string{
	drover.EdgeRunsAs: "runs as it", drover.EdgeCanAssume: "assumes it", drover.EdgeDelegatesTo: "delegates to it", drover.EdgeReadsSecret: "reads it",
	drover.EdgeMemberOf: "is a member of it", drover.EdgeIssuedBy: "is issued by it", drover.EdgeTrusts: "trusts it",
}

func (e *Estate) byEdges(row int) (list []dependent) {
	for h := range e.Graph.In(row) {
		if as := edgesOf[h.Kind]; as != "" {
			list = append(list, dependent{row: h.Row, as: as, grade: grade(e.Graph.Edge(h.Edge).Grade)})
		}
	}
	for h := range e.Graph.Out(row) {
		switch {
		case h.Kind == drover.EdgeAuthenticates && !e.other(row, h.Row):
			list = append(list, dependent{row: h.Row, as: "is proven by it", grade: grade(e.Graph.Edge(h.Edge).Grade)})
		case h.Kind == drover.EdgeAttached:
			list = append(list, dependent{row: h.Row, as: "has it attached", grade: grade(e.Graph.Edge(h.Edge).Grade)})
		}
	}
	if e.Graph.Kind(row) == drover.KindIdentity {
		for _, c := range e.Credentials(row) {
			for _, p := range e.Places(c) {
				if !effective.PublicHalf(e.Graph, c, p) {
					list = append(list, dependent{row: p, as: "holds its credential", grade: drover.GradeProven})
				}
			}
		}
	}
	return list
}

func grade(g drover.Grade) drover.Grade {
	if g == "" {
		return drover.GradeProven
	}
	return g
}

func gradeRank(g drover.Grade) int { return slices.Index(drover.Grades, grade(g)) }

// stops is the sentence for what depends: how much is proven, and the first few
// by name.
func (e *Estate) stops(h Hit, deps []dependent) string {
	proven := 0
	for _, d := range deps {
		if gradeRank(d.grade) == 0 {
			proven++
		}
	}
	verb := "depends"
	if len(deps) > 1 {
		verb = "depend"
	}
	text := fmt.Sprintf("%s %s on %s: %s.", Count(len(deps), "thing"), verb, e.Says(h.Stops), strings.Join(e.firstFew(deps), ", "))
	switch {
	case proven < len(deps):
		text += fmt.Sprintf(" %d of %d are proven.", proven, len(deps))
	}
	if h.Loses != "" {
		text += " They lose " + h.Loses + "."
	}
	return text
}

// permitted is the sentence for whoever has a right to what is changed, of whom
// nothing shows that they use it.
func (e *Estate) permitted(h Hit, may []dependent) string {
	is := " is"
	if len(may) > 1 {
		is = " are"
	}
	text := fmt.Sprintf("%s permitted to use %s, and nothing seen shows that one does: %s.", Count(len(may), "thing")+is, e.Says(h.Stops), strings.Join(e.firstFew(may), ", "))
	if h.Loses != "" {
		text += " They would lose " + h.Loses + "."
	}
	return text
}

// firstFew names dependents, three at most, and how many more there are.
func (e *Estate) firstFew(deps []dependent) (names []string) {
	for i, d := range deps {
		if i == 3 {
			return append(names, fmt.Sprintf("%d more", len(deps)-3))
		}
		name := e.Say(d.row) + " " + d.as
		if gradeRank(d.grade) > 0 {
			name += " (" + string(grade(d.grade)) + ")"
		}
		names = append(names, name)
	}
	return names
}

// inUse says when what is changed was last used, which is the best sign of
// somebody who depends on it.
func (e *Estate) inUse(rows []int) string {
	var last time.Time
	var who, text string
	for _, row := range rows {
		u, ok := e.Use(row)
		switch {
		case !ok:
		case u.LastUsed.After(last):
			last, who = u.LastUsed, e.Say(row)
			text = fmt.Sprintf("%s was last used %s (%s), says %s: whoever did that loses it.", who, Day(last), Ago(e.Now, last), Clean(u.LastUsedSource))
			if e.Now.Sub(last) >= e.Policy.Thresholds.Dormant {
				text = fmt.Sprintf("%s was last used %s (%s), says %s.", who, Day(last), Ago(e.Now, last), Clean(u.LastUsedSource))
			}
		case last.IsZero() && u.NeverSource != "" && u.LastUsed.IsZero():
			text = fmt.Sprintf("%s saw no use of %s in %s.", Clean(u.NeverSource), e.Say(row), Span(u.NeverWindow))
		}
	}
	return text
}

// Windows that regular but rare work does not fit into.
const (
	quarter = 92 * drover.Day
	aYear   = 366 * drover.Day
)

// blind says what of the dependents could not be seen.
func (e *Estate) blind(rows []int) (out []string) {
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if e.Graph.Bounded() {
		add(graph.BeyondBounds)
	}
	for _, row := range rows {
		switch e.Graph.Kind(row) {
		case drover.KindIdentity, drover.KindCredential:
		default:
			continue
		}
		u, ok := e.Use(row)
		switch {
		case !ok || !u.Monitored:
			add("whether " + e.Say(row) + " is used: no source of usage covers it")
		case u.Partial:
			add("uses of " + e.Say(row) + " that leave no trace in " + Clean(u.LastUsedSource))
		case u.LastUsed.IsZero() && u.NeverWindow > 0 && u.NeverWindow < quarter:
			add("monthly and quarterly jobs: " + Clean(u.NeverSource) + " looks back only " + Span(u.NeverWindow))
		case u.LastUsed.IsZero() && u.NeverWindow > 0 && u.NeverWindow < aYear:
			add("yearly jobs: " + Clean(u.NeverSource) + " looks back only " + Span(u.NeverWindow))
		}
		e.unread(row, add)
	}
	if e.Effects == nil {
		add("who reaches it by permissions alone: effects were not computed, only edges that sources state were looked at")
		return out
	}
	return append(out, e.gaps(rows)...)
}

// unread says of which places nobody knows who reads them, and of which
// credentials nobody knows where they lie.
func (e *Estate) unread(row int, add func(string)) {
	creds := []int{row}
	if e.Graph.Kind(row) == drover.KindIdentity {
		creds = e.Credentials(row)
	}
	for _, c := range creds {
		places := e.Places(c)
		if len(places) == 0 && !e.Off(c) {
			add("where " + e.Say(c) + " lies: " + e.nowhere())
		}
		for _, p := range places {
			if !e.HasIn(p, drover.EdgeReadsSecret) && !effective.PublicHalf(e.Graph, c, p) {
				add("who reads " + e.Say(p))
			}
		}
	}
}

func (e *Estate) nowhere() string {
	if e.Graph.Bounded() {
		return "no place that you may see holds it"
	}
	return "no place that was scanned holds it"
}

// gaps are what the graph of effects could not analyse of the systems that the
// rows are of.
func (e *Estate) gaps(rows []int) (out []string) {
	for _, g := range e.Effects.Gaps() {
		for _, row := range rows {
			if g.System == e.Graph.Ref(row).System() && len(out) < 3 {
				out = append(out, Line(g.What)+": "+Line(g.Why))
				break
			}
		}
	}
	return out
}
