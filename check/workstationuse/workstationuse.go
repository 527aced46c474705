// Package workstationuse holds the check for automations that are used from people's
// computers.
package workstationuse

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds non-human accounts used by a person's tool or from their computer.
var Check = &check.Check{
	ID:       "workstationuse",
	Title:    "an automation is used from a person's computer",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI10:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-9", "NIST-800-53:AC-6", "PCI-DSS-4.0:8.6.1", "SOC2:CC6.1"},
	Fix:      []string{"rotate", "review"},

	Why: "Its password was copied to a computer that people read mail on, and somebody works with the rights of a service: past their own limits, and without their name in any log.",
	How: "The word that came with the newest use of the account or of one of its credentials, within the last 90 days, names a program that people work with (DBeaver, pgAdmin, DataGrip, SQL Developer, Excel, Tableau Desktop, Postman, k9s) or a person's computer or network (a user agent with Darwin, Windows/10 or Windows/11, \"workstation\", \"laptop\", \"vpn\"). " +
		"Such words come with pg_stat_activity (application_name, kind of address), with user agents of audit logs, and with what a file of evidence says in value. A client chooses its own name, so it is evidence and no proof of the opposite. " +
		"Sign-ins at a console or browser are humanuse. In production the finding is high. It stays silent for accounts for development and test, for people's and shared accounts, break-glass accounts, disabled accounts, and where no source gives such a word.",
	False: "A Mac or a Windows computer that is a build machine: accept the finding with its name, or have its jobs set a user agent of their own. What jobs of servers call themselves too, such as psql, is not in the list.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/10-human-use-of-nhi/",
		"https://www.postgresql.org/docs/current/monitoring-stats.html",
		"https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	f := p.Graph.Facts(row)
	if f.Verdict != drover.VerdictNHI || check.Lower(f.Env) || p.Off(row) {
		return
	}
	c, ok := p.Client(row, false)
	if !ok || p.Emergency(row) {
		return
	}
	severity := p.Weigh(row, p.Check.Severity)
	if check.Production(f.Env) {
		severity = max(severity, drover.High)
	}
	h := check.Hit{
		Row: row, Severity: severity,
		What:     p.Say(row) + " was used " + check.Ago(p.Now, c.At) + " from " + c.Word + ".",
		Evidence: []drover.FindingProof{c.Proof},
		Fix:      remedy.Ask(p.Estate, row, "Find out who used "+p.Say(row)+" from "+c.Word+", give that person a way of their own, and change its secret"),
		Stops:    []int{row}, Keeps: true, Path: []int{row},
	}
	if c.Row != row {
		h.What = p.Say(row) + " was used " + check.Ago(p.Now, c.At) + " from " + c.Word + " with " + p.Say(c.Row) + "."
		h.Fix, h.Stops, h.Keeps, h.Path = remedy.Rotate(p.Estate, c.Row), []int{c.Row}, false, []int{c.Row, row}
	}
	p.Report(h)
}
