// Package unconstrained finds accounts of Active Directory that are handed the
// identity of everybody who signs in to them.
package unconstrained

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:         "unconstrained",
	Title:      "an account may act as anybody who signs in to it",
	Area:       check.Trust,
	Severity:   drover.High,
	Controls:   []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:AC-3", "PCI-DSS-4.0:7.2.5", "ISO-27001-2022:A.8.2"},
	Fix:        []string{"configure"},
	Why:        "Each user who signs in leaves a ticket there with which the service can go anywhere as that user. Whoever takes the service, and lures an administrator to it, has the domain.",
	How:        "Bit TRUSTED_FOR_DELEGATION (0x80000) of userAccountControl is set on an account that is not disabled and no domain controller (bits 0x2000 and 0x4000000), which need it. Critical where the account reaches tier 0. Silent where userAccountControl was not exported.",
	False:      "A service that passes users on to many others. Use constrained or resource-based delegation to those it needs; until then accept the finding, and mark administrators as not to be delegated.",
	References: []string{"https://learn.microsoft.com/en-us/defender-for-identity/security-assessment-unconstrained-kerberos", "https://attack.mitre.org/techniques/T1558/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindHuman},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if !p.Directory(row) {
		return
	}
	bits, known := p.AccountControl(row)
	if !known || bits&check.UACUnconstrained == 0 || bits&(check.UACDisabled|check.UACServer|check.UACReadOnlyDC) != 0 || p.Off(row) {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " is trusted for delegation to any service.", Evidence: []drover.FindingProof{p.Said(row, "userAccountControl has TRUSTED_FOR_DELEGATION")},
		Fix: remedy.Configure(p.Estate, row, "constrained delegation to the services that it needs"), Stops: []int{row}, Loses: "acting as its users towards services that are not listed", Unknowns: []string{"towards which services it acts as its users"}}
	if p.TierZero(row) {
		h.Severity = drover.Critical
	}
	p.Report(h)
}
