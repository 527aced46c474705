package awsiam

import (
	"strings"
	"testing"

	"github.com/droverhq/drover/access"
)

// TestUnread: a document that was not read is never a silent yes or no.
func TestUnread(t *testing.T) {
	unread := Attached{Name: "X"}
	s3 := mustDoc(`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	deny := mustDoc(`{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`)
	get := Request{Principal: truthPrincipals["role"], Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: truthAccount}
	with := func(at *Attached) Request { r := get; r.ResourcePolicy = at; return r }
	for name, c := range map[string]struct {
		p    Policies
		r    Request
		want access.Verdict
		cond string
	}{
		"identity, nothing else allows":   {Policies{Identity: []Attached{unread}}, get, access.Unknown, ""},
		"identity, another allows":        {Policies{Identity: []Attached{unread, s3}}, get, access.Conditional, `{"not":{"Unread":{"denies":["policy X"]}}}`},
		"identity, another denies":        {Policies{Identity: []Attached{unread, s3, deny}}, get, access.Deny, ""},
		"identity, the boundary does not": {Policies{Identity: []Attached{unread}, Boundary: &deny}, get, access.Deny, ""},
		"boundary":                        {Policies{Identity: []Attached{s3}, Boundary: &unread}, get, access.Unknown, ""},
		"boundary, identity does not":     {Policies{Boundary: &unread}, get, access.Deny, ""},
		"session":                         {Policies{Identity: []Attached{s3}, Session: []Attached{unread}}, get, access.Unknown, ""},
		"SCP beside one that allows":      {Policies{Identity: []Attached{s3}, SCPs: [][]Attached{{allDoc, unread}}}, get, access.Conditional, `{"not":{"Unread":{"denies":["service control policy X"]}}}`},
		"SCP alone at its level":          {Policies{Identity: []Attached{s3}, SCPs: [][]Attached{{unread}}}, get, access.Unknown, ""},
		"resource policy, nothing else":   {Policies{}, with(&unread), access.Unknown, ""},
		"resource policy, identity too":   {Policies{Identity: []Attached{s3}}, with(&unread), access.Conditional, ""},
	} {
		f := Compile(&c.p)
		got := f.Explain(&c.r)
		if fast := f.Decide(&c.r); fast != got.Verdict || got.Verdict != c.want || c.cond != "" && string(got.Condition) != c.cond {
			t.Errorf("%s: Decide %s, got %s %s, want %s %s; %v", name, fast, got.Verdict, got.Condition, c.want, c.cond, got.Proof)
		}
		named := strings.Contains(strings.Join(texts(got.Proof), "\n"), "was not read")
		if named != (got.Verdict != access.Deny) {
			t.Errorf("%s: %s, proof %v", name, got.Verdict, got.Proof)
		}
	}
}

func texts(list []access.Proof) (out []string) {
	for _, p := range list {
		out = append(out, p.Text)
	}
	return out
}
