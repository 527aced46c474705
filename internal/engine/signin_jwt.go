package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
)

// algorithms are the signatures that are taken: those that only the issuer can
// make. With an HMAC whoever can verify can sign, and "none" is none (RFC 8725 2.1,
// 3.1).
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

const (
	maxJWT   = 16 << 10
	skew     = time.Minute // that an issuer's clock may be ahead
	oldestAt = 25 * time.Hour
)

// A jwt is a token whose signature, issuer, audience and times were checked.
type jwt struct {
	token    *oidc.IDToken
	subject  string
	nonce    string
	atHash   string
	email    string // lower case
	verified bool   // the issuer says that the address is theirs
	name     string
	claims   map[string]json.RawMessage
}

// verifyJWT checks a token of an issuer that the configuration names. Keys come
// from the issuer's own document only: what a token says of keys (jku, x5u, jwk,
// x5c, a path in kid) is not looked at. What is wrong is told to the log alone.
func (e *Engine) verifyJWT(ctx context.Context, issuer, audience, raw string) (*jwt, error) {
	if len(raw) > maxJWT || strings.Count(raw, ".") != 2 {
		return nil, fmt.Errorf("no signed token of at most %d bytes: %w", maxJWT, errProof)
	}
	p, err := e.issuers.provider(ctx, issuer, e.wall())
	if err != nil {
		return nil, err
	}
	v := p.VerifierContext(oidc.ClientContext(context.WithoutCancel(ctx), e.issuers.client), &oidc.Config{ClientID: audience, SupportedSigningAlgs: algorithms, Now: e.wall})
	t, err := v.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text(err.Error(), 300), errProof)
	}
	id := &jwt{token: t, subject: t.Subject, nonce: t.Nonce, atHash: t.AccessTokenHash}
	if err := t.Claims(&id.claims); err != nil {
		return nil, fmt.Errorf("its claims cannot be read: %w", errProof)
	}
	var c struct {
		AZP       string   `json:"azp"`
		Email     string   `json:"email"`
		Verified  any      `json:"email_verified"`
		Name      string   `json:"name"`
		Preferred string   `json:"preferred_username"`
		NotBefore *float64 `json:"nbf"`
	}
	if err := t.Claims(&c); err != nil {
		return nil, fmt.Errorf("its claims cannot be read: %w", errProof)
	}
	now := e.wall()
	switch {
	case t.Subject == "" || len(t.Subject) > 255:
		return nil, fmt.Errorf("sub is missing or over 255 bytes: %w", errProof)
	case c.AZP != "" && c.AZP != audience, c.AZP == "" && len(t.Audience) > 1:
		return nil, fmt.Errorf("it was made for another party (azp, aud): %w", errProof)
	case t.IssuedAt.After(now.Add(skew)):
		return nil, fmt.Errorf("it was made in the future (iat): %w", errProof)
	case !t.IssuedAt.IsZero() && t.IssuedAt.Unix() > 0 && now.Sub(t.IssuedAt) > oldestAt:
		return nil, fmt.Errorf("it was made over %s ago (iat): %w", oldestAt, errProof)
	case c.NotBefore != nil && time.Unix(int64(*c.NotBefore), 0).After(now.Add(skew)):
		return nil, fmt.Errorf("it does not hold yet (nbf): %w", errProof)
	}
	id.email, id.name = strings.ToLower(c.Email), c.Preferred
	if id.name == "" {
		id.name = c.Name
	}
	id.verified = c.Verified == true || c.Verified == "true" // some write the word
	return id, nil
}

// texts is a claim that holds one text or a list of them.
func (j *jwt) texts(claim string) []string {
	var one string
	var many []string
	if json.Unmarshal(j.claims[claim], &one) == nil && one != "" {
		return []string{one}
	}
	if json.Unmarshal(j.claims[claim], &many) != nil {
		return nil
	}
	return many
}

// issuers remembers what issuers say of themselves (OpenID Connect Discovery).
type issuers struct {
	client *http.Client
	mu     sync.Mutex
	known  map[string]*issuer
}

type issuer struct {
	asking sync.Mutex // one at a time asks
	p      *oidc.Provider
	err    error
	at     time.Time
}

const (
	issuerFor   = 12 * time.Hour   // its endpoints are asked for again; keys are, whenever an unknown one comes
	issuerRetry = 10 * time.Second // after it did not answer
	maxAnswer   = 1 << 20          // bytes of what it answers
)

