package engine

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/store"
)

// A Flow is a sign-in at an identity provider that has begun.
type Flow struct {
	URL     string        // where the browser goes
	Binding drover.Secret // for a cookie: it binds the answer to this browser
}

// A Callback is what the browser brings back from the identity provider.
type Callback struct {
	State   string
	Code    drover.Secret
	Error   string // the provider's, where it refused
	Issuer  string // iss of RFC 9207; "": the provider sends none
	Binding drover.Secret
}

// flowState is what a Binding holds, sealed: nothing is kept here until somebody is
// signed in, so that nobody can fill a memory by beginning.
type flowState struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // of PKCE, RFC 7636
	Redirect string `json:"r"`
	Next     string `json:"x"`
	Until    int64  `json:"u"`
}

const flowFor = 10 * time.Minute

// StartOIDC begins a sign-in by the identity provider of auth.oidc: authorization
// code with PKCE (S256), state and nonce. redirect is where the provider sends the
// browser back, next where it goes from there. The error wraps drover.ErrNotFound
// where none is configured.
func (e *Engine) StartOIDC(ctx context.Context, redirect, next string) (*Flow, error) {
	conf, err := e.oidcClient(ctx, redirect)
	if err != nil {
		return nil, err
	}
	f := flowState{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Redirect: redirect, Next: next, Until: e.wall().Add(flowFor).Unix()}
	binding, err := e.sealFlow(f)
	if err != nil {
		return nil, err
	}
	return &Flow{URL: conf.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), Binding: binding}, nil
}

// HasOIDC reports whether an identity provider is configured.
func (e *Engine) HasOIDC() bool { return e.o.Config.Auth.OIDC.Issuer != "" }

func (e *Engine) oidcClient(ctx context.Context, redirect string) (*oauth2.Config, error) {
	c := e.o.Config.Auth.OIDC
	if c.Issuer == "" {
		return nil, fmt.Errorf("no identity provider is configured (auth.oidc): %w", drover.ErrNotFound)
	}
	p, err := e.issuers.provider(ctx, c.Issuer, e.wall())
	if err != nil {
		return nil, err
	}
	secret, err := config.Resolve(c.ClientSecret)
	if err != nil {
		return nil, fmt.Errorf("auth.oidc.client_secret: %w", err)
	}
	scopes := c.Scopes
	if len(scopes) == 0 {
		scopes = []string{"profile", "email"}
	}
	if !slices.Contains(scopes, oidc.ScopeOpenID) {
		scopes = append([]string{oidc.ScopeOpenID}, scopes...)
	}
	return &oauth2.Config{ClientID: c.ClientID, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: redirect, Scopes: scopes}, nil
}

// flowSeal is AES-256-GCM with a key of this installation.
func (e *Engine) flowSeal() (cipher.AEAD, error) {
	key, err := e.DerivedKey("sign-in by an identity provider")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal a sign-in: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (e *Engine) sealFlow(f flowState) (drover.Secret, error) {
	seal, err := e.flowSeal()
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("seal a sign-in: %w", err)
	}
	return drover.Secret(base64.RawURLEncoding.EncodeToString(seal.Seal(nil, nil, raw, nil))), nil
}

