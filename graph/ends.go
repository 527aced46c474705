package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/link"
)

// An end is what an alias that no source asserts as a node turned out to mean.
type end struct {
	rows   []uint32     // what it means; none: it stays unseen
	joined string       // how: "alias …", "pattern …"
	grade  drover.Grade // the best that its edges can have; "": as they were
	found  int          // how many things it may have meant, when it stays unseen
	why    string       // why it stays unseen, where link.Why does not know
	unseen uint32       // its own row + 1, once it has one

	pattern *link.Matcher // that covers rows
	covers  []cover       // by which names
}

// A cover is a row that a pattern covers, and by which name.
type cover struct{ row, name uint32 }

// maxCovered is how many nodes a pattern is expanded to; past it the pattern
// stands for them.
const maxCovered = 10_000

// maxExpanded is how many edges all patterns together may add, and to how many
// nodes they may lead; past it they stand for what they cover.
const maxExpanded = 2_000_000

// maxFiltered bounds how many names are asked whether a condition means them.
const maxFiltered = 2_000_000

// maxLooked bounds how many texts all patterns together are compared with.
const maxLooked = 200_000_000

// A resolver finds what aliases mean.
type resolver struct {
	s       *Snapshot
	aliases *aliasTable
	list    *nameList
	looked  int
	covers  int // nodes that patterns lead to
	tenants map[string]bool

	servers  map[string]map[string]bool // by local address
	clusters map[string]bool
}

// resolve finds what the missing end named by a ref means.
func (r *resolver) resolve(ref drover.Ref) end {
	if !ref.Unseen() {
		return end{why: "no source that was read asserts it"}
	}
	alias := link.Canon(ref.ID())
	e := r.exact(alias, "alias "+alias)
	if len(e.rows) > 0 || e.found > 1 || e.why != "" {
		return e
	}
	for _, d := range link.Derive(alias) {
		x := r.exact(d.Alias, d.Reason+": "+d.Alias)
		if len(x.rows) > 0 {
			if x.grade == "" {
				x.grade = d.Grade
			}
			return x
		}
		e.found = max(e.found, x.found)
	}
	if m, ok := link.Compile(alias); ok {
		return r.covered(&m, alias)
	}
	return e
}

// exact finds the one thing that has an alias. Where an alias only names, a
// person goes before accounts that share the name; and of the certificates of one
// authority's key each may be the issuer.
func (r *resolver) exact(alias, joined string) end {
	if r.aliases == nil {
		r.aliases = newAliasTable(&r.s.rows)
	}
	rows := r.aliases.find(&r.s.rows, alias)
	if len(rows) > link.MaxShared {
		return end{found: len(rows)}
	}
	if place, ok := link.Local(alias); ok && len(rows) > 0 {
		if why := r.ambiguous(place, alias); why != "" {
			return end{why: why}
		}
	}
	things := r.things(rows)
	switch people := r.only(things, drover.KindHuman); {
	case len(things) == 1:
		return end{rows: things, joined: joined, grade: r.hint(alias)}
	case len(things) == 0:
		return end{}
	case strings.HasPrefix(alias, "x509-ski:"):
		return end{rows: things, joined: joined, grade: drover.GradeInferred}
	case len(people) == 1 && !identifies(alias):
		return end{rows: people, joined: joined, grade: r.hint(alias)}
	}
	return end{found: len(things)}
}

// named returns the one thing that has an alias, or that another name of it leads
// to; none where that is not certain.
func (r *resolver) named(alias string) []uint32 {
	e := r.exact(link.Canon(alias), "")
	for _, d := range link.Derive(alias) {
		if len(e.rows) == 0 && e.found == 0 && d.Grade == "" {
			e = r.exact(d.Alias, "")
		}
	}
	return e.rows
}

// hint is the best grade of what a name leads to. Key identifiers are copied into
// certificates by whoever signs, and prove no signature; an address that means
// another server elsewhere may mean one that was not read.
func (r *resolver) hint(alias string) drover.Grade {
	if strings.HasPrefix(alias, "x509-ski:") || strings.HasPrefix(alias, "dsn:") && !identifies(alias) {
		return drover.GradeInferred
	}
	if _, ok := link.Local(alias); ok {
		return drover.GradeInferred
	}
	return ""
}

func identifies(alias string) bool {
	return slices.ContainsFunc(drover.Kinds, func(k drover.Kind) bool { return link.Identifies(alias, k) })
}

func (r *resolver) only(rows []uint32, kind drover.Kind) []uint32 {
	var out []uint32
	for _, i := range rows {
		if r.s.Kind(int(i)) == kind {
			out = append(out, i)
		}
	}
	return out
}

