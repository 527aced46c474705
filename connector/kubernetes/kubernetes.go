// Package kubernetes reads a cluster: who is in it (service accounts, users and
// groups that bindings name, nodes), what they may do (roles and bindings), what
// runs as whom, and which secrets, certificates and cloud identities hang on it.
// It reads a live API server, or a folder of manifests.
//
// Both ways give the same objects (object.go) of the same kinds (kinds.go) to
// the same emit functions, one file each. client.go, list.go and served.go are
// the way to the API server, live.go runs the sections; manifests.go is the way
// to the files.
package kubernetes

import (
	_ "embed"

	"github.com/droverhq/drover/connector"
)

//go:embed kubernetes.md
var doc string

// Connector reads clusters by the APIs that Kubernetes has since 1.21; of older ones
// it takes the version that the server prefers.
var Connector = &connector.Connector{
	Name:     "kubernetes",
	Title:    "Kubernetes",
	Doc:      doc,
	Options:  options,
	Scopes:   scopes(),
	Verified: "real: kube-apiserver and kube-controller-manager 1.36",
	Check:    check,
	Accepts:  accepts,
	Paths:    "manifests in YAML or JSON, and folders of them",
	Suggest:  suggest,
	Reads:    reads,
	Probe:    probe,
	Discover: discover,
}

var options = []connector.Option{
	{Name: "kubeconfig", Type: connector.TypePath, Help: "the client configuration to connect with; default, where server, in_cluster and path are not set: that of kubectl ($KUBECONFIG, ~/.kube/config); what it executes (exec plugins) runs only where the source comes from drover.yaml", Example: "~/.kube/config"},
	{Name: "context", Help: "the context in it; default: its current one", Example: "prod"},
	{Name: "server", Help: "URL of the API server, in place of a kubeconfig", Example: "https://k8s.example.com:6443"},
	{Name: "token", Secret: true, Help: "bearer token for server", Example: "${file:/run/secrets/drover-token}"},
	{Name: "ca_file", Type: connector.TypePath, Help: "certificates that the API server's is issued by; only from drover.yaml", Example: "/etc/kubernetes/pki/ca.crt"},
	{Name: "in_cluster", Type: connector.TypeBool, Help: "connect as the service account of the pod that drover runs in"},
	{Name: "path", Type: connector.TypePaths, Help: "read manifests in these files and folders, in place of a live cluster", Example: "./deploy"},
	{Name: "secrets", Default: secretsMetadata, Values: []string{secretsMetadata, secretsDecode, secretsSkip},
		Help: "what to ask for of Secrets. metadata: names, types, owners and annotations, without data; where kubectl apply left a copy of the Secret in an annotation, that comes along and is dropped unread. decode: the values, which are fingerprinted, turned into the identities that they open, and forgotten. skip: nothing, for a role that must not list secrets"},
	{Name: "namespaces", Type: connector.TypeList, Help: "read only these namespaces; default: all", Example: "payments"},
	{Name: "hosts", Type: connector.TypeList, Advanced: true, Example: "k8s.example.com:6443",
		Help: "further names of the API server, so that kubeconfigs, audit logs and clouds found elsewhere are linked to this cluster; needed where the address is a loopback one, or that of a pod's own cluster"},
	{Name: "cluster", Advanced: true, Example: "prod-eu",
		Help: "a name to use instead of the uid of namespace kube-system: for manifests, and for a cluster restored from a copy of another"},
	{Name: "issuer", Advanced: true, Example: "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
		Help: "issuer of service account tokens, as clouds trust it; live it is asked for"},
	{Name: "trust_domain", Advanced: true, Help: "of the mesh's SPIFFE ids", Example: "cluster.local"},
	{Name: "proxy", Advanced: true, Help: "HTTP or SOCKS proxy on the way to the API server", Example: "http://proxy.example.com:3128"},
	{Name: "timeout", Type: connector.TypeDuration, Default: "60s", Advanced: true, Help: "how long one page of a list may take"},
	{Name: "retry_wait", Type: connector.TypeDuration, Default: "500ms", Advanced: true, Help: "how long to wait before asking again after a passing fault; doubles each time; the server's Retry-After wins"},
	{Name: "page_size", Type: connector.TypeInt, Default: "500", Advanced: true, Help: "objects in one page of a list"},
	{Name: "max_objects", Type: connector.TypeInt, Default: "2000000", Advanced: true, Help: "the most objects read of one kind; past it that section is partial"},
}
