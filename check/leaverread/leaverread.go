// Package leaverread holds the check for secrets that a leaver could read.
package leaverread

import (
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/graph/effective"
)

// Check finds credentials that were not changed since somebody left who could read them.
var Check = &check.Check{
	ID:       "leaverread",
	Title:    "a leaver could read it, and it was not changed since",
	Area:     check.Ownership,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI1:2025", "OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:PS-4", "NIST-800-53:IA-5", "NIST-800-53:AC-2(9)", "CIS-8.1:5.3", "ISO-27001-2022:A.6.5", "PCI-DSS-4.0:8.6.3", "SOC2:CC6.2"},
	Fix:      []string{"rotate"},

	Why: "Closing a person's own account does not take away the keys that they knew: until such a key is changed, they can go on using it from anywhere, and nothing tells them from the automation.",
	How: "A person has left, on a day that an HR system or directory names; the secret was last changed (rotated, or else made) before that day; more than 24 hours have passed since; and the person could read it: " +
		"they were handed it or the store that it lies in (reads_secret), it lies in a place that they can read (exposes) or own, they wrote it there themselves (created, as the author of a commit), they own or made the credential, or permissions let them or an account of theirs read it (the graph of effects: reading of secrets and places). Access through groups counts, three levels deep. " +
		"What they may still do today is looked at: access that was taken away before the first scan is not seen, so there may be more. " +
		"Certificates and public keys are for everybody and do not count; nor do credentials of people, of what is disabled or expired, and those whose last change or whose leaver's day is unknown.",
	False: "The person never opened the store, and its log of reads covers the whole time: accept the finding with that log.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ps/ps-4/",
		"https://docs.aws.amazon.com/prescriptive-guidance/latest/patterns/automatically-rotate-iam-user-access-keys-at-scale-with-aws-organizations-and-aws-secrets-manager.html",
	},
	Run: run,
}

// within is how soon what a leaver could read is changed (OWASP NHI1).
const within = 24 * time.Hour

// A reading is how one person could read one credential.
type reading struct {
	human int
	proof drover.FindingProof
	left  time.Time
}

