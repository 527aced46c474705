package aws

import (
	"slices"
	"strings"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// An estate is what a snapshot says of AWS, in the words of AWS: principals with
// what decides for them, and the things that run as roles.
type estate struct {
	in         *effective.Input
	accounts   map[string]*account
	ids        []string     // of accounts, sorted
	principals []*principal // users and roles, in the order of their rows
	groups     []*principal // as if each were a user of its own, in the order of their rows
	owners     []*principal // of accounts whose root user was not read
	byRow      map[uint32]*principal
	byARN      map[string]*principal
	byID       map[string]*principal // by unique id: AIDA…, AROA…
	things     []*thing              // all that has an ARN and is no principal or policy, in the order of their rows
	byType     map[string][]*thing
	thingByRow map[uint32]*thing
	byThingARN map[string]*thing
	names      nameIndex
	docs       library
}

// An account holds principals and things, within the guardrails of its
// organization.
type account struct {
	id, partition string
	row           uint32
	known         bool // there is a row of it
	management    bool
	org           string // id of its organization, "" if none is known
	scps, rcps    [][]awsiam.Attached
	principals    []*principal
	groups        []*principal
	owner         *principal      // whoever rules the account: its root user, whether it was read or not
	keys, logins  bool            // whether access keys and console passwords of its users were read
	services      map[string]bool // of which anything was seen: "ecs"
	regions       []string
}

// A principal is a user, a role, or the root user of an account; a group stands
// for a user who has nothing but the group's policies.
type principal struct {
	row      uint32
	account  *account
	sort     string // "user", "role", "root", "group"
	arn, id  string
	ownARN   string // of a group; its arn is that of a user who is in nothing else
	name     string
	groups   []*principal
	attached []awsiam.Attached // directly
	managed  []drover.Ref      // customer managed policies, of groups too
	boundary *awsiam.Attached
	trust    *awsiam.Attached // of a role
	profiles []string         // ARNs of instance profiles that carry the role
	keys     int
	password bool // has a console password
	told     bool // whether it has one was told of it alone
	policies *awsiam.Policies
	profile  *profile
	tagged   bool // whoever assumes the role may tag the session

	once  sync.Once
	facts awsiam.Context // what is always so of a request of it
}

// linked reports whether AWS itself keeps the role: its policies and trust cannot
// be changed, and it cannot be passed (IAM User Guide, "Create a service-linked
// role", "Service-linked roles cannot be edited").
func (p *principal) linked() bool {
	return strings.Contains(p.arn, ":role/aws-service-role/") || strings.Contains(p.arn, ":role/aws-reserved/")
}

func (p *principal) request(action, resource string) awsiam.Request {
	return awsiam.Request{Principal: p.asks(), Action: action, Resource: resource}
}

func (p *principal) asks() awsiam.Principal {
	t := awsiam.User
	switch p.sort {
	case "role":
		t = awsiam.Role
	case "root":
		t = awsiam.Root
	}
	return awsiam.Principal{ARN: p.arn, Account: p.account.id, Type: t, ID: p.id}
}

// A thing is a resource or a workload.
type thing struct {
	row     uint32
	ref     drover.Ref
	typ     string // "aws.lambda.function"
	arn     string
	account *account
	roles   []use
	policy  *awsiam.Attached // its resource policy
	assumed bool             // the region in its ARN is not told by its source
}

// A use is one role that a thing runs as.
type use struct {
	part string // "taskRoleArn", "serviceRole"
	role *principal
}

// region is the region in an ARN, "" where there is none.
func (t *thing) region() string { return segment(t.arn, 3) }

func segment(arn string, i int) string {
	for ; i > 0; i-- {
		_, rest, ok := strings.Cut(arn, ":")
		if !ok {
			return ""
		}
		arn = rest
	}
	s, _, _ := strings.Cut(arn, ":")
	return s
}

func (e *estate) account(id string) *account {
	a := e.accounts[id]
	if a == nil {
		a = &account{id: id, partition: "aws", services: map[string]bool{}}
		e.accounts[id] = a
		e.ids = append(e.ids, id)
	}
	return a
}

// read fills the estate from the snapshot.
func read(in *effective.Input) *estate {
	e := &estate{in: in, accounts: map[string]*account{}, byRow: map[uint32]*principal{}, byARN: map[string]*principal{}, byID: map[string]*principal{},
		byType: map[string][]*thing{}, thingByRow: map[uint32]*thing{}, byThingARN: map[string]*thing{}}
	e.docs.in = in
	for i := range in.Seen() {
		typ := in.Type(i)
		if !strings.HasPrefix(typ, "aws.") || in.IsMember(i) {
			continue
		}
		switch typ {
		case "aws.iam.user", "aws.iam.role", "aws.iam.root", "aws.iam.group":
			e.readPrincipal(i, strings.TrimPrefix(typ, "aws.iam."))
		case "aws.account":
			a := e.account(tenant(in.Ref(i)))
			a.row, a.known = uint32(i), true
		case "aws.iam.policy", "aws.iam.inline_policy", "aws.organizations.scp", "aws.organizations.rcp":
		default:
			e.readThing(i, typ)
		}
	}
	slices.Sort(e.ids)
	for _, list := range [][]*principal{e.groups, e.principals} {
		for _, p := range list {
			e.readEdges(p)
		}
	}
	for _, t := range e.things {
		e.readUses(t)
	}
	e.readGuards()
	for _, id := range e.ids {
		e.own(e.accounts[id])
	}
	for _, list := range [][]*principal{e.groups, e.principals, e.owners} {
		for _, p := range list {
			e.settle(p)
		}
	}
	return e
}

// own finds the root user of an account, or makes up one, to answer for whoever
// takes the account over.
func (e *estate) own(a *account) {
	for _, p := range a.principals {
		if p.sort == "root" {
			a.owner = p
		}
	}
	if a.owner == nil && (a.known || len(a.principals) > 0) {
		a.owner = &principal{row: a.row, account: a, sort: "root", name: "root", arn: "arn:" + a.partition + ":iam::" + a.id + ":root"}
		e.owners = append(e.owners, a.owner)
	}
	if a.known {
		e.byRow[a.row] = a.owner
	}
}

// tenant is the account of a ref.
func tenant(r drover.Ref) string {
	_, rest, _ := strings.Cut(string(r), "/")
	id, _, _ := strings.Cut(rest, "/")
	return id
}

func (e *estate) readPrincipal(i int, sort string) {
	p := &principal{row: uint32(i), sort: sort, name: e.in.Name(i), account: e.account(tenant(e.in.Ref(i)))}
	for _, a := range e.in.Aliases(i) {
		switch {
		case strings.HasPrefix(a, "arn:"):
			if s := segment(a, 2); s == "iam" {
				p.arn = a
			}
		case strings.HasPrefix(a, "aws-principal-id:"):
			p.id = a[len("aws-principal-id:"):]
		}
	}
	if p.arn == "" && sort != "root" {
		p.arn = "arn:" + p.account.partition + ":iam::" + p.account.id + ":" + sort + "/" + p.name
	}
	if part := segment(p.arn, 1); part != "" {
		p.account.partition = part
	}
	e.byRow[p.row] = p
	if sort == "group" {
		p.ownARN, p.arn = p.arn, "arn:"+p.account.partition+":iam::"+p.account.id+":user/member-of-"+p.name
		e.groups = append(e.groups, p)
		p.account.groups = append(p.account.groups, p)
		return
	}
	e.byARN[p.arn] = p
	if p.id != "" {
		e.byID[p.id] = p
	}
	e.principals = append(e.principals, p)
	p.account.principals = append(p.account.principals, p)
	switch sort {
	case "role":
		if hash := e.in.Str(i, "trust_document"); hash != "" {
			p.trust = &awsiam.Attached{Ref: e.in.Ref(i), Name: "trust policy of " + p.name, Doc: e.docs.get(hash)}
			if p.trust.Doc != nil {
				for _, s := range p.trust.Doc.Statements() {
					p.tagged = p.tagged || s.Effect == "Allow" && names(&s, "sts:tagsession")
				}
			}
		}
	case "user":
		a := e.in.Attrs(i)
		if on, ok := a.Bool("password_enabled"); ok {
			p.told, p.password, p.account.logins = true, on, true
		}
		if a.Get("LoginProfile") != nil {
			p.told, p.password, p.account.logins = true, true, true
		}
	}
}

func (e *estate) readThing(i int, typ string) {
	t := &thing{row: uint32(i), ref: e.in.Ref(i), typ: typ, account: e.account(tenant(e.in.Ref(i)))}
	for _, a := range e.in.Aliases(i) {
		if strings.HasPrefix(a, "arn:") {
			t.arn = a
		}
	}
	service, _, _ := strings.Cut(strings.TrimPrefix(typ, "aws."), ".")
	t.account.services[service] = true
	if t.arn == "" {
		return
	}
	if r := t.region(); r != "" && !slices.Contains(t.account.regions, r) {
		t.account.regions = append(t.account.regions, r)
	}
	t.assumed = e.in.Str(i, "RegionBasis") == "assumed"
	if hash := e.in.Str(i, "document"); hash != "" {
		t.policy = &awsiam.Attached{Ref: t.ref, Name: "policy of " + e.in.Name(i), Doc: e.docs.get(hash)}
	}
	e.things = append(e.things, t)
	e.byType[typ] = append(e.byType[typ], t)
	e.thingByRow[t.row] = t
	e.byThingARN[t.arn] = t
}

// readEdges joins a principal to its groups, policies, boundary and credentials.
func (e *estate) readEdges(p *principal) {
	for h := range e.in.Out(int(p.row)) {
		switch h.Kind {
		case drover.EdgeMemberOf:
			if g := e.byRow[uint32(h.Row)]; g != nil && g.sort == "group" {
				p.groups = append(p.groups, g)
			}
		case drover.EdgeBoundedBy:
			at := e.policy(h.Row)
			p.boundary = &at
		}
	}
	slices.SortFunc(p.groups, func(a, b *principal) int { return int(a.row) - int(b.row) })
	p.groups = slices.Compact(p.groups)
	for h := range e.in.In(int(p.row)) {
		switch h.Kind {
		case drover.EdgeAttached:
			at := e.policy(h.Row)
			p.attached = append(p.attached, at)
			if e.in.Type(h.Row) == "aws.iam.policy" && tenant(at.Ref) == p.account.id {
				p.managed = append(p.managed, at.Ref)
			}
		case drover.EdgeAuthenticates:
			switch e.in.Type(h.Row) {
			case "aws.iam.access_key":
				p.keys++
				p.account.keys = true
			case "aws.iam.login_profile":
				p.password, p.told, p.account.logins = true, true, true
			}
		}
	}
	slices.SortFunc(p.attached, func(a, b awsiam.Attached) int { return strings.Compare(string(a.Ref), string(b.Ref)) })
}

// policy is the document behind the row of a policy. AWS's own that the snapshot
// does not hold are taken from the catalogue.
func (e *estate) policy(row int) awsiam.Attached {
	at := awsiam.Attached{Ref: e.in.Ref(row), Name: effective.PolicyName(e.in.Snapshot, row)}
	if hash := e.in.Str(row, "document"); hash != "" {
		at.Doc = e.docs.get(hash)
	}
	if at.Doc == nil {
		arn := at.Ref.ID()
		for _, a := range e.in.Aliases(row) {
			if strings.HasPrefix(a, "arn:") {
				arn = a
			}
		}
		at.Doc = e.docs.managed(arn)
		if at.Doc != nil {
			at.Name = arn[strings.LastIndexByte(arn, '/')+1:]
		}
	}
	return at
}

// settle brings together what decides for a principal.
func (e *estate) settle(p *principal) {
	pol := &awsiam.Policies{Identity: slices.Clone(p.attached), Boundary: p.boundary, SCPs: p.account.scps, RCPs: p.account.rcps, Management: p.account.management}
	for _, g := range p.groups {
		pol.Identity = append(pol.Identity, g.attached...)
		p.managed = append(p.managed, g.managed...)
	}
	slices.Sort(p.managed)
	p.managed = slices.Compact(p.managed)
	p.policies = pol
}

// readUses finds the roles that a thing runs as, through instance profiles too.
func (e *estate) readUses(t *thing) {
	for h := range e.in.Out(int(t.row)) {
		if h.Kind != drover.EdgeRunsAs {
			continue
		}
		part := e.in.Edge(h.Edge).Part
		if r := e.byRow[uint32(h.Row)]; r != nil && r.sort == "role" {
			t.roles = append(t.roles, use{part, r})
			if t.typ == "aws.iam.instance_profile" {
				r.profiles = append(r.profiles, t.arn)
			}
			continue
		}
		if e.in.Type(h.Row) == "aws.iam.instance_profile" {
			for h := range e.in.Out(h.Row) {
				if r := e.byRow[uint32(h.Row)]; h.Kind == drover.EdgeRunsAs && r != nil {
					t.roles = append(t.roles, use{part, r})
				}
			}
		}
	}
}

// readGuards finds the control policies of each account: those of every level of
// its organization, root first.
func (e *estate) readGuards() {
	for _, id := range e.ids {
		a := e.accounts[id]
		if !a.known {
			continue
		}
		chain := e.levels(int(a.row))
		if mgmt, ok := e.in.Attrs(int(a.row)).Bool("management"); ok {
			a.management = mgmt
		}
		any := map[string]bool{}
		var scps, rcps [][]awsiam.Attached
		for _, row := range chain {
			var scp, rcp []awsiam.Attached
			for h := range e.in.Out(row) {
				if h.Kind != drover.EdgeGuardedBy {
					continue
				}
				switch typ := e.in.Type(h.Row); typ {
				case "aws.organizations.scp":
					scp = append(scp, e.policy(h.Row))
					any[typ] = true
				case "aws.organizations.rcp":
					rcp = append(rcp, e.policy(h.Row))
					any[typ] = true
				}
			}
			scps, rcps = append(scps, scp), append(rcps, rcp)
		}
		if any["aws.organizations.scp"] {
			a.scps = scps
		}
		if any["aws.organizations.rcp"] {
			a.rcps = rcps
		}
	}
}

// levels are the rows that contain an account, root first, and its own.
func (e *estate) levels(row int) []int {
	chain := []int{row}
	for range 40 {
		up := -1
		for h := range e.in.In(chain[0]) {
			if h.Kind != drover.EdgeContains {
				continue
			}
			switch e.in.Type(h.Row) {
			case "aws.organizations.ou", "aws.organizations.root":
				up = h.Row
			case "aws.organizations.organization":
				if a := e.byTenantRow(row); a != nil {
					a.org = e.in.Ref(h.Row).ID()
				}
			}
		}
		if up < 0 || slices.Contains(chain, up) {
			break
		}
		chain = append([]int{up}, chain...)
	}
	return chain
}

func (e *estate) byTenantRow(row int) *account { return e.accounts[tenant(e.in.Ref(row))] }
