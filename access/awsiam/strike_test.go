package awsiam

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// numbered gives documents refs of their own.
func numbered(list []Attached, place string) []Attached {
	out := slices.Clone(list)
	for i := range out {
		out[i].Ref = drover.Ref("aws/-/test/" + place + "-" + itoa(i))
	}
	return out
}

// strike takes the statement that a proof names out of its document.
func strike(p *Policies, r *Request, pr access.Proof) {
	index := pr.Statement
	if i := strings.LastIndexByte(index, '('); i >= 0 {
		index = strings.TrimSuffix(index[i+1:], ")")
	}
	cut := func(a Attached) Attached {
		if a.Ref != pr.Ref {
			return a
		}
		d := *a.Doc
		d.rules = slices.Clone(d.rules)
		d.binds = slices.DeleteFunc(slices.Clone(d.binds), func(b bound) bool { return itoa(int(b.index)) == index })
		a.Doc = &d
		return a
	}
	all := func(list []Attached) []Attached {
		if list == nil {
			return nil
		}
		out := make([]Attached, len(list))
		for i, a := range list {
			out[i] = cut(a)
		}
		return out
	}
	p.Identity, p.Session = all(p.Identity), all(p.Session)
	if p.Boundary != nil {
		b := cut(*p.Boundary)
		p.Boundary = &b
	}
	levels := make([][]Attached, len(p.SCPs))
	for i, l := range p.SCPs {
		levels[i] = all(l)
	}
	p.SCPs = levels
	if r.ResourcePolicy != nil {
		b := cut(*r.ResourcePolicy)
		r.ResourcePolicy = &b
	}
}
