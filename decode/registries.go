package decode

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// dockerConfig reads config.json and the older .dockercfg, which is the map of
// auths alone (Docker CLI reference, "Credential stores").
func dockerConfig(data []byte) ([]Found, error) {
	v, err := parseJSON("docker configuration", data)
	auths, place := v.get("auths"), "auths."
	if auths == nil && v.first("credsStore", "credHelpers") == nil {
		auths, place = v, ""
	}
	var out []Found
	for host, a := range auths.each() {
		out = append(out, dockerAuth(host, place+joinPath(host), a)...)
	}
	if s := v.get("credsStore"); s.str() != "" {
		out = append(out, Found{Class: ClassPassword, Name: "credsStore", Path: "credsStore", Line: s.line, Ref: true, Extra: map[string]string{"ref": "exec:docker-credential-" + s.str()}})
	}
	for host, h := range v.each("credHelpers") {
		out = append(out, Found{Class: ClassPassword, Name: host, Host: host, Path: "credHelpers." + joinPath(host), Line: h.line, Ref: true, Extra: map[string]string{"ref": "exec:docker-credential-" + h.str()}})
	}
	return out, err
}

func dockerAuth(host, place string, a *value) []Found {
	var out []Found
	user, password := a.str("username"), a.str("password")
	line, at := a.get("password").at(), place+".password"
	if raw := a.str("auth"); raw != "" {
		if u, p, ok := strings.Cut(unbase64(raw), ":"); ok {
			user, password = u, strings.TrimRight(p, "\x00")
		} else {
			password = raw
		}
		line, at = a.get("auth").at(), place+".auth"
	}
	if f, ok := secretOf(ClassPassword, host, password, at, line); ok {
		f.Account, f.Host = user, host
		out = append(out, f)
	}
	for _, k := range []string{"identitytoken", "registrytoken"} {
		if f, ok := secretOf(ClassToken, host, a.str(k), place+"."+k, a.get(k).at()); ok {
			f.Account, f.Host = user, host
			out = append(out, f)
		}
	}
	return out
}

// npmrc reads "//registry/:_authToken=…", ":_password" (base64) and ":_auth".
func npmrc(data []byte) ([]Found, error) {
	pairs, err := ini("npmrc", data, false)
	var out []Found
	users := map[string]string{}
	for _, p := range pairs {
		if host, k := npmKey(p.key); k == "username" {
			users[host] = p.value
		}
	}
	for _, p := range pairs {
		host, k := npmKey(p.key)
		v, class, account := unquote(p.value), ClassToken, users[host]
		switch k {
		case "_authToken":
		case "_password":
			class, v = ClassPassword, npmBase64(v)
		case "_auth":
			class = ClassPassword
			if u, pw, ok := strings.Cut(npmBase64(v), ":"); ok {
				account, v = u, pw
			}
		case "key":
			class = ClassPrivateKey
		default:
			continue
		}
		if f, ok := secretOf(class, p.key, v, p.key, p.line); ok {
			f.Host, f.Account = host, account
			out = append(out, f)
		}
	}
	return out, err
}

func npmKey(key string) (host, k string) {
	if rest, ok := strings.CutPrefix(key, "//"); ok {
		if i := strings.LastIndex(rest, ":"); i >= 0 {
			return strings.TrimSuffix(rest[:i], "/"), rest[i+1:]
		}
	}
	return "", key
}

func npmBase64(s string) string {
	if b, err := base64.StdEncoding.DecodeString(s); err == nil {
		return string(b)
	}
	return s
}

// composer reads auth.json: http-basic, bearer, github-oauth, gitlab-token, …
// (Composer documentation, "Authentication for privately hosted packages").
func composer(data []byte) ([]Found, error) {
	v, err := parseJSON("composer auth.json", data)
	var out []Found
	for kind, hosts := range v.each() {
		for host, c := range hosts.each() {
			place, class := joinPath(kind, host), ClassToken
			secret, account := c, ""
			if c.kind == kindMap {
				account, secret = c.first("username", "consumer-key").str(), c.first("password", "token", "consumer-secret")
				class = ClassPassword
			}
			if f, ok := secretOf(class, kind, secret.str(), place, secret.at()); ok {
				f.Host, f.Account = host, account
				out = append(out, f)
			}
		}
	}
	return out, err
}

// tfrc reads the tokens of "terraform login".
func tfrc(data []byte) ([]Found, error) {
	v, err := parseJSON("credentials.tfrc.json", data)
	var out []Found
	for host, c := range v.each("credentials") {
		if f, ok := secretOf(ClassToken, host, c.str("token"), joinPath("credentials", host, "token"), c.get("token").at()); ok {
			f.Host = host
			out = append(out, f)
		}
	}
	return out, err
}

// ghHosts reads the hosts of gh, glab and hub: a map or list under each host,
// or under "hosts".
func ghHosts(data []byte) ([]Found, error) {
	root, err := oneYAML("hosts file", data)
	hosts := root
	if h := root.get("hosts"); h != nil {
		hosts = h
	}
	var out []Found
	for host, h := range hosts.each() {
		h.walk(func(p []string, e *value) bool {
			if len(p) == 0 || e.kind != kindString {
				return true
			}
			k := p[len(p)-1]
			if k != "oauth_token" && k != "token" && k != "job_token" && k != "refresh_token" && k != "oauth2_refresh_token" {
				return true
			}
			f, ok := secretOf(ClassToken, k, e.text, joinPath(append([]string{host}, p...)...), e.line)
			if ok {
				f.Host, f.Account = host, h.first("user", "username").str()
				for i := range p {
					if p[i] == "users" && i+1 < len(p)-1 {
						f.Account = p[i+1]
					}
				}
				if u := h.get(p[:len(p)-1]...).str("user"); u != "" {
					f.Account = u
				}
				out = append(out, f)
			}
			return true
		})
	}
	return out, err
}

