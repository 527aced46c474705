package aws

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

// Environment variables of functions, containers and builds come back with
// their values from calls that any reader may make. Their names are kept. A value
// that is a secret becomes its fingerprint, in a place, with the identity that it
// opens; any other value is forgotten.

// An environment is the variables that one workload is given.
type environment struct {
	owner drover.Ref // the workload
	typ   string     // of the places: "aws.lambda.environment_variable"
	id    string     // of the owner, before the name of the variable
	name  string     // of the owner, to be shown
	vars  map[string]string
}

// places emits a place and a credential for each variable that holds a secret.
func (e environment) places(a *account, out *connector.Out) {
	for _, key := range slices.Sorted(maps.Keys(e.vars)) {
		class, ok := secret.ByName(key, e.vars[key])
		if !ok || keyIDOf(key) && e.vars[secretOf(key)] != "" {
			continue // the id of a key is said with its secret
		}
		place := a.ref(strings.TrimPrefix(e.typ, "aws."), e.id+":"+text(key))
		out.Node(drover.Node{Ref: place, Kind: drover.KindPlace, Type: e.typ, Name: text(e.name + " " + key), Attrs: facts(map[string]any{"name": key, "class": class})})
		out.Edge(drover.Edge{From: e.owner, To: place, Kind: drover.EdgeContains})
		c := e.credential(a, class, key)
		out.Node(c.node)
		c.lies(out, place, e.owner, class, "environment variable "+text(key)+" of "+text(e.name))
	}
}

// A script is a text that a workload runs at its start, or builds by.
type script struct {
	owner drover.Ref // the workload
	typ   string     // of the places, without "aws."
	id    string     // of the owner
	name  string     // of the text, to be shown
	body  []byte
}

// script emits a place and a credential for each secret in a text. The text is
// not kept.
func (a *account) script(out *connector.Out, s script) {
	for _, h := range secret.Default().Scan("", s.body) {
		if h.Value == "" {
			continue
		}
		value := h.Value.Reveal()
		where := fmt.Sprintf("%s line %d", text(s.name), h.Line)
		place := a.ref(s.typ, fmt.Sprintf("%s:%d:%s", text(s.id), h.Line, h.Rule))
		out.Node(drover.Node{Ref: place, Kind: drover.KindPlace, Type: "aws." + s.typ, Name: where, Attrs: facts(map[string]any{"line": h.Line, "class": h.Class})})
		out.Edge(drover.Edge{From: s.owner, To: place, Kind: drover.EdgeContains})
		newCredential(h.Class, value, a.scan.Fingerprints.Of([]byte(value))).lies(out, place, s.owner, h.Rule, where)
	}
}

// A found credential, with the identities that its value says it opens.
type credential struct {
	node  drover.Node
	opens []drover.Node
}

// lies emits the credential, where it lies, who reads it there, and what it opens.
func (c credential) lies(out *connector.Out, place, reader drover.Ref, part, proof string) {
	out.Node(c.node)
	out.Edge(drover.Edge{From: c.node.Ref, To: place, Kind: drover.EdgeStoredIn, Part: part, Proof: proof})
	out.Edge(drover.Edge{From: reader, To: c.node.Ref, Kind: drover.EdgeReadsSecret, Part: proof, Proof: proof})
	for _, who := range c.opens {
		out.Node(who)
		out.Edge(drover.Edge{From: c.node.Ref, To: who.Ref, Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Proof: "its value, in " + proof})
	}
}

