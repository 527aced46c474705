package machine

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/cert"
)

var kubeRows = []*row{
	{category: "kubeconfig", what: "Kubernetes client configurations", paths: paths{
		all:   []string{"$KUBECONFIG", "~/.kube/config", "~/.kube/*.yaml", "~/.kube/*.yml", "~/.kube/*.conf", "~/.kube/*.kubeconfig", "~/.kube/configs/*", "~/.kube/config.d/*", "kubeconfig", "*.kubeconfig", "kubeconfig*.yaml", "kubeconfig*.yml", "*-kubeconfig.yaml"},
		linux: []string{"/etc/kubernetes/*.conf", "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml", "/var/lib/kubelet/kubeconfig", "/var/lib/kubelet/bootstrap-kubeconfig", "/var/snap/microk8s/current/credentials/*.config", "/var/lib/k0s/pki/admin.conf"}}, read: readKubeconfig},
}

// readKubeconfig emits every user of the file: its credentials, and who it is on
// each cluster that a context joins it to.
func readKubeconfig(f *file) error {
	k, err := decode.ParseKubeconfig(f.data)
	servers := map[string]string{}
	for _, c := range k.Clusters {
		servers[c.Name] = decode.HostName(c.Server, f.loopback())
	}
	clusters := map[string][]string{} // user -> API servers
	for _, c := range k.Contexts {
		if s := servers[c.Cluster]; s != "" && !slices.Contains(clusters[c.User], s) {
			clusters[c.User] = append(clusters[c.User], s)
		}
	}
	for _, u := range k.Users {
		f.kubeUser(u, clusters[u.Name])
	}
	return err
}

// kubeUser emits the credentials of one user and who it is. Files that it names
// are read in their place: what identifies the user is taken from them, what
// lies in them is told where they are read for themselves.
func (f *file) kubeUser(u decode.KubeUser, servers []string) {
	name, creds := u.Name, []drover.Ref{}
	at := func(key string) spot {
		return spot{key: "users." + u.Name + "." + key, line: u.Line, attrs: map[string]any{"user": u.Name, "servers": servers}}
	}
	if pem, s := f.inlineOrFile(u.ClientCert, u.ClientCertFile, at("client-certificate")); len(pem) > 0 {
		b, err := cert.Parse(pem, cert.Options{})
		if err != nil {
			f.lost(fmt.Errorf("client certificate of user %q: %w", clip(u.Name), err))
		}
		refs := f.certificates(b, s)
		if i := clientCertificate(b.Certs); i >= 0 {
			creds = append(creds, refs[i])
			if cn := b.Certs[i].CommonName; cn != "" {
				name = cn // how the API server calls a client with this certificate
			}
		}
	}
	if pem, s := f.inlineOrFile([]byte(u.ClientKey.Reveal()), u.ClientKeyFile, at("client-key")); len(pem) > 0 {
		if b, err := cert.Parse(pem, cert.Options{}); err == nil {
			creds = append(creds, f.keys(b, s)...)
		}
	}
	for _, x := range u.Secrets {
		if x.Class == decode.ClassPrivateKey && u.ClientKey != "" && x.Value == u.ClientKey {
			continue
		}
		if ref := f.found(x); ref != "" && x.Class != decode.ClassOAuthSecret {
			creds = append(creds, ref)
		}
	}
	jwt := u.JWT
	if u.Token == "" { // a token beats a token file (client-go, rest.Config)
		if token, s := f.inlineOrFile(nil, u.TokenFile, at("tokenFile")); oneWord(token) {
			v := drover.Secret(strings.TrimSpace(string(token)))
			creds = append(creds, f.credential(credential{class: decode.ClassToken, value: v, typ: secretType(decode.ClassToken)}, s))
			if t, err := decode.ParseJWT(v.Reveal()); err == nil {
				jwt = &t
			}
		}
	}
	if u.Username != "" {
		name = u.Username
	}
	if jwt != nil && strings.HasPrefix(jwt.Subject, "system:serviceaccount:") {
		name = jwt.Subject
	}
	if len(servers) == 0 {
		servers = []string{""} // a user that no context uses is still a way in, to an unknown place
	}
	for _, s := range servers {
		f.kubeAccess(u, s, name, creds)
	}
}

