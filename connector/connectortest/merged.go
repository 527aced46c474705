package connectortest

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/droverhq/drover"
)

// Merged returns the result with one node for each ref: what several assertions
// say of it together, as the store shows it. Of what they say differently the
// first in order is taken.
func (r *Result) Merged() *Result {
	m := *r
	m.Nodes = nil
	at := map[drover.Ref]int{}
	for _, n := range r.Nodes {
		i, ok := at[n.Ref]
		if !ok {
			at[n.Ref] = len(m.Nodes)
			m.Nodes = append(m.Nodes, n)
			continue
		}
		have := &m.Nodes[i]
		have.Name = cmp.Or(have.Name, n.Name)
		have.Created = cmp.Or(have.Created, n.Created)
		have.Rotated = cmp.Or(have.Rotated, n.Rotated)
		have.Expires = cmp.Or(have.Expires, n.Expires)
		have.Aliases = slices.Concat(have.Aliases, n.Aliases)
		slices.Sort(have.Aliases)
		have.Aliases = slices.Compact(have.Aliases)
		have.Attrs = together(have.Attrs, n.Attrs)
	}
	return &m
}

// together has the attributes of both, those of the first where both say one.
func together(first, more drover.Attrs) drover.Attrs {
	all := map[string]any{}
	for _, a := range []drover.Attrs{more, first} {
		var m map[string]json.RawMessage
		if len(a) > 0 && json.Unmarshal(a, &m) == nil {
			for k, v := range m {
				all[k] = v
			}
		}
	}
	return drover.NewAttrs(all)
}
