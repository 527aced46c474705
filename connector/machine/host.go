package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// A host is the computer, or the part of one, that is scanned.
type host struct {
	*connector.Session
	settings

	disk    *disk
	tenant  string // names the computer in refs
	local   bool   // this computer, whole: its own OS only, and the environment counts
	native  bool   // paths in refs are those of this computer, not those inside a mounted disk
	name    string // host name, "" unknown
	homes   []home
	users   map[string]string // uid -> account name
	rows    []*row            // those that apply
	unusual string            // homes other than those that every scan of this computer looks at; "": none
	roots   []string          // trees to search for project files
	env     func(string) string
	listed  map[string]bool // accounts that the accounts section emits
	groups  map[string]bool // groups that it emits
	os      []string
}

// A home is one user's folder.
type home struct {
	dir  string // inside the disk, links resolved
	user string // account name: as passwd says, else the folder's own where it lies among homes; "" unknown
	shut error  // why nothing in it may be looked at; nil: it may
	own  bool   // of the user who scans: what cannot be read there is a loss
}

func openHost(s *connector.Session) (*host, error) {
	set, err := configure(s.Config)
	if err != nil {
		return nil, err
	}
	h := &host{Session: s, settings: set, env: func(string) string { return "" }}
	base := systemRoot()
	if h.local = set.root == ""; !h.local {
		if base, err = filepath.Abs(set.root); err == nil {
			base, err = filepath.EvalSymlinks(base)
		}
		if err != nil {
			return nil, fmt.Errorf("root %q: %w", set.root, classify(err))
		}
	}
	whole := base == systemRoot()
	h.local = h.local || whole
	if h.disk, err = openDisk(base, whole); err != nil {
		return nil, err
	}
	if h.local {
		h.os, h.env = []string{runtime.GOOS}, os.Getenv
		h.name, _ = os.Hostname()
	} else {
		// A folder may come from anywhere: every system's paths are tried in it.
		h.os = []string{"linux", "darwin", "windows"}
		h.disk.system = h.isSystem()
	}
	h.native = h.local || !h.disk.system
	h.identify()
	h.findHomes()
	for _, r := range table {
		if !h.off[r.category] && len(r.patterns(h)) > 0 && (h.walk || !r.projectOnly()) && (!r.given || set.root != "") {
			h.rows = append(h.rows, r)
		}
	}
	h.roots = []string{"/"}
	if h.local && set.root == "" {
		h.roots = nil
		for _, m := range h.homes {
			if m.shut == nil {
				h.roots = append(h.roots, m.dir)
			}
		}
		h.roots = append(h.roots, "/opt", "/srv", "/var/www", "/app")
	}
	return h, nil
}

