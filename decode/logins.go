package decode

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// netrc reads machines and logins (GNU Inetutils manual, ".netrc"). Tokens may
// be quoted and lie on one line or on several; macros are left out.
func netrc(data []byte) ([]Found, error) {
	var out []Found
	var host, user string
	want, inMacro := "", false
	mine := 0 // the first that this machine has
	for l := range lines(data) {
		if inMacro {
			inMacro = strings.TrimSpace(l.text) != ""
			continue
		}
		for _, t := range netrcTokens(l.text) {
			switch want {
			case "machine":
				host, user, mine = t, "", len(out)
			case "login":
				user = t
				for ; mine < len(out); mine++ { // a password may stand before its login
					out[mine].Account = t
				}
			case "password":
				secretFound(&out, ClassPassword, host, user, host, drover.Secret(t), "machine "+host, l.n)
				if user != "" {
					mine = len(out)
				}
			case "macdef":
				inMacro = true
			}
			if want != "" {
				want = ""
				continue
			}
			switch t {
			case "machine", "login", "password", "account", "macdef":
				want = t
			case "default":
				host, user, mine = "", "", len(out)
			}
		}
	}
	return out, nil
}

func netrcTokens(s string) []string {
	var out []string
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == '#' {
			return out
		}
		if s[0] == '"' {
			if t, rest, ok := strings.Cut(s[1:], `"`); ok {
				out, s = append(out, t), rest
				continue
			}
		}
		i := strings.IndexAny(s, " \t")
		if i < 0 {
			return append(out, s)
		}
		out, s = append(out, s[:i]), s[i:]
	}
}

// pgpass reads host:port:database:user:password with backslash escapes (libpq,
// "The Password File").
func pgpass(data []byte) ([]Found, error) {
	var out []Found
	bads := complaints{format: "pgpass"}
	for l := range lines(data) {
		if t := strings.TrimSpace(l.text); t == "" || t[0] == '#' {
			continue
		}
		f := pgpassFields(l.text)
		if len(f) != 5 {
			bads.add(l.n, "%d fields, want 5", len(f))
			continue
		}
		n := len(out)
		host := f[0]
		if f[1] != "*" { // of any port, so of the default one
			host += ":" + f[1]
		}
		secretFound(&out, ClassPassword, f[0]+"/"+f[2], f[3], host, drover.Secret(f[4]), "", l.n)
		if len(out) > n {
			if f[0] != "*" && f[3] != "*" {
				out[n].Scheme = "postgres"
			}
			out[n].Extra = mergeExtra(out[n].Extra, "database", f[2])
		}
	}
	return out, bads.err()
}

