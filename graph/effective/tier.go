package effective

import (
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// Tier0Tag marks what everything falls with, where a user says so by a tag.
const Tier0Tag = "tier0"

// containers are tier 0 by what they are: whoever takes one over has everything
// in it.
var containers = []string{"aws.account", "aws.organizations.organization", "kubernetes.cluster", "postgres.cluster"}

// marks are the rows that answers count by themselves.
type marks struct {
	tier0  []bool // by row
	tagged []bool // tier 0, tagged by a user, or restricted data
}

// newMarks looks at every row of the snapshot and at the nodes that systems added.
func newMarks(in *Input) marks {
	s, n := in.Snapshot, in.Len()+len(in.extra)
	m := marks{make([]bool, n), make([]bool, n)}
	for i := range s.Len() {
		if s.IsMember(i) {
			continue
		}
		m.tier0[i] = slices.Contains(containers, s.Type(i)) || saidTier0(s, i)
		m.tagged[i] = m.tier0[i] || i < s.Seen() && len(s.Labels(i)) > 0
	}
	for i := range in.extra {
		m.tier0[s.Len()+i] = slices.Contains(containers, in.extra[i].Type)
		m.tagged[s.Len()+i] = m.tier0[s.Len()+i]
	}
	return m
}

// saidTier0 reports whether policy, tags or classification put a row in tier 0.
func saidTier0(s *graph.Snapshot, i int) bool {
	if i >= s.Seen() {
		return false
	}
	switch s.Kind(i) {
	case drover.KindPolicy, drover.KindVendor:
		return false
	}
	f := s.Facts(i)
	return f.Tier == 0 || slices.Contains(f.Tags, Tier0Tag)
}
