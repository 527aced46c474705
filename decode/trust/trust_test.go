package trust

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

const github = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"

// allow is a trust policy of one statement.
func allow(principal, action, condition string) string {
	c := ""
	if condition != "" {
		c = `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `"` + c + `}]}`
}

func aliases(t *testing.T, body string) []string {
	t.Helper()
	list, err := Parse(body, time.Time{})
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	var out []string
	for _, p := range list {
		out = append(out, p.Alias)
	}
	return out
}

// TestParseIn: an account by its number is of the partition of the role; an ARN
// says its own.
func TestParseIn(t *testing.T) {
	body := allow(`{"AWS":["111122223333","arn:aws-cn:iam::444455556666:role/ci"]}`, "sts:AssumeRole", "")
	for partition, want := range map[string]string{"": "arn:aws:iam::111122223333:root", "aws": "arn:aws:iam::111122223333:root", "aws-cn": "arn:aws-cn:iam::111122223333:root", "aws-us-gov": "arn:aws-us-gov:iam::111122223333:root"} {
		list, err := ParseIn(partition, body, time.Time{})
		if err != nil || len(list) != 2 {
			t.Fatalf("%q: %d principals, %v", partition, len(list), err)
		}
		if got := list[0].Alias; got != want {
			t.Errorf("%q: %s, want %s", partition, got, want)
		}
		if got, want := list[1].Alias, "arn:aws-cn:iam::444455556666:role/ci"; got != want {
			t.Errorf("%q: %s, want %s", partition, got, want)
		}
	}
}

// TestPrincipals: each way in which a principal is written has one spelling.
func TestPrincipals(t *testing.T) {
	for principal, want := range map[string][]string{
		`"*"`:                    {"aws-any:*"},
		`{"AWS":"*"}`:            {"aws-any:*"},
		`{"AWS":["*"]}`:          {"aws-any:*"},
		`{"AWS":"123456789012"}`: {"arn:aws:iam::123456789012:root"},
		`{"AWS":["arn:aws-cn:iam::123456789012:root","AROAJQABLZS4A3QDU576Q"]}`:     {"arn:aws-cn:iam::123456789012:root", "aws-principal-id:AROAJQABLZS4A3QDU576Q"},
		`{"AWS":"arn:aws:iam::123456789012:role/team/ci"}`:                          {"arn:aws:iam::123456789012:role/team/ci"},
		`{"AWS":"arn:aws:sts::123456789012:assumed-role/ci/s"}`:                     {"arn:aws:sts::123456789012:assumed-role/ci/s"},
		`{"AWS":"arn:aws:iam::123456789012:role/*"}`:                                {"arn:aws:iam::123456789012:role/%2A"},
		`{"Service":["ec2.amazonaws.com","Lambda.amazonaws.com"]}`:                  {"aws-service:ec2.amazonaws.com", "aws-service:lambda.amazonaws.com"},
		`{"Service":"ecs.amazonaws.com","AWS":"123456789012"}`:                      {"arn:aws:iam::123456789012:root", "aws-service:ecs.amazonaws.com"},
		`{"Federated":"arn:aws:iam::123456789012:saml-provider/Okta"}`:              {"arn:aws:iam::123456789012:saml-provider/Okta"},
		`{"Federated":"accounts.google.com"}`:                                       {"oidc:https://accounts.google.com|*"},
		`{"Federated":"arn:aws:iam::123456789012:oidc-provider/Git.Example.com/a"}`: {"oidc:https://git.example.com/a|*"},
		`{"CanonicalUser":"` + strings.Repeat("7a", 32) + `"}`:                      {"aws-canonical-user:" + strings.Repeat("7a", 32)},
	} {
		if diff := cmp.Diff(want, aliases(t, allow(principal, "sts:AssumeRole", ""))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", principal, diff)
		}
	}
}

// TestSubjects: the subjects of a condition are the ends; what AWS takes
// literally is never a pattern, and lines that exclude each other leave nobody.
func TestSubjects(t *testing.T) {
	const k = `"token.actions.githubusercontent.com:sub"`
	for condition, want := range map[string][]string{
		``: {"*"},
		`{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`:             {"*"},
		`{"StringEquals":{` + k + `:"repo:acme/app:ref:refs/heads/main"}}`:                             {"repo:acme/app:ref:refs/heads/main"},
		`{"StringLike":{` + k + `:["repo:acme/*","repo:acme/a?p:*"]}}`:                                 {"repo:acme/*", "repo:acme/a?p:*"},
		`{"StringEquals":{` + k + `:"repo:acme/*"}}`:                                                   {"repo:acme/%2A"},
		`{"ForAnyValue:StringLike":{"Token.Actions.GitHubUserContent.com:SUB":"repo:a/b:*"}}`:          {"repo:a/b:*"},
		`{"ForAllValues:StringEqualsIfExists":{` + k + `:"repo:a/b:pull_request"}}`:                    {"repo:a/b:pull_request"},
		`{"stringequalsignorecase":{` + k + `:"repo:A/b:x"}}`:                                          {"repo:A/b:x"},
		`{"StringLike":{` + k + `:"repo:acme/${aws:PrincipalTag/repo}:*"}}`:                            {"repo:acme/*:*"},
		`{"StringLike":{` + k + `:"repo:acme/a${*}b${$}"}}`:                                            {"repo:acme/a%2Ab$"},
		`{"StringEquals":{` + k + `:["repo:a/b:x","repo:c/d:x"]},"StringLike":{` + k + `:"repo:a/*"}}`: {"repo:a/b:x"},
		`{"StringLike":{` + k + `:"repo:a/*"},"StringNotLike":{` + k + `:"repo:a/x:*"}}`:               {"repo:a/*"},
		`{"StringEquals":{` + k + `:["x","y"]},"StringNotEquals":{` + k + `:"y"}}`:                     {"x"},
		`{"StringEquals":{` + k + `:"x"},"StringLike":{` + k + `:"y*"}}`:                               nil,
		`{"StringLike":{` + k + `:["*","repo:a/*"]},"ForAnyValue:StringLike":{` + k + `:"repo:b/*"}}`:  {"repo:b/*"},
		`{"StringEquals":{` + k + `:[]}}`:                                                              nil,
		`{"StringEquals":{"other.example.com:sub":"x"}}`:                                               {"*"},
	} {
		for i, w := range want {
			want[i] = "oidc:https://token.actions.githubusercontent.com|" + w
		}
		if diff := cmp.Diff(want, aliases(t, allow(`{"Federated":"`+github+`"}`, "sts:AssumeRoleWithWebIdentity", condition))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", condition, diff)
		}
	}
}

// TestOlderVersion: before 2012-10-17 a variable is text like any other.
func TestOlderVersion(t *testing.T) {
	body := allow(`{"Federated":"graph.facebook.com"}`, "sts:AssumeRoleWithWebIdentity", `{"StringLike":{"graph.facebook.com:id":"${x}"}}`)
	if got := aliases(t, strings.Replace(body, "2012-10-17", "2008-10-17", 1)); got[0] != "oidc:https://graph.facebook.com|${x}" {
		t.Errorf("got %q", got)
	}
	if got := aliases(t, body); got[0] != "oidc:https://graph.facebook.com|*" {
		t.Errorf("got %q", got)
	}
}

// TestConditions: what narrows a statement stands beside every principal; the
// usual action alone is no condition.
func TestConditions(t *testing.T) {
	body := `{"Version":"2012-10-17","Statement":[
 {"Sid":"Plain","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["sts:AssumeRole","sts:TagSession"]},
 {"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:TagSession"},
 {"Effect":"Allow","Principal":{"Federated":"` + github + `"},"Action":"sts:*","Condition":{"StringEquals":{"token.actions.githubusercontent.com:sub":"x"}}},
 {"Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"NotAction":"sts:AssumeRole"}]}`
	want := []Principal{
		{Kind: KindAWS, Alias: "arn:aws:iam::123456789012:root", Statement: "Plain", Assume: true},
		{Kind: KindAWS, Alias: "arn:aws:iam::123456789012:root", Statement: "1", Cond: drover.Attrs(`{"Action":"sts:TagSession"}`)},
		{Kind: KindOIDC, Alias: "oidc:https://token.actions.githubusercontent.com|x", Statement: "2", Assume: true, WebIdentity: true,
			Cond: drover.Attrs(`{"Action":"sts:*","Condition":{"StringEquals":{"token.actions.githubusercontent.com:sub":"x"}}}`)},
		{Kind: KindAny, Alias: "aws-any:*", Statement: "3", Cond: drover.Attrs(`{"NotAction":"sts:AssumeRole","NotPrincipal":{"AWS":"123456789012"}}`)},
	}
	got, err := Parse(body, time.Time{})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	again, err := Parse(strings.ReplaceAll(url.QueryEscape(body), "+", "%20"), time.Time{})
	if diff := cmp.Diff(want, again); diff != "" || err != nil {
		t.Errorf("percent-encoded: %v (-want +got):\n%s", err, diff)
	}
}

// TestDeny: a statement that takes away is told beside every one that gives, and
// its own principals are let in by nothing.
func TestDeny(t *testing.T) {
	got, err := Parse(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},{"Sid":"No","Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}`, time.Time{})
	if err != nil || len(got) != 1 || string(got[0].Cond) != `{"Action":"sts:AssumeRole","Deny":["No"]}` {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestBroken: what can be read is, beside an error that names the statement.
func TestBroken(t *testing.T) {
	for body, n := range map[string]int{
		``: 0, `[]`: 0, `{`: 0, `"x"`: 0, `%7`: 0, `{"Statement":"x"}`: 0, `{"Statement":[1]}`: 0,
		allow(`"me"`, "sts:AssumeRole", ""):                             0,
		allow(`{"AWS":["x","123456789012"]}`, "sts:AssumeRole", ""):     1,
		allow(`{"Federated":"x"}`, "sts:AssumeRoleWithWebIdentity", ""): 0,
		allow(`{"Nobody":"x"}`, "sts:AssumeRole", ""):                   0,
		allow(`{"Federated":"`+github+`"}`, "sts:AssumeRole", `"x"`):    1,
		`{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}`:    0,
		`{"Statement":{"Effect":"Maybe","Principal":"*"}}`:              0,
		`{"Statement":[` + strings.Repeat(" ", MaxBody) + `]}`:          0,
	} {
		list, err := Parse(body, time.Time{})
		if len(list) != n || !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%.80s: %d principals, %v; want %d and an error that wraps ErrInvalid", body, len(list), err, n)
		}
	}
	if list, err := Parse(`{"Version":"2012-10-17","Statement":[]}`, time.Time{}); len(list) > 0 || err != nil {
		t.Errorf("no statements: %v %v", list, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(allow(`{"Federated":"`+github+`","AWS":["1","*"]}`, "sts:*", `{"StringLike":{"token.actions.githubusercontent.com:sub":["a*","${b}"]},"StringNotEquals":{"token.actions.githubusercontent.com:sub":"c"}}`))
	f.Add(allow(`"*"`, "sts:AssumeRole", ""))
	f.Add(`{"Statement":{"Effect":"Deny"}}`)
	f.Add(`%7B%22Statement%22%3A%5B%5D%7D`)
	f.Fuzz(func(t *testing.T, body string) {
		list, err := Parse(body, time.Time{})
		if err != nil && !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("error does not wrap ErrInvalid: %v", err)
		}
		for _, p := range list {
			if err := drover.UnseenRef(p.Alias).Valid(); err != nil {
				t.Errorf("%+v: %v", p, err)
			}
			if len(p.Cond) > 0 && !json.Valid(p.Cond) {
				t.Errorf("%q: its condition is no JSON", p.Alias)
			}
			if !strings.HasPrefix(p.Alias, "oidc:") && strings.Contains(strings.TrimSuffix(p.Alias, ":*"), "*") {
				t.Errorf("%q has a wildcard that AWS would not take", p.Alias)
			}
		}
	})
}
