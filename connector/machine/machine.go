// Package machine reads what this computer holds: the identities and
// credentials that lie in its configuration files, accounts and services.
//
// What is read is data. Every row of [table] names a category (a section of the
// scan), the paths on each system, and the function that reads one such file.
// A survey ([look]) expands the rows into the files that exist; Reads prints
// that list and Discover reads exactly it, so that what is shown beforehand and
// what is opened cannot differ.
//
// All access goes through a disk, which keeps inside the scanned tree. Formats
// are parsed by packages decode, decode/cert and decode/tfstate; the files named
// after a category turn what they return into nodes and edges.
package machine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// Connector reads this computer, or a folder or mounted disk of it.
var Connector = &connector.Connector{
	Name:  "machine",
	Title: "This computer",
	Doc: `What this computer holds: cloud CLI profiles, kubeconfigs, SSH keys and authorized_keys, Docker, npm, pip, netrc, git and other
tool credentials, .env files, variables in Compose files, accounts, systemd units, timers, cron, launchd and Windows tasks with their users, X.509 certificates and keys, CI files,
Terraform states, browser and editor extensions, and AI-agent and MCP configurations.

Without options it reads this computer: the rows of its path table in every home folder that may be read, the system's folders, and the project trees below the
homes, ` + "`/opt`, `/srv`, `/var/www` and `/app`" + `. With **root** it reads only below that folder: the folder is taken for a home, for a project tree and, if it looks
like one, for the root of a system (a mounted disk). Nothing outside it is read, not even through a link.

Certificates, keys and tokens that a Kubernetes client configuration names are read with it, where they lie inside of what is scanned. A database user has the name that its connection string gives it;
"localhost" in a file of this computer is this computer, and in a container's or a pipeline's settings nobody.

Manifests of Kubernetes are searched for passwords in clear below **root** only. Secret values become keyed fingerprints at once. Not read: cookies, saved passwords, browser history, keychains, process memory, environments of processes,
files larger than **max_file_size**, and trust stores (the public CA bundles that come with an operating system or a package), which are nobody's credential.
Links are followed only for files of the path table and only inside the scanned tree. Folders of other users and of the system that may not be read are noted, not counted as empty; what may not be read in the home of the user who scans makes its section partial.

Names are stable over scans: a file is named by its path on the computer that holds it, a credential by the fingerprint of its value or of its public key,
an account by its name. The computer is named by a hash of machine-id (Linux) or MachineGuid (Windows), else by its host name; a mounted disk by its own machine-id.`,
	Verified: "real: this operating system's own files, openssl and ssh-keygen; Windows and macOS paths over planted trees",
	Options: []connector.Option{
		{Name: "root", Type: connector.TypePath, Help: "read only below this folder: a home, a project tree or a mounted disk", Example: "/mnt/disk"},
		{Name: "homes", Type: connector.TypePaths, Advanced: true, Help: "home folders to read instead of all that exist", Example: "/home/deploy"},
		{Name: "include", Type: connector.TypeList, Values: categoryNames(), Help: "categories to read; all if empty", Example: "aws, ssh, mcp"},
		{Name: "exclude", Type: connector.TypeList, Values: categoryNames(), Help: "categories to leave out", Example: "browser"},
		{Name: "walk", Type: connector.TypeBool, Default: "true", Help: "search folder trees for project files: .env, states, certificates, CI and agent files"},
		{Name: "machine", Advanced: true, Help: "the name of this computer in refs, instead of a hash of its machine id", Example: "build-7"},
		{Name: "max_file_size", Type: connector.TypeInt, Default: "8388608", Advanced: true, Help: "larger files are reported as not read; bytes"},
		{Name: "max_files", Type: connector.TypeInt, Default: "500000", Advanced: true, Help: "how many directory entries a search of folder trees looks at"},
		{Name: "max_depth", Type: connector.TypeInt, Default: "24", Advanced: true, Help: "how deep a search of folder trees goes"},
	},
	Scopes: []connector.Scope{
		{Name: "own files", Why: "the credentials of the user who runs Drover", Grant: "none: every user may read their own files"},
		{Name: "other users' files", Why: "homes of other people and of services, and root's units and keys, are noted as not read without it",
			Grant: "sudo setcap cap_dac_read_search=+ep ./bin/drover   # or run it as root; it opens files for reading only"},
	},
	Accepts: func(_ string, dir bool) (string, bool) { return "root", dir },
	Paths:   "any folder",
	Within:  within,
	Wide:    true,
	Reads:   reads,
	Probe:   probe,

	Discover: discover,
}

// defaultMaxSize is max_file_size where it is not given. A Terraform state may
// rightly be larger; see row.
const defaultMaxSize = decode.MaxSize

// settings are the options, checked.
type settings struct {
	root     string
	homes    []string
	off      map[string]bool // categories left out
	walk     bool
	machine  string
	maxSize  int64
	maxFiles int
	maxDepth int
}

func configure(c connector.Config) (settings, error) {
	s := settings{
		root: c.Get("root"), homes: c.List("homes"), off: map[string]bool{}, walk: c.Bool("walk"), machine: c.Get("machine"),
		maxSize: int64(c.Int("max_file_size")), maxFiles: c.Int("max_files"), maxDepth: c.Int("max_depth"),
	}
	if s.maxSize <= 0 || s.maxFiles <= 0 || s.maxDepth <= 0 {
		return s, fmt.Errorf("max_file_size, max_files and max_depth must be above 0: %w", drover.ErrInvalid)
	}
	include := c.List("include")
	for _, name := range categoryNames() {
		s.off[name] = len(include) > 0
	}
	for _, name := range include {
		s.off[name] = false
	}
	for _, name := range c.List("exclude") {
		s.off[name] = true
	}
	return s, nil
}

// reads prints the survey: every file that Discover would read, and every row
// that has none.
func reads(ctx context.Context, s *connector.Session, emit func(connector.Read)) error {
	h, err := openHost(s)
	if err != nil {
		return err
	}
	defer h.disk.close()
	if h.disk.system {
		for _, p := range []string{"/etc/passwd", "/etc/group", "/etc/machine-id", "/etc/hostname"} {
			_, err := h.disk.lstat(p)
			emit(connector.Read{What: "the names of this computer and of its accounts", Where: h.disk.native(p), Found: err == nil})
		}
	}
	l := look(ctx, h)
	for _, r := range h.rows {
		hits := l.hits[r]
		if r.looks != nil { // many have such a name, few are such a thing
			hits = slices.DeleteFunc(slices.Clone(hits), func(x hit) bool {
				data, _, err := h.disk.read(x.path, h.maxSize)
				return err == nil && !r.looks(x.path, data)
			})
		}
		for _, x := range hits {
			emit(connector.Read{What: r.what, Where: h.disk.native(x.path), Found: true})
		}
		if r.category == "kubeconfig" {
			for _, in := range h.kubeFiles(hits) {
				emit(connector.Read{What: "certificates, keys and tokens that Kubernetes client configurations name", Where: h.disk.native(in), Found: true})
			}
		}
		if len(hits) == 0 {
			emit(connector.Read{What: r.what, Where: strings.Join(r.patterns(h), ", ")})
		}
	}
	return ctx.Err()
}

func probe(_ context.Context, s *connector.Session) error {
	h, err := openHost(s)
	if err != nil {
		return err
	}
	defer h.disk.close()
	if _, _, err := h.disk.list("/", 1); err != nil {
		return fmt.Errorf("read folder %q: %w", h.disk.base, classify(err))
	}
	return nil
}
