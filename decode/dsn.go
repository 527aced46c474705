package decode

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/droverhq/drover"
)

// DSN is a connection string of any form, taken apart.
type DSN struct {
	Form     string   // "url", "jdbc", "libpq", "ado" (ADO.NET and ODBC), "azure", "mysql" (go-sql-driver)
	Scheme   string   // canonical system: postgres, mysql, mongodb, redis, amqp, mssql, oracle, https, azure-storage, …
	Hosts    []string // every host[:port], in order
	Host     string   // the first one, lower case, no port; a path is a Unix socket
	SRV      bool     // Host is a DNS SRV name (RFC 2782) that leads to the real hosts
	Port     string   // of the first host; the scheme's own default is filled in
	User     string
	Password drover.Secret // decoded; "" none or a reference
	Ref      string        // "${DB_PASSWORD}" when the password is a reference, not a value
	Database string
	Params   map[string]string // other parameters; those with secret names hold REDACTED and are in Secrets
	Secrets  []Found           // secrets among the parameters (SharedAccessKey, sslpassword, …)
}

// systems gives each spelling of a scheme or driver its canonical name and
// default port.
var systems = map[string]struct{ name, port string }{
	"postgres": {"postgres", "5432"}, "postgresql": {"postgres", "5432"}, "pgsql": {"postgres", "5432"}, "psql": {"postgres", "5432"},
	"cockroachdb": {"postgres", "26257"}, "redshift": {"redshift", "5439"},
	"mysql": {"mysql", "3306"}, "mariadb": {"mysql", "3306"}, "mysqlx": {"mysql", "33060"},
	"mongodb": {"mongodb", "27017"}, "mongodb+srv": {"mongodb", ""},
	"redis": {"redis", "6379"}, "rediss": {"redis", "6379"}, "valkey": {"redis", "6379"},
	"amqp": {"amqp", "5672"}, "amqps": {"amqp", "5671"}, "rabbitmq": {"amqp", "5672"},
	"mssql": {"mssql", "1433"}, "sqlserver": {"mssql", "1433"}, "jtds": {"mssql", "1433"},
	"oracle": {"oracle", "1521"}, "clickhouse": {"clickhouse", "9000"}, "snowflake": {"snowflake", "443"},
	"cassandra": {"cassandra", "9042"}, "couchbase": {"couchbase", ""}, "neo4j": {"neo4j", "7687"}, "bolt": {"neo4j", "7687"},
	"elasticsearch": {"elasticsearch", "9200"}, "db2": {"db2", "50000"}, "trino": {"trino", "8080"}, "presto": {"presto", "8080"},
	"ldap": {"ldap", "389"}, "ldaps": {"ldap", "636"}, "smtp": {"smtp", "25"}, "smtps": {"smtp", "465"},
	"ftp": {"ftp", "21"}, "sftp": {"sftp", "22"}, "ssh": {"ssh", "22"}, "git+ssh": {"ssh", "22"},
	"nats": {"nats", "4222"}, "kafka": {"kafka", "9092"}, "mqtt": {"mqtt", "1883"}, "mqtts": {"mqtt", "8883"},
	"http": {"http", "80"}, "https": {"https", "443"}, "influxdb": {"influxdb", "8086"}, "memcached": {"memcached", "11211"},
}

// canonical names the system of a scheme; drivers after a plus are dropped
// ("postgresql+psycopg2"), unless the whole is known ("mongodb+srv").
func canonical(scheme string) (name, port string) {
	scheme = strings.ToLower(scheme)
	if s, ok := systems[scheme]; ok {
		return s.name, s.port
	}
	if base, _, ok := strings.Cut(scheme, "+"); ok {
		if s, ok := systems[base]; ok {
			return s.name, s.port
		}
	}
	return scheme, ""
}

var (
	urlForm   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	mysqlForm = regexp.MustCompile(`^(?s)(?:([^:@/]*)(?::(.*))?@)?(tcp|tcp6|unix)\(([^)]*)\)/([^?]*)(?:\?(.*))?$`)
	libpqForm = regexp.MustCompile(`(?i)(?:^|\s)(?:host|hostaddr|user|dbname|password|port|service|sslmode|passfile)\s*=`)
)

// maxDSN is the longest connection string taken, in bytes.
const maxDSN = 32 << 10

// ParseDSN takes a connection string apart: URLs (RFC 3986, with the passwords
// people really write in them), JDBC, libpq keywords, ADO.NET and ODBC pairs,
// Azure storage and messaging, and go-sql-driver/mysql. Anything else is an
// error wrapping [drover.ErrInvalid].
func ParseDSN(s string) (DSN, error) {
	s = strings.TrimSpace(s)
	switch {
	case len(s) > maxDSN:
		return DSN{}, bad("connection string", 0, "%d bytes are over the limit of %d", len(s), maxDSN)
	case len(s) > 5 && strings.EqualFold(s[:5], "jdbc:"):
		return parseJDBC(s[5:])
	case urlForm.MatchString(s):
		return parseURL(s)
	case mysqlForm.MatchString(s):
		return parseMySQL(s)
	case strings.Contains(s, ";") && strings.Contains(s, "=") || adoKey(s):
		return parsePairs(s)
	case libpqForm.MatchString(s):
		return parseLibpq(s)
	}
	return DSN{}, bad("connection string", 0, "none of the known forms")
}

