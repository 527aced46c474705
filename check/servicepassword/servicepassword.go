// Package servicepassword finds programs that sign in with a password where a key
// or federation would do.
package servicepassword

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "servicepassword",
	Title:    "a program has a password for people's sign-in",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "OWASP-NHI10:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2", "PCI-DSS-4.0:8.6.1", "ISO-27001-2022:A.8.5"},
	Fix:      []string{"delete", "federate"},
	Why:      "A password can be guessed, shared and typed by a person, who then acts as the program and cannot be told from it. The program has a better way in.",
	How: "AWS: a user that is not a person's (verdict nhi) has a console password beside its access keys. Snowflake: a user of TYPE LEGACY_SERVICE, or a service user with HAS_PASSWORD true, although key pairs and workload identity are there. " +
		"Users without a second factor are reported by consolenomfa and not again here. Break-glass users keep their password. Silent where the verdict is unknown or shared: a person may need it.",
	False:      "A tool that can only send a user name and a password. Restrict it to its network, and accept the finding.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html", "https://docs.snowflake.com/en/user-guide/admin-user-management#types-of-users"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Systems:    []string{"aws", "snowflake"},
	Each:       each,
}

func each(p *check.Pass, row int) {
	switch p.Graph.Type(row) {
	case "aws.iam.user":
		aws(p, row)
	case "snowflake.user", "snowflake.service_user":
		snowflake(p, row)
	}
}

func aws(p *check.Pass, row int) {
	if p.Graph.Facts(row).Verdict != drover.VerdictNHI || p.Off(row) {
		return
	}
	login, keys := -1, 0
	for _, c := range p.Credentials(row) {
		switch p.Graph.Type(c) {
		case "aws.iam.login_profile":
			login = c
		case "aws.iam.access_key":
			keys++
		}
	}
	if login < 0 || keys == 0 {
		return
	}
	if mfa, known := p.Graph.Flag(row, "mfa_active"); known && !mfa {
		return // consolenomfa
	}
	if list, ok := p.Graph.Attrs(row).Get("MFADevices").([]any); ok && len(list) == 0 {
		return
	}
	if _, glass := p.BreakGlass(row); glass {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " has a console password beside " + check.Count(keys, "access key") + ".", Evidence: []drover.FindingProof{p.Said(login, "a console password is set")},
		Fix: remedy.Delete(p.Estate, login), Stops: []int{login}, Loses: "signing in to the console", Path: []int{row, login}}
	if u, ok := p.LastUse(login); ok {
		h.Evidence = append(h.Evidence, u)
	}
	p.Report(h)
}

func snowflake(p *check.Pass, row int) {
	typ := p.Graph.Str(row, "TYPE")
	password, known := p.Graph.Flag(row, "HAS_PASSWORD")
	service := typ == "SERVICE" || typ == "LEGACY_SERVICE" || p.Graph.Type(row) == "snowflake.service_user"
	if !service || known && !password || !known && typ != "LEGACY_SERVICE" || p.Off(row) {
		return
	}
	if off, _ := p.Graph.Flag(row, "DISABLED"); off {
		return
	}
	field := "HAS_PASSWORD is true"
	if typ == "LEGACY_SERVICE" {
		field = "TYPE is LEGACY_SERVICE, which may sign in by password without a second factor"
	}
	h := check.Hit{Row: row, What: p.Say(row) + " signs in by password.", Evidence: []drover.FindingProof{p.Said(row, field)}, Fix: remedy.Configure(p.Estate, row, "a key pair instead of the password (TYPE = SERVICE)"),
		Stops: []int{row}, Loses: "signing in by password"}
	if p.TierZero(row) {
		h.Severity = drover.High
	}
	p.Report(h)
}