func pgpassFields(s string) []string {
	var f []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == ':' && len(f) < 4:
			f = append(f, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(f, b.String())
}

// Dotenv reads NAME=value files: "export" before the name, single and double
// quotes, values over several lines inside quotes, comments after a space. Only
// secrets and references to them are returned.
func Dotenv(data []byte) ([]Found, error) {
	data, err := clean("dotenv", data)
	if err != nil {
		return nil, err
	}
	var out []Found
	vars := map[string]string{}
	all := slices.Collect(lines(data))
	for i := 0; i < len(all); i++ {
		l := all[i]
		t := strings.TrimSpace(l.text)
		t = strings.TrimSpace(strings.TrimPrefix(t, "export "))
		k, v, ok := strings.Cut(t, "=")
		k = strings.TrimSpace(k)
		if !ok || k == "" || k[0] == '#' || strings.ContainsAny(k, " \t") {
			continue
		}
		v = strings.TrimLeft(v, " \t")
		if v != "" && (v[0] == '"' || v[0] == '\'' || v[0] == '`') {
			quote := v[:1]
			text := v[1:]
			for n := 0; !strings.Contains(text, quote) && i+1 < len(all) && n < 200; n++ {
				i++
				text += "\n" + all[i].text
			}
			v, _, _ = strings.Cut(text, quote)
			if quote == `"` {
				v = strings.ReplaceAll(v, `\n`, "\n")
			}
		} else {
			v, _, _ = strings.Cut(v, " #")
			v = strings.TrimSpace(v)
		}
		siftEnv(&out, k, v, l.n)
		vars[strings.ToUpper(k)] = v
	}
	pairKeys(out, all)
	pairLogins(out, vars)
	return out, nil
}

// siftEnv judges one variable; a connection string brings its host and user.
func siftEnv(out *[]Found, k, v string, line int) {
	n := len(*out)
	sift(out, k, v, k, line)
	if len(*out) == n {
		return
	}
	f := &(*out)[n]
	if d, err := ParseDSN(v); err == nil && f.Class == ClassConnection && d.Password != "" {
		f.Account, f.Host, f.Scheme = d.User, d.Host, d.Scheme
		f.Extra = mergeExtra(f.Extra, "alias", d.Alias())
	}
}

// pairKeys gives an AWS secret key the access key id that stands beside it.
func pairKeys(out []Found, all []textLine) {
	id := ""
	for _, l := range all {
		k, v, ok := strings.Cut(l.text, "=")
		if ok && strings.HasSuffix(strings.ToUpper(strings.TrimSpace(k)), "ACCESS_KEY_ID") {
			id = unquote(strings.TrimSpace(v))
		}
	}
	for i := range out {
		if out[i].Class == ClassAWSKey && out[i].Account == "" {
			out[i].Account = id
		}
	}
}

// assignments reads "name = value" lines of properties and tfvars files.
func assignments(data []byte) ([]Found, error) {
	var out []Found
	vars := map[string]string{}
	for l := range lines(data) {
		t := strings.TrimSpace(l.text)
		if t == "" || strings.ContainsRune("#!/", rune(t[0])) {
			continue
		}
		k, v, ok := strings.Cut(t, "=")
		if !ok {
			if k, v, ok = strings.Cut(t, ":"); !ok {
				continue
			}
		}
		k, v = strings.Trim(strings.TrimSpace(k), `"`), unquote(strings.TrimSpace(v))
		siftEnv(&out, k, v, l.n)
		vars[strings.ToUpper(k)] = v
	}
	pairLogins(out, vars)
	return out, nil
}

// An element is one XML element with its attributes and direct text.
type element struct {
	name string
	attr map[string]string
	text []byte
	line int
	kids []*element
}

// parseXML reads a document without document type, entities or namespaces.
func parseXML(format string, data []byte) (*element, error) {
	data, err := clean(format, data)
	if err != nil {
		return nil, err
	}
	d := xml.NewDecoder(strings.NewReader(string(data)))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	root := &element{}
	stack := []*element{root}
	for n := 0; ; n++ {
		t, err := d.Token()
		line, _ := d.InputPos()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return root, bad(format, line, "not valid XML")
		}
		if n > MaxNodes || len(stack) > MaxDepth {
			return root, bad(format, line, "more than %d elements or nested deeper than %d", MaxNodes, MaxDepth)
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local, line: line}
			for _, a := range t.Attr {
				if e.attr == nil {
					e.attr = map[string]string{}
				}
				e.attr[a.Name.Local] = a.Value
			}
			top.kids = append(top.kids, e)
			stack = append(stack, e)
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			top.text = append(top.text, t...)
		case xml.Directive:
			if s := strings.ToUpper(string(t)); strings.HasPrefix(s, "DOCTYPE") && strings.Contains(s, "[") {
				return root, bad(format, line, "a document type with declarations is refused")
			}
		}
	}
}

// find returns the direct children of a name, case ignored.
func (e *element) find(path ...string) []*element {
	list := []*element{e}
	for _, p := range path {
		var next []*element
		for _, x := range list {
			for _, k := range x.kids {
				if strings.EqualFold(k.name, p) {
					next = append(next, k)
				}
			}
		}
		list = next
	}
	return list
}

