// Package emptyowner holds the check for accounts owned by a group with nobody in it.
package emptyowner

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts whose owner group is empty, or holds leavers only.
var Check = &check.Check{
	ID:       "emptyowner",
	Title:    "the group that owns it has nobody in it",
	Area:     check.Ownership,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-800-53:AC-2", "CIS-8.1:5.5", "ISO-27001-2022:A.5.9", "SOC2:CC6.1"},
	Fix:      []string{"hand_over"},

	Why: "On paper it has an owner. In truth nobody reads what is sent to that group, so nobody answers when its key leaks.",
	How: "Only groups own the account, and none of them has anybody in it who is still employed: all people who are members have left, or there is no member at all. " +
		"That there is no member counts only where members would have been seen: the group itself says so (members, memberCount, member_count is 0), or another group of the same type has members. Members of groups within a group count. " +
		"It stays silent where one owner is a person (leaverowned speaks of those), and for disabled accounts.",
	False: "A group whose members are kept in a system that is not scanned. Add that system, or set a person or another group as owner.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://learn.microsoft.com/en-us/entra/fundamentals/how-to-manage-groups",
	},
	Run: run,
}

func run(p *check.Pass) error {
	empty := map[int]bool{} // groups that own something; asked once each
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		if have := p.Answerable(row); len(have) > 0 && deserted(p, have, empty) {
			report(p, row, have)
		}
	}
	return nil
}

// deserted reports whether all owners are groups with nobody in them.
func deserted(p *check.Pass, have []check.Owner, empty map[int]bool) bool {
	for _, o := range have {
		if o.Row < 0 || p.Graph.Kind(o.Row) != drover.KindGroup {
			return false
		}
		if _, asked := empty[o.Row]; !asked {
			empty[o.Row] = saysEmpty(p, o.Row) || p.Ownership().Empty(o.Row)
		}
		if !empty[o.Row] {
			return false
		}
	}
	return true
}

// saysEmpty reports whether a group's own count of members is 0.
func saysEmpty(p *check.Pass, group int) bool {
	a := p.Graph.Attrs(group)
	for _, f := range []string{"members", "memberCount", "member_count", "members_count"} {
		if n, known := a.Int(f); known && n == 0 {
			return true
		}
	}
	return false
}

func report(p *check.Pass, row int, have []check.Owner) {
	var groups []int
	var evidence []drover.FindingProof
	why := ""
	for _, o := range have {
		groups = append(groups, o.Row)
		proof := proofOf(p, o.Row)
		if why == "" {
			why = proof.Text
		}
		if len(evidence) < 6 {
			evidence = append(evidence, p.OwnerProof(row, o), proof)
		}
	}
	p.Report(check.Hit{
		Row: row, Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " belongs to " + p.Says(groups) + ": " + why + ".",
		Evidence: evidence, Fix: remedy.HandOver(p.Estate, row), Stops: []int{row}, Keeps: true, Path: append([]int{row}, groups...),
	})
}

// proofOf is how a group is known to have nobody in it.
func proofOf(p *check.Pass, group int) drover.FindingProof {
	if _, left := p.Ownership().Members(group); left > 0 {
		return check.Proof("everybody in "+p.Say(group)+" has left ("+check.Count(left, "person")+")", p.Source(group)+": members and their employment", p.Graph.Row(group).Observed, "")
	}
	grade := drover.GradeInferred
	if saysEmpty(p, group) {
		grade = drover.GradeProven
	}
	return check.Proof("nobody is a member of "+p.Say(group), p.Source(group)+": members", p.Graph.Row(group).Observed, grade)
}
