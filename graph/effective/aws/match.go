package aws

import (
	"slices"
	"strings"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
)

// A try is one attempt to use a technique: who takes, who or what is gained.
type try struct {
	t    *technique
	v    *view
	who  *principal
	to   *principal // the user, role or group that is gained
	via  *thing     // what runs as it
	pass *trusted   // the role that is passed
	drop string     // ARN of the managed policy that is detached
}

// holds answers whether the technique can be used as tried; nil: no.
func (x *engine) holds(y try) *answer {
	a := &answer{}
	for _, r := range y.t.requires {
		if !x.meets(a, &y, r) {
			return nil
		}
	}
	if y.pass != nil {
		if len(y.pass.cond) > 0 {
			a.conds = append(a.conds, y.pass.cond)
		}
		a.notes = append(a.notes, y.pass.proof...)
	}
	if y.via != nil {
		a.notes = append(a.notes, access.Proof{Ref: y.via.ref, Text: y.via.arn + " runs as " + y.to.arn})
	}
	done := map[string]bool{}
	for _, n := range y.t.needs {
		if done[n.on+n.to] && n.on != target && n.on != carrier {
			continue
		}
		done[n.on+n.to] = true
		if !x.slot(a, &y, n.on) {
			return nil
		}
	}
	return a
}

// slot asks for all that a technique does to one resource.
func (x *engine) slot(a *answer, y *try, on string) bool {
	var needs []need
	for _, n := range y.t.needs {
		if n.on == on {
			needs = append(needs, n)
		}
	}
	switch on {
	case self:
		return x.askAll(a, y, needs, y.who.arn)
	case target, carrier, passed, assumed:
		return x.fixed(a, y, needs, on)
	case task:
		return x.oneNew(a, y, needs, taskTemplate(y.via))
	case group:
		var list []string
		for _, g := range y.who.groups {
			list = append(list, g.groupARN())
		}
		return x.oneOf(a, y, needs, list)
	case policy:
		owner := y.who
		if y.to != nil {
			owner = y.to
		}
		var list []string
		for _, ref := range owner.managed {
			list = append(list, x.arnOf(ref))
		}
		return x.oneOf(a, y, needs, list)
	case nothing:
		return x.askAll(a, y, needs, "*")
	}
	if typ, ok := strings.CutPrefix(on, some); ok {
		return x.someThing(a, y, needs, typ)
	}
	return x.oneNew(a, y, needs, on)
}

// fixed asks for what the try itself says.
func (x *engine) fixed(a *answer, y *try, needs []need, on string) bool {
	switch on {
	case target:
		return x.askAll(a, y, needs, y.to.reached())
	case assumed:
		r := y.who.request("sts:AssumeRole", y.to.arn)
		r.ResourcePolicy = x.document(y.v, y.to.trust)
		r.Context = x.context(y.who, r.Action, r.Resource)
		return r.ResourcePolicy != nil && x.ask(a, y.v.rules, r)
	case passed:
		return x.passes(a, y, needs)
	}
	list := []string{y.via.arn}
	if alt, ok := strings.CutPrefix(y.via.arn, ""); ok && strings.Contains(alt, ":code-interpreter/") {
		list = append(list, strings.Replace(alt, ":code-interpreter/", ":code-interpreter-custom/", 1))
	}
	return x.oneOf(a, y, needs, list) || x.elsewhere(a, y, needs)
}

// elsewhere asks for something whose region its source does not tell in the regions
// that the taker's policies name. Whether it lies there is left open.
func (x *engine) elsewhere(a *answer, y *try, needs []need) bool {
	if !y.via.assumed {
		return false
	}
	for _, p := range x.patterns(y, needs) {
		region := segment(p, 3)
		if region == "" || region == y.via.region() || strings.ContainsAny(region, "*?") {
			continue
		}
		there := *y.via
		there.arn = strings.Replace(there.arn, ":"+y.via.region()+":", ":"+region+":", 1)
		z := *y
		z.via = &there
		one := &answer{}
		if x.askAll(one, &z, needs, there.arn) {
			one.requires(requirement(y.via.arn + " lies in " + region))
			a.join(one)
			return true
		}
	}
	return false
}

// passes asks for iam:PassRole, by each name that vendors' pages have for the
// service that gets the role.
func (x *engine) passes(a *answer, y *try, needs []need) bool {
	roles := []*principal{y.to}
	if y.via != nil { // what runs there already is passed again: all its roles but those that it assumes itself
		roles = nil
		for _, u := range y.via.roles {
			if u.part != executionRole {
				roles = append(roles, u.role)
			}
		}
	}
	for _, role := range roles {
		var best *answer
		for _, service := range strings.Split(needs[0].to, "|") {
			r := y.who.request("iam:PassRole", role.arn)
			r.Context = x.context(y.who, r.Action, r.Resource)
			r.Context.Known("iam:PassedToService", service)
			one := &answer{}
			if x.ask(one, y.v.rules, r) && one.better(best) {
				best = one
			}
		}
		if best == nil {
			return false
		}
		a.join(best)
	}
	return true
}

