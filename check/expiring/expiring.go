// Package expiring finds credentials that end soon.
package expiring

import (
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "expiring",
	Title:    "a credential ends soon",
	Area:     check.Credentials,
	Severity: drover.Low,
	Controls: []string{"NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(1)", "NIST-800-53:SC-17", "PCI-DSS-4.0:4.2.1.1", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"rotate"},
	Why:      "On that day whatever signs in with it stops, mostly at night, and whoever is called finds an error that does not say why.",
	How: "The end of the credential (Not After of a certificate, the expiry of a token, a secret or an account) lies within 90 days: info; within 60: low; within 30: medium; within 7: high. " +
		"What lives shorter than a year is looked at in the last quarter of its life, and what lives shorter than a week not at all: it is renewed by a machine. One that nothing is known to use is medium at most where it lies in a file or a Secret, else low. Silent when it is disabled, and where the end is not known.",
	False:      "The renewal is automatic and on its way. Then the finding ends by itself; if it should not begin at all, let the renewal run earlier.",
	References: []string{"https://letsencrypt.org/docs/integration-guide/", "https://cert-manager.io/docs/usage/certificate/#reissuance-triggers", "https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html"},
	Kinds:      []drover.Kind{drover.KindCredential, drover.KindIdentity},
	Each:       each,
}

const horizon = 90 * drover.Day

func each(p *check.Pass, row int) {
	end := p.Graph.Expires(row)
	left := end.Sub(p.Now)
	if end.IsZero() || left <= 0 || left > horizon || left > window(p, row, end) || p.Off(row) {
		return
	}
	identity := p.Graph.Kind(row) == drover.KindIdentity
	if identity && !p.NonHuman(row) {
		return
	}
	h := check.Hit{Row: row, Severity: severity(left), Fix: remedy.Rotate(p.Estate, row), Stops: []int{row},
		Evidence: []drover.FindingProof{check.Proof("it ends "+check.Day(end), p.Source(row), p.Graph.Row(row).Observed, "")}}
	users, places := users(p, row), p.Places(row)
	h.Path = append([]int{row}, users...)
	who := "what uses it is not visible here"
	switch {
	case identity:
		who = "the account stops working then"
		h.Fix = remedy.Expire(p.Estate, row)
	case len(users) > 0:
		who = p.Says(users) + " would stop"
	case len(places) > 0:
		who = "it lies in " + p.SayPlaces(places) + ", and " + who
		h.Severity = min(h.Severity, drover.Medium)
		h.Path = append(h.Path, places...)
		h.Unknowns = append(h.Unknowns, "what uses it")
	default:
		h.Severity = min(h.Severity, drover.Low)
		h.Unknowns = append(h.Unknowns, "what uses it")
	}
	h.What = p.Say(row) + " ends in " + check.Span(left) + ", on " + check.Day(end) + ": " + who + "."
	if u, ok := p.Graph.Use(row); ok && !u.LastUsed.IsZero() {
		h.Evidence = append(h.Evidence, check.Proof("last used "+check.Day(u.LastUsed)+" ("+check.Ago(p.Now, u.LastUsed)+")", u.LastUsedSource, u.LastUsed, u.LastUsedGrade))
		if len(users) == 0 {
			h.Severity = severity(left)
		}
	}
	p.Report(h)
}

// window is how long before its end a credential is looked at.
func window(p *check.Pass, row int, end time.Time) time.Duration {
	since, ok := p.Secret(row)
	if !ok || p.Graph.Kind(row) == drover.KindIdentity {
		return horizon
	}
	life := end.Sub(since)
	if life < 7*drover.Day {
		return 0
	}
	return life / 4
}

func severity(left time.Duration) drover.Severity {
	switch {
	case left <= 7*drover.Day:
		return drover.High
	case left <= 30*drover.Day:
		return drover.Medium
	case left <= 60*drover.Day:
		return drover.Low
	}
	return drover.Info
}

// users are what would notice: whom it proves, what reads it, what was issued by
// it, and what keeps it to serve it.
func users(p *check.Pass, row int) (rows []int) {
	rows = append(rows, p.Holders(row)...)
	rows = append(rows, p.In(row, drover.EdgeReadsSecret)...)
	rows = append(rows, p.In(row, drover.EdgeIssuedBy)...)
	for _, at := range p.Places(row) {
		rows = append(rows, p.In(at, drover.EdgeReadsSecret)...)
	}
	return check.Distinct(rows)
}
