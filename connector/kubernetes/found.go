package kubernetes

import (
	"cmp"
	"net"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/cert"
	"github.com/droverhq/drover/secret"
)

// A spot is where a value was found: what holds it, and what is known of it there.
type spot struct {
	ns     string     // hosts in the value are those of this namespace
	holder drover.Ref // what it is stored in
	where  string     // proof
}

// maxFound is the longest value that is searched, in bytes.
const maxFound = 2 << 20

// found decodes one named value, such as an entry of a Secret or an environment
// variable written out, and emits the credentials in it, where they are stored
// and what they open. The value is forgotten. It reports whether anything was
// found.
func (c *cluster) found(s spot, key, value string, out *connector.Out) bool {
	if len(value) > maxFound || strings.TrimSpace(value) == "" {
		return false
	}
	switch {
	case strings.Contains(value, "-----BEGIN "):
		return c.foundPEM(s, key, []byte(value), out)
	case strings.Contains(value, "apiVersion") && strings.Contains(value, "clusters") && strings.Contains(value, "users"):
		if k, err := decode.ParseKubeconfig([]byte(value)); err == nil && len(k.Users) > 0 {
			return c.foundKubeconfig(s, key, k, out)
		}
	case strings.Contains(value, "aws_secret_access_key") && strings.Contains(value, "["):
		if c.awsFile(s, key, value, out) {
			return true
		}
	}
	if d, err := decode.ParseDSN(value); err == nil && d.User != "" && d.Host != "" {
		return c.foundDSN(s, key, d, out)
	}
	if !strings.ContainsAny(strings.TrimSpace(value), "\n\t ") && utf8.ValidString(value) {
		if class, ok := secret.ByName(key, value); ok {
			c.credential(s, key, class, drover.Secret(value), nil, out)
			return true
		}
	}
	any := false
	for _, h := range secret.Default().Scan(cut(key, 253), []byte(value)) {
		if h.Value != "" && h.Class != secret.Unscanned {
			c.credential(s, key, h.Class, h.Value, nil, out)
			any = true
		}
	}
	return any
}

// credential emits a credential known by its value, its place, and what it opens.
func (c *cluster) credential(s spot, key, class string, value drover.Secret, opens []string, out *connector.Out) drover.Ref {
	fp := c.prints.Of([]byte(value.Reveal()))
	id := secret.Identify(class, value.Reveal())
	n := drover.Node{Ref: drover.SecretRef(class, fp), Kind: drover.KindCredential, Type: "secret." + strings.ReplaceAll(class, "-", "_"), Created: id.Issued, Expires: id.Expires,
		Name: class + " " + strings.TrimPrefix(string(fp), "hs256:")[:12], Aliases: []string{"secret:" + string(fp)}}
	if id.System != "" && id.Type != "" {
		n.Type = connector.SecretType(id.System, id.Type)
	}
	attrs := map[string]any{"class": class}
	for k, v := range id.Facts {
		attrs[k] = cut(v, 512)
	}
	for k, v := range map[string]string{"system": id.System, "account": id.Account, "subject": id.Subject, "checksum": string(id.Checksum)} {
		if v != "" {
			attrs[k] = cut(v, 512)
		}
	}
	n.Attrs = drover.NewAttrs(attrs)
	for _, a := range id.Aliases {
		switch scheme, rest, _ := strings.Cut(a, ":"); scheme {
		case "aws-key":
			n.Aliases = append(n.Aliases, a)
			opens = append(opens, "aws-key-principal:"+rest)
		case "gcp-key", "ssh", "spki", "x509":
			n.Aliases = append(n.Aliases, a) // names of the credential itself
		default:
			opens = append(opens, a)
		}
	}
	for _, a := range opens {
		if keyID, ok := strings.CutPrefix(a, "aws-key-principal:"); ok {
			awsAccessKey(&n, keyID, out)
		}
	}
	slices.Sort(n.Aliases)
	n.Aliases = slices.Compact(n.Aliases)
	out.Node(n)
	c.stored(s, key, n.Ref, out)
	for _, a := range slices.Compact(slices.Sorted(slices.Values(opens))) {
		out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef(a), Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Proof: s.proof(key)})
	}
	return n.Ref
}

func (c *cluster) stored(s spot, key string, cred drover.Ref, out *connector.Out) {
	out.Edge(drover.Edge{From: cred, To: s.holder, Kind: drover.EdgeStoredIn, Part: cut(key, 253), Proof: s.proof(key)})
}

func (s spot) proof(key string) string { return s.where + " " + cut(key, 253) }

// foundDSN is the account of a server that a connection string is for.
func (c *cluster) foundDSN(s spot, key string, d decode.DSN, out *connector.Out) bool {
	password := d.Password
	if password == "" && len(d.Secrets) == 1 && !d.Secrets[0].Ref {
		password = d.Secrets[0].Value
	}
	opens := c.opens(s.ns, d)
	if password != "" {
		c.credential(s, key, decode.ClassPassword, password, opens, out)
		return true
	}
	for _, a := range opens {
		out.Edge(drover.Edge{From: s.holder, To: drover.UnseenRef(a), Kind: drover.EdgeExposes, Grade: drover.GradeInferred, Part: cut(key, 253), Proof: s.proof(key)})
	}
	return len(opens) > 0
}

// opens are the accounts that a connection string is for, their hosts spelled as
// they mean the same outside of the namespace. Loopback addresses are the pod's
// own and name nothing.
func (c *cluster) opens(ns string, d decode.DSN) []string {
	d = c.resolved(ns, d)
	if d.Scheme != "http" && d.Scheme != "https" {
		return d.UserAliases("")
	}
	if a := decode.LoginAlias(net.JoinHostPort(strings.Trim(d.Host, "[]"), d.Port), d.User, ""); a != "" && d.Port != "" {
		return []string{a}
	}
	return nil
}

