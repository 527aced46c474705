// Package twin holds the check for two accounts that do one thing on two platforms.
package twin

import (
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts of two platforms with one function, owner and target.
var Check = &check.Check{
	ID:       "twin",
	Title:    "does what an account of another platform does",
	Area:     check.Lifecycle,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:ID.AM-08", "NIST-800-53:AC-2", "ISO-27001-2022:A.5.16"},
	Fix:      []string{"review"},

	Why: "After a move one of the two is left behind: it is not rotated, not watched and not taken away with the other, and opens the same data.",
	How: "Two non-human accounts of different systems have the same function and environment by their names or labels, the same owner, and reach the same thing: by an edge can_access, reads_secret or can_assume of their own, or of a role or group that they are members of. " +
		"Accounts of which one becomes the other (a service account that assumes a cloud role) are one chain and no twins. The function must say something: more than the word of a sort such as api or job. " +
		"It stays silent where owner, function or target is unknown, and for disabled accounts. The finding is on the one that was made first.",
	False: "Two halves of one service that both need the target: label them with different functions, or accept the finding.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/",
	},
	Run: run,
}

type key struct{ function, env, owner string }

func run(p *check.Pass) error {
	first := map[string]int{} // function -> the first that has it; several systems: -1
	for row := range p.Graph.Rows(drover.KindIdentity) {
		f := p.Graph.Facts(row).Function
		if len(f) < 4 || generic[f] || p.Graph.IsMember(row) {
			continue
		}
		if old, ok := first[f]; !ok {
			first[f] = row
		} else if old >= 0 && p.Graph.Ref(old).System() != p.Graph.Ref(row).System() {
			first[f] = -1
		}
	}
	groups := map[key][]int{}
	var keys []key // in the order of rows
	for row := range p.Graph.Rows(drover.KindIdentity) {
		f := p.Graph.Facts(row)
		if n, ok := first[f.Function]; !ok || n >= 0 || p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		o, ok := p.Ownership().Current(row)
		if !ok {
			continue
		}
		k := key{f.Function, f.Env, p.Ownership().Key(o.Party)}
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], row)
	}
	for _, k := range keys {
		if rows := groups[k]; len(rows) > 1 && len(rows) <= maxGroup {
			pair(p, k, rows)
		}
	}
	return nil
}

// maxGroup is how many accounts of one function are compared: more are a family of
// their own, and no twins.
const maxGroup = 12

// generic are functions that say nothing of what an account is for.
var generic = map[string]bool{"service": true, "user": true, "account": true, "default": true, "admin": true, "main": true, "common": true, "shared": true, "internal": true, "backend": true, "frontend": true,
	"server": true, "system": true, "worker": true, "runner": true, "data": true, "prod": true, "test": true, "role": true, "agent": true}

func pair(p *check.Pass, k key, rows []int) {
	slices.SortFunc(rows, func(a, b int) int {
		if c := p.Graph.Created(a).Compare(p.Graph.Created(b)); c != 0 {
			return c
		}
		return strings.Compare(string(p.Graph.Ref(a)), string(p.Graph.Ref(b)))
	})
	for i, a := range rows {
		for _, b := range rows[i+1:] {
			if p.Graph.Ref(a).System() == p.Graph.Ref(b).System() || chained(p, a, b) || p.Emergency(a) || p.Emergency(b) {
				continue
			}
			if target, ok := common(p, a, b); ok {
				report(p, k, a, b, target)
				break
			}
		}
	}
}

func report(p *check.Pass, k key, a, b, target int) {
	o, _ := p.Ownership().Current(a)
	owner := check.Clean(p.Ownership().Name(o.Party))
	evidence := []drover.FindingProof{
		check.Proof("both have the function "+check.Clean(k.function)+" and the owner "+owner, "names, labels and owners", time.Time{}, drover.GradeInferred),
		check.Proof("both reach "+p.Say(target), "edges of "+p.Graph.Ref(a).System()+" and "+p.Graph.Ref(b).System(), time.Time{}, ""),
	}
	for _, row := range []int{a, b} {
		if proof, ok := p.LastUse(row); ok {
			proof.Text = p.Say(row) + ": " + proof.Text
			evidence = append(evidence, proof)
		}
	}
	p.Report(check.Hit{
		Row: a, Part: string(p.Graph.Ref(b)),
		What:     p.Say(a) + " in " + p.Graph.Ref(a).System() + " and " + p.Say(b) + " in " + p.Graph.Ref(b).System() + " do the same for the same owner: both reach " + p.Say(target) + ".",
		Evidence: evidence,
		Fix:      remedy.Ask(p.Estate, a, "Ask "+owner+" which of "+p.Say(a)+" and "+p.Say(b)+" is still needed, and disable the other"), Stops: []int{a}, Keeps: true, Path: []int{a, target, b},
	})
}

// chained reports whether one of two accounts leads to the other.
func chained(p *check.Pass, a, b int) bool {
	for _, pair := range [][2]int{{a, b}, {b, a}} {
		for h := range p.Graph.Out(pair[0]) {
			switch h.Kind {
			case drover.EdgeCanAssume, drover.EdgeDelegatesTo, drover.EdgeTrusts, drover.EdgeAuthenticates, drover.EdgeCreated, drover.EdgeMemberOf:
				if h.Row == pair[1] {
					return true
				}
			}
		}
	}
	return false
}

// common is what both accounts reach, the first by row.
func common(p *check.Pass, a, b int) (row int, ok bool) {
	of := targets(p, a)
	best := -1
	for t := range targets(p, b) {
		if of[t] && (best < 0 || t < best) {
			best = t
		}
	}
	return best, best >= 0
}

// maxTargets bounds what is compared of one account.
const maxTargets = 2000

func targets(p *check.Pass, row int) map[int]bool {
	out := map[int]bool{}
	from := []int{row}
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeMemberOf && len(from) < 50 {
			from = append(from, h.Row)
		}
	}
	for _, f := range from {
		for h := range p.Graph.Out(f) {
			switch h.Kind {
			case drover.EdgeCanAccess, drover.EdgeReadsSecret, drover.EdgeCanAssume:
				if len(out) < maxTargets {
					out[h.Row] = true
				}
			}
		}
	}
	return out
}
