package api_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover/internal/api"
)

// What is labelled with a moment speaks of that moment. Every list is asked for the
// days before there was anything: it is empty, or says that it speaks of now. The
// routes are the router's own: a new list is in it.
func TestListsSpeakOfTheMomentAsked(t *testing.T) {
	b := open(t, demoOf(t))
	then := time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC)
	id := b.get(t, "/api/v1/identities?page_size=1")["items"].([]any)[0].(map[string]any)["id"].(string)
	params := parametersOf(t, b.Server)
	past, now := 0, 0
	for _, r := range b.Routes() {
		if r.Method != "GET" || !slices.Contains(params["GET "+r.Path], "as_of") || !slices.Contains(params["GET "+r.Path], "page_token") {
			continue
		}
		q := url.Values{"as_of": {then.Format(time.RFC3339)}, "to": {id}, "by": {"env"}}
		for p := range q {
			if !slices.Contains(params["GET "+r.Path], p) {
				q.Del(p)
			}
		}
		w := b.call(t, "GET", target(r, id)+"?"+q.Encode(), "")
		v := object(t, w.Body.Bytes())
		switch {
		case w.Code == 404: // of one thing, which was not there yet
			past++
		case w.Code == 400 && strings.Contains(w.Body.String(), "this list speaks of now"):
			now++
		case w.Code != 200:
			t.Errorf("GET %s of 1970: %d %s", r.Path, w.Code, w.Body)
		case v["as_of"] != then.Format(time.RFC3339):
			t.Errorf("GET %s of 1970 says that it speaks of %v", r.Path, v["as_of"])
		case r.ID == "list_checks": // of today, with what they had found
			past++
			for _, c := range v["items"].([]any) {
				if c := c.(map[string]any); c["open"] != 0.0 || c["accepted"] != 0.0 {
					t.Errorf("%v had found %v in 1970", c["id"], c["open"])
				}
			}
		case v["total_size"] != 0.0:
			t.Errorf("GET %s has %v items of 1970:\n%.300s", r.Path, v["total_size"], w.Body)
		default:
			past++
		}
	}
	if past < 15 || now < 10 {
		t.Errorf("only %d lists answered of the past, and %d refused", past, now)
	}
	if v := b.get(t, "/api/v1/check-runs/latest?as_of=1970-01-02"); v["at"] != nil || len(v["rules"].([]any)) > 0 {
		t.Errorf("the last run of the checks in 1970: %v", v)
	}
	if v := b.get(t, "/api/v1/search?as_of=1970-01-02&q="+id); strings.Contains(string(b.call(t, "GET", "/api/v1/search?as_of=1970-01-02&q="+id, "").Body.String()), `"identities"`) {
		t.Errorf("found in 1970: %v", v)
	}
	if v := b.call(t, "GET", "/api/v1/search?q="+id, ""); !strings.Contains(v.Body.String(), id) {
		t.Errorf("not found now: %s", v.Body)
	}
	// The year 1 is no other word for now.
	for _, at := range []string{"0001-01-01", "0001-01-01T00:00:00Z", "0000-12-31"} {
		for _, r := range []string{"/identities", "/summary", "/findings", "/home"} {
			if w := b.call(t, "GET", api.Base+r+"?as_of="+at, ""); w.Code != 400 {
				t.Errorf("GET %s of %s: %d %.200s", r, at, w.Code, w.Body)
			}
		}
	}
}
