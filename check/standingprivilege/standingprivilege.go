// Package standingprivilege finds machine identities that administer something all
// the time and use it seldom: they could be given it when they need it.
package standingprivilege

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "standingprivilege", Title: "an administrator's rights that are seldom used", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-2(6)", "NIST-800-53:AC-6(7)", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"}, Fix: []string{"narrow"},
	Why:        "The rights are there every hour of the year and used in a few of them: for the rest of the time they wait for a thief.",
	How:        "It administers something, as `adminequivalent` finds, and a source that sees its use saw the last one longer ago than the threshold for idle (30 days unless policy says otherwise) and not so long ago that it is dormant, which is told by the checks of the lifecycle. Silent where its use is not visible, and for the root user of an AWS account, of which nothing can be taken.",
	False:      "A job of every quarter or year may be better off with a window of its own: give it the rights in that window, or accept it with the date.",
	References: []string{"https://csrc.nist.gov/pubs/sp/800/207/final", "https://docs.aws.amazon.com/singlesignon/latest/userguide/temporary-elevated-access.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		f := p.Graph.Facts(row)
		if f.Lifecycle != drover.LifecycleIdle || f.LastUsed.IsZero() || !p.NonHuman(row) || p.Own(row) || p.Graph.Type(row) == "aws.iam.root" {
			return // nothing can be taken from a root user, and it is meant to be used seldom
		}
		a, ok := p.Admin(row)
		if !ok {
			return
		}
		if p.Emergency(row) {
			p.Exempted(row, "it is a break-glass account: it is meant to be used seldom")
			return
		}
		u, _ := p.Graph.Use(row)
		used := check.Proof("last used "+check.Day(u.LastUsed)+" ("+check.Ago(p.Now, u.LastUsed)+")", u.LastUsedSource, u.ObservedAt, u.LastUsedGrade)
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s administers %s all the time and was last used %s.", p.Say(row), a.Of, check.Ago(p.Now, u.LastUsed)),
			Evidence: append([]drover.FindingProof{used}, a.Proof...), Path: a.Rows, Stops: []int{row}, Loses: "rights outside of the time in which it is given them",
			Fix: remedy.Narrow(p.Estate, row, "what it needs every day, with the rest given for an hour on request")})
	},
}
