package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// worst is the id of the identity with most risk, and of the first finding and fix.
func (b *bench) worst(t testing.TB) (identity, finding, fix string) {
	t.Helper()
	first := func(target string) string {
		items := b.get(t, target)["items"].([]any)
		if len(items) == 0 {
			t.Fatalf("%s is empty: nothing could be asked", target)
		}
		return items[0].(map[string]any)["id"].(string)
	}
	id := b.get(t, "/api/v1/findings?page_size=1&filter=severity%3Dcritical")["items"].([]any)[0].(map[string]any)["id"].(string)
	return first("/api/v1/risks?page_size=1"), id, first("/api/v1/fixes?page_size=1")
}

// Every question is answered as the command line answers it.
func TestQuestionsAsCommandLine(t *testing.T) {
	b := open(t, demoOf(t))
	id, finding, fix := b.worst(t)
	e := url.QueryEscape
	objects := []struct {
		target string
		args   []string
	}{
		{"/identities/" + id + "/blast-radius", []string{"blast-radius", id}},
		{"/identities/" + id + "/creators", []string{"creators", id}},
		{"/identities/" + id + "/dependents", []string{"deps", id}},
		{"/identities/" + id + "/risk", []string{"risk", id}},
		{"/identities/" + id + "/policy", []string{"policy", "explain", id}},
		{"/paths?from=" + id + "&to=" + e("tier=0"), []string{"path", "--from", id, "--to", "tier=0"}},
		{"/cut?from=" + id + "&to=tier0", []string{"cut", "--from", id, "--to", "tier0"}},
		{"/findings/" + finding, []string{"finding", "show", finding}},
		{"/explain/" + finding, []string{"explain", finding}},
		{"/fixes/" + fix, []string{"fix", "show", fix}},
	}
	for _, x := range objects {
		want := drover(t, b.home, append(x.args, "-o", "json")...)
		w := b.call(t, "GET", "/api/v1"+x.target, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d\n%s", x.target, w.Code, w.Body)
			continue
		}
		if d := cmp.Diff(timeless(t, []byte(want)), timeless(t, w.Body.Bytes())); d != "" {
			t.Errorf("%s (-command line +API):\n%.3000s", x.target, d)
		}
	}
	lists := []struct {
		target string
		args   []string
	}{
		{"/findings?x", []string{"finding", "list"}},
		{"/findings?filter=" + e("state=accepted"), []string{"finding", "list", "state=accepted"}},
		{"/findings?filter=" + e("area=secrets") + "&order_by=-risk", []string{"finding", "list", "area=secrets", "--sort", "-risk"}},
		{"/fixes?x", []string{"fix", "list"}},
		{"/risks?x", []string{"risk"}},
		{"/risk-groups?by=env", []string{"risk", "--by", "env"}},
		{"/owners?x", []string{"owner", "list"}},
		{"/owner-items?x", []string{"owner", "suggest"}},
		{"/owner-tasks?x", []string{"owner", "tasks"}},
		{"/sources?x", []string{"source", "list"}},
		{"/blasts?x", []string{"blast-radius", "--all"}},
		{"/identities/" + id + "/grants?x", []string{"access", "grants", id}},
		{"/reached?to=" + id, []string{"resources", "--to", id}},
	}
	for _, x := range lists {
		want := object(t, []byte(drover(t, b.home, append(x.args, "-o", "json")...)))
		got := b.get(t, "/api/v1"+strings.Replace(x.target, "?x", "?", 1)+"&page_size=1000")
		items := append([]any{}, got["items"].([]any)...)
		for got["next_page_token"] != "" {
			path, _, _ := strings.Cut(x.target, "?")
			_, rest, _ := strings.Cut(x.target, "?")
			keep := ""
			if strings.HasPrefix(rest, "by=") || strings.HasPrefix(rest, "to=") {
				keep = "&" + rest
			}
			got = b.get(t, "/api/v1"+path+"?page_size=1000&page_token="+e(got["next_page_token"].(string))+keep)
			items = append(items, got["items"].([]any)...)
		}
		if got["schema"] != want["schema"] || got["total_size"] != want["total"] {
			t.Errorf("%s: %v of %v, the command line says %v of %v", x.target, got["total_size"], got["schema"], want["total"], want["schema"])
		}
		if d := cmp.Diff(stable(want["items"]), stable(any(items))); d != "" {
			t.Errorf("%s (-command line +API):\n%.3000s", x.target, d)
		}
	}
}

// timeless reads JSON and leaves out what says how long ago something was: a
// question is asked twice, a moment apart.
func timeless(t testing.TB, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %.300s", err, raw)
	}
	return stable(v)
}

