// Package cleartextdata finds protected data that is reached, or kept, without
// encryption or without signing in.
package cleartextdata

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "cleartextdata", Title: "protected data without encryption or sign-in", Area: check.Data, Severity: drover.High,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.DS-01", "NIST-CSF-2.0:PR.DS-02", "NIST-800-53:SC-8", "NIST-800-53:SC-28", "PCI-DSS-4.0:4.2.1", "HIPAA:164.312(e)(1)", "ISO-27001-2022:A.8.24", "SOC2:CC6.7"}, Fix: []string{"configure"},
	Why: "Whoever is on the network, or gets hold of a disk or a copy, reads data about people, and every such incident has to be reported.",
	How: "A resource is classified as restricted or under a regulation, and its system says that it is reached or kept in the clear: an address that begins with http:// or ftp://, `StorageEncrypted`, `encrypted` or `Encrypted` false, `supportsHttpsTrafficOnly` or `requireSsl` false, `minimumTlsVersion` below 1.2. PostgreSQL: a rule of pg_hba.conf lets addresses of the network in by `trust`, or without TLS (type `host` or `hostnossl`, where the server's `ssl` is off, or the rule excludes it), and the server holds such data. " +
		"Critical where nobody has to sign in. Silent where nothing is classified, or the setting was not read.",
	False:      "A network that encrypts by itself (a mesh, a tunnel) hides the way: accept it with the reason.",
	References: []string{"https://gdpr-info.eu/art-32-gdpr/", "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html", "https://www.postgresql.org/docs/current/ssl-tcp.html"},
	Kinds:      []drover.Kind{drover.KindResource},
	Each: func(p *check.Pass, row int) {
		words, ok := p.Protected(row)
		if !ok || p.Own(row) {
			return
		}
		if field, says := clear(p.Graph.Attrs(row)); field != "" {
			p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s holds %s and %s.", p.Say(row), words, says), Path: []int{row}, Keeps: true,
				Evidence: []drover.FindingProof{check.Proof(says, field, p.Now, ""), check.Proof("holds "+words, "classification", p.Now, drover.GradeInferred)},
				Fix:      remedy.Configure(p.Estate, row, field+" to encryption")})
		}
	},
	Run: servers,
}

// clear reads settings that say that something is reached or kept in the clear, in
// the vendors' own field names.
func clear(a drover.Attrs) (field, says string) {
	for _, k := range []string{"StorageEncrypted", "encrypted", "Encrypted"} {
		if on, known := a.Bool(k); known && !on {
			return k, "is kept without encryption"
		}
	}
	for _, path := range [][]string{{"supportsHttpsTrafficOnly"}, {"properties", "supportsHttpsTrafficOnly"}, {"requireSsl"}, {"settings", "ipConfiguration", "requireSsl"}} {
		if on, known := a.Bool(path...); known && !on {
			return strings.Join(path, "."), "is reached without encryption"
		}
	}
	switch v := a.Str("minimumTlsVersion"); v {
	case "TLS1_0", "TLS1_1", "1.0", "1.1":
		return "minimumTlsVersion", "takes TLS of version " + strings.TrimPrefix(strings.ReplaceAll(v, "_", "."), "TLS")
	}
	for _, k := range []string{"url", "endpoint", "address"} {
		if v := a.Str(k); strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "ftp://") {
			return k, "is reached without encryption"
		}
	}
	return "", ""
}

// servers looks at the rules by which PostgreSQL lets in, of clusters that hold
// protected data.
func servers(p *check.Pass) error {
	holds := map[string]int{} // by tenant: one thing that is protected
	for row := range p.Graph.Rows(drover.KindResource) {
		if !strings.HasPrefix(p.Graph.Type(row), "postgres.") || p.Graph.IsMember(row) {
			continue
		}
		if _, ok := p.Protected(row); ok {
			if tenant := p.Graph.Ref(row).Tenant(); holds[tenant] == 0 {
				holds[tenant] = row + 1
			}
		}
	}
	if len(holds) == 0 {
		return nil
	}
	for row := range p.Graph.Rows(drover.KindPolicy) {
		if p.Graph.Type(row) == "postgres.hba_rule" && !p.Graph.IsMember(row) {
			if data := holds[p.Graph.Ref(row).Tenant()]; data > 0 {
				rule(p, row, data-1)
			}
		}
	}
	return nil
}

// rule reports a rule that lets in from the network without a sign-in or TLS.
func rule(p *check.Pass, row, data int) {
	a := p.Graph.Attrs(row)
	typ, method := a.Str("type"), a.Str("auth_method")
	if method == "reject" || !strings.HasPrefix(typ, "host") || here(a.Str("address")) {
		return
	}
	h := check.Hit{Row: row, Path: []int{row, data}, Stops: []int{row}}
	words, _ := p.Protected(data)
	switch {
	case method == "trust":
		h.Severity = drover.Critical
		h.What = fmt.Sprintf("%s lets in whoever comes from %s without signing in, and the server holds %s in %s.", p.Say(row), from(a), words, p.Say(data))
		h.Evidence = []drover.FindingProof{check.Proof("the method is trust", "pg_hba.conf "+check.Clean(a.Str("line")), p.Now, "")}
		h.Fix, h.Loses = remedy.Configure(p.Estate, row, "the method to scram-sha-256 or cert"), "sign-ins without a password"
	case typ == "hostnossl" || typ == "host" && noTLS(p, row):
		h.What = fmt.Sprintf("%s lets in from %s without encryption, and the server holds %s in %s.", p.Say(row), from(a), words, p.Say(data))
		h.Evidence = []drover.FindingProof{check.Proof("the type is "+check.Clean(typ), "pg_hba.conf "+check.Clean(a.Str("line")), p.Now, "")}
		h.Fix, h.Loses = remedy.Configure(p.Estate, row, "the type to hostssl"), "connections without TLS"
	default:
		return
	}
	h.Evidence = append(h.Evidence, check.Proof(p.Say(data)+" holds "+words, "classification", p.Now, drover.GradeInferred))
	p.Report(h)
}

func from(a drover.Attrs) string {
	if s := a.Str("address"); s != "" {
		return check.Clean(s)
	}
	return "any address"
}

// here reports whether an address is of the server itself.
func here(address string) bool {
	if address == "localhost" || address == "samehost" {
		return true
	}
	ip, _, _ := strings.Cut(address, "/")
	a, err := netip.ParseAddr(ip)
	return err == nil && a.IsLoopback()
}

// noTLS reports whether the server of a rule has TLS switched off.
func noTLS(p *check.Pass, row int) bool {
	for _, c := range p.In(row, drover.EdgeGuardedBy) {
		if p.Graph.Attrs(c).Str("ssl") == "off" {
			return true
		}
	}
	return false
}
