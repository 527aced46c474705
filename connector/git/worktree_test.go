package git_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/git"
	"github.com/droverhq/drover/decode/gitobj"
)

// What is not committed is found where it lies, and only what is not ignored.
func TestWorktree(t *testing.T) {
	y := newYard(t)
	v := map[string]string{"committed": token("c"), "changed": token("m"), "new": token("n"), "forced": token("f"), "config": token("u"), "linked": token("l")}
	y.write("a.env", "TOKEN="+v["committed"]+"\n")
	y.write(".gitignore", "*.log\n/build/\n!keep.log\nsecret[0-9].txt\n")
	y.write("build/forced.env", "T="+v["forced"]+"\n")
	y.git("add", "-f", "build/forced.env")
	c := y.commit("one")
	y.write("a.env", "\nTOKEN="+v["committed"]+"\nOTHER="+v["changed"]+"\n")
	y.write("sub/new.env", "T="+v["new"]+"\n")
	for _, ignored := range []string{"x.log", "build/x.env", "deep/secret1.txt"} {
		y.write(ignored, "T="+token(ignored)+"\n")
	}
	y.git("remote", "add", "x", "https://oauth2:"+v["config"]+"@gitlab.example.com/a/b.git")
	wt := filepath.Join(filepath.Dir(y.dir), "linked")
	y.git("worktree", "add", "-q", wt, "-b", "other")
	if err := os.WriteFile(filepath.Join(wt, "in linked.env"), []byte("T="+v["linked"]+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"changed " + y.dir + "/a.env:3",
		"committed a.env:1@" + c[:12],
		"config " + y.dir + "/.git/config:7",
		"forced build/forced.env:1@" + c[:12],
		"linked " + wt + "/in linked.env:1",
		"new " + y.dir + "/sub/new.env:1",
	}
	got := places(t, scan(t, filepath.Dir(y.dir)), v)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// What git takes for untracked or changed is what was read.
	for line := range strings.Lines(y.git("ls-files", "--others", "--exclude-standard")) {
		if strings.TrimSpace(line) != "sub/new.env" {
			t.Errorf("git has another untracked file: %s", line)
		}
	}
}

// A submodule is a repository of its own where it is checked out; where it is not,
// the scan says so and goes on.
func TestSubmodules(t *testing.T) {
	inner := newYard(t)
	inner.write("a.env", "T="+token("inner")+"\n")
	inner.commit("one")
	y := newYard(t)
	for _, name := range []string{"lib/here", "lib/absent"} {
		y.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", inner.dir, name)
	}
	y.commit("two")
	y.git("submodule", "deinit", "-q", "-f", "lib/absent")
	r := scan(t, y.dir)
	if r.Status() != drover.StatusOK {
		t.Errorf("got status %s, want ok", r.Status())
	}
	var got []string
	for _, s := range r.Sections {
		for _, n := range s.Notes {
			if n.Unread {
				got = append(got, n.Where)
			}
		}
	}
	if d := cmp.Diff([]string{"lib/absent"}, got); d != "" {
		t.Errorf("unread (-want +got):\n%s", d)
	}
	if len(places(t, r, map[string]string{"inner": token("inner")})) == 0 {
		t.Error("the submodule that is checked out was not read")
	}
}

// The hook finds what a commit would add, and nothing that was there before.
func TestStaged(t *testing.T) {
	for _, version := range []string{"2", "4"} {
		y := newYard(t)
		y.git("config", "index.version", version)
		staged := func() []string { t.Helper(); return staged(t, y.dir) }
		if got := staged(); got != nil {
			t.Errorf("an empty repository: %q", got)
		}
		y.write("old.env", "A="+token("1")+"\n")
		y.git("add", "-A")
		if got, want := staged(), []string{"old.env:1 gitlab-pat"}; !slices.Equal(got, want) {
			t.Errorf("before the first commit: got %q, want %q", got, want)
		}
		y.commit("one")
		y.write("old.env", "\n\nA="+token("1")+"\n")
		y.write("sub/dir/new.env", "B="+githubToken("2")+"\n")
		y.write("unstaged.env", "C="+token("3")+"\n")
		y.git("add", "old.env", "sub")
		if got, want := staged(), []string{"sub/dir/new.env:1 github-pat"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		y.write("old.env", "A="+token("1")+"\nA="+token("4")+"\n")
		y.git("add", "old.env")
		y.write(".gitleaksignore", "sub/dir/new.env:github-pat:1\n")
		if got, want := staged(), []string{"old.env:2 gitlab-pat"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := git.Staged(t.Context(), t.TempDir(), ""); err == nil {
		t.Error("no error outside a repository")
	}
}

// Findings that somebody has listed are left out, and counted.
func TestIgnore(t *testing.T) {
	y := newYard(t)
	v := map[string]string{"a": token("a"), "b": token("b"), "c": token("c"), "d": token("d")}
	y.write("a.env", "T="+v["a"]+"\n")
	y.write("b.env", "T="+v["b"]+"\n")
	y.write("vendor/c.env", "T="+v["c"]+"\n")
	y.write("d.env", "T="+v["d"]+" # gitleaks:"+"allow\n")
	c := y.commit("one")
	y.write("a.env", "T="+v["a"]+"\nmore\n") // the same secret in a later version stays ignored
	y.write("e.env", "T="+v["b"]+"\n")
	y.write(".gitleaksignore", "# seen\n"+c+":a.env:gitlab-pat:1\nb.env:gitlab-pat:1\n")
	c2 := y.commit("two")
	r := scan(t, y.dir, "exclude", "vendor")
	if d := cmp.Diff([]string{"b e.env:1@" + c2[:12]}, places(t, r, v)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s := r.Sections[1]; !slices.ContainsFunc(s.Notes, func(n drover.Note) bool { return strings.HasPrefix(n.Text, "2 secrets left out") }) {
		t.Errorf("notes: %+v", s.Notes)
	}
}

func staged(t testing.TB, dir string) []string {
	t.Helper()
	hits, err := git.Staged(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range hits {
		out = append(out, h.Path+":"+strconv.Itoa(h.Line)+" "+h.Rule+h.Unread)
	}
	slices.Sort(out)
	return out
}

// What is staged is read from an index that is split, too.
func TestStagedInSplitIndex(t *testing.T) {
	y := newYard(t)
	for i := range 200 {
		y.write("f"+strconv.Itoa(i), "text "+strconv.Itoa(i)+"\n")
	}
	y.commit("one")
	y.git("update-index", "--split-index")
	y.write("f7", "A="+token("replaced")+"\n")
	y.write("new", "B="+token("added")+"\n")
	y.git("rm", "-q", "--cached", "f9")
	y.git("-c", "core.splitIndex=true", "-c", "splitIndex.maxPercentChange=100", "add", "f7", "new")
	if _, err := os.Stat(filepath.Join(y.dir, ".git", "index")); err != nil {
		t.Fatal(err)
	}
	if shared, _ := filepath.Glob(filepath.Join(y.dir, ".git", "sharedindex.*")); len(shared) == 0 {
		t.Fatal("git did not split the index")
	}
	if diff := cmp.Diff([]string{"f7:1 gitlab-pat", "new:1 gitlab-pat"}, staged(t, y.dir)); diff != "" {
		t.Error(diff)
	}
	repo, err := gitobj.Open(y.dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := repo.Index()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, e.Path+" "+e.ID.String())
	}
	slices.Sort(got)
	var want []string
	for line := range strings.Lines(y.git("ls-files", "-s")) {
		f := strings.Fields(line)
		want = append(want, f[3]+" "+f[1])
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
