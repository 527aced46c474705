package engine

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/droverhq/drover"
)

// forbidden are addresses that nothing is ever sent to: where clouds hand out
// credentials to whoever asks from inside, and what is no host.
var forbidden = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"),     // link-local (RFC 3927): the metadata services of AWS, Azure, Google, Oracle
	netip.MustParsePrefix("fe80::/10"),          // link-local (RFC 4291)
	netip.MustParsePrefix("fd00:ec2::/32"),      // AWS metadata over IPv6
	netip.MustParsePrefix("fd20:ce::254/128"),   // Google metadata over IPv6
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud metadata
	netip.MustParsePrefix("192.0.0.192/32"),     // Oracle Cloud metadata
	netip.MustParsePrefix("168.63.129.16/32"),   // Azure's host
	netip.MustParsePrefix("0.0.0.0/8"),          // this host, by another name
	netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("ff00::/8"), netip.MustParsePrefix("255.255.255.255/32"),
}

// Embeddings of IPv4 in IPv6 and where the four bytes lie.
var embeddings = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12}, // NAT64, RFC 6052
	{netip.MustParsePrefix("2002::/16"), 2},     // 6to4, RFC 3056
	{netip.MustParsePrefix("::/96"), 12},        // IPv4-compatible, RFC 4291
}

// refusedAddress says why an address is never called; "": it may be.
func refusedAddress(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	for _, p := range forbidden {
		if p.Contains(a) {
			return "it is link-local, a metadata service, or no single host"
		}
	}
	if a.Is6() && !a.IsLoopback() {
		b := a.As16()
		for _, x := range embeddings {
			if x.prefix.Contains(a) {
				return refusedAddress(netip.AddrFrom4([4]byte(b[x.at : x.at+4])))
			}
		}
	}
	if !a.IsValid() || a.IsUnspecified() {
		return "it is no host"
	}
	return ""
}

// guard refuses a connection by the address that is really dialled, whatever its
// name resolved to before.
func guard(_ context.Context, network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("call %s %s: not an address of a host: %w", network, address, drover.ErrPermission)
	}
	if why := refusedAddress(at.Addr()); why != "" {
		return fmt.Errorf("call %s: %s: %w", at.Addr(), why, drover.ErrPermission)
	}
	return nil
}

// Outside is a client for hosts that the configuration names: webhooks, identity
// providers, collectors of traces. It looks at the address that is really called,
// after its name was resolved, and refuses metadata services and what is no single
// host (the error wraps drover.ErrPermission); it follows no redirect and takes no
// proxy from the environment, so that what is checked is what is called. Addresses
// inside are the administrator's choice.
func Outside() *http.Client {
	d := &net.Dialer{Timeout: 5 * time.Second, ControlContext: guard}
	return &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true},
	}
}
