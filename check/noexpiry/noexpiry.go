// Package noexpiry finds credentials that never end.
package noexpiry

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "noexpiry",
	Title:    "a credential never ends",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(1)", "NIST-800-53:AC-2(3)", "PCI-DSS-4.0:8.6.3", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"expire", "federate"},
	Why:      "What never ends is good until somebody remembers to end it. When the project is over or its owner has left, nobody does, and it goes on opening the door.",
	How: "The system says that the credential has no end: no_expiry, as the connectors write it (no VALID UNTIL or infinity in PostgreSQL, a bootstrap token without expiration, an SSH certificate that is valid for ever, a service-specific credential of IAM), or passwordNeverExpires of a directory. " +
		"Low for passwords of databases that open nothing of weight. Some kinds cannot end at all (access keys of IAM, tokens in Secrets of Kubernetes, keys of SSH): they are legacy, and being young stands in for an end; they are reported, low, only where their age is not known. " +
		"One that is older than its interval is reported by longlived and not again here. Silent where nothing says whether it ends.",
	False:      "A system whose end of a password stops the service at night, and where you rotate by a calendar: accept the finding, or write a rotation rule for it.",
	References: []string{"https://www.postgresql.org/docs/current/sql-createrole.html", "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/", "https://owasp.org/www-project-non-human-identities-top-10/2025/7-long-lived-secrets/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	never, _ := p.Graph.Flag(row, "no_expiry")
	if !never {
		return
	}
	at, aged := p.Secret(row)
	legacy := cannotEnd(p.Graph.Type(row))
	if aged && legacy || p.Off(row) || person(p, row) {
		return
	}
	if aged {
		if every := p.Interval(row).Every; every > 0 && p.Now.Sub(at) > every {
			return
		}
	}
	holders := p.Holders(row)
	name := p.SayWhose(row)
	seen := p.Graph.Row(row).Observed
	h := check.Hit{Row: row, What: name + " has no end.", Evidence: []drover.FindingProof{check.Proof("its system says that it never expires", p.Source(row), seen, "")},
		Fix: remedy.Expire(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, holders...)}
	words, serious := p.Serious(row)
	switch {
	case legacy:
		h.What = name + " can have no end, and how old it is is not known."
		h.Severity, h.Fix = drover.Low, remedy.Rotate(p.Estate, row)
		h.Why = "Its kind cannot end by itself, so only changing it does. Nobody can say whether that was ever done."
		h.Unknowns = []string{"when it was last changed"}
	case serious:
		h.Why = p.Check.Why + " Here " + words + "."
	case strings.HasSuffix(p.Graph.Type(row), "password"):
		h.Severity = drover.Low
	}
	p.Report(h)
}

// cannotEnd lists the kinds of which the vendor offers no end.
func cannotEnd(typ string) bool {
	switch typ {
	case "aws.iam.access_key", "kubernetes.service_account_token", "ssh.key", "github.deploy_key", "azure.storage_key", "azure.shared_key", "racf.password", "ibmi.password":
		return true
	}
	return false
}

// person reports whether all that a credential opens is people's: their passwords
// are another matter.
func person(p *check.Pass, row int) bool {
	n, people := 0, 0
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates {
			n++
			if p.Graph.Kind(h.Row) == drover.KindHuman || p.Graph.Facts(h.Row).Verdict == drover.VerdictHuman {
				people++
			}
		}
	}
	return n > 0 && n == people
}