// systemRoot is where the file system of this computer begins.
func systemRoot() string {
	if runtime.GOOS == "windows" {
		if d := os.Getenv("SystemDrive"); d != "" {
			return d + `\`
		}
		return `C:\`
	}
	return "/"
}

// isSystem reports whether the scanned folder is the root of a system.
func (h *host) isSystem() bool {
	for _, p := range []string{"/etc/passwd", "/etc/machine-id", "/Windows/System32", "/Library/LaunchDaemons"} {
		if _, err := h.disk.lstat(p); err == nil {
			return true
		}
	}
	return false
}

// identify sets the tenant. A mounted disk is the computer that it was, with its
// own machine-id; one without is told from others by where it is mounted.
func (h *host) identify() {
	h.tenant = connector.ThisMachine()
	if h.settings.machine != "" {
		h.tenant = h.settings.machine
	}
	if h.native {
		return
	}
	if b := h.small("/etc/hostname"); b != "" {
		h.name = b
	}
	if b := h.small("/etc/machine-id"); b != "" && h.settings.machine == "" {
		h.tenant = connector.MachineName(b)
	} else {
		h.tenant += "~" + shortHash("drover root", h.disk.base)[:8]
	}
}

// small reads a one-line file of the system, "" when it is not there.
func (h *host) small(name string) string {
	b, _, err := h.disk.read(name, 4096)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func shortHash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// findHomes lists the homes: those of passwd that lie where homes lie, the
// folders beside them, and the scanned folder itself unless it is a system.
func (h *host) findHomes() {
	accounts := h.readAccounts()
	seen := map[string]bool{}
	add := func(dir string) {
		real, info, err := h.disk.resolve(dir)
		if err != nil || !info.IsDir() || seen[real] || real == "/" && h.local {
			return
		}
		seen[real] = true
		user := nonEmpty(accounts[dir], accounts[real])
		native, owner := h.disk.native(real), ownerOf(info)
		if user == "" && homeLike(h.show(real), native) && (!h.local || h.users[owner] == "") {
			// An account of a directory, which passwd does not list. A folder that an
			// account of passwd owns is not the home of another one.
			user = filepath.Base(native)
		}
		// To ask for any name tells whether names there may be asked for at all.
		_, err = h.disk.lstat(path.Join(real, ".config"))
		if !denied(err) {
			err = nil
		}
		h.homes = append(h.homes, home{real, user, err, h.ours(native, user, owner)})
	}
	if len(h.settings.homes) > 0 {
		for _, p := range h.settings.homes {
			if in, ok := h.disk.inside(p); ok {
				add(in)
			}
		}
		var named []string
		for _, m := range h.homes {
			named = append(named, m.dir)
		}
		slices.Sort(named)
		h.unusual = "homes=" + strings.Join(named, ",")
		return
	}
	if h.local {
		if p, err := os.UserHomeDir(); err == nil {
			if in, ok := h.disk.inside(p); ok {
				add(in)
				if _, ours := accounts[in]; !ours && !homeLike(in, "") && len(h.homes) > 0 {
					h.unusual = "home=" + h.homes[0].dir
				}
			}
		}
	} else {
		add("/")
	}
	for _, dir := range slices.Sorted(keys(accounts)) {
		if !sharedFolder(dir) {
			add(dir)
		}
	}
	for _, p := range []string{"/root", "/var/root"} {
		add(p)
	}
	for _, parent := range []string{"/home", "/Users"} {
		entries, _, _ := h.disk.list(parent, 10000)
		for _, e := range entries {
			if n := e.Name(); n != "Public" && n != "Shared" && n != "Default" && n != "All Users" && n != "Default User" && n != "lost+found" {
				add(path.Join(parent, n))
			}
		}
	}
}

// ours reports whether a home is that of the user who scans: it owns the folder,
// or passwd gives it this home.
func (h *host) ours(native, user, owner string) bool {
	me := strconv.Itoa(os.Geteuid())
	if owner == "" { // no owners on this system
		own, err := os.UserHomeDir()
		return err == nil && filepath.Clean(own) == native
	}
	return owner == me || h.local && user != "" && h.users[me] == user
}

// homeLike reports whether a folder lies where homes lie, so that its name is an
// account's. The scanned folder is looked through as a home in any case.
func homeLike(shown, native string) bool {
	for _, p := range []string{slashed(shown), slashed(native)} {
		if vol := filepath.VolumeName(native); vol != "" {
			p = strings.TrimPrefix(p, slashed(vol))
		}
		if parent := path.Dir(p); parent == "/home" || parent == "/Users" || p == "/root" || p == "/var/root" {
			return true
		}
	}
	return false
}

// readAccounts fills in what readers of other files need to know of passwd and
// group, and returns whose each home folder is.
func (h *host) readAccounts() (homes map[string]string) {
	h.users, h.listed, h.groups, homes = map[string]string{}, map[string]bool{}, map[string]bool{}, map[string]string{}
	if !h.disk.system {
		return homes
	}
	lists := !h.off[accountsCategory] && !slices.Equal(h.os, []string{"windows"})
	if b, _, err := h.disk.read("/etc/passwd", decode.MaxSize); err == nil {
		entries, _ := decode.ParsePasswd(b)
		for _, e := range entries {
			uid := fmt.Sprint(e.UID)
			if h.users[uid] == "" {
				h.users[uid] = e.Name
			}
			h.listed[e.Name] = lists
			if dir := path.Clean(e.Home); e.Home != "" && homes[dir] == "" {
				homes[dir] = e.Name
			}
		}
	}
	if b, _, err := h.disk.read("/etc/group", decode.MaxSize); err == nil {
		groups, _ := decode.ParseGroup(b)
		for _, g := range groups {
			h.groups[g.Name] = lists
		}
	}
	return homes
}

// sharedFolder reports whether passwd gives system accounts this folder as a
// home although it is no home: looking for dot files there is pointless and
// searching it as a project tree would be wrong.
func sharedFolder(dir string) bool {
	for _, p := range []string{"/bin", "/sbin", "/dev", "/proc", "/run", "/var/run", "/nonexistent", "/usr", "/etc", "/var/cache", "/var/spool", "/var/empty", "/var/mail", "/tmp", "/lib"} {
		if dir == p || strings.HasPrefix(dir, p+"/") {
			return true
		}
	}
	return slices.Contains([]string{"/", "/home", "/root/", "/var", "/var/lib", "/srv", "/opt", "/var/www", "/var/log", "/var/backups"}, dir)
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// show is how a path inside the disk is written in refs, notes and attributes.
func (h *host) show(name string) string {
	if h.native {
		return h.disk.native(name)
	}
	return name
}

// ref names a thing of this computer.
func (h *host) ref(typ, id string) drover.Ref { return drover.NewRef("machine", h.tenant, typ, id) }

// account names a local account; an unknown or empty user gives "".
func (h *host) account(user string) drover.Ref { return h.ref("account", drover.Named(user)) }

// homeOf is the innermost home that name lies in.
func (h *host) homeOf(name string) *home {
	var best *home
	for i := range h.homes {
		m := &h.homes[i]
		if (name == m.dir || strings.HasPrefix(name, strings.TrimSuffix(m.dir, "/")+"/")) && (best == nil || len(m.dir) > len(best.dir)) {
			best = m
		}
	}
	return best
}

// denied reports whether err says that this user may not read, as opposed to
// that reading failed.
func denied(err error) bool { return errors.Is(err, fs.ErrPermission) || errors.Is(err, errOutside) }
