// Package legacygrant finds applications that may ask for tokens in ways that OAuth
// has given up.
package legacygrant

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "legacygrant",
	Title:    "an application may use a password or implicit grant",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2", "NIST-800-53:IA-8", "PCI-DSS-4.0:8.3.1", "ISO-27001-2022:A.8.5"},
	Fix:      []string{"configure"},
	Why:      "With the password grant the application sees the passwords of its users, and no second factor is asked. With the implicit grant tokens stand in addresses, where browsers, proxies and logs keep them.",
	How: "The authorization server says which grants the application may use. Entra: isFallbackPublicClient (allowPublicClient in the manifest), which lets password grants in, and web.implicitGrantSettings; Okta and Auth0: grant_types with password or implicit; Keycloak: directAccessGrantsEnabled, implicitFlowEnabled. " +
		"Low where only ID tokens are given out implicitly. High where it reaches tier 0. Silent where the settings were not read, and for applications that are switched off. They come through the file connector, in the vendors' own field names.",
	False:      "A command-line program that uses the device code grant needs public client flows in Entra: check the sign-in logs for ROPC, and accept the finding if there is none.",
	References: []string{"https://datatracker.ietf.org/doc/html/rfc9700#section-2.1.2", "https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth-ropc", "https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-implicit-grant-flow"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Systems:    []string{"entra", "azure", "azuread", "okta", "auth0", "keycloak"},
	Each:       each,
}

func each(p *check.Pass, row int) {
	c, ok := p.OAuthClient(row)
	if !ok || p.Off(row) {
		return
	}
	enabled, known := p.Graph.Flag(row, "accountEnabled")
	if known && !enabled {
		return
	}
	var may []string
	severity := drover.Low
	if c.Password || c.Grant("password", "http://auth0.com/oauth/grant-type/password-realm") {
		may, severity = append(may, "send the password of a user (password grant)"), drover.Medium
	}
	if c.ImplicitAccess || c.Grant("implicit") {
		may, severity = append(may, "get access tokens in an address (implicit grant)"), drover.Medium
	}
	if c.ImplicitID {
		may = append(may, "get ID tokens in an address (implicit grant)")
	}
	if len(may) == 0 {
		return
	}
	if p.TierZero(row) {
		severity = drover.High
	}
	p.Report(check.Hit{Row: row, Severity: severity, What: p.Say(row) + " may " + check.List(may) + ".", Evidence: []drover.FindingProof{p.Said(row, c.Field+" allows it")},
		Fix: remedy.Configure(p.Estate, row, "the code grant with PKCE as its only grant for users"), Stops: []int{row}, Loses: "signing in by these grants",
		Unknowns: []string{"whether these grants are used: see the sign-in log of the authorization server"}})
}
