// Package plaintext finds sign-ins whose password travels in clear.
package plaintext

import (
	"net/netip"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "plaintext",
	Title:    "a password travels over the network in clear",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.DS-02", "NIST-800-53:SC-8", "NIST-800-53:IA-5(1)", "PCI-DSS-4.0:4.2.1", "PCI-DSS-4.0:8.3.2", "ISO-27001-2022:A.8.24", "HIPAA:164.312(e)(1)"},
	Fix:      []string{"configure"},
	Why:      "Whoever is on the way, a neighbour in the data centre or a broken box in between, reads the password and uses it, and nothing shows that it was read.",
	How: "A login that was found in a file is for a server of a protocol without encryption: http, ftp, telnet, or ldap, amqp and mqtt on their plain ports; or the connection string says that it wants no TLS: sslmode=disable, useSSL=false, tls=false, encrypt=false (attributes of the place, as the machine connector writes them). A rule of pg_hba.conf takes the method password, in clear, over connections that need no TLS (type host or hostnossl). " +
		"High where the server has an address of the internet, low where its name or address is one of a private network. Logins to the same computer do not count. Silent where nothing tells it, such as for a database whose string leaves it to the driver.",
	False:      "The name is reached through an encrypted tunnel or a mesh. Accept the finding with that reason. LDAP may have gone over to TLS by StartTLS, which the string does not show.",
	References: []string{"https://www.postgresql.org/docs/current/auth-password.html", "https://datatracker.ietf.org/doc/html/rfc4513#section-6.3.3", "https://csrc.nist.gov/pubs/sp/800/52/r2/final"},
	Kinds:      []drover.Kind{drover.KindCredential, drover.KindPolicy},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if p.Graph.Kind(row) == drover.KindPolicy {
		hba(p, row)
		return
	}
	if !p.HasValue(row) {
		return
	}
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeStoredIn {
			continue
		}
		if protocol, host := clear(p, h.Row); protocol != "" && !p.Off(row) {
			report(p, row, h.Row, protocol, host)
			return
		}
	}
}

func report(p *check.Pass, row, place int, protocol, host string) {
	server := protocol + " at " + check.Clean(host)
	tls := strings.TrimSuffix(protocol, " without TLS") + " at " + check.Clean(host)
	h := check.Hit{Row: row, What: p.Say(row) + " is sent in clear, by " + server + ".", Evidence: []drover.FindingProof{p.Said(place, p.SayPlace(place)+" is for "+server)},
		Fix: remedy.Configure(p.Estate, row, "TLS for "+tls), Keeps: true, Path: []int{row, place}, Unknowns: []string{"whether the server offers TLS"}}
	switch far(host) {
	case "private":
		h.Severity = drover.Low
	case "internet":
		h.Severity = drover.High
	}
	p.Report(h)
}

// clear is the protocol in clear that a found login is for, and its host; "" for
// all others, and where nothing tells it.
func clear(p *check.Pass, place int) (protocol, host string) {
	g := p.Graph
	host = g.Str(place, "host")
	if host == "" {
		return "", ""
	}
	system := g.Str(place, "system")
	if scheme, rest, ok := strings.Cut(host, "://"); ok {
		system = strings.ToLower(scheme)
		host, _, _ = strings.Cut(rest, "/")
	}
	switch system {
	case "http", "ftp", "telnet":
	case "ldap", "amqp", "mqtt":
		if port, known := g.Number(place, "port"); known && port != plain[system] || strings.HasSuffix(host, ":636") {
			return "", ""
		}
	default:
		if !off(p, place) {
			return "", ""
		}
		system += " without TLS"
	}
	if far(host) == "here" {
		return "", ""
	}
	return system, host
}

// plain are the ports on which a protocol is spoken without TLS, from the start at
// least.
var plain = map[string]int64{"ldap": 389, "amqp": 5672, "mqtt": 1883}

// off reports whether a connection string says that it wants no TLS.
func off(p *check.Pass, place int) bool {
	for _, key := range [...]string{"sslmode", "ssl-mode"} {
		if v := p.Graph.Str(place, key); strings.EqualFold(v, "disable") || strings.EqualFold(v, "disabled") {
			return true
		}
	}
	for _, key := range [...]string{"tls", "ssl", "usessl", "encrypt"} {
		if on, known := p.Graph.Flag(place, key); known && !on {
			return true
		}
	}
	return false
}

// far says where a host is: "here", "private", "internet" (an address of it), or
// "" for a name that may be anywhere.
func far(host string) string {
	name := strings.Trim(host, "[]")
	if i := strings.LastIndexByte(name, ':'); i > 0 && strings.Count(name, ":") == 1 {
		name = name[:i]
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if a, err := netip.ParseAddr(name); err == nil {
		switch {
		case a.IsLoopback():
			return "here"
		case a.IsPrivate() || a.IsLinkLocalUnicast():
			return "private"
		}
		return "internet"
	}
	switch {
	case name == "localhost", strings.HasSuffix(name, ".localhost"), strings.HasPrefix(name, "/"):
		return "here"
	case !strings.Contains(name, "."), strings.HasSuffix(name, ".local"), strings.HasSuffix(name, ".internal"), strings.HasSuffix(name, ".svc"), strings.HasSuffix(name, ".lan"), strings.HasSuffix(name, ".corp"):
		return "private"
	}
	return ""
}

func hba(p *check.Pass, row int) {
	g := p.Graph
	if g.Type(row) != "postgres.hba_rule" || g.Str(row, "auth_method") != "password" {
		return
	}
	typ, address := g.Str(row, "type"), g.Str(row, "address")
	ip, _, _ := strings.Cut(address, "/")
	if typ != "host" && typ != "hostnossl" || far(ip) == "here" {
		return
	}
	roles := p.Out(row, drover.EdgeAttached)
	h := check.Hit{Row: row, What: p.Say(row) + " takes passwords in clear from " + check.Clean(address) + ", and needs no TLS.", Evidence: []drover.FindingProof{p.Said(row, "auth_method is password and type is "+typ+", in line "+check.Clean(g.Str(row, "line")))},
		Fix: remedy.Configure(p.Estate, row, "type to hostssl and auth_method to scram-sha-256"), Stops: append([]int{row}, roles...), Loses: "signing in without TLS", Path: append([]int{row}, roles...)}
	switch far(ip) {
	case "private":
		h.Severity = drover.Low
	case "internet":
		h.Severity = drover.High
	}
	p.Report(h)
}
