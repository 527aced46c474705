package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// A request is said as its system says it.
func TestRequest(t *testing.T) {
	for _, c := range []struct{ action, resource, want string }{
		{"s3:GetObject", "arn:aws:s3:::b/k", "s3:GetObject on arn:aws:s3:::b/k"}, {"get", "b/secrets/one", "get b/secrets/one"}, {"SELECT", "orders", "SELECT on orders"},
	} {
		if got := request(c.action, c.resource); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Holders of one name and type are told apart by their tenant, others not.
func TestHolderNames(t *testing.T) {
	holder := func(tenant, typ string) engine.HolderView {
		return engine.HolderView{NodeView: engine.NodeView{Ref: drover.NewRef("aws", tenant, typ, "x"), Name: "x", Type: "aws." + typ}}
	}
	got := holderNames([]engine.HolderView{holder("1", "role"), holder("2", "role"), holder("1", "user")})
	if d := cmp.Diff([]string{"x (1)", "x (2)", "x"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
