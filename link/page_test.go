package link_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/link"
)

var update = flag.Bool("update", false, "write the table of docs/reference/linking.md")

const tableBegins, tableEnds = "<!-- table: go test ./link -update -->\n", "<!-- end of table -->\n"

// Every scheme that connectors share has a rule, and the page has every rule.
func TestPage(t *testing.T) {
	for _, s := range connectortest.Schemes {
		if !slices.ContainsFunc(link.Schemes, func(x link.Scheme) bool { return x.Name == s.Name }) {
			t.Errorf("nothing says what an alias of scheme %s proves", s.Name)
		}
	}
	if !slices.IsSortedFunc(link.Schemes, func(a, b link.Scheme) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the schemes are not sorted by name")
	}
	const page = "../docs/reference/linking.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !ok || !ends {
		t.Fatal("the page has no place for the table")
	}
	want := before + tableBegins + table() + tableEnds + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, string(text)); d != "" {
		t.Errorf("%s is not what the rules say; go test ./link -update (-want +got):\n%s", page, d)
	}
}

func table() string {
	var b bytes.Buffer
	b.WriteString("\n| scheme | joins | | why | source |\n|---|---|---|---|---|\n")
	for _, s := range link.Schemes {
		var kinds []string
		for _, k := range s.Kinds {
			kinds = append(kinds, string(k))
		}
		joins := strings.Join(kinds, ", ")
		if joins == "" {
			joins = "nothing"
		}
		var notes []string
		for _, n := range []struct {
			is   bool
			text string
		}{{s.One, "one for all time"}, {s.Reused, "given again"}, {s.Patterns, "patterns"}, {s.Family != "", s.Family}} {
			if n.is {
				notes = append(notes, n.text)
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", s.Name, joins, strings.Join(notes, "; "), s.Rule, s.Source)
	}
	b.WriteString("\n")
	return b.String()
}
