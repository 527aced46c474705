// Package zombiecredential finds credentials that were replaced and left on.
package zombiecredential

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "zombiecredential",
	Title:    "an old credential was replaced, but not switched off",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI7:2025", "OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5", "CIS-AWS-3.0:1.13", "PCI-DSS-4.0:8.6.3", "SOC2:CC6.2"},
	Fix:      []string{"disable", "delete"},
	Why:      "The rotation looks done, and the old key works as before: whoever had it still does. That is how a rotation after a leak fails.",
	How: "An identity has two secrets of one kind that work. The newer one is older than the overlap of 7 days and was seen in use; the older one was not used since the newer one was made. Medium; high where it opens production or reaches tier 0. " +
		"Kinds of which an identity should have one at a time count: access keys, client secrets, passwords, service account keys; tokens only where both have the same name. Silent where a source says nothing of use, when one of them is switched off, and within the overlap.",
	False:      "Two programs use one identity, each with its own key, and one of them runs once a year. Give each its own identity.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html", "https://owasp.org/www-project-non-human-identities-top-10/2025/7-long-lived-secrets/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each:       each,
}

// overlap is how long two secrets may work side by side while users move over.
const overlap = 7 * drover.Day

func each(p *check.Pass, row int) {
	n := 0
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeAuthenticates && single(p.Graph.Type(h.Row)) {
			n++
		}
	}
	if n < 2 || p.Off(row) {
		return
	}
	creds := p.Credentials(row)
	for _, old := range creds {
		if newer, ok := replacement(p, old, creds); ok {
			report(p, row, old, newer)
		}
	}
}

// replacement is the newest secret of the same kind that took over from an old one.
func replacement(p *check.Pass, old int, creds []int) (newer int, ok bool) {
	made, known := p.Secret(old)
	if !known || !single(p.Graph.Type(old)) || p.Off(old) {
		return 0, false
	}
	oldUse, seen := p.Graph.Use(old)
	if !seen || oldUse.LastUsed.IsZero() && oldUse.NeverSource == "" {
		return 0, false // use is not known
	}
	for _, c := range creds {
		at, known := p.Secret(c)
		if !known || c == old || p.Graph.Type(c) != p.Graph.Type(old) || p.Off(c) || !at.After(made) || p.Now.Sub(at) <= overlap {
			continue
		}
		if strings.Contains(p.Graph.Type(c), "token") && p.Graph.Name(c) != p.Graph.Name(old) {
			continue
		}
		u, used := p.Graph.Use(c)
		if !used || u.LastUsed.IsZero() || oldUse.LastUsed.After(at) {
			continue
		}
		if !ok || at.After(p.Graph.Created(newer)) {
			newer, ok = c, true
		}
	}
	return newer, ok
}

func report(p *check.Pass, identity, old, newer int) {
	at, _ := p.Secret(newer)
	made, _ := p.Secret(old)
	u, _ := p.Graph.Use(newer)
	was, _ := p.Graph.Use(old)
	h := check.Hit{Row: old, What: p.Say(old) + " of " + p.Say(identity) + " still works, " + check.Span(p.Now.Sub(at)) + " after " + p.Say(newer) + " was made in its place.",
		Fix: remedy.Disable(p.Estate, old), Stops: []int{old}, Path: []int{old, identity, newer}, Evidence: []drover.FindingProof{
			check.Proof("the old one was made "+check.Day(made)+", the new one "+check.Day(at), p.Source(newer), at, ""),
			check.Proof("the new one was last used "+check.Day(u.LastUsed), u.LastUsedSource, u.LastUsed, u.LastUsedGrade)}}
	if was.LastUsed.IsZero() {
		h.Evidence = append(h.Evidence, check.Proof("no use of the old one in the "+check.Span(was.NeverWindow)+" that the source covers", was.NeverSource, was.NeverAt, ""))
	} else {
		h.Evidence = append(h.Evidence, check.Proof("the old one was last used "+check.Day(was.LastUsed)+", before the new one was made", was.LastUsedSource, was.LastUsed, was.LastUsedGrade))
	}
	if words, ok := p.Serious(old); ok {
		h.Severity, h.Why = drover.High, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}

// single lists kinds of which one at a time is enough.
func single(typ string) bool {
	for _, end := range [...]string{"access_key", "secret", "password", "account_key", "token"} {
		if strings.HasSuffix(typ, end) {
			return true
		}
	}
	return false
}
