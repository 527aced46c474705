// Package peers measures permission decisions beside engines that are not ours:
// the same 20,000 decisions over the same 200 principals, with the same answers,
// in rounds that take turns, per second of processor time. It is a module of its
// own, so that what it compares with never enters ours:
//
//	make bench-peers
package peers

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A workload is who asks what, under which policies, in no engine's form.
type workload struct {
	principals []principal
	requests   []request
}

type principal struct {
	arn, name, team string
	identity        []statement
	boundary        []statement
	scps            [][]statement // one list per level, root first
}

// A statement has patterns with * only: Cedar has no ?.
type statement struct {
	deny      bool
	actions   []string
	resources []string
	conds     []cond
}

// A cond holds when the key is there and any value matches.
type cond struct {
	op     string // StringEquals, StringLike, Bool, IpAddress, NumericLessThan
	key    string
	values []string
}

type request struct {
	principal        int
	action, resource string
	region, ip, vpce string
	tls, mfa         bool
	mfaAge           int // -1: absent
}

const (
	account    = "111111111111"
	principals = 200
	decisions  = 20000
)

// actions are asked with a resource of a type that they take.
var actions = []struct{ name, resource string }{
	{"s3:GetObject", "arn:aws:s3:::%s-bucket/%s/file.txt"}, {"s3:PutObject", "arn:aws:s3:::%s-bucket/%s/file.txt"},
	{"s3:DeleteObject", "arn:aws:s3:::%s-bucket/%s/file.txt"}, {"s3:ListBucket", "arn:aws:s3:::%s-bucket-%s"},
	{"s3:PutBucketPolicy", "arn:aws:s3:::%s-bucket-%s"}, {"sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:%s-queue-%s"},
	{"sqs:ReceiveMessage", "arn:aws:sqs:us-east-1:111111111111:%s-queue-%s"}, {"sqs:DeleteQueue", "arn:aws:sqs:us-east-1:111111111111:%s-queue-%s"},
	{"sns:Publish", "arn:aws:sns:us-east-1:111111111111:%s-topic-%s"}, {"sns:Subscribe", "arn:aws:sns:us-east-1:111111111111:%s-topic-%s"},
	{"dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111111111111:table/%s-%s"}, {"dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111111111111:table/%s-%s"},
	{"dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:111111111111:table/%s-%s"}, {"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111111111111:function:%s-%s"},
	{"lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111111111111:function:%s-%s"}, {"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111111111111:secret:%s-%s"},
	{"iam:PassRole", "arn:aws:iam::111111111111:role/%s-%s"}, {"iam:GetRole", "arn:aws:iam::111111111111:role/%s-%s"},
	{"iam:CreateAccessKey", "arn:aws:iam::111111111111:user/%s-%s"}, {"logs:PutLogEvents", "arn:aws:logs:us-east-1:111111111111:log-group:%s:log-stream:%s"},
	{"ec2:TerminateInstances", "arn:aws:ec2:us-east-1:111111111111:instance/i-%s%s"}, {"ec2:DescribeInstances", "*"},
	{"ssm:GetParameter", "arn:aws:ssm:us-east-1:111111111111:parameter/%s/%s"}, {"ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111111111111:repository/%s-%s"},
}

func newWorkload(seed uint64) *workload {
	g := &drawer{rand.New(rand.NewPCG(seed, 1))}
	w := &workload{}
	for i := range principals {
		w.principals = append(w.principals, g.principal(i))
	}
	for range decisions {
		w.requests = append(w.requests, g.request())
	}
	return w
}

type drawer struct{ *rand.Rand }

func pick[T any](g *drawer, from ...T) T { return from[g.IntN(len(from))] }

func (g *drawer) word() string { return pick(g, "alpha", "beta", "gamma", "delta") }

