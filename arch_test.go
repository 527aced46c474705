package drover_test

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// A floor of the house holds packages that may import what lies below it, and
// nothing beside or above. Patterns are those of path.Match; "/**" takes a
// folder and all below it.
type floor struct {
	name  string
	holds []string
	// room is how many path elements make one room: packages of one room may
	// import each other. 0: every package is its own room.
	room int
}

// The house, ground floor first; a package lies on the first floor that names
// it. See docs/design.md for why.
var floors = []floor{
	{"0 the nouns", []string{"."}, 0},
	{"1 pure knowledge", []string{"access/**", "classify/**", "link/**", "filter/**", "secret/**", "decode/**", "policy/**", "internal/authz"}, 1},
	{"2 the read model", []string{"graph/**"}, 1},
	{"3 the families", []string{"connector", "check", "detect", "action", "export"}, 0},
	{"3 what a family's members share", []string{
		"connector/rest", "connector/rows", "connector/connectortest", "check/remedy", "check/checktest", "detect/detecttest", "detect/rules", "action/actiontest", "export/exporttest", "export/page",
	}, 0},
	{"3 the checks that users write", []string{"check/custom"}, 0},
	{"4 extensions, store, stream", []string{"connector/**", "check/**", "action/**", "export/**", "internal/store/**", "internal/stream/**"}, 2},
	{"5 the lists, the configuration file, the scheduler, reports", []string{"builtin", "internal/config/**", "internal/job/**", "internal/report/**"}, 0},
	{"5 the generators of the lists", []string{"builtin/*"}, 0},
	{"6 the conductor", []string{"internal/engine/**", "internal/demo/**"}, 2},
	{"7 the client of a server, generated from its document", []string{"internal/client/**"}, 1},
	{"8 the faces", []string{"cli/**", "internal/api/**", "internal/web/**", "internal/mcp/**"}, 2},
	{"9 what runs the faces together", []string{"internal/serve/**"}, 2},
	{"10 the binary", []string{"cmd/*", "demo/*"}, 0},
	{"test support", []string{"internal/realtest/**", "internal/pgscript/**", "internal/kubescript/**", "internal/awsscript/**"}, 2},
}

// narrow lists what fewer may import than the floors allow: target, and the only
// packages whose product code may.
var narrow = map[string][]string{
	"internal/store":      {"internal/store/**", "internal/engine/**"},
	"internal/realtest":   {},
	"internal/pgscript":   {},
	"internal/kubescript": {},
	"internal/awsscript":  {},
	"builtin":             {"cmd/*", "builtin/*"},
}

func floorOf(pkg string) int {
	return slices.IndexFunc(floors, func(f floor) bool { return matchAny(f.holds, pkg) })
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if dir, ok := strings.CutSuffix(p, "/**"); ok {
			return pkg == dir || strings.HasPrefix(pkg, dir+"/")
		}
		ok, _ := path.Match(p, pkg)
		return ok
	})
}

func roomOf(pkg string, f floor) string {
	parts := strings.Split(pkg, "/")
	if f.room == 0 || len(parts) <= f.room {
		return pkg
	}
	return strings.Join(parts[:f.room], "/")
}

// TestHouse holds the repository to its own rules.
func TestHouse(t *testing.T) {
	h, err := readHouse(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.packages) < 10 {
		t.Fatalf("only %d packages found: the rules were asked of almost nothing", len(h.packages))
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, fault := range r.faults(h) {
				t.Errorf("%s\n\t%s", fault, r.why)
			}
		})
	}
}
