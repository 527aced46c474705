package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/export/jsonl"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestContract(t *testing.T) {
	dir := t.TempDir()
	people := write(t, dir, "hr.csv", "empNo,firstName,lastName,department,manager,email,status\n1,Ann,Lee,Sales,,ann@x.example,active\n2,Bob,Ray,Sales,1,bob@x.example,terminated\n")
	ldif := write(t, dir, "dir.ldif", "dn: uid=svc,dc=x\nobjectClass: account\nuid: svc\nuserPassword: hunter2hunter2\n")
	connectortest.Run(t, connectortest.Case{Connector: Connector, Config: map[string][]string{"paths": {people, ldif}}, Canaries: []string{"hunter2hunter2"}})
}

func collect(t testing.TB, config map[string][]string) *connectortest.Result {
	t.Helper()
	return connectortest.Collect(t, Connector, config)
}

// An HR export becomes people, their departments, managers and leavers.
func TestHR(t *testing.T) {
	dir := t.TempDir()
	p := write(t, dir, "hr.csv", "empNo,firstName,lastName,department,manager,email,status,end date\n1,Ann,Lee,Sales,,Ann@X.example,active,\n2,Bob,Ray,Sales,1,bob@x.example,terminated,2024-05-01\n")
	r := collect(t, map[string][]string{"paths": {p}})
	bob, ok := r.Node(drover.NewRef("hr", "", "person", "2"))
	if !ok || bob.Kind != drover.KindHuman || bob.Name != "Bob Ray" || bob.Attrs.Str("employment") != "leaver" || bob.Attrs.Str("business_unit") != "Sales" || bob.Attrs.Str("end_date") != "2024-05-01" {
		t.Errorf("got %+v %s", bob, bob.Attrs)
	}
	ann := drover.NewRef("hr", "", "person", "1")
	unit := drover.NewRef("hr", "", "org_unit", "name:Sales")
	var got []string
	for _, e := range r.Edges {
		got = append(got, e.Key())
	}
	slices.Sort(got)
	want := []string{string(ann) + " member_of " + string(unit) + " ", string(ann) + " owns " + string(bob.Ref) + " manager", string(bob.Ref) + " member_of " + string(unit) + " "}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s, _ := r.Section("hr"); s.Status != drover.StatusOK || len(r.Kept) == 0 {
		t.Errorf("got section %+v, kept %v", s, r.Kept)
	}
}

// Answers of people are declared, with the day they were given.
func TestInterview(t *testing.T) {
	dir := t.TempDir()
	p := write(t, dir, "i.csv", "team,name,what_it_does,owner_email,system,account_name,account_id,where_the_secret_lies,last_used,rotate_how\nPay,Billing run,nightly,ann@x.example,orders-db,svc_bill,,vault,2024-02-03,by hand\n")
	r := collect(t, map[string][]string{"paths": {p}, "as_of": {"2024-03-01"}})
	ref := drover.NewRef("interview", "orders-db", "account", "name:svc_bill")
	n, ok := r.Node(ref)
	if declared, _ := n.Attrs.Bool("declared"); !ok || !declared {
		t.Errorf("got %+v %s", n, n.Attrs)
	}
	for _, e := range r.Edges {
		if e.Grade != drover.GradeDeclared {
			t.Errorf("edge %s is graded %q", e.Key(), e.Grade)
		}
	}
	claims := map[string]time.Time{}
	for _, e := range r.Evidence {
		if e.Subject == ref && e.Grade == drover.GradeDeclared && e.Source == "interview" {
			claims[e.Claim] = e.At
		}
	}
	day := func(m time.Month, d int) time.Time { return time.Date(2024, m, d, 0, 0, 0, 0, time.UTC) }
	if diff := cmp.Diff(map[string]time.Time{"declared": day(3, 1), "last_used": day(2, 3)}, claims); diff != "" {
		t.Error(diff)
	}
}

