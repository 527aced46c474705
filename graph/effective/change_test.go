package effective_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// apply makes a graph as it would be after a change.
func apply(t testing.TB, g *effective.Graph, change string) (*effective.Graph, error) {
	t.Helper()
	c, err := effective.ParseChange([]byte(change))
	if err != nil {
		return nil, err
	}
	in, err := effective.Apply(g.Input(), c)
	if err != nil {
		return nil, err
	}
	return effective.Build(t.Context(), in, []*effective.System{toy})
}

// refEdges writes every edge by the refs of its ends, so that graphs with other
// rows compare.
func refEdges(g *effective.Graph) (out []string) {
	for n := range g.Reach().Edges() {
		e := g.Edge(uint32(n))
		out = append(out, fmt.Sprint(g.Ref(e.From), " ", e.Kind, " ", e.Technique, " ", g.Ref(e.To), " ", e.Move, e.Level, e.Grade, string(e.Cond)))
	}
	slices.Sort(out)
	return out
}

// A what-if is the graph that would be built of what is left.
func TestApply(t *testing.T) {
	for name, c := range map[string]struct{ change, graph string }{
		"a node":                {`{"remove":[{"ref":"svc"}]}`, without(story, "svc")},
		"an edge":               {`{"remove":[{"from":"web","to":"sa"}]}`, strings.Replace(story, "web -runs_as-> sa proof=spec.serviceAccountName\n", "", 1)},
		"an edge of a kind":     {`{"remove":[{"from":"priya","to":"svc","kind":"owns"}]}`, strings.Replace(story, "priya -owns-> svc\n", "", 1)},
		"by alias":              {`{"remove":[{"from":"secret:hs256:00000000000000000000000000000001","to":"svc"}]}`, strings.Replace(story, "password -authenticates-> svc grade=inferred\n", "", 1)},
		"a statement":           {`{"remove":[{"ref":"svcpolicy","statement":0}]}`, strings.Replace(story, `{"Effect":"Allow","Action":"become","Resource":"admin"},`, "", 1)},
		"two statements":        {`{"remove":[{"ref":"svcpolicy","statement":0},{"ref":"svcpolicy","statement":1}]}`, strings.Replace(strings.Replace(story, `{"Effect":"Allow","Action":"become","Resource":"admin"},`, "", 1), `{"Effect":"Allow","Action":"read","Resource":"logs"}`, "", 1)},
		"another document":      {`{"replace":[{"ref":"svcpolicy","document":{"Statement":[]}}]}`, strings.Replace(strings.Replace(story, `{"Effect":"Allow","Action":"become","Resource":"admin"},`, "", 1), `{"Effect":"Allow","Action":"read","Resource":"logs"}`, "", 1)},
		"a new edge":            {`{"add":[{"edge":{"from":"omar","to":"svc","kind":"can_assume"}}]}`, story + "omar -can_assume-> svc\n"},
		"a new node":            {`{"add":[{"node":{"ref":"toy/1/user/new","kind":"identity","type":"toy.user","name":"new"}},{"edge":{"from":"new","to":"admin","kind":"can_assume"}}]}`, story + "new identity toy.user\nnew -can_assume-> admin\n"},
		"a name nobody has":     {`{"add":[{"edge":{"from":"oidc:https://ci|x","to":"role","kind":"can_assume"}}]}`, story + "oidc:https://ci|x -can_assume-> role\n"},
		"what a pattern covers": {`{"add":[{"node":{"ref":"git/1/repository/other","kind":"resource","type":"git.repository","name":"other","aliases":["oidc:https://ci.example|repo:acme/other"]}}]}`, story + patterned + "other resource git.repository aliases=oidc:https://ci.example|repo:acme/other\n"},
		"nothing":               {`{"schema":"drover/v1/change"}`, story},
		"a known node again":    {`{"add":[{"node":{"ref":"machine/m1/account/omar","kind":"identity","type":"machine.account","name":"omar","attrs":{"uid":0}}}]}`, strings.Replace(story, `{"uid":1000}`, `{"uid":0}`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := apply(t, build(t, story+strings.Repeat(patterned, strings.Count(name, "pattern"))), c.change)
			if err != nil {
				t.Fatal(err)
			}
			want := build(t, c.graph)
			if d := cmp.Diff(refEdges(want), refEdges(got)); d != "" {
				t.Errorf("(-built +what-if):\n%s", d)
			}
			if d := cmp.Diff(refs(want, want.Tier0Rows()), refs(got, got.Tier0Rows())); d != "" {
				t.Errorf("tier 0 (-built +what-if):\n%s", d)
			}
		})
	}
}

const patterned = "app resource git.repository aliases=oidc:https://ci.example|repo:acme/app\noidc:https://ci.example|repo:acme/* -can_assume-> role\n"

