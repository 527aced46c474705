package gitobj

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
)

// A pack is an open .pack file.
type pack struct {
	name string
	file *os.File
	size int64
	hash int
	idx  *packIndex // nil: known only to a multi-pack index
}

func openPack(path string, hash int) (*pack, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	var head [12]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || !bytes.Equal(head[:4], []byte("PACK")) {
		f.Close()
		return nil, corrupt("pack %s: not a pack", filepath.Base(path))
	}
	if v := binary.BigEndian.Uint32(head[4:]); v != 2 && v != 3 {
		f.Close()
		return nil, corrupt("pack %s: version %d is neither 2 nor 3", filepath.Base(path), v)
	}
	return &pack{name: filepath.Base(path), file: f, size: size, hash: hash}, nil
}

// A packEntry is the head of an object in a pack.
type packEntry struct {
	typ    Type
	size   int64 // inflated; of a delta, of the delta itself
	data   int64 // where the compressed data begins
	base   int64 // for an offset delta, where its base begins
	baseID ID    // for a ref delta
}

// maxHead is more than the head of any object takes.
const maxHead = 16 + 16 + 32

func (p *pack) entry(w *window, offset int64) (packEntry, error) {
	if offset < 12 || offset >= p.size-int64(p.hash) {
		return packEntry{}, corrupt("pack %s: an object outside the file", p.name)
	}
	head, err := w.at(p, offset, maxHead)
	if err != nil {
		return packEntry{}, err
	}
	e, n, err := parseEntry(head, offset, p.hash)
	if err != nil {
		return e, corrupt("pack %s: object at %d: %v", p.name, offset, err)
	}
	e.data = offset + int64(n)
	return e, nil
}

// parseEntry reads the head of an object at offset and returns its length.
func parseEntry(b []byte, offset int64, hash int) (packEntry, int, error) {
	if len(b) == 0 {
		return packEntry{}, 0, corrupt("cut off")
	}
	e := packEntry{typ: Type(b[0] >> 4 & 7), size: int64(b[0] & 15)}
	n, shift := 1, 4
	for more := b[0]&0x80 != 0; more; n, shift = n+1, shift+7 {
		if n >= len(b) || shift > 55 {
			return e, 0, corrupt("bad size")
		}
		e.size |= int64(b[n]&0x7f) << shift
		more = b[n]&0x80 != 0
	}
	switch e.typ {
	case Commit, Tree, Blob, Tag:
	case offsetDelta:
		back, m, err := distance(b[n:])
		if err != nil || back <= 0 || back > offset-12 {
			return e, 0, corrupt("a delta without base")
		}
		e.base, n = offset-back, n+m
	case refDelta:
		if len(b) < n+hash {
			return e, 0, corrupt("cut off")
		}
		e.baseID, n = RawID(b[n:n+hash]), n+hash
	default:
		return e, 0, corrupt("unknown %s", e.typ)
	}
	return e, n, nil
}

// distance reads how far before a delta its base begins.
func distance(b []byte) (d int64, n int, err error) {
	for n < len(b) && n < 9 {
		d = d<<7 | int64(b[n]&0x7f)
		n++
		if b[n-1]&0x80 == 0 {
			return d, n, nil
		}
		d++
	}
	return 0, 0, corrupt("bad distance")
}
