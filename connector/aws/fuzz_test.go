package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// recorder takes what a section says and holds it to what every record must be.
type recorder struct {
	t       *testing.T
	records int
	closed  []drover.Section
}

func (r *recorder) Put(_ string, rec drover.Record) error {
	r.records++
	if err := rec.Valid(); err != nil {
		r.t.Errorf("bad record: %v", err)
	}
	return nil
}
func (r *recorder) Keep(string) error            { return nil }
func (r *recorder) Close(s drover.Section) error { r.closed = append(r.closed, s); return nil }
func (r *recorder) said(t *testing.T) (text string) {
	t.Helper()
	for _, s := range r.closed {
		if strings.Contains(s.Error, "panicked") {
			t.Errorf("section %s: %s", s.Name, s.Error)
		}
		text += s.Error
		for _, n := range s.Notes {
			text += n.Where + n.Text
		}
	}
	return text
}

func readBytes(t *testing.T, path string, b []byte) *recorder {
	t.Helper()
	rec := &recorder{t: t}
	cfg, err := connector.NewConfig(options, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &connector.Scan{Session: &connector.Session{Source: "fuzz", Config: cfg, Fingerprints: drover.NewFingerprinter(bytes.Repeat([]byte{1}, 32))},
		Open: func(context.Context, string, string) (connector.Sink, error) { return rec, nil }}
	e := readExport(bytes.NewReader(b), path)
	if !e.ours() {
		return rec
	}
	l := &lot{exports: []*export{e}}
	for _, f := range l.accounts(s) {
		if err := f.read(t.Context()); err != nil {
			t.Errorf("read: %v", err)
		}
	}
	return rec
}

// FuzzExport reads any bytes as an export: no panic, no record that is not valid.
func FuzzExport(f *testing.F) {
	for _, seed := range []string{
		`{"UserDetailList":[{"UserName":"a","UserId":"AIDAX","Arn":"arn:aws:iam::123456789012:user/a","GroupList":["g"],"UserPolicyList":[{"PolicyName":"p","PolicyDocument":"%7B%22Statement%22%3A%5B%5D%7D"}],"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::aws:policy/x"}}],"IsTruncated":true}`,
		`{"RoleDetailList":[{"RoleName":"r","AssumeRolePolicyDocument":{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}},"RoleLastUsed":{"LastUsedDate":1600000000.5},"InstanceProfileList":[{"InstanceProfileName":"p","Roles":[{}]}]}],"Policies":[{"Arn":"arn:aws:iam::aws:policy/x","PolicyVersionList":[{"Document":null}]}]}`,
		`[{"GroupDetailList":[{}]},{"GroupDetailList":[{"GroupName":"\u0000\u202e"}]}]`, `{"UserDetailList":[`, `{"AccessKeyMetadata":[{"AccessKeyId":"AKIA","UserName":"u"}]}{"MFADevices":[{"SerialNumber":"x"}]}`,
		"user,arn,user_creation_time,password_enabled\n<root_account>,arn:aws:iam::123456789012:root,x,true\na,b,c\n", `{"Content":"dXNlcixhcm4K","GeneratedTime":"2026-01-01T00:00:00Z","ReportFormat":"text/csv"}`,
		`{"SAMLProviderList":[{"Arn":"arn:aws:iam::123456789012:saml-provider/x"}],"OpenIDConnectProviderList":[{"Arn":"x"}],"SSHPublicKeys":[{"SSHPublicKeyId":"APKA"}],"Certificates":[{"CertificateId":"1","UserName":"u","CertificateBody":"-----BEGIN CERTIFICATE-----"}]}`,
		`[{"account":"123456789012","arn":"arn:aws:lambda:us-east-1:123456789012:function:f","type":"aws_lambda_function","name":"f","attributes":{"function_name":"f","role":"r","environment":[{"variables":{"A":"b"}}]}},{"type":"aws_lambda_permission","attributes":{"function_name":"f","principal":"*"}}]`,
		`[{"type":"aws_ecs_task_definition","attributes":{"family":"f","container_definitions":"[{}]","task_role_arn":1}},{"type":"aws_instance","arn":"arn:::::","attributes":{"iam_instance_profile":"p","user_data":"x","tags":[1]}},{"type":"aws_s3_object","attributes":{"bucket":"","content_base64":"!"}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) { readBytes(t, "x.json", b).said(t) })
}

// FuzzReport reads any bytes as a credential report.
func FuzzReport(f *testing.F) {
	f.Add([]byte("user,arn,mfa_active\na,b,true\n"))
	f.Add([]byte("dXNlcixhcm4K"))
	f.Add([]byte("user,arn\n\"a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := parseReport(b)
		if err == nil && rows == nil && bytes.Count(b, []byte("\n")) > 1 && bytes.HasPrefix(b, []byte("user,arn\nx")) {
			t.Error("rows were lost in silence")
		}
	})
}

// FuzzSAML reads any bytes as SAML metadata.
func FuzzSAML(f *testing.F) {
	f.Add(`<EntityDescriptor entityID="x"><IDPSSODescriptor><KeyDescriptor><KeyInfo><X509Data><X509Certificate>AA==</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`)
	f.Add(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><EntityDescriptor entityID="&b;"/>`)
	f.Fuzz(func(t *testing.T, s string) { _, _, _ = samlMetadata(s) })
}

// FuzzTrust emits the trusts of any policy.
func FuzzTrust(f *testing.F) {
	f.Add(`{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/x.example.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"x.example.com:sub":"*"}}}]}`)
	f.Add(`{"Statement":{"Sid":"a","Effect":"Allow","Principal":{"AWS":["*","123456789012"]},"Action":"*"}}`)
	f.Fuzz(func(t *testing.T, s string) {
		rec := &recorder{t: t}
		a := &account{id: "123456789012", partition: "aws", scan: &connector.Scan{Session: &connector.Session{}, Open: func(context.Context, string, string) (connector.Sink, error) { return rec, nil }}}
		if err := a.section(t.Context(), "x", "", func(_ context.Context, out *connector.Out) error {
			a.trustEdges(out, a.self(), s, "trust policy")
			return nil
		}); err != nil {
			t.Error(err)
		}
		rec.said(t)
	})
}

// Bombs and hostile names end in a bound that is said, or in a record.
func TestHostileExports(t *testing.T) {
	user := func(name string) string {
		b, err := json.Marshal(map[string]any{"UserName": name, "Arn": "arn:aws:iam::123456789012:user/" + name, "UserId": "AIDA" + name})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, c := range map[string]struct {
		text    string
		records bool
		says    string
	}{
		"ansi and bidi":        {`{"UserDetailList":[` + user("\x1b[31mx\u202e\n=cmd()\x00") + `]}`, true, ""},
		"a name of a megabyte": {`{"UserDetailList":[` + user(strings.Repeat("n", 1<<20)) + `]}`, true, ""},
		"broken UTF-8":         {"{\"UserDetailList\":[{\"UserName\":\"\xff\xfe\",\"Arn\":\"arn:aws:iam::123456789012:user/\xff\"}]}", true, ""},
		"deep":                 {`{"UserDetailList":[` + user("before") + `,{"UserName":"x","Tags":` + strings.Repeat("[", 200_000), true, "byte"},
		"one huge item":        {`{"UserDetailList":[` + user("before") + `,{"UserName":"` + strings.Repeat("x", 2*maxItem) + `"}]}`, true, "more than"},
		"odd types":            {`{"RoleDetailList":[{"RoleName":7},{"RoleName":"ok","Arn":"arn:aws:iam::123456789012:role/ok","AssumeRolePolicyDocument":"not json"}]}`, true, "RoleDetailList[0]"},
		"more follows":         {`{"UserDetailList":[` + user("a") + `],"IsTruncated":true,"Marker":"x"}`, true, "more pages follow"},
		"no account":           {`{"UserDetailList":[{"UserName":"lone"}]}`, true, "set option account"},
		"same id twice":        {`{"UserDetailList":[{"UserName":"a","UserId":"AIDASAME"},{"UserName":"b","UserId":"AIDASAME"}]}`, true, "has the id of another"},
	} {
		rec := readBytes(t, "x.json", []byte(c.text))
		if said := rec.said(t); !strings.Contains(said, c.says) {
			t.Errorf("%s: says %.300q, want %q", name, said, c.says)
		}
		if c.records != (rec.records > 0) {
			t.Errorf("%s: %d records", name, rec.records)
		}
	}
}

// What the other side says in an error is cut, made printable, and holds nothing
// that could be a secret.
func TestSayable(t *testing.T) {
	token := strings.Repeat("FwoGZXIvYXdzEBYaDExample/+", 8)
	for _, s := range []string{"x-amz-security-token: " + token, "\x1b[2J" + token, token} {
		if got := sayable(s); strings.Contains(got, "FwoGZXIv") || strings.ContainsAny(got, "\x1b\n") {
			t.Errorf("got %q", got)
		}
	}
	if got := sayable("User: arn:aws:iam::123456789012:user/x is not authorized"); got != "User: arn:aws:iam::123456789012:user/x is not authorized" {
		t.Errorf("got %q", got)
	}
	if got := sayable(strings.Repeat("a ", 5000)); len(got) > 310 {
		t.Errorf("%d bytes", len(got))
	}
}
