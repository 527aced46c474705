package kubernetes

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// pods are what workloads give: their accounts, and ways to their nodes.
func (b *builder) pods() {
	for _, s := range b.order {
		for _, w := range s.workloads {
			b.assume(w)
			x := &escape{b: b, w: w, seen: map[string]bool{}}
			x.containers()
			x.mounts()
			x.endpoints()
		}
	}
}

// assume leads a workload to the accounts whose tokens its pods hold.
func (b *builder) assume(w *workload) {
	for _, r := range w.runs {
		t := w.token(r.account)
		if !t.held && !r.account.cloud {
			continue
		}
		e := effective.Edge{From: w.row, To: r.account.row, Kind: drover.EdgeRunsAs, Move: true, Technique: "IDENTITY_ASSUME",
			Proof: []access.Proof{{Ref: b.in.Ref(int(w.row)), Text: "its pods hold a token of the account: " + r.proof}}}
		switch {
		case !t.held:
			// Webhooks of clouds put a token for the cloud into pods of such accounts,
			// whatever automountServiceAccountToken says.
			e.Cond = drover.NewAttrs(map[string]any{"audience": "of the cloud whose identity the account is annotated with"})
		case t.audiences != nil:
			e.Cond = drover.NewAttrs(map[string]any{"audience": t.audiences})
		}
		b.emit(e)
	}
}

// An escape finds the ways from one workload to its node.
type escape struct {
	b    *builder
	w    *workload
	seen map[string]bool // techniques, each drawn once
}

// asRoot is the condition under which a container's processes are root.
var asRoot = drover.NewAttrs(map[string]any{"securityContext": map[string]any{"runAsUser": 0}})

// to draws one way to the node. The first container that has it is named.
func (x *escape) to(technique string, box *box, cond drover.Attrs, why string) {
	if x.seen[technique+" "+string(cond)] || x.seen[technique+" "] {
		return
	}
	x.seen[technique+" "+string(cond)] = true
	x.b.emit(effective.Edge{From: x.w.row, To: x.b.nodeOf(x.w), Kind: drover.EdgeEscalates, Level: access.LevelEscalate, Move: true, Technique: technique, Cond: cond, Proof: x.proof(box, why)})
}

func (x *escape) proof(box *box, why string) []access.Proof {
	ref := x.b.in.Ref(int(x.w.row))
	out := []access.Proof{{Ref: ref, Statement: "containers[" + box.Name + "]", Effect: "allow", Text: fmt.Sprintf("container %s: %s", strconv.Quote(box.Name), why)}}
	for _, f := range []struct {
		field string
		on    bool
	}{{"hostPID", x.w.pod.HostPID}, {"hostNetwork", x.w.pod.HostNetwork}} {
		if f.on && strings.Contains(why, f.field) { // what a cut would set to false
			out = append(out, access.Proof{Ref: ref, Statement: f.field, Effect: "allow", Text: f.field + ": true"})
		}
	}
	return out
}

// unlessOther is the condition for what takes root, known to hold or left; ok is
// false where it is known not to.
func (x *escape) unlessOther(box *box, image drover.Attrs) (cond drover.Attrs, ok bool) {
	switch x.w.pod.user(box) {
	case userRoot:
		return nil, true
	case userOfImage:
		return image, true
	}
	return asRoot, false
}

// containers are the ways that security contexts give. In a user namespace of
// their own, containers have no power over the node (hostUsers: false).
func (x *escape) containers() {
	p := &x.w.pod
	if p.HostUsers != nil && !*p.HostUsers {
		return
	}
	boxes := p.boxes()
	for i := range boxes {
		box := &boxes[i]
		var cond drover.Attrs
		if c, ok := x.unlessOther(box, nil); !ok {
			cond = c // capabilities do not reach processes that are not root by themselves
		}
		if box.privileged() {
			x.to("CE_PRIV_MOUNT", box, cond, "privileged")
			if p.HostPID {
				x.to("CE_NSENTER", box, cond, "privileged, with hostPID")
			}
		}
		if box.privileged() || box.has("SYS_MODULE") {
			x.to("CE_MODULE_LOAD", box, cond, "privileged, or capability SYS_MODULE")
		}
		if p.HostPID && box.has("SYS_PTRACE") && box.has("SYS_ADMIN") {
			x.to("CE_SYS_PTRACE", box, cond, "hostPID, capabilities SYS_PTRACE and SYS_ADMIN")
		}
		if box.Security != nil && box.Security.Windows.HostProcess || p.Security != nil && p.Security.Windows.HostProcess {
			x.to("CE_HOST_PROCESS", box, nil, "windowsOptions.hostProcess")
		}
		if p.HostNetwork && (box.has("NET_ADMIN") || box.has("NET_RAW") || box.privileged()) && !x.seen["CE_NET_MITM"] {
			x.seen["CE_NET_MITM"] = true
			x.b.emit(effective.Edge{From: x.w.row, To: x.b.nodeOf(x.w), Kind: drover.EdgeCanAccess, Level: access.LevelRead, Technique: "CE_NET_MITM",
				Cond: drover.NewAttrs(map[string]any{"traffic": "the node sends something worth it in clear"}), Proof: x.proof(box, "hostNetwork with power over the network")})
		}
	}
}