func stable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if k != "by" { // counted from the moment of the question
				out[k] = stable(x)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = stable(x)
		}
		return out
	case string:
		for _, unit := range []string{" second", " minute", " hour"} {
			if strings.Contains(v, unit) {
				return "a text that tells minutes"
			}
		}
	}
	return v
}

// Pictures are small, the same twice, and about what the list is about.
func TestPictures(t *testing.T) {
	b := open(t, demoOf(t))
	id, _, _ := b.worst(t)
	for _, target := range []string{"/graph/lanes?from=" + id, "/graph/lanes?from=" + url.QueryEscape("nhi_type=service_account") + "&to=" + url.QueryEscape("tier=0"), "/graph/rings?from=" + id, "/graph/matrix", "/graph/map"} {
		one, two := b.call(t, "GET", "/api/v1"+target, ""), b.call(t, "GET", "/api/v1"+target, "")
		if one.Code != http.StatusOK {
			t.Errorf("%s: %d\n%s", target, one.Code, one.Body)
			continue
		}
		if !bytes.Equal(one.Body.Bytes(), two.Body.Bytes()) {
			t.Errorf("%s: the same question gave two pictures", target)
		}
		v := object(t, one.Body.Bytes())
		n := 0
		for _, part := range []string{"marks", "steps", "rows", "columns", "cells"} {
			if l, ok := v[part].([]any); ok {
				n += len(l)
			}
		}
		if n > 300 {
			t.Errorf("%s: %d elements", target, n)
		}
		if !strings.HasPrefix(target, "/graph/map") && n == 0 {
			t.Errorf("%s: an empty picture", target)
		}
	}
	m := b.get(t, "/api/v1/graph/map?filter=kind%3Didentity")
	total := b.get(t, "/api/v1/identities?page_size=0")["total_size"]
	if got := len(m["kind"].([]any)); float64(got) != total || m["total"] != total || len(m["x"].([]any)) != got || len(m["size"].([]any)) != got {
		t.Errorf("the map has %d things in columns of %d and %d, the list %v", got, len(m["x"].([]any)), len(m["size"].([]any)), total)
	}
	b.mapNames(t, "kind=identity", m)
	rings := b.get(t, "/api/v1/graph/rings?from="+id)
	drawn := 0.0
	for _, m := range rings["marks"].([]any) {
		if bundle, ok := m.(map[string]any)["bundle"].(map[string]any); ok {
			drawn += bundle["count"].(float64)
		} else {
			drawn++
		}
	}
	all := 0.0
	for _, r := range rings["rings"].([]any) {
		all += r.(map[string]any)["total"].(float64)
	}
	if drawn != all || all == 0 {
		t.Errorf("%v of %v things are in the rings", drawn, all)
	}
	for code, target := range map[string]string{"not_found": "/graph/rings?from=nothing-is-called-so", "filter_invalid": "/graph/map?filter=" + url.QueryEscape("a AND (b"), "invalid": "/graph/lanes?from=x&open=" + strings.Repeat("a&open=", 30)} {
		b.refused(t, code, "GET", "/api/v1"+target, "")
	}
}

// What would be, if: the cheapest cut is made to a copy and removes what it says.
func TestSimulate(t *testing.T) {
	b := open(t, demoOf(t))
	id, _, _ := b.worst(t)
	cut := b.get(t, "/api/v1/cut?from="+id)
	options := cut["options"].([]any)
	if len(options) == 0 {
		t.Fatal("nothing can be cut, in an organisation with an administrator to cut off")
	}
	option := options[0].(map[string]any)
	change, err := json.Marshal(option["change"])
	if err != nil {
		t.Fatal(err)
	}
	w := b.call(t, "POST", "/api/v1/simulate", fmt.Sprintf(`{"change":%s,"id":%q}`, change, id))
	if w.Code != http.StatusOK {
		t.Fatalf("%d\n%s", w.Code, w.Body)
	}
	v := object(t, w.Body.Bytes())
	want := option["removes"].(map[string]any)["tier0"].(map[string]any)["after"]
	if got := v["blast"].(map[string]any)["reach"].(map[string]any)["tier0"]; got != want {
		t.Errorf("tier 0 after the cut: got %v, want %v", got, want)
	}
	// Of the past, and with fewer steps, it answers what the cut of then says.
	for _, q := range []string{"as_of=60d", "max_hops=3", "as_of=60d&max_hops=4"} {
		options := b.get(t, "/api/v1/cut?from="+id+"&"+q)["options"].([]any)
		if len(options) == 0 {
			t.Fatalf("%s: nothing can be cut", q)
		}
		option := options[0].(map[string]any)
		change, err := json.Marshal(option["change"])
		if err != nil {
			t.Fatal(err)
		}
		w := b.call(t, "POST", "/api/v1/simulate?"+q, fmt.Sprintf(`{"change":%s,"id":%q}`, change, id))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d\n%s", q, w.Code, w.Body)
		}
		want := option["removes"].(map[string]any)["tier0"].(map[string]any)["after"]
		if got := object(t, w.Body.Bytes())["blast"].(map[string]any)["reach"].(map[string]any)["tier0"]; got != want {
			t.Errorf("%s: tier 0 after the cut: got %v, want %v", q, got, want)
		}
	}
	before := b.call(t, "POST", "/api/v1/simulate?as_of=1990-01-01", fmt.Sprintf(`{"change":%s,"id":%q}`, change, id))
	if before.Code == http.StatusOK {
		t.Error("before there was anything, something could be cut")
	}
	b.refused(t, "invalid", "POST", "/api/v1/simulate", `{"change":{"schema":"x"}}`)
	b.refused(t, "invalid", "POST", "/api/v1/simulate", fmt.Sprintf(`{"change":%s,"from":"a"}`, change))
}

