package builtin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/policy"
)

// Every fix that a check names is a remedy that is documented.
func TestRemedies(t *testing.T) {
	for _, c := range builtin.Checks {
		if len(c.Fix) == 0 {
			t.Errorf("%s names no remedy", c.ID)
		}
		for _, id := range c.Fix {
			if _, ok := remedy.Find(id); !ok {
				t.Errorf("%s: there is no remedy %q", c.ID, id)
			}
		}
	}
}

var benchNow = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// A country is a builder of an estate like those that are met: AWS users with
// keys and roles, Kubernetes service accounts with workloads, PostgreSQL roles,
// Entra applications with secrets; teams own most, evidence covers most, one thing
// in a hundred is wrong.
type country struct {
	b    *graph.Builder
	next int64
}

func (c *country) node(n drover.Node) int64 {
	c.next++
	c.b.Node(graph.Row{ID: c.next, Entity: c.next, Node: n, Sources: []string{n.Ref.System()}, FirstSeen: benchNow.AddDate(-1, 0, 0), Observed: benchNow})
	return c.next
}

type joined struct {
	from, to int64
	kind     drover.EdgeKind
}

type useOf struct {
	id int64
	u  graph.Use
}

func land(tb testing.TB, n int) *check.Estate {
	tb.Helper()
	c := &country{b: graph.NewBuilder(1, benchNow)}
	var edges []joined
	var uses []useOf
	used := func(id int64, days int) {
		u := graph.Use{Monitored: true}
		u.LastUsed, u.LastUsedSource, u.ObservedAt = benchNow.AddDate(0, 0, -days), "audit log", benchNow
		uses = append(uses, useOf{id, u})
	}
	ago := func(days int) time.Time { return benchNow.AddDate(0, 0, -days) }
	var team, account int64
	for i := range n {
		if i%200 == 0 {
			who := c.node(drover.Node{Ref: drover.NewRef("hr", "1", "person", fmt.Sprint(i)), Kind: drover.KindHuman, Type: "hr.person", Name: fmt.Sprint("Person ", i), Aliases: []string{fmt.Sprintf("email:p%d@x.example", i)}, Attrs: drover.NewAttrs(map[string]any{"employment": "active"})})
			team = c.node(drover.Node{Ref: drover.NewRef("hr", "1", "team", fmt.Sprint(i)), Kind: drover.KindGroup, Type: "hr.team", Name: fmt.Sprint("team-", i)})
			account = c.node(drover.Node{Ref: drover.NewRef("aws", fmt.Sprint(i), "account", fmt.Sprint(i)), Kind: drover.KindResource, Type: "aws.account", Name: fmt.Sprint("account-", i)})
			edges = append(edges, joined{who, team, drover.EdgeMemberOf})
		}
		env := []string{"prod", "staging", "dev"}[i%3]
		name := fmt.Sprintf("svc-%s-orders-%d", env, i)
		var id int64
		switch i % 4 {
		case 0:
			id = c.node(drover.Node{Ref: drover.NewRef("aws", fmt.Sprint(i/200), "iam.user", fmt.Sprint("AIDA", i)), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: name, Created: ago(300), Aliases: []string{fmt.Sprintf("arn:aws:iam::%d:user/%s", i/200, name)},
				Attrs: drover.NewAttrs(map[string]any{"Path": "/service/", "Tags": []any{map[string]any{"Key": "env", "Value": env}, map[string]any{"Key": "managed-by", "Value": "terraform"}}})})
			key := c.node(drover.Node{Ref: drover.NewRef("aws", fmt.Sprint(i/200), "iam.access_key", fmt.Sprint("AKIA", i)), Kind: drover.KindCredential, Type: "aws.iam.access_key", Name: fmt.Sprint("AKIA", i), Created: ago(20 + i%400/399*400),
				Attrs: drover.NewAttrs(map[string]any{"Status": "Active", "UserName": name})})
			edges = append(edges, joined{key, id, drover.EdgeAuthenticates}, joined{account, id, drover.EdgeContains})
			used(key, 1)
		case 1:
			id = c.node(drover.Node{Ref: drover.NewRef("kubernetes", "c", "service_account", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "kubernetes.service_account", Name: name, Created: ago(200), Attrs: drover.NewAttrs(map[string]any{"namespace": "shop-" + env, "labels": map[string]any{"app.kubernetes.io/managed-by": "Helm", "team": "shop"}})})
			job := c.node(drover.Node{Ref: drover.NewRef("kubernetes", "c", "deployment", fmt.Sprint(i)), Kind: drover.KindWorkload, Type: "kubernetes.deployment", Name: name, Created: ago(200), Attrs: drover.NewAttrs(map[string]any{"namespace": "shop-" + env})})
			edges = append(edges, joined{job, id, drover.EdgeRunsAs})
			used(id, 2)
		case 2:
			id = c.node(drover.Node{Ref: drover.NewRef("postgres", "db", "postgres.role", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "postgres.role", Name: name, Attrs: drover.NewAttrs(map[string]any{"rolsuper": false, "rolcanlogin": true, "rolcreaterole": false, "rolconnlimit": 20})})
			used(id, i%120) // one in four of these has not been used for long
		default:
			id = c.node(drover.Node{Ref: drover.NewRef("entra", "t", "service_principal", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "entra.service_principal", Name: name, Created: ago(500), Attrs: drover.NewAttrs(map[string]any{"appId": fmt.Sprint(i), "servicePrincipalType": "Application", "accountEnabled": true})})
			secret := c.node(drover.Node{Ref: drover.NewRef("entra", "t", "application_password", fmt.Sprint(i)), Kind: drover.KindCredential, Type: "azure.application_password", Name: "terraform", Created: ago(60), Expires: benchNow.AddDate(0, 0, 30+i%300), Attrs: drover.NewAttrs(map[string]any{"keyId": fmt.Sprint(i)})})
			edges = append(edges, joined{secret, id, drover.EdgeAuthenticates})
			used(secret, 3)
		}
		if i%100 != 7 {
			edges = append(edges, joined{team, id, drover.EdgeOwns})
		}
	}
	for _, e := range edges {
		c.b.Edge(e.from, e.to, &drover.Edge{Kind: e.kind})
	}
	for _, u := range uses {
		c.b.Use(u.id, u.u)
	}
	s := c.b.Index()
	p, err := policy.Parse("drover.yaml", nil)
	if err != nil {
		tb.Fatal(err)
	}
	set, err := judge.NewSettings(p, nil, benchNow)
	if err != nil {
		tb.Fatal(err)
	}
	c.b.Build(benchNow, judge.New(s, set, benchNow).Facts)
	g, err := effective.Build(tb.Context(), &effective.Input{Snapshot: s, Now: benchNow}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &check.Estate{Graph: s, Effects: g, Policy: p, Now: benchNow}
}

// All checks stand beside each other in one walk: each hands in what it finds, and
// none fails.
func TestChecksTogether(t *testing.T) {
	if len(builtin.Checks) == 0 {
		t.Fatal("no checks are listed")
	}
	found := map[string]int{}
	if err := check.Run(t.Context(), land(t, 2_000), builtin.Checks, check.Options{Finding: func(f drover.Finding) error { found[f.Check]++; return f.Valid() }}); err != nil {
		t.Fatal(err)
	}
	if found["unowned"] == 0 || found["dormant"] == 0 {
		t.Errorf("found %v, want some that nobody owns and some that are dormant", found)
	}
}
