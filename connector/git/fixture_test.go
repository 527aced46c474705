package git_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run runs the real git, the foreign program that these tests believe.
func run(t testing.TB, dir string, args ...string) string {
	t.Helper()
	return runAt(t, dir, 1700000000, "Ann Author <ann@example.com>", args...)
}

func runAt(t testing.TB, dir string, seconds int64, author string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	name, mail, _ := strings.Cut(strings.TrimSuffix(author, ">"), "<")
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME="+strings.TrimSpace(name), "GIT_AUTHOR_EMAIL="+mail,
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", fmt.Sprintf("GIT_AUTHOR_DATE=%d +0100", seconds), fmt.Sprintf("GIT_COMMITTER_DATE=%d +0100", seconds))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// A yard is a repository being made; its clock goes a day on with each commit.
type yard struct {
	t   testing.TB
	dir string
	now int64
	who string
}

func newYard(t testing.TB, args ...string) *yard {
	t.Helper()
	y := &yard{t: t, dir: filepath.Join(t.TempDir(), "repo"), now: 1700000000, who: "Ann Author <ann@example.com>"}
	if err := os.Mkdir(y.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, y.dir, append([]string{"init", "-q", "-b", "main"}, args...)...)
	return y
}

func (y *yard) write(name, text string) {
	y.t.Helper()
	path := filepath.Join(y.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		y.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) git(args ...string) string {
	y.t.Helper()
	return runAt(y.t, y.dir, y.now, y.who, args...)
}

// commit commits everything and returns its name.
func (y *yard) commit(message string, args ...string) string {
	y.t.Helper()
	y.now += 86400
	y.git("add", "-A")
	y.git(append([]string{"commit", "-q", "--allow-empty", "-m", message}, args...)...)
	return y.git("rev-parse", "HEAD")
}

// token makes a secret that the rules find, a different one for each seed: made
// at test time, so that none stands in a file of this repository.
func token(seed string) string {
	sum := sha256.Sum256([]byte("seed " + seed))
	return "gl" + "pat-" + hex.EncodeToString(sum[:])[:20]
}

func githubToken(seed string) string {
	sum := sha256.Sum256([]byte("github " + seed))
	return "gh" + "p_" + hex.EncodeToString(sum[:])[:36]
}

func awsKeyID(seed string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	sum := sha256.Sum256([]byte("aws " + seed))
	id := []byte("AK" + "IA")
	for _, b := range sum[:16] {
		id = append(id, digits[b&31])
	}
	return string(id)
}
