package kubernetes

import (
	"slices"
	"strings"
)

// Bounds on what is kept of one pod template. What is over them is left out, and
// "truncated" says so.
const (
	maxContainers = 64
	maxVolumes    = 128
	maxWords      = 64 // of capabilities, of mounts of a container
)

// attrs are the pod's fields that decide what it may do and reach, by their own
// names. Fields that were not given are absent. Commands, arguments and values of
// variables are never among them.
func (p *podSpec) attrs() map[string]any {
	name, _ := p.account()
	a := map[string]any{"serviceAccountName": cut(name, 253)}
	setTri(a, "automountServiceAccountToken", p.Automount)
	setTri(a, "hostNetwork", p.HostNetwork)
	setTri(a, "hostPID", p.HostPID)
	setTri(a, "hostIPC", p.HostIPC)
	setTri(a, "hostUsers", p.HostUsers)
	setTri(a, "shareProcessNamespace", p.SharePID)
	setText(a, "runtimeClassName", p.RuntimeClass, 253)
	setText(a, "nodeName", p.NodeName, 253)
	if s := p.Security.attrs(); len(s) > 0 {
		a["securityContext"] = s
	}
	risky := p.notableVolumes()
	for field, list := range map[string][]container{"initContainers": p.Init, "containers": p.Containers, "ephemeralContainers": p.Ephemeral} {
		if len(list) > maxContainers {
			list, a["truncated"] = list[:maxContainers], true
		}
		var out []map[string]any
		for i := range list {
			out = append(out, list[i].attrs(risky))
		}
		if out != nil {
			a[field] = out
		}
	}
	if v, all := p.volumes(); len(v) > 0 {
		a["volumes"] = v
		if !all {
			a["truncated"] = true
		}
	}
	return a
}

// attrs of a security context: those of its fields that were given.
func (s *security) attrs() map[string]any {
	if s == nil {
		return nil
	}
	a := map[string]any{}
	setTri(a, "privileged", s.Privileged)
	setTri(a, "allowPrivilegeEscalation", s.Escalation)
	setTri(a, "readOnlyRootFilesystem", s.ReadOnlyRoot)
	setTri(a, "runAsNonRoot", s.NonRoot)
	setNumber(a, "runAsUser", s.User)
	setNumber(a, "runAsGroup", s.Group)
	setText(a, "procMount", s.ProcMount, 64)
	if c := s.Capabilities; c != nil {
		caps := map[string]any{}
		for k, list := range map[string]texts{"add": c.Add, "drop": c.Drop} {
			if l := capabilities(list); len(l) > 0 {
				caps[k] = l
			}
		}
		if len(caps) > 0 {
			a["capabilities"] = caps
		}
	}
	for k, p := range map[string]*profile{"seccompProfile": s.Seccomp, "appArmorProfile": s.AppArmor} {
		if p != nil {
			setText(a, k, p.Type, 64)
		}
	}
	if w := s.Windows; w != nil {
		o := map[string]any{}
		setText(o, "gmsaCredentialSpecName", w.CredentialSpec, 253)
		setTri(o, "hostProcess", w.HostProcess)
		setText(o, "runAsUserName", w.User, 253)
		if len(o) > 0 {
			a["windowsOptions"] = o
		}
	}
	return a
}

// capabilities are spelled without CAP_, in upper case, and sorted: the runtime
// takes them so (capabilities(7); CRI).
func capabilities(list texts) []string {
	var out []string
	for _, c := range list {
		out = append(out, strings.TrimPrefix(strings.ToUpper(cut(string(c), 64)), "CAP_"))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxWords)]
}

// attrs of a container: its image, what it may do, where the volumes that matter
// are mounted, and on which ports it says that it listens.
func (c *container) attrs(notable map[string]bool) map[string]any {
	a := map[string]any{}
	setText(a, "name", c.Name, 63)
	setText(a, "image", c.Image, 1024)
	_, digest, ok := strings.Cut(c.Image, "@")
	if ok {
		setText(a, "digest", digest, 256)
	} else if c.Image != "" {
		setText(a, "tag", imageTag(c.Image), 128)
	}
	if s := c.Security.attrs(); len(s) > 0 {
		a["securityContext"] = s
	}
	setText(a, "restartPolicy", c.Restart, 32)
	var mounts []map[string]any
	for _, m := range c.Mounts {
		if !notable[m.Name] || len(mounts) == maxWords {
			continue
		}
		one := map[string]any{}
		setText(one, "name", m.Name, 63)
		setText(one, "mountPath", m.Path, 1024)
		setText(one, "subPath", m.SubPath, 1024)
		setTri(one, "readOnly", m.ReadOnly)
		setText(one, "mountPropagation", m.Propagation, 64)
		mounts = append(mounts, one)
	}
	if mounts != nil {
		a["volumeMounts"] = mounts
	}
	var ports []map[string]any
	for _, p := range c.Ports[:min(len(c.Ports), maxWords)] {
		one := map[string]any{}
		setText(one, "name", p.Name, 63)
		setNumber(one, "containerPort", p.Container)
		setNumber(one, "hostPort", p.Host)
		setText(one, "protocol", p.Protocol, 16)
		ports = append(ports, one)
	}
	if ports != nil {
		a["ports"] = ports
	}
	return a
}

