package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
)

// bounded is an engineer of one database of the demonstration.
var bounded = authz.Caller{ID: "u-eng", Name: "eng", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Engineer, Sources: []string{"demo.postgres"}}}}

// Who does not see everything is never told that there is nothing where they may not
// look: the worst identity of the demonstration has copies of its password, jobs and
// an owner's history in sources that this engineer does not see.
func TestBoundsAreNoAbsence(t *testing.T) {
	b := open(t, demoOf(t))
	id := b.get(t, "/api/v1/identities?page_size=1&filter="+escape("name=svc-bi-export"))["items"].([]any)[0].(map[string]any)["id"].(string)
	b.caller = bounded
	asked := 0
	says := func(path, want string, never ...string) {
		t.Helper()
		asked++
		w := b.call(t, "GET", "/api/v1"+path, "")
		got := w.Body.String()
		if w.Code != 200 || !strings.Contains(got, want) {
			t.Errorf("%s: %d, does not say %q:\n%.2000s", path, w.Code, want, got)
		}
		for _, n := range never {
			if strings.Contains(got, n) {
				t.Errorf("%s says %q to who may not know", path, n)
			}
		}
	}
	const beyond = "what you may not see was not looked at"
	says("/identities/"+id+"/risk", "among what you may see")
	for _, p := range b.get(t, "/api/v1/identities/"+id+"/risk")["score"].(map[string]any)["parts"].([]any) {
		if p := p.(map[string]any); strings.Contains(fmt.Sprint(p["because"]), "among what you may see") && p["unknown"] != true {
			t.Errorf("a part is called known: %v", p)
		}
	}
	for _, path := range []string{"/identities/" + id + "/dependents", "/identities/" + id + "/blast-radius", "/paths?from=" + id + "&to=tier0", "/cut?from=" + id} {
		says(path, beyond)
	}
	says("/findings?page_size=500", beyond, "Nothing is known to depend", "no place that was scanned holds it")
	says("/fixes?page_size=500", beyond, "Nothing is known to depend", "no place that was scanned holds it")
	says("/home", "what is outside was not looked at", "Nothing is known to depend")
	for _, f := range []string{"md", "html", "json"} {
		says("/reports/executive?format="+f, "what is outside was not looked at")
	}
	if n := b.get(t, "/api/v1/unseen")["total_size"]; n != 0.0 {
		says("/unseen", "", "demo.")
	}
	// Owners are known, whichever source knows them.
	facets := fmt.Sprint(b.get(t, "/api/v1/identities?page_size=1&facets=owned")["facets"])
	if !strings.Contains(facets, "yes") {
		t.Errorf("nothing that this engineer sees has an owner: %s", facets)
	}
	if asked < 10 {
		t.Errorf("%d questions asked", asked)
	}
}

// An owner is somebody, whoever names them: the names are those of the whole house.
func TestBoundedEngineerNamesOwners(t *testing.T) {
	b := open(t, demoOf(t))
	people := b.get(t, "/api/v1/humans?page_size=200")["items"].([]any)
	b.caller = bounded
	id := b.get(t, "/api/v1/identities?page_size=1&filter="+escape("name=svc-bi-export"))["items"].([]any)[0].(map[string]any)["id"].(string)
	seen := fmt.Sprint(b.get(t, "/api/v1/humans?page_size=200")["items"])
	var far string // a person whom the engineer does not see
	for _, p := range people {
		if name := p.(map[string]any)["name"].(string); !strings.Contains(seen, name) && p.(map[string]any)["lifecycle"] != "departed" {
			far = name
		}
	}
	if far == "" {
		t.Fatal("the engineer sees everybody")
	}
	put := func(owner string) (int, string) {
		w := b.call(t, "PUT", "/api/v1/identities/"+id+"/owner", fmt.Sprintf(`{"owner":%q}`, owner), "If-Match", "*")
		return w.Code, w.Body.String()
	}
	for _, nobody := range []string{"team:evil", "evil@nowhere.test", "Nobody Atall"} {
		if code, body := put(nobody); code != 404 || strings.Contains(body, "no people or teams are known") {
			t.Errorf("owner %q: %d %s", nobody, code, body)
		}
	}
	if code, body := put(far); code != 200 {
		t.Fatalf("owner %q: %d %s", far, code, body)
	}
	if got := fmt.Sprint(b.get(t, "/api/v1/identities/"+id+"/owner")); !strings.Contains(got, far) {
		t.Errorf("owner %q was set: %s", far, got)
	}
}
