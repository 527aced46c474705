// Package apppassword finds passwords that get around the second factor.
package apppassword

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "apppassword",
	Title:    "an app password gets around the second factor",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2(1)", "PCI-DSS-4.0:8.4.2", "ISO-27001-2022:A.8.5", "CIS-8.1:6.3"},
	Fix:      []string{"delete", "federate"},
	Why:      "It opens the whole mailbox or account without the second factor, from anywhere, and stays when the real password is changed.",
	How: "The system lists a credential whose type says app_password: of Google Workspace, Microsoft 365, Bitbucket, Nextcloud and the like; they come through the file connector. High where it opens production or reaches tier 0. " +
		"Silent for those that are disabled or expired.",
	False:      "A printer that can only send mail with a password. Use a relay that takes it by its address, or accept the finding.",
	References: []string{"https://support.google.com/accounts/answer/185833", "https://learn.microsoft.com/en-us/entra/identity/authentication/howto-mfa-app-passwords"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	typ := p.Graph.Type(row)
	if !strings.HasSuffix(typ, "app_password") && !strings.HasSuffix(typ, "application_specific_password") && !strings.HasSuffix(typ, ".asp") || p.Off(row) {
		return
	}
	holders := p.Holders(row)
	what := p.Say(row) + " needs no second factor."
	if len(holders) > 0 {
		what = p.Say(row) + " opens " + p.Says(holders) + " without a second factor."
	}
	h := check.Hit{Row: row, What: what, Evidence: []drover.FindingProof{p.Said(row, "its system lists it as an app password")}, Fix: remedy.Delete(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, holders...)}
	if u, ok := p.LastUse(row); ok {
		h.Evidence = append(h.Evidence, u)
	}
	if words, ok := p.Serious(row); ok {
		h.Severity, h.Why = drover.High, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}
