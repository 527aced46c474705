// Package asreproast finds accounts of Active Directory that give away material to
// guess their password from.
package asreproast

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:         "asreproast",
	Title:      "a directory account needs no pre-authentication",
	Area:       check.Sign,
	Severity:   drover.High,
	Controls:   []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2", "NIST-800-53:IA-5(1)", "PCI-DSS-4.0:8.3.1", "ISO-27001-2022:A.8.5"},
	Fix:        []string{"configure", "rotate"},
	Why:        "Anybody who reaches a domain controller, without any password, is sent something that is locked with the password of this account, and can guess at it in peace until it opens.",
	How:        "Bit DONT_REQ_PREAUTH (0x400000) of userAccountControl is set on an account that is not disabled. Critical where it reaches tier 0. Silent for disabled accounts, and where userAccountControl was not exported. How strong the password is cannot be seen.",
	False:      "An old Unix system that speaks no pre-authentication. Give the account a password of 30 random characters, and accept the finding.",
	References: []string{"https://learn.microsoft.com/en-us/defender-for-identity/security-assessment-unsecure-account-attributes", "https://attack.mitre.org/techniques/T1558/004/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindHuman},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if !p.Directory(row) {
		return
	}
	bits, known := p.AccountControl(row)
	if !known || bits&check.UACNoPreauth == 0 || bits&check.UACDisabled != 0 || p.Off(row) {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " can be asked for without proof of its password (no pre-authentication).", Evidence: []drover.FindingProof{p.Said(row, "userAccountControl has DONT_REQ_PREAUTH")},
		Fix: remedy.Configure(p.Estate, row, "pre-authentication as required"), Keeps: true, Unknowns: []string{"how strong its password is"}}
	if at := p.Graph.Rotated(row); !at.IsZero() {
		h.Evidence = append(h.Evidence, check.Proof("its password was last changed "+check.Day(at), p.Source(row), at, ""))
	}
	if p.TierZero(row) {
		h.Severity = drover.Critical
	}
	p.Report(h)
}
