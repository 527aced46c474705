package awsiam_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// A generator makes cases. It draws the request first and then policies around
// it, so that most elements come close to what is asked: a policy that has
// nothing to do with the request tests nothing.
type generator struct {
	*rand.Rand
	actions []peerAction
	core    []peerAction // of the services whose evaluation has rules of its own
	types   map[string]string
	global  []string
}

const (
	accountA = "111111111111"
	accountB = "222222222222"
)

func newGenerator(seed uint64, cat *peerCatalogue) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 4)), actions: cat.Actions, types: map[string]string{}}
	for k, t := range cat.Types {
		g.types[strings.ToLower(tagKey(k))] = t
	}
	for _, k := range cat.Global {
		g.global = append(g.global, tagKey(k))
	}
	for _, a := range cat.Actions {
		service, _, _ := strings.Cut(a.Action, ":")
		if strings.Contains(" s3 iam sts kms ec2 lambda sqs sns secretsmanager dynamodb ssm ecr rds organizations ", " "+service+" ") {
			g.core = append(g.core, a)
		}
	}
	return g
}

// tagKey gives a key that stands for a family one member.
func tagKey(k string) string {
	k = strings.NewReplacer("${TagKey}", "team", "<key>", "team", "tag-key", "team").Replace(k)
	return k
}

func (g *generator) chance(percent int) bool      { return g.IntN(100) < percent }
func pick[T any](g *generator, from ...T) T       { return from[g.IntN(len(from))] }
func (g *generator) word() string                 { return pick(g, "alpha", "beta", "prod", "dev", "Team1", "x") }
func (g *generator) some(n int) int               { return g.IntN(n + 1) }
func (g *generator) accountNot(not string) string { return pickNot(not, accountA, accountB) }

func pickNot(not, a, b string) string {
	if a == not {
		return b
	}
	return a
}

// next draws one case.
func (g *generator) next() *peerCase {
	c := &peerCase{}
	c.AdditionalSettings.S3.ABAC = true
	account := pick(g, accountA, accountA, accountB)
	g.principal(c, account)
	resourceAccount := account
	if g.chance(25) {
		resourceAccount = g.accountNot(account)
	}
	g.resource(c, resourceAccount)
	g.policies(c)
	return c
}

