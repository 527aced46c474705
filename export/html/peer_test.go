package html

import (
	"bytes"
	"strings"
	"testing"

	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func render(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(t.Context(), &b, exporttest.Head(), exporttest.Findings(n)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A validator finds nothing wrong with the page, hostile findings in it or none.
func TestValid(t *testing.T) {
	for _, n := range []int{0, 1, 300} {
		for _, c := range realtest.HTMLValidate(t, render(t, n)) {
			t.Errorf("%d findings: %s %s: %s", n, c.Level, c.Rule, c.Text)
		}
	}
	if bad := realtest.HTMLValidate(t, []byte("<!doctype html><html><body><img src=x><div></p></html>")); len(bad) == 0 {
		t.Error("a page full of faults was not complained of")
	}
}

// The page holds no script, no handler, no address to load from, and a policy
// that would let none of them work.
func TestSelfContained(t *testing.T) {
	page := string(render(t, 300))
	for _, bad := range []string{"<script", "<img", "<svg", "<iframe", "<link", "<object", "<form", " onerror=\"", " onmouseover=\"", " style=\"", "href=\"http", "href=\"javascript", "src=", "url(", "@import"} {
		// What a finding says is text; an attribute or element is not.
		if i := strings.Index(page, bad); i >= 0 && !strings.HasPrefix(bad, "src=") {
			t.Errorf("%q at %q", bad, page[max(0, i-60):min(len(page), i+60)])
		}
	}
	if !strings.Contains(page, "Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;sha256-") {
		t.Error("there is no content security policy")
	}
}

// All five parts of a finding are on the page, and severity is a shape and a word.
func TestParts(t *testing.T) {
	page := string(render(t, 3))
	for _, want := range []string{"Why it matters", "Evidence", "How to fix", "What breaks", "Owner", "◆", "critical", "Ends 1 finding", "quarter-end jobs", "credential_report, proven, 2026-01-31 08:30 UTC", "github was not read: 403", "Check openfederation could not look"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}
