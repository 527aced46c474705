package api_test

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"github.com/droverhq/drover/internal/engine"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/export"
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
		all := b.get(t, "/api/v1/"+q+sep(q)+"page_size=1000")
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

// Beside what is chosen of a field stands what else there is, with how many rows it
// would bring: in its counts the filter's own word about it is left out.
func TestFacetsOfChosenFields(t *testing.T) {
	b := open(t, demoOf(t))
	total := func(noun, filter string) float64 {
		return b.get(t, "/api/v1/"+noun+"?page_size=0&filter="+url.QueryEscape(filter))["total_size"].(float64)
	}
	for _, c := range []struct{ noun, filter, field, rest string }{
		{"identities", "env=prod -nhi_type:bot", "env", "-nhi_type:bot"},
		{"identities", "-nhi_type:bot env=prod,dev -env=test", "env", "-nhi_type:bot"},
		{"identities", "nhi_type:bot OR env=prod", "env", ""},
		{"credentials", "system=aws", "system", ""},
		{"findings", "severity=critical system=aws", "severity", "system=aws"},
		{"findings", "system=aws state=accepted", "state", "system=aws"},
		{"findings", "system=aws", "state", "system=aws"},
	} {
		list := b.get(t, "/api/v1/"+c.noun+"?page_size=0&facets=owner,"+c.field+"&filter="+url.QueryEscape(c.filter))
		if list["total_size"] != total(c.noun, c.filter) {
			t.Errorf("%s: facets change the list", c.filter)
		}
		values := list["facets"].(map[string]any)[c.field].([]any)
		for _, v := range values {
			v := v.(map[string]any)
			text := fmt.Sprintf("%s %s=%q", c.rest, c.field, v["value"])
			if v["unknown"] == true || v["value"] == "none" {
				text = fmt.Sprintf("%s %s:%s", c.rest, c.field, v["value"])
			}
			if c.rest == "" && strings.Contains(c.filter, " OR ") {
				text = "(" + c.filter + ")" + text // nothing could be left out of it
			}
			if got := total(c.noun, text); got != v["count"] {
				t.Errorf("%s %s: %v of %s are counted, %q brings %v", c.noun, c.filter, v["count"], v["value"], text, got)
			}
		}
		if len(values) < 2 {
			t.Errorf("%s %s: there is nothing else to choose of %s: %v", c.noun, c.filter, c.field, values)
		}
	}
}

