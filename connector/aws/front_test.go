package aws_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// A front stands before the emulator: it counts the calls of each action, answers
// some as the API's documentation says, because the emulator does not have
// them, and breaks others.
type front struct {
	*httptest.Server
	mu    sync.Mutex
	calls map[string]int

	// breaks, when set, may answer a call instead of the emulator. n counts the
	// calls of the action from 1.
	breaks func(action string, n int, form url.Values, w http.ResponseWriter) (done bool)
}

func newFront(t *testing.T, target string) *front {
	t.Helper()
	f := &front{calls: map[string]int{}}
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // it is signed
			r.Out.Header.Del("Accept-Encoding")
		},
	}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		action := form.Get("Action")
		if target := r.Header.Get("X-Amz-Target"); action == "" {
			action = target[strings.LastIndexByte(target, '.')+1:]
		}
		f.mu.Lock()
		f.calls[action]++
		n := f.calls[action]
		f.mu.Unlock()
		if f.breaks != nil && f.breaks(action, n, form, w) {
			return
		}
		if action == "ListServiceSpecificCredentials" {
			serviceCredentials(w, form.Get("UserName"))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// count is how often an action was called.
func (f *front) count(action string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[action]
}

// serviceCredentials answers as the IAM API Reference says of
// ListServiceSpecificCredentials: users whose name ends in 1 have two.
func serviceCredentials(w http.ResponseWriter, user string) {
	list := ""
	if strings.HasSuffix(user, "1") {
		list = fmt.Sprintf(`<member><UserName>%[1]s</UserName><Status>Active</Status><ServiceUserName>%[1]s-at-123456789012</ServiceUserName><CreateDate>2025-03-01T10:00:00Z</CreateDate>`+
			`<ServiceSpecificCredentialId>ACCAGIT%[2]s</ServiceSpecificCredentialId><ServiceName>codecommit.amazonaws.com</ServiceName></member>`+
			`<member><UserName>%[1]s</UserName><Status>Inactive</Status><ServiceCredentialAlias>BedrockAPIKey-%[1]s</ServiceCredentialAlias><CreateDate>2026-01-01T10:00:00Z</CreateDate><ExpirationDate>2027-01-01T10:00:00Z</ExpirationDate>`+
			`<ServiceSpecificCredentialId>ACCABED%[2]s</ServiceSpecificCredentialId><ServiceName>bedrock.amazonaws.com</ServiceName></member>`, user, strings.ToUpper(strings.ReplaceAll(user, "-", "")))
	}
	xmlAnswer(w, "ListServiceSpecificCredentials", "<ServiceSpecificCredentials>"+list+"</ServiceSpecificCredentials><IsTruncated>false</IsTruncated>")
}

func xmlAnswer(w http.ResponseWriter, action, result string) {
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><%[1]sResult>%[2]s</%[1]sResult><ResponseMetadata><RequestId>7a62c49f</RequestId></ResponseMetadata></%[1]sResponse>`, action, result)
}

// xmlError answers with an error as the query protocol has them.
func xmlError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>7a62c49f</RequestId></ErrorResponse>`, code, message)
}
