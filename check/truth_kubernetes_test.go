package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/adminequivalent"
	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/corednswrite"
	"github.com/droverhq/drover/check/defaultaccount"
	"github.com/droverhq/drover/check/erasestraces"
	"github.com/droverhq/drover/check/hostaccess"
	"github.com/droverhq/drover/check/massdelete"
	"github.com/droverhq/drover/check/nodeproxy"
	"github.com/droverhq/drover/check/openbinding"
	"github.com/droverhq/drover/check/powerfulworkload"
	"github.com/droverhq/drover/check/rbacbypass"
	"github.com/droverhq/drover/check/readsallsecrets"
	"github.com/droverhq/drover/check/webhookwrite"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/kubernetes"
	effectiveaws "github.com/droverhq/drover/graph/effective/aws"
	effectivekubernetes "github.com/droverhq/drover/graph/effective/kubernetes"
	"github.com/droverhq/drover/internal/realtest"
)

// recorded writes what a scan emitted as lines of an example. Users of a cluster
// or an account are said to be no people: others ask of everybody, we leave people out.
func recorded(t *testing.T, r *connectortest.Result) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("-- graph --\n")
	put := func(x drover.Record) {
		raw, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(raw)
		b.WriteByte('\n')
	}
	r = r.Merged()
	for i := range r.Nodes {
		if r.Nodes[i].Template == "" {
			put(drover.Record{Node: &r.Nodes[i]})
		}
	}
	for i := range r.Edges {
		put(drover.Record{Edge: &r.Edges[i]})
	}
	for i := range r.Documents {
		put(drover.Record{Document: &r.Documents[i]})
	}
	for _, n := range append(r.ByType("kubernetes.user"), r.ByType("aws.iam.user")...) {
		fmt.Fprintf(&b, "label %s verdict=nhi by test\n", n.Ref)
	}
	b.WriteString("-- effects --\non\n")
	return b.String()
}

// scannedEstate scans files by a connector, and concludes over what they say.
func scannedEstate(t *testing.T, c *connector.Connector, config map[string][]string) *check.Estate {
	t.Helper()
	r := connectortest.Collect(t, c, config)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return checktest.Estate(t, recorded(t, r), checktest.Systems(effectiveaws.System, effectivekubernetes.System))
}

