package gitobj

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
)

// An IndexEntry is a file that is staged for the next commit.
type IndexEntry struct {
	Path  string // slash-separated, any bytes but NUL
	Mode  uint32
	ID    ID
	Stage int // 0; 1 to 3 where a merge is not resolved

	// What the file was like when it was added: equal now, it was not changed.
	Size    uint32
	Seconds uint32
	Nanos   uint32

	SkipTree bool // a sparse checkout left it out of the working tree
}

const maxIndexFile = 1 << 30

// Index reads the index file of the repository's working tree; a repository
// without one has nothing staged. One that is split is put together.
func (r *Repo) Index() ([]IndexEntry, error) {
	raw, err := readFile(filepath.Join(r.GitDir, "index"), maxIndexFile)
	if err != nil {
		return nil, err
	}
	list, link, err := parseStaged(raw, r.HashSize)
	if err != nil || link == nil {
		return list, err
	}
	return r.joinIndex(list, link)
}

// ParseIndex reads an index file of version 2, 3 or 4 (gitformat-index). One that is
// split names a file beside it, and is refused.
func ParseIndex(data []byte, hash int) ([]IndexEntry, error) {
	list, link, err := parseStaged(data, hash)
	if err == nil && link != nil {
		err = corrupt("index: it is split")
	}
	return list, err
}

// parseStaged returns the extension that names a shared index, if there is one.
func parseStaged(data []byte, hash int) ([]IndexEntry, []byte, error) {
	var link []byte
	if len(data) < 12+hash || !bytes.HasPrefix(data, []byte("DIRC")) {
		return nil, nil, corrupt("index: not an index file")
	}
	version, n := binary.BigEndian.Uint32(data[4:]), int(binary.BigEndian.Uint32(data[8:]))
	if version < 2 || version > 4 {
		return nil, nil, corrupt("index: version %d is none of 2, 3 and 4", version)
	}
	rest := data[12 : len(data)-hash]
	if n > len(rest)/(42+hash) {
		return nil, nil, corrupt("index: cut off: %d bytes for %d files", len(rest), n)
	}
	out := make([]IndexEntry, 0, n)
	path := []byte(nil)
	total := 0
	for range n {
		e, used, err := parseIndexEntry(rest, hash, version, path)
		if err != nil {
			return out, nil, err
		}
		path, rest = []byte(e.Path), rest[used:]
		// In version 4 a path may be long and cost two bytes.
		if total += len(path); total > maxIndexFile {
			return out, nil, corrupt("index: paths of more than %d bytes", maxIndexFile)
		}
		out = append(out, e)
	}
	for len(rest) >= 8 {
		size := int64(binary.BigEndian.Uint32(rest[4:]))
		if size > int64(len(rest)-8) {
			return out, nil, corrupt("index: an extension is cut off")
		}
		if string(rest[:4]) == "link" {
			link = rest[8 : 8+size]
		}
		rest = rest[8+size:]
	}
	if link == nil {
		for _, e := range out {
			if e.Path == "" {
				return nil, nil, corrupt("index: a path that is empty")
			}
		}
	}
	return out, link, nil
}

func parseIndexEntry(b []byte, hash int, version uint32, before []byte) (e IndexEntry, used int, err error) {
	if len(b) < 42+hash {
		return e, 0, corrupt("index: cut off")
	}
	e.Seconds, e.Nanos = binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	e.Mode, e.Size = binary.BigEndian.Uint32(b[24:]), binary.BigEndian.Uint32(b[36:])
	e.ID = RawID(b[40 : 40+hash])
	flags := binary.BigEndian.Uint16(b[40+hash:])
	e.Stage = int(flags >> 12 & 3)
	at := 42 + hash
	if flags&0x4000 != 0 && version >= 3 {
		if len(b) < at+2 {
			return e, 0, corrupt("index: cut off")
		}
		e.SkipTree = binary.BigEndian.Uint16(b[at:])&0x4000 != 0
		at += 2
	}
	var keep []byte
	if version == 4 {
		// A path says how much to take off the end of the one before.
		drop, m, err := distance(b[at:])
		if err != nil || drop < 0 || drop > int64(len(before)) {
			return e, 0, corrupt("index: a path that begins with more than the one before it")
		}
		keep, at = before[:len(before)-int(drop)], at+m
	}
	nul := bytes.IndexByte(b[at:], 0)
	if nul < 0 || len(keep)+nul > 1<<16 {
		return e, 0, corrupt("index: a path without end")
	}
	e.Path = string(keep) + string(b[at:at+nul])
	at += nul + 1
	if version < 4 {
		at = (at + 7) &^ 7 // entries are padded with 1 to 8 NULs
	}
	if at > len(b) {
		return e, 0, corrupt("index: cut off")
	}
	return e, at, nil
}
