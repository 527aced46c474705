package gitobj

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// The modes of tree entries.
const (
	ModeDir     = 0o040000
	ModeSymlink = 0o120000
	ModeGitlink = 0o160000 // a commit of another repository: a submodule
)

// An Entry is one line of a tree.
type Entry struct {
	Name string // any bytes but NUL and "/"
	Mode uint32
	ID   ID
}

// Dir reports whether the entry is a folder.
func (e Entry) Dir() bool { return e.Mode == ModeDir }

// maxName bounds the name of a tree entry; file systems stop far below.
const maxName = 4096

// ParseTree reads the content of a tree whose names have hashSize bytes. Names
// that could leave a folder ("", ".", "..", or with a slash) are refused.
func ParseTree(data []byte, hashSize int) ([]Entry, error) {
	var out []Entry
	for len(data) > 0 {
		e, rest, err := NextEntry(data, hashSize)
		if err != nil {
			return out, err
		}
		out, data = append(out, e.Entry()), rest
	}
	return out, nil
}

// A RawEntry is one line of a tree, in the tree's own bytes.
type RawEntry struct {
	Name []byte
	Mode uint32
	ID   []byte
}

// Dir reports whether the entry is a folder.
func (e RawEntry) Dir() bool { return e.Mode == ModeDir }

// Entry is the entry in bytes of its own.
func (e RawEntry) Entry() Entry { return Entry{string(e.Name), e.Mode, RawID(e.ID)} }

// NextEntry reads the line at the start of a tree and returns what follows it.
func NextEntry(data []byte, hashSize int) (e RawEntry, rest []byte, err error) {
	i := 0
	for ; i < len(data) && i < 8 && data[i] != ' '; i++ {
		c := data[i]
		if c < '0' || c > '7' {
			return e, nil, corrupt("tree: bad mode")
		}
		e.Mode = e.Mode<<3 | uint32(c-'0')
	}
	if i == 0 || i >= len(data) || data[i] != ' ' {
		return e, nil, corrupt("tree: no mode")
	}
	data = data[i+1:]
	nul := bytes.IndexByte(data[:min(len(data), maxName+1)], 0)
	if nul < 1 || len(data) < nul+1+hashSize {
		return e, nil, corrupt("tree: cut off, or a name that is empty or over %d bytes", maxName)
	}
	e.Name, e.ID = data[:nul], data[nul+1:nul+1+hashSize]
	if e.Name[0] == '.' && (nul == 1 || nul == 2 && e.Name[1] == '.') || bytes.IndexByte(e.Name, '/') >= 0 {
		return e, nil, corrupt("tree: a name that no file can have")
	}
	return e, data[nul+1+hashSize:], nil
}

// A Person is who a commit says made it: nobody checks it. Any bytes.
type Person struct {
	Name, Email string
	Time        time.Time // zero: unknown
}

// A CommitInfo is what a commit says.
type CommitInfo struct {
	Tree      ID
	Parents   []ID
	Author    Person
	Committer Person
	Signed    bool // it has a signature, which is not checked here
}

// maxParents bounds a merge; git's own octopus has stayed below 70.
const maxParents = 4096

// ParseCommit reads the content of a commit. Its message is not kept.
func ParseCommit(data []byte) (CommitInfo, error) {
	var c CommitInfo
	for len(data) > 0 {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if len(line) == 0 || !ok {
			break
		}
		data = rest
		key, value, _ := strings.Cut(string(line[:min(len(line), 8192)]), " ")
		var err error
		switch key {
		case "tree":
			c.Tree, err = ParseID(value)
		case "parent":
			var p ID
			if p, err = ParseID(value); err == nil && len(c.Parents) < maxParents {
				c.Parents = append(c.Parents, p)
			}
		case "author":
			c.Author = parsePerson(value)
		case "committer":
			c.Committer = parsePerson(value)
		case "gpgsig", "gpgsig-sha256":
			c.Signed = true
		}
		if err != nil {
			return c, corrupt("commit: %s: %v", key, err)
		}
	}
	if c.Tree.IsZero() {
		return c, corrupt("commit: it names no tree")
	}
	return c, nil
}

// parsePerson reads "Name <email> seconds zone", as loosely as git does.
func parsePerson(s string) Person {
	var p Person
	name, rest, ok := strings.Cut(s, "<")
	p.Name = strings.TrimSpace(name)
	if !ok {
		return p
	}
	i := strings.LastIndexByte(rest, '>')
	if i < 0 {
		p.Email = strings.TrimSpace(rest)
		return p
	}
	p.Email = strings.TrimSpace(rest[:i])
	seconds, _, _ := strings.Cut(strings.TrimSpace(rest[i+1:]), " ")
	// Beyond the year 9999 a time has no JSON form.
	if n, err := strconv.ParseInt(seconds, 10, 64); err == nil && n > 0 && n < 253402300800 {
		p.Time = time.Unix(n, 0).UTC()
	}
	return p
}

// ParseTag reads what an annotated tag points at.
func ParseTag(data []byte) (ID, Type, error) {
	var id ID
	var typ Type
	for line := range bytes.Lines(data) {
		key, value, _ := strings.Cut(strings.TrimSuffix(string(line[:min(len(line), 256)]), "\n"), " ")
		switch key {
		case "object":
			var err error
			if id, err = ParseID(value); err != nil {
				return id, 0, corrupt("tag: %v", err)
			}
		case "type":
			typ = typeOf(value)
		}
		if key == "" || !id.IsZero() && typ != 0 {
			break
		}
	}
	if id.IsZero() || typ == 0 {
		return id, typ, corrupt("tag: it names no object")
	}
	return id, typ, nil
}
