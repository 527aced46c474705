package csv

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/exporttest"
)

// No cell of the table begins like a formula, whatever the nodes hold, and the
// header is the published one.
func TestSafeCells(t *testing.T) {
	bad := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1", "|calc", "%x", "\uff1d1"}
	var recs []drover.Record
	for _, s := range bad {
		recs = append(recs, drover.Record{Node: &drover.Node{Ref: drover.NewRef(s, s, s, s), Kind: drover.KindIdentity, Type: s, Name: s, Aliases: []string{s, s}}})
	}
	var b bytes.Buffer
	if err := Format.Write(t.Context(), &b, export.Head{}, exporttest.Seq(recs)); err != nil {
		t.Fatal(err)
	}
	table := parse(t, b.String())
	if got := strings.Join(table[0], ","); got != strings.Join(Columns, ",") {
		t.Errorf("header %s", got)
	}
	if len(table) != len(bad)+1 {
		t.Fatalf("%d rows, want %d", len(table), len(bad)+1)
	}
	for i, row := range table[1:] {
		for _, cell := range row {
			if trimmed := strings.TrimLeft(cell, " "); trimmed != "" && strings.IndexByte("=+-@\t\r|%\xef", trimmed[0]) >= 0 {
				t.Errorf("cell %q of row %d would run", cell, i)
			}
		}
		if want := export.Visible(bad[i], maxCell, false); strings.TrimPrefix(row[6], "'") != want {
			t.Errorf("name %q does not come back as %q", row[6], want)
		}
	}
}

// The mapping drover reads the nodes back.
func TestReadBack(t *testing.T) {
	want := drover.Node{Ref: drover.NewRef("aws", "123", "iam.user", "AIDA"), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: "=svc", Aliases: []string{"arn:aws:iam::123:user/svc", "x:1"}, Created: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}
	var b bytes.Buffer
	if err := Format.Write(t.Context(), &b, export.Head{}, exporttest.Seq([]drover.Record{{Node: &want}})); err != nil {
		t.Fatal(err)
	}
	table := parse(t, b.String())
	m, err := rows.DetectPreset(table[0])
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, m, b.String())
	if len(got) != 1 || got[0].Ref != want.Ref || got[0].Name != want.Name || strings.Join(got[0].Aliases, " ") != strings.Join(want.Aliases, " ") || !got[0].Created.Equal(want.Created) || got[0].Kind != want.Kind {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func parse(t *testing.T, text string) [][]string {
	t.Helper()
	table, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// nodes is a rows.Sink that keeps the nodes.
type nodes struct {
	t    *testing.T
	list []drover.Node
}

func (n *nodes) Record(r drover.Record)       { n.list = append(n.list, *r.Node) }
func (n *nodes) Note(where, text string)      {}
func (n *nodes) Unread(where, text string)    {}
func (n *nodes) Lost(where string, err error) { n.t.Error(where, err) }

func read(t *testing.T, m *rows.Mapping, text string) []drover.Node {
	t.Helper()
	out := &nodes{t: t}
	tab := rows.Table{Mapping: m, Inputs: []rows.Input{{Place: "x", Format: rows.FormatCSV, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}}
	err := tab.Replay(t.Context(), func(ctx context.Context, _, _ string, fn func(context.Context, rows.Sink) error) error {
		return fn(ctx, out)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.list
}
