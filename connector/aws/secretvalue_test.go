package aws

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// With secrets=decode a secret says whom it opens, and nothing of what was read
// is kept; without, no value is asked for.
func TestSecretValues(t *testing.T) {
	moto := realtest.Moto(t)
	values := []string{"Orders-pw-4471-qx", "Other-pw-9921-zz", "AKIAQ4KXT5ZB7RNDMF2W", "kJ8s0fLq2Vw7xTz1Yb3Nc5Md6Pe9Rg4HuAi0oSlD"}
	moto.Run(t, "testdata/secret_values.py", nil, "orders_app", values[0], values[1], values[2], values[3])
	config := emulated(moto.URL, "us-east-1")
	plain := connectortest.CollectContext(t.Context(), t, Connector, config, "secretsmanager.secrets")
	if n := len(pairsOf(plain, drover.EdgeStoredIn)); n != 0 {
		t.Errorf("without decode %d credentials are known", n)
	}
	config["secrets"] = []string{"decode"}
	got := connectortest.CollectContext(t.Context(), t, Connector, config, "secretsmanager.secrets")
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	opens := map[string][]string{}
	for _, e := range got.Edges {
		if e.Kind != drover.EdgeStoredIn {
			continue
		}
		name := ""
		for _, n := range got.Nodes {
			if n.Ref == e.To {
				name = n.Name
			}
		}
		for _, x := range got.Edges {
			if x.Kind == drover.EdgeAuthenticates && x.From == e.From {
				opens[name] = append(opens[name], string(x.To))
			}
		}
		for _, n := range got.Nodes {
			if n.Ref == e.From && strings.Contains(strings.Join(n.Aliases, " "), "aws-key:"+values[2]) {
				opens[name] = append(opens[name], "aws-key")
			}
		}
	}
	login := string(drover.UnseenRef("dsn:postgres://orders-db.acme.test:5432/orders_app"))
	want := map[string][]string{"orders/login": {login}, "orders/dsn": {login}, "deploy/key": {"unseen/-/aws-key-principal/aws-key-principal:" + values[2], "aws-key"}}
	if d := cmp.Diff(want, opens); d != "" {
		t.Errorf("whom the secrets open (-want +got):\n%s", d)
	}
	all, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	connectortest.NoCanary(t, string(all)+got.Logs, []string{values[0], values[1], values[3]})
}
