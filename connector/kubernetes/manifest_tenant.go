package kubernetes

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/gitobj"
)

// unnamed stands for the cluster that manifests are for, where nothing says which
// that is: the tenant, and what it is made of for people to read. Two folders are
// for two clusters as far as anybody knows, so that objects of one name in them
// are two things. Clones of one repository are one: the tenant is made of the URL
// of its remote and the place in it; of the computer and the path elsewhere.
func (f *folder) unnamed() (tenant, made string) {
	var of, show []string
	for _, root := range f.roots {
		if repo, inside := repositoryOf(root); repo != "" {
			of, show = append(of, "git\x00"+repo+"\x00"+inside), append(show, strings.TrimSuffix(repo+"/"+inside, "/"))
			continue
		}
		of, show = append(of, "path\x00"+connector.ThisMachine()+"\x00"+filepath.ToSlash(root)), append(show, filepath.ToSlash(root))
	}
	slices.Sort(of)
	sum := sha256.Sum256([]byte("drover manifests\x00" + strings.Join(of, "\x00\x00")))
	return unnamedPrefix + hex.EncodeToString(sum[:8]), strings.Join(show, ", ")
}

// unnamedPrefix begins the names of such clusters. Package link knows it, to say
// what is missing.
const unnamedPrefix = "folder-"

// repositoryOf is the repository that a path lies in, by the URL of its remote
// origin, or of its only one, and the place of the path in it. It is "" where
// there is none, or it has no remote that means the same elsewhere.
func repositoryOf(path string) (repo, inside string) {
	for dir := path; ; dir = filepath.Dir(dir) {
		if gitobj.IsRepo(dir) {
			r, err := gitobj.Open(dir)
			if err != nil {
				return "", ""
			}
			remotes := r.Remotes()
			urls := remotes["origin"]
			if len(urls) == 0 && len(remotes) == 1 {
				for _, only := range remotes {
					urls = only
				}
			}
			inside, err := filepath.Rel(dir, path)
			if err != nil || len(urls) == 0 {
				return "", ""
			}
			if inside == "." {
				inside = ""
			}
			return decode.Repository(urls[0]), filepath.ToSlash(inside)
		}
		if filepath.Dir(dir) == dir {
			return "", ""
		}
	}
}