func newIssuers() *issuers {
	c := Outside()
	c.Transport = &reused{next: bounded{c.Transport}, said: map[string]*saying{}}
	return &issuers{client: c, known: map[string]*issuer{}}
}

// provider returns what is known of an issuer that the configuration names. Errors
// wrap drover.ErrTransient.
func (s *issuers) provider(ctx context.Context, name string, now time.Time) (*oidc.Provider, error) {
	s.mu.Lock()
	x := s.known[name]
	if x == nil {
		x = &issuer{}
		s.known[name] = x
	}
	s.mu.Unlock()
	x.asking.Lock()
	defer x.asking.Unlock()
	since := now.Sub(x.at)
	if x.p != nil && since < issuerFor || x.err != nil && since < issuerRetry && since >= 0 {
		return x.p, x.err
	}
	// The provider fetches keys with this context for as long as it lives.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), s.client), name)
	x.at = now
	if err != nil {
		x.err = fmt.Errorf("the issuer %s cannot be asked: %w: %w", text(name, 200), drover.ErrTransient, redactedError{err})
		if x.p != nil {
			return x.p, nil // what it said before holds on
		}
		return nil, x.err
	}
	x.p, x.err = p, nil
	return p, nil
}

// bounded cuts off answers that are too long.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body := resp.Body
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(body, maxAnswer), body}
	return resp, nil
}

// BearerCaller says who shows a value in Authorization: an API token of ours, or
// the JWT of a workload that auth.workload lets in. Errors wrap
// drover.ErrPermission, and drover.ErrTransient where the address guesses or the
// issuer cannot be asked.
func (e *Engine) BearerCaller(ctx context.Context, value drover.Secret, address string) (authz.Caller, error) {
	raw := value.Reveal()
	if len(e.o.Config.Auth.Workload) == 0 || strings.HasPrefix(raw, prefixToken) || strings.Count(raw, ".") != 2 {
		return e.TokenCaller(ctx, value, address)
	}
	c, err := e.workloadCaller(ctx, raw)
	if errors.Is(err, drover.ErrPermission) {
		e.o.Log.WarnContext(ctx, "a workload was not let in", "error", err, "address", address)
		err = e.guesses.failed(address, e.wall(), err)
	}
	return c, err
}

// workloadCaller finds the rule that lets the bearer of a token in. The issuer
// that a token names only chooses among those that the configuration names.
func (e *Engine) workloadCaller(ctx context.Context, raw string) (authz.Caller, error) {
	named := issuerOf(raw)
	var failed error
	for i, w := range e.o.Config.Auth.Workload {
		if w.Issuer != named {
			continue
		}
		id, err := e.verifyJWT(ctx, w.Issuer, w.Audience, raw)
		if err != nil {
			failed = err
			continue
		}
		if !matchesSubject(w, id.subject) {
			continue
		}
		g, err := authz.ParseGrant(w.Role)
		if err != nil {
			return authz.Caller{}, fmt.Errorf("auth.workload[%d].role: %w", i, err)
		}
		who := text(w.Issuer+"|"+id.subject, 500)
		return authz.Caller{ID: "workload:" + who, Name: text(id.subject, 255), Kind: authz.Machine, Grants: []authz.Grant{g}, Token: fmt.Sprintf("workload[%d]", i)}, nil
	}
	if failed != nil {
		return authz.Caller{}, failed
	}
	return authz.Caller{}, fmt.Errorf("no rule of auth.workload lets its issuer and subject in: %w", errProof)
}

func matchesSubject(w config.Workload, subject string) bool {
	if begin, ok := strings.CutSuffix(w.Subject, "*"); ok {
		return strings.HasPrefix(subject, begin)
	}
	return subject == w.Subject
}

// issuerOf is the issuer that an unverified token names; "" where it names none.
func issuerOf(raw string) string {
	parts := strings.Split(raw, ".")
	if len(raw) > maxJWT || len(parts) != 3 {
		return ""
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if json.NewDecoder(bytes.NewReader(body)).Decode(&c) != nil {
		return ""
	}
	return c.Issuer
}

// SignsInBy lists by what people can sign in, for the page: link, oidc.
func (e *Engine) SignsInBy() []string {
	ways := []string{"link"}
	if e.o.Config.Auth.OIDC.Issuer != "" {
		ways = append(ways, "oidc")
	}
	return slices.Clip(ways)
}
