package git_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What only a reflog keeps is read and said to be so: amended and dropped commits,
// older stashes. What a ref reaches too is told by that.
func TestReflogs(t *testing.T) {
	y := newYard(t)
	y.write("a", "nothing\n")
	y.commit("one")
	y.write("keep.env", "A="+token("kept")+"\n")
	y.write("b.env", "B="+token("amended")+"\n")
	amended := y.commit("two")
	y.write("b.env", "B=none\n")
	y.commit("two, better", "--amend")
	kept := y.git("rev-parse", "HEAD")
	y.write("c.env", "C="+token("dropped")+"\n")
	dropped := y.commit("three")
	y.git("reset", "-q", "--hard", "HEAD~1")
	for _, s := range []string{"older", "newer"} {
		y.write("a", "S="+token(s)+"\n")
		y.now += 60
		y.git("stash", "-q")
	}
	values := map[string]string{"kept": token("kept"), "amended": token("amended"), "dropped": token("dropped"), "older": token("older"), "newer": token("newer")}
	older, newer := y.git("rev-parse", "stash@{1}"), y.git("rev-parse", "stash@{0}")
	r := scan(t, y.dir)
	want := []string{
		"amended b.env:1@" + amended[:12], "dropped c.env:1@" + dropped[:12], "kept keep.env:1@" + kept[:12],
		"newer a:1@" + newer[:12], "older a:1@" + older[:12],
	}
	if diff := cmp.Diff(want, places(t, r, values)); diff != "" {
		t.Error(diff)
	}
	var only []string
	for _, n := range r.ByType("git.line") {
		if yes, _ := n.Attrs.Bool("only_in_reflog"); yes {
			name, _, _ := strings.Cut(n.Name, ":")
			only = append(only, name)
		}
	}
	slices.Sort(only)
	if diff := cmp.Diff([]string{"a", "b.env", "c.env"}, only); diff != "" {
		t.Error(diff)
	}
	got := places(t, scan(t, y.dir, "reflogs", "false"), values)
	if diff := cmp.Diff([]string{want[2], want[3]}, got); diff != "" {
		t.Error("without reflogs:", diff)
	}
	// What was pruned is not missed.
	y.git("stash", "clear")
	y.git("reflog", "expire", "--expire=now", "--all")
	y.git("gc", "-q", "--prune=now")
	r = scan(t, y.dir)
	if diff := cmp.Diff([]string{want[2]}, places(t, r, values)); diff != "" || r.Status() != "ok" {
		t.Error("pruned:", diff, r.Sections)
	}
}

// A file that Git LFS keeps elsewhere is counted as not read: what other scans know
// of it stays.
func TestLFSPointersAreUnread(t *testing.T) {
	y := newYard(t)
	y.write("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:"+strings.Repeat("0a", 32)+"\nsize 12345\n")
	y.commit("one")
	r := scan(t, y.dir)
	found := false
	for _, s := range r.Sections {
		for _, n := range s.Notes {
			found = found || strings.Contains(n.Text, "1 versions of files are kept elsewhere by Git LFS")
		}
	}
	if !found {
		t.Errorf("nothing says so: %+v", r.Sections)
	}
}

// The .gitleaks.toml of a repository is honoured, by a scan and by the hooks.
func TestRepositoryRules(t *testing.T) {
	y := newYard(t)
	y.write(".gitleaks.toml", "[extend]\nuseDefault = true\n[[rules]]\nid = \"acme\"\nregex = '''acme_([a-z0-9]{12})'''\nkeywords = [\"acme_\"]\n[allowlist]\npaths = ['''^fixtures/''']\n")
	y.write("own.txt", "acme_abcdef123456\n")
	y.write("fixtures/x", token("allowed")+"\n")
	y.write("found", token("found")+"\n")
	values := map[string]string{"own": "abcdef123456", "allowed": token("allowed"), "found": token("found")}
	y.git("add", "-A")
	var got []string
	for _, h := range staged(t, y.dir) {
		path, _, _ := strings.Cut(h, ":")
		got = append(got, path)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"found", "own.txt"}, got); diff != "" {
		t.Error("staged:", diff)
	}
	c := y.commit("one")
	want := []string{"found found:1@" + c[:12], "own own.txt:1@" + c[:12]}
	if diff := cmp.Diff(want, places(t, scan(t, y.dir), values)); diff != "" {
		t.Error(diff)
	}
	want = []string{"allowed fixtures/x:1@" + c[:12], "found found:1@" + c[:12]}
	if diff := cmp.Diff(want, places(t, scan(t, y.dir, "repo_rules", "false"), values)); diff != "" {
		t.Error("not honoured:", diff)
	}
}

// Beside the commit that brought a secret, evidence names the one that brought the
// last version with it.
func TestLastVersion(t *testing.T) {
	y := newYard(t)
	y.write("a.env", "A="+token("a")+"\n")
	y.commit("one")
	y.write("a.env", "# more\nA="+token("a")+"\n")
	two := y.commit("two")
	y.write("a.env", "A=gone\n")
	y.commit("three")
	for _, e := range scan(t, y.dir).Evidence {
		if e.Source == "git:last_version" && e.Value == two && e.At.Unix() == 1700000000+2*86400 {
			return
		}
	}
	t.Error("nothing says that the second commit was the last")
}
