// Package twokeys holds the check for rotations that were not finished.
package twokeys

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts with two credentials of one kind that both work for long.
var Check = &check.Check{
	ID:       "twokeys",
	Title:    "two keys work side by side for more than a month",
	Area:     check.Credentials,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI7:2025", "OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5", "CIS-AWS-3.0:1.13", "PCI-DSS-4.0:8.6.3"},
	Fix:      []string{"disable"},

	Why: "A rotation was begun and not ended, or two users share one account. Each of the two keys opens all of it, and neither can be taken away without asking.",
	How: "An account has exactly two credentials of one kind of which one is enough (access keys, client secrets, API keys, service account keys), both work by what their system says, and the newer one was made more than 30 days ago. " +
		"Where the older one has not been used since the newer one was made, that is zombiecredential, and three and more are manycredentials: this check is then silent. So it is where it is not known whether one of them works or when they were made, where the older one ends by itself within 30 days, for certificates, passwords and tokens, for keys that a provider manages, and for disabled accounts.",
	False: "Two halves of a fleet that move over slowly: end the old key when they are done, or accept the finding until then.",
	References: []string{
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html",
		"https://cloud.google.com/iam/docs/key-rotation",
		"https://learn.microsoft.com/en-us/entra/identity-platform/security-best-practices-for-app-registration",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	n := 0
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeAuthenticates {
			n++
		}
	}
	if n < 2 || !p.NonHuman(row) || p.Off(row) {
		return
	}
	kinds := map[string][]int{}
	for _, c := range p.Credentials(row) {
		if typ := p.Graph.Type(c); check.OneSuffices(typ) && p.Graph.Facts(c).Status == "active" && !managed(p, c) {
			kinds[typ] = append(kinds[typ], c)
		}
	}
	var types []string
	for typ, creds := range kinds {
		if len(creds) == 2 {
			types = append(types, typ)
		}
	}
	slices.Sort(types)
	for _, typ := range types {
		pair(p, row, typ, kinds[typ])
	}
}

func pair(p *check.Pass, row int, typ string, creds []int) {
	slices.SortFunc(creds, func(a, b int) int {
		x, _ := p.Secret(a)
		y, _ := p.Secret(b)
		return cmp.Or(x.Compare(y), cmp.Compare(a, b))
	})
	older, newer := creds[0], creds[1]
	made, ok := p.Secret(older)
	at, known := p.Secret(newer)
	end := p.Graph.Node(older).Expires
	if !ok || !known || p.Now.Sub(at) <= check.Overlap || !end.IsZero() && end.Sub(p.Now) <= check.Overlap || replaced(p, older, newer, at) {
		return
	}
	evidence := []drover.FindingProof{proof(p, older, made), proof(p, newer, at)}
	p.Report(check.Hit{
		Row: row, Part: typ,
		What:     p.Say(row) + " has had two working keys for " + check.Span(p.Now.Sub(at)) + ": " + check.Clean(p.Graph.Name(older)) + " of " + check.Day(made) + " and " + check.Clean(p.Graph.Name(newer)) + " of " + check.Day(at) + ".",
		Evidence: evidence, Fix: remedy.Disable(p.Estate, older), Stops: []int{older}, Path: []int{row, older, newer},
	})
}

func proof(p *check.Pass, c int, at time.Time) drover.FindingProof {
	text := p.Say(c) + " is active, made " + check.Day(at)
	if last, ok := p.LastUse(c); ok {
		text += ", " + last.Text
	} else {
		text += ", use not known"
	}
	return check.Proof(text, p.Source(c), p.Graph.Row(c).Observed, "")
}

// replaced reports whether the newer key took over, as far as use is known.
func replaced(p *check.Pass, older, newer int, at time.Time) bool {
	old, seen := p.Graph.Use(older)
	u, used := p.Graph.Use(newer)
	return seen && used && !u.LastUsed.IsZero() && (!old.LastUsed.IsZero() || old.NeverSource != "") && !old.LastUsed.After(at)
}

func managed(p *check.Pass, c int) bool {
	return strings.EqualFold(p.Graph.Str(c, "keyType"), "SYSTEM_MANAGED")
}
