package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/droverhq/drover"
)

// Kubernetes is written as manifests, one file for all of the cluster, as
// `kubectl get -o json` lists it: one object a document.
type cluster struct {
	f          *os.File
	w          *bufio.Writer
	namespaces map[string]bool
	err        error
}

func (w *world) manifests() *cluster {
	if w.k8s != nil {
		return w.k8s
	}
	c := &cluster{namespaces: map[string]bool{}}
	w.k8s = c
	dir := filepath.Join(w.dir, "cluster")
	if c.err = os.MkdirAll(dir, 0o755); c.err != nil {
		return c
	}
	if c.f, c.err = os.Create(filepath.Join(dir, "cluster.yaml")); c.err == nil {
		c.w = bufio.NewWriterSize(c.f, 1<<16)
	}
	return c
}

// put writes one object. JSON is YAML.
func (c *cluster) put(v object) {
	if c.err != nil {
		return
	}
	b, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(c.w, "%s\n---\n", b)
	}
	c.err = err
}

func (c *cluster) end() error {
	if c.f == nil {
		return c.err
	}
	if err := errors.Join(c.err, c.w.Flush(), c.f.Close()); err != nil {
		return fmt.Errorf("write the cluster: %w", err)
	}
	return nil
}

func (c *cluster) namespace(name, env string) {
	if !c.namespaces[name] {
		c.namespaces[name] = true
		c.put(object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name, "labels": object{"environment": env, "pod-security.kubernetes.io/enforce": "restricted"}}})
	}
}

// standard writes one of the roles that every cluster has, once.
func (c *cluster) standard(role string) {
	if c.namespaces["role "+role] || role != "cluster-admin" {
		return
	}
	c.namespaces["role "+role] = true
	c.put(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": object{"name": role, "labels": object{"kubernetes.io/bootstrapping": "rbac-defaults"}, "annotations": object{"rbac.authorization.kubernetes.io/autoupdate": "true"}},
		"rules": []object{{"apiGroups": []string{"*"}, "resources": []string{"*"}, "verbs": []string{"*"}}, {"nonResourceURLs": []string{"*"}, "verbs": []string{"*"}}}})
}

var kubernetesAccount = &platform{source: "kubernetes", label: "Kubernetes", share: 90,
	make: func(w *world, i *identity, d *dice) {
		i.name = i.function
		i.id = i.team.name + "-" + i.env + "/" + i.name
		i.ref = drover.NewRef("kubernetes", w.org.cluster, "service_account", drover.Named(i.id))
		i.attrs = map[string]any{"namespace": i.team.name + "-" + i.env, "uid": d.uuid(), "digest": d.text(hexDigits, 64), "rules": []object{{"apiGroups": []string{""}, "resources": []string{"configmaps"}, "resourceNames": []string{i.name}, "verbs": []string{"get"}}}}
	},
	write: writeAccount,
}

func writeAccount(w *world, i *identity) {
	c := w.manifests()
	ns, _ := i.attrs["namespace"].(string)
	c.namespace(ns, i.env)
	labels := object{"app.kubernetes.io/name": i.name, "app.kubernetes.io/part-of": i.function, "environment": i.env}
	notes := object{}
	for k, v := range w.tagged(i) {
		switch k {
		case "owner", "team-email", "repository", "purpose":
			notes[w.org.domain+"/"+k] = v
		case "managed-by":
			labels["app.kubernetes.io/managed-by"] = "Helm"
		}
	}
	meta := func(name string) object {
		return object{"name": name, "namespace": ns, "labels": labels, "annotations": notes, "creationTimestamp": w.ago(i.born).Format(time.RFC3339)}
	}
	c.put(object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(i.name), "automountServiceAccountToken": i.attrs["automount"] == true})
	if rules, ok := i.attrs["rules"].([]object); ok {
		c.put(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta(i.name), "rules": rules})
		c.put(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": meta(i.name), "roleRef": object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": i.name},
			"subjects": []object{{"kind": "ServiceAccount", "name": i.name, "namespace": ns}}})
	}
	for _, role := range i.grants {
		c.standard(role)
		c.put(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": object{"name": ns + "-" + i.name + "-" + role}, "roleRef": object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
			"subjects": []object{{"kind": "ServiceAccount", "name": i.name, "namespace": ns}}})
	}
	w.deploy(c, i, i.name, meta)
	for _, more := range stringsOf(i.attrs["workloads"]) {
		w.deploy(c, i, more, func(name string) object {
			m := meta(name)
			other := maps.Clone(labels)
			other["app.kubernetes.io/name"], other["app.kubernetes.io/part-of"] = name, name
			m["labels"] = other
			return m
		})
	}
	w.around(w.file("places"), i)
}

// deploy writes a workload that runs as the account.
func (w *world) deploy(c *cluster, i *identity, name string, meta func(string) object) {
	digest, _ := i.attrs["digest"].(string)
	container := object{"name": "main", "image": "registry." + w.org.domain + "/" + name + "@sha256:" + digest,
		"securityContext": object{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true, "capabilities": object{"drop": []string{"ALL"}}},
		"resources":       object{"limits": object{"memory": "256Mi", "cpu": "500m"}}}
	if env, ok := i.attrs["container_env"].([]object); ok {
		container["env"] = env
	}
	spec := object{"serviceAccountName": i.name, "automountServiceAccountToken": i.attrs["automount"] == true, "containers": []object{container}, "securityContext": object{"runAsNonRoot": true, "seccompProfile": object{"type": "RuntimeDefault"}}}
	if pod, ok := i.attrs["pod"].(object); ok {
		maps.Copy(spec, pod)
	}
	c.put(object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name), "spec": object{"replicas": 2, "selector": object{"matchLabels": object{"app": name}},
		"template": object{"metadata": object{"labels": object{"app": name}}, "spec": spec}}})
}
