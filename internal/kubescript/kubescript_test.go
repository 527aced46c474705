package kubescript_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/kubescript"
	"github.com/droverhq/drover/internal/realtest"
)

// The model follows requests; lists of the API say what is there. After every one
// of many random steps they agree.
func TestModelAgreesWithServer(t *testing.T) {
	k := realtest.Kube(t)
	client, err := k.Client()
	if err != nil {
		t.Fatal(err)
	}
	s := &kubescript.Server{URL: k.URL, Token: k.AdminToken, HTTP: client}
	rng := rand.New(rand.NewPCG(1, 2))
	w := kubescript.New("agree")
	apply := func(step []kubescript.Request) {
		t.Helper()
		if err := w.Apply(t.Context(), s, step); err != nil {
			t.Fatal(err)
		}
	}
	for range 60 {
		step := w.Step(rng)
		apply(step)
		if d := cmp.Diff(there(t, s), model(w)); d != "" {
			t.Fatalf("after %v: server (-), model (+):\n%s", step, d)
		}
	}
	if n, e := w.Nodes(here), w.Edges(here); len(n) < 30 || len(e) < 30 {
		t.Errorf("the world stayed too small to mean anything: %d nodes, %d edges", len(n), len(e))
	}
	apply(w.Clear())
	if left := there(t, s); !slices.Equal(left, []string{"0 subjects"}) {
		t.Errorf("left behind: %s", left)
	}
}

// The same seed makes the same script.
func TestStepRepeats(t *testing.T) {
	script := func() []string {
		var all []string
		w, rng := kubescript.New("same"), rand.New(rand.NewPCG(7, 7))
		for range 200 {
			for _, r := range w.Step(rng) {
				body, err := json.Marshal(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, r.Method+" "+r.Path+" "+string(body))
			}
		}
		return all
	}
	if d := cmp.Diff(script(), script()); d != "" {
		t.Error(d)
	}
}

var here = kubescript.Cluster{Tenant: "t", Host: "h"}

// model says what the world holds in the words of there.
func model(w *kubescript.World) []string {
	out := []string{}
	for ref, v := range w.Nodes(here) {
		f := strings.Split(ref, "/")
		if !strings.HasPrefix(f[3], "name:") && f[2] != "service_account_token" {
			_, v, _ = strings.Cut(v, " ")
			v, _, _ = strings.Cut(v, " automount=")
			out = append(out, fmt.Sprintf("%s %s %q", f[2], f[3], v))
		}
	}
	members := 0
	for key := range w.Edges(here) {
		if strings.Contains(key, " attached ") {
			members++
		}
	}
	out = append(out, fmt.Sprintf("%d subjects", members))
	slices.Sort(out)
	return out
}

var lists = map[string]string{
	"namespace": "/api/v1/namespaces", "service_account": "/api/v1/serviceaccounts", "secret": "/api/v1/secrets", "pod": "/api/v1/pods",
	"deployment": "/apis/apps/v1/deployments", "cron_job": "/apis/batch/v1/cronjobs",
	"role": "/apis/rbac.authorization.k8s.io/v1/roles", "cluster_role": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
	"role_binding": "/apis/rbac.authorization.k8s.io/v1/rolebindings", "cluster_role_binding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}

func there(t *testing.T, s *kubescript.Server) []string {
	t.Helper()
	out := []string{}
	members := map[string]bool{}
	for kind, path := range lists {
		var list struct {
			Items []struct {
				Metadata struct {
					UID, Name string
					Labels    map[string]string
				}
				Subjects []struct{ Kind, Namespace, Name string }
			}
		}
		get(t, s, path, &list)
		for _, o := range list.Items {
			m := o.Metadata
			if !strings.HasPrefix(m.Name, "agree-") {
				continue
			}
			out = append(out, fmt.Sprintf("%s %s %q", kind, m.UID, m.Name+" rev="+m.Labels["rev"]))
			for _, x := range o.Subjects {
				// A user may have the name by which the API server calls a service account.
				if x.Kind == "ServiceAccount" {
					x.Kind, x.Name = "User", "system:serviceaccount:"+x.Namespace+":"+x.Name
				}
				members[m.UID+" "+x.Kind+" "+x.Name] = true
			}
		}
	}
	out = append(out, fmt.Sprintf("%d subjects", len(members)))
	slices.Sort(out)
	return out
}

func get(t *testing.T, s *kubescript.Server, path string, v any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	resp, err := s.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", path, resp.StatusCode, b, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
