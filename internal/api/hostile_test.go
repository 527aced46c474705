package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/realtest"
)

// hostileHome is a home whose whole estate is hostile texts, with findings, a tag,
// a view and decisions that hold them too.
func hostileHome(t testing.TB) string {
	t.Helper()
	home, file := t.TempDir(), filepath.Join(t.TempDir(), "estate.jsonl")
	if err := os.WriteFile(file, realtest.HostileEstate(), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DROVER_HOME", home)
	run(t, home, "scan", file)
	run(t, home, "check", "--quiet")
	return home
}

// In no answer of no route, in no form, can a text that a scanned system wrote do
// anything but be read: JSON holds nothing that a terminal acts on, CSV no formula,
// pages no markup of it, and no answer can be taken for a page that is none.
func TestHostileEverywhere(t *testing.T) {
	b := serving(t, hostileHome(t), true)
	planted := plant(t, b)
	w := &walk{t: t, b: b, forms: map[string]int{}, params: parametersOf(t, b.Server)}
	for _, r := range b.Routes() {
		if r.Method == "GET" && !strings.HasSuffix(r.Path, "/events") {
			w.route(r)
		}
	}
	// What a call says back of what it was called with.
	for _, x := range realtest.Hostile() {
		x = x[:min(len(x), 2000)]
		for _, at := range []string{"/identities/%s", "/nodes/%s", "/findings/%s", "/sources/%s/perms", "/reports/%s?format=html", "/no-such/%s", "/%s"} {
			w.look("GET", "/api/v1"+fmt.Sprintf(at, url.PathEscape(x)))
		}
		for _, at := range []string{"/identities?filter=%s", "/identities?order_by=%s", "/identities?page_token=%s", "/identities?fields=%s", "/identities?facets=%s", "/identities?as_of=%s", "/search?q=%s", "/fields?list=%s", "/filter/explain?filter=%s", "/filter/complete?filter=%s", "/graph/map?filter=%s", "/%s"} {
			w.look("GET", "/api/v1"+fmt.Sprintf(at, url.QueryEscape(x)))
		}
	}
	if w.answers < 2000 || w.forms["csv"] < 20 || w.forms["html"] < 5 || w.forms["problem"] < 200 || w.cells < 5000 {
		t.Errorf("only %d answers were looked at: %v, %d cells", w.answers, w.forms, w.cells)
	}
	t.Logf("%d texts, %d calls that write them, %d answers of %d routes: %v, %d cells", len(realtest.Hostile()), planted, w.answers, w.routes, w.forms, w.cells)
}

// plant writes hostile texts into every field that callers write, and returns how
// many calls that were.
func plant(t *testing.T, b *bench) (n int) {
	findings := b.get(t, "/api/v1/findings?page_size=200")["items"].([]any)
	ids := b.get(t, "/api/v1/identities?page_size=200")["items"].([]any)
	for i, x := range realtest.Hostile() {
		raw, err := json.Marshal(x[:min(len(x), 400)])
		if err != nil {
			t.Fatal(err)
		}
		q := string(raw)
		finding := findings[i%len(findings)].(map[string]any)["id"].(string)
		identity := url.PathEscape(ids[i%len(ids)].(map[string]any)["id"].(string))
		for _, c := range [][3]string{
			{"PUT", "/identities/" + identity + "/tags", `{"set":{"note":` + q + `,` + q + `:"x"}}`},
			{"PUT", "/identities/" + identity + "/tags", `{"set":{"note":` + q + `}}`},
			{"PUT", "/identities/" + identity + "/owner", `{"owner":` + q + `,"reason":` + q + `}`},
			{"POST", "/findings/" + finding + ":accept", `{"reason":` + q + `,"approver":` + q + `,"until":"30d"}`},
			{"POST", "/findings/" + finding + ":assign", `{"to":` + q + `}`},
			{"POST", "/views", `{"name":` + q + `,"title":` + q + `,"noun":"identities","filter":"env=prod"}`},
			{"POST", "/views", `{"name":` + q + `,"noun":` + q + `,"filter":` + q + `}`},
			{"POST", "/users", `{"name":` + q + `,"email":` + q + `,"grants":["auditor"]}`},
			{"POST", "/users", fmt.Sprintf(`{"name":"u%d","grants":[%s]}`, i, q)},
			{"POST", "/tokens", `{"name":` + q + `,"expires":` + q + `}`},
			{"POST", "/tokens", `{"name":` + q + `}`},
			{"POST", "/sources", `{"id":` + q + `,"kind":` + q + `,"options":{` + q + `:[` + q + `]}}`},
			{"POST", "/scans", `{"words":[` + q + `]}`},
			{"POST", "/simulate", `{"change":` + q + `}`},
			{"POST", "/findings:batch", `{"action":` + q + `,"ids":[` + q + `]}`},
		} {
			n++
			w := b.briefly(t, c[0], "/api/v1"+c[1], c[2], append(key(), "If-Match", "*", "User-Agent", strings.ToValidUTF8(strings.Map(headerRune, x), ""))...)
			if w.Code >= 500 {
				t.Errorf("%s %s with %.80q: %d %s", c[0], c[1], x, w.Code, w.Body)
			}
			harmless(t, c[0]+" "+c[1], w.Body.String())
		}
	}
	return n
}

// headerRune keeps of a text what may stand in a header.
func headerRune(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

type walk struct {
	t       *testing.T
	b       *bench
	forms   map[string]int
	routes  int
	answers int
	cells   int
	ids     []string
	params  map[string][]string
}

// route looks at every answer that a route has: of each hostile thing, and in each
// form that it can be asked for in.
func (w *walk) route(r api.Route) {
	w.routes++
	targets := []string{r.Path}
	switch {
	case strings.Contains(r.Path, "/reports/{"):
		targets = nil
		for _, i := range w.b.get(w.t, "/api/v1/reports?page_size=100")["items"].([]any) {
			for _, form := range []string{"html", "md", "json", "csv", "pdf"} {
				targets = append(targets, target(r, i.(map[string]any)["name"].(string))+"?format="+form)
			}
		}
	case strings.Contains(r.Path, "{"):
		targets = nil
		for _, id := range w.of(r) {
			targets = append(targets, target(r, id))
		}
	}
	var speaks []string
	for _, p := range w.params[r.Method+" "+r.Path] {
		if slices.Contains(speaking, p) && p != "filter" {
			speaks = append(speaks, p)
		}
	}
	if len(speaks) > 0 {
		for _, id := range w.of(r)[:12] {
			q := url.Values{}
			for _, p := range speaks {
				q.Set(p, id)
			}
			targets = append(targets, targets[0]+"?"+q.Encode())
		}
	}
	for _, at := range targets {
		w.look(r.Method, at)
	}
	if len(targets) > 0 && !strings.Contains(targets[0], "?") {
		for _, form := range []string{"csv", "ndjson"} {
			w.look(r.Method, targets[0]+"?format="+form)
		}
		w.look(r.Method, targets[0]+"?page_size=1000")
	}
}

// of are ids of what the path of a route names.
func (w *walk) of(r api.Route) (ids []string) {
	if w.ids == nil {
		for _, i := range w.b.get(w.t, "/api/v1/identities?page_size=200&order_by=-risk")["items"].([]any) {
			w.ids = append(w.ids, i.(map[string]any)["id"].(string))
		}
	}
	list, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/api/v1/"), "/")
	if strings.Contains(list, "{") || list == "identities" || !strings.Contains(r.Path, "{") {
		return w.ids
	}
	a := w.b.briefly(w.t, "GET", "/api/v1/"+list+"?page_size=60", "")
	var v struct{ Items []map[string]any }
	if a.Code == 200 && json.Unmarshal(a.Body.Bytes(), &v) == nil {
		for _, i := range v.Items {
			for _, name := range []string{"id", "name"} {
				if id, ok := i[name].(string); ok {
					ids = append(ids, id)
					break
				}
			}
		}
	}
	return ids
}

func (w *walk) look(method, at string) {
	a := w.b.briefly(w.t, method, at, "")
	w.answers++
	if a.Code >= 500 {
		w.t.Errorf("%s %.200s: %d %.300s", method, at, a.Code, a.Body)
	}
	if a.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		w.t.Errorf("%.200s: nosniff %q, policy %q", at, a.Header().Get("X-Content-Type-Options"), a.Header().Get("Content-Security-Policy"))
	}
	w.headers(at, a)
	body, media := a.Body.String(), strings.TrimSpace(strings.Split(a.Header().Get("Content-Type"), ";")[0])
	switch media {
	case "application/json", "application/problem+json", "application/x-ndjson":
		form := map[string]string{"application/json": "json", "application/problem+json": "problem", "application/x-ndjson": "ndjson"}[media]
		w.forms[form]++
		for line := range strings.Lines(body) {
			if form == "ndjson" && !json.Valid([]byte(line)) {
				w.t.Errorf("%.200s: a line is no JSON: %.200q", at, line)
			}
		}
		if form != "ndjson" && len(body) > 0 && !json.Valid([]byte(body)) {
			w.t.Errorf("%.200s: no JSON: %.200q", at, body)
		}
		harmless(w.t, at, body)
	case "text/csv":
		w.forms["csv"]++
		harmless(w.t, at, body)
		w.spreadsheet(at, body)
	case "text/html":
		w.forms["html"]++
		harmless(w.t, at, body)
		if m := lively.FindString(body); m != "" {
			w.t.Errorf("%.200s: the page holds %q", at, m)
		}
	case "text/markdown":
		w.forms["md"]++
		harmless(w.t, at, body)
		if m := markdown.FindString(body); m != "" {
			w.t.Errorf("%.200s: the text holds %q", at, m)
		}
	case "application/pdf":
		w.forms["pdf"]++
		for _, word := range []string{"/JavaScript", "/JS", "/Launch", "/URI", "/OpenAction", "/EmbeddedFile"} {
			if strings.Contains(body, word+" ") || strings.Contains(body, word+"(") {
				w.t.Errorf("%.200s: the document has %s", at, word)
			}
		}
	case "", "application/zip":
		w.forms["none"]++
	default:
		w.forms[media]++
	}
}

// lively is markup of the corpus that was not escaped, in a page.
var lively = regexp.MustCompile(`(?i)<(img src=x|svg[/ ]onload|script>alert|iframe|object|base |meta http-equiv=refresh|link rel=stylesheet href=//|form action=//|math|details open|x style|a href="javascript:)|="[^"]*" onmouseover=|=\s*"\s*javascript:|href="data:text|style="[^"]*url\(|<[^>]*src="?(http:)?//evil`)

// markdown is markup of the corpus that was not escaped, in Markdown.
var markdown = regexp.MustCompile(`(?m)(^|[^\\])(<img|<svg|<script|<iframe|!\[x\]\(|\[x\]\(javascript)`)

// headers wants no header to hold what was not written for it.
func (w *walk) headers(at string, a *httptest.ResponseRecorder) {
	for name, values := range a.Header() {
		for _, v := range values {
			for _, r := range v {
				if r < ' ' || r >= 0x7f {
					w.t.Errorf("%.200s: the header %s holds %U in %q", at, name, r, v)
					return
				}
			}
		}
	}
}

func (w *walk) spreadsheet(at, body string) {
	r := csv.NewReader(strings.NewReader(body))
	rows, err := r.ReadAll()
	if err != nil {
		w.t.Errorf("%.200s: %v", at, err)
	}
	for _, row := range rows {
		for _, c := range row {
			w.cells++
			if first := strings.TrimLeft(c, " \u00a0"); first != "" && strings.ContainsRune("=+-@|%\t\r＝＋－＠", []rune(first)[0]) && !number.MatchString(first) {
				w.t.Errorf("%.200s: a spreadsheet runs the cell %.80q", at, c)
				return
			}
		}
	}
}

var number = regexp.MustCompile(`^-?[0-9.]+(e[+-]?[0-9]+)?$`)

// harmless wants a text of which a terminal, a log and a reader do nothing but show
// it.
func harmless(t testing.TB, what, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)) || r == utf8.RuneError && text[i] != 0xef {
			t.Errorf("%.200s holds %U in %q", what, r, text[max(0, i-30):min(len(text), i+30)])
			return
		}
	}
}

// run runs a command line that may end with findings.
func run(t testing.TB, home string, args ...string) (string, string, int) {
	t.Helper()
	var out, errs strings.Builder
	t.Setenv("DROVER_CONFIG", "")
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "xdg"))
	code := cli.Run(t.Context(), binary, args, strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}