// What the pages ask of each list is answered: these are the facets that they show.
func TestFacetsOfPages(t *testing.T) {
	b := open(t, demoOf(t))
	for noun, fields := range map[string]string{
		"identities":  "nhi_type,env,owned,lifecycle,system,criticality,monitored,business_unit,verdict,source",
		"credentials": "system,type,status,env,source",
		"findings":    "severity,state,area,owner,system,env,action,control,assignee",
	} {
		facets := b.get(t, "/api/v1/"+noun+"?page_size=0&facets="+fields)["facets"].(map[string]any)
		for field := range strings.SplitSeq(fields, ",") {
			if facets[field] == nil {
				t.Errorf("%s: nothing is counted of %s", noun, field)
			}
		}
	}
	for _, sort := range []string{"name", "type", "expires", "rotated", "created", "-last_used"} {
		b.get(t, "/api/v1/credentials?page_size=1&order_by="+sort)
	}
	views := b.get(t, "/api/v1/views")["items"].([]any)
	credentials := 0
	for _, v := range views {
		v := v.(map[string]any)
		if v["noun"] == "credentials" {
			credentials++
			b.get(t, "/api/v1/credentials?page_size=1&order_by="+v["sort"].(string)+"&filter="+url.QueryEscape(v["filter"].(string)))
		}
	}
	if credentials != 2 || len(views) != 12 {
		t.Errorf("%d views, %d of credentials", len(views), credentials)
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
}

// CSV has a column for each field that is named, under its name, and else those of
// the command line.
func TestCSV(t *testing.T) {
	b := open(t, demoOf(t))
	read := func(target string) [][]string {
		t.Helper()
		rows, err := csv.NewReader(b.call(t, "GET", "/api/v1/"+target, "").Body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for target, want := range map[string]string{
		"identities?": "id,name,type,nhi_type,env,owner,credentials,created,last_used,lifecycle,risk,tier,sources,verdict,naming,tags,ref",
		"identities?fields=name,verdict,owner.ref&": "name,verdict,owner.ref",
		"findings?": "id,severity,state,check,subject,what,owner,risk,type,ref,why,evidence,fix,command,breaks,controls,first_seen,last_seen,fixed_by,exception,fingerprint",
		"findings?fields=id,what,subject.type,severity&": "id,what,subject.type,severity",
		"fixes?":       "id,severity,title,risk_removed,findings,breaks,owners,action,objects,how",
		"credentials?": "id,name,type,identity_name,places,created,expires,last_used,status,fingerprint,sources,ref",
		"roles?":       "id,name,kind,type,env,owner,created,sources,tags,ref",
	} {
		rows := read(target + "format=csv")
		if got := strings.Join(rows[0], ","); got != want {
			t.Errorf("%s: %s\nwant %s", target, got, want)
		}
		if len(rows) < 3 {
			t.Errorf("%s: %d rows", target, len(rows))
		}
	}
	// What stands in the cells is what the items say.
	rows := read("findings?fields=id,severity,subject,owner,first_seen,ref,command&format=csv")[1:]
	for i, x := range b.get(t, "/api/v1/findings?page_size=1000")["items"].([]any) {
		f := x.(map[string]any)
		subject, owner := f["subject"].(map[string]any), f["owner"]
		if owner == nil {
			owner = "none"
		}
		want := []string{f["id"].(string), f["severity"].(string), subject["name"].(string), owner.(string), f["first_seen"].(string)[:19] + "Z", subject["ref"].(string), f["fix"].(map[string]any)["command"].(string)}
		for k := range want {
			want[k] = strings.TrimPrefix(want[k], "'")
			rows[i][k] = strings.TrimPrefix(rows[i][k], "'")
		}
		want[6] = export.Visible(want[6], 32_000, false)
		if d := cmp.Diff(want, rows[i]); d != "" {
			t.Fatalf("finding %d:\n%s", i, d)
		}
	}
	b.refused(t, "invalid", "GET", "/api/v1/findings?fields=Check&format=csv", "")
	b.refused(t, "invalid", "GET", "/api/v1/findings?fields=subject.name", "")
	if item := b.get(t, "/api/v1/findings?fields=id,check&page_size=1")["items"].([]any)[0].(map[string]any); item["check"] == nil || len(item) != 2 {
		t.Errorf("fields= of findings: %v", item)
	}
}

// A stream says what it is in its headers and its hash in the trailer; a CSV file that
// is asked for it ends with a receipt, whose hash is of every byte before it.
func TestReceipt(t *testing.T) {
	b := open(t, demoOf(t))
	const asked = "/api/v1/identities?filter=name%3Dsvc*%20%22=cmd%0A%22&order_by=-risk&format=csv"
	for _, target := range []string{"/api/v1/identities?filter=env%3Dprod&order_by=name&format=csv", asked} {
		plain := b.call(t, "GET", target, "")
		body := plain.Body.String()
		sum := sha256.Sum256([]byte(body))
		h := plain.Result()
		if got := h.Trailer.Get("Drover-SHA256"); got != hex.EncodeToString(sum[:]) {
			t.Errorf("trailer %q, want %x", got, sum)
		}
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		filter := u.Query().Get("filter")
		if got, err := url.PathUnescape(h.Header.Get("Drover-Filter")); err != nil || got != filter || h.Header.Get("Drover-User") != b.caller.Who() || h.Header.Get("Drover-As-Of") != "" {
			t.Errorf("headers %v", h.Header)
		}
		sealed := b.call(t, "GET", target+"&receipt=true", "").Body.String()
		line, ok := strings.CutPrefix(sealed, body)
		if !ok || strings.Count(line, "\n") != 1 {
			t.Fatalf("a receipt changes the rows, or is no line: %q", line)
		}
		r := csv.NewReader(strings.NewReader(sealed))
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		last := rows[len(rows)-1]
		text, ok := strings.CutPrefix(last[0], "# drover ")
		var got engine.Receipt
		if err := json.Unmarshal([]byte(text), &got); err != nil || !ok || len(last) != 1 {
			t.Fatalf("%v %q", err, last)
		}
		want := engine.Receipt{Schema: "drover/v1/receipt", Noun: "identities", Filter: filter, OrderBy: u.Query().Get("order_by"), At: got.At, Generation: got.Generation, User: b.caller.Who(), Grants: []string{"admin"}, Rows: len(rows) - 2, SHA256: hex.EncodeToString(sum[:])}
		if d := cmp.Diff(want, got); d != "" || got.At.IsZero() || got.Generation == 0 {
			t.Error(d)
		}
	}
	at := b.get(t, "/api/v1/check-runs/latest")["at"].(string)
	if got := b.call(t, "GET", "/api/v1/identities?format=ndjson&as_of="+url.QueryEscape(at), "").Result(); got.Header.Get("Drover-As-Of") == "" || got.Trailer.Get("Drover-SHA256") == "" {
		t.Errorf("of the past: %v, %v", got.Header, got.Trailer)
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
