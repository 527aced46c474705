package graph

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

// Passwords of two clusters that each speak of "their" server lead nowhere; that of
// one leads to the server, by inference.
func TestLocalNames(t *testing.T) {
	const svc, address = "dsn:postgres://pg.shop.svc:5432/app", "dsn:postgres://10.0.0.5:5432/app"
	for _, c := range []struct {
		name, alias string
		in          []drover.Ref // where the passwords lie
		want        []string
		why         string
	}{
		{"one cluster", svc, []drover.Ref{"kubernetes/c1/secret/name:shop%2Fpg"}, []string{"secret/-/password/0 -> pg/1/role/app [inferred]"}, ""},
		{"two clusters", svc, []drover.Ref{"kubernetes/c1/secret/name:shop%2Fpg", "kubernetes/c2/secret/name:shop%2Fpg"}, nil, "2 clusters are known"},
		{"two of one cluster", address, []drover.Ref{"kubernetes/c1/secret/name:a", "kubernetes/c1/secret/name:b"},
			[]string{"secret/-/password/0 -> pg/1/role/app [inferred]", "secret/-/password/1 -> pg/1/role/app [inferred]"}, ""},
		{"an address in two clusters", address, []drover.Ref{"kubernetes/c1/secret/name:a", "kubernetes/c2/secret/name:b"}, nil, "2 clusters, computers or sources speak of 10.0.0.5:5432"},
		{"an address on two computers", address, []drover.Ref{"machine/m1/file/a", "machine/m2/file/b"}, nil, "2 clusters, computers or sources speak of 10.0.0.5:5432"},
	} {
		e := newEstate()
		e.node("pg/1/role/app", drover.KindIdentity, nil, svc, address)
		var passwords []drover.Ref
		for i, in := range c.in {
			e.node(in, drover.KindResource, nil)
			passwords = append(passwords, drover.NewRef("secret", "", "password", string(rune('0'+i))))
			e.node(passwords[i], drover.KindCredential, nil)
		}
		for i, in := range c.in {
			e.edge(drover.Edge{From: passwords[i], To: in, Kind: drover.EdgeStoredIn})
			e.edge(drover.Edge{From: passwords[i], To: drover.UnseenRef(c.alias), Kind: drover.EdgeAuthenticates})
		}
		s := e.build()
		var got []string
		for _, x := range edgesOf(s) {
			if x, _, _ = strings.Cut(x, " ("); strings.Contains(x, "-> pg/") {
				got = append(got, x)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		if i, ok := s.Find(drover.UnseenRef(c.alias)); c.why != "" && (!ok || !strings.Contains(s.Attrs(i).Str("unseen"), c.why)) {
			t.Errorf("%s: %q, want %q", c.name, s.Attrs(i).Str("unseen"), c.why)
		}
	}
}

// What a trust leaves out has no edge, and each edge goes by its own condition.
func TestFilteredPattern(t *testing.T) {
	e := newEstate()
	e.node("a/-/role/r", drover.KindIdentity, nil)
	e.node("a/-/role/q", drover.KindIdentity, nil)
	e.node("g/-/repository/app", drover.KindResource, nil, "github:Acme/app", "git:github.com/acme/app")
	e.node("g/-/repository/admin", drover.KindResource, nil, "github:acme/shop-admin", "git:github.com/acme/shop-admin")
	without := drover.Attrs(`{"subject":{"all":[{"any":["repo:acme/*"]},{"any":["repo:acme/shop-admin:*"],"not":true}]}}`)
	demands := drover.Attrs(`{"subject":{"demands":["job_workflow_ref"]}}`)
	e.edge(drover.Edge{From: drover.UnseenRef(actions + "acme/*"), To: "a/-/role/r", Kind: drover.EdgeCanAssume, Cond: without})
	e.edge(drover.Edge{From: drover.UnseenRef(actions + "acme/*"), To: "a/-/role/q", Kind: drover.EdgeCanAssume})
	e.edge(drover.Edge{From: drover.UnseenRef(actions + "*"), To: "a/-/role/q", Kind: drover.EdgeCanAssume, Cond: demands})
	s := e.build()
	p := " (pattern " + actions + "acme/*)"
	want := []string{"g/-/repository/admin -> a/-/role/q" + p, "g/-/repository/app -> a/-/role/q" + p, "g/-/repository/app -> a/-/role/r" + p, string(drover.UnseenRef(actions+"*")) + " -> a/-/role/q"}
	if d := cmp.Diff(want, edgesOf(s)); d != "" {
		t.Errorf("edges (-want +got):\n%s", d)
	}
	if i, ok := s.Find(drover.UnseenRef(actions + "*")); !ok || !strings.Contains(s.Attrs(i).Str("unseen"), "also demands job_workflow_ref") {
		t.Errorf("why: %q", s.Attrs(i).Str("unseen"))
	}
}
