package filter

import (
	"slices"
	"strings"
	"sync"
)

// Masks keep what comparisons came to, those that were asked for last: the terms of
// one filter are those of the next, and of the counts beside it, so that a list whose
// filter grows by a term works out that term only. Two bits a row and comparison. They
// are of one Table and its copies; the zero Masks are empty and ready.
type Masks struct {
	mu   sync.Mutex
	list []keptMask // the last used first
}

// maxMasks bounds how many are kept: a quarter of a megabyte each for a million rows.
const maxMasks = 48

type keptMask struct {
	of   maskKey
	mask mask
}

// A maskKey is all by which comparisons differ.
type maskKey struct {
	field, path, op, text string
	num, until            int64
	unknown               bool
}

// kept evaluates a term, or returns what it came to before. What it returns is shared.
func (t *Table) kept(of maskKey, eval func() mask) mask {
	if t.Masks == nil {
		return eval()
	}
	if m, ok := t.Masks.get(of); ok {
		return m
	}
	m := eval()
	m.shared = true
	t.Masks.put(of, m)
	return m
}

// found are the rows of which a text of a column, which has its Folded, holds another.
func (t *Table) found(column, text string) bitset {
	return t.kept(maskKey{field: column, op: "holds", text: text}, func() mask {
		yes := newBitset(t.Rows)
		t.Columns[column].Folded().search(strings.ToLower(text), yes)
		return mask{yes: yes}
	}).yes
}

func (k *Masks) get(of maskKey) (mask, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.list, func(e keptMask) bool { return e.of == of })
	if i < 0 {
		return mask{}, false
	}
	e := k.list[i]
	copy(k.list[1:i+1], k.list[:i])
	k.list[0] = e
	return e.mask, true
}

func (k *Masks) put(of maskKey, m mask) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.list) == maxMasks {
		k.list = k.list[:maxMasks-1]
	}
	k.list = slices.Insert(k.list, 0, keptMask{of, m})
}

func (c compare) key() maskKey {
	return maskKey{c.field.Name, strings.Join(c.path, "\x00"), c.op, c.text, c.num, c.until, c.unknown}
}
