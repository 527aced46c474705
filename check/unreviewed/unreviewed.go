// Package unreviewed holds the check for accounts that nobody has confirmed for too
// long.
package unreviewed

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts whose last review is too long ago.
var Check = &check.Check{
	ID:       "unreviewed",
	Title:    "not reviewed for too long",
	Area:     check.Lifecycle,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-2", "CIS-8.1:5.5", "PCI-DSS-4.0:7.2.5.1", "ISO-27001-2022:A.5.18", "SOC2:CC6.3", "HIPAA:164.308(a)(4)(ii)(C)", "SOX-ITGC:access"},
	Fix:      []string{"review"},

	Why: "Needs change and rights stay. Without somebody who looks again, an account keeps what it was once given for good.",
	How: "A tag, label or attribute (last_reviewed, reviewed, review-date, recertified, certified_on, attested) holds the day of the last review, and it is more than 365 days ago, or more than 90 for what is critical or of tier 0. " +
		"An account without such a day is reported only where reviews are held: at least half of the non-human accounts of the same account or tenant, and five at least, have one, and this one is known to be older than the interval. " +
		"Where nobody records reviews at all, nothing is said: the record is what is missing, not one account's review. What is in the scope of a regulation that asks for reviews is regulatedreview. Disabled accounts are silent.",
	False: "The review took place and was recorded elsewhere: write its day to the tag last_reviewed.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://learn.microsoft.com/en-us/entra/id-governance/access-reviews-overview",
		"https://docs-prv.pcisecuritystandards.org/PCI%20DSS/Standard/PCI-DSS-v4_0_1.pdf",
	},
	Run: run,
}

const (
	usual    = 365 * drover.Day
	critical = 90 * drover.Day
	least    = 5
)

var word = check.NewWord([]string{"review", "certif", "attest"},
	"reviewed", "lastreviewed", "lastreview", "reviewdate", "reviewedon", "reviewedat", "lastreviewdate", "recertified", "recertifiedon", "lastrecertified", "recertificationdate", "certifiedon", "lastcertified", "attested", "attestedon", "lastattested", "lastaccessreview")

type tally struct{ all, dated int }

func run(p *check.Pass) error {
	count := map[home]*tally{}
	var undated []int
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		if p.Policy.Regime(p.Graph.Facts(row).Regulation).Review > 0 {
			continue
		}
		t := count[homeOf(p, row)]
		if t == nil {
			t = &tally{}
			count[homeOf(p, row)] = t
		}
		t.all++
		at, said, ok := reviewed(p, row)
		if !ok {
			undated = append(undated, row)
			continue
		}
		t.dated++
		if limit := interval(p, row); p.Now.Sub(at) > limit {
			report(p, row, p.Say(row)+" was last reviewed "+check.Ago(p.Now, at)+"; its interval is "+check.Span(limit)+".", check.Proof(check.Clean(said.Key)+" is "+check.Clean(said.Value), said.By, at, drover.GradeDeclared))
		}
	}
	for _, row := range undated {
		t := count[homeOf(p, row)]
		if t.dated < least {
			continue
		}
		if _, ok := p.Exempt(row); ok {
			t.all--
		}
	}
	for _, row := range undated {
		t, limit, created := count[homeOf(p, row)], interval(p, row), p.Graph.Created(row)
		if t.dated < least || t.dated*2 < t.all || created.IsZero() || p.Now.Sub(created) <= limit {
			continue
		}
		base := fmt.Sprintf("%d of %d accounts there have a day of review, this one has none", t.dated, t.all)
		report(p, row, p.Say(row)+" was made "+check.Ago(p.Now, created)+" and never reviewed; its interval is "+check.Span(limit)+".", check.Proof(base, "tags and attributes", time.Time{}, drover.GradeInferred))
	}
	return nil
}

func report(p *check.Pass, row int, what string, proof drover.FindingProof) {
	f := p.Graph.Facts(row)
	because := fmt.Sprintf("criticality %s, tier %s", or(f.Criticality), tier(f.Tier))
	severity := p.Check.Severity
	if interval(p, row) == critical {
		severity = drover.Medium
	}
	p.Report(check.Hit{Row: row, Severity: severity, What: what, Evidence: []drover.FindingProof{proof, check.Proof(because, "classification", time.Time{}, drover.GradeInferred)},
		Fix: remedy.Reviewed(p.Estate, row), Stops: []int{row}, Keeps: true})
}

func reviewed(p *check.Pass, row int) (at time.Time, said check.Mark, ok bool) {
	if said, ok = p.Mark(row, word); !ok {
		return at, said, false
	}
	at, ok = check.ParseDay(said.Value)
	return at, said, ok && !at.After(p.Now)
}

func interval(p *check.Pass, row int) time.Duration {
	f := p.Graph.Facts(row)
	if f.Criticality == "critical" || f.Tier == 0 {
		return critical
	}
	return usual
}

// A home is an account, tenant or cluster.
type home struct{ system, tenant string }

func homeOf(p *check.Pass, row int) home {
	system, tenant, _, _, _ := p.Graph.Ref(row).Parts()
	return home{system, tenant}
}

func or(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func tier(n int64) string {
	if n < 0 {
		return "unknown"
	}
	return fmt.Sprint(n)
}
