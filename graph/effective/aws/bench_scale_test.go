package aws

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/internal/realtest"
)

// crowd is an account of many users who share few policies. Each policy lets its
// users read a bucket, call some services and assume one role; every hundredth
// lets them change a function.
func crowd(users, policies int) *effective.Input {
	b := graph.NewBuilder(1, now)
	docs := map[string]drover.Document{}
	add := func(body string) string {
		d := drover.NewDocument("aws-iam", body)
		docs[d.Hash] = d
		return d.Hash
	}
	id := int64(0)
	node := func(n drover.Node) int64 {
		id++
		b.Node(graph.Row{ID: id, Entity: id, Sources: []string{"crowd"}, Node: n})
		return id
	}
	node(drover.Node{Ref: drover.NewRef("aws", acct, "account", acct), Kind: drover.KindResource, Type: "aws.account", Name: acct})
	trust := add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + home + `root"},"Action":"sts:AssumeRole"}]}`)
	for i := range 100 {
		name := fmt.Sprintf("role-%d", i)
		node(drover.Node{Ref: drover.NewRef("aws", acct, "iam.role", "AROA"+name), Kind: drover.KindIdentity, Type: "aws.iam.role", Name: name, Aliases: []string{home + "role/" + name}, Attrs: drover.NewAttrs(map[string]any{"trust_document": trust})})
	}
	var rows []int64
	for i := range policies {
		more := ""
		if i%100 == 0 {
			more = `,{"Effect":"Allow","Action":"lambda:Update*","Resource":"arn:aws:lambda:*:*:function:app-*"}`
		}
		hash := add(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::bucket-%d","arn:aws:s3:::bucket-%d/*"]},`+
			`{"Effect":"Allow","Action":["sqs:SendMessage","dynamodb:GetItem","dynamodb:Query","logs:*"],"Resource":"*"},{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"%srole/role-%d"}%s]}`, i, i, home, i%100, more))
		name := fmt.Sprintf("policy-%d", i)
		rows = append(rows, node(drover.Node{Ref: drover.NewRef("aws", acct, "iam.policy", "ANPA"+name), Kind: drover.KindPolicy, Type: "aws.iam.policy", Name: name, Aliases: []string{home + "policy/" + name}, Attrs: drover.NewAttrs(map[string]any{"document": hash})}))
	}
	first := id + 1
	for i := range users {
		name := fmt.Sprintf("user-%d", i)
		node(drover.Node{Ref: drover.NewRef("aws", acct, "iam.user", "AIDA"+name), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: name, Aliases: []string{home + "user/" + name}})
	}
	for i := range users {
		b.Edge(rows[i%policies], first+int64(i), &drover.Edge{Kind: drover.EdgeAttached})
	}
	b.Index()
	s := b.Build(now, func(int) graph.Facts { return graph.Facts{Tier: filter.Unknown} })
	return &effective.Input{Snapshot: s, Now: now, Document: func(h string) (drover.Document, bool) { d, ok := docs[h]; return d, ok }}
}

// BenchmarkCrowd evaluates many principals of few profiles on one core: 100,000 of
// 1,000, and 1,000,000 of 10,000 where the heavy tests are asked for.
func BenchmarkCrowd(b *testing.B) {
	users, policies := 100_000, 1_000
	if os.Getenv("DROVER_TEST_FULL") != "" {
		users, policies = 1_000_000, 10_000
	}
	in := crowd(users, policies)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for b.Loop() {
		fresh := *in
		started := cpu()
		e := read(&fresh)
		x := newEngine(e)
		known := cpu() - started
		for _, f := range x.profiles {
			x.actions(f)
		}
		sets := cpu() - started
		edges := x.edges(b.Context())
		all := cpu() - started
		b.ReportMetric(sets.Seconds(), "cpu-s/sets")
		b.ReportMetric(all.Seconds(), "cpu-s/all")
		b.Logf("%d principals, %d profiles: profiles in %v, action sets in %v, %d edges in %v of CPU", len(e.principals), len(x.profiles), known.Round(time.Millisecond), sets.Round(time.Millisecond), len(edges), all.Round(time.Millisecond))
	}
}

// cpu is the CPU time of the process, so that other work on the machine does not
// count.
func cpu() time.Duration { return realtest.CPUTime() }
