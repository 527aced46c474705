package gitobj

// A place is where an object begins.
type place struct {
	pack   *pack
	offset int64
}

type cached struct {
	at   place
	typ  Type
	data []byte
}

// A cache keeps what was put last, up to room bytes.
type cache struct {
	room, used int
	byPlace    map[place]cached
	queue      []place // in the order of putting
	head       int
}

func (c *cache) get(at place) (cached, bool) {
	e, ok := c.byPlace[at]
	return e, ok
}

func (c *cache) put(at place, typ Type, data []byte) {
	if _, ok := c.byPlace[at]; ok || len(data) > c.room/2 {
		return
	}
	if c.byPlace == nil {
		c.byPlace = map[place]cached{}
	}
	for c.used+len(data) > c.room {
		old := c.queue[c.head]
		c.used -= len(c.byPlace[old].data) + entryCost
		delete(c.byPlace, old)
		if c.head++; c.head > 1024 && c.head > len(c.queue)/2 {
			c.queue = append(c.queue[:0], c.queue[c.head:]...)
			c.head = 0
		}
	}
	c.byPlace[at] = cached{at, typ, data}
	c.queue = append(c.queue, at)
	c.used += len(data) + entryCost
}

// entryCost is about what an entry takes beside its data.
const entryCost = 128
