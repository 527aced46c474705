// Package nopassphrase finds private SSH keys that lie open on a disk.
package nopassphrase

import (
	"path"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "nopassphrase",
	Title:    "an SSH private key has no passphrase",
	Area:     check.Secrets,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(2)", "PCI-DSS-4.0:8.3.2"},
	Fix:      []string{"configure", "rotate"},
	Why:      "A copy of the file is enough to log in: a backup, a lost laptop or a program that reads the home folder gives it away, and nothing shows that it was copied.",
	How: "The machine connector reads whether a private key is encrypted. Low; medium where an account that it opens is known, high where production or tier 0 is behind it. Host keys (ssh_host_*) must have none and are left out. " +
		"A key that a program uses by itself cannot have a passphrase either: there a short-lived SSH certificate or an agent is the way out. Nothing is said where it could not be told.",
	False:      "A key in a hardware token or one that an agent of the operating system keeps is not in the file. A key that a job uses unattended: accept the finding until it signs in by certificate.",
	References: []string{"https://man.openbsd.org/ssh-keygen.1", "https://nvlpubs.nist.gov/nistpubs/ir/2015/NIST.IR.7966.pdf"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if p.Graph.Type(row) != "ssh.key" {
		return
	}
	place := open(p, row)
	if place < 0 || p.Off(row) {
		return
	}
	file := check.Clean(p.Graph.Str(place, "file"))
	holders := p.Holders(row)
	h := check.Hit{Row: row, What: p.Say(row) + " lies in " + file + " without a passphrase.",
		Evidence: []drover.FindingProof{check.Proof("the private key in "+file+" is not encrypted", p.Source(place), p.Graph.Row(place).Observed, "")},
		Fix:      remedy.SetPassphrase(p.Estate, row, place), Keeps: true, Path: append([]int{row, place}, holders...)}
	if len(holders) > 0 {
		h.Severity = drover.Medium
		h.Evidence = append(h.Evidence, check.Proof("it opens "+p.Says(holders), p.Source(row), p.Graph.Row(row).Observed, ""))
	}
	if words, ok := p.Serious(row); ok {
		h.Severity, h.Why = drover.High, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}

// open is the first file that holds the key unlocked, -1 if there is none.
func open(p *check.Pass, row int) int {
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeStoredIn {
			continue
		}
		locked, known := p.Graph.Flag(h.Row, "encrypted")
		if known && !locked && p.HoldsValue(row, h.Row) && !strings.HasPrefix(path.Base(p.Graph.Str(h.Row, "file")), "ssh_host_") {
			return h.Row
		}
	}
	return -1
}
