package custom_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check/custom"
	"github.com/droverhq/drover/policy"
)

func TestAssertions(t *testing.T) {
	e := shop(t)
	for _, tt := range []struct {
		text, id, breaks string
		asked, unknown   int
	}{
		{"no ai_agent reaches tier0:write", "no-ai-agent-reaches-tier0-write", "agent", 1, 0},
		{"no ai_agents reach tier0", "no-ai-agents-reach-tier0", "agent", 1, 0},
		{"no prod nhi reaches tier0", "no-prod-nhi-reaches-tier0", "agent deployer", 2, 0},
		{"no nhi reaches root:delete", "no-nhi-reaches-root-delete", "agent deployer", 4, 0},
		{"every nhi has owner", "every-nhi-has-owner", "agent", 4, 0},
		{"every nhi has an owner", "every-nhi-has-an-owner", "agent", 4, 0},
		{"nhi (system=toy env=prod) is owned", "nhi-system-toy-env-prod-is-owned", "agent", 2, 0},
		{"keys younger than 90d", "keys-younger-than-90d", "key1", 2, 0},
		{"prod keys are younger than 90d", "prod-keys-are-younger-than-90d", "key1", 2, 0},
		{"dev keys younger than 90d", "dev-keys-younger-than-90d", "", 0, 0},
		{"no key older than 1y", "no-key-older-than-1y", "key1", 2, 0},
		{"no identity unused for 90d", "no-identity-unused-for-90d", "deployer", 5, 3},
		{"every identity is used within 30d", "every-identity-is-used-within-30d", "deployer", 5, 3},
		{"no keys expire within 30d", "no-keys-expire-within-30d", "key2", 2, 1},
		{"every key has an end", "every-key-has-an-end", "key1", 2, 0},
		{"no identity is unowned", "no-identity-is-unowned", "agent mystery", 5, 0},
		{"every place is not public", "every-place-is-not-public", "code", 1, 0},
		{"no key is leaked", "no-key-is-leaked", "key1", 2, 0},
		{"no identity where owner == \"\" && break_glass", "no-identity-where-owner-break-glass", "mystery", 5, 0},
		{"every identity where size(credentials) < 2", "every-identity-where-size-credentials-2", "deployer", 5, 0},
		{"every human has owner", "every-human-has-owner", "", 0, 0},
	} {
		r := asked(t, e, "assertions:\n  - '"+strings.ReplaceAll(tt.text, "'", "''")+"'\n")
		got := r.tallies[tt.id]
		if r.names() != tt.breaks || got.Asked != tt.asked || got.Unknown != tt.unknown || got.Failed != 0 {
			t.Errorf("%s\n got %q of %d, %d unknown %v %v\nwant %q of %d, %d unknown", tt.text, r.names(), got.Asked, got.Unknown, got.Missing, got.Failure, tt.breaks, tt.asked, tt.unknown)
		}
	}
}

// The words of findings that assertions make.
func TestAssertionText(t *testing.T) {
	r := asked(t, shop(t), `
assertions:
  - no ai_agent reaches tier0:write
  - { assert: every nhi has owner, id: owned, severity: low, why: Somebody must answer., fix: "Ask who made {{ name }}." }
  - no key older than 1y
`)
	want := `low toy/1/t/agent
  what: agent breaks the assertion "every nhi has owner".
  why: Somebody must answer.
  evidence: owner is nobody | test | inferred
  fix: Ask who made agent. | drover owner set toy/1/t/agent OWNER | set_owner
high toy/1/t/agent
  what: agent reaches tier0 at write or above.
  why: The policy says that this must not be: no ai_agent reaches tier0:write.
  evidence: the way there: agent -> deployer -> root | graph of effects | proven
  fix: Cut the way from agent to tier0. | drover cut --from toy/1/t/agent --to tier0 | review
  path: [toy/1/t/agent toy/1/t/deployer toy/1/t/root]
high toy/1/t/key1
  what: access key key1 is older than 1y.
  why: The policy says that this must not be: no key older than 1y.
  evidence: secret age is 400 days | test | proven
`
	got := r.String()
	at := strings.LastIndex(got, "  fix:") // of the system, not of this package
	if d := cmp.Diff(sorted(want), sorted(got[:at])); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
}

// sorted orders findings as blocks.
func sorted(text string) []string {
	var blocks []string
	for _, l := range strings.SplitAfter(text, "\n") {
		if !strings.HasPrefix(l, " ") || len(blocks) == 0 {
			blocks = append(blocks, "")
		}
		blocks[len(blocks)-1] += l
	}
	for i := range blocks {
		for j := i; j > 0 && blocks[j] < blocks[j-1]; j-- {
			blocks[j], blocks[j-1] = blocks[j-1], blocks[j]
		}
	}
	return blocks
}

func TestAssertionErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"every robot has owner", `drover.yaml:2:11: "robot" is no noun`},
		{"every nih has owner", `did you mean nhi?`},
		{"no nhi reaches tier0:wirte", `did you mean write?`},
		{"no nhi reaches", `a target is empty`},
		{"'no nhi reaches tier0:'", `a level is missing`},
		{"nhi", `want a verb`},
		{"has owner", `whom is it about?`},
		{"every nhi has ownr", `did you mean owner?`},
		{"every nhi is activ", `did you mean active?`},
		{"keys younger than ninety", `want a span such as 90d`},
		{"keys younger 90d", `want than and a span`},
		{"keys younger than 90d please", `nothing may follow here`},
		{"no nhi (env=prod reaches tier0", `the parenthesis is not closed`},
		{"no nhi (envv=prod) reaches tier0", `drover.yaml:2:12: filter, column 2`},
		{"no nhi can s3:GetObject", `want an action, on, and a resource`},
		{"no nhi where ownr == 1", `drover.yaml:2:18: unknown name "ownr"`},
		{"every nhi where name", `the expression is a string`},
		{"no nhi key reaches tier0", `a second noun`},
		{"no nhi expires soon", `want within and a span`},
	} {
		p, err := policy.Parse("drover.yaml", []byte("assertions:\n  - "+tt.text+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = custom.Compile(p, custom.Options{Now: now})
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\n got %v\nwant …%s…", tt.text, err, tt.want)
		}
	}
}