func (a *answer) join(b *answer) {
	a.conds = append(a.conds, b.conds...)
	a.asked = append(a.asked, b.asked...)
	a.notes = append(a.notes, b.notes...)
}

// askAll asks for all needs on one resource.
func (x *engine) askAll(a *answer, y *try, needs []need, resource string) bool {
	for _, n := range needs {
		if n.action == "" {
			continue
		}
		r := y.who.request(n.action, resource)
		r.Context = x.context(y.who, n.action, resource)
		if n.on == task {
			r.Context.Known("ecs:cluster", clusterOf(resource))
		}
		if y.drop != "" {
			r.Context.Known("iam:PolicyARN", y.drop)
		}
		if y.via != nil && resource == y.via.arn {
			r.ResourcePolicy = x.document(y.v, y.via.policy)
			r.ResourceAccount = y.via.account.id
		}
		if !x.ask(a, y.v.rules, r) {
			return false
		}
	}
	return true
}

// oneOf asks for all needs on the same one of several resources, and takes the one
// that leaves least open.
func (x *engine) oneOf(a *answer, y *try, needs []need, resources []string) bool {
	var best *answer
	for _, res := range resources {
		one := &answer{}
		if x.askAll(one, y, needs, res) && one.better(best) {
			best = one
			if one.sure() {
				break
			}
		}
	}
	if best == nil {
		return false
	}
	a.join(best)
	return true
}

// oneNew asks for all needs on something that is not there yet, by one of the names
// that it may get. The answer remembers which are made up.
func (x *engine) oneNew(a *answer, y *try, needs []need, template string) bool {
	before := len(a.asked)
	if !x.oneOf(a, y, needs, instances(template, x.places(y.who.account), x.patterns(y, needs))) {
		return false
	}
	for i := range a.asked[before:] {
		q := &a.asked[before+i]
		q.made = x.unknown(q.r.Resource)
	}
	return true
}

// unknown reports whether no source knows of an ARN.
func (x *engine) unknown(arn string) bool {
	return x.e.byARN[arn] == nil && x.e.byThingARN[arn] == nil
}

// someThing asks for needs on a thing of a type that is there. Where nothing of
// its service was read, whether one is there is left open.
func (x *engine) someThing(a *answer, y *try, needs []need, typ string) bool {
	var list []string
	for _, t := range x.e.byType[typ] {
		if t.account == y.who.account {
			list = append(list, t.arn)
		}
	}
	if len(list) > 0 {
		return x.oneOf(a, y, needs, list)
	}
	service, name, _ := strings.Cut(strings.TrimPrefix(typ, "aws."), ".")
	if y.who.account.services[service] {
		return false
	}
	a.requires(requirement("there is a " + strings.ReplaceAll(name, "_", " ") + " of " + service))
	template := "arn:{p}:" + service + ":{r}:{a}:*"
	return x.oneNew(a, y, needs, template)
}

