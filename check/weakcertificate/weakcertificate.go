// Package weakcertificate finds certificates whose cryptography no longer holds,
// or which may do what they should not.
package weakcertificate

import (
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "weakcertificate",
	Title:    "a certificate is weak, or may sign others",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"NIST-CSF-2.0:PR.DS-02", "NIST-800-53:SC-13", "NIST-800-53:SC-17", "PCI-DSS-4.0:4.2.1", "PCI-DSS-4.0:12.3.3", "ISO-27001-2022:A.8.24", "HIPAA:164.312(e)(1)"},
	Fix:      []string{"rotate"},
	Why:      "Whoever can forge it, or sign with it, is taken for this service: clients send their passwords and data to the wrong place and see no warning.",
	How: "Read from the certificate itself (key_alg, key_bits, sig_alg, ca, self_signed, with the names in it): an RSA or DSA key below 2048 bits or an ECDSA key below 224, a signature with MD5 or SHA-1 (of a root its own signature does not count), CA true in the certificate of a server, and a self-signed one that is in production. " +
		"High for keys below 1024 bits and for MD5, which are broken in practice. Silent for what has expired, and where a field is not known.",
	False:      "Devices that cannot do better: keep them in a network of their own and accept the finding until they are replaced.",
	References: []string{"https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-131Ar2.pdf", "https://cabforum.org/working-groups/server/baseline-requirements/", "https://datatracker.ietf.org/doc/html/rfc5280#section-4.2.1.9"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if !p.Certificate(row) || p.Off(row) {
		return
	}
	list, severity := reasons(p, row)
	if len(list) == 0 {
		return
	}
	h := check.Hit{Row: row, Severity: severity, What: p.Say(row) + " " + check.List(list) + ".", Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}}
	seen := p.Graph.Row(row).Observed
	for _, r := range list {
		h.Evidence = append(h.Evidence, check.Proof("the certificate "+r, p.Source(row), seen, ""))
	}
	if places := p.Places(row); len(places) > 0 {
		h.Evidence = append(h.Evidence, check.Proof("it lies in "+p.SayPlaces(places), p.Source(row), seen, ""))
		h.Path = append([]int{row}, places...)
	}
	p.Report(h)
}

// reasons are what is wrong, as ends of a sentence about the certificate.
func reasons(p *check.Pass, row int) (list []string, severity drover.Severity) {
	g := p.Graph
	alg, sig := g.Str(row, "key_alg"), strings.ToUpper(strings.ReplaceAll(g.Str(row, "sig_alg"), "-", ""))
	bits, known := g.Number(row, "key_bits")
	self, _ := g.Flag(row, "self_signed")
	ca, _ := g.Flag(row, "ca")
	if least := leastBits(alg); known && bits > 0 && bits < least {
		list = append(list, "has a key of "+strconv.FormatInt(bits, 10)+" bits ("+check.Clean(alg)+"), where "+strconv.FormatInt(least, 10)+" are the least")
		if bits < least/2 {
			severity = drover.High
		}
	}
	switch {
	case self && ca: // nothing rests on the signature of a root
	case strings.Contains(sig, "MD5"), strings.Contains(sig, "MD2"):
		list, severity = append(list, "is signed with "+check.Clean(g.Str(row, "sig_alg"))+", which can be forged"), drover.High
	case strings.Contains(sig, "SHA1"):
		list = append(list, "is signed with "+check.Clean(g.Str(row, "sig_alg"))+", which can be forged by who can afford it")
	}
	switch {
	case ca && !p.Authority(row) && !self:
		list = append(list, "is for a server and may sign others (CA true)")
	case self && !ca && production(p, row):
		list = append(list, "is self-signed and in production, so clients cannot tell it from a forged one")
	}
	return list, severity
}

// leastBits is the least key that NIST SP 800-131A allows for signatures.
func leastBits(alg string) int64 {
	switch strings.ToUpper(alg) {
	case "RSA", "DSA":
		return 2048
	case "ECDSA", "EC":
		return 224
	}
	return 0
}

// production reports whether what uses or keeps a certificate is in production.
func production(p *check.Pass, row int) bool {
	for _, x := range append(p.Holders(row), p.Places(row)...) {
		if p.Graph.Facts(x).Env == "prod" {
			return true
		}
	}
	return false
}