func refs(g *effective.Graph, rows []uint32) (out []drover.Ref) {
	for _, r := range rows {
		out = append(out, g.Ref(r))
	}
	slices.Sort(out)
	return out
}

// without takes a node and its edges out of a notation.
func without(text, name string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) > 2 && f[0] != "doc" && (f[0] == name || strings.HasPrefix(f[1], "-") && f[2] == name) {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

// A trust policy without a statement leaves no edge that followed from it.
func TestApplyTrust(t *testing.T) {
	const text = `
doc trust {"Statement":[{"Sid":"CI","Effect":"Allow","Principal":{"Federated":"arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:sub":"repo:acme/app:ref:refs/heads/main"}}},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}
role identity aws.iam.role aliases=arn:aws:iam::444455556666:role/role attrs={"trust_document":"HASH"}
`
	n := parse(t, text)
	n.nodes["role"].Attrs = drover.NewAttrs(map[string]any{"trust_document": n.docs["trust"].Hash})
	ci := drover.UnseenRef("oidc:https://token.actions.githubusercontent.com|repo:acme/app:ref:refs/heads/main")
	n.edges = []drover.Edge{{From: n.ref("role"), To: ci, Kind: drover.EdgeTrusts, Part: "trust policy statement CI"}, {From: ci, To: n.ref("role"), Kind: drover.EdgeCanAssume, Part: "trust policy statement CI", Grade: drover.GradeInferred},
		{From: n.ref("role"), To: drover.UnseenRef("arn:aws:iam::111122223333:root"), Kind: drover.EdgeTrusts, Part: "trust policy statement 1"}}
	g, err := effective.Build(t.Context(), n.input(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := edges(g); !strings.Contains(got, "CI_OIDC") {
		t.Fatalf("got %s, want an edge from the build", got)
	}
	after, err := apply(t, g, `{"remove":[{"ref":"role","statement":0}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for k := range after.Input().Edges() {
		x := after.Input().Edge(k)
		kinds = append(kinds, string(x.Kind)+" "+x.Part)
	}
	if d := cmp.Diff([]string{"trusts trust policy statement 0"}, kinds); d != "" || after.Reach().Edges() != 0 {
		t.Errorf("%d effects, stored edges (-want +got):\n%s", after.Reach().Edges(), d)
	}
}

// What cannot be done is said with its item.
func TestApplyErrors(t *testing.T) {
	g := build(t, story+"twin identity toy.user aliases=x:1\ntwin2 identity toy.user aliases=x:1\n")
	for change, want := range map[string]struct {
		err  error
		text string
	}{
		`{"remove":[{"ref":"nobody"}]}`:                                 {drover.ErrNotFound, "remove[0]"},
		`{"remove":[{"ref":"web"},{"ref":"x:1"}]}`:                      {drover.ErrConflict, "remove[1]"},
		`{"remove":[{"from":"web","to":"role"}]}`:                       {drover.ErrNotFound, "no such edge"},
		`{"remove":[{"ref":"svcpolicy","statement":7}]}`:                {drover.ErrNotFound, "statement 7 of 2"},
		`{"remove":[{"ref":"svc","statement":0}]}`:                      {drover.ErrNotFound, "was not read"},
		`{"replace":[{"ref":"svc","document":{}}]}`:                     {drover.ErrInvalid, "replace[0]"},
		`{"add":[{"edge":{"from":"a b","to":"svc","kind":"owns"}}]}`:    {drover.ErrNotFound, "add[0]"},
		`{"add":[{"edge":{"from":"web","to":"svc","kind":"likes"}}]}`:   {drover.ErrInvalid, "add[0]"},
		`{"remove":[{"ref":"web","from":"x"}]}`:                         {drover.ErrInvalid, "remove[0]"},
		`{"remove":[{"from":"x"}]}`:                                     {drover.ErrInvalid, "remove[0]"},
		`{"remove":[{"ref":"web","statement":-1}]}`:                     {drover.ErrInvalid, "remove[0]"},
		`{"remove":[{"ref":"web","kind":"owns"}]}`:                      {drover.ErrInvalid, "remove[0]"},
		`{"replace":[{"ref":"web","document":"no"}]}`:                   {drover.ErrInvalid, "replace[0]"},
		`{"add":[{"finding":{}}]}`:                                      {drover.ErrInvalid, "add[0]"},
		`{"drop":[]}`:                                                   {drover.ErrInvalid, `"/drop"`},
		`{"remove":{}}`:                                                 {drover.ErrInvalid, `"/remove"`},
		`{`:                                                             {drover.ErrInvalid, "not JSON"},
		`{"schema":"drover/v2/change"}`:                                 {drover.ErrInvalid, "schema"},
		`{"add":[{"node":{"ref":"x","kind":"identity","type":"t.x"}}]}`: {drover.ErrInvalid, "add[0]"},
	} {
		_, err := apply(t, g, change)
		if !errors.Is(err, want.err) || !strings.Contains(fmt.Sprint(err), want.text) {
			t.Errorf("%s: got %v, want %v with %q", change, err, want.err, want.text)
		}
	}
}

// An edge that follows from other facts cannot be taken away by itself.
func TestApplyConcluded(t *testing.T) {
	g := build(t, `
cluster resource kubernetes.cluster attrs={"hosts":["c"]}
ca credential x509.certificate attrs={"ca":true}
cert credential x509.certificate attrs={"subject":"CN=jane"}
jane identity kubernetes.user aliases=k8s-user:c/jane
cert -issued_by-> ca
cluster -trusts-> ca part=client-ca-file
`)
	if _, err := apply(t, g, `{"remove":[{"from":"cert","to":"jane"}]}`); !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), "follows from other facts") {
		t.Errorf("got %v", err)
	}
}

func FuzzParseChange(f *testing.F) {
	for _, s := range []string{`{}`, `{"schema":"drover/v1/change","remove":[{"ref":"a","statement":1}]}`, `{"remove":[{"from":"a","to":"b","kind":"owns","part":""}]}`,
		`{"add":[{"edge":{"from":"a","to":"b","kind":"owns"}}],"replace":[{"ref":"a","document":{"Statement":[]}}]}`, `{"remove":null}`, "\xef\xbb\xbf{}"} {
		f.Add([]byte(s))
	}
	g := build(f, story)
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := effective.ParseChange(body)
		if err != nil {
			if !errors.Is(err, drover.ErrInvalid) {
				t.Fatalf("got %v, want an invalid one", err)
			}
			return
		}
		again, err := effective.ParseChange(c.Bytes())
		if err != nil {
			t.Fatalf("%s: cannot be read again: %v", c.Bytes(), err)
		}
		if d := cmp.Diff(string(c.Bytes()), string(again.Bytes())); d != "" {
			t.Fatal(d)
		}
		in, err := effective.Apply(g.Input(), c)
		if err == nil && in == nil {
			t.Fatal("no error and no input")
		}
	})
}

func FuzzWithoutStatement(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Sid":"a"},{"Sid":"b"}]}`, 0)
	f.Add(`{"Statement":{"Sid":"a"}}`, 0)
	f.Add(`{"Statement":"x","Statement":[1]}`, 1)
	f.Fuzz(func(t *testing.T, body string, n int) {
		if out, err := effective.WithoutStatement(drover.NewDocument("aws-iam", body), n); err == nil {
			if _, err := effective.WithoutStatement(drover.NewDocument("aws-iam", out), -1); !errors.Is(err, drover.ErrNotFound) {
				t.Fatalf("%s without %d: %s: %v", body, n, out, err)
			}
		}
	})
}

// An empty part is one of several, and is not lost on the way.
func TestChangeBytes(t *testing.T) {
	for _, text := range []string{`{"schema":"drover/v1/change","remove":[{"from":"a","to":"b","kind":"owns","part":""},{"ref":"c","statement":0}]}`, `{"schema":"drover/v1/change","remove":[{"from":"a","to":"b"}]}`} {
		c, err := effective.ParseChange([]byte(text))
		if err != nil || string(c.Bytes()) != text {
			t.Errorf("%s: got %s, %v", text, c.Bytes(), err)
		}
	}
}

// A statement is taken out of the list that its language has, and the rest stays
// as it was written.
func TestWithoutStatement(t *testing.T) {
	for _, c := range []struct {
		language, body string
		n              int
		want           string
	}{
		{"aws-iam", `{"Version":"2012-10-17","Statement":[{"Sid":"a"},{"Sid":"b"}],"Id":"x"}`, 0, `{"Version":"2012-10-17","Statement":[{"Sid":"b"}],"Id":"x"}`},
		{"aws-iam", `{"Statement":{"Sid":"a"}}`, 0, `{"Statement":[]}`},
		{"k8s-rbac", `{"rules":[{"verbs":["get"]},{"verbs":["list"]}]}`, 1, `{"rules":[{"verbs":["get"]}]}`},
	} {
		got, err := effective.WithoutStatement(drover.NewDocument(c.language, c.body), c.n)
		if err != nil || got != c.want {
			t.Errorf("%s without %d: got %s, %v; want %s", c.body, c.n, got, err, c.want)
		}
	}
	if _, err := effective.WithoutStatement(drover.NewDocument("toml", "a=1"), 0); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("a language without statements: %v", err)
	}
}
