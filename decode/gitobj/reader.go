package gitobj

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// A Reader reads the objects of stores one at a time. It keeps the bases of
// deltas that it met last, within bounds. Not for concurrent use.
type Reader struct {
	stores []*Store
	in     inflater
	win    window
	cache  cache
	delta  []byte       // the delta that was applied last
	file   []byte       // the loose object that was read last
	sum    [2]hash.Hash // SHA-1, SHA-256
	head   [64]byte     // of what is hashed, and its hash

	// Inflated counts the bytes that came out of compressed streams.
	Inflated int64
}

// NewReader returns a reader of the union of the stores, which keeps at most
// memory bytes of bases.
func NewReader(memory int, stores ...*Store) *Reader {
	return &Reader{stores: stores, cache: cache{room: memory}, sum: [2]hash.Hash{sha1.New(), sha256.New()}}
}

// maxChain bounds a chain of deltas; git makes none longer than 4095.
const maxChain = 10000

// Read returns an object of at most limit bytes; the caller must not change it. The
// error wraps drover.ErrNotFound where no store has the object, ErrTooLarge, or
// drover.ErrInvalid where it is damaged. A sound copy elsewhere is taken instead
// of a damaged one.
func (r *Reader) Read(id ID, limit int64) (Type, []byte, error) {
	var first error
	for _, s := range r.stores {
		if int(id.size) != s.hash {
			continue
		}
		typ, data, err := r.readFrom(s, id, limit)
		if err == nil || errors.Is(err, ErrTooLarge) {
			return typ, data, err
		}
		if first == nil || errors.Is(first, drover.ErrNotFound) {
			first = err
		}
	}
	if first == nil {
		first = drover.ErrNotFound
	}
	return 0, nil, fmt.Errorf("object %s: %w", id, first)
}

func (r *Reader) readFrom(s *Store, id ID, limit int64) (Type, []byte, error) {
	var packed error
	if p, off := s.find(id); p != nil {
		typ, data, err := r.packed(s, p, off, limit)
		if err == nil {
			err = r.check(id, typ, data)
		}
		if err == nil || errors.Is(err, ErrTooLarge) {
			return typ, data, err
		}
		packed = err
	}
	for _, dir := range s.dirs {
		typ, data, err := r.loose(s.loosePath(dir, id), limit)
		if err == nil {
			err = r.check(id, typ, data)
		}
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return typ, data, err
		}
	}
	if packed != nil {
		return 0, nil, packed
	}
	return 0, nil, drover.ErrNotFound
}

// check hashes an object: what is returned is what was asked for.
func (r *Reader) check(id ID, typ Type, data []byte) error {
	h := r.sum[0]
	if id.size == 32 {
		h = r.sum[1]
	}
	h.Reset()
	h.Write(append(strconv.AppendInt(append(append(r.head[:0], typ.String()...), ' '), int64(len(data)), 10), 0))
	h.Write(data)
	if !bytes.Equal(h.Sum(r.head[:0]), id.bytes()) {
		return corrupt("its content is not what its name says")
	}
	return nil
}

// HashBlob returns the name that content has as a blob of a repository whose
// names have as many bytes as like.
func HashBlob(content []byte, hashSize int) ID {
	h := sha1.New()
	if hashSize == 32 {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	return RawID(h.Sum(nil))
}

// loose reads a file of the form zlib("type size\0content").
func (r *Reader) loose(path string, limit int64) (Type, []byte, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	if size <= maxQuick {
		if typ, data, err := r.quickLoose(f, int(size), limit); err == nil || errors.Is(err, ErrTooLarge) {
			return typ, data, err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return 0, nil, err
		}
	}
	if err := r.in.open(f); err != nil {
		return 0, nil, err
	}
	var head [32]byte
	n, _ := io.ReadFull(r.in.z, head[:])
	word, size, end, err := looseHead(head[:n])
	if err != nil {
		return 0, nil, err
	}
	if size > limit {
		return word, nil, ErrTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(head[end:n]), r.in.z), size+1))
	r.Inflated += int64(len(data))
	if err != nil || int64(len(data)) != size {
		return 0, nil, corrupt("loose object: %d of %d bytes, %v", len(data), size, err)
	}
	return word, data, nil
}

// quickLoose reads a file in memory. Where it fails the other way finds out why.
func (r *Reader) quickLoose(f io.Reader, stored int, limit int64) (Type, []byte, error) {
	if cap(r.file) < stored {
		r.file = make([]byte, stored)
	}
	raw := r.file[:stored]
	if _, err := io.ReadFull(f, raw); err != nil {
		return 0, nil, err
	}
	var head [64]byte // one that is shorter than this is left to the other way
	if err := r.in.quick(head[:], raw); !errors.Is(err, errSize) {
		return 0, nil, errFlate
	}
	typ, size, end, err := looseHead(head[:r.in.flate.out])
	if err != nil || size > maxQuick {
		return 0, nil, errFlate
	}
	if size > limit {
		return typ, nil, ErrTooLarge
	}
	whole := make([]byte, end+int(size))
	if err := r.in.quick(whole, raw); err != nil {
		return 0, nil, err
	}
	r.Inflated += size
	return typ, whole[end:], nil
}