func (g *generator) principal(c *peerCase, account string) {
	c.Request.Context = map[string]value{"aws:PrincipalIsAWSService": one("false")}
	name := pick(g, "ann", "bob", "deploy")
	path := pick(g, "", "", "team/")
	set := func(kind string, principal any, arn, ptype, id string) {
		c.kind, c.Request.Principal = kind, principal
		if arn != "" {
			c.Request.Context["aws:PrincipalArn"] = one(arn)
			c.Request.Context["aws:PrincipalAccount"] = one(account)
		}
		c.Request.Context["aws:PrincipalType"] = one(ptype)
		c.Request.Context["aws:userid"] = one(id)
	}
	role := "arn:aws:iam::" + account + ":role/" + path + name
	switch n := g.IntN(100); {
	case n < 40:
		arn := "arn:aws:iam::" + account + ":user/" + path + name
		set("user", arn, arn, "User", "AIDAEXAMPLE"+strings.ToUpper(name))
		c.Request.Context["aws:username"] = one(name)
	case n < 70:
		session := "arn:aws:sts::" + account + ":assumed-role/" + name + "/" + pick(g, "s1", "s2")
		set("assumed-role", session, role, "AssumedRole", "AROAEXAMPLE"+strings.ToUpper(name)+":s1")
	case n < 82:
		set("role", role, role, "AssumedRole", "AROAEXAMPLE"+strings.ToUpper(name)+":s1")
	case n < 87:
		arn := "arn:aws:iam::" + account + ":root"
		set("root", arn, arn, "Account", account)
	case n < 92:
		arn := "arn:aws:sts::" + account + ":federated-user/" + name
		set("federated-user", arn, arn, "FederatedUser", account+":"+name)
	case n < 97:
		service := pick(g, "ec2", "lambda", "sns", "cloudtrail") + ".amazonaws.com"
		c.kind, c.Request.Principal = "service", service
		c.Request.Context = map[string]value{
			"aws:PrincipalIsAWSService": one("true"), "aws:PrincipalServiceName": one(service),
			"aws:PrincipalServiceNamesList": list(service, "x."+service),
		}
	default:
		c.kind, c.Request.Principal = "anonymous", map[string]string{"type": "Anonymous"}
		c.Request.Context = map[string]value{"aws:PrincipalIsAWSService": one("false"), "aws:PrincipalType": one("Anonymous"), "aws:userid": one("anonymous")}
	}
	if c.kind != "service" && c.kind != "anonymous" && g.chance(60) {
		c.Request.Context["aws:PrincipalTag/team"] = one(g.word())
	}
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

// resource draws the action and a resource of one of its types.
func (g *generator) resource(c *peerCase, account string) {
	a := pick(g, g.actions...)
	if g.chance(65) {
		a = pick(g, g.core...)
	}
	if c.kind == "service" && a.Action == "sts:GetCallerIdentity" {
		a = pick(g, g.core...) // a service has no credentials to ask that of
	}
	c.Request.Action = a.Action
	c.Request.Resource = peerResource{ARN: "*", Account: account}
	keys := a.Keys
	if len(a.Types) > 0 {
		t := pick(g, a.Types...)
		c.resourceType = t.ARN
		keys = append(append([]string{}, keys...), t.Keys...)
		c.Request.Resource.ARN = g.fill(t.ARN, account)
	}
	c.Request.Context["aws:ResourceAccount"] = one(account)
	for range g.some(3) {
		g.addContext(c, pick(g, g.global...))
	}
	for range g.some(3) {
		if len(keys) > 0 {
			g.addContext(c, tagKey(pick(g, keys...)))
		}
	}
}

// fill writes an ARN of a pattern.
func (g *generator) fill(pattern, account string) string {
	pattern = strings.ReplaceAll(pattern, "*", g.word()) // a request names one resource
	return placeholder.ReplaceAllStringFunc(pattern, func(m string) string {
		switch m {
		case "${Partition}":
			return "aws"
		case "${Region}":
			return "us-east-1"
		case "${Account}":
			return account
		}
		return strings.ToLower(g.word()) + pick(g, "", "-1", "-data")
	})
}

// principalKeys are set with the principal: a context that contradicts it is no
// request that AWS can be sent.
var principalKeys = regexp.MustCompile(`(?i)^aws:(Principal(Arn|Account|Type|IsAWSService|ServiceName|ServiceNamesList|Tag/.*)|userid|username|ResourceAccount)$`)

func (g *generator) addContext(c *peerCase, key string) {
	if strings.ContainsAny(key, "$<") || principalKeys.MatchString(key) {
		return
	}
	if _, is := c.context(key); is {
		return
	}
	t := g.typeOf(key)
	if t == "" {
		return
	}
	v := g.valueOf(key, t)
	if strings.HasPrefix(t, "ArrayOf") {
		more := list(v)
		for range g.some(2) {
			more = append(more, g.valueOf(key, t))
		}
		c.Request.Context[key] = more
		return
	}
	c.Request.Context[key] = one(v)
}

func (g *generator) typeOf(key string) string { return g.types[strings.ToLower(key)] }

// valueOf draws a value that a key of the type may have in a request.
func (g *generator) valueOf(key, keyType string) string {
	switch strings.TrimPrefix(keyType, "ArrayOf") {
	case "Bool":
		return pick(g, "true", "false")
	case "Numeric":
		return pick(g, "0", "10", "3600", "7")
	case "Date":
		return pick(g, "2026-01-01T00:00:00Z", "2026-06-15T12:00:00Z", "2025-12-31T23:59:59Z")
	case "IPAddress":
		return pick(g, "10.0.0.7", "203.0.113.9", "192.168.1.20", "2001:db8::7")
	case "ARN":
		return pick(g, "arn:aws:s3:::alpha", "arn:aws:sns:us-east-1:"+accountA+":alpha", "arn:aws:iam::"+accountB+":role/x", "arn:aws:ec2:us-east-1:"+accountA+":instance/i-1")
	}
	low := strings.ToLower(key)
	switch {
	case strings.HasSuffix(low, "account"):
		return pick(g, accountA, accountB)
	case strings.HasSuffix(low, "orgid"):
		return pick(g, "o-aaaaaaaaaa", "o-bbbbbbbbbb")
	case strings.HasSuffix(low, "orgpaths"):
		return pick(g, "o-aaaaaaaaaa/r-ab12/ou-ab12-11111111/", "o-aaaaaaaaaa/r-ab12/", "o-bbbbbbbbbb/r-cd34/")
	case strings.HasSuffix(low, "region"):
		return pick(g, "us-east-1", "eu-west-1")
	case strings.HasSuffix(low, "tagkeys"):
		return pick(g, "team", "Team", "env")
	case strings.Contains(low, "calledvia"), strings.Contains(low, "service"):
		return pick(g, "cloudformation.amazonaws.com", "lambda.amazonaws.com")
	}
	return g.word()
}

// policies draws every kind of policy that the case may have.
func (g *generator) policies(c *peerCase) {
	c.IdentityPolicies, c.ServiceControl, c.ResourceControl = []namedDoc{}, []orgLevel{}, []orgLevel{}
	signed := c.kind != "service" && c.kind != "anonymous"
	cross := signed && !strings.Contains(fmt.Sprint(c.Request.Principal), c.Request.Resource.Account)
	if signed && c.kind != "root" {
		for i := range 1 + g.some(2) {
			c.IdentityPolicies = append(c.IdentityPolicies, namedDoc{fmt.Sprintf("identity%d", i), g.document(c, "identity", 25)})
		}
		if g.chance(15) && c.kind != "federated-user" {
			c.Boundary = []namedDoc{{"boundary", g.document(c, "boundary", 15)}}
		}
		if session := g.chance(15); session && c.kind != "user" || c.kind == "federated-user" && g.chance(70) {
			c.SessionPolicy = g.document(c, "session", 15)
		}
	}
	if c.kind == "root" {
		// Nothing can be attached to the root user; the peer knows no such user and
		// must be told that it may do everything.
		c.IdentityPolicies = append(c.IdentityPolicies, namedDoc{"root", allowAll()})
	}
	// A role always has a trust policy, and nothing else in sts has a policy.
	trust := strings.Contains(c.Request.Resource.ARN, ":role/")
	if sts := strings.HasPrefix(c.Request.Action, "sts:"); sts && trust || !sts && (!signed || cross && g.chance(85) || !cross && g.chance(30)) {
		c.ResourcePolicy = g.document(c, "resource", 25)
	}
	if c.kind != "anonymous" && g.chance(20) {
		for i := range 1 + g.some(2) {
			level := orgLevel{ID: fmt.Sprintf("level%d", i)}
			if g.chance(60) {
				level.Policies = append(level.Policies, namedDoc{"FullAWSAccess", allowAll()})
			}
			if len(level.Policies) == 0 || g.chance(40) {
				level.Policies = append(level.Policies, namedDoc{fmt.Sprintf("scp%d", i), g.document(c, "scp", 30)})
			}
			c.ServiceControl = append(c.ServiceControl, level)
		}
	}
	if g.chance(12) {
		for i := range 1 + g.some(1) {
			c.ResourceControl = append(c.ResourceControl, orgLevel{ID: fmt.Sprintf("level%d", i), Policies: []namedDoc{{fmt.Sprintf("rcp%d", i), g.document(c, "rcp", 100)}}})
		}
	}
	if g.chance(5) {
		c.EndpointPolicies = []namedDoc{{"endpoint", g.document(c, "endpoint", 20)}}
	}
}

func allowAll() *policyDoc {
	return &policyDoc{Version: "2012-10-17", Statement: []statement{{Effect: "Allow", Action: one("*"), Resource: one("*")}}}
}
