package git

import (
	"context"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/decode/gitobj"
)

// importer writes a random history for git fast-import: branches, merges of two
// and three, files that are changed, copied, moved, removed and brought back.
func importer(seed int64, commits int) string {
	r := rand.New(rand.NewSource(seed))
	var b strings.Builder
	type version map[string]string
	heads := []version{{}}
	marks := []int{0}
	for n := 1; n <= commits; n++ {
		i := r.Intn(len(heads))
		files := maps.Clone(heads[i])
		fmt.Fprintf(&b, "commit refs/heads/b%d\nmark :%d\ncommitter C <c@example.com> %d +0000\ndata 1\nx\n", i, n, 1700000000+n*3600-r.Intn(9000))
		if marks[i] > 0 {
			fmt.Fprintf(&b, "from :%d\n", marks[i])
		}
		for range r.Intn(3) {
			j := r.Intn(len(heads))
			if j == i || marks[j] == 0 || marks[i] == 0 || r.Intn(3) > 0 {
				continue
			}
			fmt.Fprintf(&b, "merge :%d\n", marks[j])
			maps.Copy(files, heads[j])
		}
		for range 1 + r.Intn(4) {
			name := fmt.Sprintf("d%d/e%d/f%d", r.Intn(3), r.Intn(3), r.Intn(4))
			switch r.Intn(5) {
			case 0:
				delete(files, name)
			case 1:
				for from, text := range files {
					files[name] = text
					_ = from
					break
				}
			default:
				files[name] = fmt.Sprintf("content %d\n", r.Intn(commits*2))
			}
		}
		b.WriteString("deleteall\n")
		for _, name := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", name, len(files[name]), files[name])
		}
		if len(heads) < 5 && r.Intn(10) == 0 {
			heads, marks = append(heads, files), append(marks, n)
			fmt.Fprintf(&b, "reset refs/heads/b%d\nfrom :%d\n\n", len(heads)-1, n)
		}
		heads[i], marks[i] = files, n
	}
	return b.String()
}

func gitCommand(t *testing.T, dir, input string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return string(out)
}

// The walk lists exactly the blobs that `git rev-list --objects --all` lists, and
// brings each in with a commit of `git log --find-object` that has no other of
// these among its ancestors.
func TestWalkAgainstGit(t *testing.T) {
	for seed := range int64(4) {
		dir := t.TempDir()
		gitCommand(t, dir, "", "init", "-q", "--bare")
		gitCommand(t, dir, importer(seed, 120), "fast-import", "--quiet", "--force")
		repo, err := gitobj.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		store, err := repo.Store()
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		r := gitobj.NewReader(1<<20, store)
		g := loadGraph(context.Background(), r, []*clone{{repo: repo, trees: []*gitobj.Repo{repo}, store: store}}, false)
		fail := func(where string, err error) { t.Errorf("%s: %v", where, err) }
		w := &walker{history: newHistory(), g: g, r: r, visits: map[gitobj.ID]int{}, fail: fail}
		if err := w.walk(context.Background(), func(int32) bool { return true }); err != nil || len(g.faults) > 0 {
			t.Fatal(err, g.faults)
		}
		var want, got []string
		for line := range strings.Lines(gitCommand(t, dir, gitCommand(t, dir, "", "rev-list", "--objects", "--all", "--no-object-names"), "cat-file", "--batch-check=%(objectname) %(objecttype)")) {
			if id, typ, _ := strings.Cut(strings.TrimSpace(line), " "); typ == "blob" {
				want = append(want, id)
			}
		}
		for _, id := range w.blobs {
			got = append(got, id.String())
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" || len(got) < 100 {
			t.Errorf("%d blobs (-git +walked):\n%s", len(got), d)
		}
		if got, want := len(g.ids), strings.Count(gitCommand(t, dir, "", "rev-list", "--all"), "\n"); got != want {
			t.Errorf("%d commits, git has %d", got, want)
		}
		for b := 0; b < len(w.blobs); b += 7 {
			commit := g.ids[w.first[b].commit].String()
			found := strings.Fields(gitCommand(t, dir, "", "log", "--all", "-m", "--format=%H", "--find-object="+w.blobs[b].String()))
			if !slices.Contains(found, commit) {
				t.Errorf("blob %s: brought by %s, git says one of %q", w.blobs[b], commit, found)
			}
			for _, ancestor := range strings.Fields(gitCommand(t, dir, "", "rev-list", commit)) {
				if ancestor != commit && slices.Contains(found, ancestor) {
					t.Errorf("blob %s: brought by %s, but its ancestor %s has it", w.blobs[b], commit, ancestor)
				}
			}
			path := w.paths[w.first[b].path]
			if id := strings.TrimSpace(gitCommand(t, dir, "", "rev-parse", commit+":"+path)); id != w.blobs[b].String() {
				t.Errorf("blob %s is not at %s:%s", w.blobs[b], commit, path)
			}
		}
	}
}

