// Package longlived finds secrets that are older than their interval.
package longlived

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "longlived",
	Title:    "a secret is older than its rotation interval",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI7:2025", "CIS-AWS-3.0:1.14", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(1)", "PCI-DSS-4.0:8.6.3", "ISO-27001-2022:A.5.17", "SOC2:CC6.1"},
	Fix:      []string{"federate", "rotate", "disable"},
	Why:      "Every copy that was ever made of it still works: in an old laptop, a backup, a leaver's notes. The older it is, the more copies there are, and the fewer people who know what it is for.",
	How: "The age of a secret is the time since it was last changed (rotated), else since it was made. The interval comes from the policy: 30 days where tier 0 or critical things fall with it, 60 in production, 90 otherwise, or what a rule of yours says. " +
		"Where a newer key of the same kind was made beside it, of which one suffices, it is silent for the 30 days in which users move over; after that it asks to end that rotation and not to begin another. " +
		"For accounts of directories, whose password is no object of its own, pwdLastSet and its like count. High from four intervals on, and where tier 0 falls with it. " +
		"Silent where the age is not known, when it is disabled or expired, when it ends within its interval by itself, for certificates (see expiring and longcertificate), for passwords of people, of break-glass accounts that were not used since (listed as exempt), and for managed service accounts, whose password the domain changes.",
	False:      "A system that cannot change its secret: write a rotation rule with what you do instead, and the finding ends.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html", "https://owasp.org/www-project-non-human-identities-top-10/2025/7-long-lived-secrets/", "https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/manage/group-managed-service-accounts/group-managed-service-accounts/group-managed-service-accounts-overview"},
	Kinds:      []drover.Kind{drover.KindCredential, drover.KindIdentity},
	Each:       each,
}

func each(p *check.Pass, row int) {
	at, ok := p.Secret(row)
	if !ok || p.Young(p.Now.Sub(at)) || !concerned(p, row) {
		return
	}
	rule, age := p.Interval(row), p.Now.Sub(at)
	limit, why := rule.Every, rule.Why
	n := p.Graph.Row(row)
	if limit <= 0 || age <= limit || !n.Node.Expires.IsZero() && n.Node.Expires.Sub(at) <= limit || p.Off(row) {
		return
	}
	if sealed(p, row, at) {
		p.Exempted(row, "it is the password of a break-glass account that was not used since it was set: it is changed after each use")
		return
	}
	verb := "was last changed"
	if n.Node.Rotated.IsZero() {
		verb = "was made"
	}
	newer, since, rotated := p.Successor(row)
	if rotated && p.Now.Sub(since) <= check.Overlap {
		return // a rotation is under way
	}
	h := check.Hit{Row: row, What: say(p, row) + " " + verb + " " + check.Ago(p.Now, at) + "; it may be no older than " + why + ".",
		Evidence: []drover.FindingProof{check.Proof(verb+" "+check.Day(at), p.Source(row), at, "")}, Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, p.Holders(row)...)}
	if age >= 4*limit || p.TierZero(row) {
		h.Severity = drover.High
	}
	if u, ok := p.Graph.Use(row); ok && !u.LastUsed.IsZero() {
		h.Evidence = append(h.Evidence, check.Proof("last used "+check.Day(u.LastUsed)+" ("+check.Ago(p.Now, u.LastUsed)+")", u.LastUsedSource, u.LastUsed, u.LastUsedGrade))
	}
	if r, ok := p.Federable(row); ok {
		h.Fix = remedy.Federate(p.Estate, row)
		h.Evidence = append(h.Evidence, check.Proof("it could be replaced: "+r, p.Source(row), n.Observed, drover.GradeInferred))
	}
	if rotated {
		replaced(p, &h, newer, since)
	}
	p.Report(h)
}

// replaced says that a rotation was begun and is to be ended.
func replaced(p *check.Pass, h *check.Hit, newer int, since time.Time) {
	h.What = strings.TrimSuffix(h.What, ".") + ". " + p.Say(newer) + " was made beside it " + check.Ago(p.Now, since) + ", and that rotation was not ended."
	h.Evidence = append(h.Evidence, check.Proof(p.Say(newer)+" works, made "+check.Day(since), p.Source(newer), since, ""))
	h.Fix = remedy.EndRotation(p.Estate, h.Row, newer)
	h.Path = append(h.Path, newer)
}

// concerned tells secrets of programs from everything else that has an age.
func concerned(p *check.Pass, row int) bool {
	typ := p.Graph.Type(row)
	if p.Graph.Kind(row) == drover.KindIdentity {
		if p.Graph.Rotated(row).IsZero() || !p.NonHuman(row) || p.SelfRotating(row) {
			return false
		}
		return true
	}
	switch {
	case !p.HasValue(row), typ == "ssh.key", typ == "x509.private_key":
		return false
	case strings.HasSuffix(typ, "login_profile"), strings.HasSuffix(typ, ".password"):
		return owned(p, row)
	}
	temporary, _ := p.Graph.Flag(row, "temporary")
	return !temporary
}

// sealed reports whether a password opens break-glass accounts alone, none of which
// was used since it was set. Its access keys are not sealed: they lie in files.
func sealed(p *check.Pass, row int, at time.Time) bool {
	if p.Graph.Kind(row) == drover.KindIdentity {
		return p.Emergency(row) && !p.Graph.Facts(row).LastUsed.After(at)
	}
	if typ := p.Graph.Type(row); !strings.HasSuffix(typ, "login_profile") && !strings.HasSuffix(typ, ".password") {
		return false
	}
	found := false
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeAuthenticates {
			continue
		}
		if !p.Emergency(h.Row) || p.Graph.Facts(h.Row).LastUsed.After(at) {
			return false
		}
		found = true
	}
	return found
}

// owned reports whether a password is a program's.
func owned(p *check.Pass, row int) bool {
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates && p.NonHuman(h.Row) {
			return true
		}
	}
	return false
}

func say(p *check.Pass, row int) string {
	if p.Graph.Kind(row) == drover.KindIdentity {
		return "the password of " + p.Say(row)
	}
	return p.SayWhose(row)
}
