package git

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/connector"
)

// Folders that hold repositories are suggested once, and the repository at hand
// where none of them holds it.
func TestSuggest(t *testing.T) {
	home := t.TempDir()
	repo := func(path string) string {
		path = filepath.Join(home, path)
		for name, text := range map[string]string{"HEAD": "ref: refs/heads/main\n", "objects/info/x": "", "refs/heads/x": ""} {
			f := filepath.Join(path, ".git", name)
			if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	shop := repo("src/github.com/acme/shop")
	alone := repo("My Own/tool")
	if err := os.MkdirAll(filepath.Join(home, "code", "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	in := func(dir string) func(string) string {
		return func(name string) string { return map[string]string{"PWD": dir}[name] }
	}
	src := connector.Suggestion{ID: "git-src", Options: map[string]string{"paths": filepath.Join(home, "src")}, Why: "repositories below " + filepath.Join(home, "src")}
	for name, c := range map[string]struct {
		pwd  string
		want []connector.Suggestion
	}{
		"elsewhere":       {home, []connector.Suggestion{src}},
		"in one of them":  {filepath.Join(shop, "x"), []connector.Suggestion{src}},
		"in another":      {alone, []connector.Suggestion{src, {ID: "git-tool", Options: map[string]string{"paths": alone}, Why: "the repository of the current folder"}}},
		"nobody knows in": {"", []connector.Suggestion{src}},
	} {
		if d := cmp.Diff(c.want, suggest(in(c.pwd), home)); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
	if got := suggest(in(""), t.TempDir()); len(got) != 0 {
		t.Errorf("an empty home: %v", got)
	}
}
