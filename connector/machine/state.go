package machine

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/cert"
	"github.com/droverhq/drover/decode/tfstate"
)

// readState emits the identities and credentials that a state describes.
func readState(f *file) error {
	s, err := tfstate.Parse(f.data)
	if err != nil && len(s.Resources)+len(s.Outputs) == 0 {
		return err
	}
	if s.Encrypted {
		f.place(spot{attrs: map[string]any{"format": "tfstate", "encrypted": true}})
		return err
	}
	f.place(spot{attrs: map[string]any{"format": "tfstate", "version": s.Version, "terraform_version": s.Terraform, "lineage": s.Lineage}})
	known := map[string]drover.Ref{} // name or alias -> node, for owners
	for _, r := range s.Resources {
		for _, id := range r.Identities {
			if len(id.Aliases) == 0 {
				continue
			}
			ref := stateRef(id)
			known[id.Name] = ref
			for _, a := range id.Aliases {
				known[a] = ref
			}
		}
	}
	scope, unused := scopeOf(s), map[string]int{}
	for _, r := range s.Resources {
		f.stateResource(r, known, scope)
		if !f.stateLinks(r, scope) && len(r.Identities)+len(r.Secrets) == 0 && r.Mode == "managed" {
			unused[r.Type]++
		}
	}
	f.unusedTypes(unused)
	for _, o := range s.Outputs {
		for _, x := range o.Secrets {
			f.credential(credential{class: x.Class, value: x.Value, typ: secretType(x.Class)}, spot{key: "output." + o.Name + "." + x.Path, attrs: map[string]any{"output": o.Name}})
		}
	}
	return err
}

// stateResource emits what one resource says. A resource that is a credential
// and holds its value is that one credential, not two.
func (f *file) stateResource(r tfstate.Resource, known map[string]drover.Ref, c stateScope) {
	proof := clip(f.show + " " + r.Address)
	used, parsed := f.statePEM(r)
	main := slices.IndexFunc(r.Secrets, func(x tfstate.Secret) bool {
		return x.Value != "" && !used[x.Path] && slices.Contains(mainSecrets, x.Path)
	})
	for _, id := range r.Identities {
		switch {
		case parsed && strings.HasPrefix(id.Type, "x509."):
			continue // the key or certificate itself
		case id.Kind != drover.KindCredential:
			ref := f.stateIdentity(r, id)
			f.stateTags(r, ref)
			if id.Type == "kubernetes.service_account" {
				f.cloudRoles(r, ref, c)
			}
			continue
		}
		var ref drover.Ref
		if main >= 0 && !used[r.Secrets[main].Path] {
			used[r.Secrets[main].Path] = true
			ref = f.credential(stateCredential(r, id, r.Secrets[main]), stateSpot(r, r.Secrets[main]))
		} else {
			ref = f.stateIdentity(r, id)
		}
		if owner := f.stateOwner(id, known, c); owner != "" && owner != ref {
			f.out.Edge(drover.Edge{From: ref, To: owner, Kind: drover.EdgeAuthenticates, Proof: proof})
		}
	}
	for _, x := range r.Secrets {
		if x.Value != "" && !used[x.Path] {
			f.credential(credential{class: x.Class, value: x.Value, typ: secretType(x.Class)}, stateSpot(r, x))
		}
	}
}

// certificateAttrs are the attributes that hold certificates in PEM.
var certificateAttrs = []string{"cert_pem", "certificate_pem", "certificate_body", "certificate_chain", "ca_cert_pem", "issuer_pem"}

// statePEM emits the keys and certificates that a resource holds in PEM as the
// files that they may also lie in are. It tells which secrets they were.
func (f *file) statePEM(r tfstate.Resource) (used map[string]bool, parsed bool) {
	used = map[string]bool{}
	for _, x := range r.Secrets {
		if !strings.Contains(x.Value.Reveal(), "-----BEGIN ") {
			continue
		}
		b, err := cert.Parse([]byte(x.Value.Reveal()), cert.Options{})
		if err != nil || len(b.Keys) != 1 || len(b.Certs) > 0 || b.Keys[0].SPKI == "" && b.Keys[0].SSH == "" {
			continue
		}
		f.keys(b, stateSpot(r, x))
		used[x.Path], parsed = true, true
	}
	for _, attr := range certificateAttrs {
		v := r.Attributes.Str(attr)
		if !strings.Contains(v, "-----BEGIN CERTIFICATE") {
			continue
		}
		if b, err := cert.Parse([]byte(v), cert.Options{}); err == nil && len(b.Certs) > 0 {
			f.certificates(b, spot{key: r.Address + "." + attr, attrs: map[string]any{"address": r.Address, "attribute": attr}})
			parsed = true
		}
	}
	return used, parsed
}

// stateOwner is whose a credential is: of IAM by the user's name, which means one
// user in the account, of others by what the state itself holds under the name.
func (f *file) stateOwner(id tfstate.Identity, known map[string]drover.Ref, c stateScope) drover.Ref {
	if strings.HasPrefix(id.Type, "aws.iam.") {
		return f.principal(c, "user", id.Owner)
	}
	if ref := known[id.Owner]; ref != "" {
		return ref
	}
	if _, mail, ok := strings.Cut(id.Owner, "/serviceAccounts/"); ok && strings.Contains(mail, "@") {
		if ref := known["email:"+mail]; ref != "" {
			return ref
		}
		return drover.UnseenRef("email:" + mail)
	}
	if strings.Contains(id.Owner, ":") {
		return drover.UnseenRef(id.Owner)
	}
	return ""
}

