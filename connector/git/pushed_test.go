package git_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/git"
)

// A push is stopped by what it would publish, and by nothing that the remote has.
func TestPushed(t *testing.T) {
	y := newYard(t)
	y.write("old.env", "A="+token("old")+"\n")
	y.commit("published")
	remote := filepath.Join(filepath.Dir(y.dir), "remote.git")
	y.git("clone", "-q", "--bare", y.dir, remote)
	y.git("remote", "add", "origin", remote)
	y.git("fetch", "-q", "origin")
	y.write("old.env", "first\nA="+token("old")+"\n")
	y.commit("an edit of what is there")
	y.write("new.env", "B="+githubToken("new")+"\n")
	c := y.commit("a secret")
	y.git("rm", "-q", "new.env")
	tip := y.commit("and out again")
	y.git("checkout", "-q", "-b", "side", "HEAD~2")
	y.write("side.env", "C="+token("side")+"\n")
	c2 := y.commit("side")
	y.git("checkout", "-q", "main")
	y.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	merge := y.git("rev-parse", "HEAD")
	zero := strings.Repeat("0", 40)
	for _, p := range []struct {
		lines string
		want  []string
	}{
		{fmt.Sprintf("refs/heads/main %s refs/heads/main %s\n", tip, y.git("rev-parse", "origin/main")), []string{c + " new.env:1 github-pat"}},
		{fmt.Sprintf("refs/heads/main %s refs/heads/new %s\n", merge, zero), []string{c + " new.env:1 github-pat", c2 + " side.env:1 gitlab-pat"}},
		{fmt.Sprintf("refs/heads/main %s refs/heads/main %s\n", merge, tip), []string{c2 + " side.env:1 gitlab-pat"}},
		{fmt.Sprintf("(delete) %s refs/heads/main %s\n", zero, tip), nil},
		{"", nil},
	} {
		hits, err := git.Pushed(t.Context(), y.dir, "", strings.NewReader(p.lines))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range hits {
			got = append(got, fmt.Sprintf("%s %s:%d %s%s", h.Commit, h.Path, h.Line, h.Rule, h.Unread))
		}
		slices.Sort(got)
		slices.Sort(p.want)
		if d := cmp.Diff(p.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", p.lines, d)
		}
	}
	if _, err := git.Pushed(t.Context(), y.dir, "", strings.NewReader("rubbish")); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("rubbish: %v", err)
	}
}
