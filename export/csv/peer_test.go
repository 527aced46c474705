package csv

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

// Python reads the table of findings cell for cell as it was written, and no cell
// begins like a formula.
func TestPython(t *testing.T) {
	const n = 200
	var b bytes.Buffer
	if err := write(t.Context(), &b, exporttest.Head(), exporttest.Findings(n)); err != nil {
		t.Fatal(err)
	}
	table := realtest.PythonCSV(t, b.Bytes())
	if len(table) != n+1 {
		t.Fatalf("%d rows, want %d", len(table), n+1)
	}
	if diff := cmp.Diff(FindingColumns, table[0]); diff != "" {
		t.Error(diff)
	}
	i := 0
	for r := range exporttest.Findings(n) {
		i++
		if diff := cmp.Diff(findingRow(r.Finding), table[i]); diff != "" {
			t.Fatalf("row %d: %s", i, diff)
		}
		for c, cell := range table[i] {
			if trimmed := strings.TrimLeft(cell, " \u00a0"); trimmed != "" && strings.ContainsRune("=+-@\t\r|%\uff1d\uff0b\uff0d\uff20", []rune(trimmed)[0]) {
				t.Errorf("row %d, %s: %.40q would run", i, FindingColumns[c], cell)
			}
			if len(cell) > maxCell+8 {
				t.Errorf("row %d, %s: %d bytes", i, FindingColumns[c], len(cell))
			}
		}
	}
}

// An empty table has the header of what it is a table of.
func TestEmpty(t *testing.T) {
	for kind, want := range map[string][]string{"": Columns, "node": Columns, "finding": FindingColumns} {
		var b bytes.Buffer
		if err := write(t.Context(), &b, export.Head{Kind: kind}, exporttest.Seq(nil)); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(b.String()); got != strings.Join(want, ",") {
			t.Errorf("%q: got %s", kind, got)
		}
	}
}

// A stream of findings with a node in it stays a table of findings.
func TestMixed(t *testing.T) {
	recs := exporttest.Records()
	f := drover.Record{Finding: recs[6].Finding}
	var b bytes.Buffer
	if err := write(t.Context(), &b, export.Head{}, exporttest.Seq([]drover.Record{f, recs[0], f})); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "\n"); got != 3 {
		t.Errorf("%d lines, want the header and two findings", got)
	}
}
