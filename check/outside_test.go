package check_test

import (
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check/checktest"
)

// Who is let in by nothing of their own counts in full, who was told a value less,
// and who is meant not at all.
func TestOutside(t *testing.T) {
	e := checktest.Estate(t, `
aws/1/iam.role/open identity name=open
aws/1/iam.role/told identity name=told
aws/1/iam.role/held identity name=held
aws/1/iam.role/hub identity name=hub
aws/1/iam.role/org identity name=org
aws/1/iam.user/u identity name=u
aws/1/iam.role/open -trusts-> aws-any:* part="s 0" cond={"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}
aws/1/iam.role/told -trusts-> aws-any:* part="s 0" cond={"Condition":{"StringEquals":{"sts:ExternalId":"hs256:0"}}}
aws/1/iam.role/held -trusts-> aws-any:* part="s 0" cond={"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}
aws/1/iam.role/hub -trusts-> oidc:https://token.actions.githubusercontent.com|* part="s 0"
aws/1/iam.role/org -trusts-> oidc:https://token.actions.githubusercontent.com|repo:acme/app:* part="s 0"
`)
	for ref, want := range map[string]int{"iam.role/open": 100, "iam.role/told": 70, "iam.role/held": 0, "iam.role/hub": 100, "iam.role/org": 0, "iam.user/u": 0} {
		row, ok := e.Graph.Find(drover.Ref("aws/1/" + ref))
		if !ok {
			t.Fatalf("no %s", ref)
		}
		if got, says := e.Outside(row); got != want || got > 0 != (says != "") {
			t.Errorf("%s: open %d (%q), want %d", ref, got, says, want)
		}
	}
}
