package engine

import (
	"cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph/owners"
)

// Reports count whole estates. They do so by the codes of columns: to make a row,
// its facts or the parts of its ref is a hundred times as dear as to count it.

// systems are the systems of the rows, their names as refs mean them and not as
// they spell them.
func (b *reportBuilder) systems() *filter.Column {
	if b.system != nil {
		return b.system
	}
	col := b.s.Table().Columns["system"]
	b.system = &filter.Column{Dict: make([]string, len(col.Dict)), Codes: col.Codes}
	met := make([]bool, len(col.Dict))
	for i, code := range col.Codes {
		if !met[code] {
			met[code], b.system.Dict[code] = true, b.s.Ref(i).System()
		}
	}
	return b.system
}

// codesOf are the codes of a row in a column of several values a row.
func codesOf(col *filter.Column, row uint32) []uint32 {
	from := uint32(0)
	if row > 0 {
		from = col.Ends[row-1]
	}
	return col.Codes[from:col.Ends[row]]
}

// named are counts by code as counts by name, without what is 0 times there.
func named(col *filter.Column, counts []int) map[string]int {
	out := map[string]int{}
	for code, n := range counts {
		if n > 0 {
			out[col.Dict[code]] += n
		}
	}
	return out
}

// missing counts the base by what is missing of an owner. A server reads the column
// by which it is filtered, which it keeps.
func (b *reportBuilder) missing() map[owners.Missing]int {
	n := map[owners.Missing]int{}
	if b.s.held.apart() {
		for name, k := range countValues(b.s.held.codes("owned", b.s.held.owned), b.runs) {
			if name == "yes" {
				name = string(owners.Owned)
			}
			n[owners.Missing(name)] += k
		}
		return n
	}
	o := b.s.Owners()
	for _, row := range b.base {
		missing, _ := o.Missing(int(row), b.s.confirmEvery(int(row)))
		n[missing]++
	}
	return n
}

// runs are the rows of the base at once.
func (b *reportBuilder) runs(yield func([]uint32) bool) { yield(b.base) }

// bySource counts what each source tells.
func (b *reportBuilder) bySource() func(id string) *tallySource {
	systems, sources := b.systems(), b.s.Table().Columns["source"]
	evaluated := make([]bool, len(systems.Dict))
	for code, name := range systems.Dict {
		evaluated[code] = b.evaluated(name)
	}
	counts := make([]tallySource, len(sources.Dict))
	for i := range b.s.Seen() {
		switch b.s.Kind(i) {
		case drover.KindCredential:
			for _, src := range codesOf(sources, uint32(i)) {
				counts[src].credentials++
			}
		case drover.KindIdentity:
			e, m := btoi(evaluated[systems.Codes[i]]), btoi(b.s.Monitored(i))
			for _, src := range codesOf(sources, uint32(i)) {
				counts[src].identities++
				counts[src].evaluated += e
				counts[src].monitored += m
			}
		}
	}
	by := make(map[string]*tallySource, len(counts))
	for code, id := range sources.Dict {
		by[id] = &counts[code]
	}
	return func(id string) *tallySource { return cmp.Or(by[id], &tallySource{}) }
}
