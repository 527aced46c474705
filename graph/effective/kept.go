package effective

import (
	"slices"
	"sync"
)

// keptBlasts are the blast radii that cost most of late: what falls with one that may act
// as half of the estate takes a walk through that half, and it is what people come back
// to. The zero value is empty and ready.
type keptBlasts struct {
	mu   sync.Mutex
	list []keptBlast // the last used first
}

type keptBlast struct {
	row uint32
	o   Options
	b   *Blast // read by many, changed by none
}

// Bounds of what is kept: answers, what finding one took at least (in rows), and the rows
// that all of them list.
const (
	maxKept     = 32
	keptFrom    = 1 << 14
	maxKeptRows = 4 << 20
)

func (k *keptBlasts) get(row uint32, o Options) *Blast {
	if o.Without != nil {
		return nil // a cut may be changed by who made it
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.list, func(x keptBlast) bool { return x.row == row && x.o == o })
	if i < 0 {
		return nil
	}
	x := k.list[i]
	copy(k.list[1:i+1], k.list[:i])
	k.list[0] = x
	return x.b
}

func (k *keptBlasts) put(row uint32, o Options, b *Blast) {
	if o.Without != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = slices.Insert(k.list, 0, keptBlast{row, o, b})
	rows := 0
	for i, x := range k.list {
		rows += len(x.b.Taken) + len(x.b.Next) + len(x.b.Tier0)
		for _, p := range x.b.Paths {
			rows += 1 + len(p.Nodes)
		}
		if i == maxKept || i > 0 && rows > maxKeptRows {
			clear(k.list[i:])
			k.list = k.list[:i]
			return
		}
	}
}
