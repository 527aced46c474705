package check

import (
	"encoding/json"
	"testing"

	"github.com/droverhq/drover"
)

// What tells those who are meant from everybody, and what whoever has an account
// of their own meets.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		condition string
		want      Hold
	}{
		{`{}`, Open},
		{`{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, Open},
		{`{"Bool":{"aws:MultiFactorAuthPresent":true}}`, Open},
		{`{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}`, Open},
		{`{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`, Open},
		{`{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","::/0"]}}`, Open},
		{`{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}`, Open},
		{`{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}`, Open},
		{`{"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}}`, Open},
		{`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, Open},
		{`{"StringLike":{"aws:PrincipalArn":"*"}}`, Open},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/deploy"}}`, Open},
		{`{"StringLike":{"aws:PrincipalAccount":"*"}}`, Open},
		{`{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}}`, Open},
		{`{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`, Open},
		{`{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}`, Open},
		{`{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, Open},
		{`{"Null":{"aws:PrincipalOrgID":"false"}}`, Open},
		{`{"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}}`, Open},
		{`{"StringEquals":{"aws:PrincipalTag/team":"ci"}}`, Open},
		{`{"StringEquals":{"sts:RoleSessionName":"ci"}}`, Open},
		{`{"StringLike":{"aws:userid":"AROA*"}}`, Open},
		{`{"StringLike":{"sts:ExternalId":"*"}}`, Open},
		{`{"ForAnyValue:StringLike":{"sts:ExternalId":["*"]}}`, Open},
		{`{"StringEqualsIfExists":{"sts:ExternalId":"hs256:0"}}`, Open},
		{`{"ForAllValues:StringEquals":{"sts:ExternalId":"hs256:0"}}`, Open},
		{`{"Null":{"sts:ExternalId":"false"}}`, Open},

		{`{"StringEquals":{"sts:ExternalId":"hs256:0"}}`, Told},
		{`{"ForAnyValue:StringEquals":{"sts:ExternalId":"hs256:0"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, Told},
		{`{"StringEquals":{"aws:UserAgent":"hs256:0"}}`, Told},

		{`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, Held},
		{`{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}`, Held},
		{`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3/*"}}`, Held},
		{`{"StringEqualsIfExists":{"aws:PrincipalAccount":"123456789012"}}`, Held},
		{`{"StringEquals":{"aws:SourceAccount":"123456789012"}}`, Held},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::logs"}}`, Held},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}}`, Held},
		{`{"StringLike":{"aws:userid":"AROAEXAMPLE1234567890:*"}}`, Held},
		{`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, Held},
		{`{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, Held},
		{`{"Bool":{"aws:PrincipalIsAWSService":"true"}}`, Held},
		{`{"StringEquals":{"saml:aud":"https://signin.aws.amazon.com/saml"}}`, Held},
		{`{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:org/app:*"}}`, Held},
	} {
		var cond map[string]any
		if err := json.Unmarshal([]byte(`{"Condition":`+c.condition+`}`), &cond); err != nil {
			t.Fatal(err)
		}
		if got := Firmest(Bounds(drover.NewAttrs(cond))); got != c.want {
			t.Errorf("%s holds %d, want %d", c.condition, got, c.want)
		}
	}
}
