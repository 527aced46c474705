package access

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
)

// A Box is every action of a set on every resource of another, as long as a
// condition holds (as Decision.Condition; empty: always).
type Box struct {
	Actions   Set          `json:"actions"`
	Resources Set          `json:"resources"`
	Condition drover.Attrs `json:"condition"`
}

// A Region is what the boxes together cover. The zero Region is empty.
//
// Actions and resources are exact, as Set. Conditions are exact as far as logic
// goes: joined by all, any and not, over atoms of which it is known that some
// imply others (the same AWS operator and key with a value inside another's, an
// exact match inside a pattern, an address block inside another, a smaller bound
// inside a larger, anything inside no condition at all). Of atoms beyond that
// nothing is assumed, so what is called a subset is one; what is not called one
// may be one by the meaning of conditions that is not known here.
type Region []Box

// RegionOf is what grants give, one box each in their order.
func RegionOf(grants []Grant) Region {
	r := make(Region, len(grants))
	for i, g := range grants {
		r[i] = Box{g.Actions, g.Resources, g.Condition}
	}
	return r
}

// Holds says whether an action on a resource is in the region, and under which
// condition.
func (r Region) Holds(action, resource string) (condition drover.Attrs, ok bool) {
	var all []drover.Attrs
	for _, b := range r {
		if b.Actions.Contains(action) && b.Resources.Contains(resource) {
			all = append(all, b.Condition)
		}
	}
	if len(all) == 0 {
		return nil, false
	}
	condition = Any(all...)
	return condition, !isNever(condition)
}

// maxBoxes bounds how many boxes a result may have, and maxCuts how many times
// one box may be cut by another on the way.
const (
	maxBoxes = 1 << 11
	maxCuts  = 1 << 14
)

// Minus is what is in r and not in s. Its boxes keep the order of r; where s has
// a part under a condition, that part stays under the condition's negation.
// Time and size are at worst exponential in the number of boxes of s that a box
// of r overlaps without lying within one; past a bound: ErrUndecided.
func (r Region) Minus(s Region) (Region, error) {
	var out Region
	left := maxCuts
	for i, b := range r {
		rest, err := b.minus(s, &left)
		if err != nil {
			return nil, fmt.Errorf("box %d: %w", i, err)
		}
		if out = append(out, rest...); len(out) > maxBoxes {
			return nil, ErrUndecided
		}
	}
	return out, nil
}

// minus takes every box of s out of b, with as many cuts as are left.
func (b Box) minus(s Region, left *int) (Region, error) {
	for _, c := range s {
		if within, err := b.within(c); err == nil && within {
			return nil, nil
		}
	}
	rest := Region{b}
	for _, c := range s {
		var next Region
		for _, x := range rest {
			if *left--; *left < 0 {
				return nil, ErrUndecided
			}
			parts, err := x.without(c)
			if err != nil {
				return nil, err
			}
			if next = append(next, parts...); len(next) > maxBoxes {
				return nil, ErrUndecided
			}
		}
		if rest = next; len(rest) == 0 {
			break
		}
	}
	// Even where nothing is taken, what cannot be is not there.
	return rest.kept()
}

// within says that b is plainly part of c.
func (b Box) within(c Box) (bool, error) {
	if !implies(b.Condition, c.Condition) {
		return false, nil
	}
	if ok, err := Subset(b.Resources, c.Resources); !ok || err != nil {
		return false, err
	}
	return Subset(b.Actions, c.Actions)
}

// without is b without c: the actions that c has not, on all its resources; the
// actions of both, on the resources that c has not; and what is in both, where
// only b's condition holds.
func (b Box) without(c Box) (Region, error) {
	both, err := b.and(c)
	if err != nil {
		return nil, err
	}
	if len(both) == 0 {
		return Region{b}, nil
	}
	actions, err := Minus(b.Actions, c.Actions)
	if err != nil {
		return nil, err
	}
	resources, err := Minus(b.Resources, c.Resources)
	if err != nil {
		return nil, err
	}
	return Region{
		{actions, b.Resources, b.Condition},
		{both[0].Actions, resources, b.Condition},
		{both[0].Actions, both[0].Resources, All(b.Condition, Not(c.Condition))},
	}.kept()
}

// and is the intersection of two boxes: one box, or none.
func (b Box) and(c Box) (Region, error) {
	actions, err := Intersect(b.Actions, c.Actions)
	if err != nil {
		return nil, err
	}
	if none, err := actions.Empty(); none || err != nil {
		return nil, err
	}
	resources, err := Intersect(b.Resources, c.Resources)
	if err != nil {
		return nil, err
	}
	return Region{{actions, resources, All(b.Condition, c.Condition)}}.kept()
}

// kept drops the boxes that nothing is in.
func (r Region) kept() (Region, error) {
	var out Region
	for _, b := range r {
		for _, s := range []Set{b.Actions, b.Resources} {
			none, err := s.Empty()
			if err != nil {
				return nil, err
			}
			if none {
				b.Condition = Never()
			}
		}
		if satisfiable(b.Condition) {
			out = append(out, b)
		}
	}
	return out, nil
}

