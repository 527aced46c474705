// Package novendor finds third parties at work in our systems of whom nobody wrote
// down who they are, or who looked at them.
package novendor

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "novendor", Title: "a third party that nobody reviewed", Area: check.Trust, Severity: drover.Low,
	Controls: []string{"OWASP-NHI3:2025", "NIST-CSF-2.0:GV.SC-04", "NIST-CSF-2.0:GV.SC-07", "NIST-800-53:SA-9", "PCI-DSS-4.0:12.8.1", "ISO-27001-2022:A.5.19", "ISO-27001-2022:A.5.22", "SOC2:CC9.2"}, Fix: []string{"tag", "review"},
	Why:        "When that company is broken into, nobody knows that it is in your systems, what it holds, or whom to call.",
	How:        "It is a third party's: an application of another organization (`appOwnerOrganizationId`) or an app of another owner (`owner`), a grant to an OAuth client of Google Workspace, or marked so by an inventory (`third_party`, a vendor's record). And nobody is named as reviewer, by the tag `reviewer`, `reviewed_by` or `reviewed` on it or on its vendor's record. Medium where its scopes reach mail, files, people or everything. Microsoft's own applications are left out.",
	False:      "An application of another tenant of your own company looks foreign: tag it with its reviewer, which is true.",
	References: []string{"https://owasp.org/www-project-non-human-identities-top-10/2025/3-vulnerable-third-party-nhi/", "https://learn.microsoft.com/entra/identity/enterprise-apps/manage-consent-requests"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindCredential},
	Each: func(p *check.Pass, row int) {
		x, ok := p.Party(row)
		if !ok || x.Reviewer != "" || p.Off(row) || p.Own(row) {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Keeps: true}
		who := "nobody wrote down whose it is, or"
		if x.Vendor != "" {
			who = "it is of " + x.Vendor + ", and nobody wrote down"
		}
		h.What = fmt.Sprintf("%s is a third party's: %s who reviewed it.", p.Say(row), who)
		h.Evidence = []drover.FindingProof{check.Proof(x.Proof, x.Source, p.Now, ""), check.Proof("no reviewer is named", "tags reviewer, reviewed_by, reviewed", p.Now, "")}
		if far := check.Sensitive(p.Scopes(row)); len(far) > 0 {
			h.Severity = drover.Medium
			h.Evidence = append(h.Evidence, check.Proof("was given "+check.List(far[:min(len(far), 5)]), "scopes", p.Now, ""))
		}
		if x.Node >= 0 {
			h.Path = append(h.Path, x.Node)
		}
		h.Fix = remedy.Tag(p.Estate, row, "reviewer", "who looked at it")
		p.Report(h)
	},
}