func TestCompileIDs(t *testing.T) {
	p, err := policy.Parse("drover.yaml", []byte("assertions: [every nhi has owner, every nhi has owner, {id: stalekey, assert: every nhi has owner}]"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = custom.Compile(p, custom.Options{Now: now, Builtin: func(id string) bool { return id == "stalekey" }})
	if err == nil || !strings.Contains(err.Error(), "stands in drover.yaml:1:14 already") || !strings.Contains(err.Error(), "is the id of a check that is built in") {
		t.Errorf("got %v", err)
	}
}

func TestExamples(t *testing.T) {
	p, err := policy.Parse("drover.yaml", []byte(`
checks:
  - id: x-y
    title: t
    severity: high
    why: w
    fix: f
    when: env == "prod" && credentials.exists(c, c.secret_age > duration("90d")) && (reaches("tier0", "write") || can("s3:GetObject", "b")) && attrs.a.b == 1 && last_used < now
    examples:
      - { node: { env: prod, credentials: [{ secret_age: 100d }], reaches: { tier0: delete }, attrs: { a: { b: 1 } }, last_used: -10d }, want: fires }
      - { node: { env: prod, credentials: [{ secret_age: 100d }], reaches: { tier0: read }, can: ["s3:GetObject b"], attrs: { a: { b: 1 } }, last_used: 2020-01-31 }, want: fires }
      - { node: { env: prod, credentials: [{ secret_age: 100d }], reaches: { tier0: read }, can: [], attrs: { a: { b: 1 } }, last_used: -10d }, want: silent }
      - { node: { env: dev }, want: silent }
      - { node: { env: prod }, want: silent }
      - { node: { env: prod }, want: fires }
      - { node: { env: prod, credentials: [{ secret_age: 100d }], reaches: tier0, attrs: { a: 3 }, last_used: -10d }, want: silent }
`))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := custom.Compile(p, custom.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range rules[0].Try(t.Context(), now) {
		s := x.Got
		if !x.OK() {
			s += " but " + x.Want
		}
		got = append(got, strings.TrimSpace(s+" "+strings.Join(x.Missing, ",")))
	}
	want := []string{"fires", "fires", "silent", "silent", "unknown attrs.a,can,credentials,last_used,reaches", "unknown but fires attrs.a,can,credentials,last_used,reaches", "failed but silent"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("examples (-want +got):\n%s", d)
	}
	for _, tt := range []struct{ node, want string }{
		{"{ ennv: prod }", `unknown field "ennv", did you mean env?`},
		{"{ verdict: robot }", "want one of nhi, human, shared"},
		{"{ age: old }", "want a duration"},
		{"{ last_used: tomorrow }", "want a date"},
		{"{ tier: x }", "want a whole number"},
		{"{ off: maybe }", "want true or false"},
		{"{ credentials: [x] }", "want a list of nodes"},
		{"{ credentials: [{ statuz: x }] }", "did you mean status?"},
		{"{ reaches: { tier0: wirte } }", "want targets"},
		{"{ attrs: x }", "want a mapping"},
	} {
		p, err := policy.Parse("drover.yaml", []byte("checks: [{ id: x-y, title: t, severity: high, why: w, fix: f, when: 'true', examples: [{ node: "+tt.node+", want: fires }] }]"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := custom.Compile(p, custom.Options{Now: now}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want …%s…", tt.node, err, tt.want)
		}
	}
}

// An expression, its negation and the unknown ones together are all nodes: nothing
// is counted twice or lost.
func TestThreeValuesAddUp(t *testing.T) {
	e := shop(t)
	atoms := []string{`env == "prod"`, `owner == ""`, `age > duration("100d")`, `lifecycle == "dormant"`, `reaches("tier0")`, `attrs.model == "m1"`, `unused_for > duration("10d")`, `break_glass`, `credentials.exists(c, c.secret_age > duration("90d"))`}
	var expr func(t *rapid.T, depth int) string
	expr = func(t *rapid.T, depth int) string {
		if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
			return rapid.SampledFrom(atoms).Draw(t, "atom")
		}
		switch rapid.IntRange(0, 2).Draw(t, "op") {
		case 0:
			return "!(" + expr(t, depth-1) + ")"
		case 1:
			return "(" + expr(t, depth-1) + " && " + expr(t, depth-1) + ")"
		}
		return "(" + expr(t, depth-1) + " || " + expr(t, depth-1) + ")"
	}
	rapid.Check(t, func(rt *rapid.T) {
		x := expr(rt, 3)
		yes, no := asked(t, e, custom1("identity", x)).tallies["x-y"], asked(t, e, custom1("identity", "!("+x+")")).tallies["x-y"]
		if yes.Asked != 5 || yes.Fired+no.Fired+yes.Unknown != 5 || yes.Unknown != no.Unknown {
			rt.Fatalf("%s: fires on %d, its negation on %d, unknown %d and %d, of 5", x, yes.Fired, no.Fired, yes.Unknown, no.Unknown)
		}
	})
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{`env == "prod"`, `reaches("tier0", "write") && owner == ""`, `credentials.exists(c, c.age > duration("90d"))`, `attrs["a"].b.matches("(a{1000}){1000}")`, `[1,2,3].map(x, x * 2).size() > 0 || 1/0 == 2`, `has(attrs.x) ? attrs.x : known(env)`, `"\u0000" in alias`, `{{{{`, `"{{ name }}"`} {
		f.Add(s)
	}
	e := shop(f)
	f.Fuzz(func(t *testing.T, expr string) {
		p := &policy.Policy{Checks: []policy.Custom{{ID: "x-y", Title: "t", Severity: drover.High, Why: "w", Kinds: []drover.Kind{drover.KindIdentity, drover.KindCredential}, When: policy.Text{Text: expr}, What: policy.Text{Text: expr}, Fix: policy.Text{Text: "f"}}}}
		compileAndAsk(t, e, p)
	})
}

func FuzzAssertion(f *testing.F) {
	for _, s := range []string{"no ai_agent reaches tier0:write", "every nhi (env=prod) has owner", "prod keys younger than 90d", "no nhi can s3:* on arn:aws:s3:::x", "x where true", "no nhi (((", "is", `no nhi reaches "a b":read`} {
		f.Add(s)
	}
	e := shop(f)
	f.Fuzz(func(t *testing.T, text string) {
		compileAndAsk(t, e, &policy.Policy{Assertions: []policy.Assertion{{Text: policy.Text{Text: text}, Severity: drover.High}}})
	})
}

// A long sentence has a title that fits, cut between letters.
func TestLongAssertion(t *testing.T) {
	for _, name := range []string{strings.Repeat("x", 200), strings.Repeat("é", 100), strings.Repeat("漢", 100)} {
		r := asked(t, shop(t), "assertions:\n  - no identity where name == \""+name+"\"\n")
		for _, tally := range r.tallies {
			if title := tally.Rule.Title; len(title) > 60 || !strings.HasSuffix(title, "…") || !utf8.ValidString(title) {
				t.Errorf("title %q of %d bytes", title, len(title))
			}
		}
	}
}

// A whole file, its examples tried.
func FuzzPolicyFile(f *testing.F) {
	f.Add([]byte("checks: [{ id: x-y, title: t, severity: high, why: w, fix: 'do {{ name }}', when: 'reaches(\"tier0\") && attrs.a.b == 1', examples: [{ node: { env: prod, credentials: [{ age: 3d }], reaches: { tier0: write }, can: [a b], attrs: { a: { b: 1 } } }, want: fires }] }]"))
	f.Add([]byte("assertions: [no ai_agent reaches tier0:write, { id: abc, assert: every nhi has owner }]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := policy.Parse("x", src)
		if err != nil {
			return
		}
		rules, err := custom.Compile(p, custom.Options{Now: now})
		if err != nil {
			if !errors.Is(err, drover.ErrInvalid) {
				t.Fatalf("the error wraps no sentinel: %v", err)
			}
			return
		}
		for _, r := range rules {
			r.Try(t.Context(), now)
		}
	})
}
