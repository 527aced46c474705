package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/cli"
)

// run runs a command line in this process and returns what it printed.
func run(t testing.TB, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(context.Background(), binary, args, strings.NewReader(""), &o, &e)
	return o.String(), e.String(), code
}

// must runs a command line that must end with this exit code.
func must(t testing.TB, want int, args ...string) string {
	t.Helper()
	out, errs, code := run(t, args...)
	if code != want {
		t.Fatalf("drover %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, errs)
	}
	return out
}

// fresh is an empty home in which commands run.
func fresh(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for k, v := range map[string]string{"HOME": dir, "DROVER_HOME": filepath.Join(dir, "data"), "XDG_CONFIG_HOME": filepath.Join(dir, "xdg"), "COLUMNS": "", "DROVER_CONFIG": ""} {
		t.Setenv(k, v)
	}
	t.Chdir(dir)
	return dir
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const estate = `{"node":{"ref":"crm/-/user/a","kind":"identity","type":"crm.user","name":"svc-prod-mailer","created":"2024-01-02T03:04:05Z","aliases":["email:svc@example.com"],"attrs":{"role":"x"}}}
{"node":{"ref":"crm/-/key/k","kind":"credential","type":"crm.key","name":"key","expires":"2030-01-01T00:00:00Z","aliases":["secret:hs256:00112233445566778899aabbccddeeff"]}}
{"node":{"ref":"crm/-/person/p","kind":"human","type":"crm.person","name":"Ada"}}
{"node":{"ref":"crm/-/file/f","kind":"place","type":"crm.file","name":"f","attrs":{"path":"/etc/f","line":3,"commit":"abc","exposure":"public"}}}
{"node":{"ref":"crm/-/table/t","kind":"resource","type":"crm.table","name":"t"}}
{"edge":{"from":"crm/-/key/k","to":"crm/-/user/a","kind":"authenticates"}}
{"edge":{"from":"crm/-/key/k","to":"crm/-/file/f","kind":"stored_in"}}
{"edge":{"from":"crm/-/person/p","to":"crm/-/user/a","kind":"owns"}}
{"evidence":{"subject":"crm/-/user/a","claim":"last_used","source":"log","at":"2025-05-05T00:00:00Z"}}
{"section":{"name":"all","coverage":"crm/all","status":"ok","objects":9}}
`

// The fields that the JSON outputs have by contract, in their order. Others may
// follow or stand between; none of these may go, be renamed or change its shape.
var contract = map[string]string{
	"identity":   "id ref name sources kind type nhi_type verdict lifecycle name_parts env purpose data_class criticality regulation tier business_unit owner created last_used credentials aliases places attrs",
	"verdict":    "value confidence reasons",
	"lifecycle":  "value reason",
	"last_used":  "at grade source",
	"credential": "id ref type identity fingerprint created expires last_used places status",
	"place":      "ref file line commit exposure",
	"list":       "schema generation total items",
	"summary":    "schema identities humans ratio by_nhi_type by_lifecycle owned monitored unseen growth_30d",
	"scan":       "schema id generation started seconds sources counts changes",
	"source":     "id kind status sections",
	"section":    "name coverage status objects error",
	"counts":     "identities credentials humans resources edges unseen",
	"changes":    "added changed removed",
	"error":      "schema code message fix where",
}

func TestContract(t *testing.T) {
	dir := fresh(t)
	file := write(t, filepath.Join(dir, "estate.jsonl"), estate)
	scan := object(t, must(t, 0, "scan", file, "-o", "json"))
	fields(t, "scan", scan)
	fields(t, "counts", scan["counts"])
	fields(t, "changes", scan["changes"])
	source := first(t, scan["sources"])
	fields(t, "source", source)
	fields(t, "section", first(t, source.(map[string]any)["sections"]))
	identities := object(t, must(t, 0, "list", "identities", "-o", "json"))
	fields(t, "list", identities)
	identity := first(t, identities["items"]).(map[string]any)
	fields(t, "identity", identity)
	for _, part := range []string{"verdict", "lifecycle", "last_used"} {
		fields(t, part, identity[part])
	}
	credential := first(t, object(t, must(t, 0, "list", "credentials", "-o", "json"))["items"]).(map[string]any)
	fields(t, "credential", credential)
	fields(t, "place", first(t, credential["places"]))
	fields(t, "summary", object(t, must(t, 0, "list", "--summary", "-o", "json")))
	_, errs, _ := run(t, "show", "nobody", "-o", "json")
	fields(t, "error", object(t, errs))

	// What is not known is null, never absent, zero or a word.
	for _, f := range []string{"tier", "env", "business_unit"} {
		for _, kind := range []string{"humans", "resources"} {
			item := first(t, object(t, must(t, 0, "list", kind, "-o", "json"))["items"]).(map[string]any)
			if v, ok := item[f]; !ok || v != nil {
				t.Errorf("%s: %s is %v, want null", kind, f, v)
			}
		}
	}
	if got, want := credential["identity"], "crm/-/user/a"; got != want {
		t.Errorf("identity of the credential: %v, want %v", got, want)
	}
	want := map[string]any{"ref": "crm/-/file/f", "name": "f", "file": "/etc/f", "line": 3.0, "commit": "abc", "exposure": "public", "author": nil, "time": nil, "remote": nil, "in_head": nil}
	if diff := cmp.Diff(want, first(t, credential["places"])); diff != "" {
		t.Errorf("place (-want +got):\n%s", diff)
	}
}

func object(t *testing.T, raw string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
	return m
}

func first(t *testing.T, v any) any {
	t.Helper()
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		t.Fatalf("want a list with an element, got %v", v)
	}
	return list[0]
}

func fields(t *testing.T, name string, v any) {
	t.Helper()
	m, ok := v.(map[string]any)
	if !ok {
		t.Errorf("%s: want an object, got %v", name, v)
		return
	}
	for f := range strings.FieldsSeq(contract[name]) {
		if _, ok := m[f]; !ok {
			t.Errorf("%s has no field %s", name, f)
		}
	}
}

// Every command that prints JSON prints what its published schema says, the same
// bytes twice.
func TestSchemas(t *testing.T) {
	dir := fresh(t)
	file := write(t, filepath.Join(dir, "estate.jsonl"), estate)
	lines := map[string][]string{"scan": {"scan", file}, "show": {"show", "svc-prod-mailer"}, "summary": {"list", "--summary"}, "diff": {"diff"}, "doctor": {"doctor"}, "perms": {"source", "perms", "postgres"},
		"sources": {"source", "list"}, "reads": {"scan", file, "--dry-run"}, "config": {"config", "view"}, "store_size": {"store", "size"}, "version": {"version"}}
	for _, noun := range []string{"identities", "credentials", "humans", "groups", "roles", "resources", "workloads", "policies", "places", "vendors", "nodes", "edges", "documents"} {
		lines[noun] = []string{"list", noun}
	}
	must(t, 0, "scan", file)
	for name, bad := range map[string]string{"identities": `{"schema":"drover/v1/identities","generation":1,"total":0}`, "error": `{"schema":"drover/v1/other","code":"x","message":"x","fix":null,"where":null}`, "tag": `{"schema":"drover/v1/tag","ref":"a","set":{},"removed":[],"more":1}`} {
		if err := validate(name, []byte(bad)); err == nil {
			t.Errorf("the schema %s accepts %s", name, bad)
		}
	}
	for name, args := range lines {
		out := must(t, 0, append(args, "-o", "json")...)
		if err := validate(name, []byte(out)); err != nil {
			t.Errorf("drover %s: %v", strings.Join(args, " "), err)
		}
		if name == "scan" {
			continue // it has its own id and time
		}
		if again := must(t, 0, append(args, "-o", "json")...); again != out {
			t.Errorf("drover %s prints something else the second time:\n%s", strings.Join(args, " "), cmp.Diff(out, again))
		}
	}
}

// A list of any length streams: 200,000 rows go through with the store's memory
// and a row at a time on top, and the total is exact.
func TestLongList(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const n = 200_000
	dir := fresh(t)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"node":{"ref":"a/-/b/%06d","kind":"identity","type":"a.b","name":"svc-%06d"}}`+"\n", i, i)
	}
	fmt.Fprintf(&b, `{"section":{"name":"all","coverage":"c","status":"ok","objects":%d}}`+"\n", n)
	must(t, 0, "scan", write(t, filepath.Join(dir, "many.jsonl"), b.String()), "-q")
	b.Reset()
	items := &lineCounter{}
	var base runtime.MemStats
	var errs bytes.Buffer
	if code := cli.Run(context.Background(), binary, []string{"list", "-o", "json"}, nil, items, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	runtime.ReadMemStats(&base)
	if !strings.Contains(items.head, fmt.Sprintf(`"total":%d,`, n)) || items.lines != n+1 {
		t.Errorf("%d lines, head %.100s", items.lines, items.head)
	}
	if items.grown > 160<<20 {
		t.Errorf("the heap grew by %d MiB while rows were written", items.grown>>20)
	}
}

// lineCounter counts lines, and how much the heap grows between the first and
// the last of them.
type lineCounter struct {
	head  string
	lines int
	start uint64
	grown uint64
	calls int
}

func (c *lineCounter) Write(p []byte) (int, error) {
	if c.calls%256 == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if c.head == "" {
			c.start = m.HeapAlloc
		}
		c.grown = max(c.grown, m.HeapAlloc-min(c.start, m.HeapAlloc))
	}
	if c.head == "" {
		c.head = string(p[:min(len(p), 200)])
	}
	c.calls++
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

// Every command says what it prints, so that a flag it cannot honour is refused.
func TestFlagsAreRefused(t *testing.T) {
	fresh(t)
	for _, args := range [][]string{{"version"}, {"doctor"}, {"init"}, {"source", "list"}, {"source", "add", "x", "machine"}, {"source", "test", "x"}, {"source", "perms", "machine"}, {"source", "disable", "x"},
		{"source", "enable", "x"}, {"source", "remove", "x"}, {"store", "size"}, {"store", "backup", "x"}, {"store", "restore", "x"}, {"store", "export"}, {"store", "import", "x"}, {"store", "compact"},
		{"interview", "new"}, {"interview", "import", "x"}, {"man", "x"}, {"schemas", "x"}, {"reference", "x"}, {"completion", "bash"}, {"tag", "a", "b"}, {"scan"}, {"config", "view"}} {
		for _, flag := range [][]string{{"--as-of", "7d"}, {"-o", "nonsense"}, {"-O", "file.nonsense"}, {"--jq", ".", "-o", "csv"}} {
			if _, errs, code := run(t, append(slices.Clone(args), flag...)...); code != 2 {
				t.Errorf("drover %s %s: exit code %d, want 2: %s", strings.Join(args, " "), strings.Join(flag, " "), code, errs)
			}
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("something was done: %v, %v", entries, err)
	}
}

// The reference in docs is what this binary says.
func TestReferenceIsFresh(t *testing.T) {
	docs, err := filepath.Abs("../docs/reference")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	must(t, 0, "reference", dir)
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(filepath.Join(docs, rel)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/reference/%s is not what the code says; run `make generate`", rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
