package api_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	drovertypes "github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
)

// An issuer is a small one of our own, whose keys the forgers of this test know
// the public half of, as everybody does.
type issuer struct {
	*httptest.Server
	key *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}

func anIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	var err error
	if i.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if i.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	answer := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
	}
	mux.HandleFunc("/.well-known/openid-configuration", answer(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/a", "token_endpoint": i.URL + "/t", "id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"}}))
	mux.HandleFunc("/keys", answer(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: "one", Algorithm: "RS256", Use: "sig"}, {Key: &i.ec.PublicKey, KeyID: "two", Algorithm: "ES256", Use: "sig"}}}))
	return i
}

func b64(v any) string {
	raw, ok := v.([]byte)
	if !ok {
		raw, _ = json.Marshal(v)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// signed makes a token with any head and claims, signed by RS256 with a key.
func signed(key *rsa.PrivateKey, head, claims map[string]any) string {
	text := b64(head) + "." + b64(claims)
	sum := sha256.Sum256([]byte(text))
	sig, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return text + "." + b64(sig)
}

func TestForgedTokens(t *testing.T) {
	is, other := anIssuer(t), anIssuer(t)
	h := aHouse(t, func(c *config.Config) {
		c.Auth.Workload = []config.Workload{{Issuer: is.URL, Audience: "drover", Subject: "repo:acme/infra:*", Role: "auditor"}}
	})
	var looked atomic.Int64
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		looked.Add(1)
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &other.key.PublicKey, KeyID: "one", Algorithm: "RS256"}}})
	}))
	defer trap.Close()
	now := time.Now().Unix()
	claims := func(change map[string]any) map[string]any {
		c := map[string]any{"iss": is.URL, "aud": "drover", "sub": "repo:acme/infra:main", "iat": now, "exp": now + 300, "nbf": now - 1}
		maps.Copy(c, change)
		for k, v := range c {
			if v == nil {
				delete(c, k)
			}
		}
		return c
	}
	head := func(change map[string]any) map[string]any {
		c := map[string]any{"alg": "RS256", "kid": "one", "typ": "JWT"}
		maps.Copy(c, change)
		return c
	}
	address := 0
	show := func(token string) error {
		address++ // each from an address of its own, so that no limit answers for the check
		_, err := h.engine.BearerCaller(t.Context(), drovertypes.Secret(token), fmt.Sprintf("192.0.2.%d", address))
		return err
	}
	good := signed(is.key, head(nil), claims(nil))
	for name, token := range map[string]string{"plain": good, "one audience in a list": signed(is.key, head(nil), claims(map[string]any{"aud": []string{"drover"}})), "several, and made for us": signed(is.key, head(nil), claims(map[string]any{"aud": []string{"drover", "x"}, "azp": "drover"}))} {
		if err := show(token); err != nil {
			t.Errorf("an honest token (%s): %v", name, err)
		}
	}
	der, err := x509.MarshalPKIXPublicKey(&is.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	pemKey := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	hs := func(secret []byte) string {
		text := b64(head(map[string]any{"alg": "HS256"})) + "." + b64(claims(nil))
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(text))
		return text + "." + b64(m.Sum(nil))
	}
	parts := strings.Split(good, ".")
	bad := map[string]string{
		"HS256 with the public key as PEM": hs(pemKey), "HS256 with the public key as DER": hs(der), "HS256 with the modulus": hs(is.key.N.Bytes()), "HS256 with an empty key": hs(nil), "HS256 with the trimmed PEM": hs([]byte(strings.TrimSpace(string(pemKey)))),
		"no signature":                parts[0] + "." + parts[1] + ".",
		"two parts":                   parts[0] + "." + parts[1],
		"claims changed":              parts[0] + "." + b64(claims(map[string]any{"sub": "repo:acme/infra:x"})) + "." + parts[2],
		"head changed":                b64(head(map[string]any{"typ": "x"})) + "." + parts[1] + "." + parts[2],
		"signature cut":               good[:len(good)-4],
		"ES256 with a zero signature": b64(map[string]any{"alg": "ES256", "kid": "two"}) + "." + b64(claims(nil)) + "." + b64(make([]byte, 64)),
		"another's key":               signed(other.key, head(nil), claims(nil)),
		"another's issuer":            signed(other.key, head(nil), claims(map[string]any{"iss": other.URL})),
		"JSON serialization":          fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
		"nested":                      b64(head(nil)) + "." + b64([]byte(good)) + "." + parts[2],
		"too long":                    signed(is.key, head(nil), claims(map[string]any{"x": strings.Repeat("y", 20_000)})),
		"critical extension":          signed(is.key, head(map[string]any{"crit": []string{"x"}, "x": 1}), claims(nil)),
		"no claims":                   signed(is.key, head(nil), nil),
	}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		bad["alg "+alg] = b64(map[string]any{"alg": alg, "typ": "JWT"}) + "." + b64(claims(nil)) + "."
		bad["alg "+alg+" with the signature"] = b64(head(map[string]any{"alg": alg})) + "." + parts[1] + "." + parts[2]
	}
	jwk := jose.JSONWebKey{Key: &other.key.PublicKey, KeyID: "evil", Algorithm: "RS256"}
	for name, change := range map[string]map[string]any{
		"jku": {"jku": trap.URL, "kid": "evil"}, "x5u": {"x5u": trap.URL, "kid": "evil"}, "jwk": {"jwk": jwk, "kid": "evil"}, "x5c": {"x5c": []string{base64.StdEncoding.EncodeToString(der)}},
		"kid as a path": {"kid": "../../../../dev/null"}, "kid as SQL": {"kid": "x' UNION SELECT 'key' --"}, "kid as a URL": {"kid": trap.URL}, "no kid": {"kid": ""}, "kid as a number": {"kid": 1},
	} {
		bad[name] = signed(other.key, head(change), claims(nil))
	}
	for name, change := range map[string]map[string]any{
		"aud of another": {"aud": "another"}, "no aud": {"aud": nil}, "aud that begins alike": {"aud": "drover2"}, "aud empty": {"aud": []string{}}, "several and none made for": {"aud": []string{"drover", "another"}},
		"azp of another": {"azp": "another"}, "several, azp of another": {"aud": []string{"drover", "another"}, "azp": "another"},
		"iss with a slash": {"iss": is.URL + "/"}, "iss that begins alike": {"iss": is.URL + ".evil.example"}, "no iss": {"iss": nil}, "iss as a list": {"iss": []string{is.URL}}, "iss in capitals": {"iss": strings.ToUpper(is.URL)}, "iss of a tenant": {"iss": is.URL + "/common"},
		"over": {"exp": now - 1}, "no exp": {"exp": nil}, "exp as text": {"exp": "tomorrow"}, "not yet": {"nbf": now + 200}, "not for long": {"nbf": now + 3600}, "from the future": {"iat": now + 3600}, "from long ago": {"iat": now - 3*24*3600},
		"no sub": {"sub": nil}, "empty sub": {"sub": ""}, "another's sub": {"sub": "repo:evil/infra:main"}, "sub that contains ours": {"sub": "x repo:acme/infra:main"}, "long sub": {"sub": "repo:acme/infra:" + strings.Repeat("x", 300)}, "sub as a list": {"sub": []string{"repo:acme/infra:main"}},
	} {
		bad[name] = signed(is.key, head(nil), claims(change))
	}
	for name, token := range bad {
		if err := show(token); !errors.Is(err, drovertypes.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if looked.Load() != 0 {
		t.Errorf("%d looks at addresses that tokens named", looked.Load())
	}
	if err := show(good); err != nil {
		t.Errorf("an honest token after all that: %v", err)
	}
	t.Logf("%d forged tokens refused", len(bad))
}
