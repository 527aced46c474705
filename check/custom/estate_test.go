package custom_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/custom"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/policy"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.Add(-time.Duration(days) * drover.Day) }

func ref(name string) drover.Ref { return drover.Ref("toy/1/t/" + name) }

// shop is an estate: an agent that becomes a deployer, which may become what is of
// tier 0; keys, one of them in public; and two identities of which little is known.
func shop(t testing.TB) *check.Estate {
	t.Helper()
	b := graph.NewBuilder(1, now)
	ids := map[string]int64{}
	var facts []graph.Facts
	none := int64(filter.Unknown)
	node := func(name string, kind drover.Kind, typ string, f graph.Facts, n drover.Node) {
		ids[name] = int64(len(ids) + 1)
		if kind != drover.KindIdentity || f.Tier != 0 || name != "root" {
			f.Tier = none
		}
		n.Ref, n.Kind, n.Type, n.Name = ref(name), kind, typ, name
		facts = append(facts, f)
		b.Node(graph.Row{ID: ids[name], Entity: ids[name], Node: n, Sources: []string{"test"}, Observed: now, FirstSeen: ago(100)})
	}
	nhi := drover.VerdictNHI
	node("agent", drover.KindIdentity, "agents.agent", graph.Facts{Verdict: nhi, NHIType: drover.NHIAIAgent, Env: "prod", LastUsed: ago(3), Monitored: true}, drover.Node{Created: ago(30), Attrs: drover.NewAttrs(map[string]any{"model": "m1", "tools": []string{"shell"}, "limits": map[string]any{"calls": 7}})})
	node("deployer", drover.KindIdentity, "aws.iam.role", graph.Facts{Verdict: nhi, NHIType: drover.NHIServiceAccount, Env: "prod", Owner: "team-ci", LastUsed: ago(200), Monitored: true, Lifecycle: drover.LifecycleDormant}, drover.Node{Created: ago(400)})
	node("root", drover.KindIdentity, "toy.admin", graph.Facts{Verdict: nhi, NHIType: drover.NHIServiceAccount, Owner: "sec", Tier: 0}, drover.Node{})
	node("mystery", drover.KindIdentity, "x.y", graph.Facts{Verdict: drover.VerdictUnknown}, drover.Node{})
	node("hostile", drover.KindIdentity, "x.y", graph.Facts{Verdict: nhi, Owner: "=cmd|'/c'!A1\x1b[2J", Env: "dev"}, drover.Node{Attrs: drover.NewAttrs(map[string]any{"model": 3})})
	node("key1", drover.KindCredential, "aws.iam.access_key", graph.Facts{Status: "active"}, drover.Node{Rotated: ago(400)})
	node("key2", drover.KindCredential, "aws.iam.access_key", graph.Facts{Status: "active"}, drover.Node{Rotated: ago(10), Expires: now.Add(10 * drover.Day)})
	node("key3", drover.KindCredential, "aws.iam.access_key", graph.Facts{Status: "disabled"}, drover.Node{})
	node("code", drover.KindPlace, "git.line", graph.Facts{}, drover.Node{Attrs: drover.NewAttrs(map[string]any{"exposure": "public"})})
	edges := [][3]string{{"agent", "can_assume", "deployer"}, {"deployer", "can_assume", "root"}, {"key1", "authenticates", "deployer"}, {"key2", "authenticates", "agent"}, {"key3", "authenticates", "deployer"}, {"key1", "stored_in", "code"}}
	for _, e := range edges {
		b.Edge(ids[e[0]], ids[e[2]], &drover.Edge{From: ref(e[0]), To: ref(e[2]), Kind: drover.EdgeKind(e[1]), Proof: "test"})
	}
	b.Label(ids["mystery"], classify.Label{Key: "break_glass", Value: "true", By: "asha"})
	b.Index()
	s := b.Build(now, func(i int) graph.Facts { return facts[i] })
	g, err := effective.Build(context.Background(), &effective.Input{Snapshot: s, Document: func(string) (drover.Document, bool) { return drover.Document{}, false }, Now: now}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &check.Estate{Graph: s, Effects: g, Policy: policy.Default(), Now: now}
}

type result struct {
	findings []drover.Finding
	tallies  map[string]custom.Tally
}

// asked compiles a policy and asks it of an estate.
func asked(t testing.TB, e *check.Estate, src string) result {
	t.Helper()
	p, err := policy.Parse("drover.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	r := result{tallies: map[string]custom.Tally{}}
	rules, err := custom.Compile(p, custom.Options{Now: now, Tally: func(t custom.Tally) { r.tallies[t.Rule.ID] = t }, Risk: func(*check.Estate) func(int) int { return func(i int) int { return 40 + i } }})
	if err != nil {
		t.Fatal(err)
	}
	checks := custom.Checks(rules)
	if err := check.Validate(checks); err != nil {
		t.Fatal(err)
	}
	if err := check.Run(context.Background(), e, checks, check.Options{Finding: func(f drover.Finding) error { r.findings = append(r.findings, f); return nil }}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r result) names() string {
	var out []string
	for i := range r.findings {
		out = append(out, r.findings[i].Subject.Name)
	}
	return strings.Join(out, " ")
}

func (r result) String() string {
	var b strings.Builder
	for i := range r.findings {
		f := &r.findings[i]
		fmt.Fprintf(&b, "%s %s\n  what: %s\n  why: %s\n", f.Severity, f.Subject.Ref, f.What, f.Why)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "  evidence: %s | %s | %s\n", e.Text, e.Source, e.Grade)
		}
		fmt.Fprintf(&b, "  fix: %s | %s | %s\n", f.Fix.Text, f.Fix.Command, f.Fix.Action)
		if len(f.Path) > 0 {
			fmt.Fprintf(&b, "  path: %v\n", f.Path)
		}
	}
	return b.String()
}

// compileAndAsk wants an error that says what is wrong, or rules that can be asked.
func compileAndAsk(t testing.TB, e *check.Estate, p *policy.Policy) {
	t.Helper()
	rules, err := custom.Compile(p, custom.Options{Now: now})
	if err != nil {
		if !errors.Is(err, drover.ErrInvalid) {
			t.Fatalf("the error wraps no sentinel: %v", err)
		}
		return
	}
	err = check.Run(context.Background(), e, custom.Checks(rules), check.Options{Finding: func(f drover.Finding) error {
		if err := f.Valid(); err != nil {
			return err
		}
		if strings.ContainsFunc(f.What+f.Fix.Text, unicode.IsControl) {
			return fmt.Errorf("control characters in %q", f.What)
		}
		return nil
	}})
	if err != nil && !errors.Is(err, drover.ErrInvalid) {
		t.Fatal(err)
	}
}
