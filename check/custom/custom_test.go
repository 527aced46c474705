package custom_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/custom"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/policy"
)

func custom1(kind, when string) string {
	return fmt.Sprintf("checks:\n  - { id: x-y, title: t, severity: high, why: w, fix: f, kind: %s, when: %q }\n", kind, when)
}

// Every expression fires on, is silent about, or cannot be decided for each node.
func TestThreeValues(t *testing.T) {
	e := shop(t)
	for _, tt := range []struct {
		kind, when, fires string
		unknown           int
		missing           string
	}{
		{"identity", `true`, "agent deployer root mystery hostile", 0, ""},
		{"identity", `env == "prod"`, "agent deployer", 2, "env"},
		{"identity", `env != "prod"`, "hostile", 2, "env"},
		{"identity", `env == "prod" && owner == ""`, "agent", 1, "env"}, // of root the owner decides
		{"identity", `env == "dev" || owner == ""`, "agent mystery hostile", 1, "env"},
		{"identity", `!known(env)`, "root mystery", 0, ""},
		{"identity", `verdict == "nhi"`, "agent deployer root hostile", 1, "verdict"},
		{"identity", `unused_for > duration("90d")`, "deployer", 3, "unused_for"},
		{"identity", `lifecycle == "dormant"`, "deployer", 4, "lifecycle"},
		{"identity", `age > duration("365d")`, "deployer", 3, "age"},
		{"identity", `now - created < duration("6w")`, "agent", 3, "created"},
		{"identity", `attrs.model == "m1"`, "agent", 3, "attrs.model"},
		{"identity", `has(attrs.model)`, "agent hostile", 0, ""},
		{"identity", `"shell" in attrs.tools`, "agent", 4, "attrs.tools"},
		{"identity", `attrs.limits.calls > 5`, "agent", 4, "attrs.limits"},
		{"identity", `attrs["limits"]["calls"] == 7`, "agent", 4, "attrs.limits"},
		{"identity", `tier == 0`, "root", 4, "tier"},
		{"identity", `risk >= 43`, "mystery hostile", 0, ""},
		{"identity", `credentials.exists(c, c.secret_age > duration("90d") && !c.off)`, "deployer", 0, ""},
		{"identity", `size(credentials) == 2`, "deployer", 0, ""},
		{"identity", `places.exists(p, p.exposure == "public")`, "deployer", 0, ""},
		{"identity", `reaches("tier0")`, "agent deployer", 0, ""},
		{"identity", `reaches("tier=0")`, "agent deployer", 0, ""},
		{"identity", `reaches("root", "write")`, "agent deployer", 0, ""},
		{"identity", `node.reaches("env=prod type=aws.iam.role")`, "agent", 0, ""},
		{"identity", `tier0_reach > 0`, "agent deployer", 0, ""},
		{"identity", `break_glass`, "mystery", 0, ""},
		{"identity", `type.startsWith("aws.") && name.matches("^dep")`, "deployer", 0, ""},
		{"identity", `"test" in source`, "agent deployer root mystery hostile", 0, ""},
		{"identity", `node.function == "x"`, "", 5, "function"},
		{"identity", `dependents >= 1`, "deployer root", 0, ""},
		{"credential", `places.exists(p, p.exposure == "public") && identities.exists(i, i.env == "prod")`, "key1", 0, ""},
		{"credential", `expires_in < duration("30d")`, "key2", 2, "expires_in"},
		{"credential", `secret_age > duration("90d")`, "key1", 1, "secret_age"},
		{"credential", `identities.all(i, i.reaches("tier0"))`, "key1 key2 key3", 0, ""},
	} {
		r := asked(t, e, custom1(tt.kind, tt.when))
		tally := r.tallies["x-y"]
		if r.names() != tt.fires || tally.Unknown != tt.unknown || tally.Failed != 0 {
			t.Errorf("%s\n got %q, %d unknown %v, %d failed (%s)\nwant %q, %d unknown", tt.when, r.names(), tally.Unknown, tally.Missing, tally.Failed, tally.Failure, tt.fires, tt.unknown)
		}
		if tt.missing != "" && tally.Missing[tt.missing] != tt.unknown {
			t.Errorf("%s: missing %v, want %s %d times", tt.when, tally.Missing, tt.missing, tt.unknown)
		}
	}
}

