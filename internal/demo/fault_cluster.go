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
		i := g.alone("prod")
		i.grants = []string{"cluster-admin"}
		g.w.put(i)
		return i.on("adminequivalent", "administers the cluster")
	}},
	{"idletoken", func(g *garden) []Fault {
		i := g.alone("")
		i.attrs["automount"], i.attrs["rules"] = true, nil
		g.w.put(i)
		return at(g.workload(i, i.name), i.name, "idletoken", "is handed a token that opens nothing")
	}},
	{"hostaccess", func(g *garden) []Fault {
		i := g.alone("")
		i.attrs["pod"] = pick(g.d, []object{{"hostPID": true}, {"hostIPC": true}})
		g.w.put(i)
		return at(g.workload(i, i.name), i.name, "hostaccess", "its pods see the processes of the node")
	}},
	{"sharedworkload", func(g *garden) []Fault {
		i := g.alone("")
		i.attrs["workloads"] = []string{i.function + "-batch"}
		g.w.put(i)
		return i.on("sharedworkload", "two applications run as it")
	}},
	wide("webhookwrite", "", []string{"admissionregistration.k8s.io"}, []string{"mutatingwebhookconfigurations"}, []string{"update"}),
	wide("corednswrite", "kube-system", []string{""}, []string{"configmaps"}, []string{"update"}),
	{"openbinding", func(g *garden) []Fault {
		i := g.alone("")
		ns, _ := i.attrs["namespace"].(string)
		name := i.function + "-for-all"
		i.manifest(func(c *cluster) {
			c.put(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": object{"name": name, "namespace": ns}, "roleRef": object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": i.name},
				"subjects": []object{{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:unauthenticated"}}})
		})
		g.w.put(i)
		return at(drover.NewRef("kubernetes", g.w.org.cluster, "role_binding", drover.Named(ns+"/"+name)), name, "openbinding", "whoever does not sign in has the role")
	}},
	{"defaultaccount", func(g *garden) []Fault {
		i := g.alone("")
		ns, _ := i.attrs["namespace"].(string)
		i.name, i.id = "default", ns+"/default"
		i.ref = drover.NewRef("kubernetes", g.w.org.cluster, "service_account", drover.Named(i.id))
		g.w.put(i)
		return i.on("defaultaccount", "all of its namespace that asks for nothing else runs as it")
	}},
	{"powerfulworkload", func(g *garden) []Fault {
		i := g.alone("prod")
		i.grants, i.attrs["automount"] = []string{"cluster-admin"}, true
		g.w.put(i)
		return append(at(g.workload(i, i.name), i.name, "powerfulworkload", "its pods hold the token of an administrator"), i.on("adminequivalent", "administers the cluster")...)
	}},
}

// alone makes a service account in a namespace of its own, so that what it may do
// there is done to nothing else.
func (g *garden) alone(env string) *identity {
	g.w.fixed = env
	defer func() { g.w.fixed = "" }()
	i := g.bad(kubernetesAccount)
	ns, _ := i.attrs["namespace"].(string)
	ns += "-" + i.function
	i.attrs["namespace"] = ns
	i.id = ns + "/" + i.name
	i.ref = drover.NewRef("kubernetes", g.w.org.cluster, "service_account", drover.Named(i.id))
	return i
}

// manifest adds what else is to be written into the cluster.
func (i *identity) manifest(fn func(c *cluster)) {
	i.extras(func(w *world, _ *file) { fn(w.manifests()) })
}

// wide is a right in the whole cluster, or in a namespace that is not its own.
func wide(check, namespace string, groups, resources, verbs []string) faultKind {
	return faultKind{check, func(g *garden) []Fault {
		i := g.alone("prod")
		ns, _ := i.attrs["namespace"].(string)
		name, sort := ns+"-"+i.name, "Cluster"
		meta := object{"name": name}
		if namespace != "" {
			meta["namespace"], sort = namespace, ""
		}
		i.manifest(func(c *cluster) {
			c.put(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": sort + "Role", "metadata": meta, "rules": []object{{"apiGroups": groups, "resources": resources, "verbs": verbs}}})
			c.put(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": sort + "RoleBinding", "metadata": meta, "roleRef": object{"apiGroup": "rbac.authorization.k8s.io", "kind": sort + "Role", "name": name},
				"subjects": []object{{"kind": "ServiceAccount", "name": i.name, "namespace": ns}}})
		})
		g.w.put(i)
		found := i.on(check, "may "+verbs[0]+" "+resources[0])
		if check == "webhookwrite" {
			found = append(found, i.on("tierzeropath", "may mend what others make to its liking")...)
		}
		return found
	}}
}

// rbac is a right that a service account should not have, given by a role of its own.
func rbac(check string, groups, resources, verbs []string) faultKind {
	return faultKind{check, func(g *garden) []Fault {
		i := g.alone("")
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
