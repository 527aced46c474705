package awsiam

import "github.com/droverhq/drover/access"

// RegionOf is what the documents allow together and none of them denies, over
// all actions and resources there are or may be. Conditions, policy variables,
// and the Principal elements of resource policies stay as conditions. An error
// wraps access.ErrUndecided.
func RegionOf(docs ...*Document) (access.Region, error) {
	g := granter{Profile: &Profile{}}
	var allow, deny access.Region
	for _, d := range docs {
		if d == nil {
			continue
		}
		for i := range d.rules {
			r := &d.rules[i]
			if r.void {
				continue
			}
			st := &d.statements[i]
			for _, b := range g.boxes(r, st, identityLayer, d.version == version2012) {
				b.Condition = access.All(b.Condition, named(r, st).attrs())
				if r.deny {
					deny = append(deny, b)
				} else {
					allow = append(allow, b)
				}
			}
		}
	}
	return allow.Minus(deny)
}

// named is the condition that the Principal element of a statement names who
// asks. Entries are compared as they stand: only `*` is known to hold others.
func named(r *rule, st *Statement) *expr {
	if r.noPrincipal {
		return nil
	}
	list := st.Principals
	if r.notPrincipal {
		list = st.NotPrincipals
	}
	any := []*expr{falsehood}
	for _, p := range list {
		if p.Type == "*" || p.Type == "AWS" && p.ID == "*" {
			any = append(any, nil)
		} else {
			any = append(any, leaf("Principal", p.Type, []string{p.ID}))
		}
	}
	if r.notPrincipal {
		return negate(disj(any...))
	}
	return disj(any...)
}

// NoNewAccess says whether everything that the new documents allow, taken
// together, the old ones allow too, and otherwise shows an action on a resource
// that only the new ones allow, with the condition that makes it an example. True
// is proven, for every action and resource and every request; it holds for
// identity policies, boundaries and SCPs. Of resource and trust policies it holds
// for principals compared as they are written. An error wraps access.ErrUndecided.
func NoNewAccess(old, new []*Document) (bool, *access.Witness, error) {
	before, err := RegionOf(old...)
	if err != nil {
		return false, nil, err
	}
	after, err := RegionOf(new...)
	if err != nil {
		return false, nil, err
	}
	ok, w, err := access.NoWider(after, before)
	if w != nil {
		name(w, before)
	}
	return ok, w, err
}

// name gives a witness an action of the catalogue where its part has one.
func name(w *access.Witness, old access.Region) {
	if KnownAction(w.Action) {
		return
	}
	_, before := old.Holds(w.Action, w.Resource)
	c := catalogue()
	for _, p := range patternsOf(w.Part.Actions) {
		bits := actionBits(p)
		for id := range c.actions {
			if !bits.Has(id) || !w.Part.Actions.Contains(c.lower[id]) {
				continue
			}
			if _, holds := old.Holds(c.lower[id], w.Resource); holds == before {
				w.Action = c.actions[id].Name
				return
			}
		}
	}
}

func patternsOf(s access.Set) []string {
	out := s.In
	for _, o := range s.Or {
		out = append(out[:len(out):len(out)], o.In...)
	}
	return out
}
