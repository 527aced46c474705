package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
)

// Auth says who may sign in to a server, and how.
type Auth struct {
	OIDC       OIDC       `yaml:"oidc"`
	Workload   []Workload `yaml:"workload"`
	Session    Session    `yaml:"session"`
	OwnerLinks any        `yaml:"owner_links"` // read by no part of this version
}

// OIDC is the identity provider by which people sign in (OpenID Connect Core 1.0,
// code flow with PKCE). The zero value is none.
type OIDC struct {
	Issuer       string            `yaml:"issuer"`        // https://idp.example.com, exactly as the provider writes it
	ClientID     string            `yaml:"client_id"`     //
	ClientSecret string            `yaml:"client_secret"` // by reference; "": a public client
	Scopes       []string          `yaml:"scopes"`        // beside openid; empty: profile, email
	RolesClaim   string            `yaml:"roles_claim"`   // of the ID token: a string or a list of them, such as groups
	Roles        map[string]string `yaml:"roles"`         // value of that claim to grant: "sec-team": auditor, "bi": "engineer:team=bi"
}

// A Workload lets machines in that show a JWT of an issuer (RFC 7519, RFC 8725):
// of Kubernetes, of a CI service, of SPIRE. Every field must be set.
type Workload struct {
	Issuer   string `yaml:"issuer"`   // exactly as in iss; its keys are found by OpenID Connect Discovery
	Audience string `yaml:"audience"` // that aud must hold
	Subject  string `yaml:"subject"`  // that sub must be; one * at its end stands for any rest
	Role     string `yaml:"role"`     // grant: auditor, "responder:source=k8s-prod"
}

// Session bounds how long a sign-in lasts.
type Session struct {
	Idle     string `yaml:"idle"`     // without a call; "" is 8h
	Absolute string `yaml:"absolute"` // in any case; "" is 24h
}

// Defaults of Session.
const (
	DefaultIdle     = 8 * time.Hour
	DefaultAbsolute = 24 * time.Hour
)

// Limits returns both limits. The configuration is checked when it is loaded.
func (s Session) Limits() (idle, absolute time.Duration) {
	idle, absolute = DefaultIdle, DefaultAbsolute
	if d, err := drover.ParseDuration(s.Idle); err == nil && s.Idle != "" {
		idle = d
	}
	if d, err := drover.ParseDuration(s.Absolute); err == nil && s.Absolute != "" {
		absolute = d
	}
	return min(idle, absolute), absolute
}

// Audit says where the end of the audit log is written to outside the store, and
// how long entries are kept.
type Audit struct {
	Anchor    Anchor `yaml:"anchor"`
	Retention string `yaml:"retention"` // a server removes what is older, by a signed cut; "": nothing is removed by itself
	Export    string `yaml:"export"`    // folder that keeps what a server removes; "": nobody keeps it
}

// An Anchor takes the signed end of the audit log every five minutes.
type Anchor struct {
	File    string `yaml:"file"`    // lines are appended; best on another machine's disk
	Webhook string `yaml:"webhook"` // an http or https URL; a reference where it holds a secret
}

func (c *Config) checkAuth() error {
	o := c.Auth.OIDC
	switch {
	case o.Issuer == "" && (o.ClientID != "" || o.ClientSecret != "" || len(o.Roles) > 0):
		return fmt.Errorf("auth.oidc.issuer must be set: %w", drover.ErrInvalid)
	case o.Issuer != "" && o.ClientID == "":
		return fmt.Errorf("auth.oidc.client_id must be set: %w", drover.ErrInvalid)
	case o.ClientSecret != "" && !IsReference(o.ClientSecret):
		return fmt.Errorf("auth.oidc.client_secret is a secret; keep it out of the file: write ${env:NAME} or ${file:PATH}: %w", drover.ErrInvalid)
	case (o.RolesClaim == "") != (len(o.Roles) == 0):
		return fmt.Errorf("auth.oidc: roles_claim and roles belong together: %w", drover.ErrInvalid)
	}
	if o.Issuer != "" {
		if err := issuerURL(o.Issuer); err != nil {
			return fmt.Errorf("auth.oidc.issuer: %w", err)
		}
	}
	for value, grant := range o.Roles {
		if _, err := authz.ParseGrant(grant); err != nil {
			return fmt.Errorf("auth.oidc.roles.%s: %w", value, err)
		}
	}
	for i, w := range c.Auth.Workload {
		if err := w.check(); err != nil {
			return fmt.Errorf("%sauth.workload[%d]%w", c.lineOf(fmt.Sprintf("$.auth.workload[%d].subject", i)), i, err)
		}
	}
	for name, text := range map[string]string{"idle": c.Auth.Session.Idle, "absolute": c.Auth.Session.Absolute} {
		if d, err := drover.ParseDuration(text); text != "" && (err != nil || d < time.Minute || d > 30*drover.Day) {
			return fmt.Errorf("auth.session.%s %q: write a duration from 1m to 30d: %w", name, text, drover.ErrInvalid)
		}
	}
	// A week: what an attacker did must not be gone before anybody looked.
	if text := c.Audit.Retention; text != "" {
		if d, err := drover.ParseDuration(text); err != nil || d < 7*drover.Day {
			return fmt.Errorf("audit.retention %q: write a duration of 7d or more, such as 400d: %w", text, drover.ErrInvalid)
		}
	}
	if c.Audit.Export != "" && c.Audit.Retention == "" {
		return fmt.Errorf("audit.export belongs to audit.retention, which is missing: %w", drover.ErrInvalid)
	}
	if w := c.Audit.Anchor.Webhook; w != "" && !strings.Contains(w, "${") {
		if u, err := url.Parse(w); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("audit.anchor.webhook: want an http or https URL: %w", drover.ErrInvalid)
		}
	}
	return nil
}

func (w Workload) check() error {
	if err := issuerURL(w.Issuer); err != nil {
		return fmt.Errorf(".issuer: %w", err)
	}
	body := strings.TrimSuffix(w.Subject, "*")
	switch {
	case w.Audience == "":
		return fmt.Errorf(".audience must be set, or a token that was made for another would do: %w", drover.ErrInvalid)
	case len(body) < 3 || strings.Contains(body, "*"):
		return fmt.Errorf(".subject %q: name whom to let in; one * may stand at its end, after 3 letters or more: %w", w.Subject, drover.ErrInvalid)
	}
	if err := w.ownsSubject(); err != nil {
		return err
	}
	if _, err := authz.ParseGrant(w.Role); err != nil {
		return fmt.Errorf(".role: %w", err)
	}
	return nil
}

// shared are issuers that sign for everybody who has an account there, by their host:
// how the subject begins, up to the name of the owner, and what ends that name. Where
// it begins with nothing, no subject of one owner has a common beginning.
//
// Sources: GitHub, "About security hardening with OpenID Connect"; GitLab, "OpenID
// Connect (OIDC) authentication using ID tokens"; HCP Terraform, "Workload identity
// tokens"; Buildkite, "OIDC with Buildkite"; Vercel, "OIDC reference"; Google and
// Microsoft number their subjects.
var shared = map[string]struct{ begins, ends string }{
	"token.actions.githubusercontent.com": {"repo:", "/"},
	"gitlab.com":                          {"project_path:", "/"},
	"app.terraform.io":                    {"organization:", ":"},
	"agent.buildkite.com":                 {"organization:", ":"},
	"oidc.vercel.com":                     {"owner:", ":"},
	"accounts.google.com":                 {},
	"login.microsoftonline.com":           {},
	"sts.windows.net":                     {},
}

// ownsSubject refuses a rule for an issuer of everybody that would let strangers in:
// a * counts only behind the name of an owner that has ended. repo:acme* admits
// repo:acme-evil/x.
func (w Workload) ownsSubject() error {
	body, open := strings.CutSuffix(w.Subject, "*")
	if !open {
		return nil
	}
	u, err := url.Parse(w.Issuer)
	if err != nil {
		return fmt.Errorf(".issuer is no address: %w: %w", err, drover.ErrInvalid)
	}
	form, ok := shared[strings.ToLower(u.Hostname())]
	if !ok {
		return nil
	}
	if form.begins == "" {
		return fmt.Errorf(".subject %q: %s signs for everybody, and its subjects have no beginning in common: name each in full: %w", w.Subject, u.Hostname(), drover.ErrInvalid)
	}
	rest, begins := strings.CutPrefix(body, form.begins)
	if owner, _, ended := strings.Cut(rest, form.ends); !begins || !ended || owner == "" {
		return fmt.Errorf(".subject %q would let strangers in: %s signs for everybody; a * may stand only behind the owner and %q, as in %sacme%s*: %w", w.Subject, u.Hostname(), form.ends, form.begins, form.ends, drover.ErrInvalid)
	}
	return nil
}

// issuerURL checks an issuer: https, or http on this machine for tests.
func issuerURL(raw string) error {
	u, err := url.Parse(raw)
	if err == nil && u.Host != "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil {
		if h := u.Hostname(); u.Scheme == "https" || u.Scheme == "http" && (h == "localhost" || h == "127.0.0.1" || h == "::1") {
			return nil
		}
	}
	return fmt.Errorf("want an https URL without user, query and fragment: %w", drover.ErrInvalid)
}

// On reports whether people or machines of other places can sign in.
func (a Auth) On() bool { return a.OIDC.Issuer != "" || len(a.Workload) > 0 }
