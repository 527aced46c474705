// Package stalegrant finds grants to third parties that nobody has used for long.
package stalegrant

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "stalegrant", Title: "a third party's access that nobody uses", Area: check.Trust, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI3:2025", "OWASP-NHI1:2025", "NIST-CSF-2.0:GV.SC-10", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-2(3)", "PCI-DSS-4.0:8.2.7", "ISO-27001-2022:A.5.22", "SOC2:CC9.2"}, Fix: []string{"disable", "revoke"},
	Why:        "The trial is over and the door is open: the vendor's next break-in comes through it, and nobody here will notice that it is used again.",
	How:        "It is a third party's, as `novendor` tells, and a source that would have seen use saw none for longer than the threshold for dormant (90 days unless policy says otherwise). High where its scopes reach mail, files, people or everything. New grants and those whose use is not visible are silent.",
	False:      "What runs once a year is used less often than the threshold: accept it until its day.",
	References: []string{"https://owasp.org/www-project-non-human-identities-top-10/2025/3-vulnerable-third-party-nhi/", "https://learn.microsoft.com/entra/identity/enterprise-apps/manage-application-permissions"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Graph.Facts(row).Lifecycle != drover.LifecycleDormant || p.Own(row) || p.Emergency(row) {
			return
		}
		x, ok := p.Party(row)
		if !ok {
			return
		}
		unused, ok := p.Unused(row)
		if !ok {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Evidence: []drover.FindingProof{unused, check.Proof(x.Proof, x.Source, p.Now, "")}}
		whose := "a third party"
		if x.Vendor != "" {
			whose = x.Vendor
		}
		h.What = fmt.Sprintf("%s of %s still has access: %s.", p.Say(row), whose, unused.Text)
		if far := check.Sensitive(p.Scopes(row)); len(far) > 0 {
			h.Severity = drover.High
			h.Evidence = append(h.Evidence, check.Proof("was given "+check.List(far[:min(len(far), 5)]), "scopes", p.Now, ""))
		}
		h.Fix = remedy.Disable(p.Estate, row)
		p.Report(h)
	},
}
