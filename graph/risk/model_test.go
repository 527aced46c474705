package risk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/risk"
	"github.com/droverhq/drover/policy"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.Add(-time.Duration(days) * drover.Day) }

// world is a small estate: nodes by name, numbered in the order in which they are
// added.
type world struct {
	b     *graph.Builder
	ids   map[string]int64
	facts []graph.Facts
	later []func()
}

func (w *world) node(name string, kind drover.Kind, typ string, f graph.Facts, change ...func(*drover.Node)) {
	id := int64(len(w.ids) + 1)
	w.ids[name] = id
	if f.Lifecycle == "" {
		f.Lifecycle = drover.LifecycleUnknown
	}
	n := drover.Node{Ref: ref(name), Kind: kind, Type: typ, Name: name}
	for _, c := range change {
		c(&n)
	}
	w.facts = append(w.facts, f)
	w.b.Node(graph.Row{ID: id, Entity: id, Node: n, Sources: []string{"test"}})
}

func ref(name string) drover.Ref { return drover.Ref("toy/1/t/" + name) }

func (w *world) edge(from string, kind drover.EdgeKind, to string) {
	w.later = append(w.later, func() {
		w.b.Edge(w.ids[from], w.ids[to], &drover.Edge{From: ref(from), To: ref(to), Kind: kind, Proof: "test"})
	})
}

func (w *world) build() *graph.Snapshot {
	for _, f := range w.later {
		f()
	}
	w.b.Index()
	return w.b.Build(now, func(i int) graph.Facts { return w.facts[i] })
}

func rotated(t time.Time) func(*drover.Node) { return func(n *drover.Node) { n.Rotated = t } }
func exposure(s string) func(n *drover.Node) {
	return func(n *drover.Node) { n.Attrs = drover.NewAttrs(map[string]any{"exposure": s}) }
}

// shop is an estate with a leaked key, a key in a store, a dormant database role
// without owner, and a thing that is switched off.
func shop() *graph.Snapshot {
	w := &world{b: graph.NewBuilder(1, now), ids: map[string]int64{}}
	none := int64(filter.Unknown)
	w.node("ci", drover.KindIdentity, "aws.iam.user", graph.Facts{Env: "prod", Owner: "team-ci", Tier: none, LastUsed: ago(1), Lifecycle: drover.LifecycleActive, Credentials: 2, Monitored: true})
	w.node("bi", drover.KindIdentity, "postgres.role", graph.Facts{Env: "prod", Tier: 0, Lifecycle: drover.LifecycleDormant, LastUsed: ago(200), DataClass: "restricted", Regulation: []string{"PCI"}})
	w.node("off", drover.KindIdentity, "aws.iam.user", graph.Facts{Tier: 0, Lifecycle: drover.LifecycleQuarantined})
	w.node("agent", drover.KindIdentity, "agent.agent", graph.Facts{Tier: none})
	w.node("key1", drover.KindCredential, "aws.iam.access_key", graph.Facts{Status: "active", Tier: none}, rotated(ago(400)))
	w.node("key2", drover.KindCredential, "aws.iam.access_key", graph.Facts{Status: "active", Tier: none}, rotated(ago(10)))
	w.node("old", drover.KindCredential, "aws.iam.access_key", graph.Facts{Status: "disabled", Tier: none}, rotated(ago(900)))
	w.node("pw", drover.KindCredential, "postgres.password", graph.Facts{Status: "active", Tier: none})
	w.node("tok", drover.KindCredential, "oidc.federated_trust", graph.Facts{Tier: none}, rotated(ago(900)))
	w.node("code", drover.KindPlace, "git.line", graph.Facts{Tier: none}, exposure("public"))
	w.node("vault", drover.KindResource, "aws.secretsmanager.secret", graph.Facts{Tier: none})
	w.node("dotenv", drover.KindPlace, "machine.file", graph.Facts{Tier: none}, exposure("internal"))
	for _, e := range [][3]string{{"key1", "authenticates", "ci"}, {"key2", "authenticates", "ci"}, {"old", "authenticates", "ci"}, {"pw", "authenticates", "bi"}, {"tok", "authenticates", "agent"},
		{"key1", "stored_in", "code"}, {"old", "stored_in", "code"}, {"key2", "stored_in", "vault"}, {"key1", "stored_in", "dotenv"}} {
		w.edge(e[0], drover.EdgeKind(e[1]), e[2])
	}
	return w.build()
}