// What jsonl writes this reads back, sections included.
func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := jsonl.Format.Write(t.Context(), &b, export.Head{}, exporttest.Seq(exporttest.Records())); err != nil {
		t.Fatal(err)
	}
	r := collect(t, map[string][]string{"paths": {write(t, dir, "a.jsonl", b.String())}})
	if len(r.Nodes) != 2 || len(r.Edges) != 1 || len(r.Evidence) != 1 || len(r.Documents) != 1 || len(r.Kept) != 0 {
		t.Errorf("got %+v", r)
	}
	s, ok := r.Section("users")
	if !ok || s.Status != drover.StatusOK || len(s.Notes) != 2 {
		t.Errorf("got section %+v; want ok, with notes on one event and one finding", s)
	}
}

func TestRoundTripProperty(t *testing.T) {
	dir := t.TempDir()
	text := rapid.StringMatching(`[\x00-\x{2fff}]{0,12}`)
	when := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 1<<37).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	})
	rapid.Check(t, func(rt *rapid.T) {
		var recs []drover.Record
		want := map[drover.Ref]drover.Node{}
		for i := range rapid.IntRange(0, 8).Draw(rt, "n") {
			n := drover.Node{Ref: drover.NewRef("s", text.Draw(rt, "tenant"), "t", string(rune('a'+i))+text.Draw(rt, "id")), Kind: rapid.SampledFrom(drover.Kinds).Draw(rt, "kind"), Type: "s.t", Name: text.Draw(rt, "name"),
				Created: when.Draw(rt, "created"), Expires: when.Draw(rt, "expires"), Attrs: drover.NewAttrs(map[string]any{text.Draw(rt, "k"): text.Draw(rt, "v")})}
			for range rapid.IntRange(0, 2).Draw(rt, "aliases") {
				n.Aliases = append(n.Aliases, "x:"+text.Draw(rt, "alias"))
			}
			want[n.Ref] = n
			recs = append(recs, drover.Record{Node: &n})
		}
		recs = append(recs, drover.Record{Section: &drover.Section{Name: "all", Coverage: "c", Status: drover.StatusOK}})
		var b bytes.Buffer
		if err := jsonl.Format.Write(t.Context(), &b, export.Head{}, exporttest.Seq(recs)); err != nil {
			rt.Fatal(err)
		}
		r := collect(t, map[string][]string{"paths": {write(t, dir, "p.jsonl", b.String())}})
		got := map[drover.Ref]drover.Node{}
		for _, n := range r.Nodes {
			got[n.Ref] = n
		}
		if diff := cmp.Diff(want, got); diff != "" || r.Status() != drover.StatusOK {
			rt.Fatal(diff, r.Sections)
		}
	})
}

// What is no regular file, is not there or leads elsewhere is refused, said, and
// spares what was known.
func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	good := write(t, dir, "good.jsonl", `{"node":{"ref":"a/-/b/1","kind":"identity","type":"a.b","name":"n"}}`+"\n"+`{"section":{"name":"one","coverage":"c","status":"ok","objects":1}}`+"\n")
	fifo := filepath.Join(dir, "pipe.jsonl")
	if err := mkfifo(fifo); err != nil {
		t.Skip(err)
	}
	outside := write(t, t.TempDir(), "outside.jsonl", "")
	if err := os.Symlink(outside, filepath.Join(dir, "link.jsonl")); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"pipe": fifo, "missing": filepath.Join(dir, "none.csv"), "folder": dir, "dots": dir + "/../*/x*.csv", "link": filepath.Join(dir, "l*.jsonl")} {
		r := collect(t, map[string][]string{"paths": {good, path}})
		s, ok := r.Section("one")
		if !ok || s.Status != drover.StatusPartial || len(r.Nodes) != 1 {
			t.Errorf("%s: got %+v", name, r.Sections)
		}
		if r := collect(t, map[string][]string{"paths": {path}}); r.Err == nil {
			t.Errorf("%s alone: no error", name)
		}
	}
	// A link that is named itself is followed.
	if r := collect(t, map[string][]string{"paths": {filepath.Join(dir, "link.jsonl")}}); r.Err != nil {
		t.Errorf("a link: %v", r.Err)
	}
}

func TestTruncatedGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for i := range 5000 {
		z.Write([]byte(strings.Repeat("x", i%7) + ",name\n"))
		if i == 0 {
			b.Reset()
			z.Reset(&b)
			z.Write([]byte("empNo,lastName\n"))
		}
	}
	z.Close()
	dir := t.TempDir()
	p := write(t, dir, "hr.csv.gz", b.String()[:b.Len()-20])
	r := collect(t, map[string][]string{"paths": {p}, "mapping": {"hr"}})
	if s, _ := r.Section("hr"); s.Status == drover.StatusOK {
		t.Errorf("got %+v", s)
	}
}

