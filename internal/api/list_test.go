package api_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
)

func ids(list map[string]any, field string) []string {
	var out []string
	for _, i := range list["items"].([]any) {
		out = append(out, fmt.Sprint(i.(map[string]any)[field]))
	}
	return out
}

// Pages put together are the list, in its order, and so are the streams.
func TestPages(t *testing.T) {
	b := open(t, demoOf(t))
	for _, q := range []string{"identities?filter=env%3Dprod&order_by=-last_used", "identities?order_by=-risk&filter=risk%3E%3Dlow", "credentials", "edges?filter=kind%3Downs", "unseen", "documents", "nodes?filter=tier0"} {
		all := b.get(t, "/api/v1/"+strings.Replace(q, "?", "?page_size=1000&", 1)+sep(q)+"page_size=1000")
		noun, _, _ := strings.Cut(q, "?")
		field := map[string]string{"edges": "from", "unseen": "ref", "documents": "hash"}[noun]
		if field == "" {
			field = "id"
		}
		want := ids(all, field)
		if all["next_page_token"] != "" && len(want) < 1000 || len(want) < 5 {
			t.Fatalf("%s: %d items, and then %q", q, len(want), all["next_page_token"])
		}
		var got []string
		for target := "/api/v1/" + q + sep(q) + "page_size=7"; len(got) < 1000; {
			page := b.get(t, target)
			got = append(got, ids(page, field)...)
			token := page["next_page_token"].(string)
			if token == "" {
				break
			}
			// The token carries what was asked; asking again for the same is allowed.
			target = "/api/v1/" + noun + "?page_size=9&page_token=" + token
		}
		if d := cmp.Diff(want, got[:min(len(got), len(want))]); d != "" || len(got) < len(want) {
			t.Errorf("%s: pages are not the list:\n%s", q, d)
		}
		if len(want) < 1000 && all["total_size"] != float64(len(want)) {
			t.Errorf("%s: total_size %v of %d", q, all["total_size"], len(want))
		}
		lines := b.call(t, "GET", "/api/v1/"+q, "", "Accept", "application/x-ndjson").Body
		var streamed []string
		for scan := bufio.NewScanner(lines); scan.Scan(); {
			streamed = append(streamed, fmt.Sprint(object(t, scan.Bytes())[field]))
		}
		if d := cmp.Diff(want, streamed[:min(len(streamed), len(want))]); d != "" {
			t.Errorf("%s: ndjson:\n%s", q, d)
		}
		rows, err := csv.NewReader(b.call(t, "GET", "/api/v1/"+q+sep(q)+"format=csv", "").Body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(rows[0], field)
		var column []string
		for _, r := range rows[1:] {
			column = append(column, r[at])
		}
		if d := cmp.Diff(streamed, column); d != "" {
			t.Errorf("%s: csv:\n%s", q, d)
		}
	}
}

func sep(q string) string {
	if strings.Contains(q, "?") {
		return "&"
	}
	return "?"
}

// Pages stay at the generation, the order and the caller of the first.
func TestPageTokens(t *testing.T) {
	b := open(t, demoOf(t))
	first := b.get(t, "/api/v1/identities?page_size=5&order_by=-name&filter=env:prod")
	token := first["next_page_token"].(string)
	second := b.get(t, "/api/v1/identities?page_size=5&page_token="+token)
	// A change of the estate between two pages makes a new generation.
	id := second["items"].([]any)[0].(map[string]any)["id"].(string)
	if _, err := b.engine.SetTags(t.Context(), id, map[string]string{"env": "dev"}, nil); err != nil {
		t.Fatal(err)
	}
	again := b.get(t, "/api/v1/identities?page_size=5&page_token="+token)
	if d := cmp.Diff(ids(second, "id"), ids(again, "id")); d != "" || again["generation"] != first["generation"] || again["total_size"] != first["total_size"] {
		t.Errorf("after a change the page is another one: generation %v, was %v\n%s", again["generation"], first["generation"], d)
	}
	now := b.get(t, "/api/v1/identities?page_size=5&order_by=-name&filter=env:prod")
	if now["total_size"] != first["total_size"].(float64)-1 {
		t.Errorf("the first page anew: %v match, want one less than %v", now["total_size"], first["total_size"])
	}
	for _, target := range []string{
		"/api/v1/credentials?page_token=" + token, "/api/v1/identities?filter=env:dev&page_token=" + token, "/api/v1/identities?order_by=name&page_token=" + token,
		"/api/v1/identities?as_of=7d&page_token=" + token, "/api/v1/identities?page_token=" + token[:len(token)-2], "/api/v1/identities?page_token=AAAA", "/api/v1/identities?page_token=%00",
	} {
		b.refused(t, "page_token_invalid", "GET", target, "")
	}
	b.caller = authz.Local("somebody else")
	b.refused(t, "page_token_invalid", "GET", "/api/v1/identities?page_token="+token, "")
	b.caller = authz.Local("tester")
	other := open(t, demoOf(t), func(o *api.Options) { o.PageKey = []byte("another key") })
	other.refused(t, "page_token_invalid", "GET", "/api/v1/identities?page_token="+token, "")
}

// A bad filter is refused with its place and what was meant.
func TestBadFilters(t *testing.T) {
	b := open(t, demoOf(t))
	for _, c := range []struct {
		filter, suggestion string
		position           float64
	}{
		{"env=prod ownr:none", "owner", 10}, {"ü ownr:none", "owner", 3}, {"a OR b c", "", 1}, {"(a", "", 1}, {`"a`, "", 1}, {"tier=x", "", 6}, {"tier0 OR nonsense:1", "", 10}, {"name>3", "", 5}, {strings.Repeat("(", 500), "", 102},
	} {
		p := b.refused(t, "filter_invalid", "GET", "/api/v1/identities?filter="+url.QueryEscape(c.filter), "")
		f := p["errors"].([]any)[0].(map[string]any)
		suggestion, _ := f["suggestion"].(string)
		if f["pointer"] != "/query/filter" || suggestion != c.suggestion || f["position"] != c.position {
			t.Errorf("%q: %v", c.filter, f)
		}
	}
	for target, suggestion := range map[string]string{"identities?order_by=lastused": "last_used", "identities?order_by=tag": "", "identities?fields=nmae": "name", "identities?facets=name": "", "identities?facets=nonsense": "", "identities?facets=attrs": "", "identities?facets=created": "", "edges?order_by=kind": "", "identities?fields=id,id": ""} {
		p := b.refused(t, "invalid", "GET", "/api/v1/"+target, "")
		f := p["errors"].([]any)[0].(map[string]any)
		_, after, _ := strings.Cut(target, "?")
		param, _, _ := strings.Cut(after, "=")
		if got, _ := f["suggestion"].(string); got != suggestion || f["pointer"] != "/query/"+param {
			t.Errorf("%s: %v", target, f)
		}
	}
	for _, target := range []string{"identities?page_size=1001", "identities?page_size=-1", "identities?page_size=x", "identities?nonsense=1", "identities?as_of=tomorrow", "identities?as_of=2999-01-01", "identities?format=xml", "identities?filter=" + strings.Repeat("a", 9000), "identities?page_size=9&format=csv&page_token=x"} {
		b.refused(t, "invalid", "GET", "/api/v1/"+target, "")
	}
}

// What facets count is what the filter by each value keeps, and facets are of all
// pages.
func TestFacets(t *testing.T) {
	b := open(t, demoOf(t))
	list := b.get(t, "/api/v1/identities?page_size=0&facets=env,lifecycle,owner&filter=-nhi_type:bot")
	if n := len(list["items"].([]any)); n != 0 {
		t.Errorf("page_size=0 has %d items", n)
	}
	for field, values := range list["facets"].(map[string]any) {
		sum := 0.0
		for _, v := range values.([]any) {
			v := v.(map[string]any)
			text := fmt.Sprintf("-nhi_type:bot %s=%q", field, v["value"])
			if v["unknown"] == true || v["value"] == "none" {
				text = fmt.Sprintf("-nhi_type:bot %s:%s", field, v["value"])
			}
			kept := b.get(t, "/api/v1/identities?page_size=0&filter="+url.QueryEscape(text))
			if kept["total_size"] != v["count"] {
				t.Errorf("%s: %v are counted, %v match", text, v["count"], kept["total_size"])
			}
			sum += v["count"].(float64)
		}
		if sum != list["total_size"] {
			t.Errorf("%s: the counts are %v of %v", field, sum, list["total_size"])
		}
	}
}

// fields= picks fields in their order, in every form.
func TestFields(t *testing.T) {
	b := open(t, demoOf(t))
	w := b.call(t, "GET", "/api/v1/identities?fields=name,owner,id&page_size=1", "")
	var list struct{ Items []json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Items) != 1 || !strings.HasPrefix(string(list.Items[0]), `{"name":`) || !strings.Contains(string(list.Items[0]), `"id":"idn_`) || strings.Contains(string(list.Items[0]), `"kind":"identity"`) {
		t.Errorf("%v\n%s", err, w.Body)
	}
	csv := b.call(t, "GET", "/api/v1/identities?fields=name,verdict&format=csv", "").Body.String()
	if head, _, _ := strings.Cut(csv, "\n"); head != "name,verdict.value,verdict.confidence,verdict.reasons" {
		t.Errorf("head of CSV: %s", head)
	}
}

// An answer that the client has is not sent again; one that it takes compressed is.
func TestETagAndGzip(t *testing.T) {
	b := open(t, demoOf(t))
	for _, target := range []string{"/api/v1/identities", "/api/v1/summary", "/api/v1/version"} {
		w := b.call(t, "GET", target, "")
		tag := w.Header().Get("ETag")
		if !strings.HasPrefix(tag, `W/"`) {
			t.Fatalf("%s: ETag %s", target, tag)
		}
		if again := b.call(t, "GET", target, "", "If-None-Match", `"x", `+tag); again.Code != 304 || again.Body.Len() > 0 || again.Header().Get("ETag") != tag {
			t.Errorf("%s: %d with %d bytes", target, again.Code, again.Body.Len())
		}
		head := b.call(t, "HEAD", target, "")
		if head.Code != 200 || head.Body.Len() > 0 || head.Header().Get("ETag") != tag {
			t.Errorf("HEAD %s: %d with %d bytes, ETag %s", target, head.Code, head.Body.Len(), head.Header().Get("ETag"))
		}
	}
	plain := b.call(t, "GET", "/api/v1/identities", "").Body.String()
	if d := cmp.Diff(plain, b.call(t, "GET", "/api/v1/identities", "").Body.String()); d != "" {
		t.Errorf("the same question has two answers:\n%.3000s", d)
	}
	for _, target := range []string{"/api/v1/identities", "/api/v1/identities?format=ndjson"} {
		w := b.call(t, "GET", target, "", "Accept-Encoding", "br, gzip")
		if w.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s is not compressed", target)
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || target == "/api/v1/identities" && string(text) != plain {
			t.Errorf("%s: %v, other text when compressed", target, err)
		}
	}
	if w := b.call(t, "GET", "/api/v1/identities", "", "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("compressed for a client that takes no gzip")
	}
}

// The past is answered from the past.
func TestAsOf(t *testing.T) {
	b := open(t, demoOf(t))
	then := b.get(t, "/api/v1/identities?as_of=60d&page_size=0")
	now := b.get(t, "/api/v1/identities?page_size=0")
	if then["generation"].(float64) >= now["generation"].(float64) || then["as_of"] == nil || now["as_of"] != nil {
		t.Errorf("60 days ago: generation %v as of %v; now %v as of %v", then["generation"], then["as_of"], now["generation"], now["as_of"])
	}
	if before := b.get(t, "/api/v1/identities?as_of=1999-01-01&page_size=0"); before["total_size"] != 0.0 {
		t.Errorf("in 1999 there were %v", before["total_size"])
	}
}