func run(p *check.Pass) error {
	found := map[int][]reading{}
	for human := range p.Graph.Rows(drover.KindHuman) {
		if p.Graph.IsMember(human) {
			continue
		}
		left, ok := p.LeftAt(human)
		if !ok || p.Now.Sub(left) < within {
			continue
		}
		l := look{p: p, seen: map[int]bool{}}
		l.take = func(credential int, proof func() drover.FindingProof) {
			if at, ok := p.Secret(credential); !ok || at.After(left) || !secret(p, credential) {
				return
			}
			list := found[credential]
			if !slices.ContainsFunc(list, func(r reading) bool { return r.human == human }) {
				found[credential] = append(list, reading{human, proof(), left})
			}
		}
		l.all(human)
	}
	var rows []int
	for row := range found {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	for _, row := range rows {
		report(p, row, found[row])
	}
	return nil
}

// maxSeen bounds how many rows one person's access is followed to.
const maxSeen = 100_000

// A look goes over what one person could read.
type look struct {
	p    *check.Pass
	seen map[int]bool
	take func(credential int, proof func() drover.FindingProof)
}

func (l *look) all(human int) {
	p := l.p
	who, own := circle(p, human)
	for i, w := range who {
		for h := range p.Graph.Out(w) {
			switch h.Kind {
			case drover.EdgeReadsSecret:
				l.inside(h.Row, l.edge(h.Edge))
			case drover.EdgeCreated, drover.EdgeOwns:
				if i < own { // what a team owns or made is not what each of its members read
					l.inside(h.Row, l.edge(h.Edge))
				}
			}
		}
		for h := range p.Graph.In(w) {
			if h.Kind == drover.EdgeExposes {
				l.inside(h.Row, l.edge(h.Edge))
			}
		}
		l.effects(w)
		if len(l.seen) > maxSeen {
			return
		}
	}
}

// effects adds what permissions let somebody read: what a policy, a binding or a
// grant decides is no edge that a source states.
func (l *look) effects(who int) {
	if l.p.Effects != nil {
		l.permitted(who, who, 2)
	}
}

// permitted looks at what a row gives, be it who themselves or a binding, role or
// group of theirs.
func (l *look) permitted(who, row, deeper int) {
	g := l.p.Effects
	for e := range g.Reach().Out(uint32(row)) {
		x := g.Edge(e)
		if x.Move && deeper > 0 && x.Kind == drover.EdgeMemberOf && !l.seen[int(x.To)] {
			l.seen[int(x.To)] = true
			l.permitted(who, int(x.To), deeper-1)
		}
		if x.Technique != effective.SecretRead && x.Technique != effective.PlaceRead && x.Level != access.LevelSecrets || int(x.To) >= l.p.Graph.Seen() {
			continue
		}
		l.inside(int(x.To), func() drover.FindingProof {
			source := "graph of effects"
			if len(x.Proof) > 0 {
				source = check.Clean(x.Proof[0].Text)
			}
			return check.Proof(l.p.Say(who)+" may read "+l.p.Say(int(x.To)), source, l.p.Now, x.Grade)
		})
	}
}

// edge is the proof that an edge of the snapshot gives, written when it is shown.
func (l *look) edge(edge int) func() drover.FindingProof {
	return func() drover.FindingProof { return l.p.WithEdge(nil, edge)[0] }
}

// inside takes a credential, or those that lie in a place or store.
func (l *look) inside(row int, proof func() drover.FindingProof) {
	if l.seen[row] {
		return
	}
	l.seen[row] = true
	switch l.p.Graph.Kind(row) {
	case drover.KindCredential:
		l.take(row, proof)
	case drover.KindPlace, drover.KindResource:
		for h := range l.p.Graph.In(row) {
			if h.Kind == drover.EdgeStoredIn {
				l.take(h.Row, proof)
			}
		}
	}
}

// circle is a person with their own accounts, own in number, then the groups and
// roles that those are in, three levels deep.
func circle(p *check.Pass, human int) (list []int, own int) {
	list = []int{human}
	for h := range p.Graph.Out(human) {
		if (h.Kind == drover.EdgeOwns || h.Kind == drover.EdgeAuthenticates) && p.Graph.Kind(h.Row) == drover.KindIdentity && p.Human(h.Row) && !slices.Contains(list, h.Row) {
			list = append(list, h.Row)
		}
	}
	own = len(list)
	from := 0
	for range 3 {
		to := len(list)
		for _, who := range list[from:to] {
			for h := range p.Graph.Out(who) {
				if h.Kind == drover.EdgeMemberOf && len(list) < 500 && !slices.Contains(list, h.Row) {
					list = append(list, h.Row)
				}
			}
		}
		from = to
	}
	return list, own
}

// secret reports whether a credential is one that must not be known, works, and
// belongs to no person.
func secret(p *check.Pass, credential int) bool {
	typ := p.Graph.Type(credential)
	if strings.Contains(typ, "certificate") || strings.Contains(typ, "public") || strings.Contains(typ, "federat") || typ == "ssh.authorized_key" || p.Off(credential) {
		return false
	}
	for _, holder := range p.Holders(credential) {
		if p.Human(holder) || p.Off(holder) {
			return false
		}
	}
	return true
}

func report(p *check.Pass, row int, readings []reading) {
	at, _ := p.Secret(row)
	slices.SortStableFunc(readings, func(a, b reading) int { return b.left.Compare(a.left) })
	var people []int
	var evidence []drover.FindingProof
	for i, r := range readings {
		people = append(people, r.human)
		if i < 3 {
			evidence = append(evidence, r.proof, p.LeftProof(r.human))
		}
	}
	evidence = append(evidence, check.Proof("its secret was last changed "+check.Day(at)+" ("+check.Ago(p.Now, at)+")", "rotated or created", at, ""))
	of := ""
	severity := p.Check.Severity
	if holders := p.Holders(row); len(holders) > 0 {
		of = " of " + p.Say(holders[0])
		severity = p.Weigh(holders[0], severity)
	}
	who := p.Who(people) + ", who left "
	p.Report(check.Hit{
		Row: row, Severity: severity,
		What:     p.Say(row) + of + " could be read by " + who + check.Ago(p.Now, readings[0].left) + ", and was last changed " + check.Span(readings[0].left.Sub(at)) + " before that.",
		Evidence: evidence, Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, people...),
	})
}
