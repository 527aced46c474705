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
	case "k8s", "k8s-user", "k8s-group", "login":
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

// canonHost is a host and port in lower case, without final dot and default port.
func canonHost(hostPort, port string) string {
	h := strings.TrimSuffix(strings.ToLower(hostPort), ":"+port)
	if i := strings.LastIndexByte(h, ':'); i > 0 && h[i-1] == '.' {
		return h[:i-1] + h[i:]
	}
	return strings.TrimSuffix(h, ".")
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
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/"), ".git")
	if len(lower)+1+len(path) == len(rest) && lower == rest[:len(lower)] && path == rest[len(lower)+1:] {
		return rest
	}
	return lower + "/" + path
}

// defaultPorts are those that the systems' own clients use.
var defaultPorts = map[string]string{"postgres": "5432", "mysql": "3306", "mongodb": "27017", "redis": "6379", "mssql": "1433", "oracle": "1521", "amqp": "5672", "ldap": "389", "http": "80", "https": "443", "ftp": "21", "ssh": "22"}

// canonDSN is scheme://host:port/user with the host in lower case and the port
// that the system listens on by default where none is written.
func canonDSN(rest string) string {
	scheme, at, ok := strings.Cut(rest, "://")
	if !ok {
		return rest
	}
	hostPort, user, has := strings.Cut(at, "/")
	h := strings.ToLower(hostPort)
	i := strings.LastIndexByte(h, ':')
	host, port := h, ""
	if i > strings.LastIndexByte(h, ']') {
		host, port = h[:i], h[i+1:]
	}
	host = strings.TrimSuffix(host, ".")
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
	c := issuer
	scheme, at, has := strings.Cut(issuer, "://")
	if !has {
		scheme, at = "https", issuer
	}
	host, path, slash := strings.Cut(strings.TrimRight(at, "/"), "/")
	if h := canonHost(host, "443"); h != host || !has {
		c = scheme + "://" + h
		if slash {
			c += "/" + path
		}
	} else {
		c = strings.TrimRight(issuer, "/")
	}
	if c == issuer {
		return rest
	}
	return c + "|" + sub
}
