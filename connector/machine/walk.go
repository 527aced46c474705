package machine

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// walk searches the trees for the files that rows name without a place
// ("*.tfstate"). It follows no link, so it ends; it looks at max_files entries
// and max_depth levels, and says so when that was not all.
func (s *survey) walk(ctx context.Context, h *host) {
	w := &walker{survey: s, h: h, index: newIndex(h)}
	if w.index.empty() {
		return
	}
	for _, root := range h.trees() {
		w.dir(ctx, root, 0)
	}
	if w.stopped != nil {
		for c := range w.index.categories {
			s.partial[c] = w.stopped
		}
	}
}

type walker struct {
	*survey
	h       *host
	index   *index
	seen    int
	stopped error // set when the bound on entries was hit
}

func (w *walker) dir(ctx context.Context, dir string, depth int) {
	if ctx.Err() != nil || w.stopped != nil {
		return
	}
	entries, full, err := w.h.disk.list(dir, maxEntries)
	if err != nil || !full || depth > w.h.maxDepth {
		if err == nil {
			err = fmt.Errorf("more than %d entries: %w", maxEntries, errBound)
		}
		if depth > w.h.maxDepth {
			err = fmt.Errorf("deeper than max_depth %d: %w", w.h.maxDepth, errBound)
		}
		for c := range w.index.categories {
			w.problems[c] = append(w.problems[c], problem{dir, err})
		}
		if entries == nil || depth > w.h.maxDepth {
			return
		}
	}
	for _, e := range entries {
		if e.Name() == "CACHEDIR.TAG" && depth > 0 {
			return // bford.info/cachedir: "can be made again", so nobody's only copy of anything
		}
	}
	var below []string
	for _, e := range entries {
		if w.seen++; w.seen > w.h.maxFiles {
			w.stopped = fmt.Errorf("the search stopped at max_files %d, in %q; raise it, or set root to a smaller folder", w.h.maxFiles, w.h.show(dir))
			return
		}
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			if !skipped(w.h, name) {
				below = append(below, name)
			}
		case e.Type().IsRegular():
			for _, r := range w.index.match(name) {
				w.take(r, hit{name, w.h.homeOf(name), true})
			}
		}
	}
	// The files of a folder before those below it, so that near things come first.
	for _, d := range below {
		w.dir(ctx, d, depth+1)
	}
}

// Folders that a search leaves out: copies made by tools, whose contents come
// from packages, caches and other people's test data. Every name is one that
// nobody gives to a folder of their own work; the others count only in their
// usual place.
var (
	skipAnywhere = set("node_modules", "bower_components", "jspm_packages", "site-packages", "dist-packages", "__pycache__", ".venv", ".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache",
		".cache", ".npm", ".pnpm-store", ".yarn", ".bun", ".cargo", ".rustup", ".pyenv", ".nvm", ".asdf", ".rbenv", ".sdkman", ".ivy2", ".nuget", ".gem", ".bundle", ".hg", ".svn", ".thumbnails", "$recycle.bin",
		"go/pkg/mod", ".gradle/caches", ".m2/repository", ".terraform/providers", ".terraform/modules", ".git/objects", ".git/logs", ".git/refs", ".git/hooks", ".git/lfs",
		".vscode/extensions", ".vscode-insiders/extensions", ".vscode-oss/extensions", ".vscode-server", ".cursor/extensions", ".cursor-server", ".windsurf/extensions", ".kiro/extensions")
	skipAtHome = set(".local/share/trash", ".trash", ".local/share/containers", ".local/share/jetbrains", ".local/lib", ".local/pipx", ".local/share/pipx", ".local/share/uv", ".mozilla", ".steam", ".wine", "snap",
		".config/google-chrome", ".config/google-chrome-beta", ".config/chromium", ".config/bravesoftware", ".config/microsoft-edge", ".config/vivaldi", ".config/opera", ".config/code", ".config/cursor", ".config/slack", ".config/discord",
		"library/caches", "library/application support", "library/containers", "library/group containers", "library/developer", "library/mobile documents", "library/mail", "library/messages",
		"appdata/local", "appdata/locallow", "appdata/roaming")
	skipAtRoot = set("proc", "sys", "dev", "run", "usr", "lib", "lib32", "lib64", "bin", "sbin", "boot", "lost+found", "system", "private/var/vm", "nix/store", "var/lib/docker", "var/lib/containerd", "var/lib/containers",
		"var/lib/dpkg", "var/lib/snapd", "var/cache", "etc/ssl/certs", "etc/pki/ca-trust", "etc/ca-certificates", "program files", "program files (x86)", "windows", "$windows.~bt")
)

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

// skipped reports whether a search leaves the folder out.
func skipped(h *host, dir string) bool {
	low := strings.ToLower(dir)
	segs := strings.Split(strings.Trim(low, "/"), "/")
	for n := 1; n <= 3 && n <= len(segs); n++ {
		if skipAnywhere[strings.Join(segs[len(segs)-n:], "/")] {
			return true
		}
	}
	if m := h.homeOf(dir); m != nil && skipAtHome[strings.Trim(low[min(len(low), len(m.dir)):], "/")] {
		return true
	}
	return h.disk.system && skipAtRoot[strings.Trim(low, "/")]
}