// A tree whose folders name one another many times over has more paths than can
// be listed; the walk ends and says so.
func TestTreeBomb(t *testing.T) {
	dir := t.TempDir()
	gitCommand(t, dir, "", "init", "-q", "--bare")
	id := strings.TrimSpace(gitCommand(t, dir, "x", "hash-object", "-w", "--stdin"))
	line := "100644 blob %s\tf%d\n"
	for range 12 {
		var b strings.Builder
		for i := range 10 {
			fmt.Fprintf(&b, line, id, i)
		}
		id = strings.TrimSpace(gitCommand(t, dir, b.String(), "mktree"))
		line = "040000 tree %s\td%d\n"
	}
	gitCommand(t, dir, fmt.Sprintf("commit refs/heads/main\ncommitter C <c@example.com> 1700000000 +0000\ndata 1\nx\nM 040000 %s \n\n", id), "fast-import", "--quiet")
	repo, err := gitobj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	store, err := repo.Store()
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	r := gitobj.NewReader(1<<20, store)
	g := loadGraph(t.Context(), r, []*clone{{repo: repo, trees: []*gitobj.Repo{repo}, store: store}}, false)
	said := 0
	w := &walker{history: newHistory(), g: g, r: r, visits: map[gitobj.ID]int{}, fail: func(string, error) {}, remark: func(string, string) { said++ }}
	if err := w.walk(t.Context(), func(int32) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if len(w.blobs) != 1 || said == 0 || len(w.more) > 12*maxSame*10 {
		t.Errorf("%d blobs, %d paths, said %d times", len(w.blobs), len(w.more)+1, said)
	}
}

// Patterns mean what the option's help says.
func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"vendor", "vendor/a/b", true}, {"vendor", "x/vendor/a", true}, {"vendor", "vendors/a", false}, {"vendor/**", "vendor/a/b", true},
		{"*.lock", "a/b.lock", true}, {"*.lock", "a/b.lock.txt", false}, {"a/*.go", "a/b/c.go", false}, {"a/**/c.go", "a/c.go", true},
		{"**/testdata/**", "x/y/testdata/z", true}, {"github.com/droverhq/*", "github.com/droverhq/drover", true}, {"a.b", "aXb", false},
	} {
		g, err := compileGlobs([]string{c.pattern})
		if err != nil {
			t.Fatal(err)
		}
		if got := g.match(c.path); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.path, got)
		}
	}
}

// A remote has one name however it is written, and none that holds a password.
func TestNormalRemote(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:pw@GitHub.com/Org/Repo.git": "github.com/org/repo", "git@github.com:Org/Repo.git": "github.com/org/repo", "ssh://git@git.example.com:2222/Team/Repo": "git.example.com/Team/Repo",
		"git.example.com:team/repo.git/": "git.example.com/team/repo", "/srv/git/repo.git": "", "../repo": "", "file:///srv/repo": "", `C:\repos\x`: "", "https://": "",
	} {
		if got := normalRemote(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
	none := settings{}
	for remote, want := range map[string]string{"": "internal", "github.com/a/b": "unknown", "git.corp/a": "internal", "10.0.0.7/a": "internal", "gitserver/a": "internal", "8.8.8.8/a": "unknown"} {
		if got, _ := exposure(remote, none); got != want {
			t.Errorf("exposure of %q: got %s, want %s", remote, got, want)
		}
	}
}
