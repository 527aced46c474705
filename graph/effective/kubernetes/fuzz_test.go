package kubernetes

import (
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// Whatever names, attributes and rules a scanned cluster holds, evaluating it ends
// without a panic, and every edge joins rows that are there.
func FuzzLoad(f *testing.F) {
	f.Add("web", []byte(`{"namespace":"a","document":"","containers":[{"name":"c","securityContext":{"privileged":true},"volumeMounts":[{"name":"v","subPath":"../x"}]}],"volumes":[{"name":"v","hostPath":{"path":"/var/run/../.."}}],"hostPID":true}`),
		[]byte(`{"rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*","pods/exec"],"resourceNames":["web","x"]}]}`), "shop/secrets/db")
	f.Add("system:masters", []byte(`{"namespace":7,"labels":[],"roleRef":{"kind":"ClusterRole","name":"system:masters"},"automountServiceAccountToken":"no","volumes":{},"serviceAccountName":[]}`),
		[]byte(`{"rules":[{"verbs":["create","bind","escalate","patch"],"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterrolebindings","rolebindings","roles","clusterroles"]}],"aggregationRule":{"clusterRoleSelectors":[{}]}}`), "/x")
	f.Add("", []byte(`{}`), []byte(`{"rules":null}`), "a.b.c/d/e")
	types := []struct {
		typ  string
		kind drover.Kind
	}{
		{"cluster", drover.KindResource}, {"namespace", drover.KindResource}, {"secret", drover.KindResource}, {"service_account", drover.KindIdentity}, {"user", drover.KindIdentity}, {"group", drover.KindGroup},
		{"cluster_role", drover.KindRole}, {"role", drover.KindRole}, {"cluster_role_binding", drover.KindPolicy}, {"role_binding", drover.KindPolicy}, {"node", drover.KindWorkload}, {"pod", drover.KindWorkload},
		{"deployment", drover.KindWorkload}, {"service_account_token", drover.KindCredential}, {"odd", drover.KindPlace},
	}
	f.Fuzz(func(t *testing.T, name string, raw, rules []byte, question string) {
		attrs, err := drover.CanonicalAttrs(raw)
		if err != nil {
			return
		}
		r := &connectortest.Result{}
		d := drover.NewDocument("k8s-rbac", string(rules))
		r.Documents = append(r.Documents, d)
		attrs = attrs.With("document", d.Hash)
		if attrs.Get("roleRef") == nil {
			attrs = attrs.With("roleRef", map[string]any{"kind": "ClusterRole", "name": name})
		}
		for _, x := range types {
			for _, id := range []string{"1", drover.Named(name)} {
				r.Nodes = append(r.Nodes, drover.Node{Ref: drover.NewRef(system, "c", x.typ, id), Kind: x.kind, Type: system + "." + x.typ, Name: name, Attrs: attrs})
			}
		}
		ref := func(typ string) drover.Ref { return drover.NewRef(system, "c", typ, "1") }
		for _, b := range []string{"role_binding", "cluster_role_binding"} {
			for _, who := range []string{"service_account", "user", "group", "odd"} {
				r.Edges = append(r.Edges, drover.Edge{From: ref(b), To: ref(who), Kind: drover.EdgeAttached}, drover.Edge{From: ref(who), To: ref("cluster_role"), Kind: drover.EdgeMemberOf, Part: "1"},
					drover.Edge{From: ref(who), To: ref("role"), Kind: drover.EdgeMemberOf, Part: name})
			}
		}
		r.Edges = append(r.Edges, drover.Edge{From: ref("pod"), To: ref("service_account"), Kind: drover.EdgeRunsAs},
			drover.Edge{From: ref("group"), To: ref("group"), Kind: drover.EdgeMemberOf}, drover.Edge{From: ref("user"), To: ref("group"), Kind: drover.EdgeMemberOf},
			drover.Edge{From: ref("deployment"), To: drover.UnseenRef("k8s:c/" + name + "/x"), Kind: drover.EdgeRunsAs})
		in := input(r)
		m, err := System.Load(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		rows, n := uint32(in.Len()+len(in.Extra())), 0
		for e := range m.Edges {
			if n++; e.From >= rows || e.To >= rows || e.From == e.To || len(e.Cond) > 0 && e.Grade == drover.GradeProven {
				t.Fatalf("edge %+v of %d rows", e, rows)
			}
		}
		for _, x := range in.Extra() {
			if err := x.Valid(); err != nil {
				t.Error(err)
			}
		}
		q, ok := m.Question(question, "get")
		for row := range rows {
			if p, has := m.Profile(row); has {
				for x := range m.Touch(p) {
					if x.Row >= rows {
						t.Fatalf("touch %+v", x)
					}
				}
				m.Grants(row)
				if ok {
					m.Decide(row, q)
				}
			}
		}
	})
}
