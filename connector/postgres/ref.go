package postgres

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

// maxText bounds a name, a comment or an option in bytes. Identifiers have 63.
const maxText = 4096

// A cluster builds the refs of one cluster: its tenant is the system
// identifier, which initdb draws and nothing changes.
type cluster struct {
	tenant string
	hosts  []string // host:port, normalised: how programs call it
}

func num(n int64) string { return strconv.FormatInt(n, 10) }

// ref names a thing of the whole cluster by its object identifier.
func (c cluster) ref(typ string, oid int64) drover.Ref {
	return drover.NewRef("postgres", c.tenant, typ, num(oid))
}

// in names a thing of one database: object identifiers are unique per database
// and catalog only.
func (c cluster) in(db int64, typ string, oid int64) drover.Ref {
	return drover.NewRef("postgres", c.tenant, typ, num(db)+"."+num(oid))
}

// role names a role; 0 is PUBLIC, as in an access control list. The ref does
// not change when a role gains or loses LOGIN.
func (c cluster) role(oid int64) drover.Ref {
	if oid == 0 {
		return drover.NewRef("postgres", c.tenant, "postgres.public", "PUBLIC")
	}
	return c.ref("postgres.role", oid)
}

func (c cluster) self() drover.Ref {
	return drover.NewRef("postgres", c.tenant, "postgres.cluster", c.tenant)
}

func (c cluster) coverage(section string) string { return "postgres:" + c.tenant + "/" + section }

// roleAlias is how other sources name a role of a known cluster.
func (c cluster) roleAlias(name string) string { return "pg:" + c.tenant + "/" + text(name) }

// aliases of a role: by its cluster, and by each address of the cluster as a
// connection string would name it.
func (c cluster) aliases(name string) []string {
	var out []string
	for _, h := range c.hosts {
		out = append(out, dsnAlias(h, name))
	}
	return append(out, c.roleAlias(name)) // "dsn:" sorts before "pg:", and hosts are sorted
}

// dsnAlias is "dsn:postgres://host:port/user": what a connection string says
// about whom it logs in, without database, password and parameters.
func dsnAlias(hostPort, user string) string {
	return "dsn:postgres://" + hostPort + "/" + url.PathEscape(text(user))
}

// address spells host:port as aliases have it, port 5432 when none is given.
// machine says whose loopback addresses and sockets are meant; "" where nobody
// knows: those mean another server on every machine, and ok is false. So it is
// for a name without a dot, unless declared says that it means this server.
func address(hostPort, machine string, declared bool) (name string, ok bool) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		host, port = strings.Trim(hostPort, "[]"), "5432"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", false
	}
	if name = decode.ServerName(host, port, machine); name != "" {
		return name, true
	}
	host = strings.ToLower(host)
	if declared && label.MatchString(host) && host != "localhost" {
		return net.JoinHostPort(host, port), true
	}
	return "", false
}

// label is a host name without a dot.
var label = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$`)

// text bounds a string from the server and makes it valid UTF-8: a database in
// SQL_ASCII holds any bytes. A byte that is none of UTF-8 becomes \xNN, so that
// two names stay two.
func text(s string) string {
	s = cut(s, maxText)
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0]), 16))
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

func texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return out
}
