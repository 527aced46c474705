// Package unapprovedcreator holds the check for accounts that an automation made
// which is not among those that make accounts.
package unapprovedcreator

import (
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts made by automations outside of the approved ones.
var Check = &check.Check{
	ID:       "unapprovedcreator",
	Title:    "made by an automation that makes no accounts",
	Area:     check.Lifecycle,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:DE.CM-03", "NIST-800-53:AC-2", "NIST-800-53:CM-5", "SOC2:CC6.2"},
	Fix:      []string{"review", "disable"},

	Why: "An intruder who holds the key of one automation makes a second account to stay. Where a few known tools make all accounts, one made by anything else is that, or a way around them.",
	How: "The record says that a non-human account made it (created). In the same account or tenant at least one other creator is approved: it made five or more accounts, or you labelled it creator=approved; this one is not, and made fewer than five. " +
		"Accounts whose purpose is to build or to run infrastructure (ci-cd, infrastructure) count as approved, and what a provider manages does, too. Made by an AI agent: high. " +
		"It stays silent where nothing says who made it, where nobody makes accounts regularly, and for disabled accounts.",
	False: "A new tool that is to make accounts from now on: label it with drover tag REF creator=approved.",
	References: []string{
		"https://attack.mitre.org/techniques/T1136/003/",
		"https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html",
	},
	Run: run,
}

// regular is how many accounts a creator makes at least for that to be its work.
const regular = 5

var approvedWord = check.NewWord([]string{"creator"}, "creator")

func run(p *check.Pass) error {
	made := map[int]int{}      // creator -> accounts
	approved := map[home]int{} // an approved creator
	type creation struct{ row, creator, edge int }
	var list []creation
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) {
			continue
		}
		for h := range p.Graph.In(row) {
			if h.Kind == drover.EdgeCreated && p.Graph.Kind(h.Row) == drover.KindIdentity && h.Row != row {
				made[h.Row]++
				if p.NonHuman(row) && !p.Off(row) {
					list = append(list, creation{row, h.Row, h.Edge})
				}
			}
		}
	}
	for creator, n := range made {
		if s, ok := p.Mark(creator, approvedWord); n >= regular || ok && strings.EqualFold(s.Value, "approved") {
			if old, ok := approved[homeOf(p, creator)]; !ok || made[old] < n || made[old] == n && creator < old {
				approved[homeOf(p, creator)] = creator
			}
		}
	}
	for _, c := range list {
		usual, ok := approved[homeOf(p, c.row)]
		if !ok || usual == c.creator || made[c.creator] >= regular || !p.NonHuman(c.creator) || builder(p, c.creator) || p.Emergency(c.row) {
			continue
		}
		h := check.Hit{
			Row: c.row, Part: string(p.Graph.Ref(c.creator)), Severity: p.Weigh(c.row, p.Check.Severity),
			What: p.Say(c.row) + " was made by " + p.Say(c.creator) + ", which made " + check.Count(made[c.creator], "account") + fmt.Sprintf("; %s made %d there.", p.Say(usual), made[usual]),
			Evidence: append(p.WithEdge(nil, c.edge),
				check.Proof(p.Say(usual)+" made "+check.Count(made[usual], "account"), "created edges", time.Time{}, "")),
			Fix:   remedy.Ask(p.Estate, c.row, "Ask who runs "+p.Say(c.creator)+" whether it was meant to make "+p.Say(c.row)+", and disable it if not"),
			Stops: []int{c.row}, Keeps: true, Path: []int{c.creator, c.row},
		}
		if p.Graph.Facts(c.creator).NHIType == drover.NHIAIAgent {
			h.Severity = max(h.Severity, drover.High)
		}
		p.Report(h)
	}
	return nil
}

// builder reports whether it is a creator's work to make things.
func builder(p *check.Pass, creator int) bool {
	if s, ok := p.Mark(creator, approvedWord); ok && strings.EqualFold(s.Value, "approved") {
		return true
	}
	if _, ok := p.Exempt(creator); ok {
		return true
	}
	switch p.Graph.Facts(creator).Purpose {
	case "ci-cd", "infrastructure":
		return true
	}
	return false
}

// A home is an account, tenant or cluster.
type home struct{ system, tenant string }

func homeOf(p *check.Pass, row int) home {
	system, tenant, _, _, _ := p.Graph.Ref(row).Parts()
	return home{system, tenant}
}
