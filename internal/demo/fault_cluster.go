package demo

import "github.com/droverhq/drover"

var clusterFaults = []faultKind{
	rbac("rbacbypass", []string{"rbac.authorization.k8s.io"}, []string{"clusterroles"}, []string{"escalate", "bind"}),
	rbac("podexec", []string{""}, []string{"pods/exec"}, []string{"create"}),
	rbac("readsallsecrets", []string{""}, []string{"secrets"}, []string{"get", "list"}),
	rbac("erasestraces", []string{""}, []string{"events"}, []string{"delete"}),
	rbac("massdelete", []string{"apps"}, []string{"deployments"}, []string{"deletecollection"}),
	rbac("nodeproxy", []string{""}, []string{"services/proxy"}, []string{"get"}),
	{"clusteradmin", func(g *garden) []Fault {
		i := g.in("prod", kubernetesAccount)
		i.grants = []string{"cluster-admin"}
		g.w.put(i)
		return i.on("adminequivalent", "administers the cluster")
	}},
	{"idletoken", func(g *garden) []Fault {
		i := g.bad(kubernetesAccount)
		i.attrs["automount"], i.attrs["rules"] = true, nil
		g.w.put(i)
		return at(g.workload(i, i.name), i.name, "idletoken", "is handed a token that opens nothing")
	}},
	{"hostaccess", func(g *garden) []Fault {
		i := g.bad(kubernetesAccount)
		i.attrs["pod"] = pick(g.d, []object{{"hostPID": true}, {"hostIPC": true}})
		g.w.put(i)
		return at(g.workload(i, i.name), i.name, "hostaccess", "its pods see the processes of the node")
	}},
	{"sharedworkload", func(g *garden) []Fault {
		i := g.bad(kubernetesAccount)
		other, _ := i.team.function()
		i.attrs["workloads"] = []string{other}
		g.w.put(i)
		return i.on("sharedworkload", "two applications run as it")
	}},
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

// workload is the ref of a deployment of an account.
func (g *garden) workload(i *identity, name string) drover.Ref {
	ns, _ := i.attrs["namespace"].(string)
	return drover.NewRef("kubernetes", g.w.org.cluster, "deployment", drover.Named(ns+"/"+name))
}