// fired lists what checks say of an estate.
func fired(t *testing.T, e *check.Estate, checks ...*check.Check) (out []drover.Finding) {
	t.Helper()
	err := check.Run(context.Background(), e, checks, check.Options{Finding: func(f drover.Finding) error { out = append(out, f); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A ruled is a rule of kubescape and the check that answers the same question.
type ruled struct {
	rule  string
	check *check.Check
	// subject is whom kubescape blames: "" the subject or workload itself, else
	// the question is only whether anything is said.
	anything bool
}

var ruledBy = []ruled{
	{"rule-can-list-get-secrets-v1", readsallsecrets.Check, false},
	{"rule-can-impersonate-users-groups-v1", rbacbypass.Check, false},
	{"rule-can-access-proxy-subresource", nodeproxy.Check, false},
	{"rule-can-modify-admission-webhooks", webhookwrite.Check, false},
	{"rule-can-update-configmap-v1", corednswrite.Check, false},
	{"rule-can-delete-k8s-events-v1", erasestraces.Check, false},
	{"rule-excessive-delete-rights-v1", massdelete.Check, false},
	{"workload-with-cluster-takeover-roles", powerfulworkload.Check, false},
	{"workload-with-administrative-roles", powerfulworkload.Check, false},
	{"ensure-default-service-accounts-has-only-default-roles", defaultaccount.Check, true},
	{"anonymous-access-enabled", openbinding.Check, true},
	{"rule-privileged-container", hostaccess.Check, false},
	{"host-network-access", hostaccess.Check, false},
}

// explained are the differences from kubescape, by rule, case and whom, each with
// why ours is meant.
var explained = map[string]string{
	"rule-can-access-proxy-subresource/clusterrole-rolebinding User jane":        "nodes are in no namespace: a RoleBinding gives nothing on them",
	"rule-can-access-proxy-subresource/role-rolebinding User jane":               "nodes are in no namespace: a Role gives nothing on them",
	"rule-can-modify-admission-webhooks/clusterrole-rolebinding User jane":       "webhook configurations are in no namespace: a RoleBinding gives nothing on them",
	"rule-can-modify-admission-webhooks/role-rolebinding User jane":              "webhook configurations are in no namespace: a Role gives nothing on them",
	"workload-with-administrative-roles/pass-wl-limited-permissions Pod test-pd": "it reads every Secret of the cluster, which is enough to take it over, as kubescape's other rule for workloads says",
	"anonymous-access-enabled/fail anything":                                     "the binding is the cluster's own (kubernetes.io/bootstrapping), and gives the version and health of the API server",
}

// TestKubescape compares the checks with the tests of kubescape's own rules: the
// same objects, and whom each blames.
func TestKubescape(t *testing.T) {
	dir := realtest.SharedData(t, "k8s/kubescape-rule-tests")
	var all score
	used := map[string]bool{}
	for _, r := range ruledBy {
		cases, err := filepath.Glob(filepath.Join(dir, r.rule, "test", "*"))
		if err != nil || len(cases) == 0 {
			t.Fatalf("%s has no tests: %v", r.rule, err)
		}
		var one score
		for _, c := range cases {
			compare(t, r, c, &one, used)
		}
		t.Logf("%-60s %-18s %s", r.rule, r.check.ID, &one)
		all.found, all.missed, all.wrong, all.right = all.found+one.found, all.missed+one.missed, all.wrong+one.wrong, all.right+one.right
	}
	t.Logf("all: %s; %d differences are explained", &all, len(used))
	for k := range explained {
		if !used[k] {
			t.Errorf("%s is explained and no difference any more", k)
		}
	}
}

// compare holds one case to what kubescape expects of it.
func compare(t *testing.T, r ruled, dir string, s *score, used map[string]bool) {
	t.Helper()
	want := expected(t, r, filepath.Join(dir, "expected.json"))
	got := map[string]bool{}
	e := scannedEstate(t, kubernetes.Connector, map[string][]string{"path": {withAccounts(t, filepath.Join(dir, "input"))}, "cluster": {"test"}})
	for _, f := range fired(t, e, r.check) {
		got[spelled(r, f.Subject)] = true
	}
	for _, f := range fired(t, e, adminequivalent.Check) {
		if who := spelled(r, f.Subject); want[who] {
			got[who] = true // who may do everything is told of that, and not of each right
		}
	}
	where := r.rule + "/" + filepath.Base(dir)
	for who := range want {
		s.add(got[who], true)
		if !got[who] && note(t, where+" "+who, "missed", used) {
			s.missed--
		}
	}
	for who := range got {
		if !want[who] {
			s.add(true, false)
			note(t, where+" "+who, "not in kubescape's list", used)
		}
	}
	if len(want)+len(got) == 0 {
		s.right++
	}
}

func note(t *testing.T, key, what string, used map[string]bool) bool {
	t.Helper()
	if why := explained[key]; why != "" {
		used[key] = true
		t.Logf("%s: %s: %s", key, what, why)
		return true
	}
	t.Errorf("%s: %s", key, what)
	return false
}

// spelled is whom a finding blames, in kubescape's words.
func spelled(r ruled, s drover.Subject) string {
	if r.anything {
		return "anything"
	}
	kind := strings.TrimPrefix(s.Type, "kubernetes.")
	words := map[string]string{"service_account": "ServiceAccount", "user": "User", "group": "Group", "pod": "Pod", "deployment": "Deployment", "cron_job": "CronJob"}
	return words[kind] + " " + s.Name
}

// expected are those whom kubescape blames.
func expected(t *testing.T, r ruled, file string) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Kind     string `json:"kind"`
		Name     string `json:"name"`
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	var list []struct {
		Object struct {
			External object   `json:"externalObjects"`
			Objects  []object `json:"k8sApiObjects"`
		} `json:"alertObject"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, x := range list {
		for _, o := range append(x.Object.Objects, x.Object.External) {
			if o.Kind == "" {
				continue
			}
			name := o.Name
			if name == "" {
				name = o.Metadata.Name
			}
			out[o.Kind+" "+name] = true
			if r.anything {
				out = map[string]bool{"anything": true}
			}
		}
	}
	return out
}

// withAccounts copies objects, and adds the service accounts that their bindings
// name: the API server has them, and the tests leave them out.
func withAccounts(t *testing.T, input string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := os.ReadDir(input)
	if err != nil {
		t.Fatal(err)
	}
	there, named := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(input, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		var o struct {
			Kind     string
			Metadata struct{ Name, Namespace string }
			Subjects []struct{ Kind, Name, Namespace string }
		}
		if err := yaml.Unmarshal(raw, &o); err != nil {
			t.Fatal(err)
		}
		there[o.Kind+" "+o.Metadata.Namespace+" "+o.Metadata.Name] = true
		for _, s := range o.Subjects {
			if s.Kind == "ServiceAccount" {
				named[s.Namespace+" "+s.Name] = true
			}
		}
	}
	for _, who := range slices.Sorted(maps.Keys(named)) {
		ns, name, _ := strings.Cut(who, " ")
		if there["ServiceAccount "+who] {
			continue
		}
		account := fmt.Sprintf("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: %s}\n", name, ns)
		if err := os.WriteFile(filepath.Join(dir, "account-"+ns+"-"+name+".yaml"), []byte(account), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