// imageTag is the tag of an image reference without digest; the one that is
// meant where none stands is latest (distribution reference grammar).
func imageTag(image string) string {
	last := image[strings.LastIndexByte(image, '/')+1:]
	if _, tag, ok := strings.Cut(last, ":"); ok {
		return tag
	}
	return "latest"
}

// notableVolumes are the names of volumes of the node, of secrets and of tokens.
func (p *podSpec) notableVolumes() map[string]bool {
	out := map[string]bool{}
	for i := range p.Volumes {
		if v := &p.Volumes[i]; len(v.attrs()) > 1 {
			out[v.Name] = true
		}
	}
	return out
}

// volumes describes the volumes that bring something from outside of the pod, in
// the order of their names, and reports whether they are all.
func (p *podSpec) volumes() ([]map[string]any, bool) {
	var out []map[string]any
	for i := range p.Volumes {
		if a := p.Volumes[i].attrs(); len(a) > 1 {
			if len(out) == maxVolumes {
				return out, false
			}
			out = append(out, a)
		}
	}
	return out, true
}

// attrs has more than the name where the volume brings a path of the node, a
// secret, a token, a claim or a driver's content.
func (v *volume) attrs() map[string]any {
	a := map[string]any{"name": cut(v.Name, 63)}
	if h := v.HostPath; h != nil {
		one := map[string]any{"path": cut(h.Path, 1024)}
		setText(one, "type", h.Type, 64)
		a["hostPath"] = one
	}
	if v.Claim != nil {
		a["persistentVolumeClaim"] = map[string]any{"claimName": cut(v.Claim.Name, 253)}
	}
	if names := v.secrets(); len(names) > 0 {
		a["secrets"] = names[:min(len(names), maxWords)]
	}
	if c := v.CSI; c != nil {
		one := map[string]any{"driver": cut(c.Driver, 253)}
		setText(one, "secretProviderClass", string(c.Attributes["secretProviderClass"]), 253)
		a["csi"] = one
	}
	if v.Projected == nil {
		return a
	}
	var tokens []map[string]any
	for _, s := range v.Projected.Sources {
		if s.Token == nil || len(tokens) == maxWords {
			continue
		}
		one := map[string]any{}
		setText(one, "audience", s.Token.Audience, 1024)
		setNumber(one, "expirationSeconds", s.Token.Expires)
		setText(one, "path", s.Token.Path, 1024)
		tokens = append(tokens, one)
	}
	if tokens != nil {
		a["serviceAccountToken"] = tokens
	}
	var signers []string
	for _, s := range v.Projected.Sources {
		if s.Certificate != nil && len(signers) < maxWords {
			signers = append(signers, cut(s.Certificate.Signer, 253))
		}
	}
	if signers != nil {
		a["podCertificate"] = signers
	}
	return a
}

// secrets are the Secrets that the volume brings into the pod, sorted.
func (v *volume) secrets() []string {
	var out []string
	add := func(name string) {
		if name != "" {
			out = append(out, cut(name, 253))
		}
	}
	if v.Secret != nil {
		add(v.Secret.SecretName)
	}
	if v.AzureFile != nil {
		add(v.AzureFile.SecretName)
	}
	if v.CSI != nil && v.CSI.Publish != nil {
		add(v.CSI.Publish.Name)
	}
	for _, d := range []*secretVolume{v.CephFS, v.RBD, v.ISCSI, v.Flex, v.ScaleIO, v.StorageOS} {
		if d != nil && d.Ref != nil {
			add(d.Ref.Name)
		}
	}
	if v.Projected != nil {
		for _, s := range v.Projected.Sources {
			if s.Secret != nil {
				add(s.Secret.Name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func setTri(a map[string]any, k string, t tri) {
	if t.given {
		a[k] = t.yes
	}
}

func setNumber(a map[string]any, k string, n number) {
	if n.given {
		a[k] = n.n
	}
}

func setText(a map[string]any, k, v string, most int) {
	if v != "" {
		a[k] = cut(v, most)
	}
}