func TestAccepts(t *testing.T) {
	for path, want := range map[string]bool{"a.csv": true, "a.CSV.gz": true, "a.ndjson.zst": true, "a.ldif": true, "a.tsv": true, "a.json": false, "a.txt": false, "csv": false} {
		if _, ok := Connector.Accepts(path, false); ok != want {
			t.Errorf("%s: got %v", path, ok)
		}
		if _, ok := Connector.Accepts(path, true); ok {
			t.Errorf("folder %s is accepted", path)
		}
	}
}

// The engine is told when the file was true: as_of, or its modification time,
// and never a time to come.
func TestAsOf(t *testing.T) {
	p := write(t, t.TempDir(), "hr.csv", "empNo,lastName\n1,Lee\n")
	old := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for _, c := range []struct {
		mtime time.Time
		asOf  string
		want  time.Time
	}{{old, "", old}, {old, "2023-01-02", time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)}, {connectortest.Now.AddDate(5, 0, 0), "", connectortest.Now}} {
		if err := os.Chtimes(p, c.mtime, c.mtime); err != nil {
			t.Fatal(err)
		}
		config := map[string][]string{"paths": {p}}
		if c.asOf != "" {
			config["as_of"] = []string{c.asOf}
		}
		var got time.Time
		scan := &connector.Scan{Session: connectortest.Session(t, Connector, config, new(bytes.Buffer))}
		scan.Open = func(context.Context, string, string) (connector.Sink, error) {
			got = scan.AsOf
			return nil, errors.New("enough")
		}
		_ = Connector.Discover(t.Context(), scan)
		if !got.Equal(c.want) {
			t.Errorf("%v, as_of %q: got %v, want %v", c.mtime, c.asOf, got, c.want)
		}
	}
	if r := collect(t, map[string][]string{"paths": {p}, "as_of": {"2999-01-01"}}); !errors.Is(r.Err, drover.ErrInvalid) {
		t.Errorf("a time to come: got %v", r.Err)
	}
}

// What is declared stays so in every record, whatever grade the stream gives it.
func TestDeclaredRecords(t *testing.T) {
	var b bytes.Buffer
	if err := jsonl.Format.Write(t.Context(), &b, export.Head{}, exporttest.Seq(exporttest.Records())); err != nil {
		t.Fatal(err)
	}
	r := collect(t, map[string][]string{"paths": {write(t, t.TempDir(), "a.jsonl", b.String())}, "declared": {"true"}})
	if len(r.Nodes) != 2 || len(r.Edges) != 1 || len(r.Evidence) != 3 {
		t.Fatalf("got %d nodes, %d edges, %d evidence", len(r.Nodes), len(r.Edges), len(r.Evidence))
	}
	for _, n := range r.Nodes {
		if declared, _ := n.Attrs.Bool("declared"); !declared {
			t.Errorf("%s is not declared", n.Ref)
		}
	}
	for _, e := range r.Evidence {
		if e.Grade != drover.GradeDeclared {
			t.Errorf("evidence %s is graded %q", e.Claim, e.Grade)
		}
	}
	if r.Edges[0].Grade != drover.GradeDeclared {
		t.Errorf("the edge is graded %q", r.Edges[0].Grade)
	}
}

func TestMappingOption(t *testing.T) {
	dir := t.TempDir()
	p := write(t, dir, "a.csv", "a,b\n1,2\n")
	for _, m := range []string{"nonesuch", filepath.Join(dir, "none.yaml"), write(t, dir, "bad.yaml", "mapping: x\n")} {
		r := collect(t, map[string][]string{"paths": {p}, "mapping": {m}})
		if !errors.Is(r.Err, drover.ErrNotFound) && !errors.Is(r.Err, drover.ErrInvalid) {
			t.Errorf("%s: got %v", m, r.Err)
		}
	}
	if r := collect(t, map[string][]string{"paths": {p}}); r.Err == nil || !strings.Contains(r.Err.Error(), "mapping") {
		t.Errorf("columns of nothing known: got %v", r.Err)
	}
}
