package awsiam

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table of docs/reference/access_aws.md")

const (
	page        = "../../docs/reference/access_aws.md"
	tableBegins = "<!-- table: go test ./access/awsiam -update -->\n"
	tableEnds   = "<!-- end of table -->\n"
)

// TestPage keeps the table of rules on the reference page what the truth tables
// are.
func TestPage(t *testing.T) {
	var b strings.Builder
	files, err := filepath.Glob("testdata/truth/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n| rule | questions | AWS |\n|---|---|---|\n")
	for _, file := range files {
		for _, r := range readTruth(t, file) {
			title := strings.NewReplacer("|", `\|`, "*", `\*`, "$", `\$`).Replace(r.title)
			name := r.cite[strings.LastIndexByte(strings.TrimRight(r.cite, "/"), '/')+1:]
			fmt.Fprintf(&b, "| %s | %d | [%s](%s) |\n", title, len(r.asks), strings.Replace(name, ".html", "", 1), r.cite)
		}
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
		t.Errorf("%s is not what the truth tables say; go test ./access/awsiam -update (-want +got):\n%s", page, d)
	}
}
