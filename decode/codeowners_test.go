package decode_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/decode"
)

// The examples of GitHub's "About code owners" and what it says that they cover.
func TestCodeOwnersCover(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{"*", []string{"a", "a/b/c.go"}, nil},
		{"*.js", []string{"x.js", "a/b/x.js"}, []string{"x.jsx"}},
		{"/build/logs/", []string{"build/logs/a", "build/logs/b/c"}, []string{"x/build/logs/a", "build/logs"}},
		{"docs/*", []string{"docs/getting-started.md"}, []string{"docs/build-app/troubleshooting.md", "x/docs/a.md"}},
		{"apps/", []string{"apps/a", "x/apps/b/c"}, []string{"apps"}},
		{"/docs/", []string{"docs/a/b"}, []string{"x/docs/a"}},
		{"**/logs", []string{"build/logs/a", "logs/x", "deeply/nested/logs/y"}, []string{"logsx/a"}},
		{"/apps/github", []string{"apps/github", "apps/github/a/b"}, []string{"apps/githubs"}},
		{"/scripts/", []string{"scripts/x"}, []string{"a/scripts/x"}},
		{"a/**/z.go", []string{"a/z.go", "a/b/c/z.go"}, []string{"z.go"}},
		{"file with space.txt", []string{"a/file with space.txt"}, nil},
		{"/**", []string{"a", "a/b"}, nil},
		{"/", []string{"a/b"}, nil},
		{"te?t.go", []string{"test.go"}, []string{"tes/t.go"}},
		{"!a", nil, []string{"a"}},
	} {
		for _, p := range c.yes {
			if !decode.CodeOwnersCover(c.pattern, p) {
				t.Errorf("%q does not cover %q", c.pattern, p)
			}
		}
		for _, p := range c.no {
			if decode.CodeOwnersCover(c.pattern, p) {
				t.Errorf("%q covers %q", c.pattern, p)
			}
		}
	}
}

func TestCodeOwners(t *testing.T) {
	c, err := decode.ParseCodeOwners([]byte("# who owns what\n* @acme/all # the rest\n\n/deploy/ @acme/ops ops@acme.example\n/deploy/public/\nmy\\ file.txt @omar\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"main.go":           {"@acme/all"},
		"deploy/x.yaml":     {"@acme/ops", "ops@acme.example"},
		"deploy/public/x":   nil, // a later line without owners takes it out again
		"a/b/my file.txt":   {"@omar"},
		"deploy/my file.go": {"@acme/ops", "ops@acme.example"},
	} {
		rules := c.Match(path)
		if len(rules) != 1 {
			t.Fatalf("%s: %d rules decide", path, len(rules))
		}
		if d := cmp.Diff(want, rules[0].Owners); d != "" {
			t.Errorf("%s: want (-), got (+):\n%s", path, d)
		}
	}
	if got := c.Match("deploy/x.yaml")[0].Line; got != 4 {
		t.Errorf("line %d, want 4", got)
	}
}

// GitLab's sections each have an owner, and their default stands in for lines
// that name nobody.
func TestCodeOwnersSections(t *testing.T) {
	c, err := decode.ParseCodeOwners([]byte("* @all\n[Database][2] @dba\nmodel/db/\nmodel/db/seed.sql @seed\n^[Docs] @writers\ndocs/\n*.md @md\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range c.Match("model/db/seed.sql") {
		got[r.Section] = strings.Join(r.Owners, " ")
	}
	if d := cmp.Diff(map[string]string{"": "@all", "database": "@seed"}, got); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
	for _, r := range c.Match("docs/a.md") {
		if r.Section == "docs" && (!r.Optional || r.Owners[0] != "@md") {
			t.Errorf("docs: %+v", r)
		}
	}
	if r := c.Match("model/db/x.sql"); len(r) != 2 || r[1].Owners[0] != "@dba" {
		t.Errorf("a line without owners: %+v", r)
	}
}

func FuzzCodeOwners(f *testing.F) {
	f.Add("* @a\n/x/ b@c.example\n[S][2] @d\n**/y\n", "x/y/z")
	f.Add("\\# x\n^[\n[\n[]][", "a")
	f.Add(strings.Repeat("*", 300)+" @a", strings.Repeat("a/", 200))
	f.Fuzz(func(t *testing.T, text, path string) {
		c, err := decode.ParseCodeOwners([]byte(text))
		if err == nil && len(c.Rules) > strings.Count(text, "\n")+1 {
			t.Errorf("%d rules in %q", len(c.Rules), text)
		}
		for _, r := range c.Match(path) {
			if !decode.CodeOwnersCover(r.Pattern, path) {
				t.Errorf("%q decides for %q and does not cover it", r.Pattern, path)
			}
		}
	})
}
