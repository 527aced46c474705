package git_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/git"
)

// broken makes a packed repository with a secret in each of many files.
func broken(t *testing.T) (y *yard, values map[string]string) {
	t.Helper()
	y = newYard(t)
	values = map[string]string{}
	for i := range 30 {
		name := fmt.Sprintf("f%02d", i)
		values[name] = token(name)
		y.write(name, "T="+values[name]+"\n")
		if i%10 == 9 {
			y.commit(name)
		}
	}
	y.git("gc", "-q", "--prune=now")
	return y, values
}

func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, ".git", pattern))
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %q %v", pattern, list, err)
	}
	if err := os.Chmod(list[0], 0o644); err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// Whatever is damaged, the scan ends, says so, is not called complete, and finds
// nothing that is not there.
func TestDamage(t *testing.T) {
	edit := func(pattern string, f func([]byte) []byte) func(*testing.T, *yard) {
		return func(t *testing.T, y *yard) {
			path := one(t, y.dir, pattern)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f(b), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, damage := range map[string]func(*testing.T, *yard){
		"pack cut off":     edit("objects/pack/*.pack", func(b []byte) []byte { return b[:len(b)/2] }),
		"pack emptied":     edit("objects/pack/*.pack", func(b []byte) []byte { return nil }),
		"index cut off":    edit("objects/pack/*.idx", func(b []byte) []byte { return b[:len(b)/2] }),
		"index of rubbish": edit("objects/pack/*.idx", func(b []byte) []byte { return bytes.Repeat([]byte{7}, len(b)) }),
		"byte flipped":     edit("objects/pack/*.pack", func(b []byte) []byte { b[len(b)/2] ^= 0x55; return b }),
		"offsets wrong": edit("objects/pack/*.idx", func(b []byte) []byte {
			n := int(binary.BigEndian.Uint32(b[8+255*4:]))
			table := b[8+1024+24*n:]
			for i := range n {
				binary.BigEndian.PutUint32(table[4*i:], uint32(i*7919))
			}
			return b
		}),
		"ref of rubbish": func(t *testing.T, y *yard) {
			y.git("branch", "x")
			if err := os.WriteFile(filepath.Join(y.dir, ".git/refs/heads/x"), []byte("\x1b[31mrubbish"), 0o644); err != nil {
				t.Fatal(err)
			}
		},
		"no objects": func(t *testing.T, y *yard) {
			if err := os.Remove(one(t, y.dir, "objects/pack/*.pack")); err != nil {
				t.Fatal(err)
			}
			y.t.Helper()
		},
	} {
		t.Run(name, func(t *testing.T) {
			y, values := broken(t)
			whole := places(t, scan(t, y.dir), values)
			if len(whole) != 30 {
				t.Fatalf("%d places before the damage", len(whole))
			}
			damage(t, y)
			r := scan(t, y.dir, "worktree", "false")
			if r.Status() == drover.StatusOK {
				t.Errorf("status ok: %+v", r.Sections)
			}
			for _, p := range places(t, r, values) {
				if !slices.Contains(whole, p) && !strings.Contains(p, "@") {
					t.Errorf("found %s, which is not there", p)
				}
			}
			lost := false
			for _, s := range r.Sections {
				for _, n := range s.Notes {
					lost = lost || n.Lost
				}
			}
			if !lost {
				t.Errorf("nothing is said to be lost: %+v", r.Sections)
			}
		})
	}
}

// A clone that holds a part of the history says so, and removes nothing.
func TestParts(t *testing.T) {
	y, values := broken(t)
	y.git("config", "uploadpack.allowFilter", "true")
	base := filepath.Dir(y.dir)
	for name, c := range map[string]struct {
		args  []string
		says  string
		found int
	}{
		"shallow":  {[]string{"--depth=1"}, "a shallow clone: what lies before 1 commits", 30},
		"partial":  {[]string{"--filter=blob:none", "--no-checkout"}, "a partial clone: 30 versions of files", 0},
		"treeless": {[]string{"--filter=tree:0", "--no-checkout"}, "a partial clone: ", 0},
	} {
		dir := filepath.Join(base, name)
		y.git(append(append([]string{"clone", "-q"}, c.args...), "file://"+y.dir, dir)...)
		r := scan(t, dir)
		if r.Status() != drover.StatusOK {
			t.Errorf("%s: %+v", name, r.Sections)
		}
		said := false
		for _, s := range r.Sections {
			for _, n := range s.Notes {
				said = said || strings.HasPrefix(n.Text, c.says)
			}
		}
		kept := slices.ContainsFunc(r.Kept, func(k string) bool { return strings.HasSuffix(k, "#tree") })
		if got := len(places(t, r, values)); !said || !kept || got != c.found {
			t.Errorf("%s: %d places, want %d; said %v; kept %v", name, got, c.found, said, r.Kept)
		}
	}
}

// A window reads what came in since, and what is checked out; it removes nothing.
func TestWindow(t *testing.T) {
	y := newYard(t)
	y.now = connectortest.Now.Unix() - 300*86400
	v := map[string]string{"old": token("old"), "older": token("older"), "new": token("new")}
	y.write("older", "T="+v["older"]+"\n")
	y.commit("older")
	y.git("rm", "-q", "older")
	y.write("old", "T="+v["old"]+"\n")
	c1 := y.commit("old")
	y.now = connectortest.Now.Unix() - 20*86400
	y.write("new", "T="+v["new"]+"\n")
	c2 := y.commit("new")
	_ = c1
	for history, want := range map[string][]string{
		"90d":  {"new new:1@" + c2[:12], "old old:1"},
		"none": {"new new:1", "old old:1"},
		"2y":   {"new new:1@" + c2[:12], "old old:1@" + c1[:12], "older older:1@" + y.git("rev-list", "--max-parents=0", "HEAD")[:12]},
	} {
		r := scan(t, y.dir, "history", history)
		if d := cmp.Diff(want, places(t, r, v)); d != "" {
			t.Errorf("%s (-want +got):\n%s", history, d)
		}
		if !slices.ContainsFunc(r.Kept, func(k string) bool { return strings.HasSuffix(k, "#tree") }) {
			t.Errorf("%s: nothing is kept: %q", history, r.Kept)
		}
	}
}

// Loops of links and of folders end; names that a terminal would obey come out
// as valid text; a file of zeros that inflates to much is not read.
func TestHostile(t *testing.T) {
	y := newYard(t)
	v := map[string]string{"a": token("a"), "author": token("author")}
	y.who = "\x1b[31mMallory\u202e " + v["author"] + " <mal\x1blory@example.com>"
	y.write("d/\x1b[2Jname\u202e\nline "+githubToken("in a name"), "T="+v["a"]+"\n")
	y.write("zeros", strings.Repeat("\x00", 20<<20))
	for name, target := range map[string]string{"loop": "loop", "up": "..", "d/gitdir": "../.git"} {
		if err := os.Symlink(target, filepath.Join(y.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	y.commit("hostile")
	if err := os.MkdirAll(filepath.Join(y.dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	y.write("sub/.git", "gitdir: ../sub")
	r := scan(t, y.dir)
	var text strings.Builder
	fmt.Fprintf(&text, "%+v %+v %+v", r.Nodes, r.Edges, r.Sections)
	connectortest.NoCanary(t, text.String(), []string{v["a"], v["author"], githubToken("in a name")})
	if n := len(r.ByType("git.line")); n != 1 {
		t.Errorf("%d places", n)
	}
	repo := r.Sections[1]
	if len(r.Sections) != 2 || repo.Status != drover.StatusOK || !slices.ContainsFunc(repo.Notes, func(n drover.Note) bool { return strings.HasPrefix(n.Text, "not read: larger") }) {
		t.Errorf("sections: %+v", r.Sections)
	}
	if f := r.Sections[0]; f.Name != "folders" || f.Status != drover.StatusPartial {
		t.Errorf("a .git file that names no repository is not said: %+v", f)
	}
}

// Ctrl-C ends a scan soon, and claims nothing.
func TestCancel(t *testing.T) {
	y, _ := broken(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := connectortest.CollectContext(ctx, t, git.Connector, map[string][]string{"paths": {y.dir}})
	if !errors.Is(r.Err, context.Canceled) || r.Status() == drover.StatusOK {
		t.Errorf("got %v, %s", r.Err, r.Status())
	}
	if _, err := git.Staged(ctx, y.dir, ""); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("staged: %v", err)
	}
}

// One repository is one thing: two clones of it are, a fork is not.
func TestClones(t *testing.T) {
	y := newYard(t)
	y.write("a", "T="+token("a")+"\n")
	c := y.commit("one")
	base := filepath.Dir(y.dir)
	for dir, remote := range map[string]string{"clone1": "https://github.com/acme/app.git", "clone2": "git@github.com:Acme/App.git", "fork": "https://github.com/someone/app"} {
		y.git("clone", "-q", y.dir, filepath.Join(base, dir))
		run(t, filepath.Join(base, dir), "remote", "set-url", "origin", remote)
	}
	r := scan(t, base)
	var ids []string
	for _, n := range r.ByType("git.repository") {
		ids = append(ids, string(n.Ref))
	}
	want := []string{"git/-/repository/root:" + c, "git/github.com/repository/acme%2Fapp", "git/github.com/repository/someone%2Fapp"}
	slices.Sort(ids)
	if d := cmp.Diff(want, ids); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := places(t, r, map[string]string{"a": token("a")}); len(got) != 1 || len(r.ByType("git.line")) != 3 {
		t.Errorf("one secret in three repositories: %q", got)
	}
	if n := len(r.ByType("gitlab.personal_project_or_group_access_token")); n != 1 {
		t.Errorf("%d credentials", n)
	}
}
