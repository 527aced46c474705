package k8srbac

import (
	"fmt"
	"testing"
)

// BenchmarkAllowed asks a cluster of 10,000 bindings about an account that has
// thirty of them, of ten rules each.
func BenchmarkAllowed(b *testing.B) {
	var roles []Role
	var bindings []Binding
	for i := range 10_000 {
		var rules []Rule
		for k := range 10 {
			rules = append(rules, Rule{Verbs: []string{"get", "list"}, APIGroups: []string{"example.io"}, Resources: []string{fmt.Sprint("things", i, "-", k)}})
		}
		roles = append(roles, Role{Name: fmt.Sprint("r", i), Rules: rules})
		bindings = append(bindings, Binding{Name: fmt.Sprint("b", i), Namespace: "a", RoleKind: "ClusterRole", RoleName: fmt.Sprint("r", i), Subjects: []Subject{{Kind: "ServiceAccount", Name: fmt.Sprint("sa", i/30)}}})
	}
	p := New(roles, bindings)
	who := Account("a", "sa7")
	q := &Request{Verb: "list", Group: "example.io", Resource: "things239-9", Namespace: "a"}
	if !p.Allowed(who, q) {
		b.Fatal("the last rule of the last binding does not allow")
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Allowed(who, q)
	}
}
