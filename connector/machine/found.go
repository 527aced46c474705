package machine

import (
	"encoding/base64"
	"maps"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

// credentials returns a reader for a format whose files hold logins: for each,
// the credential, its place, and the account that it opens.
func credentials(format string) func(*file) error {
	return func(f *file) error {
		list, err := decode.ParseCredentials(format, f.data)
		f.founds(list)
		return err
	}
}

// readBareToken reads a file that is one token.
func readBareToken(f *file) error {
	if v := strings.TrimSpace(string(f.data)); v != "" && !strings.ContainsAny(v, " \t\n") {
		f.credential(credential{class: decode.ClassToken, value: drover.Secret(v), typ: secretType(decode.ClassToken)}, spot{line: 1})
	}
	return nil
}

// founds emits what a parser found.
func (f *file) founds(list []decode.Found) {
	for _, x := range list {
		f.found(x)
	}
}

// found emits one credential and returns its ref. A reference to where the value
// is kept is no credential: "" then.
func (f *file) found(x decode.Found) drover.Ref {
	if x.Ref || x.Value == "" || x.Extra["placeholder"] != "" {
		return ""
	}
	whole := x
	x = withoutAddress(x)
	x.Account, x.Value = unwrap(x.Account, x.Value)
	if whole.Class != decode.ClassConnection || whole.Account == "" {
		whole.Account = nonEmpty(x.Account, whole.Account)
	}
	if x.Class == decode.ClassAWSKey {
		return f.awsKey(x.Account, x.Value, f.spotOf(x))
	}
	ref := f.credential(credential{class: x.Class, value: x.Value, typ: secretType(x.Class)}, f.spotOf(x))
	for _, who := range f.logins(whole) {
		f.edge(drover.EdgeAuthenticates, ref, who, x.Line)
	}
	return ref
}

// withoutAddress takes the one secret out of a connection string, so that the
// same password is the same credential in every string and file that has it. A
// string without one, or with several, stays whole.
func withoutAddress(x decode.Found) decode.Found {
	if x.Class != decode.ClassConnection {
		return x
	}
	d, err := decode.ParseDSN(x.Value.Reveal())
	if err != nil {
		return x
	}
	switch {
	case d.Password != "" && len(d.Secrets) == 0:
		x.Class, x.Value = decode.ClassPassword, d.Password
	case d.Password == "" && len(d.Secrets) == 1 && d.Secrets[0].Value != "" && !d.Secrets[0].Ref:
		x.Class, x.Value = d.Secrets[0].Class, d.Secrets[0].Value
	default:
		return x
	}
	x.Host = nonEmpty(x.Host, d.Host)
	x.Account = nonEmpty(x.Account, d.User)
	x.Extra = maps.Clone(x.Extra)
	if x.Extra == nil {
		x.Extra = map[string]string{}
	}
	x.Extra["system"], x.Extra["database"], x.Extra["port"] = d.Scheme, d.Database, d.Port
	for name, v := range d.Params {
		if name = strings.ToLower(name); aboutTLS[name] {
			x.Extra[name] = v
		}
	}
	return x
}

// aboutTLS are the parameters by which connection strings say whether the way to
// the server is encrypted: libpq, MySQL Connector/J and go-sql-driver, MongoDB,
// SQL Server.
var aboutTLS = set("sslmode", "ssl-mode", "usessl", "tls", "ssl", "encrypt")

// unwrap takes the credential out of the value of an Authorization header, so
// that it equals the same one found elsewhere: "Bearer x" is x, "Basic x" a user
// and a password in base64 (RFC 6750, RFC 7617).
func unwrap(account string, v drover.Secret) (string, drover.Secret) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(v.Reveal()), " ")
	rest = strings.TrimSpace(rest)
	if !ok || rest == "" || strings.ContainsAny(rest, " \t") {
		return account, v
	}
	switch strings.ToLower(scheme) {
	case "bearer", "token", "apikey", "api-key":
		return account, drover.Secret(rest)
	case "basic":
		raw, err := base64.StdEncoding.DecodeString(rest)
		if user, password, ok := strings.Cut(string(raw), ":"); err == nil && ok && password != "" {
			return user, drover.Secret(password)
		}
		return account, drover.Secret(rest)
	}
	return account, v
}

// spotOf is where a parser found something.
func (f *file) spotOf(x decode.Found) spot {
	key := x.Path
	if key == "" {
		key = x.Name
	}
	s := spot{key: key, line: x.Line, attrs: map[string]any{"name": x.Name, "host": x.Host, "account": x.Account}}
	for k, v := range maps.All(x.Extra) {
		if _, taken := s.attrs[k]; !taken && k != "file" && k != "line" {
			s.attrs[k] = v
		}
	}
	return s
}

// secretType is the node type of a class of secret.
func secretType(class string) string {
	switch class {
	case decode.ClassAWSKey:
		return "aws.iam.access_key"
	case decode.ClassGCPKey:
		return "gcp.service_account_key"
	case decode.ClassAzureKey:
		return "azure.shared_key"
	}
	return "secret." + strings.ReplaceAll(class, "-", "_")
}
