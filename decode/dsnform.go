package decode

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/droverhq/drover"
)

// parseURL reads scheme://user:password@host:port,host2/database?params. The
// password may hold unescaped @, / and #, as it often does in practice.
func parseURL(s string) (DSN, error) {
	scheme, rest, _ := strings.Cut(s, "://")
	d := DSN{Form: "url", Scheme: scheme}
	info, rest := cutUserInfo(scheme, rest)
	user, password, _ := strings.Cut(info, ":")
	d.User, d.Password = unescape(user), drover.Secret(unescape(password))
	end := strings.IndexAny(rest, "/?#;")
	if end < 0 {
		end = len(rest)
	}
	for h := range strings.SplitSeq(rest[:end], ",") {
		if h != "" {
			d.Hosts = append(d.Hosts, h)
		}
	}
	rest = rest[end:]
	rest, _, _ = strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	path, pairs, semicolons := strings.Cut(path, ";")
	switch name, _ := canonical(scheme); name {
	case "http", "https":
	case "amqp": // its virtual host may be "/" itself
		d.Database = unescape(strings.TrimPrefix(path, "/"))
	default:
		d.Database = unescape(strings.Trim(path, "/"))
	}
	if semicolons {
		d.ado(pairs)
	}
	d.query(query)
	d.finish()
	return d, nil
}

// cutUserInfo splits "user:pass@rest". In web addresses an @ counts only before
// the first slash, or when what stands before that slash cannot be host and
// port; elsewhere the last one does, because paths there have none.
func cutUserInfo(scheme, rest string) (info, after string) {
	head, _, _ := strings.Cut(rest, "?")
	authority := head
	if i := strings.IndexAny(head, "/#"); i >= 0 {
		authority = head[:i]
	}
	if name, _ := canonical(scheme); name != "http" && name != "https" && strings.Contains(authority, ":") {
		authority = head
	}
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		return rest[:at], rest[at+1:]
	}
	_, port, ok := strings.Cut(authority, ":")
	if !ok || strings.Trim(port, "0123456789,:") == "" || strings.ContainsAny(port, "${%") || strings.HasPrefix(authority, "[") {
		return "", rest
	}
	// What stands behind the colon is no port, but the begin of a password.
	if at := strings.LastIndex(head, "@"); at >= 0 {
		return rest[:at], rest[at+1:]
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		return rest[:at], rest[at+1:]
	}
	return "", rest
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// query takes user, password and database out of URL parameters.
func (d *DSN) query(q string) {
	for pair := range strings.FieldsFuncSeq(q, func(r rune) bool { return r == '&' || r == ';' }) {
		k, v, _ := strings.Cut(pair, "=")
		k, _ = url.QueryUnescape(k)
		if u, err := url.QueryUnescape(v); err == nil {
			v = u
		}
		d.set(k, v)
	}
}

// set assigns one named parameter, whatever the driver calls it.
func (d *DSN) set(k, v string) {
	switch strings.ToLower(strings.ReplaceAll(strings.TrimSpace(k), "_", " ")) {
	case "user", "username", "user id", "uid", "user name":
		d.User = v
	case "password", "pwd", "pass":
		d.Password = drover.Secret(v)
	case "database", "dbname", "databasename", "initial catalog", "db", "service name", "servicename":
		d.Database = v
	case "server", "host", "data source", "address", "addr", "network address", "servername", "hostname", "hostaddr":
		d.server(v)
	case "port", "portnumber":
		d.Port = v
	default:
		d.param(k, v)
	}
}

