// Package git finds the secrets that lie in git repositories, in every version
// of every file that their refs reach, and says who put them there and whose
// they are.
//
// The way of the data: folders.go finds repositories below the configured
// folders, repository.go says which of them are clones of one and the same, and
// then for each repository graph.go orders its commits, walk.go lists which file
// each commit brought, scan.go reads each of these once, fold.go keeps where each
// secret came in first, and emit.go says so. worktree.go adds what is not
// committed yet. staged.go does the same for the next commit alone, for hooks.
//
// How git writes its objects is known by package decode/gitobj; no git is run.
package git

import (
	"context"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// Connector reads git repositories.
var Connector = &connector.Connector{
	Name:  "git",
	Title: "Git repositories",
	Doc: `Secrets in the git repositories below **paths**: every version of every file that a branch, tag, stash or other ref reaches, or that only a
reflog keeps (**only_in_reflog**), and files of the working tree that are not committed yet. No git is run and nothing is fetched: packs, indexes, loose and borrowed objects are read as they lie on disk, for
SHA-1 and SHA-256 repositories, bare ones, and linked working trees.

A secret becomes a credential, known by its keyed fingerprint, and is stored in the line at which it first came into a file: path, line, commit, author and time.
Later versions of the file that still hold it are no further places; **in_head** says whether the checked-out version does, evidence git:last_version which commit brought the last one that does, last_author who made that commit. Where its own bytes say whose it is,
an edge leads there. The same secret in several files or repositories is one credential. Authors are what commits claim; nobody checks that.

Clones of one repository are read as one, named by the host and path of the remote "origin"; a repository without such a remote is named by its first commit.
Whether others can read it is **exposure**: public or internal as **public** and **internal** say, internal without a remote or with one inside a network, else unknown.
CODEOWNERS gives owners, each line with its pattern and the patterns of later lines that name nobody. Findings in .gitleaksignore and in **allow_file**, and lines with a gitleaks:allow comment, are left out; how many is noted. A .gitleaks.toml
of the repository adds rules and allow-lists; it switches default rules off by name only (disabledRules), and does not extend other files.

Not read: objects that neither ref nor reflog reaches, content of files over **max_blob_size**, the insides of binary files and archives, ignored files
of the working tree (connector machine reads those that matter), files kept elsewhere by Git LFS. With a window
(**history**: 90d) older commits are not read; with none only the checked-out version is. A shallow or partial clone is read as far as it goes. In all these
cases what was known from earlier scans stays. Memory is about 250 bytes for each version of each file, and some 100 MB.`,
	Verified: "real: repositories made by git itself, compared with git rev-list, cat-file and log --find-object, and with the gitleaks command",
	Options: []connector.Option{
		{Name: "paths", Type: connector.TypePaths, Required: true, Help: "repositories, or folders that hold some", Example: "~/src"},
		{Name: "history", Default: "all", Help: "how far back to read: all, none (only what is checked out), or a time such as 90d", Example: "90d"},
		{Name: "exclude", Type: connector.TypeList, Help: "paths in repositories, or folders, to leave out: * matches within a name, ** across folders", Example: "vendor/**, **/testdata/**"},
		{Name: "worktree", Type: connector.TypeBool, Default: "true", Help: "read files that are not committed yet"},
		{Name: "reflogs", Type: connector.TypeBool, Default: "true", Help: "read commits that only a reflog keeps: amended, rebased, dropped ones, older stashes"},
		{Name: "repo_rules", Type: connector.TypeBool, Default: "true", Help: "honour the .gitleaks.toml of a repository: its rules and allow-lists, beside the default rules"},
		{Name: "allow_file", Type: connector.TypePath, Help: "findings to leave out: lines as in .gitleaksignore, or fingerprints (hs256:…)", Example: "~/.config/drover/git-allow"},
		{Name: "public", Type: connector.TypeList, Help: "remotes that everybody can read", Example: "github.com/droverhq/*"},
		{Name: "internal", Type: connector.TypeList, Help: "remotes that only insiders can read", Example: "git.example.com/**"},
		{Name: "max_blob_size", Type: connector.TypeInt, Default: "16777216", Advanced: true, Help: "larger files are reported as not read; bytes"},
		{Name: "max_depth", Type: connector.TypeInt, Default: "8", Advanced: true, Help: "how deep below paths to look for repositories"},
		{Name: "max_folders", Type: connector.TypeInt, Default: "200000", Advanced: true, Help: "how many folders to look at for repositories"},
	},
	Scopes: []connector.Scope{
		{Name: "read the repositories", Why: "a repository, or part of one, that may not be read is noted and nothing is said about it",
			Grant: "sudo setfacl -R -m u:drover:rX {paths}   # or run it as the owner of the repositories; files are opened for reading only"},
	},
	Staged:   leaks,
	Pushed:   pushedLeaks,
	Accepts:  accepts,
	Paths:    "repositories, and folders of them",
	Suggest:  suggest,
	Reads:    reads,
	Probe:    probe,
	Discover: discover,
}

// settings are the options, checked.
type settings struct {
	paths      []string
	since      time.Time // zero: all of history
	headOnly   bool
	worktree   bool
	reflogs    bool // read what only reflogs keep
	repoRules  bool // honour .gitleaks.toml
	exclude    globs
	public     globs
	internal   globs
	maxBlob    int64
	maxDepth   int
	maxFolders int
	allow      *allowed
}

func configure(s *connector.Session) (settings, error) {
	c := s.Config
	o := settings{paths: c.List("paths"), worktree: c.Bool("worktree"), reflogs: c.Bool("reflogs"), repoRules: c.Bool("repo_rules"), maxBlob: int64(c.Int("max_blob_size")), maxDepth: c.Int("max_depth"), maxFolders: c.Int("max_folders")}
	if o.maxBlob <= 0 || o.maxBlob > 1<<30 || o.maxDepth <= 0 || o.maxFolders <= 0 {
		return o, fmt.Errorf("max_depth and max_folders must be above 0, max_blob_size from 1 to %d: %w", 1<<30, drover.ErrInvalid)
	}
	switch h := c.Get("history"); h {
	case "all":
	case "none":
		o.headOnly = true
	default:
		d, err := drover.ParseDuration(h)
		if err != nil || d <= 0 {
			return o, fmt.Errorf("option history: write all, none, or a time such as 90d: %w", drover.ErrInvalid)
		}
		o.since = s.Now.Add(-d)
	}
	var err error
	for _, g := range []struct {
		to   *globs
		name string
	}{{&o.exclude, "exclude"}, {&o.public, "public"}, {&o.internal, "internal"}} {
		if *g.to, err = compileGlobs(c.List(g.name)); err != nil {
			return o, fmt.Errorf("option %s: %w", g.name, err)
		}
	}
	o.allow, err = readAllowFile(c.Get("allow_file"))
	return o, err
}

func reads(ctx context.Context, s *connector.Session, emit func(connector.Read)) error {
	o, err := configure(s)
	if err != nil {
		return err
	}
	v := look(ctx, o)
	for _, dir := range v.found {
		emit(connector.Read{What: "git repository", Where: clip(dir), Found: true})
	}
	if len(v.found) == 0 {
		for _, p := range o.paths {
			emit(connector.Read{What: "git repositories", Where: clip(p)})
		}
	}
	return ctx.Err()
}

func probe(ctx context.Context, s *connector.Session) error {
	o, err := configure(s)
	if err != nil {
		return err
	}
	v := look(ctx, o)
	if len(v.found) > 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	for _, l := range v.lost {
		return fmt.Errorf("look for repositories in %s: %w", l.where, l.err)
	}
	return fmt.Errorf("no git repository in %q, to a depth of %d folders: check paths and max_depth: %w", o.paths, o.maxDepth, drover.ErrNotFound)
}

// discover reads repository after repository. The folders themselves are a
// section of their own, so that a folder that cannot be listed has somewhere to
// be said.
func discover(ctx context.Context, s *connector.Scan) error {
	o, err := configure(s.Session)
	if err != nil {
		return err
	}
	v := look(ctx, o)
	list := group(ctx, v, o)
	if ctx.Err() == nil && len(list) == 0 && len(v.lost) > 0 {
		return fmt.Errorf("look for repositories in %s: %w", v.lost[0].where, v.lost[0].err)
	}
	if err := s.Section(ctx, "folders", "git:folders/"+folderKey(o.paths), func(_ context.Context, out *connector.Out) error {
		for _, l := range v.lost {
			out.Lost(l.where, l.err)
		}
		for _, n := range v.notes {
			out.Note(n.where, n.text)
		}
		for _, r := range list {
			out.Node(r.node())
		}
		return nil
	}); err != nil {
		return err
	}
	// A repository is one of these folders: found there no more, or under another
	// remote, it is gone from them.
	within := "git:" + folderKey(o.paths) + "/"
	var alive []string
	for _, r := range list {
		alive = append(alive, within+r.id)
		if err := s.Section(ctx, r.id, within+r.id, func(ctx context.Context, out *connector.Out) error {
			return (&reading{repository: r, settings: o, session: s.Session, out: out, unsure: len(v.lost) > 0}).run(ctx)
		}); err != nil {
			return err
		}
	}
	if len(v.lost) > 0 {
		return nil
	}
	return s.Gone(ctx, within, alive, "no repository of this name is in the folders any more")
}
