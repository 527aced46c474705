package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// Whatever a command prints of an estate whose every field is hostile, a terminal
// shows it and does nothing else, and a spreadsheet runs none of it.
func TestHostileEstate(t *testing.T) {
	dir := fresh(t)
	file := write(t, filepath.Join(dir, "estate.jsonl"), string(realtest.HostileEstate()))
	looks := 0
	look := func(args ...string) string {
		t.Helper()
		out, errs, code := run(t, args...)
		looks++
		if code > 10 || code == 1 {
			t.Errorf("%q: exit code %d\n%.300s", args, code, errs)
		}
		what := strings.Join(args, " ")
		harmless(t, what, out)
		harmless(t, what+" (messages)", errs)
		if strings.HasSuffix(what, "-o csv") {
			cells(t, out)
		}
		return out
	}
	first := func(args ...string) string {
		list := strings.Fields(look(append(args, "-o", "name")...))
		if len(list) == 0 {
			t.Fatalf("%q lists nothing", args)
		}
		return list[0]
	}
	look("scan", file)
	look("scan", file, "--dry-run")
	look("check")
	ids := strings.Split(strings.TrimSpace(look("list", "-o", "name")), "\n")
	if len(ids) < len(realtest.Hostile()) {
		t.Fatalf("%d identities of %d", len(ids), len(realtest.Hostile()))
	}
	refs := []string{}
	for _, i := range object(t, look("list", "-o", "json"))["items"].([]any) {
		refs = append(refs, i.(map[string]any)["id"].(string))
	}
	for _, args := range [][]string{
		{"list"}, {"list", "credentials"}, {"list", "humans"}, {"list", "groups"}, {"list", "roles"}, {"list", "resources"}, {"list", "workloads"}, {"list", "policies"}, {"list", "places"}, {"list", "vendors"}, {"list", "nodes"}, {"list", "edges"}, {"list", "documents"}, {"list", "unseen"},
		{"finding", "list"}, {"fix", "list"}, {"owner", "list"}, {"owner", "unowned"}, {"owner", "suggest"}, {"risk"}, {"policy", "list"}, {"source", "list"}, {"diff"}, {"audit"},
	} {
		for _, format := range []string{"table", "csv", "md"} {
			look(append(args, "-o", format)...)
		}
	}
	for _, args := range [][]string{{"list", "--summary"}, {"doctor"}, {"audit", "--action", "scan."}, {"report"}, {"report", "posture", "-o", "md"}, {"report", "inventory", "-o", "csv"}, {"finding", "show", first("finding", "list")}, {"fix", "show", first("fix", "list")}, {"audit", "verify"}} {
		look(args...)
	}
	for _, noun := range []string{"identities", "credentials", "nodes"} {
		if fault := realtest.CycloneDX(t, "1.6", []byte(look("list", noun, "-o", "cyclonedx"))); fault != "" {
			t.Errorf("list %s -o cyclonedx: %s", noun, fault)
		}
	}
	var charts []string
	for i := range refs {
		charts = append(charts, look([]string{"blast", "creators", "deps"}[i%3], refs[i], "-o", "mermaid"))
	}
	for i, c := range realtest.Mermaid(t, charts) {
		if c.Error != "" || len(c.Nodes) == 0 {
			t.Errorf("%s: %s\n%.500s", refs[i], c.Error, charts[i])
		}
	}
	for i, id := range refs {
		if i%3 != 0 {
			continue // each text stands in what is linked to its neighbours too
		}
		other := refs[(i+1)%len(refs)]
		switch i % 4 {
		case 0:
			look("show", id)
			look("blast", id)
		case 1:
			look("show", id, "-o", "yaml")
			look("path", id, other)
		case 2:
			look("why", id, other)
			look("deps", id)
		case 3:
			look("creators", id)
			look("access", id)
		}
	}
	for i, x := range realtest.Hostile() { // as an argument, and what is said of it
		look([]string{"show", "list"}[i%2], x[:min(len(x), 2000)])
	}
	t.Logf("%d texts, the output of %d commands", len(realtest.Hostile()), looks)
}
