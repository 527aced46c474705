package kubernetes

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A workloadKind is a kind whose objects run pods.
type workloadKind struct {
	section    string
	group      string
	version    string
	resource   string
	name       string
	typ        string
	optional   bool
	clusterAll bool     // belongs to no namespace
	needs      []string // that its pods refer to beside workloadNeeds
	pods       func(w workloadSpec) []foundPod
	folds      bool // objects with a controller are counted under it
}

// workloadNeeds are what every pod template refers to.
var workloadNeeds = append([]string{"secret", "service_account", "secret_provider_class"}, hostNeeds...)

func (w workloadKind) kind() *kind {
	return &kind{
		section: w.section, group: w.group, version: w.version, resource: w.resource, name: w.name, typ: w.typ,
		namespaced: !w.clusterAll, optional: w.optional, needs: append(append([]string(nil), workloadNeeds...), w.needs...),
		scope:  connector.Scope{Name: scopeName(w.resource, w.group), Why: "what runs as which service account, with which privileges and secrets"},
		owners: w.owners(),
		emit:   func(c *cluster, o *object, out *connector.Out) { w.emit(c, o, out) },
	}
}

// owners are the types of what may control objects of the kind, directly or not.
func (w workloadKind) owners() []string {
	if !w.folds {
		return nil
	}
	var out []string
	for _, x := range controllers {
		out = append(out, x.typ)
	}
	for _, typ := range []string{"replica_set", "job", "workflow"} {
		if w.typ == "pod" {
			out = append(out, typ)
		}
	}
	return out
}

func scopeName(resource, group string) string {
	if group != "" {
		resource += "." + group
	}
	return resource + ": list"
}

func kindsOf(list []workloadKind) []*kind {
	var out []*kind
	for _, w := range list {
		out = append(out, w.kind())
	}
	return out
}

// controllerKinds make pods, and live longer than these do. A ReplicaSet of a
// Deployment, a Job of a CronJob and the like come and go with every release and
// run: they are counted under their controller and are no workloads of their own.
var (
	controllerKinds = kindsOf(controllers)
	podKinds        = kindsOf(podLike)
)

var controllers = []workloadKind{
	{group: "apps", version: "v1", resource: "deployments", name: "Deployment", typ: "deployment", pods: podTemplate},
	{group: "apps", version: "v1", resource: "statefulsets", name: "StatefulSet", typ: "stateful_set", pods: podTemplate},
	{group: "apps", version: "v1", resource: "daemonsets", name: "DaemonSet", typ: "daemon_set", pods: podTemplate},
	{group: "batch", version: "v1", resource: "cronjobs", name: "CronJob", typ: "cron_job", pods: cronTemplate},
	{version: "v1", resource: "replicationcontrollers", name: "ReplicationController", typ: "replication_controller", pods: podTemplate},
	{section: "argo-rollouts", group: "argoproj.io", version: "v1alpha1", resource: "rollouts", name: "Rollout", typ: "rollout", optional: true, pods: podTemplate},
	{section: "knative-services", group: "serving.knative.dev", version: "v1", resource: "services", name: "Service", typ: "knative_service", optional: true, pods: podTemplate},
	{section: "deploymentconfigs", group: "apps.openshift.io", version: "v1", resource: "deploymentconfigs", name: "DeploymentConfig", typ: "deployment_config", optional: true, pods: podTemplate},
	{section: "kruise-clonesets", group: "apps.kruise.io", version: "v1alpha1", resource: "clonesets", name: "CloneSet", typ: "clone_set", optional: true, pods: podTemplate},
	{section: "keda-scaledjobs", group: "keda.sh", version: "v1alpha1", resource: "scaledjobs", name: "ScaledJob", typ: "scaled_job", optional: true, pods: scaledJobTemplate},
	{section: "argo-cronworkflows", group: "argoproj.io", version: "v1alpha1", resource: "cronworkflows", name: "CronWorkflow", typ: "cron_workflow", optional: true, pods: cronWorkflowTemplate},
	{section: "argo-workflowtemplates", group: "argoproj.io", version: "v1alpha1", resource: "workflowtemplates", name: "WorkflowTemplate", typ: "workflow_template", optional: true, pods: workflowTemplate},
	{section: "argo-clusterworkflowtemplates", group: "argoproj.io", version: "v1alpha1", resource: "clusterworkflowtemplates", name: "ClusterWorkflowTemplate", typ: "cluster_workflow_template", optional: true, clusterAll: true, pods: workflowTemplate},
	{section: "tekton-tasks", group: "tekton.dev", version: "v1", resource: "tasks", name: "Task", typ: "tekton_task", optional: true, pods: tektonTask},
	{section: "tekton-eventlisteners", group: "triggers.tekton.dev", version: "v1beta1", resource: "eventlisteners", name: "EventListener", typ: "tekton_event_listener", optional: true, pods: eventListener},
}

