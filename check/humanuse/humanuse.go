// Package humanuse holds the check for automations that people sign in as.
package humanuse

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds non-human accounts with a person's sign-in.
var Check = &check.Check{
	ID:       "humanuse",
	Title:    "a person signed in as an automation",
	Area:     check.Sign,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI10:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-2", "PCI-DSS-4.0:8.6.1", "ISO-27001-2022:A.5.16", "SOC2:CC6.1"},
	Fix:      []string{"review", "rotate"},

	Why: "What a person does under the name of an automation cannot be told from its work: no second factor protected it, nobody can say later who it was, and alarms for strange behaviour have to be loosened for it.",
	How: "Evidence of the last 90 days says that a person sat at the other end: a console password of a non-human account was used (the last use of a login profile in the credential report of AWS); an interactive sign-in is recorded (signInActivity.lastSignInDateTime of Entra ID, msDS-LastSuccessfulInteractiveLogonTime of Active Directory); or the word that came with the newest use names a console, a browser, an interactive session, a remote desktop or a terminal. " +
		"It stays silent for people's and shared accounts (sharedaccount), for break-glass accounts, which people are to use, for disabled accounts, for older sign-ins, and wherever the source says nothing of who was there. Tier 0 in reach raises the severity.",
	False: "Somebody set the account up on its first days: accept the finding for a month. A robot that clicks through a web page looks like a browser: label it nhi_type=bot and accept the finding.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/10-human-use-of-nhi/",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
		"https://learn.microsoft.com/en-us/graph/api/resources/signinactivity",
		"https://learn.microsoft.com/en-us/windows/win32/adschema/a-msds-lastsuccessfulinteractivelogontime",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

// interactive are the attributes in which directories keep the last sign-in of a
// person at a screen.
var interactive = [][]string{{"signInActivity", "lastSignInDateTime"}, {"msDS-LastSuccessfulInteractiveLogonTime"}}

func each(p *check.Pass, row int) {
	if p.Graph.Facts(row).Verdict != drover.VerdictNHI || p.Off(row) {
		return
	}
	what, proof, by, ok := signed(p, row)
	if !ok || p.Emergency(row) {
		return
	}
	h := check.Hit{
		Row: row, Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " is an automation, and a person used it " + check.Ago(p.Now, proof.At) + " by " + what + ".",
		Evidence: []drover.FindingProof{proof},
		Fix:      remedy.Ask(p.Estate, row, "Find out who signed in as "+p.Say(row)+" on "+check.Day(proof.At)+", give that person a way of their own, and change its secret"),
		Stops:    []int{row}, Keeps: true, Path: []int{row},
	}
	if by != row {
		h.Fix, h.Stops, h.Keeps, h.Path = remedy.Delete(p.Estate, by), []int{by}, false, []int{by, row}
	}
	p.Report(h)
}

// signed is the newest sign-in of a person; By is the credential made for people
// that it used, else the account.
func signed(p *check.Pass, row int) (what string, proof drover.FindingProof, by int, ok bool) {
	recent := func(t time.Time) bool {
		return !t.IsZero() && !t.After(p.Now.Add(drover.Day)) && p.Now.Sub(t) < p.DormantAfter()
	}
	newer := func(t time.Time) bool { return recent(t) && (!ok || t.After(proof.At)) }
	for h := range p.Graph.In(row) {
		if h.Kind != drover.EdgeAuthenticates || !strings.HasSuffix(p.Graph.Type(h.Row), ".login_profile") {
			continue
		}
		if u, known := p.Graph.Use(h.Row); known && newer(u.LastUsed) {
			what, by, ok = "its console password", h.Row, true
			proof = check.Proof("console password last used "+check.Day(u.LastUsed)+" ("+check.Ago(p.Now, u.LastUsed)+")", check.Clean(u.LastUsedSource), u.LastUsed, u.LastUsedGrade)
		}
	}
	for _, path := range interactive {
		if !p.Graph.Has(row, path[0]) {
			continue
		}
		if t, known := check.ParseDay(p.Graph.Attrs(row).Str(path...)); known && newer(t) {
			field := strings.Join(path, ".")
			what, by, ok = "an interactive sign-in", row, true
			proof = check.Proof(field+" is "+check.Day(t)+" ("+check.Ago(p.Now, t)+")", p.Graph.Ref(row).System()+": "+field, t, "")
		}
	}
	if c, known := p.Client(row, true); known && newer(c.At) {
		what, proof, by, ok = c.Word, c.Proof, row, true
	}
	return what, proof, by, ok
}
