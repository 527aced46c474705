package awsiam

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/access"
)

// The truth tables in testdata/truth state the rules of AWS's documents, one
// block per rule:
//
//	== what the rule says
//	cite: the page that says so
//	identity: Allow s3:GetObject arn:aws:s3:::b/* {"Bool":{"aws:SecureTransport":"true"}}
//	ask: user s3:GetObject arn:aws:s3:::b/k aws:SecureTransport=true -> allow
//
// A policy is JSON, or statements joined by " ; " of effect, principals (only in
// resource, rcp, endpoint and trust; P=AWS:arn,…), actions, resources and
// condition; a leading ! makes it the Not element, - leaves it out. A question
// is who, action, resource and context: key=v|w (~ is a space), key! is absent, key? is there
// with unknown values, ... leaves all else unknown; else it is absent. After the
// verdict may stand the condition.

const truthAccount = "111111111111"

var truthPrincipals = map[string]Principal{
	"user":     {ARN: "arn:aws:iam::111111111111:user/team/alice", ID: "AIDAALICE"},
	"bob":      {ARN: "arn:aws:iam::111111111111:user/bob", ID: "AIDABOB"},
	"role":     {ARN: "arn:aws:iam::111111111111:role/app/worker", ID: "AROAWORKER"},
	"session":  {ARN: "arn:aws:sts::111111111111:assumed-role/worker/one", Role: "arn:aws:iam::111111111111:role/app/worker", ID: "AROAWORKER:one"},
	"root":     {ARN: "arn:aws:iam::111111111111:root"},
	"fed":      {ARN: "arn:aws:sts::111111111111:federated-user/carol"},
	"linked":   {ARN: "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"},
	"far":      {ARN: "arn:aws:iam::222222222222:user/eve", ID: "AIDAEVE"},
	"farrole":  {ARN: "arn:aws:iam::222222222222:role/deploy", ID: "AROADEPLOY"},
	"farroot":  {ARN: "arn:aws:iam::222222222222:root"},
	"anon":     {Type: Anonymous},
	"lambda":   {ARN: "lambda.amazonaws.com", Type: Service},
	"ec2":      {ARN: "ec2.amazonaws.com", Type: Service},
	"eks":      {ARN: "pods.eks.amazonaws.com", Type: Service},
	"anywhere": {ARN: "rolesanywhere.amazonaws.com", Type: Service},
	"oidc":     {ARN: "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com", Type: Federated},
	"saml":     {ARN: "arn:aws:iam::111111111111:saml-provider/corp", Type: Federated},
	"cognito":  {ARN: "cognito-identity.amazonaws.com", Type: Federated},
}

type truthBlock struct {
	file, title, cite string
	line              int
	policies          Policies
	resource          *Attached
	endpoints         []Attached
	rcps              [][]Attached
	trust             bool // ask by Assume
	asks              []truthAsk
}

type truthAsk struct {
	line int
	text string
}

func TestTruthTables(t *testing.T) {
	files, err := filepath.Glob("testdata/truth/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no truth tables", err)
	}
	rules, asks := 0, 0
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			for _, b := range readTruth(t, file) {
				rules++
				if !strings.HasPrefix(b.cite, "https://docs.aws.amazon.com/") && !strings.HasPrefix(b.cite, "https://aws.amazon.com/") {
					t.Errorf("%s:%d: %q cites %q, no page of AWS", b.file, b.line, b.title, b.cite)
				}
				if len(b.asks) == 0 {
					t.Errorf("%s:%d: %q asks nothing", b.file, b.line, b.title)
				}
				for _, a := range b.asks {
					asks++
					b.check(t, a)
				}
			}
		})
	}
	t.Logf("%d rules, %d questions", rules, asks)
}

func readTruth(t *testing.T, file string) (out []*truthBlock) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b *truthBlock
	n := 0
	for line := range strings.Lines(string(body)) {
		n++
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "== "); ok {
			cite := ""
			if b != nil {
				cite = b.cite // the same page until another is named
			}
			b = &truthBlock{file: file, line: n, title: title, cite: cite}
			out = append(out, b)
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		field, rest, ok := strings.Cut(line, ": ")
		if !ok || b == nil {
			t.Fatalf("%s:%d: what is %q?", file, n, line)
		}
		b.set(t, field, strings.TrimSpace(rest), n)
	}
	return out
}

func (b *truthBlock) set(t *testing.T, field, rest string, n int) {
	t.Helper()
	doc := func(principal bool) Attached { return truthDoc(t, b, field, rest, n, principal) }
	switch field {
	case "cite":
		b.cite = rest
	case "identity":
		b.policies.Identity = append(b.policies.Identity, doc(false))
	case "boundary":
		d := doc(false)
		b.policies.Boundary = &d
	case "session":
		b.policies.Session = append(b.policies.Session, doc(false))
	case "scp":
		b.policies.SCPs = append(b.policies.SCPs, []Attached{doc(false)})
	case "scp+": // one more at the same level
		last := len(b.policies.SCPs) - 1
		b.policies.SCPs[last] = append(b.policies.SCPs[last], doc(false))
	case "scplevel": // "empty"
		b.policies.SCPs = append(b.policies.SCPs, []Attached{})
	case "management":
		b.policies.Management = rest == "true"
	case "rcp":
		b.policies.RCPs = append(b.policies.RCPs, []Attached{doc(true)})
	case "farrcp":
		b.rcps = append(b.rcps, []Attached{doc(true)})
	case "resource":
		d := doc(true)
		b.resource = &d
	case "trust":
		d := doc(true)
		b.resource, b.trust = &d, true
	case "endpoint":
		b.endpoints = append(b.endpoints, doc(true))
	case "ask":
		b.asks = append(b.asks, truthAsk{n, rest})
	default:
		t.Fatalf("%s:%d: unknown field %q", b.file, n, field)
	}
}

