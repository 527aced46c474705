package awsiam

import (
	"strings"
	"testing"
)

// A role's trust policy is called so, not a resource policy; others keep their kind.
func TestTrustTitle(t *testing.T) {
	body := `{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"},"Action":"*","Resource":"*"}}`
	for name, want := range map[string]string{"trust policy of ops": "statement 0 of the trust policy of ops allows", "logs": "statement 0 of resource policy logs allows"} {
		doc, _, err := Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		d := Compile(&Policies{}).Explain(&Request{Action: "sts:AssumeRole", Resource: "arn:aws:iam::111122223333:role/ops", Principal: Principal{ARN: "arn:aws:iam::111122223333:user/ann", Account: "111122223333"},
			ResourcePolicy: &Attached{Name: name, Doc: doc}, ResourceAccount: "111122223333"})
		if len(d.Proof) == 0 || !strings.HasPrefix(d.Proof[0].Text, want) {
			t.Errorf("got %+v, want %q", d, want)
		}
	}
}
