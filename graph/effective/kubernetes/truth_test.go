package kubernetes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/connector/connectortest"
	connector "github.com/droverhq/drover/connector/kubernetes"
	"github.com/droverhq/drover/internal/realtest"
)

// A truth is one edge of KubeHound's own system test: a technique from one of its
// nodes to another. Where one end is left open any will do.
type truth struct {
	technique string
	from, to  string // "": any
}

// An entry is one test of that file.
type entry struct {
	Edge       string      `json:"edge"`
	Classes    []string    `json:"classes"`
	Paths      [][2]string `json:"expected_paths"`
	Containers []string    `json:"expected_from_containers"`
	Targets    []string    `json:"expected_targets"`
}

// truths reads the public test data of KubeHound: its manifests, and which edges
// it finds in a cluster that has them.
func truths(t testing.TB) ([]manifest, []truth) {
	dir := realtest.SharedData(t, "k8s/kubehound")
	raw, err := os.ReadFile(filepath.Join(dir, "expected_edges.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []entry
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	var out []truth
	machines := map[string]bool{}
	for _, e := range list {
		for _, p := range e.Paths {
			out = append(out, truth{e.Edge, p[0], p[1]})
			if len(e.Classes) > 0 && e.Classes[0] == "Node" {
				machines[p[0]] = true
			}
		}
		for _, c := range e.Containers {
			out = append(out, truth{technique: e.Edge, from: c})
		}
		for _, x := range e.Targets {
			out = append(out, truth{technique: e.Edge, to: x})
		}
	}
	all := folder(t, filepath.Join(dir, "manifests"))
	for name := range machines { // the cluster has nodes, which are not among its manifests
		all = append(all, manifest{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": name}})
	}
	return all, out
}

// ends are the rows that a name of KubeHound's stands for here: of a permission
// set, role::binding, the binding; of a container its workload.
func (a *answers) ends(name string) []uint32 {
	if role, binding, ok := strings.Cut(name, "::"); ok {
		var out []uint32
		for _, row := range append(a.rows["role_binding "+binding], a.rows["cluster_role_binding "+binding]...) {
			if a.node(row).Attrs.Str("roleRef", "name") == role {
				out = append(out, row)
			}
		}
		return out
	}
	if rows := a.rows[name]; rows != nil {
		return rows
	}
	var out []uint32
	for i := range a.in.Len() {
		var p podAttrs
		if json.Unmarshal(a.in.Attrs(i), &p) == nil {
			for _, b := range p.boxes() {
				if b.Name == name {
					out = append(out, uint32(i))
				}
			}
		}
	}
	return out
}

// found reports whether a truth is among the answers.
func (a *answers) found(x truth) bool {
	switch {
	case x.from == "":
		for i := range a.edges {
			if e := &a.edges[i]; e.Technique == x.technique && a.holds(e.To, a.ends(x.to)) {
				return true
			}
		}
		return false
	case x.to == "":
		return len(a.by(x.technique, a.ends(x.from))) > 0
	case x.from == x.to:
		return len(a.by(x.technique, a.ends(x.from))) > 0 // what it could bind, it has
	}
	return a.leads(x.technique, a.ends(x.from), a.ends(x.to))
}

// measured is what a run over the truth comes to.
type measured struct {
	expected, found int
	twins, silent   int
	negatives       int
	missing, wrong  []string
}

func (m *measured) recall() float64 { return float64(m.found) / float64(max(1, m.expected)) }

// measure looks for every truth, and that none stays once what it rests on is
// taken away: three twins of each, and the objects that are made to fail.
func measure(t testing.TB) measured {
	all, list := truths(t)
	a := loaded(t, all)
	a.unique(t)
	m := measured{expected: len(list)}
	for _, x := range list {
		if a.found(x) {
			m.found++
		} else {
			m.missing = append(m.missing, fmt.Sprint(x))
		}
	}
	for name := range a.rows {
		if !strings.Contains(name, "-fail") && name != "control-pod" {
			continue
		}
		m.negatives++
		for i := range a.edges {
			e := &a.edges[i]
			if n := a.node(e.From).Name; n == name && e.Move && e.Technique != "PERMISSION_DISCOVER" && e.Technique != "IDENTITY_ASSUME" && e.Technique != "" {
				m.wrong = append(m.wrong, a.spell(e))
			}
		}
	}
	m.changed(t, all, list)
	return m
}

// Every edge that KubeHound expects is found, and none in the twins.
func TestTruth(t *testing.T) {
	m := measure(t)
	t.Logf("KubeHound: %d of %d edges found, recall %.3f; %d negatives and %d twins, %d false", m.found, m.expected, m.recall(), m.negatives, m.twins, len(m.wrong))
	for _, s := range m.missing {
		t.Errorf("not found: %s", s)
	}
	for _, s := range m.wrong {
		t.Errorf("false: %s", s)
	}
}

// A live cluster that has the manifests gives the same edges.
func TestTruthLive(t *testing.T) {
	all, list := truths(t)
	k := realtest.NewKube(t)
	k.Controllers(t)
	for _, ns := range []string{"default", "vault"} {
		if code, text := k.Do(t, k.AdminToken, "POST", "/api/v1/namespaces", `{"metadata":{"name":"`+ns+`"}}`); code != 201 && code != 409 {
			t.Fatalf("%d %s", code, text)
		}
		realtest.Await(t, "there is a service account in "+ns, func() bool {
			code, _ := k.Do(t, k.AdminToken, "GET", "/api/v1/namespaces/"+ns+"/serviceaccounts/default", "")
			return code == 200
		})
	}
	raw, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": all})
	if err != nil {
		t.Fatal(err)
	}
	k.Kubectl(t, string(raw), "apply", "-f", "-")
	r := connectortest.Collect(t, connector.Connector, map[string][]string{"kubeconfig": {k.Kubeconfig}})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	a := answered(t, input(r))
	found := 0
	for _, x := range list {
		if !a.found(x) {
			t.Errorf("not found: %v", x)
			continue
		}
		found++
	}
	t.Logf("KubeHound's manifests in a live cluster: %d of %d edges found", found, len(list))
}