// An expression that fails for some nodes says so; one that fails for all is an
// error.
func TestFailures(t *testing.T) {
	e := shop(t)
	r := asked(t, e, custom1("identity", `attrs.model.startsWith("m")`))
	if got := r.tallies["x-y"]; got.Failed != 1 || got.Fired != 1 || !strings.Contains(got.Failure, "no such overload") {
		t.Errorf("got %+v", got)
	}
	for _, tt := range []struct{ when, want string }{
		{`reaches("nobody")`, `nothing is called "nobody"`},
		{`1 / (size(name) - size(name)) == 1`, "division by zero"},
		{`attrs`, "want true or false"},
		{`[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, a > 0 && size(name) >= 0)))))`, "cost"},
	} {
		p, err := policy.Parse("x", []byte(custom1("identity", tt.when)))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := custom.Compile(p, custom.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		err = check.Run(context.Background(), e, custom.Checks(rules), check.Options{Finding: func(drover.Finding) error { return nil }})
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want …%s…", tt.when, err, tt.want)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	p, _ := policy.Parse("x", []byte(custom1("identity", "true")))
	rules, _ := custom.Compile(p, custom.Options{Now: now})
	if err := check.Run(ctx, e, custom.Checks(rules), check.Options{Finding: func(drover.Finding) error { return nil }}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// What is wrong with an expression is said at its place, with what was probably
// meant.
func TestCompileErrors(t *testing.T) {
	for _, tt := range []struct{ when, want string }{
		{`ownr == ""`, `drover.yaml:4:12: unknown name "ownr", did you mean owner?`},
		{`env == "prod" &&` + "\n        agee > duration(\"3d\")", `drover.yaml:5:9: unknown name "agee", did you mean age?`},
		{`env == 3`, `drover.yaml:4:16: == does not go with (string, int)`},
		{`env == "production"`, `drover.yaml:4:19: env is never "production", it is written "prod"`},
		{`kind == "identiy"`, `did you mean identity?`},
		{`lifecycle == "unknown"`, `write !known(lifecycle)`},
		{`credentials.exists(c, c.statuz == "active")`, `a node has no field "statuz", did you mean status?`},
		{`credentials.exists(c, c.status == "activ")`, `did you mean active?`},
		{`verdict in ["nhi", "robot"]`, `verdict is never "robot"`},
		{`age > duration("90x")`, `duration wants a number and a unit`},
		{`name`, `the expression is a string, want true or false`},
		{`function == "x"`, `write node.function`},
		{`reaches("tier0", "wirte")`, `did you mean write?`},
		{`reaches("env=prod AND")`, `filter, column`},
		{`reaches("")`, `a target is empty`},
		{`env ==`, `Syntax error`},
		{`attrs.x.y.z(3)`, `unknown name "z"`},
	} {
		src := "checks:\n  - id: x-y\n    title: t\n    when: | #\n        " + strings.TrimSpace(tt.when) + "\n    severity: high\n    why: w\n    fix: f\n"
		if !strings.Contains(tt.when, "\n") {
			src = "checks:\n  - id: x-y\n    title: t\n    when: '" + tt.when + "'\n    severity: high\n    why: w\n    fix: f\n"
		} else {
			tt.want = strings.Replace(tt.want, "yaml:5", "yaml:6", 1)
		}
		p, err := policy.Parse("drover.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		_, err = custom.Compile(p, custom.Options{Now: now})
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\n got %v\nwant …%s…", tt.when, err, tt.want)
		}
	}
}

func TestTemplates(t *testing.T) {
	e := shop(t)
	r := asked(t, e, `
checks:
  - id: agent-to-tier0
    title: an agent reaches tier 0
    severity: critical
    match: nhi_type=ai_agent
    when: reaches("tier0") && env == "prod" && attrs.model == "m1"
    what: "{{ name }} of {{ owner }}, with {{ credentials }}, {{ age }} old, used {{ last_used }}, ends {{ expires }}."
    why: It acts by itself.
    fix: "Take {{ credentials.filter(c, c.off == false) }} from {{ name }}."
    remedy: disable
    evidence: ["it has {{ size(attrs.tools) }} tool: {{ attrs.tools }}"]
  - id: same-text
    title: a place
    severity: low
    kind: place
    when: 'exposure == "public"'
    what: It is public.
    why: w
    fix: Close it.
`)
	want := `critical toy/1/t/agent
  what: agent of nobody, with key2, 30 days old, used 2025-12-29 (3 days ago), ends unknown.
  why: It acts by itself.
  evidence: it has 1 tool: shell | test | declared
  evidence: env is prod | test | inferred
  evidence: model is m1 | test | proven
  evidence: the way there: agent -> deployer -> root | graph of effects | proven
  fix: Take key2 from agent. |  | disable
  path: [toy/1/t/agent toy/1/t/deployer toy/1/t/root]
low toy/1/t/code
  what: line code: It is public.
  why: w
  evidence: exposure is public | test | proven
  fix: line code: Close it. |  | review
`
	if d := cmp.Diff(want, r.String()); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	for _, tt := range []struct{ text, want string }{{"{{ name", "{{ without }}"}, {"a {{ nam }}", `drover.yaml:1:80: unknown name "nam", did you mean name?`}} {
		p, err := policy.Parse("drover.yaml", []byte(fmt.Sprintf(`checks: [{ id: x-y, title: t, severity: high, when: "true", why: w, fix: "%s" }]`, tt.text)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := custom.Compile(p, custom.Options{Now: now}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want …%s…", tt.text, err, tt.want)
		}
	}
}

// Names of scanned systems do no harm in a text.
func TestHostileText(t *testing.T) {
	e := shop(t)
	r := asked(t, e, `checks: [{ id: x-y, title: t, severity: high, when: 'name == "hostile"', what: "{{ owner }} owns {{ node }}", why: w, fix: "Ask {{ owner }}." }]`)
	for _, s := range []string{r.findings[0].What, r.findings[0].Fix.Text} {
		if strings.ContainsAny(s, "\x1b\n") {
			t.Errorf("raw control characters in %q", s)
		}
	}
}

// BenchmarkRun is what one rule costs for each identity of an estate.
func BenchmarkRun(b *testing.B) {
	const n = 100_000
	builder := graph.NewBuilder(1, now)
	for i := range n {
		builder.Node(graph.Row{ID: int64(i + 1), Entity: int64(i + 1), Node: drover.Node{Ref: ref(fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: fmt.Sprint(i), Created: ago(i % 1000)}, Sources: []string{"test"}})
	}
	builder.Index()
	s := builder.Build(now, func(i int) graph.Facts { return graph.Facts{Env: "prod", Owner: "o"} })
	e := &check.Estate{Graph: s, Policy: policy.Default(), Now: now}
	for name, when := range map[string]string{"fields": `env == "dev" && owner == ""`, "time": `age > duration("2000d") && owner != ""`, "nodes": `credentials.exists(c, c.off)`} {
		b.Run(name, func(b *testing.B) {
			p, err := policy.Parse("x", []byte(custom1("identity", when)))
			if err != nil {
				b.Fatal(err)
			}
			rules, err := custom.Compile(p, custom.Options{Now: now})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := check.Run(context.Background(), e, custom.Checks(rules), check.Options{Finding: func(drover.Finding) error { b.Error("it fired"); return nil }}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/identity")
		})
	}
}
