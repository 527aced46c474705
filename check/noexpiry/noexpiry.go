// Package noexpiry finds credentials that never end.
package noexpiry

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "noexpiry",
	Title:    "a credential never ends, or only in years",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(1)", "NIST-800-53:AC-2(3)", "PCI-DSS-4.0:8.6.3", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"expire", "federate"},
	Why:      "What never ends is good until somebody remembers to end it. When the project is over or its owner has left, nobody does, and it goes on opening the door.",
	How: "The system says that the credential has no end: no_expiry, as the connectors write it (no VALID UNTIL or infinity in PostgreSQL, a bootstrap token without expiration, an SSH certificate that is valid for ever, a service-specific credential of IAM), or passwordNeverExpires of a directory. " +
		"Or its end is more than two years from now (24 months are the most that the portal of Entra offers for a secret), and later than a rotation rule of yours allows: an end that is ten years away or more counts as none, a nearer one is low where nothing of weight is opened. " +
		"Certificates whose beginning is known are left to longcertificate, and authorities to their own life. " +
		"Low for passwords of databases that open nothing of weight. Some kinds cannot end at all (access keys of IAM, tokens in Secrets of Kubernetes, keys of SSH): they are legacy, and being young stands in for an end; they are reported, low, only where their age is not known. " +
		"One that is older than its interval is reported by longlived and not again here. Silent where nothing says whether it ends.",
	False:      "A system whose end of a password stops the service at night, and where you rotate by a calendar: accept the finding, or write a rotation rule for it.",
	References: []string{"https://www.postgresql.org/docs/current/sql-createrole.html", "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/", "https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials", "https://owasp.org/www-project-non-human-identities-top-10/2025/7-long-lived-secrets/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if never, _ := p.Graph.Flag(row, "no_expiry"); !never {
		far(p, row)
		return
	}
	at, aged := p.Secret(row)
	legacy := cannotEnd(p.Graph.Type(row))
	if aged && legacy || p.Off(row) || person(p, row) {
		return
	}
	if aged {
		if every := p.Interval(row).Every; every > 0 && p.Now.Sub(at) > every {
			return
		}
	}
	holders := p.Holders(row)
	name := p.SayWhose(row)
	seen := p.Graph.Row(row).Observed
	h := check.Hit{Row: row, What: name + " has no end.", Evidence: []drover.FindingProof{check.Proof("its system says that it never expires", p.Source(row), seen, "")},
		Fix: remedy.Expire(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, holders...)}
	words, serious := p.Serious(row)
	switch {
	case legacy:
		h.What = name + " can have no end, and how old it is is not known."
		h.Severity, h.Fix = drover.Low, remedy.Rotate(p.Estate, row)
		h.Why = "Its kind cannot end by itself, so only changing it does. Nobody can say whether that was ever done."
		h.Unknowns = []string{"when it was last changed"}
	case serious:
		h.Why = p.Check.Why + " Here " + words + "."
	case strings.HasSuffix(p.Graph.Type(row), "password"):
		h.Severity = drover.Low
	}
	p.Report(h)
}

// An end that is further away than longest is too far: two years of 366 days, so
// that a secret made for 24 months today is within. From noEnd on it is none.
const (
	longest = 2 * 366 * drover.Day
	noEnd   = 10 // years, less the last half
)

// far reports an end that is known and that nobody will live to see.
func far(p *check.Pass, row int) {
	end := p.Graph.Expires(row)
	left := end.Sub(p.Now)
	if end.IsZero() || left <= longest || temporary(p, row) || certified(p, row) || p.Off(row) || person(p, row) {
		return
	}
	every := p.Interval(row).Every
	if every <= 0 || left <= every {
		return // a rule of the house: it is not rotated, or as seldom
	}
	if at, ok := p.Secret(row); ok && p.Now.Sub(at) > every {
		return // longlived
	}
	years := years(p.Now, end)
	h := check.Hit{Row: row, Severity: drover.Low, What: p.SayWhose(row) + " ends on " + check.Day(end) + ", in " + check.Count(years, "year") + "; two are the most.",
		Evidence: []drover.FindingProof{check.Proof("it ends "+check.Day(end), p.Source(row), p.Graph.Row(row).Observed, "")},
		Fix:      remedy.Expire(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, p.Holders(row)...)}
	if years >= noEnd {
		h.Severity, h.What = drover.Medium, p.SayWhose(row)+" ends on "+check.Day(end)+", in "+check.Count(years, "year")+", which is no end."
	}
	if words, serious := p.Serious(row); serious {
		h.Severity, h.Why = drover.Medium, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}

// years are those to an end, rounded: a Duration cannot hold 300 of them.
func years(now, end time.Time) int {
	n := end.Year() - now.Year()
	switch rest := end.AddDate(-n, 0, 0).Sub(now); {
	case rest > 183*drover.Day:
		n++
	case rest < -183*drover.Day:
		n--
	}
	return n
}

func temporary(p *check.Pass, row int) bool {
	is, _ := p.Graph.Flag(row, "temporary")
	return is
}

// certified reports whether a credential is a certificate whose life is another
// check's: longcertificate's, or that of an authority or device, which is long by
// design.
func certified(p *check.Pass, row int) bool {
	typ := p.Graph.Type(row)
	if ca, _ := p.Graph.Flag(row, "ca"); ca || typ == "aws.iot.certificate" || typ == "x509.private_key" {
		return true
	}
	_, known := p.Life(row)
	return known && p.Certificate(row)
}

// cannotEnd lists the kinds of which the vendor offers no end.
func cannotEnd(typ string) bool {
	switch typ {
	case "aws.iam.access_key", "kubernetes.service_account_token", "ssh.key", "github.deploy_key", "azure.storage_key", "azure.shared_key", "racf.password", "ibmi.password":
		return true
	}
	return false
}

// person reports whether all that a credential opens is people's: their passwords
// are another matter.
func person(p *check.Pass, row int) bool {
	n, people := 0, 0
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates {
			n++
			if p.Graph.Kind(h.Row) == drover.KindHuman || p.Graph.Facts(h.Row).Verdict == drover.VerdictHuman {
				people++
			}
		}
	}
	return n > 0 && n == people
}