// mainSecrets are the attributes that hold the value of a resource that is
// itself a credential.
var mainSecrets = []string{"secret", "private_key", "private_key_pem", "private_key_openssh", "value", "token", "client_secret", "password", "key", "secret_id", "access_key"}

// stateCredential joins the value of a credential to the names it goes by.
func stateCredential(r tfstate.Resource, id tfstate.Identity, x tfstate.Secret) credential {
	c := credential{class: x.Class, value: x.Value, typ: id.Type, name: clip(id.Name), aliases: id.Aliases}
	if r.Type == "aws_iam_access_key" && r.ID != "" {
		c.class, c.typ, c.name = decode.ClassAWSKey, secretType(decode.ClassAWSKey), r.ID
		c.aliases = append(slices.Clone(c.aliases), "aws-key:"+r.ID)
		c.node.Attrs = safeAttrs(map[string]any{"account_id": awsAccount(r.ID), "temporary": false})
	}
	return c
}

func stateSpot(r tfstate.Resource, x tfstate.Secret) spot {
	return spot{key: r.Address + "." + x.Path, attrs: map[string]any{"address": r.Address, "attribute": x.Path, "marked_sensitive": x.Known}}
}

// stateRef is the ref under which the system itself would be read, where the
// state holds what it is made of, and the alias otherwise. What IAM has is
// aws/<account>/iam.<sort>/<unique id>, or its name where the id is not known.
func stateRef(id tfstate.Identity) drover.Ref {
	sort, iam := strings.CutPrefix(id.Type, "aws.iam.")
	for _, a := range id.Aliases {
		// arn:partition:iam::account:user/path/name
		f := strings.SplitN(a, ":", 6)
		if !iam || len(f) != 6 || f[0] != "arn" || f[2] != "iam" || f[4] == "" {
			continue
		}
		word, path, _ := strings.Cut(f[5], "/")
		if word != strings.ReplaceAll(sort, "_", "-") {
			continue
		}
		switch unique := id.ID; {
		case sort == "oidc_provider" || sort == "saml_provider":
			return drover.NewRef("aws", f[4], "iam."+sort, drover.Named(path))
		case unique != "":
			return drover.NewRef("aws", f[4], "iam."+sort, unique)
		case path != "":
			return drover.NewRef("aws", f[4], "iam."+sort, drover.Named(roleName(path)))
		}
	}
	for _, a := range id.Aliases {
		if key, ok := strings.CutPrefix(a, "aws-key:"); ok && awsAccount(key) != "" {
			return drover.NewRef("aws", awsAccount(key), "iam.access_key", key)
		}
	}
	return drover.UnseenRef(id.Aliases[0])
}

// stateIdentity emits one identity or credential by the names that its own
// system gives it.
func (f *file) stateIdentity(r tfstate.Resource, id tfstate.Identity) drover.Ref {
	ref := f.ref("tfstate_resource", f.show+"#"+r.Address+"#"+id.Type)
	if len(id.Aliases) > 0 {
		ref = stateRef(id)
	}
	n := drover.Node{Ref: ref, Kind: id.Kind, Type: id.Type, Name: clip(nonEmpty(id.Name, r.ID, r.Address)), Aliases: sortedUnique(append(masterUser(r), id.Aliases...))}
	if strings.HasPrefix(id.Type, "aws.iam.") {
		n.Created = r.Attributes.Time("create_date")
		attrs := map[string]any{"path": r.Attributes.Str("path"), "permissions_boundary": r.Attributes.Str("permissions_boundary")}
		if body := r.Attributes.Str("assume_role_policy"); body != "" && len(body) <= maxPolicy && json.Valid([]byte(body)) {
			attrs["trust_document"] = f.out.Document(drover.NewDocument("aws-iam", body))
		}
		n.Attrs = safeAttrs(attrs)
	}
	f.out.Node(n)
	f.fileTime(ref)
	if id.Kind == drover.KindCredential {
		f.out.Edge(drover.Edge{From: ref, To: f.place(spot{key: r.Address, attrs: map[string]any{"address": r.Address}}), Kind: drover.EdgeStoredIn, Proof: f.show + " " + clip(r.Address)})
	}
	return ref
}

// masterUser names the first user of a database that Amazon RDS runs, as
// connection strings do.
func masterUser(r tfstate.Resource) []string {
	attr := map[string][2]string{"aws_db_instance": {"address", "username"}, "aws_rds_cluster": {"endpoint", "master_username"}}[r.Type]
	engine := r.Attributes.Str("engine")
	for _, s := range [][2]string{{"postgres", "postgres"}, {"aurora-postgres", "postgres"}, {"mysql", "mysql"}, {"aurora-mysql", "mysql"}, {"aurora", "mysql"}, {"mariadb", "mysql"}, {"oracle", "oracle"}, {"sqlserver", "mssql"}} {
		if attr[0] != "" && strings.HasPrefix(engine, s[0]) {
			host := r.Attributes.Str(attr[0])
			if port, ok := r.Attributes.Int("port"); ok && host != "" {
				host += ":" + strconv.FormatInt(port, 10)
			}
			return decode.Found{Scheme: s[1], Host: host, Account: r.Attributes.Str(attr[1])}.UserAliases("")
		}
	}
	return nil
}
