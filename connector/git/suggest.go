package git

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/gitobj"
)

// homeFolders are where people and their tools keep clones, below the home folder.
var homeFolders = []string{"src", "code", "Code", "dev", "Developer", "projects", "Projects", "repos", "git", "work", "workspace", "go/src", "source/repos", "Documents/GitHub", "GitHub", "IdeaProjects", "PycharmProjects"}

// Bounds on the look for repositories: how deep below one of those folders, and
// how many entries of all of them.
const (
	suggestDepth   = 3
	suggestEntries = 5000
)

var notID = regexp.MustCompile(`[^a-z0-9]+`)

// suggest names the folders in which people keep clones that hold some, and the
// repository that this runs in.
func suggest(getenv func(string) string, home string) []connector.Suggestion {
	var found []connector.Suggestion
	var folders []string
	left := suggestEntries
	add := func(id, folder, why string) {
		for _, f := range folders {
			if folder == f || strings.HasPrefix(folder, f+string(filepath.Separator)) || sameFolder(f, folder) {
				return
			}
		}
		folders = append(folders, folder)
		id = "git-" + strings.Trim(notID.ReplaceAllString(strings.ToLower(id[:min(len(id), 40)]), "-"), "-")
		if !slices.ContainsFunc(found, func(s connector.Suggestion) bool { return s.ID == id }) {
			found = append(found, connector.Suggestion{ID: id, Options: map[string]string{"paths": folder}, Why: why})
		}
	}
	for _, name := range homeFolders {
		if folder := filepath.Join(home, filepath.FromSlash(name)); home != "" && holdsRepository(folder, suggestDepth, &left) {
			add(name, folder, "repositories below "+folder)
		}
	}
	for dir := getenv("PWD"); filepath.IsAbs(dir); dir = filepath.Dir(dir) {
		if gitobj.IsRepo(dir) {
			add(filepath.Base(dir), dir, "the repository of the current folder")
		}
		if filepath.Dir(dir) == dir {
			break
		}
	}
	return found
}

// sameFolder reports whether two names are of one folder, as on disks that take
// names in any case.
func sameFolder(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// holdsRepository reports whether a folder is a repository or has one at most
// depth folders below it. It looks at no more entries than are left.
func holdsRepository(dir string, depth int, left *int) bool {
	list, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	if gitobj.IsRepo(dir) {
		return true
	}
	for _, e := range list {
		if *left--; *left < 0 || depth == 0 {
			return false
		}
		if e.IsDir() && e.Name() != "node_modules" && holdsRepository(filepath.Join(dir, e.Name()), depth-1, left) {
			return true
		}
	}
	return false
}
