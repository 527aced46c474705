package api_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/realtest"
)

// The reference and the page of problems are for everybody, whole, without script
// and without anything from elsewhere; each problem has its place.
func TestPagesForPeople(t *testing.T) {
	s := api.New(api.Options{Rate: 1e6, Burst: 1e6})
	b := &bench{Server: s, caller: authz.Caller{}}
	ids := regexp.MustCompile(`\bid="([^"]+)"`)
	for _, target := range []string{"/api/docs", "/api/docs/problems"} {
		w := b.call(t, "GET", target, "")
		text := w.Body.String()
		csp := w.Header().Get("Content-Security-Policy")
		if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
			t.Fatalf("%s: %d %s\n%s", target, w.Code, w.Header(), text)
		}
		if m := regexp.MustCompile(`(?i)<script|javascript:|\bstyle=|(?:src|href)="(?:https?:)?//`).FindString(text); m != "" {
			t.Errorf("%s holds %s", target, m)
		}
		anchors := []string{}
		for _, m := range ids.FindAllStringSubmatch(text, -1) {
			anchors = append(anchors, m[1])
		}
		for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(text, -1) {
			if !slices.Contains(anchors, m[1]) {
				t.Errorf("%s: nothing stands at #%s", target, m[1])
			}
		}
		if target == "/api/docs" {
			for _, r := range s.Routes() {
				if r.ID != "" && !slices.Contains(anchors, r.ID) {
					t.Errorf("the reference does not have %s", r.ID)
				}
			}
			continue
		}
		for _, c := range api.ProblemCodes {
			if !slices.Contains(anchors, c.Code) {
				t.Errorf("no place for problem %s", c.Code)
			}
		}
		t.Run("valid", func(t *testing.T) {
			if faults := realtest.HTMLValidate(t, w.Body.Bytes()); len(faults) > 0 {
				t.Errorf("%v", faults)
			}
		})
	}
	if w := b.call(t, "GET", "/api/v1/openapi.json", ""); w.Code != 200 || w.Header().Get("Content-Type") != "application/openapi+json" {
		t.Errorf("the document: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
}