// podLike are made by controllers, or by people.
var podLike = []workloadKind{
	{group: "apps", version: "v1", resource: "replicasets", name: "ReplicaSet", typ: "replica_set", folds: true, pods: podTemplate},
	{group: "batch", version: "v1", resource: "jobs", name: "Job", typ: "job", folds: true, pods: podTemplate},
	{section: "argo-workflows", group: "argoproj.io", version: "v1alpha1", resource: "workflows", name: "Workflow", typ: "workflow", optional: true, folds: true, pods: workflowTemplate},
	{version: "v1", resource: "pods", name: "Pod", typ: "pod", folds: true, pods: podItself},
}

// workloadSpec are the fields of workloads beside their pod templates.
type workloadSpec struct {
	Spec struct {
		workflowSpec          // of Argo
		Schedule     text     `json:"schedule"`
		Suspend      tri      `json:"suspend"`
		Replicas     number   `json:"replicas"`
		Template     *podHere `json:"template"`
		JobTemplate  *struct {
			Spec struct {
				Template *podHere `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
		JobTarget *struct {
			Template *podHere `json:"template"`
		} `json:"jobTargetRef"`
		WorkflowSpec *workflowSpec `json:"workflowSpec"`
		Steps        []container   `json:"steps"`
		Sidecars     []container   `json:"sidecars"`
	} `json:"spec"`
	pod podHere // of a pod: its own spec
}

type podHere struct {
	Meta podMeta `json:"metadata"`
	Spec podSpec `json:"spec"`
}

// A foundPod is a pod template in a workload.
type foundPod struct {
	*podHere
	field   string
	runless bool // as whom it runs is not said here
}

func one(p *podHere, field string) []foundPod {
	if p == nil {
		return nil
	}
	return []foundPod{{podHere: p, field: field}}
}

func podTemplate(w workloadSpec) []foundPod { return one(w.Spec.Template, "spec.template.spec") }

func podItself(w workloadSpec) []foundPod { return one(&w.pod, "spec") }

func cronTemplate(w workloadSpec) []foundPod {
	if w.Spec.JobTemplate == nil {
		return nil
	}
	return one(w.Spec.JobTemplate.Spec.Template, "spec.jobTemplate.spec.template.spec")
}

func scaledJobTemplate(w workloadSpec) []foundPod {
	if w.Spec.JobTarget == nil {
		return nil
	}
	return one(w.Spec.JobTarget.Template, "spec.jobTargetRef.template.spec")
}

// emit says what one workload is and what its pods may do. What has a controller
// is only counted under it: what it runs as is in the controller's template.
func (w workloadKind) emit(c *cluster, o *object, out *connector.Out) {
	spec, err := w.read(o)
	if err != nil {
		out.Lost(o.where, err)
		return
	}
	if w.folds {
		if t := c.templateOf(o); t.ref != "" {
			out.Node(c.counted(o, w.typ, t.ref))
			c.emitStranger(o, t, w, spec, out)
			return
		}
	}
	found := w.pods(spec)
	attrs := map[string]any{}
	setText(attrs, "schedule", string(spec.Spec.Schedule), 256)
	setTri(attrs, "suspend", spec.Spec.Suspend)
	if w.typ == "pod" && o.static() {
		attrs["static"] = true
	}
	for i, p := range found {
		for k, v := range p.Spec.attrs() {
			if i == 0 && !(p.runless && k == "serviceAccountName") {
				attrs[k] = v
			}
		}
		for k, v := range identityMarks(p.Meta) {
			attrs[k] = v
		}
	}
	n := c.node(o, drover.KindWorkload, w.typ, attrs)
	out.Node(n)
	for _, p := range found {
		t := template{podSpec: &p.Spec, object: o, from: n.Ref, field: p.field, where: o.where, meta: p.Meta, runless: p.runless}
		t.emit(c, out)
	}
}

// counted is the node of something that is only counted under its template: no
// more than names it, for there may be millions.
func (c *cluster) counted(o *object, typ string, template drover.Ref) drover.Node {
	n := drover.Node{Ref: c.ref(typ, o), Kind: drover.KindWorkload, Type: system + "." + typ, Name: o.Meta.Name, Template: template, Created: o.Meta.Created,
		Attrs: drover.NewAttrs(map[string]any{"namespace": cut(o.Meta.Namespace, 253)})}
	if o.Meta.UID != "" {
		n.Aliases = []string{"k8s-uid:" + o.Meta.UID}
	}
	return n
}

func (w workloadKind) read(o *object) (workloadSpec, error) {
	var s workloadSpec
	if w.typ != "pod" {
		err := o.decode(&s)
		return s, err
	}
	err := o.decode(&s.pod)
	return s, err
}

// static reports whether a pod is the API server's picture of one that a kubelet
// runs from a file of its node (Kubernetes documentation, Create static Pods).
func (o *object) static() bool {
	if _, ok := o.Meta.Annotations["kubernetes.io/config.mirror"]; ok {
		return true
	}
	r := o.controller()
	return r != nil && r.Kind == "Node"
}
