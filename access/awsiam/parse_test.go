package awsiam

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

func TestParseFaults(t *testing.T) {
	for body, want := range map[string]string{ // the one fault: statement, field, part of its text
		`{"Statement":[]}`:                        "",
		`{"Version":"2020-01-01","Statement":[]}`: `-1 Version neither`,
		`{"Comment":"x","Statement":[]}`:          `-1 Comment unknown element`,
		`{"statement":[]}`:                        `-1 statement spelled "Statement"`,
		`{"Statement":[],"Statement":[]}`:         `-1 Statement twice`,
		`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},3]}`:                                                                   `1  no object`,
		`{"Statement":{"Effect":"allow","Action":"s3:*","Resource":"*"}}`:                                                                       `0 Effect neither`,
		`{"Statement":{"Effect":"Allow","Resource":"*"}}`:                                                                                       `0 Action no Action`,
		`{"Statement":{"Effect":"Allow","Action":"s3","Resource":"*"}}`:                                                                         `0 Action no service:action`,
		`{"Statement":{"Effect":"Allow","Action":"s?:Get","Resource":"*"}}`:                                                                     `0 Action no service:action`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","NotAction":"iam:*","Resource":"*"}}`:                                                   `0 NotAction both`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","NotResource":"arn:aws:s3:::b"}}`:                                        `0 NotResource both`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}}`:                                                                  `0 Resource neither an ARN`,
		`{"Statement":{"Effect":"Allow","Action":["s3:*",1],"Resource":"*"}}`:                                                                   `0 Action no string`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"x"}}`:                                                       `0 Principal neither`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":{"User":"x"}}}`:                                              `0 User unknown element`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::1:role/*"}}}`:                           `0 Principal.AWS wildcard`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}}`:                                    `0 Condition.StringIs unknown operator`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}}}`:                             `0 Condition.NullIfExists unknown operator`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}}}`:               `0 Condition.DateLessThan.aws:CurrentTime no value`,
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":[]}}}`:                                               `0 Condition.Bool no object`,
		`{"Statement":[{"Sid":"a","Effect":"Deny","Action":"s3:*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"s3:*","Resource":"*"}]}`: `1 Sid twice`,
	} {
		d, faults, err := Parse([]byte(body))
		if err != nil || d == nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if want == "" {
			if len(faults) > 0 {
				t.Errorf("%s: %v", body, faults)
			}
			continue
		}
		f := strings.SplitN(want, " ", 3)
		if len(faults) != 1 || itoa(faults[0].Statement) != f[0] || faults[0].Field != f[1] || !strings.Contains(faults[0].Text, f[2]) {
			t.Errorf("%s: faults %+v, want %s", body, faults, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `3`, `{}`, `{"Version":"2012-10-17"}`, `{"Statement":3}`, `{"Statement":[]} x`, `{"Statement":[]`, "\xff", `%zz`, `%7B`,
		`{"Statement":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`,
		`{"Statement":[` + strings.Repeat(`{},`, maxStatements) + `{}]}`,
		strings.Repeat(" ", maxBody+1),
	} {
		if d, _, err := Parse([]byte(body)); d != nil || !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%.60s: %v, %v", body, d, err)
		}
	}
}

// TestParseForms: the same policy however it is written.
func TestParseForms(t *testing.T) {
	for _, body := range []string{
		`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}]}`,
		`{"Version":"2012-10-17","Statement":{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`,
		"\ufeff" + ` {"Id":"x","Version":"2012-10-17","Statement":{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}} `,
		`%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Sid%22%3A%22A%22%2C%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22*%22%7D%7D`,
		`"{\"Version\":\"2012-10-17\",\"Statement\":{\"Sid\":\"A\",\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}"`,
		`{"version":"2012-10-17","STATEMENT":{"sid":"A","effect":"Allow","action":"s3:GetObject","resource":"*"}}`,
	} {
		d, _, err := Parse([]byte(body))
		if err != nil || len(d.Statements()) != 1 {
			t.Errorf("%s: %v", body, err)
			continue
		}
		s := d.Statements()[0]
		if s.Sid != "A" || s.Effect != "Allow" || len(s.Actions) != 1 || s.Actions[0] != "s3:GetObject" || len(s.Resources) != 1 || d.Version() != version2012 {
			t.Errorf("%s: %+v", body, s)
		}
	}
}

// TestHostile: a document that is made to be slow, or to look like something
// else, is neither.
func TestHostile(t *testing.T) {
	slow := strings.Repeat("a*", 3000)
	body := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::` + slow + `b"]},{"Sid":"\u202e\u001b[31m\n","Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	d, faults, err := Parse([]byte(body))
	if err != nil || len(faults) != 1 {
		t.Fatal(err, faults)
	}
	begin := time.Now()
	got := Evaluate(&Policies{Identity: []Attached{{Name: "\x1b[2J", Doc: d}}}, &Request{Principal: truthPrincipals["user"], Action: "s3:GetObject", Resource: "arn:aws:s3:::" + strings.Repeat("a", 100_000)})
	t.Logf("took %s", time.Since(begin))
	if got.Verdict != access.Allow {
		t.Fatalf("got %+v", got)
	}
	for _, p := range got.Proof {
		if strings.ContainsAny(p.Text+p.Statement, "\x1b\n\u202e") || len(p.Text) > 2000 {
			t.Errorf("proof %q", p)
		}
	}
}

// A body that is cut off is called so, not by what a decoder says of it.
func TestParseCutOff(t *testing.T) {
	for _, body := range []string{``, `{`, `{"Statement":[`, `{"Statement":[{}]`, `{"Statement":`, `{"State`} {
		if _, _, err := Parse([]byte(body)); err == nil || !strings.Contains(err.Error(), "no complete JSON") || strings.Contains(err.Error(), "EOF") {
			t.Errorf("%s: got %v", body, err)
		}
	}
	if _, _, err := Parse([]byte(`{"Statement":]`)); err == nil || !strings.Contains(err.Error(), "at byte") {
		t.Errorf("what is wrong in the middle: got %v", err)
	}
}
