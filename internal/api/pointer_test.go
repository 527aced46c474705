package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// What the engine refuses of a body is told with the field, as what its schema
// refuses is.
func TestFieldsOfBodies(t *testing.T) {
	b := open(t, demoOf(t))
	first := func(path string) string {
		return b.get(t, path)["items"].([]any)[0].(map[string]any)["id"].(string)
	}
	finding, id := first("/api/v1/findings?page_size=1&filter=severity%3Dmedium"), first("/api/v1/identities?page_size=1&filter=kind%3Didentity")
	etag := b.call(t, "GET", "/api/v1/identities/"+id+"/owner", "").Header().Get("ETag")
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/findings/" + finding + ":accept", `{"reason":"replaced in Q1","approver":"bob","until":"2020-01-31"}`, "until"},
		{"POST", "/findings/" + finding + ":accept", `{"reason":"replaced in Q1","approver":"bob","until":"2099-01-31"}`, "until"},
		{"POST", "/findings/" + finding + ":accept", `{"reason":"replaced in Q1","approver":"bob","until":"soon"}`, "until"},
		{"POST", "/findings/" + finding + ":accept", `{"reason":"replaced in Q1","until":"30d"}`, "approver"},
		{"POST", "/findings/" + finding + ":accept", `{"reason":"     ","approver":"bob","until":"30d"}`, "reason"},
		{"POST", "/findings:batch", `{"action":"accept","ids":["` + finding + `"],"reason":"replaced in Q1","approver":"bob","until":"2020-01-31"}`, "until"},
		{"PUT", "/identities/" + id + "/owner", `{"owner":"nobody that any list knows"}`, "owner"},
		{"POST", "/identities:batch", `{"action":"tag","ids":["` + id + `"]}`, "set"},
		{"POST", "/views", `{"name":"@mine"}`, "name"},
		{"POST", "/views", `{"name":"mine","share":"everybody at all"}`, "share"},
	} {
		headers := key()
		if c.method == "PUT" {
			headers = append(headers, "If-Match", etag)
		}
		w := b.call(t, c.method, "/api/v1"+c.path, c.body, headers...)
		p := object(t, w.Body.Bytes())
		if got := fmt.Sprint(p["errors"]); w.Code != 400 && w.Code != 404 && w.Code != 422 || !strings.Contains(got, "pointer:/body/"+c.field+"]") && !strings.Contains(got, "pointer:/body/"+c.field+" ") {
			t.Errorf("%s %s %s: %d, told about %s; want the field %s", c.method, c.path, c.body, w.Code, w.Body, c.field)
		}
	}
}
