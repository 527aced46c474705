// Package consolepassword holds the check for automations that a person could sign
// in as.
package consolepassword

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds non-human accounts with a way in that is made for people.
var Check = &check.Check{
	ID:       "consolepassword",
	Title:    "an automation with a password for the console",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI10:2025", "OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2", "CIS-AWS-3.0:1.11", "PCI-DSS-4.0:8.6.1"},
	Fix:      []string{"delete", "configure"},

	Why: "A program needs no screen. A password for one is a second way in, mostly without a second factor, and lets people work under its name.",
	How: "A non-human account can be signed in to as a person does it: an IAM user with a login profile (password_enabled in the credential report), a SAP user of type A (dialog), a Snowflake user of type LEGACY_SERVICE with a password, a RACF user with a TSO segment that is not PROTECTED. " +
		"An account of which it is not known whether a person is behind it counts only where its description calls it a service account, a started task or a technical user. Where that way in was used in the last 90 days, humanuse speaks of it and this check is silent; it is silent for people's, shared and break-glass accounts and for disabled ones. Without a second factor (mfa_active=false) the finding is raised by one.",
	False: "A robot that works a web page by its password: accept the finding, and have the password in a vault.",
	References: []string{
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html",
		"https://docs.snowflake.com/en/user-guide/admin-user-management",
		"https://www.ibm.com/docs/en/zos/3.1.0?topic=users-defining-protected-user-ids",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	v := p.Graph.Facts(row).Verdict
	if v != drover.VerdictNHI && v != drover.VerdictUnknown || p.Off(row) {
		return
	}
	what, proof, by, ok := way(p, row)
	if !ok || p.Emergency(row) {
		return
	}
	declared, said := described(p, row)
	if v == drover.VerdictUnknown && !said {
		return
	}
	severity := p.Weigh(row, p.Check.Severity)
	evidence := []drover.FindingProof{proof}
	if said {
		evidence = append(evidence, declared)
	}
	if mfa, known := p.Graph.Attrs(by).Bool("mfa_active"); known && !mfa {
		severity = min(severity+1, drover.Critical)
		evidence = append(evidence, check.Proof("mfa_active is false", "credential report: mfa_active", time.Time{}, ""))
	}
	if last, ok := p.LastUse(by); ok {
		evidence = append(evidence, last)
	}
	h := check.Hit{Row: row, Severity: severity, What: p.Say(row) + " is an automation and has " + what + ".", Evidence: evidence, Stops: []int{by}, Path: []int{row}}
	if by == row {
		h.Fix = remedy.Configure(p.Estate, row, setting(p.Graph.Type(row)))
		h.Keeps = true
	} else {
		h.Fix, h.Path = remedy.Delete(p.Estate, by), []int{by, row}
	}
	p.Report(h)
}

// notes are where systems keep what somebody wrote about an account.
var notes = []string{"PROGRAMMER", "INSTALL_DATA", "TEXT_DESCRIPTION", "description", "Description", "COMMENT", "comment"}

// described reports whether the description of an account calls it one for programs.
func described(p *check.Pass, row int) (proof drover.FindingProof, ok bool) {
	for _, f := range notes {
		v := strings.ToLower(p.Graph.Str(row, f))
		for _, w := range []string{"service account", "started task", "batch user", "service user", "technical user"} {
			if strings.Contains(v, w) {
				return check.Proof(f+" calls it a "+w, p.Source(row)+": "+f, p.Graph.Row(row).Observed, drover.GradeDeclared), true
			}
		}
	}
	return proof, false
}

// way is the way in for people that an account has; by is the credential for it, or
// the account.
func way(p *check.Pass, row int) (what string, proof drover.FindingProof, by int, ok bool) {
	for h := range p.Graph.In(row) {
		if h.Kind != drover.EdgeAuthenticates || !strings.HasSuffix(p.Graph.Type(h.Row), ".login_profile") || p.Off(h.Row) {
			continue
		}
		if u, known := p.Graph.Use(h.Row); known && p.Now.Sub(u.LastUsed) < p.DormantAfter() {
			return "", proof, 0, false // humanuse
		}
		return "a password for the console", p.SaidBy(h.Edge, p.Say(h.Row)+" proves it"), h.Row, true
	}
	said := func(field, value string) drover.FindingProof {
		return check.Proof(field+" is "+check.Clean(value), p.Graph.Ref(row).System()+": "+field, time.Time{}, "")
	}
	var a drover.Attrs
	switch p.Graph.Type(row) {
	case "sap.user", "sap.abap_user", "snowflake.user", "racf.user":
		a = p.Graph.Attrs(row)
	}
	switch p.Graph.Type(row) {
	case "sap.user", "sap.abap_user":
		if v := a.Str("USTYP"); strings.EqualFold(v, "A") || strings.EqualFold(v, "DIALOG") {
			return "a user type made for people (dialog)", said("USTYP", v), row, true
		}
	case "snowflake.user":
		typ := a.Str("TYPE")
		if typ == "" {
			typ = a.Str("type")
		}
		has, _ := a.Bool("HAS_PASSWORD")
		if strings.EqualFold(typ, "LEGACY_SERVICE") && (has || strings.EqualFold(a.Str("HAS_PASSWORD"), "true") || strings.EqualFold(a.Str("has_password"), "true")) {
			return "a password beside its keys", said("HAS_PASSWORD", "true, TYPE "+typ), row, true
		}
	case "racf.user":
		if a.Get("tso") != nil || a.Get("TSO") != nil {
			if on, _ := a.Bool("protected"); !on && a.Str("NOPWD") != "PRO" {
				return "a TSO segment and is not PROTECTED", said("TSO", "present"), row, true
			}
		}
	}
	return "", proof, 0, false
}

// setting is what takes the way in away, in the words of the system.
func setting(typ string) string {
	switch typ {
	case "snowflake.user":
		return "TYPE to SERVICE"
	case "racf.user":
		return "PROTECTED (NOPASSWORD NOPHRASE) without a TSO segment"
	}
	return "the user type to B (system)"
}
