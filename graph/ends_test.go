package graph

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

// An estate is nodes and edges by ref; ends that are no node are named.
type estate struct {
	b   *Builder
	ids map[drover.Ref]int64
}

func newEstate() *estate { return &estate{NewBuilder(1, now), map[drover.Ref]int64{}} }

func (e *estate) node(ref drover.Ref, kind drover.Kind, attrs map[string]any, aliases ...string) int64 {
	id := int64(len(e.ids) + 1)
	e.ids[ref] = id
	typ, _ := attrs["type"].(string)
	if typ == "" {
		typ = "t.x"
	}
	e.b.Node(Row{ID: id, Entity: id, Sources: []string{"s"}, Node: drover.Node{Ref: ref, Kind: kind, Type: typ, Name: string(ref), Aliases: aliases, Attrs: drover.NewAttrs(attrs)}})
	return id
}

func (e *estate) edge(x drover.Edge) {
	end := func(ref drover.Ref) int64 {
		id, ok := e.ids[ref]
		if !ok {
			id = int64(len(e.ids)+1) + 1000
			e.ids[ref] = id
			e.b.Name(map[int64]drover.Ref{id: ref})
		}
		return id
	}
	e.b.Edge(end(x.From), end(x.To), &x)
}

func (e *estate) build() *Snapshot {
	e.b.Index()
	return e.b.Build(now, func(int) Facts { return Facts{} })
}