// at returns the trimmed text of the first element at the path.
func (e *element) at(path ...string) string {
	for _, f := range e.find(path...) {
		return strings.TrimSpace(string(f.text))
	}
	return ""
}

func (e *element) lineOf(path ...string) int {
	for _, f := range e.find(path...) {
		return f.line
	}
	return e.line
}

// mavenSettings reads servers and proxies (Maven "Settings Reference"). "{…}"
// is a password encrypted with the master password.
func mavenSettings(data []byte) ([]Found, error) {
	root, err := parseXML("Maven settings", data)
	if root == nil {
		return nil, err
	}
	var out []Found
	for _, s := range append(root.find("settings", "servers", "server"), root.find("settings", "proxies", "proxy")...) {
		for k, class := range map[string]string{"password": ClassPassword, "passphrase": ClassPassword, "privateKey": ClassPrivateKey} {
			v := s.at(k)
			n := len(out)
			secretFound(&out, class, s.at("id"), s.at("username"), s.at("host"), drover.Secret(v), "servers."+s.at("id")+"."+k, s.lineOf(k))
			if len(out) > n && strings.HasPrefix(v, "{") && strings.HasSuffix(v, "}") {
				out[n].Extra = mergeExtra(out[n].Extra, "encrypted", "true")
			}
			if len(out) > n && k == "privateKey" {
				out[n].Ref, out[n].Value, out[n].Extra = true, "", map[string]string{"ref": "file:" + v}
			}
		}
	}
	for _, m := range root.find("settingsSecurity", "master") {
		secretFound(&out, ClassEncryptionKey, "master", "", "", drover.Secret(strings.TrimSpace(string(m.text))), "master", m.line)
	}
	return out, err
}

// nugetConfig reads packageSourceCredentials and apikeys.
func nugetConfig(data []byte) ([]Found, error) {
	root, err := parseXML("NuGet.Config", data)
	if root == nil {
		return nil, err
	}
	var out []Found
	for _, sources := range root.find("configuration", "packageSourceCredentials") {
		for _, s := range sources.kids {
			user := ""
			for _, a := range s.find("add") {
				if strings.EqualFold(a.attr["key"], "Username") {
					user = a.attr["value"]
				}
			}
			for _, a := range s.find("add") {
				if strings.HasSuffix(strings.ToLower(a.attr["key"]), "password") {
					secretFound(&out, ClassPassword, s.name, user, "", drover.Secret(a.attr["value"]), s.name+"."+a.attr["key"], a.line)
				}
			}
		}
	}
	for _, a := range root.find("configuration", "apikeys", "add") {
		secretFound(&out, ClassAPIKey, a.attr["key"], "", a.attr["key"], drover.Secret(a.attr["value"]), "apikeys", a.line)
	}
	return out, err
}

// filezilla reads saved servers; passwords are base64 or clear.
func filezilla(data []byte) ([]Found, error) {
	root, err := parseXML("FileZilla sites", data)
	if root == nil {
		return nil, err
	}
	var out []Found
	var visit func(e *element)
	visit = func(e *element) {
		if strings.EqualFold(e.name, "Server") {
			for _, p := range e.find("Pass") {
				v := strings.TrimSpace(string(p.text))
				if b, err := base64.StdEncoding.DecodeString(v); err == nil && p.attr["encoding"] == "base64" {
					v = string(b)
				}
				secretFound(&out, ClassPassword, e.at("Name"), e.at("User"), e.at("Host")+":"+e.at("Port"), drover.Secret(v), "Server.Pass", p.line)
				if n := len(out); n > 0 && out[n-1].Line == p.line {
					// Protocol 0 is FTP, 1 SFTP, 3 and 4 FTP over TLS.
					out[n-1].Scheme = map[string]string{"": "ftp", "0": "ftp", "1": "sftp", "3": "ftp", "4": "ftp", "6": "ftp"}[e.at("Protocol")]
				}
			}
		}
		for _, k := range e.kids {
			visit(k)
		}
	}
	visit(root)
	return out, err
}
