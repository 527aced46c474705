package kubernetes

import (
	"path"
	"slices"
	"strings"
)

// clean is a path of the node without superfluous slashes and dots. /run stands
// where /var/run is meant: they are one folder on every node.
func clean(p string) string {
	p = path.Clean("/" + p)
	if rest, ok := strings.CutPrefix(p, "/var/run"); ok && (rest == "" || rest[0] == '/') {
		return "/run" + rest
	}
	return p
}

// holds reports whether folder is path or above it.
func holds(folder, path string) bool {
	return folder == path || folder == "/" || strings.HasPrefix(path, folder+"/")
}

// Paths of a node that matter (KubeHound's reference, page of each attack).
const (
	podsDir    = "/var/lib/kubelet/pods" // tokens of all pods of the node
	kernelDir  = "/proc/sys/kernel"      // core_pattern
	kernelFile = "/proc/sys/kernel/core_pattern"
	logDir     = "/var/log"
)

// sockets are those of container runtimes.
var sockets = []string{"/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/dockershim.sock", "/run/cri-dockerd.sock", "/run/docker.sock"}

// readable are folders that hold keys by which the node is entered.
var readable = []string{"/", "/home", "/root", "/root/.ssh", "/proc", "/etc", "/etc/kubernetes", "/etc/kubernetes/pki", "/var/lib/kubelet/pki"}

// secretPath reports whether reading the folder gives such keys.
func secretPath(p string) bool {
	return slices.Contains(readable, p) || strings.HasPrefix(p, "/home/") && strings.HasSuffix(p, "/.ssh")
}

// harmless are folders that a node's own programs do not act on: writing there is
// no way in. KubeHound's list, and what is made for sharing.
var harmless = []string{"/run/datadog-agent", "/etc/datadog-agent", "/etc/datadog-agent/auth", "/etc/datadog", "/run/xtables.lock"}

// executed are folders that programs, jobs, units, plugins or keys of the node are
// read from: what is written there runs on the node, or lets in.
var executed = []string{"/", "/etc", "/root", "/home", "/bin", "/sbin", "/usr", "/lib", "/lib64", "/opt", "/var", "/var/lib", "/var/lib/kubelet", "/var/lib/containerd", "/var/lib/docker",
	"/var/lib/etcd", "/var/spool/cron", "/proc", "/sys", "/dev", "/boot", "/run", "/run/systemd"}

// runs reports whether what is written below the folder runs on the node for
// certain.
func runs(p string) bool {
	if slices.Contains(executed, p) {
		return true
	}
	for _, d := range []string{"/etc/", "/root/", "/bin/", "/sbin/", "/usr/", "/lib/", "/lib64/", "/opt/cni", "/var/lib/kubelet/", "/var/lib/containerd/", "/var/lib/docker/", "/var/spool/cron/", "/boot/", "/home/"} {
		if strings.HasPrefix(p, d) {
			return true
		}
	}
	return false
}
