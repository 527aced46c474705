// Package worldreadable finds files with secrets that every account of their
// computer can read.
package worldreadable

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "worldreadable",
	Title:    "every account of a computer can read a secret",
	Area:     check.Secrets,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:IA-5(6)", "PCI-DSS-4.0:8.6.2", "CIS-8.1:3.3"},
	Fix:      []string{"configure"},
	Why:      "Any program on that computer, of any user, can read it: a web server that is broken into hands it out, although it has nothing to do with it.",
	How: "The machine connector reads the mode of each file: its last digit lets everybody read, and the file holds a private key without passphrase, a password or a token. Certificates, public halves of keys and keys behind a passphrase are no secret. " +
		"High for private keys, and where production or tier 0 is behind it. Windows has no such mode: nothing is said there. Silent when the credential is disabled or expired.",
	False:      "A folder above that others may not enter keeps them out; it was not looked at. Set the mode all the same, for files are copied without their folders.",
	References: []string{"https://man7.org/linux/man-pages/man1/chmod.1.html", "https://man.openbsd.org/ssh.1#FILES"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if !p.HasValue(row) {
		return
	}
	var open []int
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeStoredIn && readable(p, h.Row) && p.HoldsValue(row, h.Row) {
			open = append(open, h.Row)
		}
	}
	if len(open) == 0 || p.Off(row) {
		return
	}
	for i, at := range open {
		mode := p.Graph.Str(at, "mode")
		file := check.Clean(p.Graph.Str(at, "file"))
		h := check.Hit{Row: row, What: p.Say(row) + " is in the file " + file + ", which every account of the computer can read.",
			Evidence: []drover.FindingProof{check.Proof("the mode of "+file+" is "+check.Clean(mode)+": others may read", p.Source(at), p.Graph.Row(at).Observed, "")},
			Fix:      remedy.CloseFile(p.Estate, at, closed(p, row)), Keeps: true, Path: []int{row, at}, Unknowns: []string{"whether a folder above keeps others out"}}
		if i > 0 {
			h.Part = string(p.Graph.Ref(at))
		}
		if t := p.Graph.Type(row); t == "ssh.key" || t == "x509.private_key" {
			h.Severity = drover.High
		}
		if words, ok := p.Serious(row); ok {
			h.Severity, h.Why = drover.High, p.Check.Why+" Here "+words+"."
		}
		p.Report(h)
	}
}

// readable reports whether others may read a file that is not locked by itself.
func readable(p *check.Pass, place int) bool {
	mode := p.Graph.Str(place, "mode")
	if len(mode) < 3 || (mode[len(mode)-1]-'0')&4 == 0 || p.Graph.Type(place) != "machine.file" {
		return false
	}
	locked, _ := p.Graph.Flag(place, "encrypted")
	return !locked
}

// closed is what is taken away: keys are for their owner alone, as ssh demands.
func closed(p *check.Pass, row int) string {
	if t := p.Graph.Type(row); t == "ssh.key" || t == "x509.private_key" {
		return "go-rwx"
	}
	return "o-rwx"
}
