package decode

import (
	"net/netip"
	"net/url"
	"strings"
)

// Hosts in aliases have one spelling, so that sources that never met join where
// they speak of one server. A host is what every computer means by it:
//
//   - a name in lower case without final dot; that of a Service of Kubernetes
//     without the domain of its cluster ("db.shop.svc");
//   - an address in its shortest form (RFC 5952), IPv6 in brackets.
//
// What each computer means differently is a host of that computer alone,
// "[machine:<machine>]" for its loopback addresses and "[machine:<machine>%2Frun%2Fdb]"
// for a socket in its file system: the machine as in the alias machine:<machine>,
// percent-encoded. No URL has such a host. Where the computer is not known such
// a host has no spelling at all, nor has a name without a dot: it is another
// computer in every network.

// HostName spells the host of a server that speaks HTTPS, given as URL or as
// host[:port]: port 443 is left out, others stay. machine says whose loopback
// addresses are meant; "" where nobody knows. It is "" where the host has no
// spelling, among them the names by which a pod calls the API server of its own
// cluster.
func HostName(server, machine string) string {
	s := strings.ToLower(strings.TrimSpace(server))
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s = strings.TrimPrefix(s, "//")
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	host, port := splitHost(s)
	host = spellHost(host, machine)
	switch {
	case host == "" || host == "kubernetes.default.svc" || host == "kubernetes.default":
		return ""
	case port == "" || port == "443":
		return host
	case strings.Trim(port, "0123456789") != "":
		return "" // a variable
	}
	return join(host, port)
}

// UserAlias names who logs in with the string, on its first host:
//
//	dsn:<scheme>://<host>:<port>/<user>
//
// The scheme is the canonical system, the port its default one where none is
// given, the user percent-encoded; the database has no part in it. A DNS SRV name
// has no port: dsn:mongodb+srv://<host>/<user>. It is "" without a user, where
// the host has no spelling (see [HostName]) and for HTTP, whose users are known
// by their host alone.
func (d DSN) UserAlias() string {
	if list := d.UserAliases(""); len(list) > 0 {
		return list[0]
	}
	return ""
}

// UserAliases is UserAlias for every host of the string, in order. machine says
// whose loopback addresses and sockets are meant; "" where nobody knows.
func (d DSN) UserAliases(machine string) []string {
	if !d.System() || d.User == "" {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, h := range d.addresses() {
		server := ServerName(h[0], h[1], machine)
		if d.SRV {
			server = spellHost(h[0], "")
		}
		if server == "" || seen[server] {
			continue
		}
		seen[server] = true
		scheme := d.Scheme
		if d.SRV {
			scheme += "+srv"
		}
		out = append(out, "dsn:"+scheme+"://"+server+"/"+url.PathEscape(d.User))
	}
	return out
}

// System reports whether the string is for a system that has users of its own
// and is told by its scheme: a database, a broker, a mail server. The web is
// none.
func (d DSN) System() bool {
	_, known := systems[d.Scheme]
	return known && d.Scheme != "http" && d.Scheme != "https"
}

// maxHosts is how many hosts of one string are named.
const maxHosts = 64

// addresses are the host and port of every host. A port that is given apart is
// for all of them, but in URLs, where each has its own.
func (d DSN) addresses() [][2]string {
	_, usual := canonical(d.Scheme)
	list := [][2]string{{d.Host, d.Port}}
	if strings.HasPrefix(d.Host, "/") && d.Port == "" {
		list[0][1] = usual
	}
	for i, h := range d.Hosts {
		if i == 0 || i >= maxHosts {
			continue
		}
		host, port := splitHost(h)
		if strings.HasPrefix(h, "/") {
			host, port = h, ""
		}
		switch {
		case port != "":
		case (d.Form == "ado" || d.Form == "libpq") && d.Port != "":
			port = d.Port
		default:
			port = usual
		}
		list = append(list, [2]string{host, port})
	}
	return list
}

// ServerName spells host and port of a server of any protocol as dsn: aliases
// have them. machine is as in [HostName]. It is "" where the host has no spelling
// or the port is none.
func ServerName(host, port, machine string) string {
	host = spellHost(host, machine)
	if host == "" || port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
		return ""
	}
	return join(host, port)
}

// join puts host and port together, a host with a colon in brackets.
func join(host, port string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// spellHost spells a host, without port; "" when it has no spelling.
func spellHost(host, machine string) string {
	host = cleanHost(strings.Trim(strings.TrimSpace(host), "[]"))
	if len(host) > 1024 {
		return ""
	}
	own := func(socket string) string {
		if machine == "" {
			return ""
		}
		return "[machine:" + escape(machine) + escape(socket) + "]"
	}
	if strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return own(host)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		switch a = a.Unmap(); {
		case a.IsLoopback() || a.IsUnspecified():
			return own("")
		case a.Zone() != "" || a.IsLinkLocalUnicast() || a.IsMulticast():
			return ""
		case a.Is6():
			return "[" + a.String() + "]"
		}
		return a.String()
	}
	host = strings.TrimSuffix(host, ".cluster.local")
	switch {
	case host == "":
		return ""
	case local(host) || ownName(host):
		return own("")
	case !strings.Contains(host, ".") || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "":
		return "" // another computer in every network, or no name at all
	case strings.Trim(host[strings.LastIndexByte(host, '.')+1:], "0123456789") == "":
		return "" // 10.0.0 or 1.2.3.4.5: an address that is none
	}
	return host
}

// ownName reports whether a name is that of the computer on which a container
// runs, as container engines and local clusters call it for what runs in them.
func ownName(host string) bool {
	switch host {
	case "host.docker.internal", "gateway.docker.internal", "kubernetes.docker.internal", "host.containers.internal", "host.minikube.internal", "control-plane.minikube.internal", "host.k3d.internal", "host.lima.internal", "host.orb.internal":
		return true
	}
	return strings.HasSuffix(host, ".localhost")
}
