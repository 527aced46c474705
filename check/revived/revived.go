// Package revived holds the check for accounts that came back after nobody had used
// them for long.
package revived

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds dormant accounts whose secret was set anew, or that are used again.
var Check = &check.Check{
	ID:       "revived",
	Title:    "came back after months without use",
	Area:     check.Lifecycle,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:DE.CM-03", "NIST-800-53:AC-2(12)", "NIST-800-53:AC-2(3)", "CIS-8.1:5.3"},
	Fix:      []string{"review", "disable"},

	Why: "Setting a new password on a forgotten account is how intruders keep a way in that nobody expects: the account is known to the systems, and nobody misses it.",
	How: "The secret of the account, or of one of its credentials, was set anew in the last 90 days, and the newest use known lies at least the dormant threshold before that; or it was used in the last 30 days after a source had seen no use for that long, or where the system keeps the sign-in before the last one (PREVIOUS_SIGNON of IBM i, previous_last_used, previousLastLogonTimestamp) and that lies so far back. " +
		"Secrets that a system changes by itself are no sign: group managed accounts and computers of a directory, certificates, secrets with rotation switched on. " +
		"It stays silent where the day of the secret or of the last use is unknown, where the source of use was not read since, for disabled accounts, for people's accounts and for break-glass accounts.",
	False: "A planned rotation of all passwords reaches unused accounts, too. Then the account is dormant: disable it instead of rotating it. A yearly job begins again: accept the finding with its name.",
	References: []string{
		"https://attack.mitre.org/techniques/T1098/",
		"https://attack.mitre.org/techniques/T1078/",
		"https://learn.microsoft.com/en-us/windows/win32/adschema/a-pwdlastset",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	if !p.NonHuman(row) || p.Off(row) {
		return
	}
	r, ok := p.Revived(row)
	if !ok || p.Emergency(row) || p.PastEnd(row) {
		return
	}
	h := check.Hit{Row: row, Severity: p.Weigh(row, p.Check.Severity), Stops: []int{row}, Keeps: true}
	if r.Reset {
		of := "its secret"
		if r.Row != row {
			of = p.Say(r.Row)
		}
		h.What = p.Say(row) + " had not been used for " + check.Span(r.Silent) + " when " + of + " was set anew " + check.Ago(p.Now, r.At) + "."
		h.Evidence = []drover.FindingProof{r.Before, check.Proof(of+" was set anew on "+check.Day(r.At), "rotated", r.At, "")}
		h.Path = []int{r.Row}
	} else {
		h.What = p.Say(row) + " was used " + check.Ago(p.Now, r.At) + " after " + check.Span(r.Silent) + " without any use."
		used, _ := p.LastUse(row)
		h.Evidence = []drover.FindingProof{r.Before, used}
		for _, c := range p.Credentials(row) {
			if at := p.Graph.Node(c).Rotated; at.After(r.At.Add(-r.Silent)) && !at.After(r.At.Add(drover.Day)) && p.Now.Sub(at) < p.DormantAfter() {
				h.Evidence = append(h.Evidence, check.Proof(p.Say(c)+" was set anew on "+check.Day(at), "rotated", at, ""))
			}
		}
	}
	h.Fix = remedy.Ask(p.Estate, row, "Find out who brought "+p.Say(row)+" back on "+check.Day(r.At)+", and disable it if nobody knows")
	p.Report(h)
}
