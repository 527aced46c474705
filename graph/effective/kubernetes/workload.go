package kubernetes

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A workload is what runs pods: a bare pod, or the template of a controller's.
// All its containers are one: they share the network, the volumes that each
// mounts by name, and the token.
type workload struct {
	row       uint32
	name      string
	typ       string // "pod", "deployment"
	namespace string
	pod       podAttrs
	runs      []runAs  // most have one; a workflow may have several
	at        *machine // nil: not known
}

// A runAs is an account that pods of a workload run as.
type runAs struct {
	account *identity
	proof   string
}

// podAttrs are the attributes of a pod template, by the names of PodSpec.
type podAttrs struct {
	Automount   *bool     `json:"automountServiceAccountToken"`
	HostNetwork bool      `json:"hostNetwork"`
	HostPID     bool      `json:"hostPID"`
	HostUsers   *bool     `json:"hostUsers"`
	NodeName    string    `json:"nodeName"`
	Security    *security `json:"securityContext"`
	Init        []box     `json:"initContainers"`
	Containers  []box     `json:"containers"`
	Ephemeral   []box     `json:"ephemeralContainers"`
	Volumes     []volume  `json:"volumes"`
}

type security struct {
	Privileged   bool   `json:"privileged"`
	NonRoot      bool   `json:"runAsNonRoot"`
	User         *int64 `json:"runAsUser"`
	Capabilities struct {
		Add []string `json:"add"`
	} `json:"capabilities"`
	Windows struct {
		HostProcess bool `json:"hostProcess"`
	} `json:"windowsOptions"`
}

// A box is one container.
type box struct {
	Name     string    `json:"name"`
	Security *security `json:"securityContext"`
	Mounts   []mount   `json:"volumeMounts"`
	Ports    []port    `json:"ports"`
}

type port struct {
	Container int64  `json:"containerPort"`
	Host      int64  `json:"hostPort"`
	Protocol  string `json:"protocol"` // "": TCP
}

type mount struct {
	Name     string `json:"name"`
	ReadOnly bool   `json:"readOnly"`
	SubPath  string `json:"subPath"`
}

type volume struct {
	Name     string `json:"name"`
	HostPath *struct {
		Path string `json:"path"`
	} `json:"hostPath"`
	Tokens []struct {
		Audience string `json:"audience"`
	} `json:"serviceAccountToken"`
}

func (w *world) workload(c *cluster, i int, row uint32) {
	x := &workload{row: row, name: w.in.Name(i), typ: lastWord(w.in.Type(i)), namespace: w.meta(i).Namespace}
	if x.namespace == "" {
		return // a template that belongs to no namespace runs nothing
	}
	_ = json.Unmarshal(w.in.Attrs(i), &x.pod) // fields of another type are absent
	s := c.space(x.namespace)
	s.workloads = append(s.workloads, x)
}

// accounts joins workloads to whom they run as.
func (w *world) accounts(c *cluster) {
	for _, s := range c.order {
		for _, x := range s.workloads {
			for h := range w.in.Out(int(x.row)) {
				if h.Kind != drover.EdgeRunsAs {
					continue
				}
				if id := w.who[uint32(w.in.Head(h.Row))]; id != nil && id.kind == "ServiceAccount" {
					x.runs = append(x.runs, runAs{id, w.in.Edge(h.Edge).Proof})
				}
			}
		}
	}
}

// A token is whether a pod holds one of its account, and for whom.
type token struct {
	held      bool
	audiences []string // where every one is for somebody else than the API server
}

// token says whether the pods that run as an account hold a token of it (Kubernetes
// documentation, Configure Service Accounts for Pods: the pod's field wins over
// the account's, a projected volume over both).
func (x *workload) token(account *identity) token {
	auto := !account.noToken
	if x.pod.Automount != nil {
		auto = *x.pod.Automount
	}
	if auto {
		return token{held: true}
	}
	var t token
	for _, v := range x.pod.Volumes {
		for _, p := range v.Tokens {
			if p.Audience == "" {
				return token{held: true}
			}
			t.held = true
			t.audiences = append(t.audiences, p.Audience)
		}
	}
	slices.Sort(t.audiences)
	t.audiences = slices.Compact(t.audiences)
	return t
}

// boxes are all containers with the field each stands in.
func (p *podAttrs) boxes() []box { return slices.Concat(p.Init, p.Containers, p.Ephemeral) }

// privileged reports whether a container is.
func (b *box) privileged() bool { return b.Security != nil && b.Security.Privileged }

// has reports whether a container is given a capability by name, or all.
func (b *box) has(capability string) bool {
	return b.Security != nil && (slices.Contains(b.Security.Capabilities.Add, capability) || slices.Contains(b.Security.Capabilities.Add, "ALL"))
}

// A user is as whom a container's processes run: yes root, no root, or as its
// image says.
type user int

const (
	userOfImage user = iota
	userRoot
	userOther
)

// user is what the security contexts say; the container's wins over the pod's.
func (p *podAttrs) user(b *box) user {
	for _, s := range []*security{b.Security, p.Security} {
		switch {
		case s == nil:
		case s.User != nil && *s.User == 0:
			return userRoot
		case s.User != nil:
			return userOther
		case s.NonRoot:
			return userOther
		}
	}
	return userOfImage
}

// A hostMount is a path of the node in a container.
type hostMount struct {
	box      *box
	volume   string
	path     string // on the node, clean, without final slash but for the root
	readOnly bool
}

// hostMounts lists the paths of the node that containers mount.
func (p *podAttrs) hostMounts() []hostMount {
	paths := map[string]string{}
	for _, v := range p.Volumes {
		if v.HostPath != nil {
			paths[v.Name] = clean(v.HostPath.Path)
		}
	}
	var out []hostMount
	boxes := p.boxes()
	for i := range boxes {
		for _, m := range boxes[i].Mounts {
			path, ok := paths[m.Name]
			if !ok {
				continue
			}
			if m.SubPath != "" && !strings.Contains(m.SubPath, "..") {
				path = clean(path + "/" + m.SubPath)
			}
			out = append(out, hostMount{&boxes[i], m.Name, path, m.ReadOnly})
		}
	}
	return out
}
