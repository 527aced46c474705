package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A part is some of the inventory and the sections that tell of it. It is read to
// the end when all of them are.
type part struct {
	name     string
	sections []string
	mine     func(key string) bool
	// tells says which of several sections tell of a thing in the world; nil: all.
	tells func(world inventory, section, key string) bool
}

// A ledger is what each section told last, as far as it can be told from without.
// A thing stays known as long as one section told of it that has not been read to
// the end since. The key is a part's name and a section.
type ledger map[[2]string]*told

type told struct {
	sure  map[string]bool     // keys that the section told
	maybe map[string][]string // keys that it may have told, with what it may have said
}

// read enters what was read of a part, and compares what is got of it with the
// ledger and so with the world: nothing that a section told and did not take back
// is missing, nothing is there that no section can have told, and what all
// sections read to the end equals the world. Meant says which key an edge to a
// mere name has.
func (l ledger) read(p part, meant func(string) string, world, got inventory, ok map[string]bool) (wrong []string) {
	var all []*told
	end := true
	for _, section := range p.sections {
		at := [2]string{p.name, section}
		if l[at] == nil {
			l[at] = &told{map[string]bool{}, map[string][]string{}}
		}
		now := world
		if p.tells != nil {
			now = pick(world, func(key string) bool { return p.tells(world, section, key) })
		}
		now = pick(now, p.mine)
		l[at].hear(now, got, meant, ok[section])
		all, end = append(all, l[at]), end && ok[section]
	}
	world, got = pick(world, p.mine), pick(got, p.mine)
	if end {
		if d := cmp.Diff(world, got); d != "" {
			wrong = append(wrong, fmt.Sprintf("%s were read to the end (-world +listed):\n%s", p.name, d))
		}
	}
	missing := map[string]bool{}
	for _, x := range all {
		for key := range x.sure {
			if _, ok := got[key]; !ok && !end {
				missing[key] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(missing)) {
		wrong = append(wrong, fmt.Sprintf("%s were not read to the end, and %s was removed", p.name, key))
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if says := may(all, key); !end && !slices.ContainsFunc(says, func(is string) bool { return p.same(is, got[key]) }) {
			wrong = append(wrong, fmt.Sprintf("%s: %s says %q, which no section told: they told %q; the world has %q", p.name, key, got[key], says, world[meant(key)]))
		}
	}
	settle(all, got)
	return wrong
}

// same reports whether a thing of the world is told. One section of several may
// know it alone, and says less of it.
func (p part) same(is, told string) bool {
	return is == told || len(p.sections) > 1 && strings.HasPrefix(is, strings.TrimSpace(told))
}

// hear enters what a section can have told that was read, to the end or not.
func (d *told) hear(now, got inventory, meant func(string) string, ok bool) {
	if ok {
		clear(d.sure)
		clear(d.maybe)
		for key, v := range now {
			d.sure[key], d.maybe[key] = true, []string{v}
		}
		return
	}
	for key := range got {
		if v, ok := now[meant(key)]; ok && !slices.Contains(d.maybe[key], v) {
			d.maybe[key] = append(d.maybe[key], v)
		}
	}
}

// may is what sections can have said of a thing.
func may(all []*told, key string) (says []string) {
	for _, d := range all {
		says = append(says, d.maybe[key]...)
	}
	return says
}

// settle is what can be concluded from what is known: what is not was not told,
// and what only one section can have told it has.
func settle(all []*told, got inventory) {
	by := map[string][]*told{}
	for _, d := range all {
		maps.DeleteFunc(d.maybe, func(key string, _ []string) bool { _, ok := got[key]; return !ok })
		for key := range d.maybe {
			by[key] = append(by[key], d)
		}
	}
	for key, d := range by {
		if len(d) == 1 {
			d[0].sure[key] = true
		}
	}
}

func pick(inv inventory, mine func(string) bool) inventory {
	out := inventory{}
	for k, v := range inv {
		if mine(k) {
			out[k] = v
		}
	}
	return out
}

// The ledger itself: what it must let pass, and what it must not.
func TestLedger(t *testing.T) {
	// Things are told by sections a and b as their values begin: "ab" by both.
	two := part{name: "things", sections: []string{"a", "b"}, mine: func(string) bool { return true },
		tells: func(world inventory, section, key string) bool { return strings.Contains(world[key], section) }}
	one := part{name: "things", sections: []string{"a"}, mine: two.mine}
	const whole, half = true, false
	type step struct {
		world, got inventory
		a, b       bool
		wrong      int
	}
	for _, c := range []struct {
		name  string
		part  part
		steps []step
	}{
		{"goes where it was told and comes where nobody looked", two, []step{
			{inventory{"x": "a"}, inventory{"x": "a"}, whole, whole, 0},
			{inventory{"x": "b"}, inventory{}, whole, half, 0},
		}},
		{"goes where nobody looked", two, []step{
			{inventory{"x": "b"}, inventory{"x": "b"}, whole, whole, 0},
			{inventory{"x": "a"}, inventory{}, half, half, 1},
		}},
		{"one of two still tells it", two, []step{
			{inventory{"x": "ab"}, inventory{"x": "ab"}, whole, whole, 0},
			{inventory{"x": "b"}, inventory{}, whole, half, 1},
		}},
		{"is gone, and only who did not look told it", two, []step{
			{inventory{"x": "b"}, inventory{"x": "b"}, whole, whole, 0},
			{inventory{}, inventory{}, whole, half, 1},
		}},
		{"is gone, and who told it looked", two, []step{
			{inventory{"x": "a"}, inventory{"x": "a"}, whole, whole, 0},
			{inventory{}, inventory{"x": "a"}, whole, half, 1},
		}},
		{"comes, and nobody looked to the end", two, []step{
			{inventory{"x": "ab"}, inventory{}, half, half, 0},
			{inventory{"x": "ab"}, inventory{"x": "ab"}, half, half, 0},
			{inventory{}, inventory{}, whole, half, 0}, // a may have told it alone
			{inventory{}, inventory{"x": "ab"}, whole, half, 1},
		}},
		{"came half-way, and only one can have told it", two, []step{
			{inventory{"x": "b"}, inventory{"x": "b"}, half, half, 0},
			{inventory{}, inventory{}, whole, half, 1},
		}},
		{"says what it was", one, []step{
			{inventory{"x": "1"}, inventory{"x": "1"}, whole, whole, 0},
			{inventory{"x": "2"}, inventory{"x": "1"}, half, half, 0},
			{inventory{"x": "3"}, inventory{"x": "3"}, half, half, 0},
			{inventory{"x": "3"}, inventory{"x": "4"}, half, half, 1},
			{inventory{"x": "3"}, inventory{"x": "1"}, whole, whole, 1},
		}},
		{"never was", one, []step{{inventory{}, inventory{"x": "1"}, half, half, 1}, {inventory{}, inventory{"x": "1"}, whole, whole, 1}}},
		{"is gone, and it was not read to the end", one, []step{
			{inventory{"x": "1"}, inventory{"x": "1"}, whole, whole, 0},
			{inventory{}, inventory{"x": "1"}, half, half, 0},
			{inventory{}, inventory{}, half, half, 1},
		}},
	} {
		l := ledger{}
		for i, s := range c.steps {
			wrong := l.read(c.part, itself, s.world, s.got, map[string]bool{"a": s.a, "b": s.b})
			if len(wrong) != s.wrong {
				t.Errorf("%s, step %d: got %q, want %d complaints", c.name, i, wrong, s.wrong)
			}
		}
	}
}
