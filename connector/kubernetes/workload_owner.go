package kubernetes

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// An owner is the controller that something ephemeral is counted under.
type owner struct {
	ref  drover.Ref
	typ  string
	r    ownerRef
	read bool // its kind is read
	seen bool // the object was read, so that its own section says what it runs as

	known bool // its node is emitted elsewhere
}

// templateOf is the workload that the object is counted under: the controller of
// its controller, as far as they make one another. The zero owner stands for an
// object that nothing made but a person, or a kubelet from a file.
func (c *cluster) templateOf(o *object) owner {
	r := o.controller()
	if r == nil || r.Kind == "Node" {
		return owner{}
	}
	if top, ok := c.controllers[[3]string{r.Kind, o.Meta.Namespace, r.Name}]; ok {
		r = &top
	} else if d := c.unreadOwner(o, r); d != nil {
		r = d
	}
	if lasting := lastingOwner(o, r); lasting != nil {
		r = lasting
	}
	group := groupOf(r.APIVersion)
	t := owner{typ: snake(r.Kind), r: *r}
	for _, w := range slices.Concat(controllers, podLike) {
		if w.group == group && w.name == r.Kind {
			t.typ, t.read = w.typ, true
		}
	}
	if t.read && r.UID == "" && t.typ == "tekton_task" {
		// Known by name; as whom it runs its runs say, not the task.
		t.read = false
		if ref, ok := c.index.find(t.typ, o.Meta.Namespace, r.Name); ok {
			t.ref, t.known = ref, true
			return t
		}
	}
	t.ref = c.ownerNode(t.typ, o.Meta.Namespace, *r)
	known, ok := c.index.find(t.typ, o.Meta.Namespace, r.Name)
	t.seen = t.read && ok && known == t.ref
	return t
}

// unreadOwner is what controls a controller of pods that was not read, by how
// these are called. A ReplicaSet is called after its Deployment and the pods' hash,
// a label that nobody but the controller of Deployments sets (Kubernetes
// documentation, Deployments, pod-template-hash label). A Job is called after its
// CronJob and the minute, which is said only of one that was read: people name
// jobs, too. Nil where it cannot be told.
func (c *cluster) unreadOwner(o *object, r *ownerRef) *ownerRef {
	ns := o.Meta.Namespace
	if _, ok := c.index.find(snake(r.Kind), ns, r.Name); ok {
		return nil // it was read, and nothing controls it
	}
	up := &ownerRef{APIVersion: "apps/v1", Kind: "Deployment", Controller: true}
	ok := false
	switch hash := o.Meta.Labels["pod-template-hash"]; {
	case r.Kind == "ReplicaSet" && hash != "":
		up.Name, ok = strings.CutSuffix(r.Name, "-"+hash)
	case r.Kind == "Job":
		up.APIVersion, up.Kind = "batch/v1", "CronJob"
		if i := strings.LastIndexByte(r.Name, '-'); i > 0 && len(r.Name)-i > 8 && strings.Trim(r.Name[i+1:], "0123456789") == "" {
			_, ok = c.index.find("cron_job", ns, r.Name[:i])
			up.Name = r.Name[:i]
		}
	}
	if !ok || up.Name == "" {
		return nil
	}
	if ref, ok := c.index.find(snake(up.Kind), ns, up.Name); ok && c.byUID() && !strings.HasPrefix(ref.ID(), "name:") {
		up.UID = ref.ID()
	}
	return up
}

// lastingOwner is what a controller that lives for one run only comes from, by the
// labels of its pods: the runner scale set of GitHub Actions, the pipeline or task
// of Tekton. Nil for others.
func lastingOwner(o *object, r *ownerRef) *ownerRef {
	l := o.Meta.Labels
	switch {
	case r.Kind == "EphemeralRunner" && l["actions.github.com/scale-set-name"] != "":
		return &ownerRef{APIVersion: r.APIVersion, Kind: "AutoscalingRunnerSet", Name: l["actions.github.com/scale-set-name"]}
	case (r.Kind == "TaskRun" || r.Kind == "PipelineRun") && l["tekton.dev/pipeline"] != "":
		return &ownerRef{APIVersion: r.APIVersion, Kind: "Pipeline", Name: l["tekton.dev/pipeline"]}
	case r.Kind == "TaskRun" && l["tekton.dev/task"] != "":
		return &ownerRef{APIVersion: r.APIVersion, Kind: "Task", Name: l["tekton.dev/task"]}
	}
	return nil
}

