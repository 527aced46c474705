package aws

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

func sealing() *account {
	return &account{scan: &connector.Scan{Session: &connector.Session{Fingerprints: drover.NewFingerprinter(bytes.Repeat([]byte{7}, 32))}}}
}

func TestSeal(t *testing.T) {
	a := sealing()
	fp := a.fingerprint("kx-77-third-party")
	for name, c := range map[string]struct{ in, want, keys string }{
		"one value":             {`{"Statement":[{"Condition":{"StringEquals":{"sts:ExternalId":"kx-77-third-party","aws:PrincipalOrgID":"o-1"}}}]}`, `{"Statement":[{"Condition":{"StringEquals":{"sts:ExternalId":"` + fp + `","aws:PrincipalOrgID":"o-1"}}}]}`, "sts:ExternalId"},
		"a list, other case":    {`{"Condition":{"StringLike":{"STS:externalid":["kx-77-third-party","*"]}}}`, `{"Condition":{"StringLike":{"STS:externalid":["` + fp + `","*"]}}}`, "sts:ExternalId"},
		"an escaped key":        {`{"C":{"sts\u003aExternalId":"kx-77-third-party"}}`, `{"C":{"sts\u003aExternalId":"` + fp + `"}}`, "sts:ExternalId"},
		"two keys":              {`{"a":{"aws:UserAgent":"kx-77-third-party"},"b":{"aws:Referer":"kx-77-third-party"}}`, `{"a":{"aws:UserAgent":"` + fp + `"},"b":{"aws:Referer":"` + fp + `"}}`, "aws:Referer aws:UserAgent"},
		"no secret":             {`{"Null":{"sts:ExternalId":"true"},"S":{"sts:ExternalId":["*","${aws:username}"]}}`, `{"Null":{"sts:ExternalId":"true"},"S":{"sts:ExternalId":["*","${aws:username}"]}}`, ""},
		"nothing of it":         {`{"Statement": [ {"Sid" : "a\u0062"} ]}`, `{"Statement": [ {"Sid" : "a\u0062"} ]}`, ""},
		"a key that is a value": {`{"a":["sts:ExternalId","kept"]}`, `{"a":["sts:ExternalId","kept"]}`, ""},
	} {
		got, keys := a.seal(c.in)
		if got != c.want || strings.Join(keys, " ") != c.keys {
			t.Errorf("%s: got %s %v, want %s", name, got, keys, c.want)
		}
		if again, _ := a.seal(c.in); again != got {
			t.Errorf("%s: another time %s", name, again)
		}
	}
}

// Whatever value and whatever form, broken ones too: it does not come out, and
// JSON stays JSON.
func TestSealHidesAll(t *testing.T) {
	a := sealing()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-zA-Z0-9/+_-]{12,40}`).Draw(t, "value")
		key := rapid.SampledFrom([]string{"sts:ExternalId", "sts:externalid", "AWS:REFERER", "aws:UserAgent"}).Draw(t, "key")
		form := rapid.SampledFrom([]string{`"%"`, `["%"]`, `["x","%"]`, `{"a":"%"}`, `[["%"]]`}).Draw(t, "form")
		body := `{"Statement":[{"Sid":"s","Condition":{"StringLike":{"` + key + `":` + strings.ReplaceAll(form, "%", value) + `}}}]}`
		cut := rapid.IntRange(strings.Index(body, value)+len(value), len(body)).Draw(t, "cut")
		got, keys := a.seal(body[:cut])
		if strings.Contains(got, value) || len(keys) == 0 {
			t.Fatalf("%s -> %s %v", body[:cut], got, keys)
		}
		if cut == len(body) && !json.Valid([]byte(got)) {
			t.Fatalf("no JSON: %s", got)
		}
	})
}

func FuzzSeal(f *testing.F) {
	f.Add(`{"Statement":{"Condition":{"StringEquals":{"sts:ExternalId":[1,"a",null,{"b":"c"}]}}}}`)
	f.Add(`{"sts:ExternalId":"a`)
	f.Add(`sts:ExternalId = "x" } aws:referer: [`)
	a := sealing()
	f.Fuzz(func(t *testing.T, body string) {
		got, _ := a.seal(body)
		if json.Valid([]byte(body)) && !json.Valid([]byte(got)) {
			t.Errorf("%q -> %q", body, got)
		}
	})
}

// Of two roles with one external id neither document nor edge gives it away, and
// both say that it is one.
func TestExternalIDs(t *testing.T) {
	const shared = "kx-77-third-party-0042"
	role := func(name, id string) string {
		return `{"RoleName":"` + name + `","RoleId":"` + id + `","Arn":"arn:aws:iam::123456789012:role/` + name + `","Path":"/","AssumeRolePolicyDocument":{"Statement":[{"Sid":"` + name + `","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"` + shared + `"}}}]}}`
	}
	s := &shelf{records: map[string]map[string]bool{}, kept: map[string][]string{}, sections: map[string]drover.Section{}}
	scanText(t, s, `{"RoleDetailList":[`+role("one", "AROAONEONEONEONE0001")+`,`+role("two", "AROATWOTWOTWOTWO0001")+`]}`)
	text := s.text.String()
	connectortest.NoCanary(t, text, []string{shared})
	if n := strings.Count(text, `"trust_document_fingerprinted":["sts:ExternalId"]`); n != 2 {
		t.Errorf("%d roles say that values are fingerprints", n)
	}
	i := strings.Index(text, "hs256:")
	if i < 0 {
		t.Fatal("no fingerprint")
	}
	if n := strings.Count(text, text[i:i+38]); n != 4 {
		t.Errorf("the fingerprint is said %d times, want in two documents and two edges", n)
	}
}
