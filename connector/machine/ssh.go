package machine

import (
	"bytes"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/cert"
)

var sshRows = []*row{
	{category: "ssh", what: "who may log in by SSH key", paths: paths{
		all:     []string{"~/.ssh/authorized_keys", "~/.ssh/authorized_keys2"},
		linux:   []string{"/etc/ssh/authorized_keys/*", "/etc/ssh/authorized_keys.d/*", "/etc/ssh/*.authorized_keys"},
		windows: []string{"/ProgramData/ssh/administrators_authorized_keys"}}, read: readAuthorizedKeys},
	{category: "ssh", what: "host keys", paths: paths{
		linux: []string{"/etc/ssh/ssh_host_*_key"}, darwin: []string{"/etc/ssh/ssh_host_*_key"}, windows: []string{"/ProgramData/ssh/ssh_host_*_key"}}, read: readHostKey},
	{category: "ssh", what: "SSH private keys and certificates", paths: paths{
		all: []string{"~/.ssh/*", "~/.ssh/*/*", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "*.ppk", "*_rsa", "*_ed25519", "deploy_key", "*.deploy_key", "*-cert.pub"}}, read: readSSHKey},
}

// readAuthorizedKeys emits each line as a way into the account: the key pair
// authenticates it, under the options of the line (sshd(8), AUTHORIZED_KEYS FILE
// FORMAT).
func readAuthorizedKeys(f *file) error {
	keys, err := cert.ParseAuthorizedKeys(f.data)
	user := f.user()
	switch {
	case f.base() == "administrators_authorized_keys":
		user = "Administrators"
	case f.home == nil:
		user = strings.TrimSuffix(f.base(), ".authorized_keys") // one file per user in a system folder
	}
	who := f.owner(user)
	for _, k := range keys {
		s := spot{key: k.Fingerprint, line: k.Line, attrs: map[string]any{"comment": k.Comment, "type": k.Type, "options": k.Options, "account": user}}
		c := publicKey("ssh.key", k.SPKI, k.Fingerprint)
		ref := f.credential(c, s)
		if who == "" {
			continue
		}
		if k.CA {
			f.edge(drover.EdgeTrusts, who, ref, k.Line)
			continue
		}
		f.out.Edge(drover.Edge{From: ref, To: who, Kind: drover.EdgeAuthenticates, Proof: f.at(k.Line), Cond: safeAttrs(map[string]any{
			"from": k.From, "command": k.Command, "principals": k.Principals, "restrict": k.Restrict, "options": k.Options})})
	}
	return err
}

// readHostKey emits the key by which this computer proves itself to SSH clients.
func readHostKey(f *file) error {
	b, err := cert.Parse(f.data, cert.Options{})
	for _, ref := range f.keys(b, spot{}) {
		f.edge(drover.EdgeAuthenticates, ref, f.selfRef(), 0)
	}
	return err
}

// readSSHKey emits the private keys among the files where such keys lie. Other
// files there (config, known_hosts, public halves) name no credential held here.
func readSSHKey(f *file) error {
	if strings.HasSuffix(f.base(), "-cert.pub") {
		return readSSHCert(f)
	}
	head := f.data[:min(len(f.data), 4096)]
	if !bytes.Contains(head, []byte("PRIVATE KEY-----")) && !bytes.HasPrefix(head, []byte("PuTTY-User-Key-File")) {
		return nil
	}
	b, err := cert.Parse(f.data, cert.Options{})
	f.keys(b, spot{})
	f.certificates(b, spot{})
	return err
}

// readSSHCert emits a certificate that an SSH authority issued for a key.
func readSSHCert(f *file) error {
	keys, err := cert.ParseAuthorizedKeys(f.data)
	for _, k := range keys {
		if k.Cert == nil {
			continue
		}
		c := k.Cert
		id := k.Fingerprint + "/" + shortHash(c.KeyID, c.CA, c.ValidAfter.UTC().String())
		ref := f.credential(credential{
			ref: drover.NewRef("ssh", "", "certificate", id), typ: "ssh.certificate", name: clip(nonEmpty(c.KeyID, "certificate of "+k.Fingerprint)),
			node: drover.Node{Created: c.ValidAfter, Expires: c.ValidBefore, Attrs: safeAttrs(map[string]any{"key_id": c.KeyID, "serial": c.Serial, "principals": c.Principals, "host": c.Host,
				"extensions": c.Extensions, "no_expiry": c.ValidBefore.IsZero(), "key": k.Fingerprint})},
		}, spot{line: k.Line})
		if c.CA != "" {
			f.edge(drover.EdgeIssuedBy, ref, drover.UnseenRef("ssh:"+c.CA), k.Line)
		}
	}
	return err
}

func nonEmpty(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
