package git

import (
	"bytes"
	"encoding/base64"
	"net"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

// A credential is what is said of a value wherever it lies.
type credential struct {
	node  drover.Node
	print drover.Fingerprint
	opens []drover.Node // identities that it authenticates, by what the value says
}

// credential makes the node of a value, once; the value is forgotten.
func (sc *scanner) credential(class string, value drover.Secret) *credential {
	fp := sc.session.Fingerprints.Of([]byte(value.Reveal()))
	ref := drover.SecretRef(class, fp)
	if c := sc.creds[ref]; c != nil {
		return c
	}
	c := newCredential(class, value, fp)
	sc.creds[ref] = c
	return c
}

func newCredential(class string, value drover.Secret, fp drover.Fingerprint) *credential {
	id := secret.Identify(class, value.Reveal())
	c := &credential{print: fp}
	n := drover.Node{Ref: drover.SecretRef(class, fp), Kind: drover.KindCredential, Type: "secret." + strings.ReplaceAll(class, "-", "_"), Created: id.Issued, Expires: id.Expires}
	n.Name = class + " " + strings.TrimPrefix(string(fp), "hs256:")[:12]
	n.Aliases = append(n.Aliases, "secret:"+string(fp))
	if id.System != "" && id.Type != "" {
		n.Type = connector.SecretType(id.System, id.Type)
	}
	attrs := map[string]any{"class": class}
	for k, v := range id.Facts {
		attrs[k] = v
	}
	for k, v := range map[string]string{"system": id.System, "account": id.Account, "subject": id.Subject, "checksum": string(id.Checksum)} {
		if v != "" {
			attrs[k] = v
		}
	}
	n.Attrs = drover.NewAttrs(attrs)
	for _, a := range id.Aliases {
		scheme, rest, _ := strings.Cut(a, ":")
		switch scheme {
		case "aws-key":
			n.Aliases = append(n.Aliases, a)
			c.open("aws.principal", "principal of "+rest, "aws-key-principal:"+rest)
		case "gcp-key", "ssh", "spki", "x509":
			n.Aliases = append(n.Aliases, a) // names of the credential itself
		case "email":
			typ := "mail.address"
			if id.System == "gcp" {
				typ = "gcp.service_account"
			}
			c.open(typ, rest, a)
		case "oidc":
			c.open("oidc.subject", id.Subject, a)
		}
	}
	if who := login(value.Reveal()); who != nil {
		c.opens = append(c.opens, *who)
	}
	slices.Sort(n.Aliases)
	n.Aliases = slices.Compact(n.Aliases)
	c.node = n
	return c
}

// open notes an identity that is known only by this name.
func (c *credential) open(typ, name, alias string) {
	c.opens = append(c.opens, drover.Node{Ref: drover.UnseenRef(alias), Kind: drover.KindIdentity, Type: typ, Name: clip(secret.RedactString(name)), Aliases: []string{alias}})
}

// login is the account that a connection string is for; nil if it says none, or
// names a host that means another computer elsewhere.
func login(dsn string) *drover.Node {
	d, err := decode.ParseDSN(dsn)
	if err != nil || d.User == "" {
		return nil
	}
	alias := d.UserAlias()
	if d.Scheme == "http" || d.Scheme == "https" {
		alias = decode.LoginAlias(d.Scheme+"://"+net.JoinHostPort(strings.Trim(d.Host, "[]"), d.Port), d.User, "")
	}
	if alias == "" {
		return nil
	}
	var c credential
	c.open("login.account", d.User+" at "+d.Host, alias)
	return &c.opens[0]
}

// maxAround is how far a connection string may reach to each side of the
// password in it.
const maxAround = 1024

// loginAround is the account that a password is for by the connection string in
// which it stands; the value is the password alone, so that it is the same
// credential wherever it lies.
func loginAround(text []byte, h secret.Hit) *drover.Node {
	if h.Class != "connection-string" || h.Start < 0 || h.End > len(text) || h.Start >= h.End {
		return nil
	}
	if h.Decoded != "" {
		return loginEncoded(text, h)
	}
	const ends = " \t\r\n\"'`<>"
	from, to := max(0, h.Start-maxAround), min(len(text), h.End+maxAround)
	from += bytes.LastIndexAny(text[from:h.Start], ends) + 1
	if i := bytes.IndexAny(text[h.End:to], ends); i >= 0 {
		to = h.End + i
	}
	whole := text[from:to]
	if i := bytes.Index(whole, []byte("://")); i > 0 { // KEY=scheme://…
		start := bytes.LastIndexAny(whole[:i], "=(,[{;")
		whole = whole[start+1:]
	}
	return login(string(whole))
}

// loginEncoded is loginAround where the whole string is in base64, as in the
// manifest of a Kubernetes Secret. Others have none.
func loginEncoded(text []byte, h secret.Hit) *drover.Node {
	if h.Decoded != "base64" {
		return nil
	}
	in := func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/-_=", c) >= 0
	}
	from, to := h.Start, h.End
	for from > 0 && h.Start-from < 2*maxAround && in(text[from-1]) {
		from--
	}
	for to < len(text) && to-h.End < 2*maxAround && in(text[to]) {
		to++
	}
	run := strings.NewReplacer("-", "+", "_", "/").Replace(string(text[from:to]))
	if i := strings.LastIndexByte(strings.TrimRight(run, "="), '='); i >= 0 {
		run = run[i+1:] // KEY=…
	}
	plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(run, "="))
	if err != nil {
		return nil
	}
	return login(strings.TrimSpace(string(plain)))
}
