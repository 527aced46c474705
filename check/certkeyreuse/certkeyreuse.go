// Package certkeyreuse finds private keys that stand behind several certificates.
package certkeyreuse

import (
	"slices"
	"strconv"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "certkeyreuse",
	Title:    "one private key stands behind several certificates",
	Area:     check.Credentials,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:SC-12", "NIST-800-53:SC-17", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"rotate"},
	Why:      "One stolen key opens all of them, and renewing a certificate without a new key gives a thief another year.",
	How: "Certificates that have not expired and have the same public key (spki_sha256) but different serial numbers. Medium where they are for different names: several services share a key. Low where the names are the same: it was renewed with the old key. " +
		"The finding is about the newest of them. Authorities, which may have cross-signed certificates for one key on purpose, are left out.",
	False:      "Clients that pin the key, so that it must stay. Accept the finding until the next change of the pin.",
	References: []string{"https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-57pt1r5.pdf", "https://cert-manager.io/docs/usage/certificate/#the-rotationpolicy-setting"},
	Run:        run,
}

func run(p *check.Pass) error {
	first, groups := map[string]int{}, map[string][]int{}
	for row := range p.Graph.Rows(drover.KindCredential) {
		spki := p.Graph.Str(row, "spki_sha256")
		if spki == "" || p.Graph.IsMember(row) || !p.Certificate(row) || p.Off(row) {
			continue
		}
		if ca, _ := p.Graph.Flag(row, "ca"); ca {
			continue
		}
		if f, ok := first[spki]; ok {
			if groups[spki] == nil {
				groups[spki] = []int{f}
			}
			groups[spki] = append(groups[spki], row)
		} else {
			first[spki] = row
		}
	}
	for _, spki := range sorted(groups) {
		report(p, groups[spki])
	}
	return nil
}

func report(p *check.Pass, rows []int) {
	slices.SortFunc(rows, func(a, b int) int {
		if c := p.Graph.Created(b).Compare(p.Graph.Created(a)); c != 0 {
			return c
		}
		return a - b
	})
	row, names, serials := rows[0], map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		names[p.Graph.Str(r, "subject")+" "+list(p, r)], serials[p.Graph.Str(r, "serial")] = true, true
	}
	if len(serials) < 2 {
		return // the same certificate, listed twice
	}
	h := check.Hit{Row: row, What: p.Say(row) + " was renewed with the key of " + p.Says(rows[1:]) + ".", Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}, Path: rows}
	if len(names) > 1 {
		h.Severity = drover.Medium
		h.What = p.Say(row) + " has the same private key as " + p.Says(rows[1:]) + ", " + strconv.Itoa(len(rows)) + " certificates in all."
	}
	for i, r := range rows {
		if i == 5 {
			h.Evidence = append(h.Evidence, check.Proof("and "+strconv.Itoa(len(rows)-i)+" more", p.Source(r), p.Graph.Row(r).Observed, ""))
			break
		}
		h.Evidence = append(h.Evidence, check.Proof(p.Say(r)+", serial "+check.Clean(p.Graph.Str(r, "serial"))+", valid to "+check.Day(p.Graph.Expires(r))+", has this public key", p.Source(r), p.Graph.Row(r).Observed, ""))
	}
	p.Report(h)
}

func list(p *check.Pass, row int) string {
	s := ""
	for _, d := range p.Graph.Attrs(row).Strings("dns") {
		s += d + " "
	}
	return s
}

func sorted(m map[string][]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
