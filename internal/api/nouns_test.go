package api_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/engine"
)

// The body of a route that shows one thing is what the command line prints for
// the same question, and items of lists are those of its lists.
func TestSameAsCommandLine(t *testing.T) {
	b := open(t, demoOf(t))
	for _, noun := range engine.Nouns {
		list := b.get(t, "/api/v1/"+noun.Name+"?page_size=1000")
		printed := object(t, []byte(drover(t, b.home, "list", noun.Name, "-o", "json")))
		if d := cmp.Diff(printed["items"], list["items"]); d != "" {
			t.Errorf("list %s (-command line +API):\n%.2000s", noun.Name, d)
		}
		if list["total_size"] != printed["total"] || list["generation"] != printed["generation"] || list["schema"] != printed["schema"] {
			t.Errorf("list %s: %v %v of generation %v, the command line says %v %v of %v", noun.Name, list["schema"], list["total_size"], list["generation"], printed["schema"], printed["total"], printed["generation"])
		}
		items := list["items"].([]any)
		if len(items) == 0 {
			continue
		}
		id := items[len(items)/2].(map[string]any)["id"].(string)
		want := drover(t, b.home, "show", id, "-o", "json")
		if got := indented(t, b.call(t, "GET", "/api/v1/"+noun.Name+"/"+url.PathEscape(id), "").Body.Bytes()); got != want {
			t.Errorf("show %s (-command line +API):\n%s", id, cmp.Diff(want, got))
		}
	}
	for target, args := range map[string][]string{"/api/v1/summary": {"list", "--summary", "-o", "json"}} {
		want := drover(t, b.home, args...)
		if got := indented(t, b.call(t, "GET", target, "").Body.Bytes()); got != want {
			t.Errorf("%s (-command line +API):\n%s", target, cmp.Diff(want, got))
		}
	}
}

func indented(t testing.TB, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(raw), "", "  "); err != nil {
		t.Fatalf("%v in %.300s", err, raw)
	}
	return b.String() + "\n"
}
