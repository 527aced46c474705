package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
)

// A caller whose grant is bounded sees what it covers and nothing of the rest: not
// in lists, totals, facets, streams, searches, completions or by name.
func TestBoundedCaller(t *testing.T) {
	b := open(t, demoOf(t))
	everything := b.get(t, "/api/v1/nodes?page_size=1000&fields=id,name,sources,ref")
	all := b.get(t, "/api/v1/identities?page_size=1000&fields=id,name,sources")
	token := b.get(t, "/api/v1/identities?page_size=2")["next_page_token"].(string)
	b.caller = authz.Caller{ID: "usr_1", Name: "Eve", Email: "eve@example.com", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Engineer, Sources: []string{"demo.kubernetes"}}}}
	some := b.get(t, "/api/v1/identities?page_size=1000&facets=source,env&fields=id,name,sources")
	n, total := some["total_size"].(float64), all["total_size"].(float64)
	if n == 0 || n >= total {
		t.Fatalf("of %v identities %v are seen", total, n)
	}
	seen := map[string]bool{}
	for _, i := range some["items"].([]any) {
		i := i.(map[string]any)
		seen[i["id"].(string)] = true
		if s := i["sources"].([]any); !contains(s, "demo.kubernetes") {
			t.Errorf("%s is of %v", i["name"], s)
		}
	}
	sum := 0.0
	for _, v := range some["facets"].(map[string]any)["env"].([]any) {
		sum += v.(map[string]any)["count"].(float64)
	}
	if sum != n {
		t.Errorf("the facet counts %v of %v", sum, n)
	}
	if lines := strings.Count(b.call(t, "GET", "/api/v1/identities?format=ndjson", "").Body.String(), "\n"); float64(lines) != n {
		t.Errorf("the stream has %d of %v", lines, n)
	}
	if got := b.get(t, "/api/v1/summary")["identities"]; got != n {
		t.Errorf("the summary counts %v of %v", got, n)
	}
	b.refused(t, "page_token_invalid", "GET", "/api/v1/identities?page_token="+token, "")
	visible := map[string]bool{}
	for _, i := range b.get(t, "/api/v1/nodes?page_size=1000&fields=id")["items"].([]any) {
		visible[i.(map[string]any)["id"].(string)] = true
	}
	hidden := 0
	for _, i := range everything["items"].([]any) {
		i := i.(map[string]any)
		id, ref := i["id"].(string), i["ref"].(string)
		if visible[id] || hidden == 40 {
			continue
		}
		hidden++
		for _, name := range []string{id, ref} {
			p := b.refused(t, "not_found", "GET", "/api/v1/nodes/"+url.PathEscape(name), "")
			if strings.Contains(p["detail"].(string), i["name"].(string)) && !strings.Contains(name, i["name"].(string)) {
				t.Errorf("the problem tells a name: %v", p["detail"])
			}
		}
		if v := b.get(t, "/api/v1/search?q="+url.QueryEscape(id)); len(v["groups"].([]any)) > 0 {
			t.Errorf("the search finds %s: %v", id, v["groups"])
		}
	}
	if hidden == 0 {
		t.Error("nothing is hidden")
	}
}

func contains(list []any, v string) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