func (g *drawer) request() request {
	a := pick(g, actions...)
	r := request{
		principal: g.IntN(principals), action: a.name, resource: a.resource,
		region: pick(g, "us-east-1", "us-east-1", "eu-west-1"), ip: pick(g, "10.0.0.7", "10.20.1.1", "203.0.113.9"),
		tls: g.IntN(20) > 0, mfa: g.IntN(2) == 0, mfaAge: -1, vpce: pick(g, "", "vpce-1", "vpce-2"),
	}
	if strings.Contains(a.resource, "%s") {
		r.resource = fmt.Sprintf(a.resource, g.word(), g.word())
	}
	if r.mfa {
		r.mfaAge = g.IntN(7200)
	}
	return r
}

func (g *drawer) principal(i int) principal {
	p := principal{name: fmt.Sprintf("user%03d", i), team: g.word()}
	p.arn = "arn:aws:iam::" + account + ":user/" + p.name
	for range 12 {
		p.identity = append(p.identity, g.statement())
	}
	p.boundary = []statement{
		{actions: []string{"s3:*", "sqs:*", "sns:*", "dynamodb:*", "lambda:*", "ssm:*", "logs:*", "ec2:Describe*"}, resources: []string{"*"}},
		{actions: []string{"iam:Get*", "iam:List*", "secretsmanager:GetSecretValue", "ecr:*"}, resources: []string{"*"}},
		{deny: true, actions: []string{"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}, resources: []string{"*"}},
	}
	p.scps = [][]statement{
		{{actions: []string{"*"}, resources: []string{"*"}},
			{deny: true, actions: []string{"organizations:*", "iam:CreateUser", "iam:CreateAccessKey"}, resources: []string{"*"}}},
		{{actions: []string{"*"}, resources: []string{"*"}},
			{deny: true, actions: []string{"dynamodb:*", "sqs:*"}, resources: []string{"*"}, conds: []cond{{"StringEquals", "aws:RequestedRegion", []string{"eu-west-1"}}}}},
	}
	return p
}

// statement draws one of the shapes that policies of accounts have.
func (g *drawer) statement() statement {
	a := pick(g, actions...)
	service, name, _ := strings.Cut(a.name, ":")
	s := statement{actions: []string{a.name}, resources: []string{"*"}}
	switch g.IntN(6) {
	case 0:
		s.actions = []string{service + ":*"}
	case 1:
		s.actions = []string{service + ":" + name[:3] + "*", service + ":List*", service + ":Describe*"}
	case 2:
		s.actions = []string{a.name, pick(g, actions...).name, pick(g, actions...).name}
	case 3:
		s.actions = []string{pick(g, actions...).name, service + ":*" + name[len(name)-4:]}
	}
	if a.resource != "*" && g.IntN(3) > 0 {
		head, _, _ := strings.Cut(a.resource, "%s")
		s.resources = []string{head + g.word() + "*", head + "*" + g.word() + "*"}
	}
	switch g.IntN(8) {
	case 0:
		s.conds = []cond{{"StringEquals", "aws:RequestedRegion", []string{"us-east-1", "us-west-2"}}}
	case 1:
		s.conds = []cond{{"StringLike", "aws:PrincipalTag/team", []string{g.word() + "*", "x*"}}}
	case 2:
		s.conds = []cond{{"IpAddress", "aws:SourceIp", []string{"10.0.0.0/16", "192.168.0.0/24"}}}
	case 3:
		s.conds = []cond{{"Bool", "aws:MultiFactorAuthPresent", []string{"true"}}, {"NumericLessThan", "aws:MultiFactorAuthAge", []string{"3600"}}}
	case 4:
		s.conds = []cond{{"StringEquals", "aws:SourceVpce", []string{"vpce-1"}}}
	}
	if g.IntN(6) == 0 {
		s.deny = true
		if len(s.conds) == 0 {
			s.conds = []cond{{"Bool", "aws:SecureTransport", []string{"false"}}}
		}
	}
	return s
}