func model(s *graph.Snapshot) *risk.Model {
	return risk.New(risk.Input{Graph: s, Policy: policy.Default(), Now: now, Standing: func(row int) (effective.Standing, bool) {
		switch s.Name(row) {
		case "ci":
			return effective.Standing{Reach: 412, Exact: true, Tier0: 2, Risk: effective.Risk(412, 2)}, true
		case "bi", "off":
			return effective.Standing{Reach: 40, Exact: false, Risk: effective.Risk(40, 0)}, true
		}
		return effective.Standing{}, false
	}, Worst: func(row int) drover.Severity { return map[string]drover.Severity{"ci": drover.Critical}[s.Name(row)] }})
}

func row(t testing.TB, s *graph.Snapshot, name string) int {
	t.Helper()
	i, ok := s.Find(ref(name))
	if !ok {
		t.Fatalf("no row %s", name)
	}
	return i
}

func say(s risk.Score) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", s.Total, s.Level)
	for _, p := range s.Parts {
		fmt.Fprintf(&b, "%2d of %2d %s: %s %v %v\n", p.Points, p.Of, p.Name, p.Because, p.Unknown, p.About)
	}
	return b.String()
}

// The words of a score, as people read them.
func TestExplain(t *testing.T) {
	s := shop()
	m := model(s)
	want := map[string]string{
		"ci": `65 critical
25 of 35 reach: reaches 2 of tier 0 and 410 others, credentials counted false []
25 of 25 exposure: a working credential of it lies in a public place, in 2 places in all false [toy/1/t/key1 toy/1/t/code]
10 of 10 age: its secret is 400 days old, over 30 days, for it reaches tier 0 false [toy/1/t/key1]
`,
		"off": "0 low\n",
		"agent": `14 low
10 of 10 ownership: nobody answers for it false []
 2 of  5 use: its use is not visible here true []
 2 of  5 environment: its environment is not known true []
 0 of 35 reach: what it reaches was not computed: no points true []
`,
		"bi": `54 high
21 of 35 reach: is of tier 0 itself, and reaches 0 of tier 0 and about 40 others, credentials counted false []
10 of 10 ownership: nobody answers for it false []
10 of 10 data_class: holds restricted data, and is in the scope of PCI false []
 5 of  5 use: was not seen used for 200 days, so nobody would miss it false []
 5 of  5 environment: works in prod false []
 3 of 10 age: when its secret was last changed is not known true []
`,
	}
	for name, w := range want {
		got, ok := m.At(row(t, s, name))
		if !ok {
			t.Fatalf("%s has no score", name)
		}
		if g := say(got); !strings.HasPrefix(g, w) {
			t.Errorf("%s\n got %s\nwant %s", name, g, w)
		}
	}
}

