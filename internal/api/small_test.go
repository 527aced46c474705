package api_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// What a page asks for when it is opened is small: less than 50 kB, compressed, over the
// whole demonstration organisation. Whoever lets a page ask for more adds it here.
func TestViewsAreSmall(t *testing.T) {
	home := t.TempDir()
	drover(t, home, "demo", "load")
	drover(t, home, "check", "-o", "json")
	b := open(t, home)
	const most = 50_000
	identity, finding, fix := b.worst(t)
	q := url.QueryEscape
	columns := q("id,name,type,env,owner,risk,last_used,created,next_due,credentials,lifecycle")
	shell := []string{"/me", "/version", "/summary", "/views?page_size=1000", "/sources?page_size=1000"}
	views := map[string][]string{
		"every page":           shell,
		"home":                 {"/home", "/fixes?page_size=5", "/owner-tasks?page_size=8", "/owner-items?page_size=5", "/identities?order_by=-risk&page_size=6&filter=" + q("risk>=1")},
		"identities":           {"/identities?page_size=100&facets=" + q("nhi_type,env,owned,lifecycle,system,criticality,monitored,business_unit,verdict,source")},
		"identities, by risk":  {"/identities?page_size=100&order_by=-risk&facets=" + q("nhi_type,env,owned,lifecycle,system,criticality,monitored,business_unit,verdict,source")},
		"identities, columns":  {"/identities?page_size=100&fields=" + columns},
		"credentials":          {"/credentials?page_size=100&facets=" + q("system,type,status,env,source")},
		"identity":             {"/nodes/" + identity, "/identities/" + identity + "/risk", "/identities/" + identity + "/owner", "/identities/" + identity + "/dependents", "/findings?page_size=50&filter=" + q("subject="+identity)},
		"identity, history":    {"/identities/" + identity + "/timeline"},
		"identity, access":     {"/identities/" + identity + "/grants", "/identities/" + identity + "/creators", "/identities/" + identity + "/blast-radius"},
		"identity, who":        {"/reached?page_size=200&to=" + identity},
		"findings":             {"/findings?page_size=100&facets=" + q("severity,state,area,owner,system,env,action,control,assignee")},
		"finding":              {"/findings/" + finding},
		"findings, by fix":     {"/fixes?page_size=200&fields=" + q("id,action,title,severity,risk_removed,findings,subjects,owners,breaks"), "/findings?page_size=1&facets=" + q("severity,state,area,owner,system,env,action,control,assignee")},
		"fix":                  {"/fixes/" + fix},
		"posture":              {"/posture", "/posture?as_of=30d"},
		"changes":              {"/diff?from=7d&limit=300"},
		"reports":              {"/reports"},
		"sources":              {"/sources", "/sources/demo.postgres", "/scans?page_size=50"},
		"sources, a new one":   {"/connectors", "/sources/detected"},
		"settings":             {"/users?page_size=1000", "/tokens", "/sessions", "/audit?page_size=50"},
		"operations":           {"/operations?page_size=100"},
		"explore, map":         {"/graph/map?filter="},
		"explore, names":       {"/graph/map/names?places=" + hundreds(200)},
		"explore, rings":       {"/graph/rings?from=" + identity},
		"explore, lanes":       {"/graph/lanes?from=" + identity},
		"explore, matrix":      {"/graph/matrix"},
		"explore, ways to it":  {"/paths?from=" + identity + "&to=" + q("tier=0")},
		"search":               {"/search?q=svc"},
		"glossary and filters": {"/fields"},
		"exceptions":           {"/exceptions?page_size=50"},
	}
	requests := 0
	for name, list := range views {
		total, told := 0, []string{}
		for _, target := range list {
			w := b.call(t, "GET", "/api/v1"+target, "", "Accept-Encoding", "gzip")
			if w.Code != 200 {
				t.Errorf("%s: %s: %d %s", name, target, w.Code, w.Body)
				continue
			}
			n := w.Body.Len()
			if w.Header().Get("Content-Encoding") == "gzip" {
				z, err := gzip.NewReader(w.Body)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, z); err != nil {
					t.Errorf("%s: %v", target, err)
				}
			}
			requests++
			total += n
			told = append(told, strings.TrimSpace(sizeText(n)+" "+target))
		}
		if total >= most {
			t.Errorf("%s: %d bytes, want less than %d:\n  %s", name, total, most, strings.Join(told, "\n  "))
		}
		t.Logf("%s: %s\n  %s", name, sizeText(total), strings.Join(told, "\n  "))
	}
	t.Logf("%d views, %d requests, each view under %s", len(views), requests, sizeText(most))
}

func sizeText(n int) string { return fmt.Sprintf("%.1f kB", float64(n)/1000) }

// hundreds are the first places of the map.
func hundreds(n int) string {
	var s []string
	for i := range n {
		s = append(s, strconv.Itoa(i))
	}
	return strings.Join(s, ",")
}
