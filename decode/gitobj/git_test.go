package gitobj_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/gitobj"
)

// git runs the real git, the foreign program that these tests believe.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	return feed(t, dir, "", args...)
}

func feed(t testing.TB, dir, input string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com",
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_AUTHOR_DATE=1700000000 +0100", "GIT_COMMITTER_DATE=1700000100 +0100")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// grow makes a repository with many versions of a few files, a merge, tags,
// folders, a link and an odd name.
func grow(t testing.TB, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, append([]string{"init", "-q", "-b", "main"}, args...)...)
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("line %d of a file that changes a little each time, %d", i, i*i*7919))
	}
	var b strings.Builder
	for i := range 25 {
		lines[i*2] += fmt.Sprint(" changed ", i)
		fmt.Fprintf(&b, "commit refs/heads/main\ncommitter C O Mitter <committer@example.com> %d +0100\ndata 1\nx\n", 1699990000+i*60)
		for name, text := range map[string]string{"src/deep/er/file.txt": strings.Join(lines, "\n"), fmt.Sprintf("src/%d.txt", i%5): fmt.Sprint(i)} {
			fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text)
		}
	}
	feed(t, dir, b.String(), "-c", "fastimport.unpackLimit=10000", "fast-import", "--quiet")
	git(t, dir, "reset", "-q", "--hard")
	git(t, dir, "checkout", "-q", "-b", "side", "HEAD~5")
	write(t, dir, "side \"file\"\tü", "on the side\n")
	if err := os.Symlink("src/1.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "side")
	git(t, dir, "checkout", "-q", "main")
	git(t, dir, "merge", "-q", "--no-ff", "-m", "merge", "side")
	git(t, dir, "tag", "-a", "-m", "one", "v1")
	git(t, dir, "tag", "light", "HEAD~3")
	return dir
}

// shapes are the ways in which git stores the same objects.
var shapes = map[string]func(t *testing.T) string{
	"loose": func(t *testing.T) string { return grow(t) },
	"sha256": func(t *testing.T) string {
		dir := grow(t, "--object-format=sha256")
		git(t, dir, "repack", "-q", "-a", "-d")
		return dir
	},
	"packed": func(t *testing.T) string {
		dir := grow(t)
		git(t, dir, "gc", "-q", "--aggressive", "--prune=now")
		return dir
	},
	"index v1": func(t *testing.T) string {
		dir := grow(t)
		git(t, dir, "-c", "pack.indexVersion=1", "repack", "-q", "-a", "-d")
		return dir
	},
	"ref deltas": func(t *testing.T) string {
		dir := grow(t)
		git(t, dir, "-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f", "--depth=200", "--window=50")
		return dir
	},
	"many packs": func(t *testing.T) string {
		dir := grow(t)
		git(t, dir, "repack", "-q", "-d")
		write(t, dir, "more", "more")
		git(t, dir, "add", "more")
		git(t, dir, "commit", "-q", "-m", "more")
		git(t, dir, "repack", "-q", "-d")
		write(t, dir, "even more", "more")
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-q", "-m", "even more")
		return dir
	},
	"multi-pack index": func(t *testing.T) string {
		dir := grow(t)
		git(t, dir, "repack", "-q", "-d")
		write(t, dir, "more", "more")
		git(t, dir, "add", "more")
		git(t, dir, "commit", "-q", "-m", "more")
		git(t, dir, "repack", "-q", "-d")
		git(t, dir, "multi-pack-index", "write")
		return dir
	},
	"borrowed": func(t *testing.T) string {
		from := grow(t)
		git(t, from, "repack", "-q", "-a", "-d")
		dir := filepath.Join(t.TempDir(), "clone")
		git(t, from, "clone", "-q", "--shared", from, dir)
		write(t, dir, "own", "own")
		git(t, dir, "add", "own")
		git(t, dir, "commit", "-q", "-m", "own")
		return dir
	},
	"bare": func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "bare.git")
		git(t, "/", "clone", "-q", "--bare", grow(t), dir)
		return dir
	},
}

// Every object that git lists is read as git reads it, and no other is listed,
// however it is stored.
func TestObjects(t *testing.T) {
	for name, make := range shapes {
		t.Run(name, func(t *testing.T) {
			dir := make(t)
			want := catFile(t, dir)
			if name == "multi-pack index" {
				// The packs are then known to the one index alone, as git allows.
				for _, idx := range glob(t, dir, ".git/objects/pack/*.idx") {
					if err := os.Remove(idx); err != nil {
						t.Fatal(err)
					}
				}
			}
			repo, err := gitobj.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			store, err := repo.Store()
			if err != nil || len(store.Faults) > 0 {
				t.Fatal(err, store.Faults)
			}
			defer store.Close()
			r := gitobj.NewReader(1<<20, store)
			got := map[string]string{}
			store.All(func(id gitobj.ID) bool {
				typ, data, err := r.Read(id, 1<<20)
				if err != nil {
					t.Error(err)
				}
				got[id.String()] = typ.String() + " " + string(data)
				return true
			})
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("objects (-git +read):\n%s", d)
			}
			if len(got) < 100 {
				t.Errorf("only %d objects", len(got))
			}
		})
	}
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return list
}