func (e *Engine) openFlow(binding drover.Secret) (f flowState, err error) {
	seal, err := e.flowSeal()
	if err != nil {
		return f, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(binding.Reveal())
	if err != nil || len(raw) > 8<<10 {
		return f, fmt.Errorf("the browser brings no sign-in that was begun here: %w", errProof)
	}
	if raw, err = seal.Open(nil, nil, raw, nil); err != nil || json.Unmarshal(raw, &f) != nil {
		return f, fmt.Errorf("the browser brings no sign-in that was begun here: %w", errProof)
	}
	if e.wall().Unix() >= f.Until {
		return f, fmt.Errorf("the sign-in took over %s: %w", flowFor, errProof)
	}
	return f, nil
}

// SignInByOIDC ends a sign-in that StartOIDC began, and returns where the browser
// goes. Every check of OpenID Connect Core 3.1.3.7 is made. Errors wrap
// drover.ErrPermission and say what was wrong, for the log and nobody else.
func (e *Engine) SignInByOIDC(ctx context.Context, back Callback, in Entrance) (*Session, string, error) {
	s, next, err := e.signInByOIDC(ctx, back, in)
	if err != nil && errors.Is(err, drover.ErrPermission) {
		err = e.guesses.failed(in.Address, e.wall(), err)
		if ok, more := e.guesses.tell(in.Address, e.wall()); ok {
			err = errors.Join(err, e.Audit(ctx, AuditEntry{Action: "session.start", Outcome: AuditRefused, Detail: map[string]any{"how": "oidc", "address": in.Address, "why": scrubbed(err), "not_recorded": more}}))
		}
	}
	return s, next, err
}

func (e *Engine) signInByOIDC(ctx context.Context, back Callback, in Entrance) (*Session, string, error) {
	f, err := e.openFlow(back.Binding)
	if err != nil {
		return nil, "", err
	}
	c := e.o.Config.Auth.OIDC
	switch {
	case subtle.ConstantTimeCompare([]byte(back.State), []byte(f.State)) != 1:
		return nil, "", fmt.Errorf("state is not the one that was sent: %w", errProof)
	case back.Issuer != "" && back.Issuer != c.Issuer:
		return nil, "", fmt.Errorf("another identity provider answered (iss, RFC 9207): %w", errProof)
	case back.Error != "":
		return nil, "", fmt.Errorf("the identity provider refused: %s: %w", text(back.Error, 100), errProof)
	case back.Code == "":
		return nil, "", fmt.Errorf("no code came back: %w", errProof)
	}
	conf, err := e.oidcClient(ctx, f.Redirect)
	if err != nil {
		return nil, "", err
	}
	if err := e.guesses.ask(in.Address, e.wall()); err != nil {
		return nil, "", err
	}
	client := e.issuers.client
	token, err := conf.Exchange(oidc.ClientContext(ctx, client), back.Code.Reveal(), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		if r, ok := errors.AsType[*oauth2.RetrieveError](err); ok { // its text holds what the provider wrote
			return nil, "", fmt.Errorf("the identity provider gave no token for the code: %s: %w", text(r.ErrorCode, 100), errProof)
		}
		return nil, "", fmt.Errorf("ask the identity provider for a token: %w", errors.Join(drover.ErrTransient, redactedError{err}))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := e.verifyJWT(ctx, c.Issuer, c.ClientID, raw)
	if err != nil {
		return nil, "", err
	}
	if subtle.ConstantTimeCompare([]byte(id.nonce), []byte(f.Nonce)) != 1 {
		return nil, "", fmt.Errorf("nonce is not the one that was sent: %w", errProof)
	}
	if id.atHash != "" {
		if err := id.token.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, "", fmt.Errorf("the access token is not the one of the ID token: %w", errProof)
		}
	}
	s, err := e.oidcSession(ctx, id, in)
	return s, f.Next, err
}

// oidcSession makes the session of somebody whom the provider vouches for.
func (e *Engine) oidcSession(ctx context.Context, id *jwt, in Entrance) (*Session, error) {
	m, err := e.oidcMember(ctx, id)
	if err != nil {
		return nil, err
	}
	old := e.sessionID(ctx, in.Old)
	s := e.newSession(in, "oidc")
	s.credential.Member = m.ID
	if err := e.store.AddCredential(ctx, s.credential, mostSessions); err != nil {
		return nil, err
	}
	if old != "" {
		if err := e.store.EndCredential(ctx, kindSession, old); err != nil && !errors.Is(err, drover.ErrNotFound) {
			return nil, errors.Join(err, e.store.EndCredential(ctx, kindSession, s.credential.ID))
		}
	}
	return e.signedIn(ctx, s, s.credential)
}

// oidcMember finds or makes the user of an ID token: by the provider's own name
// for them, the first time by a verified mail address that an admin gave. Where
// roles come from a claim, they are what it says now.
func (e *Engine) oidcMember(ctx context.Context, id *jwt) (store.Member, error) {
	c := e.o.Config.Auth.OIDC
	subject := c.Issuer + "|" + id.subject
	grants, mapped, err := e.claimed(id)
	if err != nil {
		return store.Member{}, err
	}
	m, err := e.store.MemberBySubject(ctx, subject)
	if errors.Is(err, drover.ErrNotFound) && id.verified {
		if m, err = e.memberByMail(ctx, id.email); err == nil && m.Subject != "" {
			return m, fmt.Errorf("the mail address is that of another user of the identity provider: %w", errProof)
		}
	}
	switch {
	case errors.Is(err, drover.ErrNotFound) && len(grants) > 0:
		return e.newMember(ctx, id, subject, grants)
	case errors.Is(err, drover.ErrNotFound):
		return m, fmt.Errorf("nobody of this name may come in; an admin adds them: drover user add: %w", errProof)
	case err != nil:
		return m, err
	case m.Kind != authz.Person:
		return m, fmt.Errorf("%s is a machine: %w", m.ID, errProof)
	}
	raw := m.Grants
	if mapped {
		if raw, err = grantsText(grants); err != nil {
			return m, err
		}
	}
	if raw != m.Grants || m.Subject != subject {
		a := &AuditEntry{Action: "user.grant", Target: m.ID, Detail: map[string]any{"by": "claim of the identity provider", "before": spelled(grantsOf(m.Grants)), "grants": spelled(grantsOf(raw)), "subject": text(subject, 200)}}
		err := e.recorded(ctx, a, func(ctx context.Context) error {
			var err error
			m, err = e.store.ChangeMember(ctx, m.ID, func(x *store.Member) error { x.Grants, x.Subject = raw, subject; return nil })
			return err
		})
		if err != nil {
			return m, err
		}
		if err := errors.Join(e.store.EndCredentials(ctx, kindSession, m.ID), e.noteOwn(ctx)); err != nil {
			return m, err
		}
	}
	if mapped && len(grants) == 0 {
		return m, fmt.Errorf("no value of the claim %s gives a role: %w", c.RolesClaim, errProof)
	}
	return m, nil
}

func (e *Engine) memberByMail(ctx context.Context, email string) (store.Member, error) {
	all, err := e.store.Members(ctx)
	if err != nil {
		return store.Member{}, err
	}
	for _, m := range all {
		if m.Email != "" && fold(m.Email) == fold(email) {
			return m, nil
		}
	}
	return store.Member{}, fmt.Errorf("user: %w", drover.ErrNotFound)
}

// newMember adds somebody to whom the claim gives a role. Their name is a name
// that nobody here has yet: to be called like another does not make one them.
func (e *Engine) newMember(ctx context.Context, id *jwt, subject string, grants []authz.Grant) (store.Member, error) {
	m := store.Member{ID: newID("u-"), Kind: authz.Person, Subject: subject, Created: e.wall()}
	if id.verified && validEmail(id.email) == nil {
		m.Email = id.email
	}
	var err error
	if m.Grants, err = grantsText(grants); err != nil {
		return m, err
	}
	for _, name := range []string{m.Email, id.name, id.subject, "user " + m.ID} {
		if validName(name) != nil {
			continue
		}
		m.Name, m.Key = name, fold(name)
		a := &AuditEntry{Action: "user.add", Target: m.ID, Detail: map[string]any{"by": "claim of the identity provider", "name": name, "grants": spelled(grants), "subject": text(subject, 200)}}
		if _, err = e.store.MemberByKey(ctx, m.Key); err == nil {
			continue
		}
		if err = e.heir(ctx, m.Key); err != nil {
			continue
		}
		err = e.recorded(ctx, a, func(ctx context.Context) error { return e.store.AddMember(ctx, m) })
		if !errors.Is(err, drover.ErrConflict) {
			return m, errors.Join(err, e.noteOwn(ctx))
		}
	}
	return m, err
}

// claimed reads the roles of a token; mapped says that the claim decides.
func (e *Engine) claimed(id *jwt) (grants []authz.Grant, mapped bool, err error) {
	c := e.o.Config.Auth.OIDC
	if c.RolesClaim == "" {
		return nil, false, nil
	}
	for _, v := range id.texts(c.RolesClaim) {
		spelling, ok := c.Roles[v]
		if !ok {
			continue
		}
		g, err := authz.ParseGrant(spelling)
		if err != nil {
			return nil, true, fmt.Errorf("auth.oidc.roles: %w", err)
		}
		if !slices.ContainsFunc(grants, func(h authz.Grant) bool { return h.String() == g.String() }) {
			grants = append(grants, g)
		}
	}
	return grants[:min(len(grants), maxGrants)], true, nil
}