// The numbers of Home are those of the lists behind them, and the parts of the score
// add up to it.
func TestHomeNumbers(t *testing.T) {
	b := open(t, demoOf(t))
	home := b.get(t, "/api/v1/home")
	if home["state"] != "ready" || home["demo"] != true {
		t.Errorf("got state %v, demo %v", home["state"], home["demo"])
	}
	count := func(list any) float64 {
		l := list.(map[string]any)
		return b.get(t, "/api/v1/"+l["noun"].(string)+"?page_size=0&filter="+url.QueryEscape(l["filter"].(string)))["total_size"].(float64)
	}
	questions := home["questions"].([]any)
	if len(questions) != 4 {
		t.Fatalf("%d questions", len(questions))
	}
	for _, x := range questions {
		q := x.(map[string]any)
		if n, of, unknown, not := q["n"].(float64), q["of"].(float64), q["unknown"].(float64), q["known_not"].(float64); n+unknown+not != of || of == 0 {
			t.Errorf("%s: %v + %v unknown + %v not is not %v", q["id"], n, unknown, not, of)
		}
		for field, number := range map[string]string{"shown": "n", "not_known": "unknown", "whole": "of"} {
			if q[field] == nil {
				continue
			}
			if got := count(q[field]); got != q[number] {
				t.Errorf("%s: %s is %v, the list behind it has %v", q["id"], number, q[number], got)
			}
		}
	}
	fixes := b.get(t, "/api/v1/fixes?page_size=5")
	top := home["fixes"].(map[string]any)
	if top["total"] != fixes["total_size"] || len(top["top"].([]any)) != 5 || top["top"].([]any)[0].(map[string]any)["id"] != fixes["items"].([]any)[0].(map[string]any)["id"] {
		t.Errorf("the fixes of Home are not those of the list: %v of %v", len(top["top"].([]any)), top["total"])
	}
	for _, n := range home["verdict"].(map[string]any)["numbers"].([]any) {
		v := n.(map[string]any)
		if v["noun"] == "" {
			continue
		}
		if got := count(v); got != v["n"] {
			t.Errorf("verdict: %v %s, the list has %v", v["n"], v["what"], got)
		}
		if !strings.Contains(home["verdict"].(map[string]any)["text"].(string), fmt.Sprint(v["n"])) {
			t.Errorf("verdict %q does not tell %v", home["verdict"].(map[string]any)["text"], v["n"])
		}
	}
	sum := 0.0
	score := home["score"].(map[string]any)
	for _, p := range score["parts"].([]any) {
		sum += p.(map[string]any)["points"].(float64)
	}
	if sum != score["total"] || score["max"] != 100.0 {
		t.Errorf("the parts are %v, the score %v of %v", sum, score["total"], score["max"])
	}
	if rows := home["coverage"].(map[string]any)["rows"].([]any); len(rows) == 0 {
		t.Error("no coverage")
	}
}

