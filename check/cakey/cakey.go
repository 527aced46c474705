// Package cakey finds private keys of authorities that lie open.
package cakey

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "cakey",
	Title:    "the private key of an authority lies in a file",
	Area:     check.Credentials,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI2:2025", "CIS-K8S-1.9:1.1.21", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:SC-12", "NIST-800-53:SC-17", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"vault"},
	Why:      "Whoever copies this one key can make a certificate for any service that trusts the authority, today and until the authority ends, and nothing shows that it was made.",
	How: "A certificate says that it may sign others (ca true, no name of a server in it), and the private key with the same public half (alias spki:) lies unlocked in a file or a Secret that was read. Medium in a Kubernetes Secret or another store, where an issuer such as cert-manager needs it. " +
		"Silent where the key is behind a passphrase, where only the certificate was seen, and for authorities that have expired.",
	False:      "The control plane of a cluster that kubeadm made keeps its keys in /etc/kubernetes/pki. Move them to another host or a key service, or accept the finding for that host.",
	References: []string{"https://kubernetes.io/docs/setup/best-practices/certificates/", "https://cert-manager.io/docs/configuration/ca/", "https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-57pt1r5.pdf"},
	Run:        run,
}

func run(p *check.Pass) error {
	authorities := map[string]int{}
	for row := range p.Graph.Rows(drover.KindCredential) {
		if p.Certificate(row) && p.Authority(row) && !p.Graph.IsMember(row) && !p.Off(row) {
			authorities["spki:"+p.Graph.Str(row, "spki_sha256")] = row
		}
	}
	if len(authorities) == 0 {
		return nil
	}
	for row := range p.Graph.Rows(drover.KindCredential) {
		if p.Graph.Type(row) != "x509.private_key" || p.Graph.IsMember(row) {
			continue
		}
		for _, a := range p.Graph.Aliases(row) {
			if ca, ok := authorities[a]; ok {
				report(p, row, ca)
				break
			}
		}
	}
	return nil
}

func report(p *check.Pass, key, ca int) {
	var places []int
	store := true
	for _, at := range p.Places(key) {
		if locked, _ := p.Graph.Flag(at, "encrypted"); !locked && !p.Graph.Unseen(at) && p.HoldsValue(key, at) {
			places = append(places, at)
			store = store && p.Approved(at)
		}
	}
	if len(places) == 0 {
		return
	}
	issued := p.In(ca, drover.EdgeIssuedBy)
	h := check.Hit{Row: key, What: p.Say(key) + " of the authority " + check.Clean(p.Graph.Name(ca)) + " lies in " + p.SayPlaces(places) + ".", Fix: remedy.VaultAuthority(p.Estate, key, ca),
		Stops: []int{ca}, Path: append([]int{key, ca}, places...), Evidence: append(p.PlaceProofs(places), check.Proof("certificate "+check.Clean(p.Graph.Name(ca))+" may sign others until "+check.Day(p.Graph.Expires(ca)), p.Source(ca), p.Graph.Row(ca).Observed, ""))}
	if len(issued) > 0 {
		h.Evidence = append(h.Evidence, check.Proof("it signed "+check.Count(len(issued), "certificate")+" seen here", p.Source(ca), p.Graph.Row(ca).Observed, ""))
	}
	if store {
		h.Severity = drover.Medium
	}
	p.Report(h)
}
