package aws

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// A doorway is the part of AWS that signing in asks: STS (API_AssumeRole,
// API_GetCallerIdentity of the STS API Reference), the portal of IAM Identity
// Center (API_GetRoleCredentials), and one call of IAM. It lets in who has a key
// that it gave out, or the one of the test.
type doorway struct {
	mu     sync.Mutex
	signed []string // the key of each call of IAM
	asked  []string // what of AssumeRole was asked for: "role serial code"
	code   string   // of the MFA device that AssumeRole demands; "": none
}

func (d *doorway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/federation/credentials" {
		if r.Header.Get("X-Amz-Sso_bearer_token") != "sso-access-token" {
			w.Header().Set("X-Amzn-Errortype", "UnauthorizedException")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"message":"Session token not found or invalid"}`)
			return
		}
		fmt.Fprintf(w, `{"roleCredentials":{"accessKeyId":"ASIASSO%s","secretAccessKey":"x","sessionToken":"y","expiration":4102444800000}}`, r.URL.Query().Get("role_name"))
		return
	}
	_ = r.ParseForm()
	key, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
	w.Header().Set("Content-Type", "text/xml")
	d.mu.Lock()
	defer d.mu.Unlock()
	switch r.Form.Get("Action") {
	case "AssumeRole":
		d.asked = append(d.asked, r.Form.Get("RoleArn")+" "+r.Form.Get("SerialNumber")+" "+r.Form.Get("TokenCode"))
		if d.code != "" && (r.Form.Get("TokenCode") != d.code || r.Form.Get("SerialNumber") == "") {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code.</Message></Error></ErrorResponse>`)
			return
		}
		_, _ = io.WriteString(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	case "GetCallerIdentity":
		_, _ = io.WriteString(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::`+fakeAccount+`:user/d</Arn><UserId>AIDAD</UserId><Account>`+fakeAccount+`</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	default:
		d.signed = append(d.signed, key)
		_, _ = io.WriteString(w, `<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated></GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>`)
	}
}

// home is a home folder with the AWS CLI's configuration, and nothing of this
// machine's.
func home(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", dir)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
	write(t, filepath.Join(dir, "config"), config)
	return dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// signIn probes and returns what came of it.
func signIn(t *testing.T, trusted bool, config map[string][]string) error {
	t.Helper()
	config["retry_wait"], config["max_attempts"] = []string{"1ms"}, []string{"1"}
	s := connectortest.Session(t, Connector, config, &bytes.Buffer{})
	s.Trusted = trusted
	return Connector.Probe(context.WithoutCancel(t.Context()), s)
}

func enteredAs(t *testing.T, d *doorway, key string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(d.signed) == 0 || d.signed[len(d.signed)-1] != key {
		t.Errorf("IAM was called by %v, want %s", d.signed, key)
	}
}

func refused(t *testing.T, err error, says string) {
	t.Helper()
	if !errors.Is(err, drover.ErrPermission) || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want one that says %q", err, says)
	}
}

// A profile that assumes a role by the keys of another, with a code of its MFA
// device where the role demands one.
func TestSignInByProfile(t *testing.T) {
	realtest.Suite(t, "AWS STS, profiles and MFA", fakeVersion)
	d := &doorway{code: "123456"}
	s := httptest.NewServer(d)
	defer s.Close()
	home(t, "[profile base]\naws_access_key_id=AKIABASE\naws_secret_access_key=x\n[profile audit]\nrole_arn=arn:aws:iam::"+fakeAccount+":role/Audit\nsource_profile=base\nmfa_serial=arn:aws:iam::"+fakeAccount+":mfa/d\n")
	config := func(more ...string) map[string][]string {
		c := map[string][]string{"endpoint": {s.URL}, "profile": {"audit"}}
		if len(more) > 0 {
			c["mfa_token"] = more
		}
		return c
	}
	refused(t, signIn(t, false, config()), "set option mfa_token")
	refused(t, signIn(t, false, config("999999")), "denied (AccessDenied)")
	enteredAs(t, d, "ASIAROLE", signIn(t, false, config("123456")))
	if got, want := d.asked[len(d.asked)-1], "arn:aws:iam::"+fakeAccount+":role/Audit arn:aws:iam::"+fakeAccount+":mfa/d 123456"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	if err := signIn(t, false, map[string][]string{"endpoint": {s.URL}, "profile": {"other"}}); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("a profile that is not there: %v", err)
	}
}

