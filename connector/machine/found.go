package machine

import (
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

// founds emits what a parser found.
func (f *file) founds(list []decode.Found) {
	for _, x := range list {
		f.found(x)
	}
}

// found emits one credential and returns its ref. A reference to where the value
// is kept is no credential: "" then.
func (f *file) found(x decode.Found) drover.Ref {
	if x.Ref || x.Value == "" {
		return ""
	}
	if x.Class == decode.ClassAWSKey {
		return f.awsKey(x.Account, x.Value, f.spotOf(x))
	}
	ref := f.credential(credential{class: x.Class, value: x.Value, typ: secretType(x.Class)}, f.spotOf(x))
	if who := f.login(x.Host, x.Account); who != "" {
		f.edge(drover.EdgeAuthenticates, ref, who, x.Line)
	}
	return ref
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
		return "aws.access_key"
	case decode.ClassGCPKey:
		return "gcp.service_account_key"
	case decode.ClassAzureKey:
		return "azure.shared_key"
	}
	return "secret." + strings.ReplaceAll(class, "-", "_")
}
