package awsiam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover/access"
)

func document(t interface{ Fatalf(string, ...any) }, body string) *Document {
	d, _, err := Parse([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return d
}

func attached(t interface{ Fatalf(string, ...any) }, body string) Attached {
	return Attached{Ref: "aws/111111111111/iam.policy/p", Name: "p", Doc: document(t, body)}
}

func statements(list ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}

func TestGrants(t *testing.T) {
	const (
		full = `{"Effect":"Allow","Action":"*","Resource":"*"}`
		self = "[read] sts:GetCallerIdentity on *"
	)
	for _, c := range []struct {
		what     string
		policies func(t *testing.T) *Policies
		want     []string
	}{
		{"levels", func(t *testing.T) *Policies {
			return &Policies{Identity: []Attached{attached(t, statements(`{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket","s3:PutObject","foo:Bar"],"Resource":"arn:aws:s3:::b*"}`))}}
		}, []string{"[] foo:Bar on arn:aws:s3:::b*", "[list] s3:ListBucket on arn:aws:s3:::b*", "[read] s3:GetObject on arn:aws:s3:::b*", "[write] s3:PutObject on arn:aws:s3:::b*", self}},
		{"boundary, SCP and deny", func(t *testing.T) *Policies {
			b := attached(t, statements(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`))
			return &Policies{
				Identity: []Attached{attached(t, statements(full, `{"Sid":"no","Effect":"Deny","Action":"s3:Delete*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`))},
				Boundary: &b,
				SCPs:     [][]Attached{{attached(t, statements(full))}, {attached(t, statements(`{"Effect":"Allow","Action":["s3:*","iam:*"],"Resource":"*"}`, `{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::secret/*"}`))}},
			}
		}, []string{
			"[secrets] s3:* except s3:Delete*, s3:GetObject on *", "[read] s3:GetObject on * except arn:aws:s3:::secret/*",
			`[permissions] s3:Delete* on * if {"not":{"Bool":{"aws:MultiFactorAuthPresent":["false"]}}}`, self,
		}},
		{"a boundary that was not read", func(t *testing.T) *Policies {
			return &Policies{Identity: []Attached{attached(t, statements(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`))}, Boundary: &Attached{Name: "b"}}
		}, []string{
			`[read] s3:GetObject on * if {"all":[{"Unread":{"allows":["permissions boundary b"]}},{"not":{"Unread":{"denies":["permissions boundary b"]}}}]}`, self,
		}},
		{"a variable", func(t *testing.T) *Policies {
			return &Policies{Identity: []Attached{attached(t, statements(`{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::home/${aws:username}/*","arn:aws:iam::*:role/x"]}`))}}
		}, []string{`[read] s3:GetObject on arn:aws:s3:::home/*/* if {"Resource":{"pattern":["arn:aws:s3:::home/${aws:username}/*"]}}`, "[read] s3:GetObject on arn:aws:iam::${!:}:role/x", self}},
	} {
		var got []string
		for _, g := range Compile(c.policies(t)).Grants("aws/1/iam.user/u") {
			text := fmt.Sprintf("[%s] %s on %s", g.Level, g.Actions, g.Resources)
			if len(g.Condition) > 0 {
				text += " if " + string(g.Condition)
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", c.what, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// drawDocument makes a policy whose statements overlap in many ways.
func drawDocument(t *rapid.T, principal bool) string {
	some := func(label string, from ...string) string {
		return rapid.SampledFrom(from).Draw(t, label)
	}
	list := func(label string, from ...string) string {
		b, err := json.Marshal(rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 2, rapid.ID).Draw(t, label))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var out []string
	for range rapid.IntRange(1, 3).Draw(t, "statements") {
		effect := some("effect", "Allow", "Allow", "Deny")
		s := `{"Effect":"` + effect + `","` + some("action", "Action", "Action", "NotAction") + `":` +
			list("actions", "s3:GetObject", "S3:Get*", "s3:*", "*", "s3:?etObject", "iam:PassRole", "ec2:Describe*", "*:*", "s3:Put${*}*")
		s += `,"` + some("resource", "Resource", "Resource", "NotResource") + `":` +
			list("resources", "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x", "arn:*:s3:::*", "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::b/${*}", "arn:aws:iam::*:role/x", "arn:aws:*:x:y", "arn:aws:s3*")
		if c := some("condition", "", "", `"StringEquals":{"aws:PrincipalTag/t":["a","b"]}`, `"StringNotEquals":{"aws:SourceVpc":"v"}`, `"Bool":{"aws:MultiFactorAuthPresent":"true"}`,
			`"Null":{"aws:SourceVpc":"true"}`, `"StringLikeIfExists":{"aws:PrincipalTag/t":"a*"},"Null":{"aws:TokenIssueTime":"true"}`, `"StringLike":{"aws:PrincipalTag/t":"${aws:username}*"}`,
			`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, `"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]}`, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/u"}`, `"Made":{"up":"x"}`); c != "" {
			s += `,"Condition":{` + c + `}`
		}
		if principal && effect == "Deny" {
			s += `,"Principal":"*"`
		}
		out = append(out, s+"}")
	}
	version := some("version", "2012-10-17", "2012-10-17", "2008-10-17")
	return `{"Version":"` + version + `","Statement":[` + strings.Join(out, ",") + `]}`
}

func drawPolicies(t *rapid.T) (*Policies, string) {
	var said []string
	doc := func(principal bool) Attached {
		body := drawDocument(t, principal)
		said = append(said, body)
		return attached(t, body)
	}
	some := func(label string, max int, principal bool) []Attached {
		var out []Attached
		for range rapid.IntRange(0, max).Draw(t, label) {
			out = append(out, doc(principal))
		}
		return out
	}
	p := &Policies{Identity: append(some("identity", 1, false), doc(false))}
	if rapid.IntRange(0, 2).Draw(t, "boundary") == 0 {
		d := doc(false)
		p.Boundary = &d
	}
	if rapid.IntRange(0, 4).Draw(t, "session") == 0 {
		p.Session = append(some("sessions", 1, false), doc(false))
	}
	for range rapid.IntRange(0, 2).Draw(t, "scps") {
		p.SCPs = append(p.SCPs, append(some("scp", 1, false), doc(false)))
	}
	if rapid.IntRange(0, 3).Draw(t, "rcps") == 0 {
		p.RCPs = [][]Attached{{doc(true)}}
	}
	return p, strings.Join(said, "\n")
}

var (
	grantActions   = []string{"s3:GetObject", "s3:PutObject", "iam:PassRole", "ec2:DescribeInstances", "made:Up", "s3:Put${*}"}
	grantResources = []string{"*", "arn:aws:s3:::b/x", "arn:aws:s3:::b/*", "arn:aws:s3:::u/x", "arn:aws:s3:::u/x:y", "arn:aws:iam::111111111111:role/x", "arn:aws:a:x:y", "arn:aws:a:b:x:y", "arn:a:b:s3:::c", "arn:aws:s3:::${aws:username}/x", "arn:aws-cn:s3:::b"}
)

func drawRequest(t *rapid.T) *Request {
	r := &Request{
		Principal:       Principal{ARN: "arn:aws:iam::111111111111:user/u", Type: User},
		Action:          rapid.SampledFrom(grantActions).Draw(t, "action"),
		Resource:        rapid.SampledFrom(grantResources).Draw(t, "resource"),
		ResourceAccount: "111111111111",
	}
	r.Context.Complete = true
	for _, key := range [][]string{{"aws:PrincipalTag/t", "", "a", "ab", "c", "u"}, {"aws:SourceVpc", "", "v", "w"}, {"aws:MultiFactorAuthPresent", "", "true", "false"}, {"aws:TokenIssueTime", "", "2026-01-01T00:00:00Z"}} {
		if v := rapid.SampledFrom(key[1:]).Draw(t, key[0]); v != "" {
			r.Context.Known(key[0], v)
		}
	}
	if keys := rapid.SampledFrom([][]string{nil, {"a"}, {"b"}, {"a", "c"}}).Draw(t, "tag keys"); keys != nil {
		r.Context.Known("aws:TagKeys", keys...)
	}
	return r
}

// meets evaluates a residual condition on a request, by asking the evaluator of
// a policy that has nothing else.
func meets(t *rapid.T, c json.RawMessage, r *Request) bool {
	if len(c) == 0 {
		return true
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(c, &m); err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	for _, op := range slices.Sorted(maps.Keys(m)) {
		var list []json.RawMessage
		ok := false
		switch op {
		case "all", "any":
			if err := json.Unmarshal(m[op], &list); err != nil {
				t.Fatalf("%s: %v", c, err)
			}
			ok = op == "any" && slices.ContainsFunc(list, func(x json.RawMessage) bool { return meets(t, x, r) }) ||
				op == "all" && !slices.ContainsFunc(list, func(x json.RawMessage) bool { return !meets(t, x, r) })
		case "not":
			ok = !meets(t, m[op], r)
		case "Unreadable":
			t.Skip("a deny that cannot be read is neither")
		case "Resource":
			var in struct{ Pattern []string }
			if err := json.Unmarshal(m[op], &in); err != nil {
				t.Fatalf("%s: %v", c, err)
			}
			b, _ := json.Marshal(in.Pattern)
			ok = alone(t, r, `{"Effect":"Allow","Action":"*","Resource":`+string(b)+`}`)
		default:
			ok = alone(t, r, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"`+op+`":`+string(m[op])+`}}`)
		}
		if !ok {
			return false
		}
	}
	return true
}

func alone(t *rapid.T, r *Request, statement string) bool {
	plain := *r
	plain.ResourceAccount = "111111111111"
	return Evaluate(&Policies{Identity: []Attached{attached(t, statements(statement))}}, &plain).Verdict == access.Allow
}

// What a principal may do is exactly what its grants say under their
// conditions, whether these are resolved for it or not.
func TestGrantsAgainstEvaluate(t *testing.T) {
	allowed := 0
	rapid.Check(t, func(t *rapid.T) {
		p, said := drawPolicies(t)
		r := drawRequest(t)
		profile := Compile(p)
		who := &Request{Principal: r.Principal}
		for i, grants := range [][]access.Grant{profile.Grants("u"), profile.GrantsTo("u", who)} {
			name := []string{"general", "own"}[i]
			for range 8 {
				r := drawRequest(t)
				want := profile.Decide(r)
				if want == access.Conditional {
					continue // a deny that cannot be read
				}
				got := access.Deny
				for _, g := range grants {
					if g.Actions.Contains(r.Action) && g.Resources.Contains(r.Resource) && meets(t, json.RawMessage(g.Condition), r) {
						got = access.Allow
					}
				}
				if got != want {
					t.Fatalf("%s: %s on %s with %v: got %s, want %s\npolicies\n%s\ngrants %s", name, r.Action, r.Resource, r.Context, got, want, said, shown(grants))
				}
				if got == access.Allow {
					allowed++
				}
			}
		}
	})
	if allowed < 20 {
		t.Errorf("only %d requests were allowed: the test shows little", allowed)
	}
}

func shown(grants []access.Grant) string {
	var b strings.Builder
	for _, g := range grants {
		fmt.Fprintf(&b, "\n%s on %s if %s", g.Actions, g.Resources, g.Condition)
	}
	return b.String()
}

func TestNoNewAccess(t *testing.T) {
	one := func(s ...string) []string { return []string{statements(s...)} }
	for _, c := range []struct {
		what     string
		old, new []string
		want     string
	}{
		{"the same", one(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`), one(`{"Effect":"Allow","Action":"S3:*","Resource":"*"}`), ""},
		{"fewer actions", one(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`), one(`{"Effect":"Allow","Action":["s3:GetObject","s3:List*"],"Resource":"arn:aws:s3:::b/*"}`), ""},
		{"one more action", one(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`), one(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b"}`), "s3:AbortMultipartUpload on arn:aws:s3:::b"},
		{"split over documents", one(`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}`), []string{statements(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`), statements(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`)}, ""},
		{"NotAction grows with what it leaves out", one(`{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`), one(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), "sts:AssumeRole on "},
		{"NotAction shrinks", one(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), one(`{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`), ""},
		{"deny removed", one(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}`), one(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`), "s3:DeleteBucket on "},
		{"deny kept elsewhere", one(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}`), []string{statements(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`), statements(`{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}`)}, ""},
		{"deny under a condition now", one(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}`),
			one(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`), `s3:DeleteBucket on  if {"not":{"Bool":{"aws:MultiFactorAuthPresent":["false"]}}}`},
		{"condition dropped", one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`), one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`), `s3:GetObject on  if {"not":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}`},
		{"condition tightened", one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`), one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.1.0.0/16"}}}`), ""},
		{"NotResource", one(`{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::secret/*"}`), one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*"}`), "s3:GetObject on arn:aws:s3:::secret/"},
		{"a variable", one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}/*"}`), one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}/*"}`), ""},
		{"a part of an ARN", one(`{"Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:iam::*:role/a*"}`), one(`{"Effect":"Allow","Action":"iam:GetRole","Resource":["arn:aws:iam::111111111111:role/app","arn:aws:iam::222222222222:role/b"]}`), "iam:GetRole on arn:aws:iam::222222222222:role/b"},
		{"trust: one more principal", one(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["111111111111","222222222222"]}}`), one(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111111111111"}}`), ""},
		{"trust: everyone", one(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111111111111"}}`), one(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}`), `sts:AssumeRole on  if {"not":{"Principal":{"AWS":["111111111111"]}}}`},
		{"variables of no variable version", []string{`{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}"}}`}, one(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}"}`), `s3:GetObject on arn:aws:s3::: if {"Resource":{"pattern":["arn:aws:s3:::${aws:username}"]}}`},
	} {
		parse := func(bodies []string) (out []*Document) {
			for _, b := range bodies {
				out = append(out, document(t, b))
			}
			return out
		}
		ok, w, err := NoNewAccess(parse(c.old), parse(c.new))
		got := ""
		if w != nil {
			got = w.String()
		}
		if err != nil || got != c.want || ok != (w == nil) {
			t.Errorf("%s: got %q (%v), want %q", c.what, got, err, c.want)
		}
	}
}

// What is called no new access allows no request that was not allowed; a
// certain witness without a condition is one.
func TestNoNewAccessAgainstEvaluate(t *testing.T) {
	narrower := 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDocument(t, false), drawDocument(t, false)
		if rapid.Bool().Draw(t, "related") { // b is a and another statement
			b = a[:len(a)-2] + "," + strings.SplitN(b, `"Statement":[`, 2)[1]
		}
		old, new := document(t, a), document(t, b)
		ok, w, err := NoNewAccess([]*Document{old}, []*Document{new})
		if err != nil {
			t.Fatal(err)
		}
		decide := func(d *Document, r *Request) access.Verdict {
			return Evaluate(&Policies{Identity: []Attached{{Doc: d}}}, r).Verdict
		}
		if w != nil && w.Certain && len(w.Condition) == 0 {
			r := &Request{Principal: Principal{ARN: "arn:aws:iam::111111111111:user/u"}, Action: w.Action, Resource: w.Resource, ResourceAccount: "111111111111"}
			if decide(new, r) != access.Allow || decide(old, r) == access.Allow {
				t.Fatalf("%v: the new one says %s, the old one %s\n%s\n%s", w, decide(new, r), decide(old, r), a, b)
			}
		}
		if !ok {
			return
		}
		narrower++
		for range 20 {
			if r := drawRequest(t); decide(new, r) == access.Allow && decide(old, r) != access.Allow {
				t.Fatalf("%s on %s is new\n%s\n%s", r.Action, r.Resource, a, b)
			}
		}
	})
	if narrower < 5 {
		t.Errorf("only %d pairs had no new access: the test shows little", narrower)
	}
}

// Whatever is in a policy, its grants are made in bounded time, and the policy
// has no new access beside itself.
func FuzzGrants(f *testing.F) {
	f.Add(statements(`{"Effect":"Allow","NotAction":["s3:*","*:?*"],"NotResource":["arn:*:s3:::*","${aws:username}*"]}`, `{"Effect":"Deny","Action":"*","Resource":"a*b*c","Condition":{"Null":{"a":true}}}`))
	f.Add(`{"Statement":{"Effect":"Deny","Action":"s3:${*}","NotAction":"","Principal":"*"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		d, _, err := Parse([]byte(body))
		if err != nil {
			return
		}
		p := Compile(&Policies{Identity: []Attached{{Doc: d}}, RCPs: [][]Attached{{{Doc: d}}}})
		for _, g := range p.Grants("u") {
			if name, ok, err := g.Actions.Sample(); err == nil && ok && !g.Actions.Contains(name) {
				t.Fatalf("%q is not in %v", name, g.Actions)
			}
		}
		if ok, w, err := NoNewAccess([]*Document{d}, []*Document{d}); err == nil && !ok {
			t.Fatalf("new beside itself: %v", w)
		}
	})
}
