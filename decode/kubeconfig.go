package decode

import (
	"encoding/base64"
	"strings"

	"github.com/droverhq/drover"
)

// Kubeconfig is a client configuration of Kubernetes (v1 Config).
type Kubeconfig struct {
	CurrentContext string
	Clusters       []KubeCluster
	Users          []KubeUser
	Contexts       []KubeContext
}

// KubeCluster is one API server.
type KubeCluster struct {
	Name, Server, CAFile string
	CA                   []byte // PEM as decoded; nil none
	Insecure             bool   // insecure-skip-tls-verify
	Line                 int
}

// KubeUser is one entry of users: the ways in that it names.
type KubeUser struct {
	Name                          string
	ClientCert                    []byte        // PEM as decoded, for decode/cert; nil none
	ClientKey                     drover.Secret // PEM as decoded; "" none
	ClientCertFile, ClientKeyFile string
	Token                         drover.Secret
	TokenFile                     string
	JWT                           *JWT // claims of Token; nil when it is no JWT
	Username                      string
	Password                      drover.Secret
	Impersonate                   string
	Exec                          *KubeExec
	AuthProvider                  string            // name of a legacy auth-provider: gcp, azure, oidc
	AuthConfig                    map[string]string // its options; secrets are REDACTED
	Secrets                       []Found           // every secret of this user, with its place
	Line                          int
}

// KubeExec is a credential plugin: a command run to get a token.
type KubeExec struct {
	Command string
	Args    []string
	Env     map[string]string // secrets are REDACTED here and in KubeUser.Secrets
}

// KubeContext joins a user to a cluster.
type KubeContext struct{ Name, Cluster, User, Namespace string }

// ParseKubeconfig reads a kubeconfig in YAML or JSON. It returns an error when
// the file is none: no clusters, users or contexts.
func ParseKubeconfig(data []byte) (Kubeconfig, error) {
	root, err := oneYAML("kubeconfig", data)
	var k Kubeconfig
	k.CurrentContext = root.str("current-context")
	for _, c := range root.each("clusters") {
		in := c.get("cluster")
		insecure, _ := in.yes("insecure-skip-tls-verify")
		k.Clusters = append(k.Clusters, KubeCluster{Name: c.str("name"), Server: in.str("server"), Insecure: insecure,
			CAFile: in.str("certificate-authority"), CA: []byte(unbase64(in.str("certificate-authority-data"))), Line: c.line})
	}
	for _, u := range root.each("users") {
		k.Users = append(k.Users, kubeUser(u))
	}
	for _, c := range root.each("contexts") {
		in := c.get("context")
		k.Contexts = append(k.Contexts, KubeContext{c.str("name"), in.str("cluster"), in.str("user"), in.str("namespace")})
	}
	if err == nil && len(k.Clusters)+len(k.Users)+len(k.Contexts) == 0 {
		err = bad("kubeconfig", 0, "no clusters, users or contexts")
	}
	return k, err
}

func kubeUser(u *value) KubeUser {
	in, name := u.get("user"), u.str("name")
	out := KubeUser{Name: name, Line: u.line, Username: in.str("username"), TokenFile: in.str("tokenFile"), Impersonate: in.str("as"),
		ClientCertFile: in.str("client-certificate"), ClientKeyFile: in.str("client-key")}
	if s := in.str("client-certificate-data"); s != "" {
		out.ClientCert = []byte(unbase64(s))
	}
	out.ClientKey = out.secret(ClassPrivateKey, in, "client-key-data", unbase64(in.str("client-key-data")))
	out.Token = out.secret(ClassToken, in, "token", in.str("token"))
	out.Password = out.secret(ClassPassword, in, "password", in.str("password"))
	if t, err := ParseJWT(out.Token.Reveal()); err == nil {
		out.JWT = &t
	}
	path := joinPath("users", name, "user")
	if p := in.get("auth-provider"); p != nil {
		out.AuthProvider = p.str("name")
		out.AuthConfig = siftMap(&out.Secrets, p.get("config"), path+".auth-provider.config")
	}
	if e := in.get("exec"); e != nil {
		args, _ := siftArgs(&out.Secrets, e.get("args"), path+".exec.args")
		out.Exec = &KubeExec{Command: e.str("command"), Args: args, Env: map[string]string{}}
		for _, pair := range e.each("env") {
			k := pair.str("name")
			out.Exec.Env[k] = sift(&out.Secrets, k, pair.str("value"), path+".exec.env."+k, pair.line)
		}
	}
	return out
}

// secret records a secret field and returns its value; "" when it has none.
func (u *KubeUser) secret(class string, in *value, key, v string) drover.Secret {
	f, ok := secretOf(class, key, v, joinPath("users", u.Name, "user", key), in.get(key).at())
	if !ok {
		return ""
	}
	f.Account = u.Name
	u.Secrets = append(u.Secrets, f)
	return f.Value
}

// unbase64 decodes standard base64 with white space in it, and returns s itself
// when it is none, so that nothing is lost.
func unbase64(s string) string {
	clean := strings.Join(strings.Fields(s), "")
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := e.DecodeString(clean); err == nil {
			return string(b)
		}
	}
	return s
}
