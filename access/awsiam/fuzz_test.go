package awsiam

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/realtest"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:username":["a","${aws:username}"]}}}]}`,
		`{"statement":{"effect":"deny","notaction":["iam:*"],"NotResource":"arn:aws:s3:::b/${a, 'x'}","Principal":{"AWS":["1","*"],"Service":"x"}}}`,
		`%7B%22Statement%22%3A%5B%5D%7D`, `"{\"Statement\":[]}"`, `{"Statement":[1,null,{"Effect":1,"Effect":"Allow"}]}`, "\xff", `{"Statement":{"Condition":{"ForAllValues:Null":{"a":null}}}}`,
		`{"Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3","NotPrincipal":{"AWS":"*"},"Condition":{"IpAddress":{"a":"::ffff:1.2.3.4/120"},"DateLessThan":{"b":"2020"},"BinaryEquals":{"c":"AA=="}}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, faults, err := Parse(body)
		if (d == nil) != (err != nil) {
			t.Fatalf("document %v, error %v", d, err)
		}
		if err != nil {
			return
		}
		again, faults2, _ := Parse(body)
		if !reflect.DeepEqual(faults, faults2) || !reflect.DeepEqual(d.Statements(), again.Statements()) {
			t.Fatal("two readings differ")
		}
		for _, fault := range faults {
			if fault.Statement < -1 || fault.Statement >= len(d.Statements()) || fault.Text == "" {
				t.Fatalf("fault %+v of %d statements", fault, len(d.Statements()))
			}
		}
		for _, who := range []Principal{truthPrincipals["user"], truthPrincipals["role"], {Type: Anonymous}} {
			ask(t, d, &Request{Principal: who, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: truthAccount})
			ask(t, d, &Request{Principal: who, Action: "iam:PassRole", Resource: "arn:aws:iam::111111111111:role/x", Context: Context{Complete: true}})
		}
		Compile(&Policies{Identity: []Attached{{Doc: d}}}).Grants("x")
	})
}

// ask puts a document in every place and checks what holds for every decision.
func ask(t testing.TB, d *Document, r *Request) {
	t.Helper()
	at := Attached{Name: "p", Doc: d}
	for _, p := range []*Policies{
		{Identity: []Attached{at}}, {Identity: []Attached{allDoc, at}}, {Identity: []Attached{allDoc}, Boundary: &at},
		{Identity: []Attached{allDoc}, Session: []Attached{at}}, {Identity: []Attached{allDoc}, SCPs: [][]Attached{{allDoc}, {at}}},
	} {
		consistent(t, p, r)
	}
	with := *r
	with.ResourcePolicy = &at
	with.RCPs = [][]Attached{{at}}
	consistent(t, &Policies{}, &with)
	consistent(t, &Policies{Identity: []Attached{allDoc}}, &with)
}

var allDoc = mustDoc(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)

func mustDoc(body string) Attached {
	d, _, err := Parse([]byte(body))
	if err != nil {
		panic(err)
	}
	return Attached{Name: "all", Doc: d}
}

// consistent: Decide is Explain's verdict, Explain is deterministic and has a
// proof, and one more deny never turns a deny into anything else.
func consistent(t testing.TB, p *Policies, r *Request) access.Decision {
	t.Helper()
	f := Compile(p)
	got := f.Explain(r)
	if fast := f.Decide(r); fast != got.Verdict {
		t.Fatalf("Decide %s, Explain %s %s %v", fast, got.Verdict, got.Condition, got.Proof)
	}
	if again := Compile(p).Explain(r); !reflect.DeepEqual(got, again) {
		t.Fatalf("two answers: %+v %+v", got, again)
	}
	if len(got.Proof) == 0 || (got.Verdict == access.Conditional) != (len(got.Condition) > 0) || got.Condition.Valid() != nil {
		t.Fatalf("decision %+v", got)
	}
	more := *p
	more.Identity = append([]Attached{denyDoc}, p.Identity...)
	if v := Compile(&more).Decide(r); got.Verdict == access.Deny && v != access.Deny {
		t.Fatalf("a deny made %s of a deny", v)
	}
	if canonical, err := json.Marshal(got); err != nil || bytes.Contains(canonical, []byte("\x00")) {
		t.Fatalf("%v %s", err, canonical)
	}
	return got
}

