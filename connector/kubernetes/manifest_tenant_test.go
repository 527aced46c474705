package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/link"
)

const webManifest = `apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: default}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {serviceAccountName: web, containers: [{name: web, image: web}]}}
`

// clone makes a folder with manifests in a repository with this remote; with none
// where remote is "".
func clone(t *testing.T, remote, inside string) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(inside, "web.yaml"), webManifest)
	if remote != "" {
		write(".git/HEAD", "ref: refs/heads/main\n")
		write(".git/config", "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = "+remote+"\n")
		write(".git/objects/info/.keep", "")
		write(".git/refs/heads/.keep", "")
	}
	return filepath.Join(root, inside)
}

// Folders of which nothing says the cluster share no ref and are never joined,
// unless they are the same place of one repository.
func TestUnnamedClusters(t *testing.T) {
	const password = "CANARY-remote-Hw93kQ"
	folders := map[string]string{
		"plain":   clone(t, "", "deploy"),
		"other":   clone(t, "", "deploy"),
		"first":   clone(t, "https://bot:"+password+"@git.example.com/shop/deploy.git", "prod"),
		"again":   clone(t, "git@git.example.com:shop/deploy.git", "prod"),
		"staging": clone(t, "git@git.example.com:shop/deploy.git", "staging"),
		"fork":    clone(t, "git@git.example.com:fork/deploy.git", "prod"),
	}
	refs := map[string][]drover.Ref{}
	l := link.New()
	number := map[drover.Ref]int64{}
	for name, path := range folders {
		r := connectortest.Collect(t, Connector, map[string][]string{"path": {path}})
		if r.Err != nil || r.Status() != drover.StatusOK {
			t.Fatalf("%s: %v %+v", name, r.Err, r.Sections)
		}
		for _, n := range r.Nodes {
			if number[n.Ref] == 0 {
				number[n.Ref] = int64(len(number) + 1)
				l.Add(link.Node{ID: number[n.Ref], Ref: n.Ref, Kind: n.Kind, Type: n.Type, Aliases: n.Aliases})
			}
			refs[name] = append(refs[name], n.Ref)
		}
		cluster := r.ByType("kubernetes.cluster")
		if len(cluster) != 1 || !strings.HasPrefix(cluster[0].Name, "Kubernetes manifests in ") || strings.Contains(cluster[0].Name+fmt.Sprint(cluster[0].Attrs), password) {
			t.Errorf("%s: the cluster is %+v", name, cluster)
		}
	}
	for a := range folders {
		for b := range folders {
			one := a == b || a == "first" && b == "again" || a == "again" && b == "first"
			for _, ref := range refs[a] {
				if got := slices.Contains(refs[b], ref); got != one {
					t.Errorf("%s is in %s and in %s: %v, want %v", ref, a, b, got, one)
				}
			}
		}
	}
	if joins := l.Joins(); len(joins) > 0 {
		t.Errorf("joined: %+v", joins)
	}
}

// What manifests have of a cluster that they name, by its uid or its address, is
// the object that the API server has, each one and no other.
func TestManifestsOfALiveCluster(t *testing.T) {
	e := startEstate(t)
	live := connectortest.Collect(t, Connector, e.config("secrets", secretsDecode))
	if live.Err != nil {
		t.Fatal(live.Err)
	}
	tenant := live.ByType("kubernetes.cluster")[0].Ref.Tenant()
	for name, options := range map[string][2]string{"its uid": {"cluster", tenant}, "its address": {"cluster", "kube.drover.test:6443"}, "its host": {"hosts", "https://Kube.drover.test:6443/"}} {
		t.Run(name, func(t *testing.T) {
			files := connectortest.Collect(t, Connector, map[string][]string{"path": {"testdata/estate.yaml"}, options[0]: {options[1]}})
			if files.Err != nil {
				t.Fatal(files.Err)
			}
			l := link.New()
			var nodes []drover.Node
			seen := map[drover.Ref]bool{}
			for _, n := range slices.Concat(live.Nodes, files.Nodes) {
				if !seen[n.Ref] {
					seen[n.Ref] = true
					nodes = append(nodes, n)
					l.Add(link.Node{ID: int64(len(nodes)), Ref: n.Ref, Kind: n.Kind, Type: n.Type, Aliases: n.Aliases, Created: n.Created})
				}
			}
			entity := map[int64]int64{}
			for _, j := range l.Joins() {
				entity[j.ID] = j.Entity
			}
			members := map[int64][]drover.Node{}
			for i, n := range nodes {
				id := int64(i + 1)
				if entity[id] != 0 {
					id = entity[id]
				}
				members[id] = append(members[id], n)
			}
			joined := map[string]int{}
			for _, list := range members {
				called := map[string]bool{}
				for _, n := range list {
					called[n.Type+" "+n.Attrs.Str("namespace")+"/"+n.Name] = n.Kind != drover.KindCredential && n.Type != "kubernetes.cluster"
				}
				if len(called) > 1 && called[list[0].Type+" "+list[0].Attrs.Str("namespace")+"/"+list[0].Name] {
					t.Errorf("these are made one: %v", called)
				}
				if len(list) == 2 {
					joined[list[0].Type]++
				}
				if only := list[0]; len(list) == 1 && only.Attrs.Str("manifest") != "" && only.Type != "kubernetes.config_map" {
					t.Errorf("%s of the manifests is joined to nothing: %q", only.Ref, only.Aliases)
				}
			}
			for _, typ := range []string{"deployment", "service_account", "role", "role_binding", "secret", "namespace"} {
				if joined[system+"."+typ] == 0 {
					t.Errorf("no %s is joined: %v", typ, joined)
				}
			}
			t.Logf("joined: %v", joined)
		})
	}
}
