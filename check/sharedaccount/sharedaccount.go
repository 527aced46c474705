// Package sharedaccount holds the check for accounts that several people or people
// and programs use.
package sharedaccount

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds shared accounts that are in use.
var Check = &check.Check{
	ID:       "sharedaccount",
	Title:    "an account that is shared, and in use",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI10:2025", "OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-2", "NIST-800-53:AC-2(9)", "CIS-AWS-3.0:1.7", "PCI-DSS-4.0:8.2.2", "ISO-27001-2022:A.5.16", "HIPAA:164.312(a)(2)(i)", "SOC2:CC6.1"},
	Fix:      []string{"split", "review"},

	Why: "What is done with it is done by nobody: no log says who it was, and its password cannot be taken from one person without taking it from all.",
	How: "The account is shared by your word (verdict=shared), or by what it is and does (a built-in administrator, an account that several people use), and it was used within the dormant threshold (90 days by default). " +
		"It stays silent where use is unknown or long ago, for accounts of an operating system (root, ec2-user), for mailboxes that several people read (recipientTypeDetails, userPurpose), for break-glass accounts and for disabled ones. The root user of an AWS account is not called shared: it is reported, high, where it was used within the threshold for idle (30 days by default), for every task of the day has a role; that it has a key at all is rootkey. Tier 0 in reach raises the severity.",
	False: "A screen in a warehouse that everybody signs on to: restrict it to that place and label it with its purpose, then accept the finding.",
	References: []string{
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
		"https://owasp.org/www-project-non-human-identities-top-10/2025/10-human-use-of-nhi/",
		"https://www.ecfr.gov/current/title-45/section-164.312",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	f := p.Graph.Facts(row)
	if f.Verdict != drover.VerdictShared || f.LastUsed.IsZero() || p.Now.Sub(f.LastUsed) >= p.DormantAfter() || p.Off(row) || p.Emergency(row) {
		return
	}
	typ := p.Graph.Type(row)
	if strings.HasPrefix(typ, "machine.") || strings.HasPrefix(typ, "unix.") || strings.HasPrefix(typ, "linux.") || mailbox(p, row) {
		return
	}
	because := check.Proof("its type and name say that several people use it", "classification", time.Time{}, drover.GradeInferred)
	for _, l := range p.Graph.Labels(row) {
		if l.Key == "verdict" {
			because = check.Proof("verdict is "+check.Clean(l.Value), "label by "+check.Clean(l.By), time.Time{}, drover.GradeDeclared)
		}
	}
	used, _ := p.LastUse(row)
	if typ == "aws.iam.root" {
		root(p, row, used)
		return
	}
	h := check.Hit{
		Row: row, Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " is shared, and was used " + check.Ago(p.Now, f.LastUsed) + p.KeysLeft(row) + ".",
		Evidence: []drover.FindingProof{because, used}, Stops: []int{row}, Keeps: true,
		Fix: remedy.Ask(p.Estate, row, "Find out who uses "+p.Say(row)+", give each of them an account of their own, and change its secret"),
	}
	p.Report(h)
}

// root reports that the root user of an account is at work. That it is shared is
// not said: what it is does not tell who uses it.
func root(p *check.Pass, row int, used drover.FindingProof) {
	if p.Now.Sub(p.Graph.Facts(row).LastUsed) >= p.IdleAfter() {
		return
	}
	p.Report(check.Hit{
		Row: row, Severity: drover.High,
		What:     p.Say(row) + " was used " + check.Ago(p.Now, p.Graph.Facts(row).LastUsed) + p.KeysLeft(row) + ".",
		Why:      "It is nobody's own account: whatever is done with it cannot be put to a person by its name, and nothing that the account sets as a limit holds it.",
		Evidence: []drover.FindingProof{used}, Stops: []int{row}, Keeps: true,
		Fix: remedy.Ask(p.Estate, row, "Find out who used "+p.Say(row)+" and for what, give them a role for it, and keep the root user for the few tasks that only it can do"),
	})
}

// mailbox reports whether an account is a mailbox that several people read by right.
func mailbox(p *check.Pass, row int) bool {
	a := p.Graph.Attrs(row)
	return strings.Contains(a.Str("recipientTypeDetails"), "Mailbox") || a.Str("mailboxSettings", "userPurpose") != ""
}
