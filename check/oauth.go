package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// An OAuthClient is how an application asks for tokens, as its authorization
// server says.
type OAuthClient struct {
	Grants []string // grant types, as the server spells them
	Public bool     // it has no secret of its own: a page, a phone, a desktop program
	PKCE   bool     // the server refuses a code without proof (RFC 7636)

	// What is allowed in Entra, whose applications have no list of grants.
	Password, ImplicitAccess, ImplicitID bool

	Field string // where it was read
}

// OAuthClient reads the settings of an application of Entra, Okta, Auth0 or
// Keycloak; ok is false for everything else, and where none of them is known.
func (e *Estate) OAuthClient(row int) (c OAuthClient, ok bool) {
	typ := e.Graph.Type(row)
	system, _, _ := strings.Cut(typ, ".")
	switch system {
	case "entra", "azure", "azuread":
		if a := e.Graph.Attrs(row); Mentions(a, "implicit") || Mentions(a, "publicclient") {
			return entraClient(a)
		}
	case "okta":
		return oktaClient(e.Graph.Attrs(row))
	case "auth0":
		return auth0Client(e.Graph.Attrs(row))
	case "keycloak":
		return keycloakClient(e.Graph.Attrs(row))
	}
	return c, false
}

// entraClient reads application (Microsoft Graph v1.0): isFallbackPublicClient and
// web.implicitGrantSettings; the manifest calls them allowPublicClient,
// oauth2AllowImplicitFlow and oauth2AllowIdTokenImplicitFlow.
func entraClient(a drover.Attrs) (c OAuthClient, ok bool) {
	set := func(to *bool, field string, path ...string) {
		if v, known := a.Bool(path...); known {
			ok = true
			if v {
				*to, c.Field = true, field
			}
		}
	}
	set(&c.ImplicitID, "web.implicitGrantSettings.enableIdTokenIssuance", "web", "implicitGrantSettings", "enableIdTokenIssuance")
	set(&c.ImplicitID, "oauth2AllowIdTokenImplicitFlow", "oauth2AllowIdTokenImplicitFlow")
	set(&c.ImplicitID, "implicitGrantSettings.enableIdTokenIssuance", "implicitGrantSettings", "enableIdTokenIssuance")
	set(&c.ImplicitAccess, "web.implicitGrantSettings.enableAccessTokenIssuance", "web", "implicitGrantSettings", "enableAccessTokenIssuance")
	set(&c.ImplicitAccess, "oauth2AllowImplicitFlow", "oauth2AllowImplicitFlow")
	set(&c.ImplicitAccess, "implicitGrantSettings.enableAccessTokenIssuance", "implicitGrantSettings", "enableAccessTokenIssuance")
	set(&c.Password, "isFallbackPublicClient", "isFallbackPublicClient")
	set(&c.Password, "allowPublicClient", "allowPublicClient")
	c.PKCE = true // a single-page redirect is refused without it
	return c, ok
}

// oktaClient reads an OIDC application: settings.oauthClient and
// credentials.oauthClient (Okta Applications API), also where an export has them
// at the top.
func oktaClient(a drover.Attrs) (c OAuthClient, ok bool) {
	if c.Grants = a.Strings("settings", "oauthClient", "grant_types"); c.Grants == nil {
		c.Grants = a.Strings("grant_types")
	}
	method := a.Str("credentials", "oauthClient", "token_endpoint_auth_method")
	if method == "" {
		method = a.Str("token_endpoint_auth_method")
	}
	kind := a.Str("settings", "oauthClient", "application_type")
	if kind == "" {
		kind = a.Str("application_type")
	}
	pkce, known := a.Bool("credentials", "oauthClient", "pkce_required")
	if !known {
		pkce, known = a.Bool("pkce_required")
	}
	c.PKCE, c.Public, c.Field = pkce || !known, method == "none" || kind == "browser" || kind == "native", "grant_types"
	return c, c.Grants != nil
}

// auth0Client reads a client of the Auth0 Management API: grant_types, app_type.
func auth0Client(a drover.Attrs) (c OAuthClient, ok bool) {
	c.Grants, c.Field = a.Strings("grant_types"), "grant_types"
	kind := a.Str("app_type")
	c.Public, c.PKCE = kind == "spa" || kind == "native", true // Auth0 asks public clients for it
	return c, c.Grants != nil
}

// keycloakClient reads a client of the Keycloak Admin API.
func keycloakClient(a drover.Attrs) (c OAuthClient, ok bool) {
	for _, f := range [...]struct{ field, grant string }{{"directAccessGrantsEnabled", "password"}, {"implicitFlowEnabled", "implicit"}, {"standardFlowEnabled", "authorization_code"}} {
		if v, known := a.Bool(f.field); known {
			ok = true
			if v {
				c.Grants = append(c.Grants, f.grant)
			}
		}
	}
	c.Public, _ = a.Bool("publicClient")
	c.PKCE, c.Field = a.Str("attributes", "pkce.code.challenge.method") != "", "client"
	return c, ok
}

// Grant reports whether a client may use a grant, by any of its names.
func (c *OAuthClient) Grant(names ...string) bool {
	return slices.ContainsFunc(c.Grants, func(g string) bool { return slices.Contains(names, g) })
}
