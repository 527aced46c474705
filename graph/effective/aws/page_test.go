package aws

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table of docs/reference/techniques_aws.md")

const (
	page        = "../../../docs/reference/techniques_aws.md"
	tableBegins = "<!-- table: go test ./graph/effective/aws -run TestPage -update -->\n"
	tableEnds   = "<!-- end of table -->\n"
)

// TestPage keeps the reference page what the table of techniques is.
func TestPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| id | gives | takes | what happens |\n|---|---|---|---|\n")
	for i := range techniques {
		t := &techniques[i]
		p := t.public()
		var takes []string
		for i, n := range t.needs {
			switch text := needText(n); {
			case n.action == "":
			case i > 0 && n.action == t.needs[i-1].action:
				takes[len(takes)-1] += strings.Replace(strings.TrimPrefix(text, "`"+n.action+"`"), " on ", ", ", 1)
			default:
				takes = append(takes, text)
			}
		}
		if t.service != "" {
			takes = append(takes, "the role trusts "+anyOf(t.service))
		}
		for _, r := range t.requires {
			takes = append(takes, string(r))
		}
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s | %s |\n", p.ID, p.Cite, givesText(t), strings.Join(takes, "; "), strings.ReplaceAll(p.Doc, "|", `\|`))
	}
	want := b.String() + "\n"
	body, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(body), tableBegins)
	got, tail, ok2 := strings.Cut(rest, tableEnds)
	if !ok || !ok2 {
		t.Fatalf("%s has no table", page)
	}
	if *update {
		if err := os.WriteFile(page, []byte(head+tableBegins+want+tableEnds+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s is not what the table says; go test ./graph/effective/aws -run TestPage -update (-want +got):\n%s", page, d)
	}
}

func anyOf(list string) string { return "`" + strings.ReplaceAll(list, "|", "` or `") + "`" }

func needText(n need) string {
	where := map[string]string{self: "itself", target: "the target", group: "a group of its own", policy: "an attached policy", passed: "the role", carrier: "the thing", assumed: "the role, as it trusts now", task: "a task of the service", nothing: ""}
	on, ok := where[n.on]
	if thing, existing := strings.CutPrefix(n.on, some); existing {
		on, ok = "some `"+thing+"` that is there", true
	}
	if !ok {
		on = "`" + n.on + "`"
	}
	text := "`" + n.action + "`"
	if on != "" {
		text += " on " + on
	}
	if n.to != "" {
		text += " passed to " + anyOf(n.to)
	}
	return text
}

func givesText(t *technique) string {
	switch t.gives {
	case givesThing:
		return "the role of `" + strings.Join(t.types, "`, `") + "`"
	case givesPass:
		return "a role that is passed"
	case givesNew:
		return "the account, by a principal made for it"
	case givesSelf, givesFreed:
		return "the account"
	}
	text := "the " + string(t.gives)
	if t.writes {
		text += ", and the account"
	}
	return text
}
