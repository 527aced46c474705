package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/report"
)

// questions answers the four questions: how many there are, how many are
// monitored, owned, and may do no more than they need.
func (b *reportBuilder) questions() error {
	all, err := b.list("")
	if err != nil {
		return err
	}
	undecided, err := b.list("verdict=unknown")
	if err != nil {
		return err
	}
	q := &report.Questions{ByType: []report.Tally{}, Many: report.Share{Question: "How many are there?", N: len(b.base), Of: len(all), Unknown: len(undecided),
		Means:    "Identities that no person signs in with: service accounts, applications, bots, devices, agents; shared accounts are counted, people's own are not.",
		Evidence: b.kinds(), List: "drover list identities " + reportBase, Rest: "drover list identities verdict=unknown"}}
	for i := range b.s.Seen() {
		if b.s.Kind(i) == drover.KindHuman && !b.s.IsMember(i) {
			q.Humans++
		}
	}
	if q.Humans > 0 {
		ratio := float64(len(b.base)) / float64(q.Humans)
		q.Ratio = &ratio
	} else {
		b.unknown("No source names people, so there is no ratio of non-human identities to humans.")
	}
	q.ByType = b.tally("nhi_type")
	if q.Monitored, err = b.monitored(); err != nil {
		return err
	}
	q.Owned = b.owned()
	q.Appropriate = b.appropriate()
	b.r.Questions = q
	if len(undecided) > 0 {
		b.unknown("Of %s it is not known whether a person signs in with it: drover list identities verdict=unknown", check.Count(len(undecided), "identity"))
	}
	return nil
}

// tally counts the base by a column of one value a row; the most first, "unknown"
// last.
func (b *reportBuilder) tally(column string) (list []report.Tally) {
	col := b.s.Table().Columns[column]
	if column == "system" {
		col = b.systems()
	}
	counts := map[string]int{}
	for name, n := range countValues(col, b.runs) {
		counts[cmp.Or(name, "unknown")] += n
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, report.Tally{Name: name, N: counts[name]})
	}
	slices.SortStableFunc(list, func(x, y report.Tally) int {
		if (x.Name == "unknown") != (y.Name == "unknown") {
			return cmp.Compare(btoi(x.Name == "unknown"), btoi(y.Name == "unknown"))
		}
		return cmp.Compare(y.N, x.N)
	})
	return list
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// kinds says which sources counted them.
func (b *reportBuilder) kinds() []string {
	var parts []string
	for _, t := range b.tally("system") {
		parts = append(parts, fmt.Sprintf("%s %d", t.Name, t.N))
	}
	if len(parts) == 0 {
		return []string{"Nothing was scanned yet."}
	}
	return []string{"By system: " + few(parts, 8) + "."}
}

// few lists some words, and how many more there are.
func few(words []string, n int) string {
	if len(words) <= n {
		return strings.Join(words, ", ")
	}
	return strings.Join(words[:n], ", ") + fmt.Sprintf(" and %d more", len(words)-n)
}

// monitored counts those whose use somebody would see. Where no source sees it,
// and one of those that list the identity was not read to its end, it is not
// known whether one would.
func (b *reportBuilder) monitored() (report.Share, error) {
	v := report.Share{Question: "How many are monitored?", Of: len(b.base), Means: "A source that would see its use covers it: a log, a counter or a last-used date. Where none does, its use is unknown, never \"unused\".",
		List: "drover list identities '" + reportBase + " monitored=yes'", Rest: "drover list identities '" + reportBase + " monitored=no'"}
	rows, err := b.list(reportBase + " monitored=yes")
	if err != nil {
		return v, err
	}
	v.N = len(rows)
	broken := map[string]bool{}
	for _, s := range b.sources {
		if s.LastStatus == nil || *s.LastStatus != string(drover.StatusOK) {
			broken[s.ID] = true
		}
	}
	systems, sources := b.systems(), b.s.Table().Columns["source"]
	unread := make([]bool, len(sources.Dict))
	for code, id := range sources.Dict {
		unread[code] = broken[id]
	}
	seen, all := make([]int, len(systems.Dict)), make([]int, len(systems.Dict))
	for _, row := range b.base {
		system := systems.Codes[row]
		all[system]++
		if b.s.Monitored(int(row)) {
			seen[system]++
		} else if slices.ContainsFunc(codesOf(sources, row), func(code uint32) bool { return unread[code] }) {
			v.Unknown++
		}
	}
	by, of := named(systems, seen), named(systems, all)
	var parts []string
	for _, system := range slices.SortedFunc(maps.Keys(of), func(x, y string) int { return cmp.Or(cmp.Compare(of[y], of[x]), cmp.Compare(x, y)) }) {
		parts = append(parts, fmt.Sprintf("%s %d of %d", system, by[system], of[system]))
	}
	v.Evidence = []string{"By system: " + few(parts, 8) + "."}
	if v.Unknown > 0 {
		b.unknown("Of %s a source was not read to its end, so it is not known whether one sees their use.", check.Count(v.Unknown, "identity"))
	}
	return v, nil
}

