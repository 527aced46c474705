// Package kerberoast finds service accounts of Active Directory whose password any
// user of the domain can guess at.
package kerberoast

import (
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "kerberoast",
	Title:    "a service account's password can be guessed offline",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-5(1)", "NIST-800-53:SC-13", "PCI-DSS-4.0:8.6.3", "ISO-27001-2022:A.8.5"},
	Fix:      []string{"configure", "rotate"},
	Why:      "Any user of the domain may ask for a ticket to the service; the ticket is locked with its password and can be tried at leisure. A password that people made up, or an old one, falls within days.",
	How: "A user account (no computer, no managed service account) has a service principal name, and tickets for it may be locked with RC4: msDS-SupportedEncryptionTypes has its bit, or is not set, which means the same by default; or its password is older than a year. " +
		"High where the password is older than a year or RC4 is all it can do, critical where it reaches tier 0. Inferred where the attribute is absent. Silent for disabled accounts, for accounts with AES alone and a younger password, and where no service principal name was exported.",
	False:      "The password is long and random, which cannot be seen. Set AES alone, or make it a group managed service account, and the finding ends.",
	References: []string{"https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/manage/group-managed-service-accounts/group-managed-service-accounts/group-managed-service-accounts-overview", "https://attack.mitre.org/techniques/T1558/003/", "https://www.microsoft.com/en-us/security/blog/2024/10/11/microsofts-guidance-to-help-mitigate-kerberoasting/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindHuman},
	Each:       each,
}

const old = 365 * drover.Day

func each(p *check.Pass, row int) {
	if !p.Directory(row) {
		return
	}
	bits, known := p.AccountControl(row)
	if known && bits&(check.UACDisabled|check.UACServer|check.UACWorkstation) != 0 {
		return
	}
	names := p.ServiceNames(row)
	if len(names) == 0 || p.SelfRotating(row) || p.Off(row) {
		return
	}
	enc, said := p.EncryptionTypes(row)
	at := p.Graph.Rotated(row)
	aged := !at.IsZero() && p.Now.Sub(at) > old
	rc4 := !said || enc == 0 || enc&check.EncRC4 != 0
	if !rc4 && !aged {
		return
	}
	h := check.Hit{Row: row, Fix: remedy.Configure(p.Estate, row, "msDS-SupportedEncryptionTypes to 24 (AES alone), with a new password"), Stops: []int{row}, Loses: "tickets that are locked with RC4",
		Evidence: []drover.FindingProof{p.Said(row, "servicePrincipalName is "+first(names))}, Unknowns: []string{"how strong its password is"}}
	because := ""
	switch {
	case !said || enc == 0:
		because = "tickets for it are locked with RC4 unless the domain says otherwise"
		h.Evidence = append(h.Evidence, check.Proof("msDS-SupportedEncryptionTypes is not set, which means RC4 by default", p.Source(row), p.Graph.Row(row).Observed, drover.GradeInferred))
	case rc4:
		because = "tickets for it may be locked with RC4"
		h.Evidence = append(h.Evidence, p.Said(row, "msDS-SupportedEncryptionTypes is "+strconv.FormatInt(enc, 10)+", which has RC4"))
		if enc&check.EncAES == 0 {
			h.Severity = drover.High
		}
	}
	if aged {
		if because != "" {
			because += ", and "
		}
		because += "its password is " + check.Span(p.Now.Sub(at)) + " old"
		h.Evidence = append(h.Evidence, check.Proof("its password was last changed "+check.Day(at), p.Source(row), at, ""))
		h.Severity = drover.High
	}
	h.What = p.Say(row) + " has " + check.Count(len(names), "service name") + ", so anybody in the domain may guess at its password: " + because + "."
	if p.TierZero(row) {
		h.Severity = drover.Critical
	}
	p.Report(h)
}

// first names the first service, and how many more there are.
func first(names []string) string {
	text := check.Clean(names[0])
	if len(names) > 1 {
		text += " and " + strconv.Itoa(len(names)-1) + " more"
	}
	return strings.TrimSpace(text)
}
