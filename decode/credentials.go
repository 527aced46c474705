package decode

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// ParseCredentials reads a file of one of [CredentialFormats] and returns every
// credential in it, values and references. An unknown format is an error.
func ParseCredentials(format string, data []byte) ([]Found, error) {
	i := slices.IndexFunc(formats, func(f credentialFormat) bool { return f.name == format })
	if i < 0 {
		return nil, bad(format, 0, "no such credential format")
	}
	data, err := clean(format, data)
	if err != nil {
		return nil, err
	}
	found, err := formats[i].parse(data)
	sortFound(found)
	return found, err
}

// sortFound puts credentials in the order of the file.
func sortFound(list []Found) {
	slices.SortStableFunc(list, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Path, b.Path))
	})
}

// CredentialFormats lists the formats that [ParseCredentials] reads.
func CredentialFormats() []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.name)
	}
	return out
}

// CredentialFormat says which format a file of this path has, by its name and
// its folder alone; "" when it is none of them. Both slashes divide.
func CredentialFormat(name string) string {
	p := "/" + strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	base := path.Base(p)
	for _, f := range formats {
		for _, pattern := range f.names {
			// A pattern with a slash is the end of a path, others a base name.
			if strings.Contains(pattern, "/") {
				if folder, last := path.Split(pattern); strings.HasSuffix(path.Dir(p)+"/", "/"+folder) {
					if ok, _ := path.Match(last, base); ok {
						return f.name
					}
				}
				continue
			}
			if ok, _ := path.Match(pattern, base); ok {
				return f.name
			}
		}
	}
	return ""
}

type credentialFormat struct {
	name  string
	names []string // lower case
	parse func([]byte) ([]Found, error)
}

var formats = []credentialFormat{
	{"aws", []string{".aws/credentials", ".aws/config"}, awsFound},
	{"google", []string{"application_default_credentials.json", "*service-account*.json", "*service_account*.json", "*serviceaccount*.json", "legacy_credentials/*/adc.json", "adc.json", "client_secret*.json"}, googleFound},
	{"msal", []string{"msal_token_cache.json", "service_principal_entries.json", "accesstokens.json"}, tokenCache},
	{"docker", []string{".docker/config.json", ".dockerconfigjson", ".dockercfg", "containers/auth.json", "registry/config.json", "kubelet/config.json"}, dockerConfig},
	{"helm", []string{"helm/repositories.yaml"}, yamlNamed},
	{"npmrc", []string{".npmrc", "npmrc"}, npmrc},
	{"yarnrc", []string{".yarnrc.yml"}, yamlNamed},
	{"pypirc", []string{".pypirc"}, iniLogins},
	{"pip", []string{"pip.conf", "pip.ini"}, iniURLs},
	{"netrc", []string{".netrc", "_netrc", "netrc"}, netrc},
	{"git-credentials", []string{".git-credentials", "git/credentials"}, urlLines},
	{"gitconfig", []string{".gitconfig", ".git/config", "git/config"}, gitconfig},
	{"gh", []string{"gh/hosts.yml", "hub", "gh/config.yml"}, ghHosts},
	{"glab", []string{"glab-cli/config.yml"}, ghHosts},
	{"pgpass", []string{".pgpass", "pgpass.conf"}, pgpass},
	{"pg-service", []string{".pg_service.conf", "pg_service.conf"}, usersOf("postgres", iniLogins)},
	{"mycnf", []string{".my.cnf", "my.cnf", "my.ini"}, usersOf("mysql", iniLogins)},
	{"tfrc", []string{"credentials.tfrc.json"}, tfrc},
	{"tfvars", []string{"*.tfvars", ".terraformrc", "terraform.rc"}, assignments},
	{"vault-token", []string{".vault-token"}, bareToken("vault")},
	{"maven", []string{".m2/settings.xml", "settings-security.xml", "maven/settings.xml", "maven/conf/settings.xml"}, mavenSettings},
	{"nuget", []string{"nuget.config"}, nugetConfig},
	{"filezilla", []string{"sitemanager.xml", "recentservers.xml", "filezilla.xml"}, filezilla},
	{"gradle", []string{"gradle.properties", "local.properties"}, assignments},
	{"cargo", []string{".cargo/credentials.toml", ".cargo/credentials"}, tomlNamed},
	{"rubygems", []string{".gem/credentials", "gem/credentials"}, yamlNamed},
	{"composer", []string{".composer/auth.json", "composer/auth.json", "auth.json"}, composer},
	{"rclone", []string{"rclone.conf"}, iniNamed},
	{"s3cfg", []string{".s3cfg", "s3cmd.ini", ".boto", "boto.cfg"}, iniNamed},
	{"snowflake", []string{".snowflake/config.toml", ".snowflake/connections.toml", "connections.toml"}, snowflake},
	{"snowsql", []string{".snowsql/config", "snowsql.cnf", ".snowsql.cnf"}, snowsql},
	{"databricks", []string{".databrickscfg"}, iniNamed},
	{"oci", []string{".oci/config"}, iniNamed},
	{"doctl", []string{"doctl/config.yaml"}, doctl},
	{"pulumi", []string{".pulumi/credentials.json"}, tokenCache},
	{"dotenv", []string{".env", ".env.*", "*.env", ".envrc", "environment", ".flaskenv"}, Dotenv},
}

