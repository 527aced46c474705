package risk

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// reach counts again what falls without the edges that what is taken away proves.
func (r *remover) reach() (func(id int, f *facts), string) {
	if r.effects == nil {
		return nil, "what is reached was not computed"
	}
	of := r.detached()
	if of == "" {
		return nil, "what is taken away is not one thing, so what is still reached cannot be told"
	}
	r.slow = true
	return func(id int, f *facts) {
		cut := &effective.Cut{Edges: r.provedBy(id, of)}
		if len(cut.Edges) == 0 {
			return
		}
		if s, ok := Standing(r.effects, cut)(id); ok {
			if !r.become && f.tier0 > 0 && s.Tier0 <= 0 && !r.m.said0(id) {
				f.self0 = false
			}
			f.reach, f.tier0, f.exact = s.Reach, max(s.Tier0, 0), true
		}
	}, r.noun()
}

func (r *remover) noun() string {
	switch r.fix.Action {
	case "detach", "delete", "disable":
		return "what is no longer reached without what is taken away"
	case "configure":
		return "what is no longer reached without that power, at most, for grants that it made needless are not known"
	case "restrict_trust":
		return "that strangers may become it, and what those who may no longer reach by it, at most, for whoever it is for stays"
	}
	return "what is no longer reached without what is narrowed, at most"
}

// detached is the ref of what the fix takes away: the policy, role or group that
// the group of fixes names, or else the object.
func (r *remover) detached() drover.Ref {
	_, after, ok := strings.Cut(r.fix.Group, " ")
	if ref := drover.Ref(after); ok && ref.Valid() == nil {
		return ref
	}
	return r.fix.Object
}

// provedBy are the edges that leave an identity and that rest on a ref: their
// proof names it, or they lead to it. What is narrowed is the identity itself:
// all edges that its own rights prove; of a power only those that it proves.
func (r *remover) provedBy(id int, ref drover.Ref) (edges []uint32) {
	g := r.effects
	own := slices.Contains(r.objects, id) && ref == r.fix.Object
	for e := range g.Reach().Out(uint32(id)) {
		x := g.Edge(e)
		rests := false
		switch {
		case r.become:
			rests = slices.Contains(r.objects, int(x.To))
		case len(r.powers) > 0:
			rests = own && slices.ContainsFunc(x.Proof, func(p access.Proof) bool { return slices.Contains(r.powers, p.Statement) })
		default:
			rests = g.Ref(x.To) == ref || own && len(x.Proof) > 0 && x.Technique != "" ||
				slices.ContainsFunc(x.Proof, func(p access.Proof) bool { return p.Ref == ref })
		}
		if rests {
			edges = append(edges, e)
		}
	}
	return edges
}

// becoming are the identities that may become what is changed, at one step.
func (r *remover) becoming() (ids []int) {
	seen := map[int]bool{}
	for _, to := range r.objects {
		for e := range r.effects.Reach().In(uint32(to)) {
			x := r.effects.Edge(e)
			if from := int(x.From); x.Move && x.Kind != drover.EdgeContains && from != to && !seen[from] && r.m.Scored(from) {
				seen[from] = true
				ids = append(ids, from)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// powers are the attributes of roles as ALTER ROLE of PostgreSQL spells them, and
// the columns of pg_roles that say who has them.
var powers = map[string]string{"SUPERUSER": "rolsuper", "CREATEROLE": "rolcreaterole", "CREATEDB": "rolcreatedb", "REPLICATION": "rolreplication", "BYPASSRLS": "rolbypassrls"}

// powersIn are those that a fix takes, by its words: "Take SUPERUSER from", "Set
// NOSUPERUSER NOBYPASSRLS on". What follows is a name, which may say anything.
func powersIn(text string) (columns []string) {
	for i, w := range strings.Fields(text) {
		if w == "from" || w == "on" || i > 2*len(powers) {
			break
		}
		w = strings.Trim(w, ",.")
		c := powers[w]
		if c == "" {
			c = powers[strings.TrimPrefix(w, "NO")]
		}
		if c != "" && !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// said0 reports whether somebody says that an identity is of tier 0, by a tag of
// ours or of its system, or a policy: then its rights do not decide.
func (m *Model) said0(id int) bool {
	g := m.in.Graph
	if slices.Contains(g.Facts(id).Tags, effective.Tier0Tag) {
		return true
	}
	for _, l := range g.Labels(id) {
		if l.Key == "tier" {
			return true
		}
	}
	a := g.Attrs(id)
	return a.Get("tags", "tier") != nil || a.Get("tags", "Tier") != nil || a.Get("labels", "tier") != nil
}
