package drover

// A Scope is the part of an organisation that a caller may see. Every read of
// the store and of a snapshot takes one, and counts are taken inside it, so that
// totals and graphs cannot leak. The zero Scope sees nothing.
type Scope struct {
	all     bool
	sources map[string]bool
}

// ScopeAll sees everything; the local command line passes it.
var ScopeAll = Scope{all: true}

// ScopeSources sees what the named sources assert.
func ScopeSources(ids ...string) Scope {
	s := Scope{sources: map[string]bool{}}
	for _, id := range ids {
		s.sources[id] = true
	}
	return s
}

// All reports whether the scope is the whole organisation.
func (s Scope) All() bool { return s.all }

// Source reports whether what the source asserts is visible.
func (s Scope) Source(id string) bool { return s.all || s.sources[id] }

// Sources lists the visible sources; nil for ScopeAll.
func (s Scope) Sources() []string {
	var ids []string
	for id := range s.sources {
		ids = append(ids, id)
	}
	return ids
}
