package remedy

import (
	"regexp"
	"strings"

	"github.com/droverhq/drover"
)

// kubernetes writes commands of kubectl. Things are named TYPE/NAME, so that no
// name is read as an option.
func kubernetes(a act) step {
	switch a.action {
	case "detach", "restrict_trust", "narrow":
		return a.kubeBinding()
	case "tag":
		return a.kubeTag()
	}
	switch a.typ() {
	case "kubernetes.service_account":
		return a.kubeAccount()
	case "kubernetes.service_account_token":
		return a.kubeToken()
	case "kubernetes.secret":
		if a.action == "delete" || a.action == "revoke" {
			return step{command: "kubectl delete " + a.object("secret", a.row)}
		}
	}
	if kind := kubeKinds[a.typ()]; kind != "" && a.action == "delete" {
		return step{command: "kubectl delete " + a.object(kind, a.row)}
	}
	return step{}
}

// kubeKinds are what kubectl calls the things that it deletes.
var kubeKinds = map[string]string{
	"kubernetes.cluster_role_binding": "clusterrolebinding", "kubernetes.role_binding": "rolebinding", "kubernetes.cluster_role": "clusterrole", "kubernetes.role": "role",
	"kubernetes.secret": "secret", "kubernetes.config_map": "configmap", "kubernetes.service_account": "serviceaccount", "kubernetes.namespace": "namespace", "kubernetes.deployment": "deployment",
	"kubernetes.daemon_set": "daemonset", "kubernetes.stateful_set": "statefulset", "kubernetes.cron_job": "cronjob", "kubernetes.job": "job", "kubernetes.pod": "pod",
}

// object names a thing for kubectl: kind/name, and -n its namespace where it is
// in one.
func (a act) object(kind string, row int) string {
	out := Quote(kind + "/" + a.e.Graph.Name(row))
	if ns := a.e.Graph.Str(row, "namespace"); ns != "" {
		out += " -n " + Quote(ns)
	}
	return out
}

func (a act) kubeAccount() step {
	switch a.action {
	case "delete":
		return step{command: "kubectl delete " + a.object("serviceaccount", a.row)}
	case "disable":
		return step{command: "kubectl patch " + a.object("serviceaccount", a.row) + ` -p '{"automountServiceAccountToken":false}'`,
			text: "Keep pods from being given tokens of " + a.e.Say(a.row) + ", and take away its role bindings: Kubernetes cannot switch a service account off"}
	case "configure":
		if strings.Contains(a.text, "automountServiceAccountToken") {
			return step{command: "kubectl patch " + a.object("serviceaccount", a.row) + ` -p '{"automountServiceAccountToken":false}'`}
		}
	}
	return step{}
}

// kubeToken is for tokens that lie in Secrets: they end with the Secret
// (kubernetes.io, Managing Service Accounts).
func (a act) kubeToken() step {
	for _, p := range a.e.Places(a.row) {
		if a.e.Graph.Type(p) != "kubernetes.secret" {
			continue
		}
		switch del := "kubectl delete " + a.object("secret", p); a.action {
		case "delete", "revoke", "disable":
			return step{command: del, text: "Delete the Secret that holds " + a.e.Say(a.row) + ": the token ends with it"}
		case "rotate", "expire", "federate":
			return step{command: del, text: "Have the workload use the token that Kubernetes mounts and renews by itself, then delete the Secret that holds " + a.e.Say(a.row)}
		}
	}
	return step{}
}

// kubeBinding takes a role away: by deleting the binding, where it binds nobody
// else, or by editing it.
func (a act) kubeBinding() step {
	binding, ok := a.binding()
	if !ok {
		return step{}
	}
	kind := kubeKinds[a.e.Graph.Type(binding)]
	others := 0
	for _, who := range a.e.Out(binding, drover.EdgeAttached) {
		if who != a.row {
			others++
		}
	}
	if a.action == "detach" && others == 0 {
		return step{command: "kubectl delete " + a.object(kind, binding)}
	}
	text := "Take " + a.e.Say(a.row) + " out of the subjects of " + a.e.Say(binding)
	if a.action != "detach" {
		text = "Bind " + a.e.Say(a.row) + " to a role that gives no more than " + trim(a.text) + ", in place of the one of " + a.e.Say(binding)
	}
	return step{command: "kubectl edit " + a.object(kind, binding), text: text}
}

// binding is the one by which the row has the role, or the role binding itself.
func (a act) binding() (row int, ok bool) {
	g := a.e.Graph
	bindings := func(row int) bool {
		t := g.Type(row)
		return t == "kubernetes.cluster_role_binding" || t == "kubernetes.role_binding"
	}
	if a.other && bindings(a.what) {
		return a.what, true
	}
	if bindings(a.row) {
		return a.row, true
	}
	part, found := "", 0
	for h := range g.Out(a.row) {
		if a.other && h.Kind == drover.EdgeMemberOf && h.Row == a.what {
			part = g.Edge(h.Edge).Part // the id of the binding
		}
	}
	for h := range g.In(a.row) {
		if h.Kind == drover.EdgeAttached && bindings(h.Row) && (part == "" || g.Ref(h.Row).ID() == part) {
			row = h.Row
			found++
		}
	}
	return row, found == 1
}

// labelValue is what Kubernetes takes as the value of a label (kubernetes.io,
// Labels and Selectors); anything else is kept as an annotation.
var labelValue = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$`)

// labelKey is what it takes as a key, of labels and annotations both.
var labelKey = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)

func (a act) kubeTag() step {
	kind := kubeKinds[a.typ()]
	if kind == "" || !labelKey.MatchString(a.key) {
		return step{}
	}
	verb := "label"
	if !labelValue.MatchString(a.text) {
		verb = "annotate"
	}
	return step{command: "kubectl " + verb + " " + a.object(kind, a.row) + " " + Quote(a.key+"="+a.text) + " --overwrite"}
}
