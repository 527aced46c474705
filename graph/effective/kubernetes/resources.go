package kubernetes

import "slices"

// catalogueName names the list of resources below and its age.
const catalogueName = "Kubernetes API reference, built-in resources, v1.36"

// A resource is one of the API's own.
type resource struct {
	group, name string
	typ         string // last word of the type of its rows; "" none are read
	global      bool   // of no namespace
	subs        []string
	verbs       []string // beside those of every resource
}

// verbs are those of every resource (Kubernetes documentation, Authorization
// overview, request verbs).
var verbs = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}

// resources are the API's own, those that rows are read of first.
var resources = []resource{
	{core, "secrets", "secret", false, nil, nil},
	{core, "pods", "pod", false, []string{"exec", "attach", "portforward", "ephemeralcontainers", "log", "eviction", "binding", "proxy", "status", "resize"}, nil},
	{core, "serviceaccounts", "service_account", false, []string{"token"}, []string{"impersonate"}},
	{core, "configmaps", "config_map", false, nil, nil},
	{core, "namespaces", "namespace", true, []string{"finalize", "status"}, nil},
	{core, "nodes", "node", true, []string{"proxy", "status", "log", "stats", "metrics", "checkpoint", "configz", "healthz", "pods"}, nil},
	{apps, "deployments", "deployment", false, []string{"scale", "status", "rollback"}, nil},
	{apps, "daemonsets", "daemon_set", false, []string{"status"}, nil},
	{apps, "statefulsets", "stateful_set", false, []string{"scale", "status"}, nil},
	{apps, "replicasets", "replica_set", false, []string{"scale", "status"}, nil},
	{core, "replicationcontrollers", "replication_controller", false, []string{"scale", "status"}, nil},
	{batch, "jobs", "job", false, []string{"status"}, nil},
	{batch, "cronjobs", "cron_job", false, []string{"status"}, nil},
	{rbac, "roles", "role", false, nil, []string{"bind", "escalate"}},
	{rbac, "clusterroles", "cluster_role", true, nil, []string{"bind", "escalate"}},
	{rbac, "rolebindings", "role_binding", false, nil, nil},
	{rbac, "clusterrolebindings", "cluster_role_binding", true, nil, nil},
	{certs, "certificatesigningrequests", "certificate_signing_request", true, []string{"approval", "status"}, nil},
	{certs, "signers", "", true, nil, []string{"approve", "sign", "attest"}},
	{certs, "clustertrustbundles", "", true, nil, nil},
	{core, "users", "user", true, nil, []string{"impersonate"}},
	{core, "groups", "group", true, nil, []string{"impersonate"}},
	{"authentication.k8s.io", "uids", "", true, nil, []string{"impersonate"}},
	{"authentication.k8s.io", "userextras", "", true, nil, []string{"impersonate"}},
	{"authentication.k8s.io", "tokenreviews", "", true, nil, nil},
	{"authentication.k8s.io", "selfsubjectreviews", "", true, nil, nil},
	{"authorization.k8s.io", "subjectaccessreviews", "", true, nil, nil},
	{"authorization.k8s.io", "selfsubjectaccessreviews", "", true, nil, nil},
	{"authorization.k8s.io", "selfsubjectrulesreviews", "", true, nil, nil},
	{"authorization.k8s.io", "localsubjectaccessreviews", "", false, nil, nil},
	{admit, "mutatingwebhookconfigurations", "mutating_webhook_configuration", true, nil, nil},
	{admit, "validatingwebhookconfigurations", "validating_webhook_configuration", true, nil, nil},
	{admit, "validatingadmissionpolicies", "", true, []string{"status"}, nil},
	{admit, "validatingadmissionpolicybindings", "", true, nil, nil},
	{admit, "mutatingadmissionpolicies", "", true, nil, nil},
	{admit, "mutatingadmissionpolicybindings", "", true, nil, nil},
	{core, "persistentvolumes", "", true, []string{"status"}, nil},
	{core, "persistentvolumeclaims", "", false, []string{"status"}, nil},
	{core, "services", "", false, []string{"proxy", "status"}, nil},
	{core, "endpoints", "", false, nil, nil},
	{core, "events", "", false, nil, nil},
	{core, "limitranges", "", false, nil, nil},
	{core, "resourcequotas", "", false, []string{"status"}, nil},
	{core, "podtemplates", "", false, nil, nil},
	{core, "bindings", "", false, nil, nil},
	{core, "componentstatuses", "", true, nil, nil},
	{"apiextensions.k8s.io", "customresourcedefinitions", "", true, []string{"status"}, nil},
	{"apiregistration.k8s.io", "apiservices", "", true, []string{"status"}, nil},
	{"autoscaling", "horizontalpodautoscalers", "", false, []string{"status"}, nil},
	{apps, "controllerrevisions", "", false, nil, nil},
	{"coordination.k8s.io", "leases", "", false, nil, nil},
	{"discovery.k8s.io", "endpointslices", "", false, nil, nil},
	{"events.k8s.io", "events", "", false, nil, nil},
	{"flowcontrol.apiserver.k8s.io", "flowschemas", "", true, []string{"status"}, nil},
	{"flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "", true, []string{"status"}, nil},
	{"networking.k8s.io", "networkpolicies", "", false, nil, nil},
	{"networking.k8s.io", "ingresses", "", false, []string{"status"}, nil},
	{"networking.k8s.io", "ingressclasses", "", true, nil, nil},
	{"networking.k8s.io", "ipaddresses", "", true, nil, nil},
	{"networking.k8s.io", "servicecidrs", "", true, []string{"status"}, nil},
	{"node.k8s.io", "runtimeclasses", "", true, nil, nil},
	{"policy", "poddisruptionbudgets", "", false, []string{"status"}, nil},
	{"resource.k8s.io", "resourceclaims", "", false, []string{"status"}, nil},
	{"resource.k8s.io", "resourceclaimtemplates", "", false, nil, nil},
	{"resource.k8s.io", "resourceslices", "", true, nil, nil},
	{"resource.k8s.io", "deviceclasses", "", true, nil, nil},
	{"scheduling.k8s.io", "priorityclasses", "", true, nil, nil},
	{"storage.k8s.io", "storageclasses", "", true, nil, nil},
	{"storage.k8s.io", "volumeattachments", "", true, []string{"status"}, nil},
	{"storage.k8s.io", "csidrivers", "", true, nil, nil},
	{"storage.k8s.io", "csinodes", "", true, nil, nil},
	{"storage.k8s.io", "csistoragecapacities", "", false, nil, nil},
	{"storage.k8s.io", "volumeattributesclasses", "", true, nil, nil},
}

// resourceNamed finds a resource by its plural, alone or with its group:
// deployments, deployments.apps.
func resourceNamed(word string) *resource {
	for i := range resources {
		if r := &resources[i]; r.name == word || r.group != "" && r.name+"."+r.group == word {
			return r
		}
	}
	return nil
}

// resourceOf finds the resource that rows of a type are of.
func resourceOf(typ string) *resource {
	for i := range resources {
		if r := &resources[i]; r.typ != "" && r.typ == typ {
			return r
		}
	}
	return nil
}

// knows reports whether a verb means something for the resource.
func (r *resource) knows(verb string) bool {
	return verb == "" || slices.Contains(verbs, verb) || slices.Contains(r.verbs, verb)
}