// adoKey tells a single ADO.NET pair such as "Server=db" from libpq.
func adoKey(s string) bool {
	k, _, ok := strings.Cut(s, "=")
	k = strings.ToLower(strings.TrimSpace(k))
	return ok && (k == "server" || k == "data source" || k == "endpoint" || k == "accountname" || k == "driver")
}

// Alias names what the string leads to, in the one spelling by which facts of
// different sources are joined:
//
//		scheme://[user@]host[:port][/database]
//
//	  - scheme is the canonical system, whatever driver the string names: postgres
//	    for postgresql, pgsql, jdbc:postgresql and postgresql+psycopg2. With TLS or
//	    without is the same place (redis for rediss), the port tells them apart.
//	    A DNS SRV name is a place of its own: mongodb+srv://, without a port.
//	  - user and database are percent-encoded as path segments (RFC 3986), in the
//	    case they were written; a password is never part of it.
//	  - host is lower case without final dot; an IPv6 address is in brackets, in
//	    its shortest form (RFC 5952). Of several hosts it is the first.
//	  - port is always there where the system has a default one.
//	  - web addresses have no path.
//
// It is "" where the string names no place that means the same elsewhere: no
// host, a Unix socket, a loopback, link-local or unspecified address, a
// host that is none, a port that is a variable.
//
// An alias that is parsed again has itself as alias.
func (d DSN) Alias() string {
	if !urlForm.MatchString(d.Scheme+"://") || local(d.Host) {
		return ""
	}
	if _, err := netip.ParseAddr(d.Host); err != nil && strings.Contains(d.Host, ":") {
		return "" // neither a name nor an address
	}
	if _, port := canonical(d.Scheme); d.Port == "" && port != "" && !d.SRV {
		return "" // the port is a variable
	}
	var b strings.Builder
	b.WriteString(d.Scheme)
	if d.SRV {
		b.WriteString("+srv")
	}
	b.WriteString("://")
	if d.User != "" {
		b.WriteString(escape(d.User) + "@")
	}
	host := d.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	} else {
		host = escape(host)
	}
	b.WriteString(host)
	if d.Port != "" {
		b.WriteString(":" + escape(d.Port))
	}
	if d.Database != "" {
		b.WriteString("/" + escape(d.Database))
	}
	return b.String()
}

// escape makes one path segment of s, so that no part of an alias ends another.
func escape(s string) string {
	return strings.NewReplacer(":", "%3A", "@", "%40", ";", "%3B", "=", "%3D", "+", "%2B", "&", "%26", "$", "%24", ",", "%2C").Replace(url.PathEscape(s))
}

// local says whether a host means something on its own machine only.
func local(host string) bool {
	switch host {
	case "", "localhost", "localhost.localdomain", ".", "(local)", "(localdb)":
		return true
	}
	a, err := netip.ParseAddr(host)
	return strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || strings.HasSuffix(host, ".localhost") || err == nil && (a.Zone() != "" || a.Unmap().IsLoopback() || a.Unmap().IsUnspecified() || a.Unmap().IsLinkLocalUnicast())
}

// finish fills what follows from the rest.
func (d *DSN) finish() {
	var port string
	d.SRV = d.SRV || strings.EqualFold(d.Scheme, "mongodb+srv")
	d.Scheme, port = canonical(d.Scheme)
	if len(d.Hosts) > 0 && d.Host == "" {
		d.Host, d.Port = splitHost(d.Hosts[0])
	}
	d.Host = cleanHost(d.Host)
	switch {
	case d.SRV:
		d.Port = "" // the records say it
	case strings.Trim(d.Port, "0123456789") != "":
		d.Port = "" // a variable, or the half of a password that was not escaped
	case d.Port == "" && d.Host != "" && !strings.HasPrefix(d.Host, "/"):
		d.Port = port
	}
	if LooksReference(d.Password.Reveal()) {
		d.Ref, d.Password = d.Password.Reveal(), ""
	}
}

// cleanHost decodes a host, and spells it in the one way that aliases have. The
// case of a socket's path counts.
func cleanHost(h string) string {
	if h = unescape(h); strings.HasPrefix(h, "/") || strings.HasPrefix(h, "@") {
		return h
	}
	if a, err := netip.ParseAddr(h); err == nil {
		return strings.ToLower(a.String())
	}
	return strings.ToLower(strings.TrimSuffix(h, "."))
}

// splitHost takes the port off host:port, [v6]:port or a bare v6 address.
func splitHost(s string) (host, port string) {
	if strings.HasPrefix(s, "[") {
		if h, rest, ok := strings.Cut(s[1:], "]"); ok {
			return h, strings.TrimPrefix(rest, ":")
		}
	}
	if strings.Count(s, ":") > 1 {
		return s, ""
	}
	host, port, _ = strings.Cut(s, ":")
	return host, port
}

func (d *DSN) param(k, v string) {
	if k == "" {
		return
	}
	if d.Params == nil {
		d.Params = map[string]string{}
	}
	d.Params[k] = sift(&d.Secrets, k, v, k, 0)
}