// catFile is what git says of all objects: name -> type and content.
func catFile(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	r := bufio.NewReader(strings.NewReader(git(t, dir, "cat-file", "--batch-all-objects", "--batch")))
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			return out
		}
		var id, typ string
		var size int
		if _, err := fmt.Sscan(line, &id, &typ, &size); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, size+1)
		if _, err := io.ReadFull(r, data); err != nil {
			t.Fatal(err)
		}
		out[id] = typ + " " + string(data[:size])
	}
}

// Refs are those that git lists, packed or loose, a loose one before a packed.
func TestRefs(t *testing.T) {
	dir := grow(t)
	git(t, dir, "pack-refs", "--all")
	git(t, dir, "branch", "-f", "side", "main~2")
	git(t, dir, "worktree", "add", "-q", "--detach", filepath.Join(t.TempDir(), "wt"), "main~4")
	var want []string
	for line := range strings.Lines(git(t, dir, "for-each-ref", "--format=%(objectname) %(refname)")) {
		want = append(want, strings.TrimSpace(line))
	}
	repo, err := gitobj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	refs, err := repo.Refs()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range refs {
		if strings.HasPrefix(r.Name, "refs/") {
			got = append(got, r.ID.String()+" "+r.Name)
		} else if r.Name != "worktrees/wt/HEAD" || r.ID.String() != strings.TrimSpace(git(t, dir, "rev-parse", "main~4")) {
			t.Errorf("unexpected %v", r)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("refs (-git +read):\n%s", d)
	}
	head, branch, err := repo.Head()
	if err != nil || branch != "main" || head.String() != strings.TrimSpace(git(t, dir, "rev-parse", "HEAD")) {
		t.Errorf("head: %s %s %v", head, branch, err)
	}
}

// The index is read as `git ls-files --stage` does, in each of its versions.
func TestIndex(t *testing.T) {
	dir := grow(t)
	for _, version := range []string{"2", "3", "4"} {
		git(t, dir, "update-index", "--index-version", version)
		if version == "3" {
			git(t, dir, "update-index", "--skip-worktree", "src/1.txt") // only then is it written as 3
		}
		repo, err := gitobj.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		list, err := repo.Index()
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, e := range list {
			fmt.Fprintf(&got, "%06o %s %d\t%s\x00", e.Mode, e.ID, e.Stage, e.Path)
			if want := version != "2" && e.Path == "src/1.txt"; e.SkipTree != want {
				t.Errorf("version %s: %s: skip-worktree %v", version, e.Path, e.SkipTree)
			}
		}
		if d := cmp.Diff(git(t, dir, "ls-files", "--stage", "-z"), got.String()); d != "" {
			t.Errorf("version %s (-git +read):\n%s", version, d)
		}
	}
}

// Commits and trees say what git prints of them; the configuration too.
func TestParts(t *testing.T) {
	dir := grow(t)
	git(t, dir, "remote", "add", "origin", "ssh://git@example.com:2222/org/repo.git")
	git(t, dir, "config", "remote.x \"y\".url", `a "quoted" # value; \ here`)
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
	for line := range strings.Lines(git(t, dir, "log", "--all", "--format=%H %T %at %ct [%P] %an <%ae>")) {
		id, err := gitobj.ParseID(line[:40])
		if err != nil {
			t.Fatal(err)
		}
		_, data, err := r.Read(id, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		c, err := gitobj.ParseCommit(data)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s %s %d %d %v %s <%s>\n", id, c.Tree, c.Author.Time.Unix(), c.Committer.Time.Unix(), c.Parents, c.Author.Name, c.Author.Email)
		if got != line {
			t.Errorf("commit: got %s, want %s", got, line)
		}
	}
	if got := repo.Remotes()["origin"]; !slices.Equal(got, []string{"ssh://git@example.com:2222/org/repo.git"}) {
		t.Errorf("origin: %q", got)
	}
	for _, s := range repo.Config {
		name := s.Section + "." + s.Key
		if s.Subsection != "" {
			name = s.Section + "." + s.Subsection + "." + s.Key
		}
		if want := strings.TrimSuffix(git(t, dir, "config", "--get", name), "\n"); s.Value != want {
			t.Errorf("config %s: got %q, want %q", name, s.Value, want)
		}
	}
}

// What is no repository, or one of a kind that cannot be read, is an error and
// never a repository with nothing in it.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := gitobj.Open(dir); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("an empty folder: %v", err)
	}
	write(t, dir, ".git", "gitdir: .")
	if _, err := gitobj.Open(dir); err == nil {
		t.Error("a .git file that names its own folder was taken")
	}
	dir = grow(t)
	git(t, dir, "config", "extensions.refStorage", "reftable")
	if _, err := gitobj.Open(dir); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("ref tables: %v", err)
	}
}
