package machine

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/secret"
)

// A file is one file in a reader's hands, and what the reader says about it.
type file struct {
	*host
	category string
	out      *connector.Out
	path     string // inside the disk
	show     string // as it is written in refs, notes and attributes
	home     *home  // whose it is; nil: the system's
	data     []byte
	info     fs.FileInfo
	project  bool                // found by searching: it may lie in a repository that others can read
	placed   map[drover.Ref]bool // places that were emitted

	elsewhere bool // "localhost" in it is not this computer
}

func slashed(native string) string { return filepath.ToSlash(native) }

// lost says that some of the file could not be read; what was emitted stays.
func (f *file) lost(err error) {
	if err != nil {
		f.out.Lost(f.show, err)
	}
}

// base is the file's name.
func (f *file) base() string { return path.Base(f.path) }

// user is the account that the file is for: whose home it lies in, or who owns
// it outside of homes. "" where that is not known.
func (f *file) user() string {
	if f.home != nil {
		return f.home.user
	}
	return f.users[ownerOf(f.info)]
}

// whose tells the homes of one computer apart in names: the account, or the
// folder of a home that is no account's.
func (f *file) whose() string {
	if f.home != nil && f.home.user == "" {
		return f.host.show(f.home.dir)
	}
	return f.user()
}

// A spot is where in a file something lies. Key tells apart the things in one
// file by what the file calls them, never by their line.
type spot struct {
	key   string
	line  int
	attrs map[string]any
}

// place emits the place of a spot and returns its ref. Its id is the path, and
// the key after "#"; the line is an attribute, for lines move.
func (f *file) place(s spot) drover.Ref {
	id, name := f.show, f.show
	if s.key != "" {
		id += "#" + s.key
		name += "#" + s.key
	}
	ref := f.ref("place", id)
	if f.placed[ref] {
		return ref // the same again further down
	}
	f.placed[ref] = true
	attrs := map[string]any{"file": f.show, "exposure": "internal"}
	if f.project {
		attrs["exposure"] = "unknown"
	}
	if s.key != "" {
		attrs["key"] = s.key
	}
	if s.line > 0 {
		attrs["line"] = s.line
	}
	if uid := ownerOf(f.info); uid != "" {
		attrs["uid"], attrs["mode"] = uid, fmt.Sprintf("%04o", f.info.Mode().Perm())
		if u := f.users[uid]; u != "" {
			attrs["owner"] = u
		}
	}
	for k, v := range s.attrs {
		attrs[k] = v
	}
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindPlace, Type: "machine.file", Name: clip(name), Attrs: safeAttrs(attrs)})
	f.fileTime(ref)
	return ref
}

// fileTime states when the file was last changed: all that a file says about
// the age of what is in it.
func (f *file) fileTime(ref drover.Ref) {
	if t := f.info.ModTime(); !t.IsZero() {
		f.out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimFileTime, Source: "mtime:" + clip(f.show), At: t.UTC(), Grade: drover.GradeInferred})
	}
}

// A credential is what a reader says about one that it found. What depends on
// the place belongs to the spot: the same credential may lie in many.
type credential struct {
	class   string // of the ref; "" when ref is set
	value   drover.Secret
	ref     drover.Ref // for one known by a public name: a key's or certificate's hash
	typ     string
	name    string
	aliases []string
	node    drover.Node // Created, Expires, Attrs
}

// credential emits a credential and where it lies, and returns its ref.
func (f *file) credential(c credential, s spot) drover.Ref {
	n := c.node
	n.Kind, n.Type, n.Name, n.Ref = drover.KindCredential, c.typ, c.name, c.ref
	n.Aliases = slices.Clone(c.aliases)
	if c.value != "" {
		fp := f.Fingerprints.Of([]byte(c.value.Reveal()))
		n.Aliases = append(n.Aliases, "secret:"+string(fp))
		if n.Ref == "" {
			n.Ref = drover.SecretRef(c.class, fp)
		}
		describe(&n, secret.Identify(c.class, c.value.Reveal()))
		if n.Name == "" {
			n.Name = strings.TrimPrefix(strings.TrimPrefix(n.Type, "secret."), "machine.") + " " + strings.TrimPrefix(string(fp), "hs256:")[:12]
		}
	}
	slices.Sort(n.Aliases)
	n.Aliases = slices.Compact(n.Aliases)
	f.out.Node(n)
	f.out.Edge(drover.Edge{From: n.Ref, To: f.place(s), Kind: drover.EdgeStoredIn, Proof: f.at(s.line)})
	f.fileTime(n.Ref)
	return n.Ref
}