// owned counts those for whom somebody answers who is still there. Where nobody
// confirmed it for longer than the policy gives, it is not known.
func (b *reportBuilder) owned() report.Share {
	v := report.Share{Question: "How many have an owner?", Of: len(b.base), Means: "A person who has not left, or a team with people in it, answers for it, and somebody confirmed that within the time that the policy gives.",
		List: "drover list identities '" + reportBase + " owned=yes'", Rest: "drover list identities '" + reportBase + " -owned=yes'"}
	n := b.missing()
	v.N, v.Unknown = n[owners.Owned], n[owners.Unconfirmed]
	v.Evidence = []string{fmt.Sprintf("Nobody was ever named for %d; the owner of %d has left; the team of %d has nobody in it; of %d nobody confirmed the owner for too long.",
		n[owners.Never], n[owners.LeftCompany], n[owners.EmptyGroup], n[owners.Unconfirmed])}
	if v.Unknown > 0 {
		b.unknown("Nobody confirmed the owner of %s for longer than the policy gives.", check.Count(v.Unknown, "identity"))
	}
	return v
}

// excess are the areas whose findings say that an identity may do more than it
// needs, or where it should not.
var excess = []check.Area{check.Privilege, check.Isolation, check.Trust}

// appropriate counts those whose permissions were read and whose use is seen, and
// on which no check of excess found anything.
func (b *reportBuilder) appropriate() report.Share {
	v := report.Share{Question: "How many may do no more than they need?", Of: len(b.base),
		Means: "What it may do was worked out from its system's own rules, its use is seen, and no check of privilege, isolation or trust holds against it, accepted ones included.",
		Rest:  "drover finding list area=privilege,isolation,trust"}
	if b.checked.IsZero() {
		v.Unknown, v.Evidence = v.Of, []string{"No check was run yet: drover check"}
		return v
	}
	area := map[string]check.Area{}
	for _, c := range b.checks {
		area[c.ID] = c.Area
	}
	bad := newBitset(b.s.Len())
	for i := range b.findings {
		f := &b.findings[i]
		if !slices.Contains(excess, area[f.Check]) {
			continue
		}
		if row, ok := b.identityOf(f.Subject.Ref); ok {
			bad.set(uint32(row))
		}
	}
	systems := b.systems()
	evaluated, dark := make([]bool, len(systems.Dict)), make([]int, len(systems.Dict))
	for code, name := range systems.Dict {
		evaluated[code] = b.evaluated(name)
	}
	blind := 0
	for _, row := range b.base {
		switch system := systems.Codes[row]; {
		case bad.has(row):
		case !evaluated[system]:
			dark[system]++
			v.Unknown++
		case !b.s.Monitored(int(row)):
			blind++
			v.Unknown++
		default:
			v.N++
		}
	}
	unread := named(systems, dark)
	v.Evidence = []string{fmt.Sprintf("%d have a finding; of %d use is not seen.", v.Of-v.N-v.Unknown, blind)}
	if len(unread) > 0 {
		var parts []string
		for _, system := range slices.SortedFunc(maps.Keys(unread), func(x, y string) int { return cmp.Or(cmp.Compare(unread[y], unread[x]), cmp.Compare(x, y)) }) {
			parts = append(parts, fmt.Sprintf("%s %d", system, unread[system]))
		}
		v.Evidence = append(v.Evidence, "What they may do is not worked out for: "+few(parts, 8)+".")
		b.unknown("What identities may do is not worked out for every system: %s.", few(parts, 8))
	}
	return v
}

// evaluated reports whether the permissions of a system are worked out.
func (b *reportBuilder) evaluated(system string) bool { return b.e.evaluates(system) }

// evaluates reports whether rights of a system are worked out.
func (e *Engine) evaluates(system string) bool {
	return slices.ContainsFunc(e.o.Systems, func(s *effective.System) bool { return s.Name == system })
}

// identityOf is the identity that a finding is about: itself, or what a credential
// proves.
func (b *reportBuilder) identityOf(ref drover.Ref) (int, bool) {
	row, ok := b.s.Find(ref)
	if !ok {
		return 0, false
	}
	if b.s.Kind(row) == drover.KindCredential {
		if row, ok = b.s.Find(drover.Ref(b.s.Proves(row))); !ok {
			return 0, false
		}
	}
	return b.s.Head(row), true
}

// clean counts those without an urgent finding.
func (b *reportBuilder) clean() report.Share {
	v := report.Share{Question: "How many have no urgent finding?", Of: len(b.base), Means: "No finding of critical or high severity is open on it or on one of its credentials.", Rest: "drover finding list severity=critical,high"}
	if b.checked.IsZero() {
		v.Unknown, v.Evidence = v.Of, []string{"No check was run yet: drover check"}
		return v
	}
	bad := newBitset(b.s.Len())
	for i := range b.findings {
		f := &b.findings[i]
		if f.Severity < drover.High || f.State == drover.FindingAccepted {
			continue
		}
		if row, ok := b.identityOf(f.Subject.Ref); ok {
			bad.set(uint32(row))
		}
	}
	for _, row := range b.base {
		v.N += btoi(!bad.has(row))
	}
	v.Evidence = []string{fmt.Sprintf("By %s.", check.Count(len(b.checks), "check"))}
	return v
}
