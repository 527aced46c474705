package realtest

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// OIDCVersion is that of oidc-provider, which is certified by the OpenID
// Foundation (MIT).
const OIDCVersion = "9.13.3"

//go:embed testdata/oidc-provider.mjs
var oidcScript []byte

// An OIDCServer is a running OpenID provider. It knows the clients drover (people)
// and ci (client_credentials), both with the secret Secret, and lets everybody in
// by their name: ann of the group security, bob of platform, eve of none.
type OIDCServer struct {
	Issuer string
	Secret string
}

// OIDC starts a provider that sends browsers back to redirect. It ends with the
// test.
func OIDC(t testing.TB, redirect string) *OIDCServer {
	t.Helper()
	const system = "oidc-provider"
	tree, node, err := installPackages("oidc-provider-"+OIDCVersion, "oidc-provider@"+OIDCVersion)
	if errors.Is(err, errAbsent) {
		NotRun(t, system, OIDCVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install oidc-provider: %v", err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "oidc-provider.mjs")
	if err := os.WriteFile(script, oidcScript, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, script, tree, strconv.Itoa(port), redirect)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close() // the script ends with its input
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); ; {
		if !lines.Scan() {
			t.Fatal("oidc-provider ended before it answered")
		}
		if lines.Text() == "ready" {
			break
		}
	}
	Suite(t, system, OIDCVersion)
	return &OIDCServer{Issuer: fmt.Sprintf("http://127.0.0.1:%d", port), Secret: "only-for-tests"}
}

var (
	formAction = regexp.MustCompile(`action="([^"]+)"`)
	formPrompt = regexp.MustCompile(`name="prompt" value="([^"]+)"`)
)

// SignIn does what a person does who is sent to the provider at start: it signs in
// by a name, consents, and returns the address that the provider sends them back
// to.
func (s *OIDCServer) SignIn(start, name string) (*url.URL, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(start)
	for range 20 {
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		if to := resp.Header.Get("Location"); to != "" {
			u, err := resp.Request.URL.Parse(to)
			if err != nil || !strings.HasPrefix(u.String(), s.Issuer) {
				return u, err
			}
			resp, err = c.Get(u.String()) //nolint:bodyclose // closed above, in the next turn
			if err != nil {
				return nil, err
			}
			continue
		}
		action, prompt := formAction.FindSubmatch(body), formPrompt.FindSubmatch(body)
		if action == nil || prompt == nil {
			return nil, fmt.Errorf("the provider answered %d: %.300s", resp.StatusCode, body)
		}
		u, err := resp.Request.URL.Parse(string(action[1]))
		if err != nil {
			return nil, err
		}
		resp, err = c.PostForm(u.String(), url.Values{"prompt": {string(prompt[1])}, "login": {name}, "password": {"any"}}) //nolint:bodyclose // closed above, in the next turn
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the provider sends in circles")
}