// things returns the best describing row of each entity among rows. What is known
// by an alias alone gives way to what was read.
func (r *resolver) things(rows []uint32) []uint32 {
	read := slices.DeleteFunc(slices.Clone(rows), func(i uint32) bool { return r.s.Ref(int(i)).Unseen() })
	if len(read) > 0 {
		rows = read
	}
	var out []uint32
	for _, i := range rows {
		if p := uint32(r.s.Head(int(i))); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// covered finds what a pattern covers.
func (r *resolver) covered(m *link.Matcher, alias string) end {
	seen := map[uint32]bool{}
	e := end{joined: "pattern " + alias, pattern: m}
	for i, prefix := range m.Prefixes() {
		suffix := ""
		if i == 0 {
			suffix = alias[strings.LastIndexAny(alias, "*?")+1:]
		}
		for at, n := range r.names(prefix, suffix) {
			if r.looked += m.Effort(); r.looked > maxLooked {
				return end{why: "too many names to compare all of them with all patterns: it stands for what it covers"}
			}
			if !m.Match(n.alias) {
				continue
			}
			p := uint32(r.s.Head(int(n.row)))
			if e.covers = append(e.covers, cover{p, at}); seen[p] {
				continue
			}
			if seen[p] = true; len(seen) > maxCovered {
				return end{why: fmt.Sprintf("a pattern that covers more than %d: it stands for them", maxCovered)}
			}
			e.rows = append(e.rows, p)
		}
	}
	if r.covers += len(e.rows); r.covers > maxExpanded {
		return end{why: tooMany}
	}
	slices.Sort(e.rows)
	return e
}

const tooMany = "the patterns of this estate cover too much to make an edge of each: it stands for what it covers"

// names yields the names that begin and end so, and their places; there may be
// others among them.
func (r *resolver) names(prefix, suffix string) func(yield func(at uint32, n name) bool) {
	return func(yield func(at uint32, n name) bool) {
		from, to := r.list.within(prefix)
		if suffix != "" && to-from > maxCovered {
			if few := r.list.ending(suffix); len(few) < to-from {
				for _, i := range few {
					if int(i) >= from && int(i) < to && !yield(i, r.list.names[i]) {
						return
					}
				}
				return
			}
		}
		for i := from; i < to; i++ {
			if !yield(uint32(i), r.list.names[i]) {
				return
			}
		}
	}
}

// known reports whether anything of a tenant of a system was read: of AWS the
// account itself, for files mention principals of any; of Kubernetes by each
// address of a cluster, too.
func (r *resolver) known(system, tenant string) bool {
	if r.tenants == nil {
		r.tenants = map[string]bool{}
		for i := range r.s.seen {
			sys, rest, _ := strings.Cut(r.s.rows.ref(i), "/")
			t, typ, _ := strings.Cut(rest, "/")
			switch {
			case sys == "aws" && !strings.HasPrefix(typ, "account/"):
				continue
			case sys == "kubernetes" && strings.HasPrefix(typ, "cluster/"):
				for _, a := range r.s.Aliases(i) {
					if address, ok := strings.CutPrefix(link.Canon(a), "kubernetes-cluster:"); ok {
						r.tenants["kubernetes/"+address] = true
					}
				}
			}
			r.tenants[sys+"/"+t], r.tenants[sys+"/"] = true, true
		}
	}
	return r.tenants[system+"/"+tenant]
}

// ends finds what all missing ends mean.
func (b *Builder) ends(r *resolver) []end {
	schemes := map[string]bool{}
	for _, id := range b.missing {
		if ref := b.texts[id]; ref.Unseen() {
			if m, ok := link.Compile(ref.ID()); ok {
				for _, p := range m.Prefixes() {
					scheme, _, _ := strings.Cut(p, ":")
					schemes[scheme] = true
				}
			}
		}
	}
	r.list = newNameList(&b.s.rows, schemes)
	b.names = r.list
	out := make([]end, len(b.missing))
	for i, id := range b.missing {
		out[i] = r.resolve(b.texts[id])
	}
	b.settle(r, out)
	for i, id := range b.missing {
		if e := &out[i]; len(e.rows) == 0 && e.why == "" {
			e.why = link.Why(b.texts[id].ID(), e.found, r.known)
		}
	}
	return out
}

// UnseenWhy says why row i is known by a name only: "" where it is not. Rows that
// no source describes have it in their attributes, too.
func (s *Snapshot) UnseenWhy(i int) string {
	if i >= s.seen {
		return s.Attrs(i).Str("unseen")
	}
	if !s.Ref(i).Unseen() || len(s.MemberRows(i)) > 1 {
		return ""
	}
	alias := s.Ref(i).ID()
	want, found := link.Canon(alias), 0
	for j := range s.seen {
		if j != i && !s.IsMember(j) && slices.ContainsFunc(s.rows.aliases.spans(j), func(a span) bool { return link.Canon(s.rows.text.at(a)) == want }) {
			found++
		}
	}
	if found == 1 {
		return "one thing has this name, which is no proof that it is meant: see drover show of it"
	}
	return link.Why(alias, found, (&resolver{s: s}).known)
}

// unseen returns the row of an end that stays a name.
func (b *Builder) unseen(i uint32, e *end) uint32 {
	if e.unseen == 0 {
		ref := b.texts[b.missing[i]]
		_, _, scheme, alias, _ := ref.Parts()
		e.unseen = 1 + b.add(Row{ID: b.missing[i], Entity: b.missing[i], Node: drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "unseen." + scheme, Name: strings.TrimPrefix(alias, scheme+":"), Aliases: []string{alias},
			Attrs: drover.NewAttrs(map[string]any{"unseen": e.why})}})
	}
	return e.unseen - 1
}

// joinEnds gives every edge its rows. An end that means several things makes an
// edge to each.
func (b *Builder) joinEnds(ends []end) {
	x := &b.s.edges
	for k := range len(x.from) {
		from, to := x.from[k], x.to[k]
		if (from|to)&isUnnamed == 0 {
			continue
		}
		fromRows, fromEnd := b.meant(ends, from, k)
		toRows, toEnd := b.meant(ends, to, k)
		if len(fromRows) > 1 && len(toRows) > 1 { // each of many to each of many is no fact that anybody stated
			fromRows, fromEnd = []uint32{b.unseen(from&^isUnnamed, fromEnd)}, nil
		}
		var how []string
		grade := x.words.words[x.grade[k]]
		for _, e := range []*end{fromEnd, toEnd} {
			if e != nil {
				how = append(how, e.joined)
				grade = string(weaker(drover.Grade(grade), e.grade))
			}
		}
		x.joined[k] = x.words.code(strings.Join(how, "; "))
		x.grade[k] = x.words.code(grade)
		for i, f := range fromRows {
			for j, t := range toRows {
				if i == 0 && j == 0 {
					x.from[k], x.to[k] = f, t
				} else {
					x.again(k, f, t)
				}
			}
		}
	}
}

// meant returns the rows that an end of edge k means, and how that was found; nil
// where nothing had to be.
func (b *Builder) meant(ends []end, place uint32, k int) ([]uint32, *end) {
	if place&isUnnamed == 0 {
		return []uint32{place}, nil
	}
	i := place &^ isUnnamed
	e := &ends[i]
	rows := b.passing(i, e, k, b.issuers(e, k))
	if b.expanded += len(rows); len(rows) > 1 && b.expanded > maxExpanded {
		rows, e.why = nil, tooMany
	}
	if len(rows) == 0 {
		return []uint32{b.unseen(i, e)}, nil
	}
	return rows, e
}

// passing leaves out, of what a pattern at an end of edge k covers, whom the
// edge's condition does not mean.
func (b *Builder) passing(i uint32, e *end, k int, rows []uint32) []uint32 {
	if len(rows) == 0 || e.pattern == nil {
		return rows
	}
	key := [2]uint32{i, b.s.edges.cond[k]}
	if out, ok := b.passed[key]; ok {
		return out
	}
	f, ok := b.filters[key[1]]
	if !ok {
		f = link.ReadFilter(drover.Attrs(b.s.edges.words.words[key[1]]))
		b.filters[key[1]] = f
	}
	if f != nil {
		rows = b.filtered(f, e, b.texts[b.missing[i]].ID())
	}
	b.passed[key] = rows
	return rows
}

func (b *Builder) filtered(f *link.Filter, e *end, alias string) (rows []uint32) {
	why := f.Refuses(alias)
	if why == "" {
		in := map[uint32]bool{}
		for _, c := range e.covers {
			if b.filterings++; b.filterings > maxFiltered {
				rows, why = nil, tooMany
				break
			}
			if !in[c.row] && f.Passes(e.pattern, b.names.names[c.name].alias) {
				in[c.row], rows = true, append(rows, c.row)
			}
		}
		slices.Sort(rows)
	}
	if len(rows) == 0 && e.why == "" {
		e.why = cmp.Or(why, "a pattern of which the rest of the condition leaves nothing that was read")
	}
	return rows
}

// issuers leaves out, of what an end of edge k means, the authorities that do not
// bear the name of a certificate's issuer (RFC 5280, 6.1.3): key identifiers are
// chosen freely.
func (b *Builder) issuers(e *end, k int) []uint32 {
	x := &b.s.edges
	if drover.EdgeKinds[x.kind[k]] != drover.EdgeIssuedBy || x.from[k]&isUnnamed != 0 {
		return e.rows
	}
	issuer := b.s.Attrs(int(x.from[k])).Str("issuer")
	if issuer == "" {
		return e.rows
	}
	rows := slices.DeleteFunc(slices.Clone(e.rows), func(i uint32) bool {
		subject := b.s.Attrs(int(i)).Str("subject")
		return subject != "" && subject != issuer
	})
	if len(rows) == 0 && len(e.rows) > 0 && e.why == "" {
		e.why = "the authority that was read with this key identifier has another name than the issuer"
	}
	return rows
}

func weaker(a, b drover.Grade) drover.Grade {
	if b != "" && slices.Index(drover.Grades, b) > max(0, slices.Index(drover.Grades, a)) {
		return b
	}
	return a
}

// again adds an edge as edge k between other rows.
func (x *edges) again(k int, from, to uint32) {
	x.from, x.to, x.kind = append(x.from, from), append(x.to, to), append(x.kind, x.kind[k])
	for _, p := range []*[]uint32{&x.part, &x.cond, &x.technique, &x.grade, &x.joined} {
		*p = append(*p, (*p)[k])
	}
	x.proof = append(x.proof, x.proof[k])
}