// server reads the host of an ADO.NET string: "tcp:host,1433", "host\instance",
// "host:port", "(local)", Oracle's "//host:port/service".
func (d *DSN) server(v string) {
	for _, p := range []string{"tcp:", "np:", "lpc:", "//"} {
		if len(v) > len(p) && strings.EqualFold(v[:len(p)], p) {
			v = v[len(p):]
		}
	}
	if h, service, ok := strings.Cut(v, "/"); ok && !strings.HasPrefix(v, "/") {
		v, d.Database = h, service
	}
	if h, instance, ok := strings.Cut(v, `\`); ok {
		if i, port, ok := strings.Cut(instance, ","); ok {
			instance, d.Port = i, port
		}
		v = h
		d.param("instance", instance)
	}
	if strings.Contains(v, ",") {
		h, port, _ := strings.Cut(v, ",")
		if strings.Trim(port, "0123456789 ") == "" {
			d.Hosts, d.Host, d.Port = append(d.Hosts, v), strings.TrimSpace(h), strings.TrimSpace(port)
			return
		}
		d.Hosts = append(d.Hosts, strings.Split(v, ",")...)
		return
	}
	host, port := splitHost(v)
	d.Hosts, d.Host = append(d.Hosts, v), host
	if port != "" {
		d.Port = port
	}
}

// ado reads "Key=Value;Key2='quoted;value'" pairs, as ADO.NET and ODBC have.
func (d *DSN) ado(s string) {
	for s != "" {
		k, rest, ok := strings.Cut(s, "=")
		if !ok {
			return
		}
		k = strings.Trim(k, " ;\t\r\n")
		var v string
		v, s = adoValue(rest)
		d.set(k, v)
	}
}

// adoValue takes one value off: bare, "double", 'single' or {ODBC braces},
// closing marks doubled inside.
func adoValue(s string) (v, rest string) {
	s = strings.TrimLeft(s, " ")
	if s == "" {
		return "", ""
	}
	quote := s[0]
	if quote == '{' {
		quote = '}'
	}
	if quote != '"' && quote != '\'' && quote != '}' {
		v, rest, _ = strings.Cut(s, ";")
		return strings.TrimSpace(v), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		_, rest, _ = strings.Cut(s[i+1:], ";")
		return b.String(), rest
	}
	v, rest, _ = strings.Cut(s, ";")
	return v, rest
}

// parsePairs reads ADO.NET, ODBC and Azure strings, told apart by their keys.
func parsePairs(s string) (DSN, error) {
	d := DSN{Form: "ado"}
	d.ado(s)
	get := func(k string) string {
		for name, v := range d.Params {
			if strings.EqualFold(name, k) {
				return v
			}
		}
		return ""
	}
	switch {
	case get("AccountName") != "" || get("BlobEndpoint") != "":
		d.Form, d.Scheme, d.User = "azure", "azure-storage", get("AccountName")
		suffix := get("EndpointSuffix")
		if suffix == "" {
			suffix = "core.windows.net"
		}
		if d.User != "" {
			d.Host = d.User + "." + suffix
		}
	case strings.HasPrefix(get("Endpoint"), "sb:"):
		d.Form, d.Scheme, d.User, d.Database = "azure", "azure-servicebus", get("SharedAccessKeyName"), get("EntityPath")
		d.Host = hostOfURL(get("Endpoint"))
	case get("AccountEndpoint") != "":
		d.Form, d.Scheme, d.Host = "azure", "azure-cosmosdb", hostOfURL(get("AccountEndpoint"))
	case strings.HasPrefix(get("Endpoint"), "https:"):
		d.Form, d.Scheme, d.User, d.Host = "azure", "azure-appconfig", get("Id"), hostOfURL(get("Endpoint"))
	case strings.Contains(d.Host, "azure-devices.net"):
		d.Form, d.Scheme, d.User = "azure", "azure-iothub", get("SharedAccessKeyName")+get("DeviceId")
	case len(d.Hosts) == 0 && d.User == "" && d.Password == "":
		return DSN{}, bad("connection string", 0, "pairs of no known kind")
	default:
		d.Scheme = adoScheme(get("Driver"), get("Provider"), d.Port)
	}
	if d.Form == "azure" {
		d.azureKey()
	}
	d.finish()
	return d, nil
}

// azureKey makes the shared key the password.
func (d *DSN) azureKey() {
	for _, f := range d.Secrets {
		if f.Class == ClassAzureKey && !f.Ref {
			d.Password = f.Value
		}
	}
}

func hostOfURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// adoScheme guesses the system from driver, provider or port; SQL Server is
// what such strings are for when nothing says otherwise.
func adoScheme(driver, provider, port string) string {
	s := strings.ToLower(driver + " " + provider)
	for _, k := range []string{"postgres", "mysql", "mariadb", "oracle", "db2", "snowflake", "redshift"} {
		if strings.Contains(s, k) {
			return k
		}
	}
	for name, sys := range map[string]string{"5432": "postgres", "3306": "mysql", "1521": "oracle"} {
		if port == name {
			return sys
		}
	}
	return "mssql"
}

// parseLibpq reads "host=x user=y password='it”s'" (libpq, section 34.1.1.1).
// Hosts, addresses and ports are lists; one port is for all.
func parseLibpq(s string) (DSN, error) {
	d := DSN{Form: "libpq", Scheme: "postgres"}
	var hosts, addrs, ports []string
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		k, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		rest = strings.TrimLeft(rest, " \t\r\n")
		var v string
		v, s = libpqValue(rest)
		switch k = strings.TrimSpace(k); k {
		case "host":
			hosts = strings.Split(v, ",")
		case "hostaddr":
			addrs = strings.Split(v, ",")
		case "port":
			ports = strings.Split(v, ",")
		default:
			d.set(k, v)
		}
	}
	d.Hosts = append(withPorts(hosts, ports), withPorts(addrs, ports)...)
	if len(ports) > 0 {
		d.Port = ports[0]
	}
	port := d.Port
	d.finish()
	if port != "" {
		d.Port = port
	}
	return d, nil
}

// withPorts gives each host its own port where there are several.
func withPorts(hosts, ports []string) []string {
	for i, h := range hosts {
		if len(ports) < 2 || i >= len(ports) || ports[i] == "" || strings.HasPrefix(h, "/") {
			continue
		}
		hosts[i] = join(h, ports[i])
	}
	return hosts
}

func libpqValue(s string) (v, rest string) {
	quoted := strings.HasPrefix(s, "'")
	i := 0
	if quoted {
		i = 1
	}
	var b strings.Builder
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quoted && c == '\'', !quoted && strings.IndexByte(" \t\r\n", c) >= 0:
			return b.String(), s[i+1:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// parseMySQL reads go-sql-driver's user:password@tcp(host:port)/db?params.
func parseMySQL(s string) (DSN, error) {
	m := mysqlForm.FindStringSubmatch(s)
	d := DSN{Form: "mysql", Scheme: "mysql", User: m[1], Password: drover.Secret(m[2]), Database: m[5]}
	if m[3] != "unix" {
		d.Hosts = []string{m[4]}
	} else {
		d.Host = m[4]
		d.param("socket", m[4])
	}
	d.query(m[6])
	d.finish()
	return d, nil
}

// parseJDBC reads what follows "jdbc:".
func parseJDBC(s string) (DSN, error) {
	sub, rest, ok := strings.Cut(s, ":")
	if !ok {
		return DSN{}, bad("connection string", 0, "jdbc: without a subprotocol")
	}
	sub = strings.ToLower(sub)
	if sub == "oracle" {
		return parseOracle(rest)
	}
	if i := strings.Index(rest, "//"); i >= 0 {
		d, err := parseURL(sub + ":" + rest[i:])
		d.Form = "jdbc"
		return d, err
	}
	d := DSN{Form: "jdbc", Scheme: sub}
	path, query, _ := strings.Cut(rest, "?")
	path, pairs, _ := strings.Cut(path, ";")
	d.Database = path
	d.query(query)
	d.ado(pairs)
	d.finish()
	return d, nil
}

// The connect descriptor of Oracle Net: the address and the service in it.
var (
	oracleAddress = regexp.MustCompile(`(?i)\(\s*HOST\s*=\s*([^()\s]+)\s*\)\s*\(\s*PORT\s*=\s*([0-9]+)\s*\)`)
	oracleService = regexp.MustCompile(`(?i)\(\s*(?:SERVICE_NAME|SID)\s*=\s*([^()\s]+)\s*\)`)
)

// parseOracle reads thin:user/password@//host:port/service and @host:port:sid.
func parseOracle(s string) (DSN, error) {
	d := DSN{Form: "jdbc", Scheme: "oracle"}
	_, s, _ = strings.Cut(s, ":")
	at := strings.LastIndex(s, "@")
	if at < 0 {
		return DSN{}, bad("connection string", 0, "jdbc:oracle without @")
	}
	user, password, _ := strings.Cut(s[:at], "/")
	d.User, d.Password = user, drover.Secret(password)
	addr, query, _ := strings.Cut(strings.TrimPrefix(s[at+1:], "//"), "?")
	if h, service, ok := strings.Cut(addr, "/"); ok {
		addr, d.Database = h, service
	} else if p := strings.SplitN(addr, ":", 3); len(p) == 3 {
		addr, d.Database = p[0]+":"+p[1], p[2]
	}
	if strings.HasPrefix(addr, "(") {
		addr = ""
		for _, m := range oracleAddress.FindAllStringSubmatch(s[at+1:], 100) {
			d.Hosts = append(d.Hosts, m[1]+":"+m[2])
		}
		if m := oracleService.FindStringSubmatch(s[at+1:]); m != nil {
			d.Database = m[1]
		}
	}
	if addr != "" {
		d.Hosts = []string{addr}
	}
	d.query(query)
	d.finish()
	return d, nil
}
