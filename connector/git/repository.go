package git

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// A repository is what its clones have in common.
type repository struct {
	id       string // "github.com/org/repo", or "root:<commit>", or "folder:<hash>"
	ref      drover.Ref
	name     string
	remote   string // "github.com/org/repo"; "" if it has none
	exposure string
	because  string // why that exposure
	remotes  []string
	clones   []*clone
}

// A clone is one copy of a repository on this disk, with all its working trees.
type clone struct {
	repo   *gitobj.Repo   // as it was found first
	trees  []*gitobj.Repo // its working trees, as far as they lie in the searched folders
	store  *gitobj.Store  // nil while it is not open
	remote string
}

// open opens the clone's objects; close closes them. Only one repository is
// open at a time: indexes are read whole, and packs are open files.
func (c *clone) open() (err error) {
	if c.store == nil {
		c.store, err = c.repo.Store()
	}
	return err
}

func (c *clone) close() {
	if c.store != nil {
		c.store.Close()
		c.store = nil
	}
}

// group opens the repositories and puts together what is one. What cannot be
// opened is lost, in v.
func group(ctx context.Context, v *survey, o settings) []*repository {
	byCommon := map[string]*clone{}
	byID := map[string]*repository{}
	var list []*repository
	for _, dir := range v.found {
		if ctx.Err() != nil {
			break
		}
		repo, err := gitobj.Open(dir)
		if err != nil {
			v.lost = append(v.lost, fault{clip(dir), err})
			continue
		}
		common := repo.Common
		if real, err := filepath.EvalSymlinks(common); err == nil {
			common = real
		}
		if c := byCommon[common]; c != nil {
			c.trees = append(c.trees, repo)
			continue
		}
		c := &clone{repo: repo, trees: []*gitobj.Repo{repo}}
		byCommon[common] = c
		r := name(ctx, c, dir, o)
		if have := byID[r.id]; have != nil {
			have.clones = append(have.clones, c)
			have.remotes = sortedUnique(append(have.remotes, r.remotes...))
			continue
		}
		r.clones = []*clone{c}
		byID[r.id] = r
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *repository) int { return strings.Compare(a.id, b.id) })
	return list
}

// name says which repository a clone is of: that of its remote "origin", for a
// fork has the same commits and another remote; without one, that of its first
// commit, which every copy has.
func name(ctx context.Context, c *clone, dir string, o settings) *repository {
	r := &repository{}
	for remote, urls := range c.repo.Remotes() {
		for _, u := range urls {
			if n := normalRemote(u); n != "" {
				r.remotes = append(r.remotes, n)
				if remote == "origin" && c.remote == "" {
					c.remote = n
				}
			}
		}
	}
	r.remotes = sortedUnique(r.remotes)
	if c.remote == "" && len(r.remotes) == 1 {
		c.remote = r.remotes[0] // called something else
	}
	r.remote = c.remote
	r.exposure, r.because = exposure(r.remote, o)
	if r.remote != "" {
		host, path, _ := strings.Cut(r.remote, "/")
		r.id, r.name, r.ref = r.remote, r.remote, drover.NewRef("git", host, "repository", path)
		return r
	}
	r.name = clip(secret.RedactString(filepath.Base(strings.TrimSuffix(filepath.ToSlash(dir), "/.git"))))
	if root, ok := firstRoot(ctx, c); ok {
		r.id = "root:" + root.String()
	} else {
		sum := sha256.Sum256([]byte(dir))
		r.id = "folder:" + hex.EncodeToString(sum[:16])
	}
	r.ref = drover.NewRef("git", "", "repository", r.id)
	return r
}

// normalRemote is a remote's URL as host/path; "" for a path on this disk.
func normalRemote(s string) string { return clip(secret.RedactString(decode.Repository(s))) }

// exposure says who can read a repository, as far as that can be known from here:
// what the configuration says, then where its remote is.
func exposure(remote string, o settings) (exposure, because string) {
	host, _, _ := strings.Cut(remote, "/")
	addr, err := netip.ParseAddr(host)
	switch {
	case remote == "":
		return "internal", "no remote: it lies on this disk only"
	case o.public.match(remote):
		return "public", "option public"
	case o.internal.match(remote):
		return "internal", "option internal"
	case err == nil && (addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast()):
		return "internal", "its remote has a private address"
	case err != nil && !strings.Contains(host, "."):
		return "internal", "its remote has a name that only a local network knows"
	}
	// RFC 6762 and RFC 8375, and the names that RFC 6762 appendix G reports.
	for _, suffix := range []string{".local", ".home.arpa", ".internal", ".intranet", ".corp", ".lan", ".private"} {
		if strings.HasSuffix(host, suffix) {
			return "internal", "its remote has a name that only a local network knows"
		}
	}
	return "unknown", "only its remote knows who can read it"
}

// node is the repository itself.
func (r *repository) node() drover.Node {
	n := drover.Node{Ref: r.ref, Kind: drover.KindResource, Type: "git.repository", Name: r.name}
	attrs := map[string]any{"exposure": r.exposure, "exposure_because": r.because}
	if r.remote != "" {
		n.Aliases = append(n.Aliases, "git:"+r.remote)
		if a := decode.RepositoryAlias("https://" + r.remote); strings.HasPrefix(a, "github:") {
			n.Aliases = append(n.Aliases, a)
		}
		attrs["remote"] = r.remote
	}
	if len(r.remotes) > 0 {
		attrs["remotes"] = r.remotes[:min(len(r.remotes), 100)]
	}
	for _, c := range r.clones {
		if len(c.repo.Shallow) > 0 {
			attrs["shallow"] = true
		}
		if c.repo.Partial {
			attrs["partial_clone"] = true
		}
		if c.repo.HashSize == 32 {
			attrs["object_format"] = "sha256"
		}
	}
	n.Attrs = drover.NewAttrs(attrs)
	return n
}

// folderKey names the searched folders in a coverage key.
func folderKey(paths []string) string {
	list := slices.Clone(paths)
	for i, p := range list {
		if abs, err := filepath.Abs(p); err == nil {
			list[i] = abs
		}
	}
	key := strings.Join(sortedUnique(list), ":")
	if len(key) > 200 {
		sum := sha256.Sum256([]byte(key))
		return fmt.Sprintf("%x", sum[:16])
	}
	return clip(key)
}

func sortedUnique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// clip bounds a hostile text: names are shown, not stored at length.
func clip(s string) string {
	const most = 1024
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
