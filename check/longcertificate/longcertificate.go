// Package longcertificate finds certificates that are good for years.
package longcertificate

import (
	"strconv"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "longcertificate",
	Title:    "a certificate is good for too long",
	Area:     check.Credentials,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:SC-17", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"rotate"},
	Why:      "A certificate cannot really be called back: a stolen key works until the last day. And what is renewed once in five years is renewed by people who never did it before.",
	How: "The time between Not Before and Not After of a certificate of a server or client: more than 398 days where an authority that browsers trust issued it, as the issuer says, and more than 825 days for all others. Medium where it opens production or tier 0. " +
		"Authorities (CA true) and device certificates of AWS IoT, which AWS issues until 2049, are left out, and what is for localhost alone. Silent for what has expired.",
	False:      "A device in the field that cannot be reached to renew it. Accept the finding for the fleet, and have a way to refuse single devices.",
	References: []string{"https://cabforum.org/working-groups/server/baseline-requirements/", "https://support.apple.com/en-us/103769"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

// The longest lives: Baseline Requirements of the CA/Browser Forum, section 6.3.2
// (398 days for what was issued until March 2026, shorter since), and the limit of
// Apple's systems for certificates of private authorities.
const (
	public  = 398 * drover.Day
	private = 825 * drover.Day
)

func each(p *check.Pass, row int) {
	life, ok := p.Life(row)
	if !ok || life <= public || !p.Certificate(row) || p.Graph.Type(row) == "aws.iot.certificate" || p.Off(row) {
		return
	}
	if ca, _ := p.Graph.Flag(row, "ca"); ca {
		return
	}
	if names := p.Graph.Attrs(row).Strings("dns"); len(names) == 1 && names[0] == "localhost" {
		return
	}
	limit, whose := time.Duration(private), "a private authority"
	if p.PublicIssuer(row) {
		limit, whose = public, "an authority that browsers trust"
	}
	if life <= limit+drover.Day { // the last second of a day may count as one more
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " is good for " + check.Span(life) + ", where " + strconv.Itoa(int(limit/drover.Day)) + " are the most for one of " + whose + ".",
		Evidence: []drover.FindingProof{check.Proof("valid from "+check.Day(p.Graph.Created(row))+" to "+check.Day(p.Graph.Expires(row))+", issued by "+check.Clean(p.Graph.Str(row, "issuer")), p.Source(row), p.Graph.Row(row).Observed, "")},
		Fix:      remedy.Rotate(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, p.Holders(row)...)}
	if words, ok := p.Serious(row); ok {
		h.Severity, h.Why = drover.Medium, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}
