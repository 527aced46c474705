package link

import "strings"

// Canon returns the spelling of an alias by which it is compared: what its
// scheme does not tell apart (the case of a host name, a default port, the final
// slash of an issuer) is written one way. Names that are compared byte by byte
// in their own system, such as access key ids, stay as they are. An alias that is
// canonical already is returned as it is, without allocation.
func Canon(alias string) string {
	scheme, rest, ok := strings.Cut(alias, ":")
	if !ok {
		return alias
	}
	c := rest
	switch scheme {
	case "azure-app", "azure-key", "azure-object", "azure-subscription", "email", "k8s-uid", "nt", "spki", "upn", "x509", "x509-ski", "github", "gcp-key":
		c = strings.ToLower(rest)
	case "sid":
		c = strings.ToUpper(rest)
	case "git":
		c = canonGit(rest)
	case "kubernetes-cluster":
		c = canonHost(rest, "443")
	case "k8s", "k8s-user", "k8s-group", "kubernetes-object", "login":
		host, path, ok := strings.Cut(rest, "/")
		if h := canonHost(host, "443"); ok && h != host {
			c = h + "/" + path
		}
	case "dsn":
		c = canonDSN(rest)
	case "oidc":
		c = canonOIDC(rest)
	case "spiffe":
		// The trust domain is lower case, the path is not (SPIFFE-ID, 2.1, 2.2).
		if domain, path, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "/"); domain != strings.ToLower(domain) {
			c = "//" + strings.ToLower(domain) + "/" + path
		}
	}
	if c == rest {
		return alias
	}
	return scheme + ":" + c
}

// canonHost is a host and port in lower case, without final dot and default
// port. What is no host and port stays as it is.
func canonHost(hostPort, port string) string {
	host, p, ok := splitHost(hostPort)
	switch {
	case !ok:
		return hostPort
	case p == "" || p == port:
		return host
	}
	return host + ":" + p
}

// splitHost returns the host of host[:port] in lower case and without final dots.
func splitHost(hostPort string) (host, port string, ok bool) {
	host = hostPort
	if i := strings.LastIndexByte(hostPort, ':'); i > strings.LastIndexByte(hostPort, ']') {
		host, port = hostPort[:i], hostPort[i+1:]
	}
	if strings.Contains(host, ":") && !(strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")) {
		return "", "", false
	}
	host = strings.ToLower(strings.TrimRight(host, "."))
	return host, port, host != "" && !strings.ContainsAny(port, "./[]")
}

// canonGit is host/path: the hosts below take a path in any case for the same
// repository.
func canonGit(rest string) string {
	host, path, ok := strings.Cut(rest, "/")
	if !ok {
		return rest
	}
	lower := strings.ToLower(host)
	switch lower {
	case "github.com", "gitlab.com", "bitbucket.org":
		path = strings.ToLower(path)
	}
	for {
		short := strings.TrimSuffix(strings.TrimRight(path, "/"), ".git")
		if short == path {
			break
		}
		path = short
	}
	if path == "" {
		return rest
	}
	if len(lower)+1+len(path) == len(rest) && lower == rest[:len(lower)] && path == rest[len(lower)+1:] {
		return rest
	}
	return lower + "/" + path
}

// defaultPorts are those that the systems' own clients use.
var defaultPorts = map[string]string{"postgres": "5432", "mysql": "3306", "mongodb": "27017", "redis": "6379", "mssql": "1433", "oracle": "1521", "amqp": "5672", "ldap": "389", "http": "80", "https": "443", "ftp": "21", "ssh": "22"}

// canonDSN is scheme://host:port/user with the host in lower case and the port
// that the system listens on by default where none is written; the name of a
// Service without its cluster's domain.
func canonDSN(rest string) string {
	scheme, at, ok := strings.Cut(rest, "://")
	if !ok {
		return rest
	}
	hostPort, user, has := strings.Cut(at, "/")
	host, port, ok := splitHost(hostPort)
	if !ok {
		return rest
	}
	host = strings.TrimSuffix(host, ".cluster.local")
	if port == "" {
		port = defaultPorts[scheme]
	}
	if port != "" {
		host += ":" + port
	}
	if host == hostPort {
		return rest
	}
	if has {
		host += "/" + user
	}
	return scheme + "://" + host
}

// canonOIDC is issuer|subject with the issuer's host in lower case, without
// port 443 and final slash. OpenID Connect compares issuers byte by byte; AWS
// and others keep them without scheme or slash, and no host serves two issuers
// that differ in nothing else.
func canonOIDC(rest string) string {
	issuer, sub, ok := strings.Cut(rest, "|")
	if !ok {
		return rest
	}
	scheme, at, has := strings.Cut(issuer, "://")
	if !has {
		scheme, at = "https", issuer
	}
	at = strings.TrimRight(at, "/")
	host, path, slash := strings.Cut(at, "/")
	h := canonHost(host, "443")
	switch {
	case h == "" || scheme == "":
		return rest
	case has && h == host && len(scheme)+3+len(at) == len(issuer):
		return rest
	case slash:
		h += "/" + path
	}
	return scheme + "://" + h + "|" + sub
}
