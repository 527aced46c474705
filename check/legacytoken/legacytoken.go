// Package legacytoken finds tokens of Kubernetes service accounts that never end.
package legacytoken

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "legacytoken",
	Title:    "a service account has a token that never ends",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI7:2025", "OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(1)", "PCI-DSS-4.0:8.6.3"},
	Fix:      []string{"federate", "delete"},
	Why:      "Whoever may read Secrets in the namespace takes the token along, and it works from anywhere, for as long as the account exists. A pod gets better ones by itself.",
	How: "A Secret of the type kubernetes.io/service-account-token. Bound tokens, which the kubelet renews each hour, have no object and are not meant. Low where the control plane says that it was never used (legacy-token-last-used is absent while use is tracked); high where the account reaches tier 0. " +
		"Silent where the token is of an account that is gone (stale), and where the control plane has taken it out of force (legacy-token-invalid-since).",
	False:      "A system outside of the cluster that knows no OpenID Connect. Let it get a token with an end by the TokenRequest API, or accept the finding and rotate the Secret.",
	References: []string{"https://kubernetes.io/docs/concepts/security/service-accounts/#get-a-token", "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#auto-generated-legacy-serviceaccount-token-clean-up"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Systems:    []string{"kubernetes"},
	Each:       each,
}

func each(p *check.Pass, row int) {
	g := p.Graph
	if g.Type(row) != "kubernetes.service_account_token" || g.Str(row, "invalid_since") != "" || p.Off(row) {
		return
	}
	if stale, _ := g.Flag(row, "stale"); stale {
		return
	}
	holders := p.Holders(row)
	whose := "service account " + check.Clean(g.Str(row, "service_account"))
	if len(holders) > 0 {
		whose = p.Says(holders)
	}
	seen := g.Row(row).Observed
	h := check.Hit{Row: row, What: p.Say(row) + " of " + whose + " never ends.", Fix: remedy.Federate(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, holders...),
		Evidence: []drover.FindingProof{check.Proof("it lies in the Secret "+check.Clean(g.Str(row, "secret"))+" and has no expiry", p.Source(row), seen, "")}}
	u, ok := g.Use(row)
	switch {
	case ok && !u.LastUsed.IsZero():
		h.Evidence = append(h.Evidence, check.Proof("last used "+check.Day(u.LastUsed)+" ("+check.Ago(p.Now, u.LastUsed)+")", u.LastUsedSource, u.LastUsed, u.LastUsedGrade))
	case ok && u.NeverSource != "":
		h.Severity, h.Fix = drover.Low, remedy.Delete(p.Estate, row)
		h.Evidence = append(h.Evidence, check.Proof("no use in the "+check.Span(u.NeverWindow)+" that are tracked", u.NeverSource, u.NeverAt, ""))
	default:
		h.Unknowns = []string{"whether it is used"}
	}
	if p.TierZero(row) || len(holders) > 0 && p.TierZero(holders[0]) {
		h.Severity = drover.High
	}
	p.Report(h)
}
