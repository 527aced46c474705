// Package crosstenant finds applications of our own that accounts of other
// organizations may sign in to.
package crosstenant

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// audiences are those that let in others (Microsoft Graph, application resource
// type, signInAudience).
var audiences = map[string]string{
	"AzureADMultipleOrgs":                "any organization's accounts",
	"AzureADandPersonalMicrosoftAccount": "any organization's accounts and personal ones",
	"PersonalMicrosoftAccount":           "personal accounts",
}

// Check is the question.
var Check = &check.Check{
	ID: "crosstenant", Title: "an application that other tenants may use", Area: check.Isolation, Severity: drover.Low,
	Controls: []string{"OWASP-NHI8:2025", "OWASP-NHI3:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:AC-20", "ISO-27001-2022:A.5.15", "SOC2:CC6.1"}, Fix: []string{"configure", "tag"}, Systems: []string{"azure", "entra", "azuread"},
	Why:        "A program that was written for your own people takes tokens of everybody's: unless it checks whose they are by itself, strangers are users of it.",
	How:        "The application registration's `signInAudience` lets in other organizations or personal accounts, and nobody reviewed that (tags `reviewer`, `reviewed_by`, `reviewed`). Medium where it has permissions that reach far. What is disabled is left out.",
	False:      "A product that you sell to other organizations is meant to be so: tag it with its reviewer.",
	References: []string{"https://learn.microsoft.com/entra/identity-platform/howto-convert-app-to-be-multi-tenant", "https://learn.microsoft.com/security/zero-trust/develop/identity-supported-account-types"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !check.Mentions(p.Graph.Attrs(row), "signInAudience") || !strings.Contains(p.Graph.Type(row), ".app") || p.Off(row) || p.Own(row) {
			return
		}
		value := p.Graph.Str(row, "signInAudience")
		who, open := audiences[value]
		if !open || p.Reviewer(row) != "" {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Loses: "sign-ins of other tenants' accounts"}
		h.What = fmt.Sprintf("%s takes sign-ins of %s.", p.Say(row), who)
		h.Evidence = []drover.FindingProof{check.Proof("signInAudience is "+value, "signInAudience", p.Now, ""), check.Proof("no reviewer is named", "tags reviewer, reviewed_by, reviewed", p.Now, "")}
		if far := check.Sensitive(p.Scopes(row)); len(far) > 0 {
			h.Severity = drover.Medium
			h.Evidence = append(h.Evidence, check.Proof("has "+check.List(far[:min(len(far), 5)]), "permissions", p.Now, ""))
		}
		h.Fix = remedy.Configure(p.Estate, row, "signInAudience = AzureADMyOrg")
		h.Unknowns = []string{"whether accounts of other tenants use it"}
		p.Report(h)
	},
}
