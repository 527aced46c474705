package aws

import (
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// A change is what a technique of givesFreed does to the documents that decide for
// the taker. It writes none: it brings one back, or takes one away.
type change string

const (
	otherVersion change = "another version of a policy becomes its default one"
	noBoundary   change = "the permissions boundary goes"
	detached     change = "a managed policy that denies something is detached"
	deleted      change = "an inline policy that denies something is deleted"
)

// A changed is what decides for a taker after one change.
type changed struct {
	on   string // ARN of what the action is on
	drop string // ARN of the managed policy that is detached; "": none
	pol  *awsiam.Policies
	note access.Proof
}

// frees is a technique that makes its taker an administrator by what its policies
// say once one of them is another version, or gone. What it may do without the
// change counts against it: only what leaves less open than that is an edge.
func (w *writer) frees(p *principal, t *technique) {
	x := w.x
	if p.linked() {
		return
	}
	search := func(v view) *answer {
		best := x.commandsAs(&v, p)
		if best != nil && best.sure() {
			return nil
		}
		found := false
		for _, c := range x.changes(p, t, v.pol) {
			if a := x.freed(p, t, &v, &c); a != nil && a.better(best) {
				if best, found = a, true; a.sure() {
					break
				}
			}
		}
		if !found {
			return nil
		}
		return best
	}
	a := search(x.whole(p.profile))
	if a == nil {
		return
	}
	e := x.edge(a, search, p.profile)
	e.To, e.Kind, e.Technique = x.accountRow(p.account), drover.EdgeEscalates, t.id
	w.add(p, e)
}

// freed asks for one change, and for what it takes to rule the account after it.
func (x *engine) freed(p *principal, t *technique, v *view, c *changed) *answer {
	a := &answer{}
	y := try{t: t, v: v, who: p, drop: c.drop}
	for _, r := range t.requires {
		if !x.meets(a, &y, r) {
			return nil
		}
	}
	if !x.askAll(a, &y, t.needs, c.on) {
		return nil
	}
	after := x.commandsAs(&view{pol: c.pol, rules: compile(c.pol), ref: v.ref, index: v.index}, p)
	if after == nil {
		return nil
	}
	a.join(after)
	a.notes = append(a.notes, c.note)
	return a
}

// commandsAs is what has to hold for the taker to make an administrator, as the
// documents of a view stand; nil: it cannot.
func (x *engine) commandsAs(v *view, who *principal) *answer {
	var best *answer
	for _, needs := range rulerNeeds {
		one := x.holds(try{t: &technique{needs: needs}, v: v, who: who})
		if one != nil && one.better(best) {
			best = one
		}
	}
	return best
}

// changes lists what a technique can make of a taker's documents, one at a time.
func (x *engine) changes(p *principal, t *technique, pol *awsiam.Policies) []changed {
	switch t.change {
	case otherVersion:
		return x.versionChanges(p, pol)
	case noBoundary:
		if pol.Boundary == nil {
			return nil
		}
		up := *pol
		up.Boundary = nil
		return []changed{{on: p.arn, pol: &up, note: access.Proof{Text: "without its boundary " + pol.Boundary.Name + ", which it may take off itself, its policies make it an administrator"}}}
	}
	return x.denialsGone(p, t, pol)
}

// denialsGone takes away one attachment of one policy that denies something. A
// policy that also comes from elsewhere, as by a group, is there still.
//
// The documents of a principal are its own and then those of each of its groups;
// a profile that it shares has the same in the same order.
func (x *engine) denialsGone(p *principal, t *technique, pol *awsiam.Policies) (list []changed) {
	from, to, holder := 0, len(p.attached), p.arn
	of := t.needs[0].on
	for i := -1; i < len(p.groups); i++ {
		if i >= 0 {
			from, to, holder = to, to+len(p.groups[i].attached), p.groups[i].groupARN()
		}
		if (of == self) != (i < 0) {
			continue
		}
		for k := from; k < to; k++ {
			at := &pol.Identity[k]
			if at.Doc == nil || !denies(at.Doc) || x.inline(at.Ref) != (t.change == deleted) {
				continue
			}
			up := *pol
			up.Identity = slices.Delete(slices.Clone(pol.Identity), k, k+1)
			c := changed{on: holder, pol: &up, note: access.Proof{Text: "without policy " + at.Name + ", which denies it the rest and which it may take away, its other policies make it an administrator"}}
			if t.change == detached {
				c.drop = x.arnOf(at.Ref)
			}
			list = append(list, c)
		}
	}
	return list
}

func denies(d *awsiam.Document) bool {
	return slices.ContainsFunc(d.Statements(), func(s awsiam.Statement) bool { return s.Effect == "Deny" })
}

func (x *engine) inline(ref drover.Ref) bool {
	row, ok := x.e.in.Find(ref)
	return ok && x.e.in.Type(row) == "aws.iam.inline_policy"
}

// versionChanges puts each other version of each customer managed policy of the
// taker in the place of its default one, wherever the policy binds it.
func (x *engine) versionChanges(p *principal, pol *awsiam.Policies) (list []changed) {
	refs := p.managed
	if b := pol.Boundary; b != nil && tenant(b.Ref) == p.account.id && !slices.Contains(refs, b.Ref) {
		refs = append(slices.Clone(refs), b.Ref)
	}
	for _, ref := range refs {
		for _, v := range x.otherVersions(ref) {
			up := *pol
			up.Identity = slices.Clone(pol.Identity)
			note, name := access.Proof{}, ""
			for i := range up.Identity {
				if at := &up.Identity[i]; at.Ref == ref {
					// Without a ref: no statement of the default version decides here.
					name = at.Name
					*at = awsiam.Attached{Name: "version " + v.id + " of " + name, Doc: v.doc}
					note.Ref = ref
				}
			}
			if up.Boundary != nil && up.Boundary.Ref == ref {
				name = up.Boundary.Name
				up.Boundary = &awsiam.Attached{Name: "version " + v.id + " of " + name, Doc: v.doc}
				note.Ref = "" // without the policy it would be bound by nothing
			}
			note.Text = "version " + v.id + " of " + name + ", which is not its default one, makes it an administrator"
			list = append(list, changed{on: x.arnOf(ref), pol: &up, note: note})
		}
	}
	return list
}

// A version of a policy that is not its default one.
type version struct {
	id  string
	doc *awsiam.Document
}

// otherVersions are those versions of a policy that are not in force and whose
// documents were read. Others are counted, once.
func (x *engine) otherVersions(ref drover.Ref) []version {
	if list, ok := x.versions[ref]; ok {
		return list
	}
	var out []version
	row, ok := x.e.in.Find(ref)
	if ok {
		attrs := x.e.in.Attrs(row).Map()
		inForce, _ := attrs["DefaultVersionId"].(string)
		list, _ := attrs["PolicyVersionList"].([]any)
		for _, e := range list {
			m, _ := e.(map[string]any)
			id, _ := m["VersionId"].(string)
			hash, _ := m["document"].(string)
			if is, _ := m["IsDefaultVersion"].(bool); is || id != "" && id == inForce || len(list) == 1 {
				continue
			}
			if d := x.apart(hash); d != nil {
				out = append(out, version{id, d})
			} else {
				x.unreadVersions++
			}
		}
	}
	x.versions[ref] = out
	return out
}

// apart compiles a document that is not in force, apart from the library, whose
// tags and regions are of those that are; nil where it was not read or is none.
func (x *engine) apart(hash string) *awsiam.Document {
	if hash == "" {
		return nil
	}
	body, ok := x.e.in.Document(hash)
	if !ok {
		return nil
	}
	d, _, err := awsiam.Parse([]byte(body.Body))
	if err != nil {
		return nil
	}
	return d
}

// versionGap says that versions are there of which nothing is known.
func (x *engine) versionGap() []effective.Gap {
	if x.unreadVersions == 0 {
		return nil
	}
	return []effective.Gap{{System: "aws", What: policies(x.unreadVersions), Why: "an older version that somebody it binds may make the default one, and its document was not read: what it would give is not counted", Rows: x.unreadVersions}}
}
