package secret

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// InStore decides for an entry of a place that secrets are kept in, such as a
// Kubernetes Secret, whether its value is one. Hosts, users, regions and switches
// are kept there beside them: the name must not say that it is another thing, and
// the value must look drawn at random or be a password that no word and no name of
// a thing is. What ByName takes for a secret is one.
func InStore(key, value string) (class string, ok bool) {
	if class, ok := ByName(key, value); ok {
		return class, true
	}
	v := unquote(value)
	if placeholder(v) || len(v) < 6 || len(v) > maxAssigned || !printable([]byte(v)) || strings.ContainsAny(v, " \t\r\n") || otherThing(key) || knownForm(v) {
		return "", false
	}
	if machineMade([]byte(v)) || passwordLike(v) {
		return "secret", true
	}
	return "", false
}

// otherWords are the last words of names of settings that are no secrets.
var otherWords = []string{
	"host", "hostname", "hosts", "server", "servers", "address", "addr", "addresses", "endpoint", "endpoints", "url", "uri", "urls", "domain", "port", "ports", "proxy", "ip", "cidr", "subnet", "broker", "brokers",
	"user", "username", "users", "login", "account", "owner", "email", "mail", "name", "names", "db", "dbname", "database", "schema", "table", "role", "group", "tenant", "org", "organization", "team",
	"region", "zone", "location", "bucket", "container", "queue", "topic", "stream", "namespace", "cluster", "project", "env", "environment", "stage", "profile", "issuer", "audience", "realm", "scope", "scopes", "subject",
	"id", "ids", "uid", "uuid", "guid", "arn", "version", "type", "kind", "mode", "level", "format", "driver", "engine", "dialect", "protocol", "scheme", "method", "algorithm", "alg", "class", "provider", "service",
	"path", "file", "filename", "dir", "directory", "home", "prefix", "suffix", "timeout", "ttl", "size", "limit", "count", "max", "min", "retries", "interval", "enabled", "disabled", "debug", "ssl", "tls", "sslmode",
	"date", "time", "timestamp", "expiry", "expires", "expiration", "created", "updated", "description", "comment", "title", "label", "locale", "lang", "language", "timezone", "tz", "currency",
	"crt", "cert", "certificate", "ca", "pem", "chain", "csr", "fingerprint", "thumbprint", "checksum", "sha256", "digest", "hash", "image", "tag", "registry", "repository", "repo", "branch", "commit", "revision",
	"channel", "model", "icon", "color", "template", "selector", "config", "properties", "settings", "options",
}

// otherThing reports whether a setting of this name holds no secret, whatever its
// value: DB_HOST, username, AWS_REGION, public-key.
func otherThing(key string) bool {
	words := nameWords(key)
	for len(words) > 1 && strings.Trim(words[len(words)-1], "0123456789") == "" {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return false
	}
	last := strings.TrimRight(words[len(words)-1], "0123456789")
	if slices.Contains(otherWords, last) || slices.ContainsFunc(words, speaksOf) {
		return true
	}
	// Written as one: DBHOST, pguser, redisport.
	for _, w := range []string{"host", "hostname", "port", "username", "user", "database", "dbname", "region", "endpoint", "bucket", "url", "uri", "domain", "email"} {
		if strings.HasSuffix(last, w) {
			return true
		}
	}
	return false
}

var (
	hostShape = regexp.MustCompile(`^(?i)(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,22}\.?(?::\d{1,5})?(?:/\S*)?$`)
	hostPort  = regexp.MustCompile(`^(?i)(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]):\d{1,5}$`)
	mailShape = regexp.MustCompile(`^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$`)
	numeric   = regexp.MustCompile(`^[+-]?[\d.,:/TZ_-]+(?:[a-zA-Z]{1,3}|%)?$`)
	lookup    = regexp.MustCompile(`^(?i)(?:arn:|urn:|projects/|organizations/|subscriptions/|v\d+(?:\.\d+)*(?:[-+][\w.]+)?$|(?:sha\d+|md5)[:-])`)
	aName     = regexp.MustCompile(`^(?:[A-Za-z]+\d{0,4}|\d{1,4})(?:[-_./:@+][A-Za-z]*\d{0,4}[a-z]?)*$`)
	camel     = regexp.MustCompile(`^[A-Za-z]?[a-z]+(?:[A-Z][a-z]+)*\d{0,4}$|^(?:[A-Z]{0,4}[a-z]{3,}\d{0,2})+(?:[A-Z]{1,4}\d{0,4})?$`)
	lists     = regexp.MustCompile(`^[^=\s]{1,64}=[^=]+(?:[,;&][^=]+=[^=]*)*$`)
)

// knownForm reports whether a value is written as something that is no secret: a
// host, an address, a URL without a password, a mail address, a path, a number, a
// date, a version, the name of a thing.
func knownForm(v string) bool {
	if _, err := netip.ParseAddr(v); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(v); err == nil {
		return true
	}
	for part := range strings.SplitSeq(v, ",") {
		if !hostPort.MatchString(part) && !(hostShape.MatchString(part) && !randomLabel(part)) && !mailShape.MatchString(part) {
			goto single
		}
	}
	return true
single:
	switch {
	case strings.Contains(v, "://"), looksLikePath(v), fileName.MatchString(v), numeric.MatchString(v), lookup.MatchString(v), uuidOrDigest.MatchString(v) && strings.Contains(v, "-"):
		return true
	case strings.HasPrefix(v, "{"), strings.HasPrefix(v, "["), strings.HasPrefix(v, "<"), lists.MatchString(v) && strings.ContainsAny(v, ",;&"):
		return true // a structure: the rules have looked into it
	}
	return named(v)
}

// randomLabel reports whether what is written like a host has a part that no host
// has: then it is a token of parts.
func randomLabel(v string) bool {
	v, _, _ = strings.Cut(v, "/")
	for part := range strings.SplitSeq(v, ".") {
		if len(part) >= 20 && !strings.Contains(part, "-") && strings.ToLower(part) != part && interleaved([]byte(part)) {
			return true
		}
	}
	return false
}

// named reports whether a value is a name: words, each with a number behind it at
// most, joined by signs.
func named(v string) bool {
	if !aName.MatchString(v) && !camel.MatchString(v) {
		return false
	}
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune("-_./:@+", r) }) {
		if len(part) >= 8 && (interleaved([]byte(part)) && !camel.MatchString(part) || unpronounceable([]byte(strings.TrimRight(part, "0123456789")))) {
			return false
		}
		if upper := strings.ToUpper(part) != part && strings.ToLower(part) != part; upper && !camel.MatchString(part) {
			return false
		}
	}
	return true
}

// passwordLike: letters and digits, with capitals or signs, as people are made to
// choose passwords; or digits between the letters.
func passwordLike(v string) bool {
	lower, upper, digit, sign := false, false, false, false
	for _, r := range v {
		switch {
		case 'a' <= r && r <= 'z':
			lower = true
		case 'A' <= r && r <= 'Z':
			upper = true
		case '0' <= r && r <= '9':
			digit = true
		case strings.ContainsRune("!@#$%^&*+=~?|()<>;:,/'\"`\\", r):
			sign = true
		}
	}
	letter := lower || upper
	switch {
	case letter && digit && sign, lower && upper && digit && len(v) >= 8, letter && sign && len(v) >= 8 && strings.ContainsAny(v, "!#$%^&*~?|"):
		return true
	}
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune("-_.", r) }) {
		if len(part) >= 8 && letter && digit && changes([]byte(part)) >= 3 {
			return true
		}
	}
	return false
}