func truthDoc(t *testing.T, b *truthBlock, field, rest string, n int, principal bool) Attached {
	t.Helper()
	body := rest
	sound := !strings.HasPrefix(rest, "{")
	if sound {
		body = truthJSON(t, b, rest, n, principal)
	}
	d, faults, err := Parse([]byte(body))
	if err != nil {
		t.Fatalf("%s:%d: %v", b.file, n, err)
	}
	if sound && len(faults) > 0 {
		t.Errorf("%s:%d: faults %v in %s", b.file, n, faults, body)
	}
	return Attached{Name: field, Doc: d}
}

// truthJSON spells out statements in shorthand.
func truthJSON(t *testing.T, b *truthBlock, rest string, n int, principal bool) string {
	t.Helper()
	var list []any
	for _, s := range strings.Split(rest, " ; ") {
		f := strings.SplitN(strings.TrimSpace(s), " ", 5)
		if !principal {
			f = strings.SplitN(strings.TrimSpace(s), " ", 4)
			f = append(f[:1], append([]string{"-"}, f[1:]...)...)
		}
		if len(f) < 4 {
			t.Fatalf("%s:%d: short statement %q", b.file, n, s)
		}
		st := map[string]any{"Effect": f[0]}
		put := func(name, v string, make func(string) any) {
			if v == "-" {
				return
			}
			if rest, not := strings.CutPrefix(v, "!"); not {
				name, v = "Not"+name, rest
			}
			st[name] = make(v)
		}
		split := func(v string) any { return strings.Split(v, ",") }
		put("Principal", f[1], func(v string) any {
			if v == "*" {
				return "*"
			}
			m := map[string][]string{}
			for _, p := range strings.Split(v, ",") {
				typ, id, _ := strings.Cut(p, ":")
				m[typ] = append(m[typ], id)
			}
			return m
		})
		put("Action", f[2], split)
		put("Resource", f[3], split)
		if len(f) == 5 {
			st["Condition"] = json.RawMessage(f[4])
		}
		list = append(list, st)
	}
	body, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		t.Fatalf("%s:%d: %v", b.file, n, err)
	}
	return string(body)
}

func (b *truthBlock) request(t *testing.T, a truthAsk) (r *Request, want access.Verdict, cond string) {
	t.Helper()
	question, answer, ok := strings.Cut(a.text, " -> ")
	f := strings.Fields(question)
	if !ok || len(f) < 3 {
		t.Fatalf("%s:%d: no question: %q", b.file, a.line, a.text)
	}
	r = &Request{Action: f[1], Resource: f[2], ResourcePolicy: b.resource, EndpointPolicies: b.endpoints, RCPs: b.rcps}
	r.Context.Complete = true
	if r.Principal, ok = truthPrincipals[f[0]]; !ok {
		r.Principal = Principal{ARN: f[0]}
	}
	if arnAccount(r.Resource) == "" {
		r.ResourceAccount = truthAccount
	}
	for _, c := range f[3:] {
		key, vals, known := strings.Cut(c, "=")
		switch {
		case c == "...":
			r.Context.Complete = false
		case c == "unread":
			r.ResourceUnread = true
		case strings.HasPrefix(c, "owner="):
			r.ResourceAccount = vals
		case known && vals == "":
			r.Context.Known(key)
		case known:
			r.Context.Known(key, strings.Split(strings.ReplaceAll(vals, "~", " "), "|")...)
		case strings.HasSuffix(c, "!"):
			r.Context.Absent(strings.TrimSuffix(c, "!"))
		case strings.HasSuffix(c, "?"):
			r.Context.Present(strings.TrimSuffix(c, "?"))
		default:
			t.Fatalf("%s:%d: what is %q?", b.file, a.line, c)
		}
	}
	verdict, cond, _ := strings.Cut(strings.TrimSpace(answer), " ")
	if verdict == "if" {
		verdict = string(access.Conditional)
	}
	return r, access.Verdict(verdict), cond
}

func (b *truthBlock) check(t *testing.T, a truthAsk) {
	t.Helper()
	r, want, cond := b.request(t, a)
	p := Compile(&b.policies)
	got := p.Explain(r)
	if b.trust {
		got = p.Assume(b.resource.Doc, r.Resource, r)
	} else if fast := p.Decide(r); fast != got.Verdict {
		t.Errorf("%s:%d: Decide %s, Explain %s", b.file, a.line, fast, got.Verdict)
	}
	if got.Verdict != want || cond != "" && string(got.Condition) != cond {
		t.Errorf("%s:%d: %s\n%s\ngot  %s %s\nproof %v", b.file, a.line, b.title, a.text, got.Verdict, got.Condition, got.Proof)
	}
	if (got.Verdict == access.Conditional) != (len(got.Condition) > 0) {
		t.Errorf("%s:%d: %s with condition %q", b.file, a.line, got.Verdict, got.Condition)
	}
	if len(got.Proof) == 0 {
		t.Errorf("%s:%d: %s without a proof", b.file, a.line, got.Verdict)
	}
	for _, pr := range got.Proof {
		if pr.Text == "" || len(pr.Text) > 2000 {
			t.Errorf("%s:%d: proof %v", b.file, a.line, fmt.Sprint(pr))
		}
	}
}