var denyDoc = mustDoc(`{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"x:y":"z"}}}}`)

// A world is policies and a request, made of few words so that they meet.
type world struct {
	p Policies
	r Request
}

var (
	worldActions   = []string{"s3:GetObject", "s3:PutObject", "iam:PassRole", "sts:AssumeRole", "kms:Decrypt", "s3:Frob"}
	worldPatterns  = []string{"*", "*", "*", "*", "s3:*", "s3:Get*", "iam:PassRole", "sts:AssumeRole", "kms:*", "s3:?etObject", "*:*"}
	worldResources = []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b/alice", "arn:aws:iam::111111111111:role/x", "arn:aws:kms:eu-west-1:111111111111:key/1", "*"}
	worldARNs      = []string{"*", "*", "*", "*", "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${x:y}", "arn:aws:iam::*:role/*", "arn:aws:kms:*:111111111111:key/?", "arn:aws:s3"}
	worldWho       = []string{"user", "bob", "role", "session", "root", "far", "farrole", "anon", "lambda", "oidc", "linked", "fed"}
	worldConds     = []string{``, ``, ``, `{"StringEquals":{"x:y":"a"}}`, `{"StringNotEquals":{"x:y":["a","b"]}}`, `{"Bool":{"x:z":"true"},"Null":{"x:y":"false"}}`,
		`{"ForAllValues:StringLike":{"x:y":["a*"]}}`, `{"ForAnyValue:StringEqualsIfExists":{"x:y":"b"}}`, `{"StringLike":{"aws:userid":"AROAWORKER:*"}}`, `{"StringEquals":{"x:y":"${x:z}"}}`, `{"StringEqual":{"x:y":"a"}}`}
	worldPrincipals = []string{`"*"`, `{"AWS":"111111111111"}`, `{"AWS":"222222222222"}`, `{"AWS":"arn:aws:iam::111111111111:user/team/alice"}`, `{"AWS":"arn:aws:iam::111111111111:role/app/worker"}`,
		`{"AWS":"arn:aws:sts::111111111111:assumed-role/worker/one"}`, `{"Service":"lambda.amazonaws.com"}`, `{"AWS":["AIDABOB","arn:aws:iam::111111111111:root"]}`}
)

func drawDoc(t *rapid.T, principal bool) Attached {
	n := rapid.IntRange(1, 3).Draw(t, "statements")
	var list []string
	for range n {
		s := `{"Effect":"` + rapid.SampledFrom([]string{"Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Deny"}).Draw(t, "effect") + `"`
		s += `,"` + rapid.SampledFrom([]string{"", "", "", "", "", "", "", "Not"}).Draw(t, "notaction") + `Action":"` + rapid.SampledFrom(worldPatterns).Draw(t, "action") + `"`
		s += `,"` + rapid.SampledFrom([]string{"", "", "", "", "", "", "", "Not"}).Draw(t, "not") + `Resource":"` + rapid.SampledFrom(worldARNs).Draw(t, "resource") + `"`
		if c := rapid.SampledFrom(worldConds).Draw(t, "condition"); c != "" {
			s += `,"Condition":` + c
		}
		if principal {
			s += `,"` + rapid.SampledFrom([]string{"", "", "", "", "", "", "", "Not"}).Draw(t, "not") + `Principal":` + rapid.SampledFrom(worldPrincipals).Draw(t, "principal")
		}
		list = append(list, s+"}")
	}
	return mustDoc(`{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`)
}

