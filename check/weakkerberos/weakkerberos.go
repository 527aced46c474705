// Package weakkerberos finds accounts of Active Directory with broken encryption.
package weakkerberos

import (
	"strconv"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "weakkerberos",
	Title:    "a directory account signs in with RC4 or DES only",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.DS-02", "NIST-800-53:SC-13", "PCI-DSS-4.0:12.3.3", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"configure"},
	Why:      "Whoever listens on the network or asks for a ticket can break what protects it: DES within a day, RC4 as fast as passwords can be tried.",
	How: "msDS-SupportedEncryptionTypes of the account is set and has neither AES bit (8, 16), or userAccountControl has USE_DES_KEY_ONLY (0x200000). High for DES. Accounts of programs and computers count, and any account that is set to DES. " +
		"A user account with a service name and RC4 is reported by kerberoast and not again here. Silent where the attribute is not set or was not exported: the default of the domain counts then, which is not in the account.",
	False:      "An old appliance with a keytab that has no AES keys. Make a new keytab; until then accept the finding.",
	References: []string{"https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-kile/6cfc7b50-11ed-4b4d-846d-6f08f0812919", "https://learn.microsoft.com/en-us/windows-server/security/kerberos/detect-remediate-rc4-kerberos"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindHuman},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if !p.Directory(row) {
		return
	}
	bits, known := p.AccountControl(row)
	if known && bits&check.UACDisabled != 0 || p.Off(row) {
		return
	}
	enc, said := p.EncryptionTypes(row)
	des := known && bits&check.UACDESOnly != 0 || said && enc != 0 && enc&^check.EncDES == 0
	weak := said && enc != 0 && enc&(check.EncAES|check.EncAESK) == 0
	switch {
	case !des && !weak:
		return
	case !des && !p.NonHuman(row):
		return
	case !des && len(p.ServiceNames(row)) > 0 && !p.SelfRotating(row):
		return // kerberoast
	}
	h := check.Hit{Row: row, What: p.Say(row) + " signs in with RC4 at best.", Fix: remedy.Configure(p.Estate, row, "msDS-SupportedEncryptionTypes to 24 (AES alone)"), Stops: []int{row}, Loses: "signing in with RC4 or DES",
		Unknowns: []string{"whether its clients have AES keys"}}
	if said {
		h.Evidence = append(h.Evidence, p.Said(row, "msDS-SupportedEncryptionTypes is "+strconv.FormatInt(enc, 10)+", without AES"))
	}
	if des {
		h.Severity, h.What = drover.High, p.Say(row)+" signs in with DES."
		if bits&check.UACDESOnly != 0 {
			h.Evidence = append(h.Evidence, p.Said(row, "userAccountControl has USE_DES_KEY_ONLY"))
		}
	}
	p.Report(h)
}
