package git

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
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
		n.Type = id.System + "." + strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(id.Type), " ", "_"), "-", "_")
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
	if d, err := decode.ParseDSN(value.Reveal()); err == nil && d.User != "" && d.Host != "" {
		if a := d.Alias(); a != "" {
			c.open("login.account", d.User+" at "+d.Host, a)
		}
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
