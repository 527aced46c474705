package kubernetes

import (
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
	read bool // its kind is read, so that its own section says what it runs as

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
	} else if d := c.deploymentOf(o, r); d != "" {
		return owner{ref: d, typ: "deployment", r: *r, read: true}
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
	return t
}

// deploymentOf is the Deployment of a pod whose ReplicaSet could not be read: the
// ReplicaSet is called after it and the pod's hash.
func (c *cluster) deploymentOf(o *object, r *ownerRef) drover.Ref {
	hash := o.Meta.Labels["pod-template-hash"]
	if r.Kind != "ReplicaSet" || hash == "" {
		return ""
	}
	name, ok := strings.CutSuffix(r.Name, "-"+hash)
	if !ok {
		return ""
	}
	ref, _ := c.index.find("deployment", o.Meta.Namespace, name)
	return ref
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
	if ref, ok := c.index.find(typ, ns, r.Name); ok && !c.live {
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

// emitStranger says as whom the pods of a controller run whose kind is not read,
// such as an operator's own. Every pod of it says the same, so nothing of the
// single pod is in it.
func (c *cluster) emitStranger(o *object, t owner, spec workloadSpec, out *connector.Out) {
	if t.read {
		return
	}
	ns := o.Meta.Namespace
	attrs := map[string]any{"namespace": cut(ns, 253), "apiVersion": cut(t.r.APIVersion, 253), "kind": cut(t.r.Kind, 128), "known_by": "its pods"}
	n := drover.Node{Ref: t.ref, Kind: drover.KindWorkload, Type: system + "." + t.typ, Name: t.r.Name, Attrs: drover.NewAttrs(attrs)}
	var more []string
	if t.r.UID != "" {
		more = append(more, "k8s-uid:"+t.r.UID)
	}
	n.Aliases = c.aliases(func(h string) []string { return []string{c.objectAlias(h, t.typ, ns, t.r.Name)} }, more...)
	if !t.known {
		out.Node(n)
	}
	made := template{podSpec: &spec.pod.Spec, object: o, from: t.ref, field: "spec", where: "pods of " + cut(t.r.Kind, 128) + " " + cut(join(ns, t.r.Name), 507), meta: spec.pod.Meta}
	made.emit(c, out)
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
