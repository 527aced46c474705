// Package unverifiedpublisher finds applications of publishers that nobody verified
// and that were let at mail, files or people.
package unverifiedpublisher

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "unverifiedpublisher", Title: "an unverified publisher reads mail or files", Area: check.Trust, Severity: drover.High,
	Controls: []string{"OWASP-NHI3:2025", "NIST-CSF-2.0:GV.SC-04", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:SA-9", "ISO-27001-2022:A.5.19", "SOC2:CC9.2"}, Fix: []string{"detach", "review"},
	Why:        "Applications that ask for mail and files under a made-up name are how mailboxes are taken over without a password: the grant lives on after every password change.",
	How:        "The publisher's state is known and is not verified: Entra ID `verifiedPublisher` without an id, Google Workspace or an inventory `verified` false. And its scopes reach mail, files, people or everything. Applications of your own organization are left out. Silent where the publisher's state was not read.",
	False:      "A partner's internal application is often not verified: name the reviewer and accept it with an end.",
	References: []string{"https://learn.microsoft.com/entra/identity-platform/publisher-verification-overview", "https://learn.microsoft.com/defender-cloud-apps/app-governance-app-policies-overview", "https://attack.mitre.org/techniques/T1528/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindCredential},
	Each: func(p *check.Pass, row int) {
		x, ok := p.Party(row)
		if !ok || p.Off(row) || p.Own(row) {
			return
		}
		field, unverified := state(p.Graph.Attrs(row).Map())
		if !unverified {
			return
		}
		far := check.Sensitive(p.Scopes(row))
		if len(far) == 0 {
			return
		}
		list := check.List(far[:min(len(far), 5)])
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s, whose publisher nobody verified, was given %s.", p.Say(row), list),
			Evidence: []drover.FindingProof{check.Proof("the publisher is not verified", field, p.Now, ""), check.Proof(x.Proof, x.Source, p.Now, ""), check.Proof("was given "+list, "scopes", p.Now, "")},
			Fix:      remedy.Disable(p.Estate, row), Stops: []int{row}, Path: []int{row}})
	},
}

// state reads whether a publisher is verified; it is unknown where the field is
// not there at all.
func state(a map[string]any) (field string, unverified bool) {
	if v, known := a["verifiedPublisher"]; known {
		m, _ := v.(map[string]any)
		id, _ := m["verifiedPublisherId"].(string)
		return "verifiedPublisher", id == ""
	}
	if v, known := a["verified"].(bool); known {
		return "verified", !v
	}
	return "", false
}
