package realtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// CacheDir returns the folder, made if need be, in which built and downloaded
// servers are kept between runs: DROVER_TEST_CACHE, by default drover-test in
// the user's cache folder. Entries are keyed by version and may be deleted at
// any time when no test runs.
func CacheDir() (string, error) {
	dir := os.Getenv("DROVER_TEST_CACHE")
	if dir == "" {
		base := os.Getenv("XDG_CACHE_HOME")
		if base == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", fmt.Errorf("find the test cache: %w; set DROVER_TEST_CACHE", err)
			}
			base = filepath.Join(home, ".cache")
		}
		dir = filepath.Join(base, "drover-test")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the test cache: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the test cache: %w; set DROVER_TEST_CACHE to a folder that can be written", err)
	}
	return dir, nil
}

// once returns dir, filled by fill if it is not there yet. Test processes that
// want the same dir wait for the first. Fill writes to an empty folder beside
// it, which becomes dir only when fill succeeded.
func once(dir string, fill func(tmp string) error) (string, error) {
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", err
	}
	if err := fill(tmp); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return "", err
	}
	return dir, nil
}

// openToAll reports whether any user can reach path: it and every folder above
// it are traversable by all.
func openToAll(path string) bool {
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// reachable returns tree itself when other users can reach it, and otherwise a
// copy of it, kept under key, that they can: a cache under a home folder of mode
// 0700 is closed to the user that a server runs as.
func reachable(tree, key string) (string, error) {
	if openToAll(tree) {
		return tree, nil
	}
	room := filepath.Join("/var/tmp", "drover-test-"+strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(room, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make a place that other users can reach: %w", err)
	}
	info, err := os.Lstat(room)
	if err != nil {
		return "", err
	}
	// /var/tmp is open to all, so somebody else may have made the folder first.
	if !info.IsDir() || !ownedByUs(info) || info.Mode().Perm()&0o022 != 0 {
		return "", fmt.Errorf("%s is not a folder that only we can write to: remove it", room)
	}
	return once(filepath.Join(room, key), func(tmp string) error { return copyTree(tree, tmp, -1, -1) })
}

// copyTree copies the files, folders and links of src into the folder dst. With
// uid >= 0 it gives them, and dst, to that user.
func copyTree(src, dst string, uid, gid int) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			if err := os.Chmod(to, info.Mode().Perm()); err != nil {
				return err
			}
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			if err := os.Symlink(target, to); err != nil {
				return err
			}
		case d.Type().IsRegular():
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(to, b, info.Mode().Perm()); err != nil {
				return err
			}
		}
		if uid < 0 {
			return nil
		}
		return os.Lchown(to, uid, gid)
	})
}
