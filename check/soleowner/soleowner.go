// Package soleowner holds the check for critical accounts that hang on one person.
package soleowner

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph/owners"
)

// Check finds critical accounts with one owner and no deputy.
var Check = &check.Check{
	ID:       "soleowner",
	Title:    "critical, and one person alone answers for it",
	Area:     check.Ownership,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-800-53:AC-2", "CIS-8.1:5.5", "NIST-800-53:CP-2", "ISO-27001-2022:A.5.2"},
	Fix:      []string{"set_owner"},

	Why: "When that person is ill, on leave or gone, nobody else can decide to stop it or to change its key on the day it matters.",
	How: "The account is critical (criticality critical) or of tier 0 by your tags and policy or by what it is, exactly one person owns it, and no group does; no deputy is named by a label, tag or attribute (deputy, backup_owner, secondary_owner, co_owner). " +
		"It stays silent for accounts whose criticality is unknown, where the owner is a group or has left, where owners are known by a name only, and for disabled accounts.",
	False:      "The deputy is agreed and not recorded: drover owner set REF OWNER --deputy WHOM says so.",
	References: []string{"https://csf.tools/reference/nist-sp-800-53/r5/cp/cp-2/", "https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/"},
	Run:        run,
}

var deputy = check.NewWord([]string{"deput", "backup", "second", "owner"},
	"ownerdeputy", "deputy", "deputies", "deputyowner", "backupowner", "secondaryowner", "secondowner", "coowner", "alternateowner", "backupcontact", "secondarycontact")

func run(p *check.Pass) error {
	for row := range p.Graph.Rows(drover.KindIdentity) {
		f := p.Graph.Facts(row)
		if p.Graph.IsMember(row) || f.Criticality != "critical" && f.Tier != 0 || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		have := p.Answerable(row)
		if len(have) != 1 || have[0].Row < 0 || p.Graph.Kind(have[0].Row) != drover.KindHuman || have[0].Left == classify.Yes {
			continue
		}
		if _, ok := p.Mark(row, deputy); ok {
			continue
		}
		if o, _ := p.Ownership().Current(row); o.How == owners.Decided && !o.Deputy.None() {
			continue
		}
		because := "criticality critical"
		if f.Tier == 0 {
			because = "of tier 0"
		}
		o := have[0]
		p.Report(check.Hit{
			Row: row, Severity: p.Weigh(row, drover.Low),
			What:     fmt.Sprintf("%s is %s, and %s alone answers for it.", p.Say(row), map[bool]string{true: "of tier 0", false: "critical"}[f.Tier == 0], p.Who([]int{o.Row})),
			Evidence: []drover.FindingProof{p.OwnerProof(row, o), check.Proof(because, "classification", time.Time{}, drover.GradeInferred), check.Proof("no deputy is named", "labels, tags and attributes", p.Now, drover.GradeInferred)},
			Fix:      remedy.Deputy(p.Estate, row, o.Row), Stops: []int{row}, Keeps: true, Path: []int{o.Row, row},
		})
	}
	return nil
}
