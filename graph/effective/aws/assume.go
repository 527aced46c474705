package aws

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
)

// assumes makes the can_assume edges of a principal: the role's trust policy and
// the principal's own both evaluated.
func (w *writer) assumes(p *principal) {
	x := w.x
	own := p.profile.may.has(actionBit("sts:AssumeRole"))
	for _, r := range x.rolesOpenTo(p, own) {
		if r == p {
			continue
		}
		t := assumeTechnique()
		search := func(v view) *answer { return x.holds(try{t: t, v: &v, who: p, to: r}) }
		a := search(x.whole(p.profile))
		if a == nil {
			continue
		}
		e := x.edge(a, search, p.profile)
		e.To, e.Kind, e.Technique = r.row, drover.EdgeCanAssume, t.id
		w.add(p, e)
	}
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
}

func (x *engine) openDoors() *doors {
	d := &doors{map[string][]*principal{}, map[string][]*principal{}, nil}
	for _, r := range x.e.principals {
		if r.sort != "role" || r.trust == nil || r.trust.Doc == nil {
			continue
		}
		for _, s := range r.trust.Doc.Statements() {
			if s.Effect != "Allow" || !names(&s, "sts:assumerole") {
				continue
			}
			if len(s.NotPrincipals) > 0 {
				d.anybody = append(d.anybody, r)
			}
			for _, p := range s.Principals {
				d.add(p, r)
			}
		}
	}
	return d
}

func (d *doors) add(p awsiam.PolicyPrincipal, r *principal) {
	if p.Type != "AWS" && p.ID != "*" {
		return
	}
	switch id := p.ID; {
	case id == "*":
		d.anybody = append(d.anybody, r)
	case len(id) == 12 && strings.Trim(id, "0123456789") == "":
		d.byAccount[id] = append(d.byAccount[id], r)
	case strings.HasSuffix(id, ":root") && segment(id, 2) == "iam":
		d.byAccount[segment(id, 4)] = append(d.byAccount[segment(id, 4)], r)
	case segment(id, 2) == "sts":
		if rest, ok := strings.CutPrefix(segment(id, 5), "assumed-role/"); ok { // a session of a role, by whatever name
			role, _, _ := strings.Cut(rest, "/")
			d.byName[segment(id, 4)+"/"+role] = append(d.byName[segment(id, 4)+"/"+role], r)
		}
	default:
		d.byName[id] = append(d.byName[id], r)
	}
}

// rolesOpenTo are the roles that it makes sense to ask for a principal. Own: some
// statement of its own policies allows sts:AssumeRole.
func (x *engine) rolesOpenTo(p *principal, own bool) []*principal {
	x.doorsOnce.Do(func() { x.doors = x.openDoors() })
	d := x.doors
	var list []*principal
	list = append(list, d.byName[p.arn]...)
	if p.id != "" {
		list = append(list, d.byName[p.id]...)
	}
	if p.sort == "role" {
		list = append(list, d.byName[p.account.id+"/"+p.arn[strings.LastIndexByte(p.arn, '/')+1:]]...)
	}
	if own {
		list = append(list, d.byAccount[p.account.id]...)
	}
	for _, r := range d.anybody {
		if own || r.account == p.account {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *principal) int { return int(a.row) - int(b.row) })
	return slices.Compact(list)
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
