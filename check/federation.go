package check

import (
	"strings"

	"github.com/droverhq/drover"
)

// Federable reports whether what a static credential opens is also opened by
// federation: another credential of the same identity is a trust, or the identity
// is a cloud's and is used by a workload of a platform that issues tokens. Why is
// a clause.
func (e *Estate) Federable(credential int) (why string, ok bool) {
	if e.Graph.Kind(credential) != drover.KindCredential {
		return "", false
	}
	for h := range e.Graph.Out(credential) {
		if h.Kind != drover.EdgeAuthenticates {
			continue
		}
		for other := range e.Graph.In(h.Row) {
			if other.Kind == drover.EdgeAuthenticates && other.Row != credential && e.Federation(other.Row) && !e.Off(other.Row) {
				return e.Say(h.Row) + " is already reached by the federation " + Clean(e.Graph.Name(other.Row)), true
			}
		}
	}
	return "", false
}

// Federation reports whether a credential is a trust in another issuer's tokens,
// and no secret.
func (e *Estate) Federation(credential int) bool {
	typ := e.Graph.Type(credential)
	return strings.Contains(typ, "federated") || strings.Contains(typ, "oidc_trust") || strings.HasSuffix(typ, "workload_identity_binding")
}
