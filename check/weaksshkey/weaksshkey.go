// Package weaksshkey finds SSH keys that are too short or of a broken kind.
package weaksshkey

import (
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "weaksshkey",
	Title:    "an SSH key is too short, or of a broken kind",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:SC-13", "NIST-800-53:IA-5(2)", "PCI-DSS-4.0:12.3.3", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"rotate"},
	Why:      "A short key can be computed from its public half, which lies on every server that it opens. The login that follows looks like the real one.",
	How: "The kind and size of the key, from its file (alg, bits), from the line of authorized_keys (type) or from IAM (key_type, key_bits): any DSA key, and RSA below 2048 bits. High for DSA and below 1024 bits. " +
		"Silent where the size is not told, as in a line of authorized_keys with an RSA key.",
	False:      "Old network gear that takes nothing else. Accept the finding, and let the key in from the management network only.",
	References: []string{"https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-131Ar2.pdf", "https://www.openssh.com/txt/release-7.0"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	switch p.Graph.Type(row) {
	case "ssh.key", "aws.iam.ssh_public_key":
	default:
		return
	}
	what, from := weakness(p, row, row)
	if what == "" {
		for h := range p.Graph.Out(row) {
			if h.Kind == drover.EdgeStoredIn {
				if what, from = weakness(p, row, h.Row); what != "" {
					break
				}
			}
		}
	}
	if what == "" || p.Off(row) {
		return
	}
	holders := p.Holders(row)
	h := check.Hit{Row: row, What: p.Say(row) + " is " + what + ".", Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, holders...),
		Evidence: []drover.FindingProof{check.Proof(p.Say(from)+" says that it is "+what, p.Source(from), p.Graph.Row(from).Observed, "")}}
	if len(holders) > 0 {
		h.What = p.Say(row) + ", which opens " + p.Says(holders) + ", is " + what + "."
	}
	if strings.Contains(what, "DSA") || strings.Contains(what, broken) {
		h.Severity = drover.High
	}
	p.Report(h)
}

const broken = "which has been broken"

// weakness says what is wrong with a key, as the row of a key, a file or a line
// tells it; "" nothing, or it is not told.
func weakness(p *check.Pass, key, row int) (what string, from int) {
	g := p.Graph
	alg := g.Str(row, "alg")
	if alg == "" {
		alg = g.Str(row, "key_type")
	}
	if alg == "" && row != key {
		alg = g.Str(row, "type")
	}
	alg = strings.ToUpper(strings.TrimPrefix(alg, "ssh-"))
	bits, known := g.Number(row, "bits")
	if !known {
		bits, known = g.Number(row, "key_bits")
	}
	switch {
	case alg == "DSA" || alg == "DSS":
		return "a DSA key, which OpenSSH has refused since 2015", row
	case alg == "RSA" && known && bits > 0 && bits < 1024:
		return "an RSA key of " + strconv.FormatInt(bits, 10) + " bits, " + broken, row
	case alg == "RSA" && known && bits > 0 && bits < 2048:
		return "an RSA key of " + strconv.FormatInt(bits, 10) + " bits, where 2048 are the least", row
	}
	return "", row
}
