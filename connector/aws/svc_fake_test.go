package aws

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fake is the part of the AWS API that reading services asks for, answering as
// the vendor's API references say: the shapes of each operation's page
// (docs.aws.amazon.com, "API_<operation>.html" of lambda, AmazonECS, eks,
// codebuild, secretsmanager, kms, organizations, bedrock, iot, rolesanywhere,
// AWSEC2, AmazonS3, IAM, STS), their page tokens, and their errors. It stands in
// for what the emulator has not (Roles Anywhere, EKS access entries and Pod
// Identity, parts of Bedrock agents, source credentials, function URLs), and for
// all of it where faults are injected. Every list is cut into pages of two.
type fake struct {
	*httptest.Server
	ops []fakeOp

	mu    sync.Mutex
	asked map[string]int // by operation
	fault func(op string, n int, w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter)) bool
}

// A fakeOp is one operation: the name by which it signs, how it is addressed
// ("Target" of JSON 1.1, "?Action" of the query protocols, or method and path),
// its answer, and how its list is cut into pages.
type fakeOp struct {
	service, name, address string
	answer                 string
	list, in, out          string // key of the list; names of the tokens
}

const fakeAccount = "111122223333"

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{ops: fakeOps(newAuthority(t)), asked: map[string]int{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// twin is a fake of the same estate with faults of its own.
func (f *fake) twin(t testing.TB) *fake {
	c := &fake{ops: f.ops, asked: map[string]int{}}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

var scopeOf = regexp.MustCompile(`Credential=[^/]+/[0-9]+/([^/]+)/([^/]+)/aws4_request`)

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	scope := scopeOf.FindStringSubmatch(r.Header.Get("Authorization"))
	if err != nil || scope == nil {
		http.Error(w, `{"__type":"MissingAuthenticationTokenException"}`, http.StatusForbidden)
		return
	}
	region, service := scope[1], scope[2]
	op := f.find(service, r, body)
	if op == nil {
		http.Error(w, fmt.Sprintf(`{"__type":"UnknownOperationException","message":"%s %s"}`, r.Method, r.URL.Path), http.StatusNotImplemented)
		return
	}
	name := service + ":" + op.name
	f.mu.Lock()
	f.asked[name]++
	n, fault := f.asked[name], f.fault
	f.mu.Unlock()
	answer := func(w http.ResponseWriter) { op.write(w, r, body, region) }
	if fault == nil || !fault(name, n, w, r, answer) {
		answer(w)
	}
}

func (f *fake) find(service string, r *http.Request, body []byte) *fakeOp {
	target := r.Header.Get("X-Amz-Target")
	form, _ := url.ParseQuery(string(body))
	for i := range f.ops {
		op := &f.ops[i]
		if op.service != service {
			continue
		}
		switch kind, rest, _ := strings.Cut(op.address, " "); kind {
		case "Target":
			if strings.HasSuffix(target, "."+op.name) {
				return op
			}
		case "Action":
			if form.Get("Action") == op.name {
				return op
			}
		case r.Method:
			if matches(rest, r) {
				return op
			}
		}
	}
	return nil
}

// matches compares a path segment by segment, "{}" for any one, and the query's
// keys behind "?".
func matches(pattern string, r *http.Request) bool {
	path, query, _ := strings.Cut(pattern, "?")
	want, got := strings.Split(strings.Trim(path, "/"), "/"), strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != "{}" && want[i] != got[i] || want[i] == "{}" && got[i] == "" {
			return false
		}
	}
	return query == "" || r.URL.Query().Has(query)
}

// write answers, one page of it where there is a list. "{region}" is the region
// that the call is signed for.
func (op *fakeOp) write(w http.ResponseWriter, r *http.Request, body []byte, region string) {
	text := strings.NewReplacer("{region}", region, "{account}", fakeAccount).Replace(op.answer)
	if strings.HasPrefix(text, "!") { // an error: "!404 Code"
		status, code, _ := strings.Cut(text[1:], " ")
		n, _ := strconv.Atoi(status)
		writeFault(w, r, n, code)
		return
	}
	if strings.HasPrefix(text, "<") {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, xmlPage(op, text, r, body))
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if op.list == "" {
		_, _ = io.WriteString(w, text)
		return
	}
	var m map[string]json.RawMessage
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		panic(op.name + ": " + err.Error())
	}
	if err := json.Unmarshal(m[op.list], &list); err != nil {
		panic(op.name + ": " + err.Error())
	}
	from := offset(op, r, body)
	to := min(from+2, len(list))
	m[op.list], _ = json.Marshal(list[min(from, to):to])
	if to < len(list) {
		m[op.out], _ = json.Marshal(strconv.Itoa(to))
	}
	_ = json.NewEncoder(w).Encode(m)
}

