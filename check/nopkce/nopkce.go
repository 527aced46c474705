// Package nopkce finds public clients whose authorization codes anybody can use.
package nopkce

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "nopkce",
	Title:    "a public client may use codes without PKCE",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-8", "NIST-800-53:SC-23", "ISO-27001-2022:A.8.5"},
	Fix:      []string{"configure"},
	Why:      "The code that comes back to the program can be caught on the way, by another program or a proxy, and whoever has it gets the token: nothing ties it to who asked.",
	How: "A client without a secret of its own (a page, a phone or a desktop program) may use the authorization code grant, and its server does not ask for a code challenge. Okta: pkce_required false with token_endpoint_auth_method none or application_type browser or native; Keycloak: publicClient true and no pkce.code.challenge.method. " +
		"Entra and Auth0 ask public clients for it by themselves. Silent where the settings were not read, and for clients with a secret.",
	False:      "The program sends a challenge although it need not. Ask for it all the same: nothing breaks.",
	References: []string{"https://datatracker.ietf.org/doc/html/rfc7636", "https://datatracker.ietf.org/doc/html/rfc9700#section-2.1.1", "https://developer.okta.com/docs/guides/implement-grant-type/authcodepkce/main/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Systems:    []string{"okta", "keycloak", "auth0"},
	Each:       each,
}

func each(p *check.Pass, row int) {
	c, ok := p.OAuthClient(row)
	if !ok || !c.Public || c.PKCE || !c.Grant("authorization_code") || p.Off(row) {
		return
	}
	p.Report(check.Hit{Row: row, What: p.Say(row) + " has no secret and may redeem codes without proof that it asked for them.", Evidence: []drover.FindingProof{p.Said(row, "it is a public client with the authorization code grant, and no code challenge is asked")},
		Fix: remedy.Configure(p.Estate, row, "PKCE as required (S256)"), Stops: []int{row}, Loses: "signing in without a code challenge", Unknowns: []string{"whether the program sends a challenge already"}})
}
