package git

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// configName is the file in which a repository says what its secrets look like and
// what is none, as for the gitleaks command.
const configName = ".gitleaks.toml"

const maxRules = 1 << 20

// useRules takes the rules of the repository: of the first working tree that has
// the file, else of what a clone has checked out.
func (r *reading) useRules(all *connector.Out) {
	r.rules = secret.Default()
	if !r.repoRules {
		return
	}
	data, err := r.rulesFile()
	if err == nil && data == nil {
		return
	}
	var c *secret.Config
	if err == nil {
		c, err = secret.ParseConfig(data)
	}
	var s *secret.Scanner
	if err == nil {
		s, err = c.Scanner()
	}
	if err != nil {
		all.Note(configName, "not honoured: "+err.Error())
		return
	}
	r.rules = s
	all.Note(configName, fmt.Sprintf("honoured: %d rules added or changed, %d switched off, %d allow-lists", len(c.Rules.Rules), len(c.Disabled), len(c.Rules.Allowlists)))
	for _, n := range c.Notes {
		all.Note(configName, n)
	}
}

// rulesFile returns nil if there is none.
func (r *reading) rulesFile() ([]byte, error) {
	for _, c := range r.clones {
		for _, tree := range c.trees {
			if data, err := worktreeRules(tree); data != nil || err != nil {
				return data, err
			}
		}
	}
	w := &walker{history: newHistory(), r: r.reader}
	for _, h := range r.heads {
		if id, ok := w.lookup(h.root, configName); ok {
			_, data, err := r.reader.Read(id, maxRules)
			return data, err
		}
	}
	return nil, nil
}

func worktreeRules(tree *gitobj.Repo) ([]byte, error) {
	if tree.WorkTree == "" {
		return nil, nil
	}
	path := filepath.Join(tree.WorkTree, configName)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	if err == nil && info.Size() > maxRules {
		return nil, fmt.Errorf("over %d bytes: %w", maxRules, drover.ErrInvalid)
	}
	if err != nil {
		return nil, plainError(err)
	}
	return os.ReadFile(path)
}

// hookRules are the rules that hold in a working tree. A file that cannot be
// honoured stops the hook: passing it over could hide what it looks for.
func hookRules(tree *gitobj.Repo) (*secret.Scanner, error) {
	data, err := worktreeRules(tree)
	if err == nil && data == nil {
		return secret.Default(), nil
	}
	var c *secret.Config
	if err == nil {
		c, err = secret.ParseConfig(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configName, err)
	}
	s, err := c.Scanner()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configName, err)
	}
	return s, nil
}
