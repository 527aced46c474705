package awsiam

import (
	"fmt"
	"testing"

	"github.com/droverhq/drover/access"
)

// benchProfile is a role as accounts have them: some managed policies, a few of
// its own with conditions and variables, a boundary and two levels of SCPs.
func benchProfile(tb testing.TB) *Profile {
	tb.Helper()
	doc := func(body string) Attached {
		d, faults, err := Parse([]byte(body))
		if err != nil || len(faults) > 0 {
			tb.Fatal(err, faults)
		}
		return Attached{Name: "p", Doc: d}
	}
	managed := func(name string) Attached {
		body, ok := ManagedPolicy("arn:aws:iam::aws:policy/" + name)
		if !ok {
			tb.Fatalf("no managed policy %s", name)
		}
		return doc(string(body))
	}
	p := &Policies{Identity: []Attached{
		managed("ReadOnlyAccess"), managed("AmazonEC2FullAccess"), managed("AWSLambda_FullAccess"), managed("AmazonDynamoDBFullAccess"),
		doc(`{"Version":"2012-10-17","Statement":[
			{"Sid":"Home","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"},
			{"Sid":"Put","Effect":"Allow","Action":["s3:PutObject","s3:DeleteObject"],"Resource":["arn:aws:s3:::data-*/in/*","arn:aws:s3:::logs/*"],"Condition":{"Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]}}},
			{"Sid":"Pass","Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/app-*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}},
			{"Sid":"NoProd","Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/env":"prod"},"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin-*"}}}]}`),
	}, SCPs: [][]Attached{
		{doc(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":["iam:*","s3:*","ec2:*","lambda:*","dynamodb:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}}]}`)},
		{doc(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)},
	}}
	b := doc(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"organizations:*","Resource":"*"}}`)
	p.Boundary = &b
	return Compile(p)
}

func benchRequests() []*Request {
	var out []*Request
	actions := []struct{ action, resource string }{
		{"s3:GetObject", "arn:aws:s3:::data-7/in/x.csv"}, {"s3:PutObject", "arn:aws:s3:::data-7/in/x.csv"},
		{"iam:PassRole", "arn:aws:iam::123456789012:role/app-worker"}, {"ec2:RunInstances", "arn:aws:ec2:eu-west-1:123456789012:instance/*"},
		{"kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/1"}, {"iam:CreateUser", "arn:aws:iam::123456789012:user/eve"},
		{"dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/t"}, {"lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:123456789012:function:f"},
	}
	for _, a := range actions {
		for _, full := range []bool{false, true} {
			r := &Request{Principal: Principal{ARN: "arn:aws:iam::123456789012:role/app", ID: "AROAEXAMPLE"}, Action: a.action, Resource: a.resource}
			if full {
				r.Context.Complete = true
				r.Context.Known("aws:SecureTransport", "true")
				r.Context.Known("aws:SourceIp", "10.1.2.3")
				r.Context.Known("aws:RequestedRegion", "eu-west-1")
				r.Context.Known("iam:PassedToService", "lambda.amazonaws.com")
			}
			out = append(out, r)
		}
	}
	return out
}

func BenchmarkDecide(b *testing.B) {
	p, list := benchProfile(b), benchRequests()
	verdicts := map[access.Verdict]int{}
	for _, r := range list {
		verdicts[p.Decide(r)]++
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Decide(list[i%len(list)])
	}
	b.Logf("verdicts %v", verdicts)
}

func BenchmarkDecideEach(b *testing.B) {
	p := benchProfile(b)
	for i, r := range benchRequests() {
		b.Run(fmt.Sprintf("%s-%v", r.Action, i%2 == 1), func(b *testing.B) {
			for b.Loop() {
				p.Decide(r)
			}
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	p, list := benchProfile(b), benchRequests()
	for i := 0; b.Loop(); i++ {
		p.Explain(list[i%len(list)])
	}
}

func BenchmarkCompileManaged(b *testing.B) {
	body, _ := ManagedPolicy("arn:aws:iam::aws:policy/ReadOnlyAccess")
	for b.Loop() {
		if _, _, err := Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
