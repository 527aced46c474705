package api

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of reverse proxies whose word on their clients is
// believed. The zero value believes nobody: anybody can write X-Forwarded-For.
type Proxies []netip.Prefix

// maxHops bounds how many proxies one request may have come through.
const maxHops = 16

// Client is the address that a request came from, for limits and the audit log; it
// decides nothing about who may do what. Each proxy appends the address that it was
// called from to X-Forwarded-For, so that the list is read from its end: as long as
// the one who says it is one of p, the address before is believed. What the first
// stranger wrote is not. "" where the peer has no address.
func (p Proxies) Client(r *http.Request) string {
	at, ok := peerOf(r)
	if !ok {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for n := 0; n < maxHops && n < len(hops) && p.has(at); n++ {
		before, ok := hopOf(hops[len(hops)-1-n])
		if !ok {
			break
		}
		at = before
	}
	return at.String()
}

func (p Proxies) has(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// peerOf is the address at the other end of the connection.
func peerOf(r *http.Request) (netip.Addr, bool) {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	return a.Addr().Unmap().WithZone(""), err == nil
}

// hopOf reads one element of X-Forwarded-For: an address, with or without a port.
func hopOf(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil && !a.IsUnspecified()
}