// urlLines reads a URL with user and password per line.
func urlLines(data []byte) ([]Found, error) {
	var out []Found
	bads := complaints{format: "git-credentials"}
	for l := range lines(data) {
		t := strings.TrimSpace(l.text)
		if t == "" || t[0] == '#' {
			continue
		}
		n := len(out)
		siftURL(&out, t, "", l.n)
		if len(out) == n {
			bads.add(l.n, "no URL with a password")
		}
	}
	return out, bads.err()
}

// gitconfig reads credential helpers, url.….insteadOf with tokens, remotes with
// tokens, and http.extraheader.
func gitconfig(data []byte) ([]Found, error) {
	pairs, err := ini("gitconfig", data, false)
	var out []Found
	for _, p := range pairs {
		kind, sub, _ := strings.Cut(p.section, " ")
		sub = unquote(strings.TrimSpace(sub))
		place := strings.TrimSpace(p.section) + "." + p.key
		switch kind = strings.ToLower(kind); {
		case p.first && (kind == "url" || kind == "credential" || kind == "http"):
			siftURL(&out, sub, kind, p.line)
		case p.first:
		case kind == "credential" && strings.EqualFold(p.key, "helper") && p.value != "":
			out = append(out, Found{Class: ClassPassword, Name: p.value, Host: hostOfURL(sub), Line: p.line, Path: "credential.helper", Ref: true, Extra: map[string]string{"ref": "exec:git-credential-" + p.value}})
		case strings.EqualFold(p.key, "url") || strings.EqualFold(p.key, "pushurl"):
			siftURL(&out, unquote(p.value), place, p.line)
		case strings.EqualFold(p.key, "extraheader"):
			k, v, _ := strings.Cut(unquote(p.value), ":")
			sift(&out, strings.TrimSpace(k), strings.TrimSpace(v), place, p.line)
		default:
			sift(&out, p.key, unquote(p.value), place, p.line)
		}
	}
	return out, err
}

// iniLogins reads sections with a host, a user and a password each.
func iniLogins(data []byte) ([]Found, error) {
	pairs, err := ini("INI file", data, false)
	by := map[string]*beside{}
	for _, p := range pairs {
		if by[p.section] == nil {
			by[p.section] = &beside{}
		}
		switch strings.ToLower(p.key) {
		case "username", "user":
			by[p.section].user = unquote(p.value)
		case "host", "repository", "index-url":
			by[p.section].host = unquote(p.value)
		case "port":
			by[p.section].port = unquote(p.value)
		}
	}
	var out []Found
	for _, p := range pairs {
		var got []Found
		v := unquote(p.value)
		if urlForm.MatchString(v) {
			siftURL(&got, v, p.section+"."+p.key, p.line)
		} else {
			sift(&got, p.key, v, p.section+"."+p.key, p.line)
		}
		for _, f := range got {
			if l := by[p.section]; f.Account == "" {
				l.give(&f)
			}
			f.Name = p.section
			out = append(out, f)
		}
	}
	return out, err
}

// iniNamed is iniLogins with access keys as accounts: what s3cmd calls access_key
// is the id of the key, not the secret.
func iniNamed(data []byte) ([]Found, error) {
	out, err := iniLogins(data)
	out = slices.DeleteFunc(out, func(f Found) bool { return strings.HasSuffix(f.Path, ".access_key") })
	pairs, _ := ini("INI file", data, false)
	account := map[string]string{}
	for _, p := range pairs {
		switch strings.ToLower(p.key) {
		case "access_key", "access_key_id", "aws_access_key_id", "account", "client_id", "fingerprint", "gs_access_key_id":
			if account[p.section] == "" {
				account[p.section] = p.value
			}
		}
	}
	for i := range out {
		if out[i].Account == "" {
			out[i].Account = account[out[i].Name]
		}
	}
	return out, err
}

// snowsql reads the INI file of SnowSQL: a section for each connection, with
// accountname, username and password (Snowflake, "Connecting through SnowSQL").
func snowsql(data []byte) ([]Found, error) {
	out, err := iniLogins(data)
	pairs, _ := ini("INI file", data, false)
	account := map[string]string{}
	for _, p := range pairs {
		switch strings.ToLower(p.key) {
		case "accountname", "account":
			account[p.section] = strings.ToLower(unquote(p.value)) + ".snowflakecomputing.com"
		}
	}
	for i := range out {
		if out[i].Host == "" {
			out[i].Host = account[out[i].Name]
		}
		if strings.HasSuffix(out[i].Host, ".snowflakecomputing.com") {
			out[i].Scheme = "snowflake"
		}
	}
	return out, err
}

// iniURLs reads pip's index-url and extra-index-url, which may go over lines.
func iniURLs(data []byte) ([]Found, error) {
	pairs, err := ini("pip configuration", data, true)
	var out []Found
	for _, p := range pairs {
		for i, u := range strings.Fields(p.value) {
			siftURL(&out, u, p.section+"."+p.key, p.line+i)
		}
	}
	return out, err
}

// secretFound makes a plain one, for formats that always hold secrets.
func secretFound(out *[]Found, class, name, account, host string, v drover.Secret, place string, line int) {
	if f, ok := secretOf(class, name, v.Reveal(), place, line); ok {
		f.Account, f.Host = account, host
		*out = append(*out, f)
	}
}