// offset is what the page token says, in the query or in the body.
func offset(op *fakeOp, r *http.Request, body []byte) int {
	token := r.URL.Query().Get(op.in)
	var in map[string]any
	if json.Unmarshal(body, &in) == nil {
		if s, ok := in[op.in].(string); ok {
			token = s
		}
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get(op.in) != "" {
		token = form.Get(op.in)
	}
	n, _ := strconv.Atoi(token)
	return n
}

// xmlPage cuts an XML list: op.list is the element that repeats, op.out the one
// that holds the token and stands in the answer as <op.out/>.
func xmlPage(op *fakeOp, text string, r *http.Request, body []byte) string {
	if op.list == "" {
		return text
	}
	item := regexp.MustCompile(`(?s)<!--item-->.*?<!--end-->`)
	items := item.FindAllString(text, -1)
	from := offset(op, r, body)
	to := min(from+2, len(items))
	n := -1
	text = item.ReplaceAllStringFunc(text, func(s string) string {
		if n++; n < from || n >= to {
			return ""
		}
		return s
	})
	next := ""
	if to < len(items) {
		next = fmt.Sprintf("<%s>%d</%s>", op.out, to, op.out)
		if op.out == "Marker" {
			next = "<IsTruncated>true</IsTruncated>" + next
		}
	}
	return strings.Replace(text, "<!--next-->", next, 1)
}

// writeFault answers with an error in the form of the protocol that was asked in.
func writeFault(w http.ResponseWriter, r *http.Request, status int, code string) {
	switch {
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && strings.Contains(r.Header.Get("Authorization"), "/ec2/"):
		w.WriteHeader(status)
		fmt.Fprintf(w, `<Response><Errors><Error><Code>%s</Code><Message>said so</Message></Error></Errors><RequestID>r</RequestID></Response>`, code)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>said so</Message></Error></ErrorResponse>`, code)
	case strings.Contains(r.Header.Get("Authorization"), "/s3/"):
		w.WriteHeader(status)
		fmt.Fprintf(w, `<Error><Code>%s</Code><Message>said so</Message></Error>`, code)
	default:
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"__type":"%s","message":"said so"}`, code)
	}
}

// An authority is a CA, a certificate of it, and its revocation list.
type authority struct{ ca, leaf, crl string } // PEM, but crl: base64 of PEM

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Factory CA"}, NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{1, 2, 3, 4}}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "press-1"}, NotBefore: from, NotAfter: to}
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, parsed, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: from, NextUpdate: to, RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(9), RevocationTime: from}}}, parsed, key)
	if err != nil {
		t.Fatal(err)
	}
	armour := func(typ string, der []byte) string {
		var b bytes.Buffer
		_ = pem.Encode(&b, &pem.Block{Type: typ, Bytes: der})
		return b.String()
	}
	return authority{armour("CERTIFICATE", caDER), armour("CERTIFICATE", leafDER), base64.StdEncoding.EncodeToString([]byte(armour("X509 CRL", crl)))}
}

// quoted is text as a JSON string.
func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }
