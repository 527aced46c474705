package git

import (
	"slices"

	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// A hook is what a search before a commit or a push works with.
type hook struct {
	repo   *gitobj.Repo
	store  *gitobj.Store
	reader *gitobj.Reader
	rules  *secret.Scanner
	ignore []*allowed
}

// openHook opens the repository at dir with its rules and its findings to pass
// over. The caller closes the store.
func openHook(dir, allowFile string) (*hook, error) {
	repo, err := gitobj.Open(dir)
	if err != nil {
		return nil, err
	}
	allow, err := readAllowFile(allowFile)
	if err != nil {
		return nil, err
	}
	rules, err := hookRules(repo)
	if err != nil {
		return nil, err
	}
	store, err := repo.Store()
	if err != nil {
		return nil, err
	}
	c := &reading{repository: &repository{clones: []*clone{{repo: repo, trees: []*gitobj.Repo{repo}, store: store}}}}
	return &hook{repo, store, gitobj.NewReader(readerMemory, store), rules, append([]*allowed{allow}, c.ignoreFiles()...)}, nil
}

// counted are the hits that nobody listed as to be passed over.
func (h *hook) counted(hits []Hit) []Hit {
	return slices.DeleteFunc(hits, func(x Hit) bool {
		return slices.ContainsFunc(h.ignore, func(a *allowed) bool { return a.names(x.Commit, x.Path, x.Rule, x.Line, "") })
	})
}