// patterns are the resources that statements of the taker's own policies allow for
// any of the needs.
func (x *engine) patterns(y *try, needs []need) []string {
	var out []string
	for _, at := range y.v.pol.Identity {
		if at.Doc == nil {
			continue
		}
		for _, s := range at.Doc.Statements() {
			if s.Effect != "Allow" || !slices.ContainsFunc(needs, func(n need) bool { return n.action != "" && names(&s, strings.ToLower(n.action)) }) {
				continue
			}
			for _, r := range s.Resources {
				if !strings.Contains(r, "${") && !slices.Contains(out, r) {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// meets reports whether a requirement may be met; what is not known is left open.
func (x *engine) meets(a *answer, y *try, r requirement) bool {
	open := func(known, is bool) bool {
		if !known {
			a.requires(r)
		}
		return !known || is
	}
	switch r {
	case takerIsUser:
		return y.who.sort == "user"
	case takerIsRole:
		return y.who.sort == "role"
	case hasFreeKey:
		return open(y.to.account.keys, y.to.keys < 2)
	case hasBothKeys:
		return open(y.to.account.keys, y.to.keys >= 2)
	case hasNoPassword:
		return open(y.to.told || y.to.account.logins, !y.to.password)
	case hasPassword:
		return open(y.to.told || y.to.account.logins, y.to.password)
	case trustsOnceAsked:
		q := y.who.request("sts:AssumeRole", y.to.arn)
		q.ResourcePolicy = trusting(y.who.arn)
		q.Context = x.context(y.who, q.Action, q.Resource)
		one := &answer{}
		if !x.ask(one, y.v.rules, q) {
			return false
		}
		a.conds = append(a.conds, one.conds...) // an allow of the new trust policy is no statement that is there
		return true
	case hasProfile:
		return len(y.to.profiles) > 0
	case hasContainerHost:
		list := x.e.byType["aws.ecs.container_instance"]
		here := slices.ContainsFunc(list, func(t *thing) bool { return t.account == y.who.account })
		return open(here, true)
	case invokable:
		return x.invoked(a, y)
	case inSSM:
		q := y.to.request("ssm:UpdateInstanceInformation", "*")
		q.Context = x.context(y.to, q.Action, y.via.arn)
		v := y.to.profile.rules.Decide(&q)
		return open(v != access.Conditional, v == access.Allow)
	case isRunning:
		state := x.e.in.Str(int(y.via.row), "State")
		return state == "" || state == "running" || state == "pending"
	case execEnabled:
		on, known := x.e.in.Attrs(int(y.via.row)).Bool("enableExecuteCommand")
		return open(known, on)
	case batchEnabled:
		return slices.ContainsFunc(y.via.roles, func(u use) bool { return u.part == "buildBatchConfig" })
	}
	return false
}

// invoked reports whether anything runs the function: the taker, an event source,
// whom its resource policy lets in, or a URL.
func (x *engine) invoked(a *answer, y *try) bool {
	attrs := x.e.in.Attrs(int(y.via.row)).Map()
	for _, field := range []string{"EventSourceMappings", "FunctionUrlConfigs"} {
		if list, _ := attrs[field].([]any); len(list) > 0 {
			return true
		}
	}
	if p := y.via.policy; p != nil && p.Doc != nil {
		for _, s := range p.Doc.Statements() {
			if s.Effect == "Allow" && (names(&s, "lambda:invokefunction") || names(&s, "lambda:invokefunctionurl")) {
				return true
			}
		}
	}
	return x.askAll(a, y, []need{{action: "lambda:InvokeFunction"}}, y.via.arn)
}

// executionRole is the use of a stack set's role in the accounts that it is
// deployed to; nobody passes it.
const executionRole = "ExecutionRoleName"

// taskTemplate is the ARN of a task of a service: its cluster stands in the
// service's ARN (Amazon ECS Developer Guide, "Amazon Resource Names").
func taskTemplate(service *thing) string {
	rest := segment(service.arn, 5)
	name, ok := strings.CutPrefix(rest, "service/")
	cluster, _, long := strings.Cut(name, "/")
	if !ok || !long {
		cluster = "*"
	}
	return "arn:{p}:ecs:" + service.region() + ":{a}:task/" + cluster + "/*"
}

// clusterOf is the cluster in the ARN of a task.
func clusterOf(task string) string {
	before, name, _ := strings.Cut(task, ":task/")
	name, _, _ = strings.Cut(name, "/")
	return before + ":cluster/" + name
}

// reached is the ARN by which actions of IAM name a principal.
func (p *principal) reached() string {
	if p.sort == "group" {
		return p.groupARN()
	}
	return p.arn
}

// groupARN is the ARN of a group; arn is that of a user who stands for its members.
func (p *principal) groupARN() string { return p.ownARN }

// trustedBy lists the roles of an account that one of several services, joined by
// |, may assume.
func (x *engine) trustedBy(services string, in *account) []trusted {
	key := services + " " + in.id
	if list, ok := x.services[key]; ok {
		return list
	}
	var list []trusted
	for _, r := range in.principals {
		if r.sort != "role" || r.trust == nil || r.trust.Doc == nil || r.linked() {
			continue
		}
		for _, s := range strings.Split(services, "|") {
			if d := serviceTrust(s, r, r.trust); d.Verdict == access.Allow || d.Verdict == access.Conditional {
				list = append(list, trusted{role: r, cond: d.Condition, proof: d.Proof})
				break
			}
		}
	}
	x.services[key] = list
	return list
}

// serviceTrust asks a trust policy of a role whether a service may assume it for
// something in the role's own account.
func serviceTrust(service string, r *principal, trust *awsiam.Attached) access.Decision {
	q := awsiam.Request{Principal: awsiam.Principal{ARN: service, Type: awsiam.Service}, Resource: r.arn, ResourcePolicy: trust}
	if service == "cognito-identity.amazonaws.com" {
		q.Principal.Type, q.Action = awsiam.Federated, "sts:AssumeRoleWithWebIdentity"
	}
	q.Context.Known("aws:SourceAccount", r.account.id)
	q.Context.Known("aws:SecureTransport", "true")
	if r.account.org != "" {
		q.Context.Known("aws:SourceOrgID", r.account.org)
	}
	return awsiam.Trusts(trust.Doc, r.arn, &q)
}