// kubeAccess emits who the user is on one cluster, and what opens it.
func (f *file) kubeAccess(u decode.KubeUser, server, name string, creds []drover.Ref) {
	who := f.kubeIdentity(server, name)
	f.fileTime(who)
	for _, c := range creds {
		f.edge(drover.EdgeAuthenticates, c, who, u.Line)
	}
	if u.Exec != nil && len(creds) == 0 {
		f.place(spot{key: "users." + u.Name + ".exec", line: u.Line, attrs: map[string]any{"user": u.Name, "command": u.Exec.Command, "args": u.Exec.Args}})
	}
	if u.Impersonate != "" {
		f.edge(drover.EdgeCanAssume, who, f.kubeIdentity(server, u.Impersonate), u.Line)
	}
}

// oneWord reports whether a file is one token and nothing else.
func oneWord(data []byte) bool {
	s := strings.TrimSpace(string(data))
	return s != "" && len(s) <= 64<<10 && !strings.ContainsAny(s, " \t\r\n\x00")
}

// maxNamed is the largest file that a kubeconfig may name, in bytes.
const maxNamed = 1 << 20

// inlineOrFile is the data of a field, or what the file has that the other field
// names, and the spot of either. Only files of the scanned tree are read.
func (f *file) inlineOrFile(data []byte, name string, s spot) ([]byte, spot) {
	if len(data) > 0 || name == "" {
		s.key += "-data"
		return data, s
	}
	in, err := f.named(f.path, name)
	if err == nil {
		var b []byte
		if b, _, err = f.disk.read(in, maxNamed); err == nil {
			s.attrs = maps.Clone(s.attrs)
			s.attrs["path"] = name
			return b, s
		}
	}
	f.out.Note(f.show, fmt.Sprintf("%s, which user %q signs in with, is not read: %s", clip(name), clip(s.attrs["user"].(string)), reason(err)))
	return nil, s
}

// named is the path inside the disk of a file that the one at from names: relative
// to its folder (Kubernetes, "Organizing Cluster Access Using kubeconfig Files").
func (h *host) named(from, name string) (string, error) {
	in := path.Join(path.Dir(from), slashed(name))
	if filepath.IsAbs(name) || strings.HasPrefix(name, "/") {
		in = slashed(name)
		if h.native {
			var ok bool
			if in, ok = h.disk.inside(name); !ok {
				return "", errOutside
			}
		}
	}
	in, _, err := h.disk.resolve(in)
	return in, err
}

// kubeFiles are the files that kubeconfigs name and that are read with them.
func (h *host) kubeFiles(hits []hit) []string {
	var out []string
	for _, x := range hits {
		data, _, err := h.disk.read(x.path, h.maxSize)
		if err != nil {
			continue
		}
		k, _ := decode.ParseKubeconfig(data)
		for _, u := range k.Users {
			for _, name := range []string{u.ClientCertFile, u.ClientKeyFile, u.TokenFile} {
				if in, err := h.named(x.path, name); name != "" && err == nil {
					out = append(out, in)
				}
			}
		}
	}
	return sortedUnique(out)
}

// clientCertificate is which of a chain is the client's own: the first that is no
// authority, else the first, for people sign their own as one. -1: none.
func clientCertificate(chain []cert.Certificate) int {
	if i := slices.IndexFunc(chain, func(c cert.Certificate) bool { return !c.CA }); i >= 0 {
		return i
	}
	return min(len(chain), 1) - 1
}

// kubeIdentity is a user as the API server at host calls it. Service accounts
// get the alias that clusters and logs use for them, too. Where no host says
// which cluster it is, the user is known to this file alone.
func (f *file) kubeIdentity(host, name string) drover.Ref {
	typ, sa, isSA := "kubernetes.user", "", false
	if sa, isSA = strings.CutPrefix(name, "system:serviceaccount:"); isSA {
		typ = "kubernetes.service_account"
	}
	if host == "" {
		ref := f.ref("kubeconfig_user", f.show+"#"+name)
		f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: typ, Name: clip(name)})
		return ref
	}
	aliases := []string{"k8s-user:" + host + "/" + name}
	if isSA {
		aliases = append(aliases, "k8s:"+host+"/"+strings.Replace(sa, ":", "/", 1))
	}
	return f.known(typ, name, map[string]any{"server": host}, aliases...)
}
