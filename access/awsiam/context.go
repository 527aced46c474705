package awsiam

import (
	"slices"
	"strings"
	"unique"
)

// Context is what is known of a request's condition keys: a key has values, or
// is known to be absent, or nothing is known of it. Keys are compared without
// regard to case, those of tags too (IAM User Guide, "IAM JSON policy elements:
// Condition"). The zero Context knows nothing but what follows from the rest of
// the request.
type Context struct {
	// Complete: every key that is not given is absent.
	Complete bool

	keys    []string // sorted, lower case, each one text for all contexts
	entries []entry  // of the keys
}

type entry struct {
	state  state
	single [1]string // the value, where there is one: beside its key in memory
	values []string  // of others
}

// keyText is the lower-case key, the same in memory wherever it is needed: keys
// are then compared without looking at them.
func keyText(key string) string { return unique.Make(strings.ToLower(key)).Value() }

// Known sets the values of a key. Without values the key is there and empty, as
// a multivalued one is.
func (c *Context) Known(key string, values ...string) {
	e := entry{state: known}
	if len(values) == 1 {
		e.single[0] = values[0]
	} else {
		e.values = append([]string{}, values...)
	}
	c.set(key, e)
}

// Absent says that the request does not have these keys.
func (c *Context) Absent(keys ...string) {
	for _, k := range keys {
		c.set(k, entry{state: absent})
	}
}

// Present says that the request has these keys, with values that are unknown.
func (c *Context) Present(keys ...string) {
	for _, k := range keys {
		c.set(k, entry{state: present})
	}
}

func (c *Context) set(key string, e entry) {
	key = keyText(key)
	i, ok := slices.BinarySearch(c.keys, key)
	end := i
	if ok {
		end++
	}
	// Contexts are copied as values: a shared array stays as it is.
	c.keys = slices.Concat(c.keys[:i], []string{key}, c.keys[end:])
	c.entries = slices.Concat(c.entries[:i], []entry{e}, c.entries[end:])
}

// get returns the values of a lower-case key.
func (c *Context) get(key string) ([]string, state) {
	// A request has a dozen keys, of different lengths: looking at all is faster
	// than searching among them.
	for i, k := range c.keys {
		if k == key {
			e := &c.entries[i]
			if e.state == known && e.values == nil {
				return e.single[:], known
			}
			return e.values, e.state
		}
	}
	if c.Complete {
		return nil, absent
	}
	return nil, unknown
}

type state uint8

const (
	unknown state = iota
	absent
	known
	partly  // one value, of which only the beginning is known
	present // values that are unknown
)
