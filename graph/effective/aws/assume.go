package aws

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
)

// assumes makes the can_assume edges of a principal: the role's trust policy and
// the principal's own both evaluated. What is open to anybody of an account is
// found once for a profile.
func (w *writer) assumes(p *principal) {
	d := w.x.openDoors()
	own := p.profile.may.has(actionBit("sts:AssumeRole"))
	list, done := w.entered[p.profile]
	if !done {
		wide := d.anybody
		if own {
			wide = slices.Concat(wide, d.byAccount[p.account.id])
		}
		for _, r := range sorted(slices.Clone(wide)) {
			i := slices.IndexFunc(p.profile.members, func(m *principal) bool { return m != r && !slices.Contains(d.naming(m), r) })
			if i < 0 || d.singular[r] {
				continue
			}
			if f := w.enters(p.profile.members[i], r); f != nil {
				list = append(list, *f)
			}
		}
		w.entered[p.profile] = list
	}
	alone := d.naming(p)
	for _, r := range d.apart {
		if slices.Contains(d.anybody, r) || own && slices.Contains(d.byAccount[p.account.id], r) {
			alone = append(alone[:len(alone):len(alone)], r)
		}
	}
	for _, f := range list {
		if !slices.Contains(alone, f.to) {
			w.add(p, f.Edge)
		}
	}
	for _, r := range sorted(slices.Clone(alone)) {
		if f := w.enters(p, r); f != nil {
			w.add(p, f.Edge)
		}
	}
}

// enters asks whether a principal may assume a role.
func (w *writer) enters(p, r *principal) *found {
	x := w.x
	t := assumeTechnique()
	if p == r || r.account != p.account && !p.profile.may.has(actionBit("sts:AssumeRole")) {
		return nil
	}
	search := func(v view) *answer { return x.holds(try{t: t, v: &v, who: p, to: r}) }
	a := search(x.whole(p.profile))
	if a == nil {
		return nil
	}
	e := x.edge(a, search, p.profile)
	e.To, e.Kind, e.Technique = r.row, drover.EdgeCanAssume, t.id
	return &found{Edge: e, to: r}
}

// sorted are the principals in the order of their rows, each once.
func sorted(list []*principal) []*principal {
	slices.SortFunc(list, func(a, b *principal) int { return int(a.row) - int(b.row) })
	return slices.Compact(list)
}

func assumeTechnique() *technique {
	i := slices.IndexFunc(techniques, func(t technique) bool { return t.id == assumeRole })
	return &techniques[i]
}

// doors are the roles whose trust policies may let a principal in, by what those
// name: an ARN, a unique id, an account, or anybody.
type doors struct {
	byName    map[string][]*principal
	byAccount map[string][]*principal
	anybody   []*principal
	apart     []*principal        // whose conditions tell principals of one profile apart
	singular  map[*principal]bool // the same
}

// naming are the roles whose trust policies name a principal.
func (d *doors) naming(p *principal) []*principal {
	list := d.byName[p.arn]
	if p.id != "" {
		list = slices.Concat(list, d.byName[p.id])
	}
	if p.sort == "role" {
		list = slices.Concat(list, d.byName[p.account.id+"/"+p.arn[strings.LastIndexByte(p.arn, '/')+1:]])
	}
	return list
}

func (x *engine) openDoors() *doors {
	if x.doors != nil {
		return x.doors
	}
	d := &doors{byName: map[string][]*principal{}, byAccount: map[string][]*principal{}, singular: map[*principal]bool{}}
	x.doors = d
	for _, r := range x.e.principals {
		if r.sort != "role" || r.trust == nil || r.trust.Doc == nil {
			continue
		}
		if x.e.docs.outline(r.trust.Doc).personal {
			d.apart = append(d.apart, r)
			d.singular[r] = true
		}
		for _, s := range r.trust.Doc.Statements() {
			opens := s.Effect == "Allow" && names(&s, "sts:assumerole")
			if opens && len(s.NotPrincipals) > 0 {
				d.anybody = append(d.anybody, r)
			}
			for _, p := range s.Principals {
				d.add(p, r, opens)
			}
			for _, p := range s.NotPrincipals {
				d.add(p, r, false)
			}
		}
	}
	return d
}

