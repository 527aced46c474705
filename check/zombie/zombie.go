// Package zombie holds the check for accounts that outlived what they were made for.
package zombie

import (
	"strconv"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts past their stated end, and wide ones that were made for a
// while and are not used.
var Check = &check.Check{
	ID:       "zombie",
	Title:    "outlived what it was made for",
	Area:     check.Lifecycle,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:AC-2(2)", "NIST-800-53:AC-2(3)", "CIS-8.1:5.3", "ISO-27001-2022:A.5.18"},
	Fix:      []string{"disable", "delete"},

	Why: "Whoever made it said that it would be gone by now, so nobody looks after it, yet what it may do is still open to whoever has its key.",
	How: "Part \"end\": a tag, label or attribute such as expires-on, end_date, valid-until, delete-after or decommission-date names a day that is over, and the account is still enabled. Days are read where they can be read in one way only: 2026-01-31, 20260131, 31.01.2026. " +
		"Part \"temporary\": its name or environment says test, temp, poc, demo, sandbox, old or the like; it has been unused for longer than the dormant threshold by a source that would have seen use; and much falls with it: tier 0, or 25 rows and more by the graph of effects. " +
		"It stays silent for what is disabled, expired or retired, where the day cannot be read, where use or reach is unknown, and for break-glass accounts. An account past its end that was used in the last 30 days is raised to high: somebody still depends on it.",
	False: "The end was put off and the tag was not. Set the tag to the new day.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/ac-2-2/",
		"https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	if !p.NonHuman(row) || p.Off(row) {
		return
	}
	if end, said, ok := p.StatedEnd(row); ok && p.PastEnd(row) {
		if !p.Emergency(row) {
			past(p, row, end, said)
		}
		return
	}
	word, ok := p.Zombie(row)
	if !ok {
		return
	}
	st, _ := p.Standing(row)
	proof, _ := p.LastUse(row)
	reach := check.Count(st.Reach, "thing") + " in reach"
	if st.Tier0 > 0 {
		reach += ", " + strconv.Itoa(st.Tier0) + " of them in tier 0"
	}
	p.Report(check.Hit{
		Row: row, Part: "temporary", Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " was made for a while (" + word + "), is not used, and still has " + reach + ".",
		Evidence: []drover.FindingProof{check.Proof("its name or environment says "+word, "name", time.Time{}, drover.GradeInferred), proof, check.Proof(reach, "graph of effects", p.Now, "")},
		Fix:      remedy.Disable(p.Estate, row), Stops: []int{row},
	})
}

func past(p *check.Pass, row int, end time.Time, said check.Mark) {
	h := check.Hit{
		Row: row, Part: "end", Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " was to end on " + check.Day(end) + ", " + check.Ago(p.Now, end) + ", and is still " + left(p, row) + ".",
		Evidence: []drover.FindingProof{check.Proof(check.Clean(said.Key)+" is "+check.Clean(said.Value), said.By, time.Time{}, drover.GradeDeclared), p.EnabledProof(row)},
		Fix:      remedy.Disable(p.Estate, row), Stops: []int{row},
	}
	proof, seen := p.LastUse(row)
	if seen {
		h.Evidence = append(h.Evidence, proof)
	}
	if last := p.Graph.Facts(row).LastUsed; !last.IsZero() && p.Now.Sub(last) < p.IdleAfter() {
		h.Severity = max(h.Severity, drover.High)
		h.What = p.Say(row) + " was to end on " + check.Day(end) + ", " + check.Ago(p.Now, end) + ", and was still used " + check.Ago(p.Now, last) + "."
		h.Fix = remedy.Ask(p.Estate, row, "Ask who still uses "+p.Say(row)+", then set a new end for it or disable it")
		h.Keeps = true
	}
	p.Report(h)
}

// left says in which way an account is still there.
func left(p *check.Pass, row int) string {
	if p.Keyless(row) {
		return "listed, with no credential that works"
	}
	return "enabled" + p.KeysLeft(row)
}