// resolved is the connection string with the hosts that Services stand for.
func (c *cluster) resolved(ns string, d decode.DSN) decode.DSN {
	if c.resolve == nil {
		return d
	}
	d.Host, d.Hosts = c.resolve(ns, d.Host), slices.Clone(d.Hosts)
	for i, h := range d.Hosts {
		host, port, err := net.SplitHostPort(h)
		if err != nil {
			d.Hosts[i] = c.resolve(ns, h)
			continue
		}
		d.Hosts[i] = net.JoinHostPort(c.resolve(ns, host), port)
	}
	return d
}

// dsnAlias is the account of a server that is named in parts; "" where they name
// none that means the same outside of the namespace.
func (c *cluster) dsnAlias(ns, scheme, host, port, user string) string {
	for _, a := range c.opens(ns, decode.DSN{Form: "url", Scheme: scheme, Host: host, Port: port, User: user}) {
		return a
	}
	return ""
}

// foundPEM emits the certificates and private keys in a PEM text.
func (c *cluster) foundPEM(s spot, key string, text []byte, out *connector.Out) bool {
	b, _ := cert.Parse(text, cert.Options{}) // what could be read counts
	refs := make([]drover.Ref, len(b.Certs))
	for i, x := range b.Certs {
		n := certificateNode(x)
		refs[i] = n.Ref
		out.Node(n)
		c.stored(s, key, n.Ref, out)
		if x.SPIFFE != "" && !x.CA {
			out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef(x.SPIFFE), Kind: drover.EdgeAuthenticates, Proof: s.proof(key)})
		}
	}
	for i := range b.Certs {
		issuedBy(b, i, refs, s.proof(key), out)
	}
	for _, k := range b.Keys {
		c.privateKey(s, key, k, out)
	}
	return len(b.Certs)+len(b.Keys) > 0
}

// issuedBy says which authority a certificate of a bundle is from.
func issuedBy(b cert.Bundle, i int, refs []drover.Ref, proof string, out *connector.Out) {
	for _, l := range b.Links {
		if l.Child == i && l.Parent != i {
			out.Edge(drover.Edge{From: refs[i], To: refs[l.Parent], Kind: drover.EdgeIssuedBy, Proof: proof})
			return
		}
	}
	if x := b.Certs[i]; x.AKI != "" && !x.SelfSigned {
		out.Edge(drover.Edge{From: refs[i], To: drover.UnseenRef("x509-ski:" + x.AKI), Kind: drover.EdgeIssuedBy, Grade: drover.GradeInferred, Proof: proof})
	}
}

// privateKey emits a private key, named by its public half where that can be told.
func (c *cluster) privateKey(s spot, key string, k cert.Key, out *connector.Out) {
	if k.SPKI == "" && k.SSH == "" {
		c.credential(s, key, decode.ClassPrivateKey, k.Value, nil, out)
		return
	}
	n := drover.Node{Kind: drover.KindCredential, Type: "x509.private_key", Attrs: drover.NewAttrs(map[string]any{"alg": k.Alg, "bits": k.Bits})}
	if k.SSH != "" {
		n.Ref, n.Name, n.Aliases = drover.NewRef("key", "", "ssh", k.SSH), k.SSH, append(n.Aliases, "ssh:"+k.SSH)
	}
	if k.SPKI != "" {
		n.Ref, n.Name, n.Aliases = drover.NewRef("key", "", "spki", k.SPKI), "key "+k.SPKI[:min(12, len(k.SPKI))], append(n.Aliases, "spki:"+k.SPKI)
	}
	if k.Format == "openssh" || k.Format == "putty" {
		n.Type, n.Name = "ssh.key", cmp.Or(k.SSH, n.Name)
	}
	slices.Sort(n.Aliases)
	out.Node(n)
	c.stored(s, key, n.Ref, out)
}

// foundKubeconfig is the way into another cluster, or into this one.
func (c *cluster) foundKubeconfig(s spot, key string, k decode.Kubeconfig, out *connector.Out) bool {
	servers := map[string]string{}
	for _, x := range k.Clusters {
		servers[x.Name] = decode.HostName(x.Server, "")
	}
	any := false
	for _, u := range k.Users {
		name := cmp.Or(u.Username, u.Name)
		var certs []cert.Certificate
		if b, err := cert.Parse(u.ClientCert, cert.Options{}); err == nil && len(b.Certs) > 0 {
			certs, name = b.Certs, cmp.Or(b.Certs[0].CommonName, name)
		}
		if u.JWT != nil && strings.HasPrefix(u.JWT.Subject, "system:serviceaccount:") {
			name = u.JWT.Subject
		}
		var opens []string
		for _, x := range k.Contexts {
			if h := servers[x.Cluster]; x.User == u.Name && h != "" && usable(name) {
				opens = append(opens, "k8s-user:"+h+"/"+name)
			}
		}
		for _, x := range certs[:min(1, len(certs))] {
			n := certificateNode(x)
			out.Node(n)
			c.stored(s, key, n.Ref, out)
			for _, a := range opens {
				out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef(a), Kind: drover.EdgeAuthenticates, Proof: s.proof(key)})
			}
			any = true
		}
		for _, x := range u.Secrets {
			if !x.Ref && x.Value != "" && x.Class != decode.ClassPrivateKey {
				c.credential(s, key, x.Class, x.Value, opens, out)
				any = true
			}
		}
		if u.ClientKey != "" {
			any = c.foundPEM(s, key, []byte(u.ClientKey.Reveal()), out) || any
		}
	}
	return any
}