func drawWorld(t *rapid.T) *world {
	w := &world{}
	docs := func(n int) (out []Attached) {
		for range n {
			out = append(out, drawDoc(t, false))
		}
		return out
	}
	w.p.Identity = docs(rapid.IntRange(0, 3).Draw(t, "identity"))
	if rapid.IntRange(0, 3).Draw(t, "boundary") == 0 {
		b := drawDoc(t, false)
		w.p.Boundary = &b
	}
	if rapid.IntRange(0, 3).Draw(t, "session") == 0 {
		w.p.Session = docs(1)
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "levels") {
		w.p.SCPs = append(w.p.SCPs, append(docs(1), allDoc))
	}
	w.r = Request{
		Principal: truthPrincipals[rapid.SampledFrom(worldWho).Draw(t, "who")],
		Action:    rapid.SampledFrom(worldActions).Draw(t, "ask"), Resource: rapid.SampledFrom(worldResources).Draw(t, "of"), ResourceAccount: truthAccount,
	}
	if rapid.Bool().Draw(t, "policy") {
		d := drawDoc(t, true)
		w.r.ResourcePolicy = &d
	}
	w.r.Context.Complete = rapid.Bool().Draw(t, "complete")
	switch rapid.IntRange(0, 4).Draw(t, "y") {
	case 0:
		w.r.Context.Known("x:y", "a")
	case 1:
		w.r.Context.Known("x:y", "b", "c")
	case 2:
		w.r.Context.Absent("x:y")
	case 3:
		w.r.Context.Present("x:y")
	}
	if rapid.Bool().Draw(t, "z") {
		w.r.Context.Known("x:z", "true")
	}
	return w
}

func FuzzEvaluate(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { properties(t, drawWorld(t)) }))
}

func TestProperties(t *testing.T) {
	verdicts := map[access.Verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		verdicts[properties(t, w)]++
	})
	t.Logf("%v", verdicts)
}

// fataler is what rapid.T and testing.T share.
type fataler interface {
	Fatalf(string, ...any)
	Helper()
}

func properties(t fataler, w *world) access.Verdict {
	f := Compile(&w.p)
	got := f.Explain(&w.r)
	if fast := f.Decide(&w.r); fast != got.Verdict {
		t.Fatalf("Decide %s, Explain %s %s %v", fast, got.Verdict, got.Condition, got.Proof)
	}
	if len(got.Proof) == 0 || (got.Verdict == access.Conditional) != (len(got.Condition) > 0) {
		t.Fatalf("decision %+v", got)
	}
	knowing(t, w, got.Verdict)
	denying(t, w, got.Verdict)
	if got.Verdict == access.Allow {
		needed(t, w, got)
	}
	return got.Verdict
}

// knowing: what is decided with things unknown is decided so when they are known.
func knowing(t fataler, w *world, before access.Verdict) {
	for _, vals := range [][]string{nil, {"a"}, {"b"}, {"a", "c"}, {"true"}} {
		r := w.r
		if _, st := r.Context.get("x:y"); st == unknown {
			if vals == nil {
				r.Context.Absent("x:y")
			} else {
				r.Context.Known("x:y", vals...)
			}
		}
		r.Context.Complete = true
		v := Evaluate(&w.p, &r).Verdict
		if _, st := w.r.Context.get("x:y"); st != present && v == access.Conditional && w.r.Principal.Type == "" && w.r.Principal.ARN == truthPrincipals["user"].ARN && w.r.ResourcePolicy == nil && !unreadable(&w.p) {
			t.Fatalf("conditional though everything is known")
		}
		if before != access.Conditional && v != before {
			t.Fatalf("%s became %s when %v was known", before, v, vals)
		}
	}
}

func unreadable(p *Policies) bool {
	list := append([]Attached{}, p.Identity...)
	if p.Boundary != nil {
		list = append(list, *p.Boundary)
	}
	list = append(list, p.Session...)
	for _, l := range p.SCPs {
		list = append(list, l...)
	}
	for _, a := range list {
		for i := range a.Doc.rules {
			if a.Doc.rules[i].guess {
				return true
			}
		}
	}
	return false
}

