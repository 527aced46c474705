package kubernetes

import (
	"fmt"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// A model answers for all clusters of a snapshot.
type model struct {
	*world
	edges []effective.Edge
	gaps  []effective.Gap
	list  []profile
}

// A profile is a set of bindings that somebody has, all of one cluster.
type profile struct {
	c        *cluster
	bindings []int
	masters  bool
	node     bool
}

// profiles numbers the sets of bindings.
func (m *model) profiles() {
	number := map[string]uint32{}
	kubelets := 0
	for i, c := range m.clusters {
		for _, id := range c.people {
			p := profile{c, c.policy.Of(id.who), id.who.Masters(), id.who.Node()}
			if p.node {
				kubelets++
			}
			key := fmt.Sprint(i, p.masters, p.node, p.bindings)
			n, ok := number[key]
			if !ok {
				n = uint32(len(m.list))
				number[key] = n
				m.list = append(m.list, p)
			}
			id.profile = n
		}
	}
	if kubelets > 0 {
		m.gaps = append(m.gaps, effective.Gap{System: system, What: "what the Node authorizer allows kubelets", Why: "it goes by the pods that are bound to a node at the moment, not by RBAC", Rows: kubelets})
	}
	if len(m.clusters) > 0 {
		m.gaps = append(m.gaps,
			effective.Gap{System: system, What: "admission webhooks and policies, which may refuse what RBAC allows", Why: "their rules are not read", Rows: 0},
			effective.Gap{System: system, What: "webhook and other authorizers beside RBAC", Why: "the API server's configuration is not in its API", Rows: 0})
	}
}

func (m *model) profile(row uint32) (uint32, bool) {
	if id := m.who[row]; id != nil {
		return id.profile, true
	}
	return 0, false
}

func (m *model) grants(row uint32) []access.Grant {
	id := m.who[row]
	if id == nil {
		return nil
	}
	return id.c.policy.Grants(m.in.Ref(int(row)), id.who)
}
