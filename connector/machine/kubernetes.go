package machine

import (
	"fmt"
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
		servers[c.Name] = hostName(c.Server)
	}
	clusters := map[string][]string{} // user -> API servers
	for _, c := range k.Contexts {
		if s := servers[c.Cluster]; s != "" {
			clusters[c.User] = append(clusters[c.User], s)
		}
	}
	for _, u := range k.Users {
		f.kubeUser(u, clusters[u.Name])
	}
	return err
}

func (f *file) kubeUser(u decode.KubeUser, servers []string) {
	name, creds := u.Name, []drover.Ref{}
	at := func(key string) spot {
		return spot{key: "users." + u.Name + "." + key, line: u.Line, attrs: map[string]any{"user": u.Name, "servers": servers}}
	}
	if len(u.ClientCert) > 0 {
		b, err := cert.Parse(u.ClientCert, cert.Options{})
		if err != nil {
			f.lost(fmt.Errorf("client certificate of user %q: %w", clip(u.Name), err))
		}
		refs := f.certificates(b, at("client-certificate-data"))
		if i := clientCertificate(b.Certs); i >= 0 {
			creds = append(creds, refs[i])
			if cn := b.Certs[i].CommonName; cn != "" {
				name = cn // how the API server calls a client with this certificate
			}
		}
	}
	if u.ClientKey != "" {
		if b, err := cert.Parse([]byte(u.ClientKey.Reveal()), cert.Options{}); err == nil {
			creds = append(creds, f.keys(b, at("client-key-data"))...)
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
	if u.Username != "" {
		name = u.Username
	}
	if u.JWT != nil && strings.HasPrefix(u.JWT.Subject, "system:serviceaccount:") {
		name = u.JWT.Subject
	}
	if len(servers) == 0 {
		servers = []string{""} // a user that no context uses is still a way in, to an unknown place
	}
	for _, s := range servers {
		who := f.kubeIdentity(s, name)
		f.fileTime(who)
		for _, c := range creds {
			f.edge(drover.EdgeAuthenticates, c, who, u.Line)
		}
		if u.Exec != nil && len(creds) == 0 {
			f.place(spot{key: "users." + u.Name + ".exec", line: u.Line, attrs: map[string]any{"user": u.Name, "command": u.Exec.Command, "args": u.Exec.Args}})
		}
		if u.Impersonate != "" {
			f.edge(drover.EdgeCanAssume, who, f.kubeIdentity(s, u.Impersonate), u.Line)
		}
	}
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
// get the alias that clusters and logs use for them, too.
func (f *file) kubeIdentity(host, name string) drover.Ref {
	if host == "" {
		host = "?"
	}
	typ, aliases := "kubernetes.user", []string{"k8s-user:" + host + "/" + name}
	if sa, ok := strings.CutPrefix(name, "system:serviceaccount:"); ok {
		typ, aliases = "kubernetes.service_account", append(aliases, "k8s:"+host+"/"+strings.Replace(sa, ":", "/", 1))
	}
	return f.known(typ, name, map[string]any{"server": host}, aliases...)
}
