package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A component is a part of a cluster whose work is on the node itself. A workload is
// it only where all three say so: a namespace that only the cluster's keepers write
// to, the account it runs as, and the image of each of its containers.
type component struct {
	name       string
	namespaces []string
	accounts   []string // "": a pod of the control plane has none
	images     []string // how the repositories of images end, from a slash on
}

// helpers are containers that drivers of storage have beside their own
// (kubernetes-csi.github.io, Sidecar Containers).
var helpers = []string{"node-driver-registrar", "csi-node-driver-registrar", "livenessprobe", "mirrored-sig-storage-csi-node-driver-registrar", "mirrored-sig-storage-livenessprobe"}

// components are as their projects and the usual distributions install them.
var components = []component{
	{"kube-proxy", []string{"kube-system"}, []string{"kube-proxy"}, []string{"kube-proxy"}},
	{"the control plane", []string{"kube-system"}, []string{"", "default"}, []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"}},
	{"CoreDNS", []string{"kube-system"}, []string{"coredns", "kube-dns"}, []string{"coredns"}},
	{"NodeLocal DNSCache", []string{"kube-system"}, []string{"node-local-dns"}, []string{"k8s-dns-node-cache"}},
	{"Calico", []string{"kube-system", "calico-system"}, []string{"calico-node", "calico-typha", "calico-kube-controllers", "canal", "csi-node-driver"},
		[]string{"calico/node", "calico/cni", "calico/typha", "calico/kube-controllers", "calico/pod2daemon-flexvol", "calico/csi", "calico/node-driver-registrar", "mirrored-calico-node", "mirrored-calico-cni", "flannel/flannel"}},
	{"Cilium", []string{"kube-system", "cilium"}, []string{"cilium", "cilium-operator", "cilium-envoy"}, []string{"cilium/cilium", "cilium/operator", "cilium/operator-generic", "cilium/operator-aws", "cilium/operator-azure", "cilium/cilium-envoy"}},
	{"Flannel", []string{"kube-system", "kube-flannel"}, []string{"flannel"}, []string{"flannel/flannel", "flannel/flannel-cni-plugin", "flannel-io/flannel", "flannel-io/flannel-cni-plugin", "coreos/flannel", "mirrored-flannelcni-flannel"}},
	{"Antrea", []string{"kube-system"}, []string{"antrea-agent", "antrea-controller"}, []string{"antrea/antrea-agent-ubuntu", "antrea/antrea-controller-ubuntu", "antrea/antrea-ubuntu"}},
	{"the VPC CNI of Amazon", []string{"kube-system"}, []string{"aws-node"}, []string{"amazon-k8s-cni", "amazon-k8s-cni-init", "aws-network-policy-agent"}},
	{"the EKS Pod Identity agent", []string{"kube-system"}, []string{"", "default", "eks-pod-identity-agent"}, []string{"eks/eks-pod-identity-agent"}},
	{"the network service of Azure", []string{"kube-system"}, []string{"azure-cns"}, []string{"containernetworking/azure-cns", "containernetworking/azure-cni"}},
	{"kindnet", []string{"kube-system"}, []string{"kindnet"}, []string{"kindest/kindnetd"}},
	{"the EBS driver of Amazon", []string{"kube-system"}, []string{"ebs-csi-node-sa"}, append([]string{"aws-ebs-csi-driver"}, helpers...)},
	{"the EFS driver of Amazon", []string{"kube-system"}, []string{"efs-csi-node-sa"}, append([]string{"aws-efs-csi-driver"}, helpers...)},
	{"the disk driver of Google", []string{"kube-system", "gce-pd-csi-driver"}, []string{"pdcsi-node-sa", "csi-gce-pd-node-sa"}, append([]string{"gcp-compute-persistent-disk-csi-driver"}, helpers...)},
	{"the disk driver of Azure", []string{"kube-system"}, []string{"csi-azuredisk-node-sa"}, append([]string{"azuredisk-csi"}, helpers...)},
	{"the file driver of Azure", []string{"kube-system"}, []string{"csi-azurefile-node-sa"}, append([]string{"azurefile-csi"}, helpers...)},
}

// Platform says which part of its cluster a Kubernetes workload is, as the reason
// of an exemption, where namespace, service account and images agree. A name says
// nothing: anybody may give it.
func (e *Estate) Platform(row int) (reason string, ok bool) {
	namespace := e.Str(row, "namespace")
	if !strings.HasPrefix(e.Graph.Type(row), "kubernetes.") || namespace == "" {
		return "", false
	}
	account := ""
	for _, a := range e.Out(row, drover.EdgeRunsAs) {
		account = e.Graph.Name(a)
	}
	for _, c := range components {
		if !slices.Contains(c.namespaces, namespace) || !slices.Contains(c.accounts, account) || !c.runs(e.Graph.Attrs(row).Map()) {
			continue
		}
		by := "its namespace " + namespace
		if account != "" {
			by += ", its service account " + account
		}
		return "it is " + c.name + ", a part of the cluster whose work is on the node, by " + by + " and its images", true
	}
	return "", false
}

// runs reports whether all containers of a pod have images of a component.
func (c *component) runs(pod map[string]any) bool {
	n := 0
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		boxes, _ := pod[list].([]any)
		for _, b := range boxes {
			box, _ := b.(map[string]any)
			image, _ := box["image"].(string)
			if !slices.ContainsFunc(c.images, func(end string) bool { return strings.HasSuffix("/"+repository(image), "/"+end) }) {
				return false
			}
			n++
		}
	}
	return n > 0
}

// repository is an image's name without its tag and digest.
func repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		image = image[:i]
	}
	return image
}
