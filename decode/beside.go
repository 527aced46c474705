package decode

import (
	"regexp"
	"strings"
)

// A beside is who logs in where, told by what stands beside a password: the
// variables of one name (DB_HOST, DB_PORT, DB_USER), the keys of one map.
type beside struct{ scheme, host, port, user string }

var passwordName = regexp.MustCompile(`^(|.*[^_.-])[_.-]?(?:PASSWORD|PASSWD|PASS|PWD)$`)

// besides are the names of what stands beside a password, first that is set.
var besides = struct{ user, host, port, scheme []string }{
	user:   []string{"USER", "USERNAME", "USER_NAME", "LOGIN"},
	host:   []string{"HOST", "HOSTNAME", "SERVER", "HOSTADDR", "ADDRESS", "ADDR"},
	port:   []string{"PORT"},
	scheme: []string{"ADAPTER", "DIALECT", "ENGINE", "DRIVER", "CONNECTION", "CLIENT", "TYPE", "SCHEME", "PROTOCOL"},
}

// systemWords are words in names of variables that say which system they are for.
var systemWords = map[string]string{
	"pg": "postgres", "postgres": "postgres", "postgresql": "postgres", "pgsql": "postgres", "redshift": "redshift", "mysql": "mysql", "mariadb": "mysql",
	"mongo": "mongodb", "mongodb": "mongodb", "redis": "redis", "valkey": "redis", "rabbitmq": "amqp", "amqp": "amqp", "mssql": "mssql", "sqlserver": "mssql",
	"oracle": "oracle", "clickhouse": "clickhouse", "snowflake": "snowflake", "cassandra": "cassandra", "neo4j": "neo4j", "elasticsearch": "elasticsearch",
	"ldap": "ldap", "smtp": "smtp", "mail": "smtp", "sftp": "sftp", "ftp": "ftp", "nats": "nats", "kafka": "kafka", "mqtt": "mqtt",
}

// systemPorts are the default ports by which a database is told where nothing
// else says which it is.
var systemPorts = map[string]string{"5432": "postgres", "3306": "mysql", "1433": "mssql", "1521": "oracle", "27017": "mongodb", "5439": "redshift", "9042": "cassandra"}

// loginBeside looks for the login that the password called name is for among
// vars, whose names are in upper case. ok needs a user and a host in clear.
func loginBeside(name string, vars map[string]string) (l beside, ok bool) {
	m := passwordName.FindStringSubmatch(strings.ToUpper(name))
	if m == nil {
		return l, false
	}
	get := func(names []string) string {
		for _, n := range names {
			for _, sep := range []string{"", "_", ".", "-"} {
				if v := strings.TrimSpace(vars[m[1]+sep+n]); v != "" && (m[1] == "") == (sep == "") || v != "" && sep == "" {
					return v
				}
			}
		}
		return ""
	}
	l = beside{host: get(besides.host), port: get(besides.port), user: get(besides.user)}
	for _, w := range words(m[1]) {
		if s := systemWords[w]; s != "" {
			l.scheme = s
		}
	}
	if l.scheme == "" {
		l.scheme = schemeOf(get(besides.scheme))
	}
	if l.scheme == "" {
		l.scheme = systemPorts[l.port]
	}
	if account := get([]string{"ACCOUNT"}); l.scheme == "snowflake" && l.host == "" && account != "" {
		l.host = strings.ToLower(account) + ".snowflakecomputing.com"
	}
	for _, v := range []string{l.host, l.port, l.user} {
		if len(v) > 512 || LooksReference(v) || strings.ContainsAny(v, "$\x00") {
			return l, false
		}
	}
	return l, l.user != "" && l.host != ""
}

// schemeOf reads the name of an adapter, dialect or engine as frameworks write
// them: "postgresql", "django.db.backends.mysql", "pdo_pgsql", "mysql2".
func schemeOf(v string) string {
	for _, w := range words(v) {
		w = strings.TrimRight(w, "0123456789")
		if s, ok := systems[w]; ok && s.name != "http" && s.name != "https" && s.name != "ssh" {
			return s.name
		}
		if s := systemWords[w]; s != "" {
			return s
		}
	}
	return ""
}

// pairLogins gives each password of list that has no account yet the login that
// stands beside it.
func pairLogins(list []Found, vars map[string]string) {
	for i := range list {
		if f := &list[i]; f.Class == ClassPassword && f.Account == "" && !f.Ref {
			if l, ok := loginBeside(f.Name, vars); ok {
				l.give(f)
			}
		}
	}
}

func (l beside) give(f *Found) {
	f.Account, f.Host, f.Scheme = l.user, l.host, l.scheme
	if l.port != "" && !strings.HasPrefix(l.host, "/") {
		f.Host = join(l.host, l.port)
	}
}

// scalars are the plain values of a map, by name in upper case.
func (v *value) scalars() map[string]string {
	out := map[string]string{}
	if v.is(kindMap) {
		for k, e := range v.each() {
			if e.kind != kindMap && e.kind != kindList {
				out[strings.ToUpper(k)] = e.text
			}
		}
	}
	return out
}

// UserAliases are the aliases of the account that the credential opens, as
// [DSN.UserAliases] has them; none where the protocol is not known.
func (f Found) UserAliases(machine string) []string {
	d := DSN{Scheme: f.Scheme, User: f.Account}
	if f.Class == ClassConnection {
		if p, err := ParseDSN(f.Value.Reveal()); err == nil {
			return p.UserAliases(machine)
		}
	}
	if _, known := systems[f.Scheme]; !known {
		return nil
	}
	d.Hosts = []string{f.Host}
	if strings.HasPrefix(f.Host, "/") {
		d.Host, d.Port = f.Host, ""
	}
	d.finish()
	return d.UserAliases(machine)
}