func TestPostureControls(t *testing.T) {
	b := open(t, demoOf(t))
	p := b.get(t, "/api/v1/posture")
	if home := b.get(t, "/api/v1/home"); !cmp.Equal(home["score"], p["score"]) {
		t.Errorf("two scores: %v and %v", home["score"], p["score"])
	}
	frameworks := p["frameworks"].([]any)
	first := frameworks[0].(map[string]any)
	controls := first["controls"].([]any)
	if first["name"] != "OWASP-NHI:2025" || len(controls) != 10 || controls[1].(map[string]any)["title"] != "Secret Leakage" || controls[9].(map[string]any)["id"] != "OWASP-NHI10:2025" {
		t.Fatalf("got %v with %d controls, %v", first["name"], len(controls), controls[9])
	}
	failing := 0
	for _, c := range controls {
		v := c.(map[string]any)
		open := b.get(t, "/api/v1/findings?page_size=0&filter="+url.QueryEscape(v["filter"].(string)))["total_size"]
		if open != v["open"] {
			t.Errorf("%s: %v open, the list has %v", v["id"], v["open"], open)
		}
		sum := 0.0
		for _, x := range v["cells"].([]any) {
			cell := x.(map[string]any)
			sum += cell["open"].(float64)
			got := b.get(t, "/api/v1/findings?page_size=0&filter="+url.QueryEscape(cell["filter"].(string)))["total_size"]
			if got != cell["open"] {
				t.Errorf("%s in %s: %v open, the list of %s has %v", v["id"], cell["env"], cell["open"], cell["filter"], got)
			}
		}
		if sum != v["open"] {
			t.Errorf("%s: cells sum up to %v of %v", v["id"], sum, v["open"])
		}
		if v["state"] == "failing" {
			failing++
		}
	}
	if failing == 0 {
		t.Error("no control fails in the demo: nothing was compared")
	}
	if n := len(p["maturity"].([]any)); n != 6 {
		t.Errorf("%d axes", n)
	}
}

func TestReportForms(t *testing.T) {
	b := open(t, demoOf(t))
	for form, begins := range map[string]string{"json": "{", "html": "<!", "pdf": "%PDF-", "csv": "", "md": "#", "txt": ""} {
		w := b.call(t, "GET", "/api/v1/reports/four-questions?format="+form, "")
		if w.Code != http.StatusOK || w.Body.Len() < 100 || !strings.HasPrefix(strings.TrimPrefix(strings.ToLower(w.Body.String()), "\ufeff"), strings.ToLower(begins)) {
			t.Errorf("%s: %d, %d bytes: %.40q", form, w.Code, w.Body.Len(), w.Body.String())
		}
	}
	b.refused(t, "invalid", "GET", "/api/v1/reports/secrets", "")
	if n := b.get(t, "/api/v1/reports")["total_size"]; n != 4.0 {
		t.Errorf("%v reports", n)
	}
}

// mapNames looks whether each thing of a map that is drawn has its name and id, by its
// place and by its id, and whether the edges are what the sizes count.
func (b *bench) mapNames(t *testing.T, filter string, m map[string]any) {
	t.Helper()
	kinds, sizes := m["kind"].([]any), m["size"].([]any)
	want := map[string]string{}
	for _, i := range b.get(t, "/api/v1/identities?page_size=1000")["items"].([]any) {
		want[i.(map[string]any)["id"].(string)] = i.(map[string]any)["name"].(string)
	}
	got := map[string]string{}
	for from := 0; from < len(kinds); from += 1000 {
		var places []string
		for i := from; i < min(from+1000, len(kinds)); i++ {
			places = append(places, strconv.Itoa(i))
		}
		n := b.get(t, "/api/v1/graph/map/names?filter="+url.QueryEscape(filter)+"&places="+strings.Join(places, ","))
		for i, id := range n["ids"].([]any) {
			got[id.(string)] = n["names"].([]any)[i].(string)
		}
	}
	if len(got) != len(kinds) {
		t.Errorf("%d of %d things of the map have a name", len(got), len(kinds))
	}
	for id, name := range want {
		if got[id] != name {
			t.Errorf("%s is called %q on the map and %q in the list", id, got[id], name)
		}
	}
	for i, place := range m["named"].([]any) {
		id := m["ids"].([]any)[i].(string)
		n := b.get(t, "/api/v1/graph/map/names?filter="+url.QueryEscape(filter)+"&find="+url.QueryEscape(id))
		if n["places"].([]any)[0] != place || n["names"].([]any)[0] != m["names"].([]any)[i] || n["generation"] != m["generation"] {
			t.Errorf("%s stands at %v, and is found as %v", id, place, n)
		}
		if i == 20 {
			break
		}
	}
	counted, at := make([]float64, len(kinds)), 0
	code := m["edges"].([]any)
	for from := range kinds {
		last := float64(from)
		left := int(code[at].(float64))
		for at++; left > 0; left-- {
			last += code[at].(float64)
			at++
			counted[from]++
			counted[int(last)]++
		}
	}
	for i := range kinds {
		if counted[i] != sizes[i] {
			t.Fatalf("place %d has %v edges and a size of %v", i, counted[i], sizes[i])
		}
	}
	b.refused(t, "invalid", "GET", "/api/v1/graph/map/names?places=x", "")
}