// Intersect is what is in both regions.
func (r Region) Intersect(s Region) (Region, error) {
	var out Region
	for _, b := range r {
		for _, c := range s {
			both, err := b.and(c)
			if err != nil {
				return nil, err
			}
			if out = append(out, both...); len(out) > maxBoxes {
				return nil, ErrUndecided
			}
		}
	}
	return out, nil
}

// Simplify drops boxes that lie within others and joins those that differ in one
// side only.
func (r Region) Simplify() Region {
	out := slices.Clone(r)
	if kept, err := r.kept(); err == nil {
		out = kept
	}
	for i := 0; i < len(out); i++ {
		for j := i + 1; j < len(out); {
			joined, ok := out[i].join(out[j])
			if !ok {
				j++
				continue
			}
			out[i] = joined
			out = slices.Delete(out, j, j+1)
			j = i + 1
		}
		out[i].Actions, out[i].Resources = out[i].Actions.Simplify(), out[i].Resources.Simplify()
	}
	return out
}

// join is two boxes as one, where that is possible.
func (b Box) join(c Box) (Box, bool) {
	for _, pair := range [][2]Box{{b, c}, {c, b}} {
		if in, err := pair[0].within(pair[1]); err == nil && in {
			return pair[1], true
		}
	}
	if string(b.Condition) != string(c.Condition) {
		return Box{}, false
	}
	if same, err := Equal(b.Resources, c.Resources); err == nil && same {
		u, err := Union(b.Actions, c.Actions)
		return Box{u, b.Resources, b.Condition}, err == nil
	}
	if same, err := Equal(b.Actions, c.Actions); err == nil && same {
		u, err := Union(b.Resources, c.Resources)
		return Box{b.Actions, u, b.Condition}, err == nil
	}
	return Box{}, false
}

// satisfiable says whether a condition may hold; false is proven.
func satisfiable(c drover.Attrs) bool {
	if len(c) == 0 || isNever(c) {
		return len(c) == 0
	}
	var l logic
	return l.satisfiable(l.formula(c))
}

// implies says that d holds wherever c does; true is proven.
func implies(c, d drover.Attrs) bool {
	if len(d) == 0 || string(c) == string(d) {
		return true
	}
	var l logic
	return !l.satisfiable(formula{op: '&', parts: []formula{l.formula(c), {op: '!', parts: []formula{l.formula(d)}}}})
}

// Implies says that d holds wherever c does. True is proven; false may mean that
// it is not known.
func Implies(c, d drover.Attrs) bool { return implies(c, d) }

// A Witness is one thing that a region has and another was not shown to have.
type Witness struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	// Condition is what must hold for it to be an example; empty: always.
	Condition drover.Attrs `json:"condition"`
	Box       int          `json:"box"` // position in the new region
	// Certain: the old region does not have it under any condition. Otherwise it
	// has, under a condition that the new one was not shown to imply.
	Certain bool `json:"certain"`
	// Part is all of what the example is taken from: no name in it is in the old
	// region under Condition.
	Part Box `json:"part"`
}

// String writes the witness for a reader.
func (w Witness) String() string {
	if len(w.Condition) == 0 {
		return w.Action + " on " + w.Resource
	}
	return w.Action + " on " + w.Resource + " if " + string(w.Condition)
}

// NoWider says whether everything in new is in old, and otherwise shows
// something that is not, one that old has under no condition if there is one.
// True is proven. An error is a question that cannot be decided (ErrUndecided)
// or sets that cannot be compared; a witness found is returned without one.
func NoWider(new, old Region) (ok bool, witness *Witness, err error) {
	left := maxCuts
	for i, b := range new {
		rest, failed := b.minus(old, &left)
		if failed != nil {
			err = fmt.Errorf("box %d: %w", i, failed)
			continue
		}
		for _, x := range rest {
			w, failed := x.witness(i, old)
			switch {
			case failed != nil:
				err = fmt.Errorf("box %d: %w", i, failed)
			case w.Certain:
				return false, w, nil
			case witness == nil:
				witness = w
			}
		}
	}
	if witness != nil {
		return false, witness, nil
	}
	return err == nil, nil, err
}

func (b Box) witness(i int, old Region) (*Witness, error) {
	action, ok, err := b.Actions.Sample()
	if err != nil || !ok {
		return nil, fmt.Errorf("sample of actions %s: %w", b.Actions, ErrUndecided)
	}
	resource, ok, err := b.Resources.Sample()
	if err != nil || !ok {
		return nil, fmt.Errorf("sample of resources %s: %w", b.Resources, ErrUndecided)
	}
	_, conditional := old.Holds(action, resource)
	return &Witness{Action: action, Resource: resource, Condition: b.Condition, Box: i, Certain: !conditional, Part: b}, nil
}