// edgesOf lists the edges as "from -> to [grade] (how)".
func edgesOf(s *Snapshot) (out []string) {
	for e := range s.Edges() {
		x := s.Edge(e)
		text := string(x.From) + " -> " + string(x.To)
		if x.Grade != "" {
			text += " [" + string(x.Grade) + "]"
		}
		if j := s.EdgeJoined(e); j != "" {
			text += " (" + j + ")"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

const (
	actions = "oidc:https://token.actions.githubusercontent.com|repo:"
	eks     = "oidc:https://oidc.eks.eu-west-1.amazonaws.com/id/ABC|system:serviceaccount:"
)

// Every way in which a name leads to a thing, each said on its edge.
func TestEnds(t *testing.T) {
	e := newEstate()
	e.node("a/-/role/r", drover.KindIdentity, nil, "arn:aws:iam::1:role/r", "arn:aws:sts::1:assumed-role/r")
	e.node("g/-/repository/app", drover.KindResource, nil, "github:Acme/app", "git:github.com/Acme/app")
	e.node("g/-/repository/evil", drover.KindResource, nil, "github:acme/app-evil")
	e.node("k/-/sa/web", drover.KindIdentity, nil, eks+"prod:web", "k8s:api/prod/web")
	e.node("k/-/sa/job", drover.KindIdentity, nil, eks+"prod:job")
	e.node("k/-/sa/dev", drover.KindIdentity, nil, eks+"dev:web")
	e.node("t/-/x/two", drover.KindIdentity, nil, "arn:aws:iam::2:role/two")
	e.node("t/-/x/three", drover.KindIdentity, nil, "arn:aws:iam::2:role/two")
	for _, alias := range []string{actions + "acme/app:ref:refs/heads/main", actions + "acme/app:*", eks + "prod:*", eks + "prod:web", "arn:aws:sts::1:assumed-role/r/session",
		"k8s-user:api/system:serviceaccount:prod:web", "arn:aws:iam::2:role/two", "arn:aws:iam::9:role/x", actions + "acme/none:*"} {
		e.edge(drover.Edge{From: drover.UnseenRef(alias), To: "a/-/role/r", Kind: drover.EdgeCanAssume, Part: alias})
	}
	s := e.build()
	want := []string{
		"a/-/role/r -> a/-/role/r (it is a session of the role: arn:aws:sts::1:assumed-role/r)",
		"g/-/repository/app -> a/-/role/r (pattern " + actions + "acme/app:*)",
		"g/-/repository/app -> a/-/role/r (the GitHub subject names the repository: github:acme/app)",
		"k/-/sa/job -> a/-/role/r (pattern " + eks + "prod:*)",
		"k/-/sa/web -> a/-/role/r (alias " + eks + "prod:web)",
		"k/-/sa/web -> a/-/role/r (it is the user that the ServiceAccount is to the API server: k8s:api/prod/web)",
		"k/-/sa/web -> a/-/role/r (pattern " + eks + "prod:*)",
		string(drover.UnseenRef("arn:aws:iam::2:role/two")) + " -> a/-/role/r",
		string(drover.UnseenRef("arn:aws:iam::9:role/x")) + " -> a/-/role/r",
		string(drover.UnseenRef(actions+"acme/none:*")) + " -> a/-/role/r",
	}
	if d := cmp.Diff(want, edgesOf(s)); d != "" {
		t.Errorf("edges (-want +got):\n%s", d)
	}
	for alias, why := range map[string]string{"arn:aws:iam::2:role/two": "2 different things", "arn:aws:iam::9:role/x": "account 9 has not been read", actions + "acme/none:*": "a pattern that covers nothing"} {
		i, ok := s.Find(drover.UnseenRef(alias))
		if !ok || !strings.Contains(s.Attrs(i).Str("unseen"), why) {
			t.Errorf("%s: %q, want why it is unseen: %q", alias, s.Attrs(i).Str("unseen"), why)
		}
	}
	path := filepath.Join(t.TempDir(), "s")
	if err := s.Write(path, "k"); err != nil {
		t.Fatal(err)
	}
	o, err := Open(path, "k")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(edgesOf(s), edgesOf(o)); d != "" {
		t.Errorf("edges of the file (-built +opened):\n%s", d)
	}
}

// Two patterns of one statement that cover a node are one edge to it, and so is a
// pattern beside an edge that was stated.
func TestEqualEdges(t *testing.T) {
	e := newEstate()
	e.node("a/-/role/r", drover.KindIdentity, nil)
	e.node("k/-/sa/web", drover.KindIdentity, nil, eks+"prod:web")
	for _, from := range []drover.Ref{drover.UnseenRef(eks + "prod:*"), drover.UnseenRef(eks + "*:web"), "k/-/sa/web"} {
		e.edge(drover.Edge{From: from, To: "a/-/role/r", Kind: drover.EdgeCanAssume, Part: "p"})
	}
	if s := e.build(); s.Edges() != 1 || s.Len() != 2 {
		t.Errorf("got %d edges, %d rows; want 1 and 2:\n%s", s.Edges(), s.Len(), strings.Join(edgesOf(s), "\n"))
	}
}

// What covers a crowd stands for it.
func TestWidePattern(t *testing.T) {
	e := newEstate()
	e.node("a/-/role/r", drover.KindIdentity, nil)
	for i := range maxCovered + 1 {
		e.node(drover.NewRef("k", "", "sa", fmt.Sprint(i)), drover.KindIdentity, nil, fmt.Sprintf("%sns%d:web", eks, i))
	}
	for _, p := range []string{"*", "ns1*:web", "*:web", "*7:web"} {
		e.edge(drover.Edge{From: drover.UnseenRef(eks + p), To: "a/-/role/r", Kind: drover.EdgeCanAssume, Part: p})
	}
	s := e.build()
	got := map[string]int{}
	for i := range s.Edges() {
		got[s.Edge(i).Part]++
	}
	if want := map[string]int{"*": 1, "*:web": 1, "ns1*:web": 1112, "*7:web": 1000}; !cmp.Equal(want, got) {
		t.Errorf("edges by pattern: %v, want %v", got, want)
	}
	i, _ := s.Find(drover.UnseenRef(eks + "*"))
	if why := s.Attrs(i).Str("unseen"); !strings.Contains(why, "more than 10000") {
		t.Errorf("why: %q", why)
	}
}

// The key identifier of an authority leads to every certificate of its key, by
// inference; one with another name than the issuer's is not meant.
func TestIssuers(t *testing.T) {
	e := newEstate()
	ca := func(ref drover.Ref, subject string) {
		e.node(ref, drover.KindCredential, map[string]any{"subject": subject, "ca": true}, "x509:"+string(ref[len(ref)-1:]), "x509-ski:ab")
	}
	ca("x509/-/certificate/a", "CN=Root") // itself, and cross-signed
	ca("x509/-/certificate/b", "CN=Root")
	ca("x509/-/certificate/c", "CN=Other")
	e.node("x509/-/certificate/leaf", drover.KindCredential, map[string]any{"issuer": "CN=Root"})
	e.node("x509/-/certificate/stray", drover.KindCredential, map[string]any{"issuer": "CN=Stray"})
	for _, from := range []drover.Ref{"x509/-/certificate/leaf", "x509/-/certificate/stray"} {
		e.edge(drover.Edge{From: from, To: drover.UnseenRef("x509-ski:ab"), Kind: drover.EdgeIssuedBy})
	}
	s := e.build()
	want := []string{
		"x509/-/certificate/leaf -> x509/-/certificate/a [inferred] (alias x509-ski:ab)",
		"x509/-/certificate/leaf -> x509/-/certificate/b [inferred] (alias x509-ski:ab)",
		"x509/-/certificate/stray -> unseen/-/x509-ski/x509-ski:ab",
	}
	if d := cmp.Diff(want, edgesOf(s)); d != "" {
		t.Errorf("edges (-want +got):\n%s", d)
	}
}

// A name longer than a ref can hold leads to its bearer all the same.
func TestLongName(t *testing.T) {
	e := newEstate()
	e.node("a/-/role/r", drover.KindIdentity, nil)
	alias := "oidc:https://issuer.example|" + strings.Repeat("x/", 300)
	e.node("k/-/sa/web", drover.KindIdentity, nil, alias)
	e.edge(drover.Edge{From: drover.UnseenRef(alias), To: "a/-/role/r", Kind: drover.EdgeCanAssume})
	if s := e.build(); s.Len() != 2 {
		t.Errorf("%d rows, want 2: %v", s.Len(), edgesOf(s))
	}
}

// A client certificate signs in as the user of its common name where its issuer,
// however far up, is taken; and nowhere else. What a source says itself stays.
func TestSignIns(t *testing.T) {
	e := newEstate()
	e.node("kubernetes/c1/cluster/c1", drover.KindResource, map[string]any{"type": "kubernetes.cluster", "hosts": []string{"api.example.com:6443"}})
	e.node("kubernetes/c1/user/name:ops%2C1", drover.KindIdentity, nil, "k8s-user:api.example.com:6443/ops,1")
	e.node("kubernetes/c1/user/name:web", drover.KindIdentity, nil, "k8s-user:api.example.com:6443/web")
	e.node("kubernetes/c1/service_account/u1", drover.KindIdentity, nil, "spiffe://td/ns/a/sa/b")
	cert := func(name, subject string, more map[string]any) {
		a := map[string]any{"type": "x509.certificate", "subject": subject}
		for k, v := range more {
			a[k] = v
		}
		e.node(drover.NewRef("x509", "", "certificate", name), drover.KindCredential, a)
	}
	cert("root", "CN=web", map[string]any{"ca": true})
	cert("middle", "CN=middle", map[string]any{"ca": true})
	cert("ops", `O=system:masters,CN=ops\,1`, map[string]any{"ext_key_usage": []string{"clientAuth"}})
	cert("server", "CN=web", map[string]any{"ext_key_usage": []string{"serverAuth"}})
	cert("web", "CN=web", nil)
	cert("stray", "CN=web", nil)
	cert("svid", "", map[string]any{"uris": []string{"spiffe://td/ns/a/sa/b"}})
	issue := func(from, to string) {
		e.edge(drover.Edge{From: drover.NewRef("x509", "", "certificate", from), To: drover.NewRef("x509", "", "certificate", to), Kind: drover.EdgeIssuedBy})
	}
	issue("middle", "root")
	issue("root", "middle") // a circle ends nowhere
	issue("ops", "middle")
	issue("server", "root")
	issue("web", "root")
	e.edge(drover.Edge{From: "kubernetes/c1/cluster/c1", To: "x509/-/certificate/root", Kind: drover.EdgeTrusts, Part: "client-ca-file"})
	e.edge(drover.Edge{From: "x509/-/certificate/web", To: "kubernetes/c1/user/name:web", Kind: drover.EdgeAuthenticates, Proof: "kubeconfig"})
	var got []string
	for _, x := range edgesOf(e.build()) {
		if !strings.Contains(x, "-> x509") {
			got = append(got, x)
		}
	}
	want := []string{
		"x509/-/certificate/ops -> kubernetes/c1/user/name:ops%2C1 [inferred] (common name, alias k8s-user:api.example.com:6443/ops,1)",
		"x509/-/certificate/svid -> kubernetes/c1/service_account/u1 [inferred] (SPIFFE ID, alias spiffe://td/ns/a/sa/b)",
		"x509/-/certificate/web -> kubernetes/c1/user/name:web",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("edges (-want +got):\n%s", d)
	}
}

// What a source describes by a name only says why it is no more than that.
func TestUnseenWhy(t *testing.T) {
	e := newEstate()
	who := e.node(drover.UnseenRef("aws-key-principal:AKIA1"), drover.KindIdentity, nil, "aws-key-principal:AKIA1")
	mail := e.node(drover.UnseenRef("email:ann@example.com"), drover.KindIdentity, nil, "email:ann@example.com")
	ann := e.node("hr/-/person/1", drover.KindHuman, nil, "email:ann@example.com")
	s := e.build()
	for id, want := range map[int64]string{who: "no AWS account has been read", mail: "one thing has this name, which is no proof", ann: ""} {
		if got := s.UnseenWhy(int(id - 1)); got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("row %d: %q, want %q", id-1, got, want)
		}
	}
}
