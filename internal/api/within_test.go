package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

func boundedBy(grants ...authz.Grant) authz.Caller {
	return authz.Caller{ID: "u-b", Name: "b", Kind: authz.Person, Grants: grants}
}

// Who is bounded has read only what is configured and theirs: no kind, by which a
// scan would use what this machine signs in by, not this machine, and no other source;
// nor is a word told of what such a scan would read.
func TestBoundedScans(t *testing.T) {
	b := open(t, demoOf(t))
	var words []string
	for _, c := range b.get(t, "/api/v1/connectors?page_size=100")["items"].([]any) {
		words = append(words, c.(map[string]any)["name"].(string))
	}
	if len(words) < 7 {
		t.Fatalf("only the kinds %v are tried", words)
	}
	words = append(words, "demo.aws", "nosuch", "/etc", "./x", "machine:/etc")
	before := b.get(t, "/api/v1/scans")["total_size"]
	for name, c := range map[string]authz.Caller{
		"machine of one source":  {ID: "u-m", Name: "m", Kind: authz.Machine, Grants: []authz.Grant{{Role: authz.Responder, Sources: []string{"demo.hr"}}}},
		"engineer of one":        boundedBy(authz.Grant{Role: authz.Engineer, Sources: []string{"demo.postgres"}}),
		"admin of one":           boundedBy(authz.Grant{Role: authz.Admin, Sources: []string{"demo.postgres"}}),
		"by environment":         boundedBy(authz.Grant{Role: authz.Engineer, Envs: []string{"nowhere"}}),
		"reads all, acts in one": boundedBy(authz.Grant{Role: authz.Auditor}, authz.Grant{Role: authz.Engineer, Sources: []string{"demo.postgres"}}),
	} {
		b.caller = c
		reads := name != "reads all, acts in one"
		for _, w := range words {
			raw, _ := json.Marshal(map[string]any{"words": []string{w}})
			b.refuses(t, "not_found", "POST", "/scans", string(raw))
			if reads || w != "demo.aws" {
				b.refused(t, "not_found", "GET", "/api/v1/reads?word="+escape(w), "")
			}
			if c.Grants[0].Role != authz.Responder && c.Kind != authz.Machine {
				b.refuses(t, "not_found", "POST", "/sources/"+escape(w)+":test", "")
			}
		}
		b.refuses(t, "invalid", "POST", "/scans", `{}`)
		b.refuses(t, "invalid", "POST", "/scans", `{"words":[]}`)
		b.refused(t, "invalid", "GET", "/api/v1/reads", "")
	}
	// An engineer without bounds names what is configured, and nothing else.
	b.caller = boundedBy(authz.Grant{Role: authz.Engineer})
	b.refuses(t, "not_found", "POST", "/scans", `{"words":["machine"]}`)
	b.refuses(t, "invalid", "POST", "/scans", `{}`)
	b.caller = bounded
	op := b.act(t, 202, "POST", "/scans", `{"words":["demo.postgres"],"checks":false}`)
	if done, err := b.engine.WaitOperation(t.Context(), op["id"].(string)); err != nil || done.State != engine.OpDone {
		t.Fatalf("a scan of their own: %+v, %v", done, err)
	}
	if n := b.get(t, "/api/v1/reads?word=demo.postgres")["total_size"].(float64); n < 1 {
		t.Errorf("a scan of their own reads %v", n)
	}
	b.caller = authz.Local("root")
	if after := b.get(t, "/api/v1/scans")["total_size"]; after != before.(float64)+1 {
		t.Errorf("%v scans were made, want one", after.(float64)-before.(float64))
	}
	if got := fmt.Sprint(b.get(t, "/api/v1/sources")["items"]); strings.Contains(got, "id:machine") {
		t.Errorf("this machine was scanned: %s", got)
	}
}

// Who sees a part of what a source asserts is not told how much there is of the rest,
// nor of sources of which they see nothing, and has none of them read.
func TestPartOfASource(t *testing.T) {
	b := open(t, demoOf(t))
	all := b.get(t, "/api/v1/sources?page_size=100")["total_size"].(float64)
	for name, c := range map[string]authz.Caller{
		"by environment": boundedBy(authz.Grant{Role: authz.Engineer, Envs: []string{"prod"}}),
		"by team":        boundedBy(authz.Grant{Role: authz.Engineer, Teams: []string{"team-bi"}}),
	} {
		b.caller = c
		seen := map[string]bool{}
		for _, noun := range []string{"nodes"} {
			for _, i := range b.get(t, "/api/v1/"+noun+"?page_size=1000&fields=id,sources")["items"].([]any) {
				for _, s := range i.(map[string]any)["sources"].([]any) {
					seen[s.(string)] = true
				}
			}
		}
		sources := b.get(t, "/api/v1/sources?page_size=100")["items"].([]any)
		if len(sources) == 0 || float64(len(sources)) >= all {
			t.Errorf("%s: %d of %v sources are listed", name, len(sources), all)
		}
		for _, s := range sources {
			if id := s.(map[string]any)["id"].(string); !seen[id] {
				t.Errorf("%s: source %s is listed, of which nothing is seen", name, id)
			}
		}
		scans := b.get(t, "/api/v1/scans?page_size=100")["items"].([]any)
		if len(scans) == 0 {
			t.Errorf("%s: no scan is listed", name)
		}
		for _, i := range scans {
			v := i.(map[string]any)
			if v["changes"] != nil || v["sections"] != 0.0 {
				t.Errorf("%s: scan %v counts %v sections, %v", name, v["id"], v["sections"], v["changes"])
			}
			for _, s := range v["sources"].([]any) {
				s := s.(map[string]any)
				if !seen[s["id"].(string)] || len(s["sections"].([]any)) > 0 {
					t.Errorf("%s: scan %v tells %v", name, v["id"], s)
				}
			}
		}
		one := sources[0].(map[string]any)["id"].(string)
		if d := b.get(t, "/api/v1/sources/"+one); len(d["sections"].([]any)) > 0 || len(d["options"].(map[string]any)) > 0 {
			t.Errorf("%s: all of %s is told: %v", name, one, d)
		}
		raw, _ := json.Marshal(map[string]any{"words": []string{one}})
		b.refuses(t, "permission", "POST", "/scans", string(raw))
		b.refuses(t, "permission", "POST", "/sources/"+one+":test", "")
		b.refused(t, "permission", "GET", "/api/v1/reads?word="+one, "")
	}
	// Both bounds are a part as well.
	b.caller = boundedBy(authz.Grant{Role: authz.Engineer, Sources: []string{"demo.aws"}, Envs: []string{"prod"}})
	b.refuses(t, "permission", "POST", "/scans", `{"words":["demo.aws"]}`)
	b.caller = boundedBy(authz.Grant{Role: authz.Engineer, Sources: []string{"demo.aws"}})
	for _, i := range b.get(t, "/api/v1/scans?page_size=100")["items"].([]any) {
		if v := i.(map[string]any); v["changes"] == nil || v["sections"] == 0.0 {
			t.Errorf("who sees all of a source is not told of its scans: %v", v)
		}
	}
}