// describe adds what the value says about itself, the same wherever it lies: its
// vendor's type for it, its account, its dates.
func describe(n *drover.Node, id secret.Identity) {
	if id.System == "" {
		return
	}
	if strings.HasPrefix(n.Type, "secret.") && id.Type != "" {
		n.Type = connector.SecretType(id.System, id.Type)
	}
	if n.Created.IsZero() {
		n.Created = id.Issued
	}
	if n.Expires.IsZero() {
		n.Expires = id.Expires
	}
	attrs := map[string]any{"system": id.System, "account": id.Account, "subject": id.Subject, "checksum": string(id.Checksum)}
	for k, v := range id.Facts {
		attrs[k] = v
	}
	for k, v := range n.Attrs.Map() {
		attrs[k] = v
	}
	n.Attrs = safeAttrs(attrs)
}

// at is the proof of a fact: file and line.
func (f *file) at(line int) string {
	if line > 0 {
		return fmt.Sprintf("%s:%d", clip(f.show), line)
	}
	return clip(f.show)
}

// edge emits an edge, unless one of its ends is not known.
func (f *file) edge(kind drover.EdgeKind, from, to drover.Ref, line int) {
	if from == "" || to == "" {
		return
	}
	f.out.Edge(drover.Edge{From: from, To: to, Kind: kind, Proof: f.at(line)})
}

// known emits an identity that this file only names: its system is elsewhere,
// so all that is known is the name by which that system is called.
func (f *file) known(typ, name string, attrs map[string]any, aliases ...string) drover.Ref {
	ref := drover.UnseenRef(aliases[0])
	slices.Sort(aliases)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: typ, Name: clip(name), Aliases: slices.Compact(aliases), Attrs: safeAttrs(attrs)})
	return ref
}

// accountRef is the end of an edge to a local account: the account itself where
// this scan lists it, its alias otherwise.
func (f *file) accountRef(user string) drover.Ref {
	if f.listed[user] {
		return f.account(user)
	}
	return drover.UnseenRef(f.accountAlias(user))
}

// owner is the account that the file is for, as an identity of its own where no
// list of accounts was read. The name of a folder makes no account: outside of
// a system it is a name for the account that a scan of the computer may list.
func (f *file) owner(user string) drover.Ref {
	if user == "" {
		return ""
	}
	if f.listed[user] {
		return f.account(user)
	}
	if f.home != nil && f.home.user == user && !f.disk.system {
		return drover.UnseenRef(f.accountAlias(user))
	}
	return f.known("machine.account", user, nil, f.accountAlias(user))
}

func (h *host) accountAlias(user string) string { return "account:" + h.tenant + "/" + user }

// clip bounds a hostile text: names are shown, not stored at length.
func clip(s string) string {
	const most = 1024
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// redacted is clip for free text.
func redacted(s string) string { return clip(secret.RedactString(clip(s))) }

// freeText are the attributes that people and programs write as they like: what
// parsers took for plain there goes through the secret rules once more.
var freeText = set("args", "command", "commands", "comment", "connections", "description", "exec_start", "gecos", "options", "program_arguments", "tools", "url", "urls")

// safeAttrs encodes attributes, with each text and list bounded.
func safeAttrs(m map[string]any) drover.Attrs {
	for k, v := range m {
		clip := clip
		if freeText[k] {
			clip = redacted
		}
		switch v := v.(type) {
		case string:
			if v == "" {
				delete(m, k)
				continue
			}
			m[k] = clip(v)
		case []string:
			if len(v) == 0 {
				delete(m, k)
				continue
			}
			w := slices.Clone(v)
			if len(w) > 500 {
				w = append(w[:500], fmt.Sprintf("… and %d more", len(v)-500))
			}
			for i := range w {
				w[i] = clip(w[i])
			}
			m[k] = w
		case nil:
			delete(m, k)
		}
	}
	if len(m) == 0 {
		return nil
	}
	return drover.NewAttrs(m)
}
