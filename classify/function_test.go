package classify_test

import (
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
)

// A function comes from names that somebody chose for what a thing does; a tag
// says it of any.
func TestFunctionOfNames(t *testing.T) {
	c, err := classify.New(classify.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		kind      drover.Kind
		typ, name string
		tag, want string
	}{
		{drover.KindIdentity, "aws.iam.role", "svc-prod-billing", "", "billing"},
		{drover.KindWorkload, "kubernetes.deployment", "svc-prod-billing", "", "billing"},
		{"", "", "svc-prod-billing", "", "billing"},
		{drover.KindResource, "git.repository", "github.com/harbourfinch/billing", "", ""},
		{drover.KindResource, "aws.s3.bucket", "svc-prod-billing", "", ""},
		{drover.KindResource, "aws.s3.bucket", "svc-prod-billing", "invoices", "invoices"},
		{drover.KindGroup, "kubernetes.group", "svc-prod-billing", "", ""},
		{drover.KindPolicy, "aws.iam.policy", "svc-prod-billing", "", ""},
		{drover.KindCredential, "secret.password", "svc-prod-billing", "", ""},
		{drover.KindIdentity, "login.account", "billing at registry.example.com", "", ""},
		{drover.KindIdentity, "aws.principal", "principal of AKIA2OGYBAH6STMMNXQQ", "", ""},
		{drover.KindIdentity, "unseen.login", "registry.example.com/billing", "", ""},
	} {
		in := classify.Input{Kind: test.kind, Type: test.typ, Name: test.name}
		if test.tag != "" {
			in.Tags = []classify.Label{{Key: "function", Value: test.tag}}
		}
		if got := c.Classify(&in, time.Unix(1e9, 0)).Function.Value; got != test.want {
			t.Errorf("%s %s %q: function %q, want %q", test.kind, test.typ, test.name, got, test.want)
		}
	}
}
