package postgres

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/droverhq/drover"
)

// maxConninfo bounds a connection string in bytes.
const maxConninfo = 64 << 10

// parseConninfo reads a libpq connection string, keyword/value or URL, into its
// parameters. It looks at nothing else: no environment, no service file and no
// password file, for the string was written by somebody else.
//
// PostgreSQL documentation, 34.1.1 Connection Strings. The error names the place
// and never the text.
func parseConninfo(s string) (map[string]string, error) {
	if len(s) > maxConninfo {
		return nil, fmt.Errorf("connection string of %d bytes is over the limit of %d: %w", len(s), maxConninfo, drover.ErrInvalid)
	}
	for _, scheme := range []string{"postgresql://", "postgres://"} {
		if rest, ok := strings.CutPrefix(s, scheme); ok {
			return parseURL(rest)
		}
	}
	return parseKeywords(s)
}

func parseKeywords(s string) (map[string]string, error) {
	out := map[string]string{}
	for i := 0; ; {
		for i < len(s) && space(s[i]) {
			i++
		}
		if i == len(s) {
			return out, nil
		}
		start := i
		for i < len(s) && s[i] != '=' && !space(s[i]) {
			i++
		}
		key := s[start:i]
		for i < len(s) && space(s[i]) {
			i++
		}
		if key == "" || i == len(s) || s[i] != '=' {
			return nil, fmt.Errorf("connection string: byte %d: a keyword without =: %w", start, drover.ErrInvalid)
		}
		for i++; i < len(s) && space(s[i]); {
			i++
		}
		value, next, ok := keywordValue(s, i)
		if !ok {
			return nil, fmt.Errorf("connection string: byte %d: a quote is not closed: %w", i, drover.ErrInvalid)
		}
		out[strings.ToLower(key)], i = value, next
	}
}

// keywordValue reads a plain or quoted value; a backslash takes the next byte
// as it is in both.
func keywordValue(s string, i int) (value string, next int, ok bool) {
	var b strings.Builder
	quoted := i < len(s) && s[i] == '\''
	if quoted {
		i++
	}
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quoted && c == '\'':
			return b.String(), i + 1, true
		case !quoted && space(c):
			return b.String(), i, true
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), i, !quoted
}

func space(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// parseURL reads what follows the scheme: [user[:password]@][hosts][/dbname][?parameters].
// libpq ends the user part at the first @ before any slash; hosts may be many.
func parseURL(s string) (map[string]string, error) {
	out := map[string]string{}
	var bad error
	set := func(key, value string) {
		v, err := url.PathUnescape(value)
		if err != nil {
			bad = fmt.Errorf("connection string: %s is not percent-encoded: %w", key, drover.ErrInvalid)
		}
		if value != "" {
			out[key] = v
		}
	}
	s, query, _ := strings.Cut(s, "?")
	authority, db, _ := strings.Cut(s, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		set("user", user)
		set("password", password)
		authority = authority[i+1:]
	}
	var hostList, portList []string
	for _, h := range strings.Split(authority, ",") {
		port := ""
		if i := strings.LastIndexByte(h, ':'); i >= 0 && !strings.HasSuffix(h, "]") {
			h, port = h[:i], h[i+1:]
		}
		hostList, portList = append(hostList, strings.Trim(h, "[]")), append(portList, port)
	}
	set("host", strings.Join(hostList, ","))
	set("port", strings.Trim(strings.Join(portList, ","), ","))
	set("dbname", db)
	for _, p := range strings.Split(query, "&") {
		if key, value, ok := strings.Cut(p, "="); ok && key != "" {
			set(strings.ToLower(key), value)
		}
	}
	if bad != nil {
		return nil, bad
	}
	return out, nil
}

// secretsOf returns the secret values of a connection string, to be scrubbed
// from errors. Where the string cannot be read, the whole of it is a secret.
func secretsOf(dsn string) []string {
	m, err := parseConninfo(dsn)
	if err != nil {
		return []string{dsn}
	}
	var out []string
	for key, value := range m {
		if secretWord.MatchString(key) && key != "passfile" {
			out = append(out, value)
		}
	}
	return out
}

// target is the address and user that parameters name, as an alias of the role
// at the other end; "" where they do not say it, or say it of a local server.
func target(params map[string]string) string {
	host, port, user := params["host"], params["port"], params["user"]
	if user == "" {
		user = params["username"]
	}
	if strings.Contains(host, ",") || user == "" {
		return ""
	}
	if port == "" {
		port = "5432"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	h, ok := address(host+":"+port, "", false)
	if !ok {
		return ""
	}
	return dsnAlias(h, user)
}
