package aws

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// secretTypes are the things whose content is a secret, and how it is read.
var secretTypes = []struct{ typ, action string }{
	{"aws.secretsmanager.secret", "secretsmanager:GetSecretValue"},
	{"aws.ssm.parameter", "ssm:GetParameter"},
}

// maxSecretEdges bounds how many edges lead to secrets of which no credential is
// known to lie in them.
const maxSecretEdges = 2_000_000

// secrets makes the edges of who may read which secret. Administrators have none:
// they hold the account, and all that lies in it.
func (w *writer) secrets() {
	x := w.x
	var all []secretThing
	for _, s := range secretTypes {
		for _, t := range x.e.byType[s.typ] {
			if s.typ == "aws.ssm.parameter" && x.e.in.Str(int(t.row), "Type") == "String" && !x.bears(t) {
				continue // plain text by its own account
			}
			all = append(all, secretThing{t, s.action})
		}
	}
	if len(all)*len(x.e.principals) > maxSecretEdges {
		bearing := all[:0]
		for _, s := range all {
			if x.bears(s.thing) {
				bearing = append(bearing, s)
			}
		}
		all = bearing
	}
	for _, id := range x.e.ids {
		if a := x.e.accounts[id]; a.known && a.owner != nil {
			for _, s := range all {
				if e, ok := w.reads(a.owner, s); ok && s.account == a {
					e.From = a.row
					w.out = append(w.out, e)
				}
			}
		}
	}
	readable := map[*profile][]effective.Edge{}
	takers := x.e.principals[:len(x.e.principals):len(x.e.principals)]
	for _, g := range x.e.groups {
		if w.joined[g] {
			takers = append(takers, g)
		}
	}
	for _, p := range takers {
		f := p.profile
		if p.sort == "root" || w.rulers[f] != nil {
			continue
		}
		list, ok := readable[f]
		if !ok {
			for _, s := range all {
				if e, ok := w.reads(p, s); ok {
					list = append(list, e)
				}
			}
			readable[f] = list
		}
		for _, e := range list {
			w.add(p, e)
		}
	}
}

type secretThing struct {
	*thing
	action string
}

// bears reports whether a credential is known to lie in the thing.
func (x *engine) bears(t *thing) bool {
	for h := range x.e.in.In(int(t.row)) {
		if h.Kind == drover.EdgeStoredIn {
			return true
		}
	}
	return false
}

// reads asks for a secret, and for the key that it is encrypted with where that is
// the customer's.
func (w *writer) reads(p *principal, s secretThing) (effective.Edge, bool) {
	x := w.x
	if s.account != p.account && s.policy == nil {
		return effective.Edge{}, false
	}
	search := func(v view) *answer {
		a := &answer{}
		y := try{v: &v, who: p, via: s.thing}
		if !x.askAll(a, &y, []need{{action: s.action}}, s.arn) || !x.decrypts(a, &y, s.thing) {
			return nil
		}
		return a
	}
	a := search(x.whole(p.profile))
	if a == nil {
		return effective.Edge{}, false
	}
	e := x.edge(a, search, p.profile)
	e.To, e.Kind, e.Level = s.row, drover.EdgeReadsSecret, access.LevelSecrets
	return e, true
}

// decrypts asks for kms:Decrypt with a customer managed key. Keys of AWS's own
// let in whoever may read the secret in the same account.
func (x *engine) decrypts(a *answer, y *try, s *thing) bool {
	id := x.e.in.Str(int(s.row), "KmsKeyId")
	if id == "" {
		id = x.e.in.Str(int(s.row), "KeyId")
	}
	if id == "" || strings.HasPrefix(id, "alias/aws/") || strings.Contains(id, ":alias/aws/") {
		return true
	}
	key := x.e.byThingARN[id]
	for _, k := range x.e.byType["aws.kms.key"] {
		if key == nil && strings.HasSuffix(k.arn, "/"+id) {
			key = k
		}
	}
	if key == nil || key.policy == nil {
		a.requires(requirement("the key " + id + " lets it be decrypted: its policy was not read"))
		return true
	}
	k := try{v: y.v, who: y.who, via: key}
	return x.askAll(a, &k, []need{{action: "kms:Decrypt"}}, key.arn)
}