// ownerNode is the ref of a controller, whether it is read or not. In files it may
// stand without the uid by which what it made names it.
func (c *cluster) ownerNode(typ, ns string, r ownerRef) drover.Ref {
	if ref, ok := c.index.find(typ, ns, r.Name); ok && (!c.live || r.UID == "") {
		return ref
	}
	return c.ref(typ, &object{Meta: meta{Namespace: ns, Name: r.Name, UID: r.UID}})
}

// learnController remembers who controls what controls pods.
func (c *cluster) learnController(o *object) {
	r := o.controller()
	if r == nil {
		name := o.Meta.Labels["workflows.argoproj.io/workflow-template"]
		if name == "" || o.Kind != "Workflow" {
			return
		}
		ref, ok := c.index.find("workflow_template", o.Meta.Namespace, name)
		if !ok {
			return
		}
		r = &ownerRef{APIVersion: o.APIVersion, Kind: "WorkflowTemplate", Name: name, Controller: true}
		if c.byUID() && !strings.HasPrefix(ref.ID(), "name:") {
			r.UID = ref.ID()
		}
	}
	if c.controllers == nil {
		c.controllers = map[[3]string]ownerRef{}
	}
	c.controllers[[3]string{o.Kind, o.Meta.Namespace, o.Meta.Name}] = *r
}

// emitStranger describes a controller that was not itself read by what it made: by
// a pod, or by something that makes pods for it. Its kind may be an operator's
// own, its list may be denied, a dump may be of pods alone. All pods of it say the
// same, so nothing of the single pod is in it.
func (c *cluster) emitStranger(o *object, t owner, w workloadKind, spec workloadSpec, out *connector.Out) {
	if t.seen {
		return
	}
	ns := o.Meta.Namespace
	attrs := map[string]any{"namespace": cut(ns, 253), "apiVersion": cut(t.r.APIVersion, 253), "kind": cut(t.r.Kind, 128), "known_by": "its pods"}
	n := drover.Node{Ref: t.ref, Kind: drover.KindWorkload, Type: system + "." + t.typ, Name: t.r.Name}
	var more []string
	if t.r.UID != "" {
		more = append(more, "k8s-uid:"+t.r.UID)
	}
	n.Aliases = c.objectAliases(t.typ, ns, t.r.Name, more)
	var made []template
	if !w.idle(spec) {
		made = c.strangerPods(o, t, w, spec)
	}
	for i, p := range made {
		if i == 0 && t.read && !p.runless {
			maps.Copy(attrs, p.attrs())
		}
		maps.Copy(attrs, identityMarks(p.meta))
	}
	if n.Attrs = drover.NewAttrs(attrs); !t.known {
		out.Node(n)
	}
	for i := range made {
		made[i].emit(c, out)
	}
}

// strangerPods are the pod templates of an object as those of its controller:
// without what the API server put into the single pod.
func (c *cluster) strangerPods(o *object, t owner, w workloadKind, spec workloadSpec) []template {
	ns := o.Meta.Namespace
	controller := &object{APIVersion: t.r.APIVersion, Kind: t.r.Kind, Meta: meta{Namespace: ns, Name: t.r.Name, UID: t.r.UID}, where: o.where}
	var out []template
	for _, p := range w.pods(spec) {
		s := p.Spec
		s.Ephemeral = nil // of a person's kubectl debug
		s.NodeName = ""   // where the scheduler put the single pod
		s.Volumes = slices.DeleteFunc(slices.Clone(s.Volumes), func(v volume) bool { return strings.HasPrefix(v.Name, "kube-api-access-") })
		out = append(out, template{podSpec: &s, object: controller, from: t.ref, field: "spec", where: "pods of " + cut(t.r.Kind, 128) + " " + cut(join(ns, t.r.Name), 507),
			meta: p.Meta, runless: p.runless})
	}
	return out
}

// idle reports whether an object keeps no pods, such as the ReplicaSet of a
// release that another one followed: what it would run as is no longer so.
func (w workloadKind) idle(s workloadSpec) bool {
	return w.typ == "replica_set" && s.Spec.Replicas.given && s.Spec.Replicas.n == 0
}

// snake is the last word of the node type of a Kind: "StrimziPodSet" is
// strimzi_pod_set. A Kind is hostile text; what has no letter is "workload".
func snake(kind string) string {
	var b strings.Builder
	rs := []rune(cut(kind, 63))
	for i, r := range rs {
		switch {
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) && b.Len() > 0:
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if b.Len() == 0 {
		return "workload"
	}
	return b.String()
}