// named reports every value of a tree whose name says secret.
func named(v *value) []Found {
	var out []Found
	vars := map[*value]map[string]string{} // of each map that has a secret
	v.walk(func(p []string, e *value) bool {
		if len(p) == 0 || e.kind == kindMap || e.kind == kindList || e.kind == kindNull {
			return true
		}
		name := p[len(p)-1]
		for i := len(p) - 1; i > 0 && strings.Trim(name, "0123456789") == ""; i-- {
			name = p[i-1]
		}
		n := len(out)
		sift(&out, name, e.text, joinPath(p...), e.line)
		if len(out) > n && name == p[len(p)-1] {
			in := v.get(p[:len(p)-1]...)
			if vars[in] == nil {
				vars[in] = in.scalars()
			}
			pairLogins(out[n:], vars[in])
		}
		for i := n; i < len(out); i++ {
			out[i].Name, out[i].Extra = name, mergeExtra(out[i].Extra, "section", strings.Join(p[:len(p)-1], "."))
		}
		return true
	})
	return out
}

func mergeExtra(m map[string]string, k, v string) map[string]string {
	if v == "" {
		return m
	}
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

func yamlNamed(data []byte) ([]Found, error) {
	docs, err := parseYAML("YAML", data)
	var out []Found
	for _, d := range docs {
		out = append(out, named(d)...)
	}
	return out, err
}

// usersOf reads a format whose logins are all users of one system, on this
// computer where no host is given.
func usersOf(system string, parse func([]byte) ([]Found, error)) func([]byte) ([]Found, error) {
	return func(data []byte) ([]Found, error) {
		out, err := parse(data)
		for i := range out {
			if out[i].Account == "" || out[i].Class != ClassPassword || urlForm.MatchString(out[i].Host) {
				continue
			}
			out[i].Scheme = system
			if out[i].Host == "" {
				out[i].Host = "localhost"
			}
		}
		return out, err
	}
}

// snowflake reads the connections of Snowflake's CLI and drivers: a table each,
// with account, user and password.
func snowflake(data []byte) ([]Found, error) {
	v, err := parseTOML("TOML", data)
	out := named(v)
	tables := map[string]map[string]string{}
	for i, f := range out {
		name := f.Extra["section"]
		if tables[name] == nil {
			tables[name] = v.get(strings.Split(name, ".")...).scalars()
			tables[name]["TYPE"] = "snowflake"
		}
		pairLogins(out[i:i+1], tables[name])
	}
	return out, err
}

// doctl reads the token of the default context and those of the others, which
// are a map of context to token.
func doctl(data []byte) ([]Found, error) {
	v, err := oneYAML("doctl configuration", data)
	out := slices.DeleteFunc(named(v), func(f Found) bool { return strings.HasPrefix(f.Path, "auth-contexts.") })
	for name, e := range v.each("auth-contexts") {
		if f, ok := secretOf(ClassToken, name, e.str(), joinPath("auth-contexts", name), e.line); ok {
			out = append(out, f)
		}
	}
	return out, err
}

func tomlNamed(data []byte) ([]Found, error) {
	v, err := parseTOML("TOML", data)
	return named(v), err
}

func awsFound(data []byte) ([]Found, error) {
	c, err := ParseAWS(data)
	var out []Found
	for _, p := range c.Profiles {
		f := Found{Class: ClassAWSKey, Name: p.Name, Account: p.AccessKeyID, Line: p.SecretLine, Path: p.Name + ".aws_secret_access_key", Value: p.SecretKey}
		switch {
		case p.SecretKey != "":
			if LooksReference(p.SecretKey.Reveal()) {
				f.Ref, f.Extra, f.Value = true, map[string]string{"ref": p.SecretKey.Reveal()}, ""
			}
		case p.CredentialProcess != "":
			f = Found{Name: p.Name, Class: ClassAWSKey, Line: p.Line, Ref: true, Path: p.Name + ".credential_process"}
			f.Extra = map[string]string{"ref": "exec:" + siftCommand(&out, p.CredentialProcess, f.Path, p.Line)}
		case p.RoleARN != "" || p.SSOStartURL != "" || p.SSOSession != "":
			f = Found{Name: p.Name, Class: ClassAWSKey, Account: p.RoleARN, Line: p.Line, Ref: true, Path: p.Name}
			how := "sso:" + p.SSOSession + p.SSOStartURL
			if p.RoleARN != "" {
				how = "role:" + p.RoleARN
			}
			f.Extra = map[string]string{"ref": how}
		default:
			continue
		}
		out = append(out, f)
	}
	return out, err
}

func googleFound(data []byte) ([]Found, error) {
	g, err := ParseGoogle(data)
	out := g.Secrets
	if len(out) == 0 && g.Type == "external_account" {
		out = append(out, Found{Class: ClassToken, Name: g.Type, Account: g.Impersonates, Host: g.Audience, Path: "credential_source", Ref: true, Line: 1, Extra: map[string]string{"ref": g.Source}})
	}
	for i := range out {
		out[i].Extra = mergeExtra(mergeExtra(mergeExtra(out[i].Extra, "key_id", g.KeyID), "project", g.ProjectID), "type", g.Type)
	}
	return out, err
}

// tokenCache reads JSON whose secrets are named "secret", "refresh_token", …:
// MSAL keeps them under "RefreshToken" with home_account_id and client_id.
func tokenCache(data []byte) ([]Found, error) {
	v, err := parseJSON("token cache", data)
	var out []Found
	v.walk(func(p []string, e *value) bool {
		if e.kind != kindMap {
			return true
		}
		var vars map[string]string
		account := e.first("home_account_id", "client_id", "userId", "servicePrincipalId", "username").str()
		for k, s := range e.each() {
			if s.kind != kindString {
				continue
			}
			n := len(out)
			sift(&out, k, s.text, joinPath(append(slices.Clone(p), k)...), s.line)
			for i := n; i < len(out); i++ {
				if t := e.str("credential_type"); t == "RefreshToken" {
					out[i].Class = ClassRefreshToken
				} else if t != "" {
					out[i].Class = ClassToken
				}
				out[i].Account, out[i].Host = account, e.first("environment", "resource").str()
			}
			for i := n; i < len(out) && out[i].Class == ClassPassword && out[i].Host == ""; i++ {
				if vars == nil {
					vars = e.scalars()
				}
				if l, ok := loginBeside(k, vars); ok {
					l.give(&out[i])
				}
			}
		}
		return true
	})
	return out, err
}

// bareToken reads a file that is nothing but a token.
func bareToken(name string) func([]byte) ([]Found, error) {
	return func(data []byte) ([]Found, error) {
		t := strings.TrimSpace(string(data))
		if t == "" {
			return nil, nil
		}
		if strings.ContainsAny(t, " \n\t") || len(t) > 16<<10 {
			return nil, bad(name+" token", 0, "not a single token")
		}
		return []Found{{Class: ClassToken, Name: name, Value: drover.Secret(t), Line: 1}}, nil
	}
}
