// Package checktest is the contract suite that every check runs: examples in
// txtar files, each an estate in a notation of lines and the findings that are
// expected of it, five parts and all. It concludes as the product does, through
// graph/judge, so that an example proves what a user would see.
//
// One file of testdata holds
//
//	The sentence that it proves.
//	-- graph --
//	lines, see [Parse]
//	-- policy --
//	sections of drover.yaml; may be absent
//	-- effects --
//	on: the graph of effects is built; absent: checks that need it see none
//	-- want --
//	high aws/1/iam.access_key/AKIA1 [part]
//	  what: …
//	  why: …
//	  evidence: text | source | grade
//	  fix: text | $ command
//	  breaks: text (N) unknown: …
//	exempt aws/1/iam.role/AWSServiceRoleForX: reason
//
// Run `go test ./check/NAME -update` to write what is found into want, and read
// the difference before you commit it.
package checktest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/effective"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what is found into the want sections of testdata/*.txtar")

// An Option changes how examples are read.
type Option func(*options)

type options struct {
	systems []*effective.System
}

// Systems gives the permission languages that examples with effects need.
func Systems(list ...*effective.System) Option {
	return func(o *options) { o.systems = append(o.systems, list...) }
}

// Run asks a check about every example of testdata, and holds what it reports to
// the contract of findings: five parts, one line each, the same twice, nothing
// hostile that reaches a text or a command, a sentence that names its subject. At
// least one example must fire and one must stay silent.
func Run(t *testing.T, c *check.Check, opts ...Option) {
	t.Helper()
	if err := check.Validate([]*check.Check{c}); err != nil {
		t.Fatal(err)
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fires, silent := 0, 0
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			if example(t, c, file, &o) > 0 {
				fires++
			} else {
				silent++
			}
		})
	}
	if !t.Failed() && (fires == 0 || silent == 0) {
		t.Errorf("%d examples fire and %d stay silent: want at least one of each in testdata/*.txtar", fires, silent)
	}
}

func example(t *testing.T, c *check.Check, file string, o *options) int {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(a.Comment)) == "" {
		t.Errorf("%s: the comment before the first section is to say what the example proves", file)
	}
	x := read(t, a)
	r := ask(t, c, x.build(t, o))
	got := r.text()
	if want := section(a, "want"); got != want {
		if *update {
			put(t, a, file, got)
		} else {
			t.Errorf("%s: want (-) and got (+):\n%s", file, cmp.Diff(want, got))
		}
	}
	r.contract(t)
	x.again(t, c, o, r)
	return len(r.findings)
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func put(t *testing.T, a *txtar.Archive, file, want string) {
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
	if i < 0 {
		a.Files = append(a.Files, txtar.File{Name: "want"})
		i = len(a.Files) - 1
	}
	a.Files[i].Data = []byte(want)
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil { //nolint:gosec // an example is no secret
		t.Fatal(err)
	}
}

// read parses the sections of an example.
func read(t testing.TB, a *txtar.Archive) *notation {
	t.Helper()
	x, err := parse(section(a, "graph"))
	if err != nil {
		t.Fatal(err)
	}
	x.policy = section(a, "policy")
	x.effects = strings.TrimSpace(section(a, "effects")) == "on"
	for _, f := range a.Files {
		if !slices.Contains([]string{"graph", "policy", "effects", "want"}, f.Name) {
			t.Errorf("section %q is none of graph, policy, effects, want", f.Name)
		}
	}
	return x
}

// Estate makes the estate of a text in txtar, or of lines alone, for tests of
// more than one check.
func Estate(t testing.TB, text string, opts ...Option) *check.Estate {
	t.Helper()
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	if !strings.HasPrefix(text, "-- ") && !strings.Contains(text, "\n-- ") {
		text = "-- graph --\n" + text
	}
	return read(t, txtar.Parse([]byte(text))).build(t, &o)
}

// A result is what a check says of an estate.
type result struct {
	findings []drover.Finding
	exempt   []check.Exemption
}

func ask(t testing.TB, c *check.Check, e *check.Estate) *result {
	t.Helper()
	r := &result{}
	err := check.Run(context.Background(), e, []*check.Check{c}, check.Options{
		Finding: func(f drover.Finding) error { r.findings = append(r.findings, f); return nil },
		Exempt:  func(x check.Exemption) { r.exempt = append(r.exempt, x) },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.sort()
	return r
}