func looseHead(b []byte) (typ Type, size int64, end int, err error) {
	end = bytes.IndexByte(b, 0) + 1
	word, digits, ok := strings.Cut(string(b[:max(0, end-1)]), " ")
	size, err = strconv.ParseInt(digits, 10, 62)
	if typ = typeOf(word); !ok || err != nil || size < 0 || typ == 0 {
		return 0, 0, 0, corrupt("loose object: bad head")
	}
	return typ, size, end, nil
}

// packed reads an object of a pack: down the chain of deltas to an object that
// stands for itself or is at hand, and up again.
func (r *Reader) packed(s *Store, p *pack, offset, limit int64) (Type, []byte, error) {
	type link struct {
		entry packEntry
		at    place
	}
	var chain []link
	var typ Type
	var data []byte
	for at := (place{p, offset}); ; {
		if c, ok := r.cache.get(at); ok {
			typ, data = c.typ, c.data
			break
		}
		e, err := at.pack.entry(&r.win, at.offset)
		if err != nil {
			return 0, nil, err
		}
		if e.typ <= Tag {
			if e.size > baseLimit(limit, len(chain)) {
				return e.typ, nil, ErrTooLarge
			}
			if data, err = r.inflate(at.pack, e, nil); err != nil {
				return 0, nil, err
			}
			typ = e.typ
			r.cache.put(at, typ, data)
			break
		}
		if len(chain) >= maxChain || e.size > baseLimit(limit, 1) {
			return 0, nil, corrupt("pack %s: a chain of more than %d deltas, or a delta larger than any object that is read", p.name, maxChain)
		}
		chain = append(chain, link{e, at})
		if at, err = r.base(s, at, e); err != nil {
			return 0, nil, err
		}
	}
	for i := len(chain) - 1; i >= 0; i-- {
		delta, err := r.inflate(chain[i].at.pack, chain[i].entry, r.delta)
		if err != nil {
			return 0, nil, err
		}
		if cap(delta) <= maxQuick {
			r.delta = delta[:0]
		}
		if data, err = applyDelta(data, delta, baseLimit(limit, i)); err != nil {
			return typ, nil, err
		}
		r.cache.put(chain[i].at, typ, data)
	}
	if int64(len(data)) > limit {
		return typ, nil, ErrTooLarge
	}
	return typ, data, nil
}

// baseLimit lets an object's bases be larger than the object may be.
func baseLimit(limit int64, above int) int64 {
	if above == 0 {
		return limit
	}
	return max(4*limit, 64<<20)
}

// base finds what a delta is a change of: in the same pack, or by name in
// another pack of the store. (A thin pack's base in a loose object is never
// written to disk by git.)
func (r *Reader) base(s *Store, at place, e packEntry) (place, error) {
	if e.typ == offsetDelta {
		return place{at.pack, e.base}, nil
	}
	if at.pack.idx != nil {
		if i := at.pack.idx.find(e.baseID); i >= 0 {
			return place{at.pack, at.pack.idx.offset(i)}, nil
		}
	}
	if p, off := s.find(e.baseID); p != nil {
		return place{p, off}, nil
	}
	return place{}, corrupt("pack %s: the base %s of a delta is missing", at.pack.name, e.baseID)
}

// inflate returns the bytes of an entry, in to if they have room there.
func (r *Reader) inflate(p *pack, e packEntry, to []byte) ([]byte, error) {
	src, err := r.win.at(p, e.data, blockSize)
	if err != nil {
		return nil, err
	}
	if e.size <= maxQuick {
		if int64(cap(to)) < e.size {
			to = make([]byte, e.size)
		}
		err := r.in.quick(to[:e.size], src)
		if most := int(e.size + e.size/256 + 64); errors.Is(err, errShort) && len(src) < most {
			// It goes on in the next block. Deflate adds less than that to anything.
			if cap(r.file) < most {
				r.file = make([]byte, most)
			}
			n, _ := p.file.ReadAt(r.file[:most], e.data)
			err = r.in.quick(to[:e.size], r.file[:n])
		}
		if err == nil {
			r.Inflated += e.size
			return to[:e.size], nil
		}
		if !errors.Is(err, errShort) {
			return nil, corrupt("pack %s: object at %d: %v", p.name, e.data, err)
		}
	}
	r.win.pack, r.win.pos = p, e.data
	data, err := r.in.slow(&r.win, e.size)
	r.Inflated += int64(len(data))
	if err != nil {
		return nil, corrupt("pack %s: object at %d: %v", p.name, e.data, err)
	}
	return data, nil
}
