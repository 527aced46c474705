// Package ownerdisagrees holds the check for accounts, keys and workloads that name
// different owners.
package ownerdisagrees

import (
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph/owners"
)

// Check finds accounts whose keys or workloads say that somebody else owns them.
var Check = &check.Check{
	ID:       "ownerdisagrees",
	Title:    "it and its key or workload name different owners",
	Area:     check.Ownership,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-800-53:AC-2", "ISO-27001-2022:A.5.9"},
	Fix:      []string{"set_owner"},

	Why: "Two names mean that each believes the other one looks after it: a key is not rotated because its owner does not know the account, and the account is kept because of a key that nobody needs.",
	How: "The account has owners, a credential of it or a workload that runs as it has owners, too, and they have nobody in common: not the same person or group, no person who is a member of the other's group, and none who is the other's manager. " +
		"An owner that you set or confirmed on the account (owner set, owner confirm) outranks what its keys and workloads say: then it is decided and nothing is said. It stays silent where one of the two has no owner, where one of them is known by a name only, and where the owners of one have all left (leaverowned). One finding for each credential or workload.",
	False: "An account of a platform team, run for an application team, on purpose: confirm the owner of the account.",
	References: []string{
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/",
		"https://backstage.io/docs/features/software-catalog/descriptor-format/#specowner-required",
	},
	Run: run,
}

// said is an owner whom systems name, and nobody of the house decided.
const said = owners.Said

func run(p *check.Pass) error {
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		if !owned(p, row) {
			continue
		}
		have := p.Answerable(row)
		if !usable(have) || have[0].How != said {
			continue
		}
		for h := range p.Graph.In(row) {
			if h.Kind != drover.EdgeAuthenticates && h.Kind != drover.EdgeRunsAs || p.Off(h.Row) {
				continue
			}
			others := p.Answerable(h.Row)
			if usable(others) && others[0].How == said && !related(p, have, others) {
				report(p, row, h.Row, have, others)
			}
		}
	}
	return nil
}

// owned reports whether a credential or workload of an account has an owner of its
// own that a system names.
func owned(p *check.Pass, row int) bool {
	for h := range p.Graph.In(row) {
		if (h.Kind == drover.EdgeAuthenticates || h.Kind == drover.EdgeRunsAs) && p.HasIn(h.Row, drover.EdgeOwns) {
			return true
		}
	}
	return false
}

// usable reports whether owners are known as persons or groups, and somebody of them is there.
func usable(list []check.Owner) bool {
	there := false
	for _, o := range list {
		if o.Row < 0 {
			return false
		}
		there = there || o.Left != classify.Yes
	}
	return there
}

func related(p *check.Pass, a, b []check.Owner) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Row == y.Row || member(p, x.Row, y.Row) || member(p, y.Row, x.Row) {
				return true
			}
			for _, pair := range [][2]int{{x.Row, y.Row}, {y.Row, x.Row}} {
				if m, ok := p.Ownership().Manager(pair[0]); ok && m == pair[1] {
					return true
				}
			}
		}
	}
	return false
}

// member reports whether a person is in a group, or in a group within it.
func member(p *check.Pass, human, group int) bool {
	if p.Graph.Kind(group) != drover.KindGroup {
		return false
	}
	active, _ := p.Ownership().Members(group)
	return slices.Contains(active, human)
}

func report(p *check.Pass, row, other int, have, others []check.Owner) {
	p.Report(check.Hit{
		Row: row, Part: string(p.Graph.Ref(other)),
		What:     p.Say(row) + " belongs to " + names(have) + ", and " + p.Say(other) + " of it to " + names(others) + ".",
		Evidence: []drover.FindingProof{named(p, row, have[0]), named(p, other, others[0])},
		Fix:      remedy.SetOwner(p.Estate, row), Stops: []int{row}, Keeps: true, Path: []int{other, row},
	})
}

func named(p *check.Pass, row int, o check.Owner) drover.FindingProof {
	proof := p.OwnerProof(row, o)
	proof.Text = p.Say(row) + ": " + proof.Text
	return proof
}

func names(have []check.Owner) string {
	var list []string
	for i, o := range have {
		if i < 3 {
			list = append(list, check.Clean(o.Name))
		}
	}
	return check.List(list)
}
