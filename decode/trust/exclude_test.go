package trust

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

// TestExcluded: whom a line or a Deny statement keeps out is not let in, and what
// is between goes with the edge.
func TestExcluded(t *testing.T) {
	const g, k = "token.actions.githubusercontent.com:", `"token.actions.githubusercontent.com:sub"`
	deny := func(principal, condition string) string {
		if condition != "" {
			condition = `,"Condition":` + condition
		}
		return `,{"Sid":"No","Effect":"Deny","Principal":` + principal + `,"Action":"sts:AssumeRoleWithWebIdentity"` + condition + `}`
	}
	for _, c := range []struct {
		name, condition, deny string
		want                  []string // "<sub> [grade] <subject> <undecided> <expired>"
	}{
		{"not like", `{"StringLike":{` + k + `:"repo:acme/*"},"StringNotLike":{` + k + `:"repo:acme/shop-admin:*"}}`, "",
			[]string{`repo:acme/* {"all":[{"any":["repo:acme/*"]},{"any":["repo:acme/shop-admin:*"],"not":true}]}`}},
		{"deny a pattern", `{"StringLike":{` + k + `:"repo:acme/*"}}`, deny(`"*"`, `{"StringLike":{`+k+`:"repo:acme/shop-admin:*"}}`),
			[]string{`repo:acme/* {"all":[{"any":["repo:acme/*"]}],"unless":[[{"any":["repo:acme/shop-admin:*"]}]]}`}},
		{"deny a subject", `{"StringEquals":{` + k + `:["a","b"]}}`, deny(`{"Federated":"`+github+`"}`, `{"StringEquals":{`+k+`:"b"}}`), []string{`a`}},
		{"deny all others", `{"StringLike":{` + k + `:["repo:a/*","repo:b/*"]}}`, deny(`{"AWS":"*"}`, `{"StringNotLike":{`+k+`:"repo:a/*"}}`),
			[]string{`repo:a/* {"all":[{"any":["repo:a/*","repo:b/*"]}],"unless":[[{"any":["repo:a/*"],"not":true}]]}`}},
		{"deny everybody", `{"StringLike":{` + k + `:"repo:a/*"}}`, deny(`"*"`, ""), nil},
		{"deny another provider", `{"StringEquals":{` + k + `:"a"}}`, deny(`{"Federated":"arn:aws:iam::1:oidc-provider/x"}`, ""), []string{`a`}},
		{"deny an account", `{"StringEquals":{` + k + `:"a"}}`, deny(`{"AWS":"123456789012"}`, ""), []string{`a`}},
		{"deny by an address", `{"StringEquals":{` + k + `:"a"}}`, deny(`"*"`, `{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), []string{`a [inferred] undecided=["Deny No"]`}},
		{"deny by an audience", `{"StringEquals":{` + k + `:"a"}}`, deny(`"*"`, `{"StringNotEquals":{"`+g+`aud":"x"}}`), []string{`a [inferred] undecided=["Deny No"]`}},
		{"deny that is over", `{"StringEquals":{` + k + `:"a"}}`, deny(`"*"`, `{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`), []string{`a`}},
		{"two lines", `{"StringLike":{` + k + `:"repo:acme/*"},"ForAnyValue:StringLike":{` + k + `:"*:ref:refs/heads/main"}}`, "",
			[]string{`repo:acme/* {"all":[{"any":["*:ref:refs/heads/main"]},{"any":["repo:acme/*"]}]}`}},
		{"lines that never meet", `{"StringLike":{` + k + `:"repo:a/*"},"ForAnyValue:StringLike":{` + k + `:"repo:b/*"}}`, "", nil},
		{"contradiction", `{"StringEquals":{` + k + `:"a"},"StringNotEquals":{` + k + `:"a"}}`, "", nil},
		{"contradiction without case", `{"StringEquals":{` + k + `:"a"},"StringNotEqualsIgnoreCase":{` + k + `:"A"}}`, "", nil},
		{"nothing left", `{"StringLike":{` + k + `:"repo:a/b:*"},"StringNotLike":{` + k + `:"repo:a/*"}}`, "", nil},
		{"no subject", `{"StringEquals":{` + k + `:"a"},"Null":{` + k + `:"true"}}`, "", nil},
		{"owner", `{"StringEquals":{"` + g + `repository_owner":"acme"}}`, "",
			[]string{`repo:acme/* {"all":[{"any":["acme"],"claim":"repository_owner"}]}`}},
		{"owner of an exact subject", `{"StringEquals":{` + k + `:["repo:acme/a:pull_request","repo:evil/a:pull_request"],"` + g + `repository_owner":"acme"}}`, "", []string{`repo:acme/a:pull_request`}},
		{"branch of an exact subject", `{"StringEquals":{` + k + `:"repo:acme/a:ref:refs/heads/x","` + g + `ref":"refs/heads/main"}}`, "", nil},
		{"workflow", `{"StringLike":{` + k + `:"repo:acme/*"},"StringEquals":{"` + g + `job_workflow_ref":"x"}}`, "",
			[]string{`repo:acme/* [inferred] {"all":[{"any":["repo:acme/*"]}],"demands":["` + g + `job_workflow_ref"]}`}},
		{"workflow of an exact subject", `{"StringEquals":{` + k + `:"a","` + g + `job_workflow_ref":"x"}}`, "", []string{`a [inferred] undecided=["` + g + `job_workflow_ref"]`}},
		{"actor that it must not be", `{"StringEquals":{` + k + `:"a"},"StringNotEquals":{"` + g + `actor":"x"}}`, "", []string{`a [inferred] undecided=["` + g + `actor"]`}},
		{"audience", `{"StringEquals":{` + k + `:"a","` + g + `aud":"sts.amazonaws.com"}}`, "", []string{`a`}},
		{"over", `{"StringEquals":{` + k + `:"a"},"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, "", []string{`a expired=2020-01-01T00:00:00Z`}},
		{"not over", `{"StringEquals":{` + k + `:"a"},"DateLessThan":{"aws:CurrentTime":"2120-01-01T00:00:00Z"}}`, "", []string{`a`}},
		{"not begun", `{"StringEquals":{` + k + `:"a"},"DateGreaterThan":{"aws:CurrentTime":"2120-01-01T00:00:00Z"}}`, "", []string{`a [inferred] undecided=["aws:CurrentTime"]`}},
		{"organisation", `{"StringLike":{` + k + `:"repo:a/*"},"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, "",
			[]string{`repo:a/* [inferred] {"all":[{"any":["repo:a/*"]}],"demands":["aws:PrincipalOrgID"]}`}},
	} {
		body := allow(`{"Federated":"`+github+`"}`, "sts:AssumeRoleWithWebIdentity", c.condition)
		body = strings.TrimSuffix(body, "]}") + c.deny + "]}"
		list, err := Parse(body, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var got []string
		for _, p := range list {
			_, text, _ := strings.Cut(p.Alias, "|")
			if p.Grade != "" {
				text += " [" + string(p.Grade) + "]"
			}
			fields := p.Cond.Map()
			if f := fields["subject"]; f != nil {
				text += " " + raw(p.Cond, "subject")
			}
			if fields["undecided"] != nil {
				text += " undecided=" + raw(p.Cond, "undecided")
			}
			if at := p.Cond.Str("expired"); at != "" {
				text += " expired=" + at
			}
			got = append(got, text)
			if p.WebIdentity != (p.Cond.Str("expired") == "") {
				t.Errorf("%s: web identity: %v", c.name, p.WebIdentity)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestDenied: principals of AWS are taken out by their name, their account, their
// role.
func TestDenied(t *testing.T) {
	for _, c := range []struct {
		allow, deny string
		want        int
		grade       drover.Grade
	}{
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"Principal":{"AWS":"arn:aws:iam::123456789012:role/a"}`, 0, ""},
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"Principal":{"AWS":"arn:aws:iam::123456789012:role/b"}`, 1, ""},
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"Principal":{"AWS":"123456789012"}`, 0, ""},
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"Principal":"*"`, 0, ""},
		{`{"AWS":"123456789012"}`, `"Principal":{"AWS":"arn:aws:iam::123456789012:role/a"}`, 1, ""},
		{`{"AWS":"arn:aws:sts::123456789012:assumed-role/a/s"}`, `"Principal":{"AWS":"arn:aws:iam::123456789012:role/a"}`, 0, ""},
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/a"}`, 1, ""},
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"NotPrincipal":{"AWS":"210987654321"}`, 0, ""},
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"NotPrincipal":{"AWS":"123456789012"}`, 1, drover.GradeInferred},
		{`{"AWS":"arn:aws:iam::123456789012:role/a"}`, `"Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`, 1, drover.GradeInferred},
		{`{"Service":"ec2.amazonaws.com"}`, `"Principal":{"Service":"ec2.amazonaws.com"}`, 0, ""},
	} {
		list, err := Parse(`{"Statement":[{"Effect":"Allow","Principal":`+c.allow+`,"Action":"sts:AssumeRole"},{"Effect":"Deny",`+c.deny+`,"Action":"sts:AssumeRole"}]}`, time.Time{})
		if err != nil || len(list) != c.want || c.want > 0 && list[0].Grade != c.grade {
			t.Errorf("%s, Deny %s: %+v, %v; want %d %s", c.allow, c.deny, list, err, c.want, c.grade)
		}
	}
}

// raw is a field as JSON.
func raw(c drover.Attrs, key string) string {
	text, _ := json.Marshal(c.Map()[key])
	return string(text)
}
