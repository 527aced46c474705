package demo

var clusterFaults = []faultKind{
	rbac("rbacbypass", []string{"rbac.authorization.k8s.io"}, []string{"clusterroles"}, []string{"escalate", "bind"}),
	rbac("podexec", []string{""}, []string{"pods/exec"}, []string{"create"}),
	rbac("readsallsecrets", []string{""}, []string{"secrets"}, []string{"get", "list"}),
	rbac("erasestraces", []string{""}, []string{"events"}, []string{"delete"}),
	rbac("massdelete", []string{"apps"}, []string{"deployments"}, []string{"deletecollection"}),
}

// rbac is a right that a service account should not have, given by a role of its own.
func rbac(check string, groups, resources, verbs []string) faultKind {
	return faultKind{check, func(g *garden) []Fault {
		i := g.bad(kubernetesAccount)
		rules, _ := i.attrs["rules"].([]object)
		i.attrs["rules"] = append(rules, object{"apiGroups": groups, "resources": resources, "verbs": verbs})
		g.w.put(i)
		return i.on(check, "may "+verbs[0]+" "+resources[0])
	}}
}
