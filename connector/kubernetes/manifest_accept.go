package kubernetes

import (
	"bufio"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// Bounds on finding out whether a folder has manifests: it is asked of every
// folder that anybody scans.
const (
	maxAcceptEntries = 5000
	maxAcceptFiles   = 300
	maxAcceptDepth   = 6
	maxSniff         = 64 << 10
)

// accepts reports whether a path is a manifest, or a folder that has one. Other
// YAML (of Compose, CI systems, Helm values, kubeconfigs) is none.
func accepts(path string, dir bool) (option string, ok bool) {
	if !dir {
		return "path", isManifestName(path) && sniff(path)
	}
	s := accepting{}
	return "path", s.any(path, 0)
}

type accepting struct{ entries, files int }

func (s *accepting) any(dir string, depth int) bool {
	list, err := os.ReadDir(dir)
	if err != nil || depth > maxAcceptDepth {
		return false
	}
	chart := slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == "Chart.yaml" })
	for _, e := range list {
		if s.entries++; s.entries > maxAcceptEntries {
			return false
		}
		if e.Type().IsRegular() && isManifestName(e.Name()) && !isChartFile(e.Name()) {
			if s.files++; s.files > maxAcceptFiles {
				return false
			}
			if sniff(filepath.Join(dir, e.Name())) {
				return true
			}
		}
	}
	for _, e := range list {
		if e.IsDir() && !slices.Contains(notSearched, e.Name()) && !(chart && e.Name() == "templates") && s.any(filepath.Join(dir, e.Name()), depth+1) {
			return true
		}
	}
	return false
}

var (
	apiLine  = regexp.MustCompile(`(?m)(?:^[ \t]*(?:- )?|[{,]\s*)["']?apiVersion["']?\s*:\s*["']?([A-Za-z0-9./-]+)`)
	kindLine = regexp.MustCompile(`(?m)(?:^[ \t]*(?:- )?|[{,]\s*)["']?kind["']?\s*:\s*["']?([A-Za-z]+)`)
)

// sniff reports whether the beginning of a file speaks of an object of a kind that
// is read, or of a list.
func sniff(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return false
	}
	data, err := io.ReadAll(io.LimitReader(bufio.NewReader(f), maxSniff))
	if err != nil || !mayBeManifest(data) {
		return false
	}
	groups := map[string]bool{}
	for _, m := range apiLine.FindAllSubmatch(data, 100) {
		groups[groupOf(string(m[1]))] = true
	}
	for _, m := range kindLine.FindAllSubmatch(data, 100) {
		name := string(m[1])
		if name == "List" && groups[""] {
			return true
		}
		for g := range groups {
			if manifestKind(g, name) != nil {
				return true
			}
		}
	}
	return false
}
