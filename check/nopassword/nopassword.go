// Package nopassword finds doors that open without a password.
package nopassword

import (
	"net/netip"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "nopassword",
	Title:    "no password is asked for",
	Area:     check.Sign,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI4:2025", "CIS-PG-16:5.4", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2", "NIST-800-53:AC-14", "PCI-DSS-4.0:8.3.1", "ISO-27001-2022:A.8.5"},
	Fix:      []string{"configure"},
	Why:      "Who reaches the door is in, under any name that it offers, and the log shows that name and nobody behind it.",
	How: "PostgreSQL: a rule of pg_hba.conf lets in by the method trust. Critical from any address that is not this computer's own, medium for local connections, where every account of the computer gets in as any role that the rule names. " +
		"Active Directory: an enabled user account need have no password (PASSWD_NOTREQD, 0x20, of userAccountControl): medium, for it may have one all the same. IBM i: the password is the name of the profile (USER_DEFAULT_PASSWORD): high. " +
		"Silent where the rules or fields were not read. Rules that are never reached because an earlier one matches are reported too: the order is one edit from being another.",
	False:      "A database in a container that only its own program can reach. Accept the finding for that server.",
	References: []string{"https://www.postgresql.org/docs/current/auth-trust.html", "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html", "https://learn.microsoft.com/en-us/defender-for-identity/security-assessment-unsecure-account-attributes"},
	Kinds:      []drover.Kind{drover.KindPolicy, drover.KindIdentity},
	Each:       each,
}

func each(p *check.Pass, row int) {
	switch p.Graph.Type(row) {
	case "postgres.hba_rule":
		hba(p, row)
		return
	case "ibmi.user", "ibmi.user_profile":
		if p.Graph.Str(row, "USER_DEFAULT_PASSWORD") == "YES" && !p.Off(row) && p.Graph.Str(row, "STATUS") != "*DISABLED" {
			p.Report(check.Hit{Row: row, What: p.Say(row) + " has its own name as its password.", Evidence: []drover.FindingProof{p.Said(row, "USER_DEFAULT_PASSWORD is YES")}, Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}})
		}
		return
	}
	if !p.Directory(row) {
		return
	}
	bits, known := p.AccountControl(row)
	if !known || bits&check.UACNoPassword == 0 || bits&(check.UACDisabled|check.UACWorkstation|check.UACServer) != 0 || p.Off(row) || p.SelfRotating(row) {
		return
	}
	p.Report(check.Hit{Row: row, Severity: drover.Medium, What: p.Say(row) + " need not have a password.", Evidence: []drover.FindingProof{p.Said(row, "userAccountControl has PASSWD_NOTREQD")},
		Fix: remedy.Configure(p.Estate, row, "a password, and that one is required,"), Keeps: true, Unknowns: []string{"whether its password is empty"}})
}

func hba(p *check.Pass, row int) {
	g := p.Graph
	if g.Str(row, "auth_method") != "trust" {
		return
	}
	a := g.Attrs(row)
	users, databases := a.Strings("user_name"), a.Strings("database")
	roles := p.Out(row, drover.EdgeAttached)
	from := "from " + check.Clean(g.Str(row, "address"))
	severity := drover.Critical
	switch {
	case g.Str(row, "type") == "local":
		from, severity = "from the computer itself", drover.Medium
	case loopback(g.Str(row, "address")):
		severity = drover.Medium
	}
	h := check.Hit{Row: row, Severity: severity, What: p.Say(row) + " lets " + words(users, "every role", "role") + " into " + words(databases, "every database", "database") + " " + from + " without a password.",
		Evidence: []drover.FindingProof{p.Said(row, "auth_method is trust in line "+check.Clean(g.Str(row, "line")))}, Fix: remedy.Configure(p.Estate, row, "auth_method to scram-sha-256"), Stops: append([]int{row}, roles...), Loses: "signing in without a password", Path: append([]int{row}, roles...)}
	p.Report(h)
}

// words says what a list of a rule means.
func words(list []string, all, one string) string {
	var clean []string
	for i, s := range list {
		switch {
		case s == "all":
			return all
		case i == 3:
			clean = append(clean, "others")
			return one + " " + check.List(clean)
		}
		clean = append(clean, check.Clean(s))
	}
	if len(clean) == 0 {
		return all
	}
	return one + " " + check.List(clean)
}

// loopback reports whether an address of a rule is the computer's own.
func loopback(address string) bool {
	ip, _, _ := strings.Cut(address, "/")
	if a, err := netip.ParseAddr(ip); err == nil {
		return a.IsLoopback()
	}
	return address == "localhost" || address == "samehost"
}
