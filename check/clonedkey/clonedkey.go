// Package clonedkey holds the check for one key that stands for several devices.
package clonedkey

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds keys and certificates of several devices or computers.
var Check = &check.Check{
	ID:       "clonedkey",
	Title:    "several devices have the same key or certificate",
	Area:     check.Isolation,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-3", "NIST-800-53:SC-12", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"split"},

	Why: "Whoever opens one of the devices can pass for all of them, and the one that was lost cannot be locked out without locking out the rest.",
	How: "A key or certificate proves at least two devices or computers (authenticates), or a host key of SSH, or the private key of a certificate, lies on two computers (stored_in, told apart by the computer that a file lies on; of other secrets, and from three files of a private key on, copiedsecret speaks). For IoT devices the finding is high. " +
		"A public half, a certificate as a file and a line of authorized_keys may lie anywhere and do not count; nor do copies on one computer, what is disabled or expired, and credentials of people.",
	False: "Servers behind one balancer that present one certificate by design: keep the key in a store that hands it to them, and accept the finding until its next renewal.",
	References: []string{
		"https://docs.aws.amazon.com/iot/latest/developerguide/security-best-practices.html",
		"https://pages.nist.gov/IoT-Device-Cybersecurity-Requirement-Catalogs/technical/device-identity/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ia/ia-3/",
	},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

func each(p *check.Pass, row int) {
	var devices []int
	iot := false
	var evidence []drover.FindingProof
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeAuthenticates || slices.Contains(devices, h.Row) {
			continue
		}
		switch p.Graph.Facts(h.Row).NHIType {
		case drover.NHIIoTDevice:
			iot = true
		case drover.NHIMachine:
		default:
			continue
		}
		if p.Off(h.Row) {
			continue
		}
		devices = append(devices, h.Row)
		evidence = p.WithEdge(evidence, h.Edge)
	}
	what := ""
	if len(devices) > 1 {
		slices.Sort(devices)
		what = fmt.Sprintf("%s proves %d devices: %s.", p.Say(row), len(devices), p.Says(devices))
	} else {
		devices, evidence = nil, nil
		names := copies(p, row, &devices, &evidence)
		if len(names) < 2 {
			return
		}
		what = fmt.Sprintf("%s lies on %d computers: %s.", p.Say(row), len(names), check.List(some(names)))
	}
	if p.Off(row) || person(p, row) {
		return
	}
	severity := p.Check.Severity
	if iot {
		severity = drover.High
	}
	p.Report(check.Hit{Row: row, Severity: severity, What: what, Evidence: evidence, Fix: remedy.Split(p.Estate, row, devices), Stops: []int{row}, Path: append([]int{row}, devices...)})
}

// copies are the computers that the private half of a key lies on.
func copies(p *check.Pass, row int, places *[]int, evidence *[]drover.FindingProof) (names []string) {
	typ := p.Graph.Type(row)
	if typ != "ssh.host_key" && typ != "x509.private_key" {
		return nil
	}
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeStoredIn {
			continue
		}
		host := p.Computer(h.Row)
		if host == "" || slices.Contains(names, host) {
			continue
		}
		names = append(names, host)
		*places = append(*places, h.Row)
		*evidence = p.WithEdge(*evidence, h.Edge)
	}
	if typ == "x509.private_key" && len(names) > 2 {
		return nil // copiedsecret
	}
	return names
}

func some(names []string) []string {
	var out []string
	for i, n := range names {
		if i == 3 {
			return append(out, fmt.Sprintf("%d more", len(names)-3))
		}
		out = append(out, check.Clean(n))
	}
	return out
}

func person(p *check.Pass, row int) bool {
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeAuthenticates && p.Human(h.Row) {
			return true
		}
	}
	return false
}
