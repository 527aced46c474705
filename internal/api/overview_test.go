package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The other objects are what the command line prints, too.
func TestOverviewSameAsCommandLine(t *testing.T) {
	b := open(t, demoOf(t))
	id := b.get(t, "/api/v1/identities?page_size=1&filter=owner:none")["items"].([]any)[0].(map[string]any)["id"].(string)
	for target, args := range map[string][]string{
		"/api/v1/diff":                                        {"diff"},
		"/api/v1/diff?id=" + id:                               {"diff", id},
		"/api/v1/diff?from=2026-10-01&to=2026-11-10":          {"diff", "--from", "2026-10-01T00:00:00Z", "--to", "2026-11-10T00:00:00Z"},
		"/api/v1/diff?from=2026-10-01&to=2026-11-10&id=" + id: {"diff", id, "--from", "2026-10-01T00:00:00Z", "--to", "2026-11-10T00:00:00Z"},
		"/api/v1/nodes/" + id + "?as_of=2026-11-10":           {"show", id, "--as-of", "2026-11-10T00:00:00Z"},
		"/api/v1/summary?as_of=2026-11-10":                    {"list", "--summary", "--as-of", "2026-11-10T00:00:00Z"},
	} {
		want := drover(t, b.home, append(args, "-o", "json")...)
		if got := indented(t, b.call(t, "GET", target, "").Body.Bytes()); got != want {
			t.Errorf("%s (-command line +API):\n%.3000s", target, cmp.Diff(want, got))
		}
	}
	if got := b.get(t, "/api/v1/diff?reach=true&from=2026-11-15")["schema"]; got != "drover/v1/reach_diff" {
		t.Errorf("a diff of reach is %v", got)
	}
	b.refused(t, "invalid", "GET", "/api/v1/diff?from=2026-11-01&to=2026-10-01", "")
}

// A search finds a thing by every name that it has, the exact one first, and tells
// no more than asked for.
func TestSearch(t *testing.T) {
	b := open(t, demoOf(t))
	for _, noun := range []string{"identities", "credentials", "resources", "humans"} {
		for _, i := range b.get(t, "/api/v1/"+noun+"?page_size=5&order_by=ref")["items"].([]any) {
			i := i.(map[string]any)
			texts := []string{i["id"].(string), i["ref"].(string), i["name"].(string)}
			for _, a := range i["aliases"].([]any) {
				texts = append(texts, a.(string))
			}
			for _, text := range texts {
				v := b.get(t, "/api/v1/search?q="+url.QueryEscape(text[:min(len(text), 200)]))
				if len(text) > 200 {
					continue
				}
				found, hits := false, 0
				for _, g := range v["groups"].([]any) {
					for _, h := range g.(map[string]any)["hits"].([]any) {
						hits++
						found = found || h.(map[string]any)["id"] == i["id"]
					}
				}
				// Of many things of one name, not every one is among the first 20.
				if !found && hits < 20 || hits > 20 {
					t.Errorf("%q: %d hits, the thing among them: %v", text, hits, found)
				}
			}
		}
	}
	finding := object(t, []byte(drover(t, b.home, "finding", "list", "-o", "json")))["items"].([]any)[0].(map[string]any)["id"].(string)
	for text, group := range map[string]string{finding: "findings", "owner": "checks"} {
		v := b.get(t, "/api/v1/search?q="+text)
		if s := fmt.Sprint(v["groups"]); !strings.Contains(s, "group:"+group) {
			t.Errorf("%s: no %s in %s", text, group, s)
		}
	}
	for _, q := range []string{"%20", "(", "%22", "a%22%20OR%20%22b", "%00", "%ff", "F-ZZZZZZ", "-", "*"} {
		b.get(t, "/api/v1/search?q="+q)
	}
	b.refused(t, "invalid", "GET", "/api/v1/search", "")
}

// Help with filters speaks of the fields that there are, and what it completes is a
// filter whose matches are those that it counted.
func TestFilterHelp(t *testing.T) {
	b := open(t, demoOf(t))
	for _, l := range []string{"identities", "edges", "unseen", "findings"} {
		fields := b.get(t, "/api/v1/fields?list="+l)["items"].([]any)
		if len(fields) < 4 {
			t.Errorf("%s: %d fields", l, len(fields))
		}
	}
	b.refused(t, "invalid", "GET", "/api/v1/fields?list=identitys", "")
	if got := b.get(t, "/api/v1/filter/explain?filter="+url.QueryEscape("owner:none -env:dev"))["means"]; got != `(owner:"none" AND NOT env:"dev")` {
		t.Errorf("means %q", got)
	}
	if got := b.get(t, "/api/v1/filter/explain?filter="+url.QueryEscape("last_used<90d"))["timed"]; got != true {
		t.Errorf("an age is timed: %v", got)
	}
	b.refused(t, "filter_invalid", "GET", "/api/v1/filter/explain?filter="+url.QueryEscape("a OR b c"), "")

	texts := func(filter string, cursor int) (list []map[string]any) {
		v := b.get(t, fmt.Sprintf("/api/v1/filter/complete?filter=%s&cursor=%d", url.QueryEscape(filter), cursor))
		for _, i := range v["items"].([]any) {
			list = append(list, i.(map[string]any))
		}
		return list
	}
	if got := texts("own", -1); len(got) != 2 || got[0]["write"] != "owner=" || got[1]["text"] != "owned" {
		t.Errorf("own: %v", got)
	}
	const filter = "-nhi_type:bot env= AND created>1d"
	got := texts(filter, len("-nhi_type:bot env="))
	if len(got) < 3 {
		t.Fatalf("values of env: %v", got)
	}
	for _, i := range got {
		whole := strings.Replace(filter, "env=", "env="+i["write"].(string), 1)
		if n := b.get(t, "/api/v1/identities?page_size=0&filter="+url.QueryEscape(whole))["total_size"]; n != i["count"] {
			t.Errorf("%s: %v match, the completion counts %v", whole, n, i["count"])
		}
	}
	if got := texts("last_used<", -1); len(got) < 5 || got[0]["text"] != "1d" {
		t.Errorf("ages: %v", got)
	}
	for _, odd := range []string{`"`, "((", "nonsense=", "attrs.x=", "ü=ü", "\x00", strings.Repeat("a=", 500)} {
		texts(odd, -1)
		texts(odd, 1)
	}
}
