// Package graph is the read model: one immutable, compact snapshot of the
// estate at one generation, from which lists, filters, facets and neighbours
// are answered. Readers share it and never block; a new generation is a new
// snapshot.
package graph

import (
	"time"
)

// A Snapshot is the estate at one generation. It is immutable.
type Snapshot struct {
	Generation int64
	AsOf       time.Time
}