// A profile of single sign-on, by the token that `aws sso login` left; one that
// has ended says what to do.
func TestSignInBySSO(t *testing.T) {
	realtest.Suite(t, "AWS IAM Identity Center, sign-in", fakeVersion)
	d := &doorway{}
	s := httptest.NewServer(d)
	defer s.Close()
	dir := home(t, "[sso-session work]\nsso_region=us-east-1\nsso_start_url=https://acme.awsapps.com/start\n[profile sso]\nsso_session=work\nsso_account_id="+fakeAccount+"\nsso_role_name=Audit\n")
	sum := sha1.Sum([]byte("work"))
	file := filepath.Join(dir, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
	try := func() error {
		return signIn(t, false, map[string][]string{"endpoint": {s.URL}, "profile": {"sso"}})
	}
	refused(t, try(), "aws sso login")
	write(t, file, `{"accessToken":"sso-access-token","expiresAt":"2100-01-01T00:00:00Z"}`)
	enteredAs(t, d, "ASIASSOAudit", try())
	write(t, file, `{"accessToken":"sso-access-token","expiresAt":"2020-01-01T00:00:00Z"}`)
	refused(t, try(), "aws sso login")
	write(t, file, `{"accessToken":"revoked-access-token","expiresAt":"2100-01-01T00:00:00Z"}`)
	err := try()
	refused(t, err, "aws sso login")
	connectortest.NoCanary(t, err.Error(), []string{"revoked-access-token"})
}

// A program that prints credentials is run for a source of the configuration
// file, and for no other.
func TestSignInByProcess(t *testing.T) {
	d := &doorway{}
	s := httptest.NewServer(d)
	defer s.Close()
	dir := home(t, "")
	script := filepath.Join(dir, "credentials.sh")
	write(t, script, "#!/bin/sh\ntouch "+dir+"/ran\necho '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"x\"}'\n")
	write(t, filepath.Join(dir, "config"), "[profile program]\ncredential_process="+script+"\n[profile by]\nrole_arn=arn:aws:iam::"+fakeAccount+":role/Audit\nsource_profile=program\n")
	for _, profile := range []string{"program", "by"} {
		refused(t, signIn(t, false, map[string][]string{"endpoint": {s.URL}, "profile": {profile}}), "credential_process")
	}
	if _, err := os.Stat(dir + "/ran"); err == nil {
		t.Error("the program was run for a source that is not of the configuration file")
	}
	enteredAs(t, d, "AKIAPROCESS", signIn(t, true, map[string][]string{"endpoint": {s.URL}, "profile": {"program"}}))
}

// Through a proxy, to a server whose certificate only ca_file or AWS_CA_BUNDLE
// vouches for, and not without.
func TestSignInThroughProxy(t *testing.T) {
	d := &doorway{}
	s := httptest.NewTLSServer(d)
	defer s.Close()
	dir := home(t, "")
	other := httptest.NewTLSServer(http.NotFoundHandler())
	defer other.Close()
	ca, unrelated := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "unrelated.pem")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	write(t, unrelated, newAuthority(t).ca)
	tunnels := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		d.mu.Lock()
		tunnels++
		d.mu.Unlock()
		w.WriteHeader(http.StatusOK)
		from, ahead, err := http.NewResponseController(w).Hijack()
		if err != nil {
			to.Close()
			return
		}
		go func() { _, _ = io.Copy(to, ahead); to.Close() }() // with what the server has read already
		go func() { _, _ = io.Copy(from, to); from.Close() }()
	}))
	defer proxy.Close()
	config := func(more ...string) map[string][]string {
		c := map[string][]string{"endpoint": {s.URL}, "access_key_id": {"AKIATLS"}, "secret_access_key": {"x"}}
		for i := 0; i+1 < len(more); i += 2 {
			c[more[i]] = []string{more[i+1]}
		}
		return c
	}
	if err := signIn(t, true, config()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server that nobody vouches for: %v", err)
	}
	enteredAs(t, d, "AKIATLS", signIn(t, true, config("ca_file", ca)))
	refused(t, signIn(t, false, config("ca_file", ca)), "configuration file only")
	if tunnels != 0 {
		t.Errorf("%d tunnels without a proxy", tunnels)
	}
	enteredAs(t, d, "AKIATLS", signIn(t, true, config("ca_file", ca, "proxy", proxy.URL)))
	if tunnels == 0 {
		t.Error("the proxy was not used")
	}
	t.Setenv("AWS_CA_BUNDLE", unrelated)
	enteredAs(t, d, "AKIATLS", signIn(t, true, config("ca_file", ca)))
	t.Setenv("AWS_CA_BUNDLE", ca)
	enteredAs(t, d, "AKIATLS", signIn(t, false, config()))
}
