package engine

import "sync"

// drawnKept is how many drawn answers are kept, drawnFrom of how many things one is
// worth it.
const (
	drawnKept = 16
	drawnFrom = 1 << 14
)

// A drawnCache keeps what was costly to draw of one snapshot, the latest ones, by their
// questions. Snapshots that time alone parts, and in which nothing changed, share it.
type drawnCache struct {
	mu    sync.Mutex
	keys  []string // the oldest first
	views map[string]any
}

func (c *drawnCache) get(key string) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.views[key]
	return v, ok
}

func (c *drawnCache) put(key string, v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.views == nil {
		c.views = map[string]any{}
	}
	if _, ok := c.views[key]; !ok {
		if len(c.keys) == drawnKept {
			delete(c.views, c.keys[0])
			c.keys = c.keys[1:]
		}
		c.keys = append(c.keys, key)
	}
	c.views[key] = v
}
