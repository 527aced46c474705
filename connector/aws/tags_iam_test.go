package aws

import (
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// A secret that somebody wrote into a tag of IAM does not come out, as none of a
// tag of another service does.
func TestTagsOfIAM(t *testing.T) {
	bare := "kR8Zp2Qv7Lx0Nc4Wb9Yt3Hf6" + "Js1Dg5Mu8Ea2Ti/+" // no rule knows it
	s := &shelf{records: map[string]map[string]bool{}, kept: map[string][]string{}, sections: map[string]drover.Section{}}
	scanText(t, s, `{"UserDetailList":[{"UserName":"ci","UserId":"AIDAEXAMPLE000000001","Arn":"arn:aws:iam::123456789012:user/ci","Path":"/","Tags":[{"Key":"owner","Value":"ada@example.com"},{"Key":"db_password","Value":"`+fakePassword+`"},{"Key":"note","Value":"uses `+fakeToken+`"},{"Key":"key","Value":"`+bare+`"},{"Key":"hint","Value":"it is `+bare+`."},{"Key":"commit","Value":"9fceb02d0ae598e95dc970b74767f19372d61af8"}]}]}`)
	connectortest.NoCanary(t, s.text.String(), []string{fakePassword, fakeToken, bare})
	for _, want := range []string{`"Key":"owner","Value":"ada@example.com"`, `"Key":"db_password","Value":"[REDACTED]"`, `"Value":"9fceb02d0ae598e95dc970b74767f19372d61af8"`, `"kind":"owns"`} {
		if !strings.Contains(s.text.String(), want) {
			t.Errorf("no %s in %s", want, s.text.String())
		}
	}
}
