package decode

import "github.com/droverhq/drover"

// Kubeconfig is a client configuration of Kubernetes.
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
	JWT                           *JWT // claims of Token, nil when it is no JWT
	Username                      string
	Password                      drover.Secret
	Impersonate                   string
	Exec                          *KubeExec
	AuthProvider                  string            // name of a legacy auth-provider: gcp, azure, oidc
	AuthConfig                    map[string]string // its options without secrets
	Secrets                       []Found           // every secret of this user, including those of auth-provider and exec env
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
