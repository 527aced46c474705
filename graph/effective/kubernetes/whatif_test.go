package kubernetes

import (
	"slices"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// What a what-if takes away is gone, and what it adds is there, without a scan.
func TestWhatIf(t *testing.T) {
	a := loaded(t, parse(t, shop+gives("shop", "b", "shop/web", "create :pods/exec one")+gives("shop", "lent", "shop/job", "create :serviceaccounts/token web")+pod("shop", "root", "web", "hostPID: true", "securityContext: {capabilities: {add: [SYS_PTRACE, SYS_ADMIN]}}")))
	ref := func(name string) string { return string(a.in.Ref(int(a.identity(t, name)))) }
	none, zero := "", 0
	node := a.in.Snapshot.Node(int(a.identity(t, "pod root")))
	node.Attrs = node.Attrs.With("hostPID", false)
	for name, c := range map[string]struct {
		change effective.Change
		edge   string
		there  bool
	}{
		"nothing":              {effective.Change{}, "role_binding b -POD_EXEC-> pod one", true},
		"the binding goes":     {effective.Change{Remove: []effective.Removal{{Ref: ref("role_binding b")}}}, "role_binding b -POD_EXEC-> pod one", false},
		"the rule goes":        {effective.Change{Remove: []effective.Removal{{Ref: ref("role b"), Statement: &zero}}}, "role_binding b -POD_EXEC-> pod one", false},
		"the subject goes":     {effective.Change{Remove: []effective.Removal{{From: ref("role_binding b"), To: ref("service_account web")}}}, "service_account web -PERMISSION_DISCOVER-> role_binding b", false},
		"the membership goes":  {effective.Change{Remove: []effective.Removal{{From: ref("service_account web"), To: ref("role b"), Kind: drover.EdgeMemberOf}}}, "service_account web -PERMISSION_DISCOVER-> role_binding b", false},
		"another stays":        {effective.Change{Remove: []effective.Removal{{From: ref("service_account web"), To: ref("role b")}}}, "service_account job -PERMISSION_DISCOVER-> role_binding lent", true},
		"a membership is made": {effective.Change{Add: []drover.Record{{Edge: &drover.Edge{From: drover.Ref(ref("service_account web")), To: drover.Ref(ref("role lent")), Kind: drover.EdgeMemberOf, Part: none}}}}, "permission_set lent -TOKEN_REQUEST-> service_account web", true},
		"hostPID goes":         {effective.Change{Add: []drover.Record{{Node: &node}}}, "pod root -CE_SYS_PTRACE-> node a node", false},
	} {
		in, err := effective.Apply(a.in, &c.change)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b := answered(t, in)
		var all []string
		for i := range b.edges {
			all = append(all, b.spell(&b.edges[i]))
		}
		if got := slices.Contains(all, c.edge); got != c.there {
			t.Errorf("%s: %s is there: %v, want %v", name, c.edge, got, c.there)
		}
	}
}
