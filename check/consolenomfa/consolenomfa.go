// Package consolenomfa finds users of a cloud's console without a second factor.
package consolenomfa

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "consolenomfa",
	Title:    "a console password without a second factor",
	Area:     check.Sign,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI4:2025", "CIS-AWS-3.0:1.10", "CIS-AWS-3.0:1.5", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2(1)", "PCI-DSS-4.0:8.4.2", "ISO-27001-2022:A.8.5", "SOC2:CC6.1", "CIS-8.1:6.5"},
	Fix:      []string{"configure"},
	Why:      "A guessed or phished password is enough to sign in to the console, with everything that the user may do.",
	How: "AWS: the user has a console password (password_enabled of the credential report, or a LoginProfile), and no second factor (mfa_active false, or an empty list of MFADevices). Critical for the root user, of whom the account summary (AccountMFAEnabled) or the report says it. " +
		"A user that programs use should have no password at all: consolepassword says that, and this check is silent. So it is where one of the two is not known, and for users without a password.",
	False:      "Users who sign in through an identity provider have no console password in AWS and are not meant. A root user of a member account whose password was never set: let central root access take its credentials away.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html", "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Systems:    []string{"aws"},
	Each:       each,
}

func each(p *check.Pass, row int) {
	switch p.Graph.Type(row) {
	case "aws.iam.root":
		root(p, row)
	case "aws.iam.user":
		user(p, row)
	}
}

func root(p *check.Pass, row int) {
	field := "mfa_active"
	mfa, known := p.Graph.Flag(row, field)
	if n, ok := p.Graph.Number(row, "AccountMFAEnabled"); ok && !known {
		mfa, known, field = n > 0, true, "AccountMFAEnabled"
	}
	if !known || mfa {
		return
	}
	if n, ok := p.Graph.Number(row, "AccountPasswordPresent"); ok && n == 0 {
		return // it has no password
	}
	p.Report(check.Hit{Row: row, Severity: drover.Critical, What: p.Say(row) + " can sign in with its password alone.", Why: "The root user may do everything, and no policy can hold it back. Whoever gets its password, or its mailbox, has the account.",
		Evidence: []drover.FindingProof{p.Said(row, field+" says that no second factor is set")}, Fix: remedy.Configure(p.Estate, row, "a hardware second factor"), Keeps: true})
}

func user(p *check.Pass, row int) {
	field, password := "password_enabled", false
	if v, known := p.Graph.Flag(row, field); known {
		password = v
	} else if p.Graph.Has(row, "LoginProfile") {
		password, field = true, "LoginProfile"
	}
	if !password || p.Off(row) || p.Graph.Facts(row).Verdict == drover.VerdictNHI {
		return
	}
	without, source := factorless(p, row)
	if !without {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " can sign in to the console with its password alone.", Fix: remedy.Configure(p.Estate, row, "a second factor"), Keeps: true,
		Evidence: []drover.FindingProof{p.Said(row, field+" says that it has a console password"), p.Said(row, source+" says that no second factor is set")}}
	if u, ok := p.LastUse(row); ok {
		h.Evidence = append(h.Evidence, u)
	}
	if p.TierZero(row) {
		h.Severity = drover.Critical
	}
	p.Report(h)
}

// factorless reports whether a user has no second factor, and the field that says
// so; where none says it, false.
func factorless(p *check.Pass, row int) (bool, string) {
	if v, known := p.Graph.Flag(row, "mfa_active"); known {
		return !v, "mfa_active"
	}
	if !p.Graph.Has(row, "MFADevices") {
		return false, ""
	}
	list, ok := p.Graph.Attrs(row).Get("MFADevices").([]any)
	return ok && len(list) == 0, "MFADevices"
}