func (e environment) credential(a *account, class, key string) credential {
	value := strings.TrimSpace(e.vars[key])
	var who *drover.Node
	if d, err := decode.ParseDSN(value); err == nil && class == decode.ClassConnection && d.Password != "" && len(d.Secrets) == 0 {
		// The password alone, so that it is the same credential wherever it lies.
		class, who, value = decode.ClassPassword, login(d), d.Password.Reveal()
	}
	c := newCredential(class, value, a.scan.Fingerprints.Of([]byte(value)))
	if who != nil {
		c.opens = append(c.opens, *who)
	}
	if id := e.vars[keyIDFor(key)]; keyIDFor(key) != "" && secret.Identify("", id).Subject == id && id != "" {
		c.node.Type = "aws.iam.access_key"
		c.awsKey("aws-key:" + id)
		slices.Sort(c.node.Aliases)
	}
	return c
}

// The names that the SDKs read, with any prefix ("BACKUP_AWS_ACCESS_KEY_ID").
const (
	keyIDName  = "AWS_ACCESS_KEY_ID"
	secretName = "AWS_SECRET_ACCESS_KEY"
)

func keyIDOf(name string) bool { return strings.HasSuffix(name, keyIDName) }

func secretOf(name string) string { return strings.TrimSuffix(name, keyIDName) + secretName }

// keyIDFor is the variable that holds the id of the key whose secret is in the
// variable name; "" if it holds no such secret.
func keyIDFor(name string) string {
	prefix, ok := strings.CutSuffix(name, secretName)
	if !ok {
		return ""
	}
	return prefix + keyIDName
}

// newCredential is what a value says of itself. The value is not kept.
func newCredential(class, value string, fp drover.Fingerprint) credential {
	id := secret.Identify(class, value)
	n := drover.Node{Ref: drover.SecretRef(class, fp), Kind: drover.KindCredential, Type: "secret." + strings.ReplaceAll(class, "-", "_"), Created: id.Issued, Expires: id.Expires}
	n.Name = class + " " + strings.TrimPrefix(string(fp), "hs256:")[:12]
	n.Aliases = []string{"secret:" + string(fp)}
	if id.System != "" && id.Type != "" {
		n.Type = connector.SecretType(id.System, id.Type)
	}
	said := map[string]any{"class": class, "system": id.System, "account": id.Account, "subject": id.Subject, "checksum": string(id.Checksum)}
	for k, v := range id.Facts {
		said[k] = v
	}
	n.Attrs = facts(said)
	c := credential{node: n}
	for _, alias := range id.Aliases {
		scheme, rest, _ := strings.Cut(alias, ":")
		switch scheme {
		case "aws-key":
			c.awsKey(alias)
		case "gcp-key", "ssh", "spki", "x509": // names of the credential itself
			c.node.Aliases = append(c.node.Aliases, alias)
		case "email":
			typ := "mail.address"
			if id.System == "gcp" {
				typ = "gcp.service_account"
			}
			c.opens = append(c.opens, known(typ, rest, alias))
		case "oidc":
			c.opens = append(c.opens, known("oidc.subject", id.Subject, alias))
		}
	}
	slices.Sort(c.node.Aliases)
	c.node.Aliases = slices.Compact(c.node.Aliases)
	return c
}

// awsKey says which access key the credential is. Whose it is, IAM says.
func (c *credential) awsKey(alias string) {
	c.node.Aliases = append(c.node.Aliases, alias)
	id := strings.TrimPrefix(alias, "aws-key:")
	c.opens = append(c.opens, known("aws.principal", "principal of "+id, "aws-key-principal:"+id))
}

// known is an identity that is known by one name only.
func known(typ, name, alias string) drover.Node {
	return drover.Node{Ref: drover.UnseenRef(alias), Kind: drover.KindIdentity, Type: typ, Name: secret.RedactString(text(name)), Aliases: []string{alias}}
}

// login is the account that a connection string is for; nil if it says none, or
// names a host that means another machine elsewhere.
func login(d decode.DSN) *drover.Node {
	alias := d.UserAlias()
	if alias == "" {
		return nil
	}
	n := known("login.account", d.User+" at "+d.Host, alias)
	return &n
}

// names lists the names of variables, sorted and bounded.
func names(vars map[string]string) []string { return slices.Sorted(maps.Keys(vars)) }
