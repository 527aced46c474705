package main

import (
	"os"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/check"
	"github.com/google/go-cmp/cmp"
)

// The page of every check in the tree is the one that its fields and examples make.
func TestCheckPages(t *testing.T) {
	for _, c := range builtin.Checks {
		list, err := examples("../..", c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			t.Errorf("%s has no examples", c.ID)
		}
		got, err := os.ReadFile(checkFile("../..", c.ID))
		if err != nil {
			t.Errorf("run go generate ./builtin: %v", err)
			continue
		}
		if diff := cmp.Diff(string(checkPage(c, list)), string(got)); diff != "" {
			t.Errorf("the page of %s is stale, run go generate ./builtin:\n%s", c.ID, diff)
		}
	}
}

// What the index says of a check is what the check says, and a check that is gone
// is not on it. A new check comes onto it with `go run ./builtin/docs index`, which
// the full tier asks for: whoever adds one touches no file but the list.
func TestIndex(t *testing.T) {
	b, err := os.ReadFile(indexFile("../.."))
	if err != nil {
		t.Fatalf("run go run ./builtin/docs index: %v", err)
	}
	got := string(b)
	if want := string(index(builtin.Checks)); os.Getenv("DROVER_TEST_FULL") != "" && got != want {
		t.Errorf("the index is stale, run go run ./builtin/docs index:\n%s", cmp.Diff(want, got))
	}
	right := map[string]bool{}
	for _, c := range builtin.Checks {
		right[strings.TrimSpace(row(c))] = true
	}
	rows := 0
	for line := range strings.Lines(got) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "| [`") {
			if rows++; !right[line] {
				t.Errorf("no check says this, run go run ./builtin/docs index: %s", line)
			}
		}
	}
	if missing := len(builtin.Checks) - rows; missing > 0 {
		t.Logf("%d checks are not on the index yet", missing)
	}
}

// A page has everything that its reader must know.
func TestCheckPage(t *testing.T) {
	c := &check.Check{ID: "acme", Title: "a thing is wrong", Area: check.Sign, Severity: drover.High, Controls: []string{"OWASP-NHI7:2025"}, Fix: []string{"disable", "review"},
		Why: "It breaks.", How: "By a field.", False: "Never.", References: []string{"https://acme.example/doc"}, Systems: []string{"aws"}}
	got := string(checkPage(c, []example{{"It fires.", "high a/1/b/c\n  what: x\nhigh a/1/b/d\n  what: y\n"}, {"It does not.", "exempt a/1/b/c: managed\n"}}))
	for _, want := range []string{"# A thing is wrong\n", "`acme` · sign in · high · only aws\n", "Controls: `OWASP-NHI7:2025`.", "## Why it matters\n\nIt breaks.\n", "## How we know\n\nBy a field.\n", "## When it is wrong\n\nNever.\n",
		"1. **Switch off.** ", "2. **Decide.** ", "| aws | Keys: ", "| any other | ", "- *fires:* It fires.\n- *silent:* It does not.\n", "```\nhigh a/1/b/c\n  what: x\n```\n", "- <https://acme.example/doc>\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "postgres") {
		t.Error("the page says how it is done on platforms that the check is not for")
	}
	for _, want := range []string{"## Sign in\n", "| [`acme`](../../check/acme/README.md) | a thing is wrong | high | OWASP-NHI7:2025 |\n", "| NHI7 Long-lived secrets | [`acme`]", "| NHI1 Improper offboarding | none |"} {
		if page := string(index([]*check.Check{c})); !strings.Contains(page, want) {
			t.Errorf("%q is not in\n%s", want, page)
		}
	}
}
