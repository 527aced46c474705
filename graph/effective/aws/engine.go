package aws

import (
	"slices"
	"strings"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// An engine answers for an estate.
type engine struct {
	e        *estate
	profiles []*profile
	docs     map[string]*awsiam.Profile // compiled, by the documents that decide
	services map[string][]trusted       // roles of all accounts that a service may assume, by service
	asked    int                        // requests put to the evaluator while edges were made

	versions       map[drover.Ref][]version // of policies, beside the default one
	unreadVersions int

	levels sync.Map // type of a thing -> []thingLevel
	allows sync.Map // *awsiam.Document -> awsiam.Bitset
	sets   actionSets
	doors  *doors
}

// A profile is all principals for whom the same documents decide, in the same way.
type profile struct {
	number   uint32
	account  *account
	policies *awsiam.Policies
	rules    *awsiam.Profile
	may      actionBits // actions of techniques that some Allow names
	members  []*principal

	raisedOnce sync.Once
	raised     *awsiam.Profile // with an unrestricted statement beside
	touchOnce  sync.Once
	touched    []effective.Touch
}

// A trusted role is one that a service may assume.
type trusted struct {
	role  *principal
	cond  drover.Attrs
	proof []access.Proof
}

// A view is the documents as they stand, or without one statement: to see whether
// it decides anything.
type view struct {
	rules *awsiam.Profile
	pol   *awsiam.Policies
	ref   drover.Ref // of the document that a statement is cut from; "": none
	index int
}

func (x *engine) whole(f *profile) view { return view{rules: f.rules, pol: f.policies} }

// without is the view of a profile without a statement. Cuts are seldom repeated,
// so the compiled profile is not kept.
func (x *engine) without(f *profile, ref drover.Ref, index int) view {
	v := view{rules: f.rules, pol: f.policies, ref: ref, index: index}
	pol, changed := x.cutPolicies(f.policies, ref, index)
	if changed {
		v.pol, v.rules = pol, awsiam.Compile(pol)
	}
	return v
}

func (x *engine) cutPolicies(p *awsiam.Policies, ref drover.Ref, index int) (*awsiam.Policies, bool) {
	out, changed := *p, false
	cut := func(list []awsiam.Attached) []awsiam.Attached {
		for i := range list {
			if list[i].Ref == ref && list[i].Doc != nil {
				list = slices.Clone(list)
				list[i].Doc = x.e.docs.without(list[i].Doc, index)
				changed = true
			}
		}
		return list
	}
	levels := func(list [][]awsiam.Attached) [][]awsiam.Attached {
		list = slices.Clone(list)
		for i := range list {
			list[i] = cut(list[i])
		}
		return list
	}
	out.Identity = cut(p.Identity)
	if p.Boundary != nil {
		b := cut([]awsiam.Attached{*p.Boundary})[0]
		out.Boundary = &b
	}
	if p.SCPs != nil {
		out.SCPs = levels(p.SCPs)
	}
	if p.RCPs != nil {
		out.RCPs = levels(p.RCPs)
	}
	return &out, changed
}

// document is a resource's policy or a role's trust as the view has it.
func (x *engine) document(v *view, at *awsiam.Attached) *awsiam.Attached {
	if at == nil || at.Ref != v.ref || at.Doc == nil {
		return at
	}
	c := *at
	c.Doc = x.e.docs.without(at.Doc, v.index)
	return &c
}

// newEngine sorts the principals of an estate into profiles.
func newEngine(e *estate) *engine {
	x := &engine{e: e, docs: map[string]*awsiam.Profile{}, services: map[string][]trusted{}, versions: map[drover.Ref][]version{}}
	named := x.namedByResources()
	byKey := map[string]*profile{}
	for _, list := range [][]*principal{e.principals, e.groups, e.owners} {
		for _, p := range list {
			key, personal := x.key(p)
			whole := key
			whole += " " + p.sort
			if personal || named[p.arn] || p.sort == "root" {
				whole += " " + p.arn
			}
			f := byKey[whole]
			if f == nil {
				f = &profile{number: uint32(len(x.profiles)), account: p.account, policies: p.policies, rules: x.docs[key]}
				if f.rules == nil {
					f.rules = awsiam.Compile(p.policies)
					x.docs[key] = f.rules
				}
				for _, at := range p.policies.Identity {
					if at.Doc != nil {
						f.may.add(e.docs.outline(at.Doc).allows)
					}
				}
				if p.sort == "root" {
					for i := range techniqueActions {
						f.may.set(i)
					}
				}
				byKey[whole] = f
				x.profiles = append(x.profiles, f)
			}
			p.policies = f.policies
			p.profile = f
			f.members = append(f.members, p)
		}
	}
	return x
}

// key names the documents that decide for a principal. Personal: what they say
// differs between principals.
func (x *engine) key(p *principal) (key string, personal bool) {
	var b strings.Builder
	b.WriteString(p.account.id)
	add := func(list []awsiam.Attached) {
		for _, at := range list {
			b.WriteByte(' ')
			b.WriteString(string(at.Ref))
			personal = personal || at.Doc != nil && x.e.docs.outline(at.Doc).personal
		}
	}
	add(p.policies.Identity)
	if p.boundary != nil {
		b.WriteString(" |")
		add([]awsiam.Attached{*p.boundary})
	}
	for _, levels := range [][][]awsiam.Attached{p.policies.SCPs, p.policies.RCPs} {
		for _, l := range levels {
			for _, at := range l {
				personal = personal || at.Doc != nil && x.e.docs.outline(at.Doc).personal
			}
		}
	}
	return b.String(), personal
}

// namedByResources are the principals, by ARN, that policies of resources single
// out: by name, or by what their conditions ask of a principal.
func (x *engine) namedByResources() map[string]bool {
	named, asked := map[string]bool{}, map[*awsiam.Document]bool{}
	for _, t := range x.e.things {
		if t.policy == nil || t.policy.Doc == nil || asked[t.policy.Doc] {
			continue
		}
		asked[t.policy.Doc] = true
		for _, s := range t.policy.Doc.Statements() {
			for _, p := range slices.Concat(s.Principals, s.NotPrincipals) {
				named[p.ID] = true
				if by := x.e.byID[p.ID]; by != nil {
					named[by.arn] = true
				}
				if role, ok := sessionOf(p.ID); ok {
					named[role] = true
				}
			}
		}
		if x.e.docs.outline(t.policy.Doc).personal {
			x.singledOut(t.policy.Doc, named)
		}
	}
	return named
}

// sessionOf is the ARN, without a path, of the role that a session's ARN names.
func sessionOf(arn string) (string, bool) {
	rest, ok := strings.CutPrefix(segment(arn, 5), "assumed-role/")
	if !ok || segment(arn, 2) != "sts" {
		return "", false
	}
	role, _, _ := strings.Cut(rest, "/")
	return "arn:" + segment(arn, 1) + ":iam::" + segment(arn, 4) + ":role/" + role, true
}

// singledOut adds the principals that the conditions of a resource's policy tell
// from the others: by ARN, id, name or tag.
func (x *engine) singledOut(d *awsiam.Document, named map[string]bool) {
	var patterns []string
	tags := map[string]bool{}
	for _, s := range d.Statements() {
		for _, operator := range s.Condition.Map() {
			keys, _ := operator.(map[string]any)
			for key, value := range keys {
				key = strings.ToLower(key)
				if tag, ok := strings.CutPrefix(key, "aws:principaltag/"); ok {
					tags[tag] = true
					continue
				}
				if slices.ContainsFunc(personalWords, func(w string) bool { return strings.HasPrefix(key, w) }) {
					patterns = append(patterns, stringsOf(value)...)
				}
			}
		}
	}
	for _, p := range x.e.principals {
		name := p.arn[strings.LastIndexByte(p.arn, '/')+1:]
		hit := slices.ContainsFunc(patterns, func(w string) bool {
			id, _, _ := strings.Cut(w, ":")
			return glob(w, p.arn) || glob(w, name) || p.id != "" && glob(id, p.id)
		})
		if !hit && len(tags) > 0 {
			for key := range x.tagsOf(int(p.row)) {
				hit = hit || tags[strings.ToLower(key)]
			}
		}
		if hit {
			named[p.arn] = true
		}
	}
}

// stringsOf are the values of a condition, given alone or in a list.
func stringsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// arnOf is the ARN of a row's ref, the ref itself where it has none.
func (x *engine) arnOf(ref drover.Ref) string {
	row, ok := x.e.in.Find(ref)
	if !ok {
		return string(ref)
	}
	for _, a := range x.e.in.Aliases(row) {
		if strings.HasPrefix(a, "arn:") {
			return a
		}
	}
	return ref.ID()
}

// raised is the profile once an unrestricted policy stands beside its own.
func (x *engine) raised(v *view, f *profile) *awsiam.Profile {
	add := func(p *awsiam.Policies) *awsiam.Profile {
		up := *p
		up.Identity = append(slices.Clone(p.Identity), unrestricted())
		return awsiam.Compile(&up)
	}
	if v.ref != "" {
		pol, changed := x.cutPolicies(f.policies, v.ref, v.index)
		if changed {
			return add(pol)
		}
	}
	f.raisedOnce.Do(func() { f.raised = add(f.policies) })
	return f.raised
}

// places are where a principal of an account makes new things.
func (x *engine) places(a *account) []place {
	var out []place
	for _, r := range x.e.docs.regions.regions(a) {
		out = append(out, place{a.partition, r, a.id})
	}
	return out
}

// An answer is that something holds: surely, or under conditions.
type answer struct {
	conds []drover.Attrs
	asked []asked // what decides, to be explained
	notes []access.Proof
}

// asked is a request that was allowed.
type asked struct {
	rules *awsiam.Profile
	r     awsiam.Request
	made  bool // the resource has a name that was made up to ask
}

func (a *answer) sure() bool { return len(a.conds) == 0 }

// requires leaves something open that is not known.
func (a *answer) requires(r requirement) {
	a.conds = append(a.conds, drover.NewAttrs(map[string]any{"requires": string(r)}))
}

// ask puts a request to rules. It reports whether it is allowed, under a condition
// at least, and notes it.
func (x *engine) ask(a *answer, rules *awsiam.Profile, r awsiam.Request) bool {
	x.asked++
	switch rules.Decide(&r) {
	case access.Allow:
		a.asked = append(a.asked, asked{rules: rules, r: r})
		return true
	case access.Conditional:
		d := rules.Explain(&r)
		a.conds = append(a.conds, d.Condition)
		a.asked = append(a.asked, asked{rules: rules, r: r})
		return true
	}
	return false
}

// better reports whether an answer leaves less open than another.
func (a *answer) better(than *answer) bool {
	return than == nil || len(a.conds) < len(than.conds)
}

// condition joins what is left open.
func (a *answer) condition() drover.Attrs {
	var list []drover.Attrs
	for _, c := range a.conds {
		if !slices.ContainsFunc(list, func(o drover.Attrs) bool { return string(o) == string(c) }) {
			list = append(list, c)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	all := make([]any, len(list))
	for i, c := range list {
		all[i] = c.Map()
	}
	return drover.NewAttrs(map[string]any{"all": all})
}
