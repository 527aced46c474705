package gitobj

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/droverhq/drover"
)

// A Repo is a repository on disk: what its folders and configuration say.
type Repo struct {
	WorkTree string // "" for a bare one
	GitDir   string // of this working tree
	Common   string // what working trees of one repository share; mostly GitDir
	HashSize int    // 20 or 32
	Config   []Setting
	Shallow  []ID // commits whose parents were not fetched

	// Partial is set where a clone leaves objects with its remote until they are
	// asked for.
	Partial bool
}

// IsRepo reports whether dir is a working tree (it holds .git) or a bare
// repository, as far as its names tell.
func IsRepo(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		return true
	}
	return isGitDir(dir)
}

// isGitDir asks for what git itself asks for before it takes a folder for a repository.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if _, err := os.Stat(filepath.Join(dir, "commondir")); err == nil {
		return true
	}
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

const maxConfig = 4 << 20

// Open reads where the parts of a repository are and how they are written. It
// fails with drover.ErrNotFound where there is none, and with drover.ErrInvalid
// where it is of a kind that this package cannot read: that would otherwise look
// like a repository with nothing in it.
func Open(dir string) (*Repo, error) {
	r := &Repo{WorkTree: dir, HashSize: 20}
	var err error
	if r.GitDir, err = gitDir(dir); err != nil {
		return nil, err
	}
	if r.GitDir == dir {
		r.WorkTree = ""
	}
	r.Common = r.GitDir
	if b, err := readFile(filepath.Join(r.GitDir, "commondir"), maxConfig); err == nil {
		r.Common = strings.TrimSpace(string(b))
		if !filepath.IsAbs(r.Common) {
			r.Common = filepath.Join(r.GitDir, r.Common)
		}
	}
	if !isGitDir(r.Common) {
		return nil, fmt.Errorf("open repository %s: %s has no HEAD, objects and refs: %w", dir, r.Common, drover.ErrInvalid)
	}
	return r, r.readConfig()
}

// gitDir follows a .git file, which working trees and submodules have.
func gitDir(dir string) (string, error) {
	git := filepath.Join(dir, ".git")
	info, err := os.Stat(git)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isGitDir(dir):
		return dir, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("open repository %s: it has no .git and is no bare repository: %w", dir, drover.ErrNotFound)
	case err != nil:
		return "", fmt.Errorf("open repository: %w", err)
	case info.IsDir():
		return git, nil
	}
	b, err := readFile(git, 8192)
	if err != nil {
		return "", fmt.Errorf("open repository: %w", err)
	}
	target, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "gitdir:")
	if !ok {
		return "", fmt.Errorf("open repository %s: .git is neither a folder nor a file that names one: %w", dir, drover.ErrInvalid)
	}
	if target = strings.TrimSpace(target); !filepath.IsAbs(target) {
		target = filepath.Join(dir, target)
	}
	// One step only: a folder that names another is none of git's making.
	if !isGitDir(target) {
		return "", fmt.Errorf("open repository %s: .git names a folder that is no repository: %w", dir, drover.ErrNotFound)
	}
	return filepath.Clean(target), nil
}

func (r *Repo) readConfig() error {
	raw, err := readFile(filepath.Join(r.Common, "config"), maxConfig)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open repository %s: read its configuration: %w", r.Common, err)
	}
	r.Config = ParseConfig(raw)
	for _, s := range r.Config {
		switch {
		case s.Section == "extensions" && s.Key == "objectformat":
			switch strings.ToLower(s.Value) {
			case "sha1":
			case "sha256":
				r.HashSize = 32
			default:
				return fmt.Errorf("open repository %s: objects named by a hash other than sha1 and sha256: %w", r.Common, drover.ErrInvalid)
			}
		case s.Section == "extensions" && s.Key == "refstorage" && !strings.EqualFold(s.Value, "files"):
			return fmt.Errorf("open repository %s: its refs are stored as %.20q, which cannot be read here; `git refs migrate --ref-format=files` makes them readable: %w", r.Common, s.Value, drover.ErrInvalid)
		case s.Section == "extensions" && s.Key == "partialclone", s.Section == "remote" && s.Key == "promisor" && s.Value == "true":
			r.Partial = true
		}
	}
	shallow, err := readFile(filepath.Join(r.Common, "shallow"), 64<<20)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open repository %s: read where its history is cut: %w", r.Common, err)
	}
	for line := range strings.Lines(string(shallow)) {
		if id, err := ParseID(strings.TrimSpace(line)); err == nil {
			r.Shallow = append(r.Shallow, id)
		}
	}
	return nil
}

// Store opens the repository's objects.
func (r *Repo) Store() (*Store, error) {
	s, err := OpenStore(filepath.Join(r.Common, "objects"), r.HashSize)
	if err == nil {
		s.Promised = s.Promised || r.Partial
	}
	return s, err
}

// Remotes returns the URLs of the remotes by their names. They may hold
// passwords.
func (r *Repo) Remotes() map[string][]string {
	out := map[string][]string{}
	for _, s := range r.Config {
		if s.Section == "remote" && s.Key == "url" {
			out[s.Subsection] = append(out[s.Subsection], s.Value)
		}
	}
	return out
}
