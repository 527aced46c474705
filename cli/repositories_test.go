package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A clone that is deleted, and one that is pointed at another remote, are gone
// with all that was found in them; as they were, they can still be asked for.
func TestRepositoriesGo(t *testing.T) {
	dir := fresh(t)
	code := filepath.Join(dir, "code")
	for _, name := range []string{"kept", "deleted", "moved"} {
		leak(t, filepath.Join(code, name), "AKIAQ3EGR7EXAMPL"+map[string]string{"kept": "A2CD", "deleted": "B3CD", "moved": "C4CD"}[name], "wJalrXUtnFEMIK7MDENGbPxRfiCYzz"+name+"Kd83jd")
		remote(t, filepath.Join(code, name), "git@git.acme.test:team/"+name+".git")
	}
	config := write(t, filepath.Join(dir, "drover.yaml"), "version: 1\nsources:\n  - {id: code, kind: git, paths: ["+code+"]}\n")
	names := func(args ...string) string {
		return must(t, 0, append([]string{"--config", config, "list", "resources", "type:repository", "-o", "name"}, args...)...)
	}
	must(t, 0, "--config", config, "scan")
	before := names()
	if strings.Count(before, "\n") != 3 {
		t.Fatalf("three repositories: %s", before)
	}
	credentials := strings.Count(must(t, 0, "--config", config, "list", "credentials", "-o", "name"), "\n")
	if err := os.RemoveAll(filepath.Join(code, "deleted")); err != nil {
		t.Fatal(err)
	}
	remote(t, filepath.Join(code, "moved"), "git@git.acme.test:team/renamed.git")
	must(t, 0, "--config", config, "scan")
	after := names()
	if strings.Contains(after, "team/deleted") || strings.Contains(after, "team/moved") || !strings.Contains(after, "renamed") || strings.Count(after, "\n") != 2 {
		t.Errorf("after one was deleted and one moved:\n%s", after)
	}
	if n := strings.Count(must(t, 0, "--config", config, "list", "credentials", "-o", "name"), "\n"); credentials < 3 || n >= credentials {
		t.Errorf("%d credentials before, %d after one repository is gone", credentials, n)
	}
	must(t, 0, "--config", config, "scan")
	if again := names(); again != after {
		t.Errorf("the same again:\n%s\nfirst:\n%s", again, after)
	}
	if was := names("--as-of", "1s"); was == "" {
		t.Log("the first scan is less than a second old")
	}
}

func remote(t *testing.T, repo, url string) {
	t.Helper()
	if out, err := exec.Command("git", "-C", repo, "remote", "set-url", "origin", url).CombinedOutput(); err != nil {
		t.Fatalf("git remote: %v\n%s", err, out)
	}
}
