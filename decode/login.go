package decode

import "strings"

// tokenUsers are the user names that hosts and registries ask for where a token
// alone counts.
var tokenUsers = map[string]bool{
	"git": true, "oauth2": true, "x-access-token": true, "x-token-auth": true, "x-oauth-basic": true, "gitlab-ci-token": true, "bearer": true, // of git over HTTPS
	"oauth2accesstoken": true, "_json_key": true, "_json_key_base64": true, "aws": true, "00000000-0000-0000-0000-000000000000": true, "<token>": true, // of image registries
	"token": true, "__token__": true, "$oauthtoken": true, // of package registries
}

// TokenUser reports whether a user name says nothing about whose the credential
// beside it is, since hosts ask for it where a token alone counts.
func TokenUser(name string) bool { return tokenUsers[strings.ToLower(name)] }

// LoginAlias names an account at a host where no protocol says more:
//
//	login:<host>/<user>
//
// The host is that of a URL or host[:port], spelled by [HostName]; machine says
// whose loopback addresses are meant. "" where the host has no spelling, and for
// a TokenUser.
func LoginAlias(server, user, machine string) string {
	host := HostName(server, machine)
	if host == "" || user == "" || TokenUser(user) {
		return ""
	}
	return "login:" + host + "/" + user
}
