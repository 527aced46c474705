// Package mcpinsecure finds servers that AI agents call without encryption, and
// agents that answer whoever asks.
package mcpinsecure

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "mcpinsecure", Title: "an agent's tool is open or not encrypted", Area: check.Agents, Severity: drover.High,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.DS-02", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:SC-8", "NIST-800-53:IA-9", "PCI-DSS-4.0:4.2.1", "ISO-27001-2022:A.8.24", "SOC2:CC6.7"}, Fix: []string{"configure"},
	Why:        "Whoever is on the way reads the keys and the data that the agent sends, and writes what it is told to do next; whoever finds an open one uses its rights.",
	How:        "An MCP server, or an agent, is reached at an address that begins with http:// or ws:// and is not this computer (`url`, `urls`); or its platform says that it asks nobody to sign in (`authentication` or `authenticationmode` none). Medium inside of a private network. What is switched off is left out.",
	False:      "A private network that encrypts by itself (a mesh, a tunnel) hides the way: accept that one. Servers that agree on a sign-in by OAuth when they are called say nothing of it in the configuration, so a missing key is no finding.",
	References: []string{"https://modelcontextprotocol.io/specification/draft/basic/authorization", "https://modelcontextprotocol.io/specification/draft/basic/security_best_practices", "https://a2a-protocol.org/latest/topics/enterprise-ready/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Off(row) || !p.ToolServer(row) && !p.Agent(row) {
			return
		}
		a := p.Graph.Attrs(row)
		if off, _ := a.Bool("disabled"); off {
			return
		}
		for _, u := range append(a.Strings("url"), a.Strings("urls")...) {
			if host, private, ok := plain(u); ok {
				unencrypted(p, row, host, private)
				return
			}
		}
		for _, k := range []string{"authentication", "authenticationmode", "authenticationMode"} {
			if strings.EqualFold(a.Str(k), "none") {
				open(p, row, k)
				return
			}
		}
	},
}

// plain takes an address apart that is not encrypted; ok is false for one that is,
// or that does not leave the computer.
func plain(address string) (host string, private, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "ws" {
		return "", false, false
	}
	host = strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.ContainsAny(host, "${}<>") || host == "host.docker.internal":
		return "", false, false
	case err == nil && (ip.IsLoopback() || ip.IsUnspecified()):
		return "", false, false
	case err == nil:
		return host, ip.IsPrivate() || ip.IsLinkLocalUnicast(), true
	}
	return host, !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".svc"), true
}

func unencrypted(p *check.Pass, row int, host string, private bool) {
	h := check.Hit{Row: row, Path: []int{row}, Keeps: true, Fix: remedy.Configure(p.Estate, row, "an address that begins with https://")}
	if private {
		h.Severity = drover.Medium
	}
	h.What = fmt.Sprintf("%s is called at %s without encryption.", p.Say(row), check.Clean(host))
	h.Evidence = []drover.FindingProof{check.Proof("the address begins with http:// or ws://", "url", p.Now, "")}
	if handed := p.Out(row, drover.EdgeReadsSecret); len(handed) > 0 {
		h.Path = append(h.Path, handed[0])
		h.Evidence = append(h.Evidence, check.Proof("is sent "+p.Says(handed), "headers and variables", p.Now, ""))
	}
	p.Report(h)
}

func open(p *check.Pass, row int, field string) {
	p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s answers whoever asks: it asks nobody to sign in.", p.Say(row)), Path: []int{row}, Stops: []int{row}, Loses: "calls of whoever does not sign in",
		Evidence: []drover.FindingProof{check.Proof(field+" is none", field, p.Now, "")}, Fix: remedy.Configure(p.Estate, row, "sign-in for whoever calls it"), Unknowns: []string{"who calls it without signing in"}})
}
