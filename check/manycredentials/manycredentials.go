// Package manycredentials finds identities with more secrets than anybody can
// keep an eye on.
package manycredentials

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "manycredentials",
	Title:    "an identity has many working secrets",
	Area:     check.Credentials,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI7:2025", "OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5", "NIST-800-53:AC-2", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"disable", "split"},
	Why:      "Nobody knows any more which of them is used where. So none is taken away, and each is one more that can leak.",
	How: "An identity has three or more secrets of one kind that its system calls active, or does not call disabled or expired: keys, client secrets, passwords, tokens. Medium where it is in production or reaches tier 0. " +
		"Certificates, federated trusts and lines of authorized_keys do not count. People are left out. Two keys at a time are what a rotation needs; see twokeys and zombiecredential for those.",
	False:      "An identity that stands for a whole fleet. Give each member its own; until then accept the finding.",
	References: []string{"https://learn.microsoft.com/en-us/entra/identity-platform/security-best-practices-for-app-registration", "https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each:       each,
}

// many is from how many on they are too many: one in use and one on its way out.
const many = 3

func each(p *check.Pass, row int) {
	if p.Graph.Facts(row).Credentials < many || !p.NonHuman(row) || p.Off(row) {
		return
	}
	kinds := map[string][]int{}
	for _, c := range p.Credentials(row) {
		typ := p.Graph.Type(c)
		if p.HasValue(c) && !p.Off(c) && typ != "ssh.key" && typ != "x509.private_key" && !p.Federation(c) && !strings.HasPrefix(typ, "secret.") {
			kinds[typ] = append(kinds[typ], c)
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(kinds)) {
		if creds := kinds[typ]; len(creds) >= many {
			report(p, row, typ, creds)
		}
	}
}

func report(p *check.Pass, row int, typ string, creds []int) {
	slices.SortFunc(creds, func(a, b int) int { return p.Graph.Created(a).Compare(p.Graph.Created(b)) })
	h := check.Hit{Row: row, Part: typ, What: p.Say(row) + " has " + strconv.Itoa(len(creds)) + " working secrets of one kind (" + check.TypeWords(typ) + ").", Fix: remedy.Disable(p.Estate, creds[0]), Stops: creds[:1], Path: append([]int{row}, creds...)}
	for i, c := range creds {
		if i == 5 {
			h.Evidence = append(h.Evidence, check.Proof("and "+strconv.Itoa(len(creds)-i)+" more", p.Source(row), p.Graph.Row(row).Observed, ""))
			break
		}
		text := p.Say(c)
		if at, known := p.Secret(c); known {
			text += ", changed " + check.Day(at)
		}
		if u, ok := p.Graph.Use(c); ok && !u.LastUsed.IsZero() {
			text += ", last used " + check.Day(u.LastUsed)
		} else {
			text += ", use not known"
		}
		h.Evidence = append(h.Evidence, check.Proof(text, p.Source(c), p.Graph.Row(c).Observed, ""))
	}
	if words, ok := p.Serious(row); ok {
		h.Severity, h.Why = drover.Medium, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}