// denying: a deny that always holds denies, wherever a principal has policies.
func denying(t fataler, w *world, before access.Verdict) {
	p := w.p
	p.Identity = append([]Attached{mustDoc(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)}, p.Identity...)
	after := Evaluate(&p, &w.r).Verdict
	who := newCaller(&w.r.Principal)
	if who.inAWS() && after != access.Deny || !who.inAWS() && after != before {
		t.Fatalf("%s with a deny is %s", before, after)
	}
}

// needed: taking away the statements that a proof names, as often as there are
// others, ends in a deny; and each time the proof changes.
func needed(t fataler, w *world, got access.Decision) {
	p, r := w.p, w.r
	p.Identity = numbered(p.Identity, "i")
	p.Session = numbered(p.Session, "s")
	if p.Boundary != nil {
		b := numbered([]Attached{*p.Boundary}, "b")[0]
		p.Boundary = &b
	}
	p.SCPs = nil
	for i, l := range w.p.SCPs {
		p.SCPs = append(p.SCPs, numbered(l, "c"+itoa(i)))
	}
	if r.ResourcePolicy != nil {
		b := numbered([]Attached{*r.ResourcePolicy}, "r")[0]
		r.ResourcePolicy = &b
	}
	for range 40 {
		d := Evaluate(&p, &r)
		if d.Verdict != access.Allow {
			return
		}
		removed := false
		for _, pr := range d.Proof {
			if pr.Effect == "allow" && pr.Ref != "" {
				strike(&p, &r, pr)
				removed = true
				break
			}
		}
		if !removed {
			if newCaller(&r.Principal).typ != Root {
				t.Fatalf("an allow that no statement gives: %v", d.Proof)
			}
			return
		}
	}
	t.Fatalf("still %s after 40 statements were struck", got.Verdict)
}

func TestManagedPoliciesParse(t *testing.T) {
	list := ManagedPolicies()
	if len(list) < 1000 {
		t.Fatalf("only %d managed policies", len(list))
	}
	bad, empty := 0, 0
	for _, arn := range list {
		body, ok := ManagedPolicy(strings.Replace(arn, "arn:aws:", "arn:aws-cn:", 1))
		if !ok {
			t.Fatalf("%s: not found", arn)
		}
		d, faults, err := Parse(body)
		if err != nil {
			t.Errorf("%s: %v", arn, err)
			continue
		}
		if len(faults) > 0 {
			bad++
			t.Logf("%s: %v", arn, faults)
		}
		may := Compile(&Policies{Identity: []Attached{{Doc: d}}}).Actions()
		allows := slices.ContainsFunc(d.Statements(), func(s Statement) bool { return s.Effect == "Allow" })
		if some := slices.ContainsFunc(may, func(w uint64) bool { return w != 0 }); some != allows {
			t.Logf("%s: allows %v, actions %v", arn, allows, some)
			empty++
		}
	}
	if empty > len(list)/50 { // those of services that are gone
		t.Errorf("%d of %d managed policies allow no action that the catalogue knows", empty, len(list))
	}
	if bad > len(list)/50 {
		t.Errorf("%d of %d managed policies have faults", bad, len(list))
	}
}

// TestRealDocuments reads policies that AWS wrote as examples: but for those that
// are templates to be filled in, they are sound.
func TestRealDocuments(t *testing.T) {
	root := realtest.SharedData(t, "iam/policies")
	n := 0
	err := filepath.Walk(root, func(path string, _ os.FileInfo, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		_, faults, err := Parse(body)
		if template := bytes.ContainsAny(body, "<") || bytes.Contains(body, []byte("//")); !template && (err != nil || len(faults) > 0) {
			t.Errorf("%s: %v %v", path, err, faults)
		}
		return nil
	})
	if err != nil || n < 20 {
		t.Errorf("%d documents, %v", n, err)
	}
}