// What is no identity has the score of what it proves or gives away.
func TestScoreOfOthers(t *testing.T) {
	s := shop()
	m := model(s)
	ci := m.Total(row(t, s, "ci"))
	for name, want := range map[string]int{"key1": ci, "code": ci, "vault": ci, "pw": m.Total(row(t, s, "bi"))} {
		if got := m.Total(row(t, s, name)); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	all, err := m.All(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range all {
		want := risk.NoScore
		if m.Scored(i) {
			want = m.Total(i)
		}
		if int(got) != want {
			t.Errorf("row %d: All has %d, Total %d", i, got, want)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := m.All(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A fix takes what it ends, and no more.
func TestRemoved(t *testing.T) {
	s := shop()
	m := model(s)
	ci := row(t, s, "ci")
	total, _ := m.At(ci)
	points := map[string]int{}
	for _, p := range total.Parts {
		points[p.Name] = p.Points
	}
	for _, tt := range []struct {
		action, object string
		rows           []string
		want           int
	}{
		{"disable", "ci", []string{"ci", "key1", "code"}, total.Total},
		{"disable", "key1", []string{"key1"}, points["exposure"] + points["age"]},
		{"revoke", "key1", []string{"key1", "code"}, points["exposure"] + points["age"]},
		{"rotate", "key2", []string{"key2"}, 0},
		{"vault", "key1", []string{"key1"}, points["exposure"]},
		{"set_owner", "bi", []string{"bi"}, 10},
		{"set_owner", "ci", []string{"ci"}, 0},
		{"tag", "ci", []string{"ci"}, 0},
		{"detach", "ci", []string{"ci"}, 0},
		{"disable", "off", []string{"off"}, 0},
	} {
		var rows []int
		for _, n := range tt.rows {
			rows = append(rows, row(t, s, n))
		}
		got, how := m.Removed([]drover.Fix{{Action: tt.action, Object: ref(tt.object), Group: tt.action + " " + string(ref(tt.object))}}, rows, nil)
		if got != tt.want || how == "" {
			t.Errorf("%s %s: got %d (%s), want %d", tt.action, tt.object, got, how, tt.want)
		}
	}
}

func TestRotation(t *testing.T) {
	s := shop()
	m := model(s)
	for name, want := range map[string]policy.Interval{
		"key1": {Every: 30 * drover.Day, Default: 30 * drover.Day, Why: "30 days, for it reaches tier 0", Preferred: "federation"},
		"pw":   {Every: 30 * drover.Day, Default: 30 * drover.Day, Why: "30 days, for it is of tier 0", Preferred: "just_in_time"},
		"tok":  {Every: 90 * drover.Day, Default: 90 * drover.Day, Why: "90 days, for nothing raises it"},
	} {
		if d := cmp.Diff(want, m.Rotation(row(t, s, name))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// A suggestion is no owner, and one who has left is none either.
func TestOwners(t *testing.T) {
	w := &world{b: graph.NewBuilder(1, now), ids: map[string]int64{}}
	w.node("a", drover.KindIdentity, "x.y", graph.Facts{Owner: "team", Tier: filter.Unknown})
	w.node("b", drover.KindIdentity, "x.y", graph.Facts{Owner: "eve", Tier: filter.Unknown, Lifecycle: drover.LifecycleOrphaned})
	w.b.Label(1, classify.Label{Key: "owner.state", Value: "suggested", By: "x"})
	s := w.build()
	m := risk.New(risk.Input{Graph: s, Now: now})
	for name, want := range map[string]string{"a": "its owner was suggested and never confirmed", "b": "its owner has left"} {
		score, _ := m.At(row(t, s, name))
		if !strings.Contains(say(score), want) {
			t.Errorf("%s: got\n%swant %q", name, say(score), want)
		}
	}
}

func BenchmarkAll(b *testing.B) {
	w := &world{b: graph.NewBuilder(1, now), ids: map[string]int64{}}
	const n = 100_000
	for i := range n {
		w.node(fmt.Sprintf("i%d", i), drover.KindIdentity, "aws.iam.user", graph.Facts{Env: "prod", Owner: "o", Tier: filter.Unknown})
	}
	for i := range n {
		w.node(fmt.Sprintf("k%d", i), drover.KindCredential, "aws.iam.access_key", graph.Facts{Status: "active", Tier: filter.Unknown}, rotated(ago(i%400)))
		w.edge(fmt.Sprintf("k%d", i), drover.EdgeAuthenticates, fmt.Sprintf("i%d", i))
	}
	m := risk.New(risk.Input{Graph: w.build(), Now: now})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.All(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/identity")
}
