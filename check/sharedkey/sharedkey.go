// Package sharedkey holds the check for credentials that several applications use.
package sharedkey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds credentials with more than one application behind them.
var Check = &check.Check{
	ID:       "sharedkey",
	Title:    "several applications use one credential",
	Area:     check.Isolation,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-9", "NIST-800-53:IA-5", "PCI-DSS-4.0:8.6.1", "ISO-27001-2022:A.5.17", "SOC2:CC6.1"},
	Fix:      []string{"split"},

	Why: "When one of them is broken into, all of them must get a new key on the same day, and until then no log says which of them it was.",
	How: "Workloads or automations of at least two applications are handed the credential, or read a place that it lies in (reads_secret). What belongs to one application counts once: by its label (app.kubernetes.io/part-of, app, service), the application that owns it, the workload that made it, or its computer. " +
		"High from four applications on, and with tier 0 in reach. It stays silent for certificates and public keys, for what is disabled or expired, for the pull secrets of images, and where nobody is seen reading.",
	False: "Two parts of one application without a common label: label both with the application's name.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/9-nhi-reuse/",
		"https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
		"https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
	},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

const many = 4

func each(p *check.Pass, row int) {
	var readers []int
	var evidence []drover.FindingProof
	take := func(of int) {
		for h := range p.Graph.In(of) {
			if h.Kind != drover.EdgeReadsSecret || slices.Contains(readers, h.Row) || !program(p, h.Row) || pull(p, h.Edge) {
				continue
			}
			readers = append(readers, h.Row)
			evidence = p.WithEdge(evidence, h.Edge)
		}
	}
	take(row)
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeStoredIn {
			take(h.Row)
		}
	}
	if len(readers) < 2 || p.Off(row) || !p.Opens(row) {
		return
	}
	slices.Sort(readers)
	apps := p.Apps(readers)
	if len(apps) < 2 {
		return
	}
	of, severity := "", p.Check.Severity
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates {
			of = " of " + p.Say(h.Row)
			severity = p.Weigh(h.Row, severity)
			break
		}
	}
	if len(apps) >= many {
		severity = max(severity, drover.High)
	}
	p.Report(check.Hit{
		Row: row, Severity: severity,
		What:     fmt.Sprintf("%s%s is used by %d applications: %s.", p.Say(row), of, len(apps), p.Says(apps)),
		Evidence: evidence, Fix: remedy.Split(p.Estate, row, apps), Stops: []int{row}, Path: append([]int{row}, apps...),
	})
}

func program(p *check.Pass, row int) bool {
	switch p.Graph.Kind(row) {
	case drover.KindWorkload:
		return true
	case drover.KindIdentity:
		return p.NonHuman(row)
	}
	return false
}

// pull reports whether a secret is read by the kubelet to pull images.
func pull(p *check.Pass, edge int) bool {
	d := p.Graph.Edge(edge)
	return strings.Contains(strings.ToLower(d.Part+d.Proof), "imagepullsecret")
}