// mounts are the ways that paths of the node give.
func (x *escape) mounts() {
	for _, m := range x.w.pod.hostMounts() {
		why := "mounts " + m.path + " of the node"
		if m.readOnly {
			why += ", read-only"
		}
		x.volume(m, why)
		for _, s := range sockets {
			if holds(m.path, s) {
				x.to("EXPLOIT_CONTAINERD_SOCK", m.box, nil, why)
			}
		}
		if holds(m.path, podsDir) {
			x.traverse(m, why)
		}
		if m.readOnly {
			if secretPath(m.path) {
				x.to("EXPLOIT_HOST_READ", m.box, drover.NewAttrs(map[string]any{"node": "lets in by a key that lies there"}), why)
			}
			continue
		}
		x.write(m, why)
	}
}

func (x *escape) write(m hostMount, why string) {
	if cond, ok := x.unlessOther(m.box, asRoot); ok {
		if holds(m.path, kernelDir) || m.path == kernelFile {
			x.to("CE_UMH_CORE_PATTERN", m.box, cond, why)
		}
		if holds(m.path, logDir) && x.readsLogs() {
			x.to("CE_VAR_LOG_SYMLINK", m.box, cond, why)
		}
	}
	for _, h := range harmless {
		if m.path == h {
			return
		}
	}
	var cond drover.Attrs
	switch _, root := x.unlessOther(m.box, nil); {
	case !runs(m.path):
		cond = drover.NewAttrs(map[string]any{"node": "acts on what is written there"})
	case !root:
		cond = asRoot
	}
	x.to("EXPLOIT_HOST_WRITE", m.box, cond, why)
}

// readsLogs reports whether the pods' account may have the kubelet hand out logs:
// of pods in its namespace, or of its node.
func (x *escape) readsLogs() bool {
	for _, r := range x.w.runs {
		if !x.w.token(r.account).held {
			continue
		}
		for _, q := range []k8srbac.Request{
			{Verb: "get", Resource: "pods", Subresource: "log", Namespace: x.w.namespace},
			{Verb: "get", Resource: "nodes", Subresource: "log"}, {Verb: "get", Resource: "nodes", Subresource: "proxy"},
		} {
			if x.b.policy.Allowed(r.account.who, &q) {
				return true
			}
		}
	}
	return false
}

// traverse leads to the tokens of the node's pods.
func (x *escape) traverse(m hostMount, why string) {
	if x.seen["EXPLOIT_HOST_TRAVERSE"] {
		return
	}
	x.seen["EXPLOIT_HOST_TRAVERSE"] = true
	x.b.emit(effective.Edge{From: x.w.row, To: x.b.tokensOf(x.w.at), Kind: drover.EdgeEscalates, Level: access.LevelEscalate, Move: true, Technique: "EXPLOIT_HOST_TRAVERSE", Proof: x.proof(m.box, why)})
}

// endpoints are the ports on which containers say that they listen: the ways in
// for who has no right at all, if a program behind one has a weakness.
func (x *escape) endpoints() {
	boxes := x.w.pod.boxes()
	for i := range boxes {
		for _, p := range boxes[i].Ports {
			if p.Container <= 0 || p.Container > 65535 {
				continue
			}
			protocol, where := cmp.Or(p.Protocol, "TCP"), "the pod's address"
			if p.Host != 0 || x.w.pod.HostNetwork {
				where = "its node's address"
			}
			id := fmt.Sprintf("%s/%s/%s:%d/%s", x.w.namespace, x.w.typ, x.w.name, p.Container, protocol)
			if x.seen["endpoint "+id] {
				continue
			}
			x.seen["endpoint "+id] = true
			row := x.b.in.Node(drover.Node{Ref: x.b.ref("endpoint", id), Kind: drover.KindResource, Type: system + ".endpoint", Name: fmt.Sprintf("port %d/%s of %s", p.Container, protocol, x.w.name),
				Attrs: drover.NewAttrs(map[string]any{"namespace": x.w.namespace, "hostPort": p.Host})})
			x.b.emit(effective.Edge{From: row, To: x.w.row, Kind: drover.EdgeEscalates, Level: access.LevelEscalate, Move: true, Technique: "ENDPOINT_EXPLOIT",
				Cond: drover.NewAttrs(map[string]any{"program": "has a weakness that runs what it is sent"}), Proof: x.proof(&boxes[i], "listens at "+where)})
		}
	}
}

// volume is a path of a node that a workload mounts: what is in it can be read.
func (x *escape) volume(m hostMount, why string) {
	ref := x.b.ref("volume", x.w.namespace+"/"+x.w.typ+"/"+x.w.name+"/"+m.volume)
	if x.seen[string(ref)] {
		return
	}
	x.seen[string(ref)] = true
	row := x.b.in.Node(drover.Node{Ref: ref, Kind: drover.KindResource, Type: system + ".volume", Name: m.path + " of the node of " + x.w.name,
		Attrs: drover.NewAttrs(map[string]any{"namespace": x.w.namespace, "hostPath": m.path, "volume": m.volume})})
	level := access.LevelWrite
	if m.readOnly {
		level = access.LevelRead
	}
	x.b.emit(effective.Edge{From: x.w.row, To: row, Kind: drover.EdgeCanAccess, Level: level, Technique: "VOLUME_DISCOVER", Proof: x.proof(m.box, why)})
	x.b.emit(effective.Edge{From: x.b.nodeOf(x.w), To: row, Kind: drover.EdgeCanAccess, Level: access.LevelWrite, Technique: "VOLUME_ACCESS", Proof: text("the node's own path " + m.path)})
}
