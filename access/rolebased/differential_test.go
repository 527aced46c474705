package rolebased

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/realtest"
)

// Every capability that a real Vault says a token has on a path is the one that
// the evaluator gives, over random policies and paths.
func TestVaultAgainstServer(t *testing.T) {
	server := realtest.Vault(t)
	goal := 2000
	if os.Getenv("DROVER_TEST_FULL") != "" {
		goal = 20_000
	}
	const seed, perToken = 20261122, 60
	asked, allowed, refused := 0, 0, 0
	policies := rapid.Custom(drawVault)
	paths := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "abc", "+", "+a", "*", ""}), 1, 4).Draw(t, "path"), "/")
	}).Filter(func(p string) bool { return strings.Trim(p, "/") != "" }), perToken, perToken)
	for i := 0; asked < goal; i++ {
		texts := policies.Example(seed + i)
		for k := range texts { // which Vault does not have
			texts[k] = strings.ReplaceAll(texts[k], `"scan"`, `"read"`)
		}
		token, ok := tokenFor(t, server, texts)
		if !ok {
			refused++
			continue
		}
		list := paths.Example(seed + i)
		var answer map[string]json.RawMessage
		if err := server.Call(http.MethodPost, "sys/capabilities", map[string]any{"token": token, "paths": list}, &answer); err != nil {
			t.Fatal(err)
		}
		c := Compile(vault(t, texts...))
		for _, path := range list {
			var has []string
			if err := json.Unmarshal(answer[path], &has); err != nil {
				t.Fatalf("%q: %v in %s", path, err, answer[path])
			}
			for _, capability := range []string{"create", "read", "update", "patch", "delete", "list", "sudo"} {
				if strings.HasSuffix(path, "/") && capability != "list" {
					continue // sys/capabilities answers for listing, which falls back to the path without the slash
				}
				asked++
				got := c.Evaluate(Principal{ID: "u"}, capability, path)
				want := slices.Contains(has, capability)
				if want {
					allowed++
				}
				if (got.Verdict == access.Allow) != want {
					t.Errorf("%s on %q: got %s (%v), Vault says %v\n%s", capability, path, got.Verdict, got.Proof, has, strings.Join(texts, "---\n"))
				}
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	t.Logf("%d answers of Vault %s equal, %d of them yes; %d sets of policies refused by it; seed %d", asked, realtest.VaultVersion, allowed, refused, seed)
	if allowed*50 < asked {
		t.Errorf("only %d of %d answers are yes: the test shows little", allowed, asked)
	}
}

// tokenFor writes policies and makes a token that has them; false: Vault refuses
// one.
func tokenFor(t *testing.T, server *realtest.VaultServer, texts []string) (token string, ok bool) {
	t.Helper()
	var names []string
	for i, text := range texts {
		name := fmt.Sprint("p", i)
		if err := server.Call(http.MethodPut, "sys/policies/acl/"+name, map[string]string{"policy": text}, nil); err != nil {
			if strings.Contains(err.Error(), "400") {
				return "", false
			}
			t.Fatal(err)
		}
		names = append(names, name)
	}
	var made struct {
		Auth struct {
			Token string `json:"client_token"`
		}
	}
	if err := server.Call(http.MethodPost, "auth/token/create", map[string]any{"policies": names, "no_default_policy": true, "ttl": "5m"}, &made); err != nil {
		t.Fatal(err)
	}
	return made.Auth.Token, true
}
