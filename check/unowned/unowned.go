// Package unowned holds the check for accounts that nobody answers for.
package unowned

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts without an owner.
var Check = &check.Check{
	ID:       "unowned",
	Title:    "nobody answers for it",
	Area:     check.Ownership,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-800-53:AC-2", "CIS-8.1:5.5", "ISO-27001-2022:A.5.9", "SOC2:CC6.1"},
	Fix:      []string{"set_owner"},

	Why: "When its key leaks or its job fails there is nobody to ask, so it is neither stopped nor repaired, and nobody dares to take it away.",
	How: "No source names a person or group that owns the account (owns edges from tags, labels and vendors' owner fields), no label or rule of drover.yaml gives it one, and none follows from what it belongs to. " +
		"With ownership.required in drover.yaml every such account is reported. Without it only where owners are recorded: at least half of the non-human accounts of the same account or tenant, and five at least, have one. " +
		"Where nobody records owners, the record is missing and not one account's owner: nothing is said. An account that another automation owns is nhiowner. Disabled accounts and those that a provider manages are silent. " +
		"Tier 0 in reach raises the severity, a test environment without it lowers it.",
	False: "Its owner is known, but to people only. Say it: drover owner set.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/",
		"https://www.cisecurity.org/controls/account-management",
	},
	Run: run,
}

const least = 5

type tally struct{ all, owned int }

func run(p *check.Pass) error {
	count := map[home]*tally{}
	var loose []int
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		has := owned(p, row)
		if _, ok := p.Exempt(row); !has && ok {
			continue
		}
		at := homeOf(p, row)
		if count[at] == nil {
			count[at] = &tally{}
		}
		count[at].all++
		switch {
		case has:
			count[at].owned++
		case !ownedByAccount(p, row):
			loose = append(loose, row)
		}
	}
	for _, row := range loose {
		t := count[homeOf(p, row)]
		if p.Policy.Ownership.Required || t.owned >= least && t.owned*2 >= t.all {
			report(p, row, t)
		}
	}
	return nil
}

func report(p *check.Pass, row int, t *tally) {
	base := fmt.Sprintf("%d of %d accounts of %s have an owner", t.owned, t.all, check.Clean(homeOf(p, row).system+" "+homeOf(p, row).tenant))
	what := p.Say(row) + " has no owner, where " + base
	if p.Policy.Ownership.Required {
		what = p.Say(row) + " has no owner, and drover.yaml asks for one; " + base
	}
	evidence := []drover.FindingProof{check.Proof(base, "owns edges, tags and decisions", p.Now, "")}
	if p.Policy.Ownership.Required {
		evidence = append(evidence, check.Proof("ownership.required is true", "drover.yaml", time.Time{}, drover.GradeDeclared))
	}
	h := check.Hit{Row: row, Severity: p.Weigh(row, p.Check.Severity), What: what + ".", Stops: []int{row}, Keeps: true, Fix: remedy.SetOwner(p.Estate, row)}
	for edge := range p.Graph.In(row) {
		if edge.Kind == drover.EdgeCreated && p.Human(edge.Row) {
			evidence = p.WithEdge(evidence, edge.Edge)
		}
	}
	h.Evidence = evidence
	p.Report(h)
}

// owned reports whether anybody is named, be it by what it belongs to.
func owned(p *check.Pass, row int) bool {
	_, ok := p.Ownership().Current(row)
	return ok
}

// ownedByAccount reports whether something that is no person owns it.
func ownedByAccount(p *check.Pass, row int) bool {
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeOwns && p.Graph.Kind(h.Row) == drover.KindIdentity {
			return true
		}
	}
	return false
}

// A home is an account, tenant or cluster.
type home struct{ system, tenant string }

func homeOf(p *check.Pass, row int) home {
	system, tenant, _, _, _ := p.Graph.Ref(row).Parts()
	return home{system, tenant}
}
