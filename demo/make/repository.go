package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// repository makes a repository at dir with the commits in order. It needs git,
// which the checkout of this project needed too.
func repository(dir, remote string, list []commit) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make a repository: %w", err)
	}
	git := func(at time.Time, args ...string) error {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Ben Tanaka", "-c", "user.email=ben.tanaka@harbourfinch.example", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"}, args...)...)
		stamp := at.Format(time.RFC3339)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+stamp, "GIT_COMMITTER_DATE="+stamp, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("make a repository: git %s: %w: %s", args[0], err, out)
		}
		return nil
	}
	now := time.Now()
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"remote", "add", "origin", remote}} {
		if err := git(now, args...); err != nil {
			return err
		}
	}
	for _, c := range list {
		for name, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return fmt.Errorf("make a repository: %w", err)
			}
		}
		at := now.AddDate(0, 0, -c.ago)
		if err := git(at, "add", "."); err != nil {
			return err
		}
		if err := git(at, "commit", "-q", "-m", c.message); err != nil {
			return err
		}
	}
	return nil
}