// add notes whom a statement names; if it opens the role, also anybody whom it
// takes in without a name.
func (d *doors) add(p awsiam.PolicyPrincipal, r *principal, opens bool) {
	if p.Type != "AWS" && p.ID != "*" {
		return
	}
	id := p.ID
	account := segment(id, 4)
	if len(id) == 12 && strings.Trim(id, "0123456789") == "" {
		account = id
	}
	switch rest, session := strings.CutPrefix(segment(id, 5), "assumed-role/"); {
	case id == "*":
		if opens {
			d.anybody = append(d.anybody, r)
		}
	case account == id, strings.HasSuffix(id, ":root") && segment(id, 2) == "iam":
		if opens {
			d.byAccount[account] = append(d.byAccount[account], r)
		}
	case session: // of a role, by whatever name
		role, _, _ := strings.Cut(rest, "/")
		d.byName[account+"/"+role] = append(d.byName[account+"/"+role], r)
	default:
		d.byName[id] = append(d.byName[id], r)
	}
}

// outsiders makes the can_assume edges of principals of AWS that no source
// describes, and of anybody at all: their own side is not known.
func (w *writer) outsiders() {
	x := w.x
	for _, r := range x.e.principals {
		if r.sort != "role" || r.trust == nil || r.trust.Doc == nil {
			continue
		}
		done := map[int]bool{}
		for h := range x.e.in.Out(int(r.row)) {
			if h.Kind != drover.EdgeTrusts || done[h.Row] || !x.e.in.Unseen(h.Row) {
				continue
			}
			done[h.Row] = true
			w.outsider(h.Row, r)
		}
	}
}

func (w *writer) outsider(row int, r *principal) {
	x := w.x
	alias := x.e.in.Ref(row).ID()
	q := awsiam.Request{Action: "sts:AssumeRole", Resource: r.arn}
	open := "the policies of " + alias + " allow it"
	switch {
	case alias == "aws-any:*":
		// Whoever has an account of its own gives itself all rights in it.
		q.Principal = awsiam.Principal{ARN: "arn:" + r.account.partition + ":iam::000000000000:user/anybody", Account: "000000000000", Type: awsiam.User}
		open = ""
	case strings.HasPrefix(alias, "arn:") && segment(alias, 2) == "iam" && !strings.Contains(segment(alias, 5), "*"):
		q.Principal = awsiam.Principal{ARN: alias}
	default:
		return
	}
	if q.Principal.Account == "" {
		q.Principal.Account = segment(alias, 4)
	}
	q.Context.Known("aws:SecureTransport", "true")
	search := func(v view) *answer {
		a := &answer{}
		one := q
		one.ResourcePolicy = x.document(&v, r.trust)
		if !x.ask(a, x.open(), one) {
			return nil
		}
		if open != "" {
			a.requires(requirement(open))
		}
		return a
	}
	a := search(view{})
	if a == nil {
		return
	}
	e := x.edge(a, search, &profile{policies: &awsiam.Policies{}})
	e.Proof = slices.DeleteFunc(e.Proof, func(p access.Proof) bool { return p.Ref == "" && strings.Contains(p.Text, notAsked) })
	e.From, e.To, e.Kind, e.Technique = uint32(row), r.row, drover.EdgeCanAssume, assumeRole
	w.out = append(w.out, e)
}

// notAsked is the name of the policies of somebody who is not known.
const notAsked = "(not known)"

// open is a profile that allows everything: of somebody whose policies are not known.
func (x *engine) open() *awsiam.Profile {
	at := unrestricted()
	at.Name = notAsked
	return awsiam.Compile(&awsiam.Policies{Identity: []awsiam.Attached{at}})
}
