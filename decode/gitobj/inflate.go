package gitobj

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"io"

	"github.com/klauspost/compress/zlib"
)

// A window holds the parts of packs that were read last, in blocks that overlap, so
// that the head of an object lies in one.
type window struct {
	blocks [windowBlocks]block
	pack   *pack // what Read reads
	pos    int64
}

type block struct {
	pack *pack
	at   int64
	buf  []byte
}

const (
	windowBlocks = 256
	blockSize    = 32 << 10
	blockOverlap = 4 << 10
)

// at returns what is there from the offset on, up to n bytes: fewer at the end of
// the file or, beyond blockOverlap bytes, of a block.
func (w *window) at(p *pack, offset int64, n int) ([]byte, error) {
	start := offset - offset%blockSize
	b := &w.blocks[offset/blockSize%windowBlocks]
	if b.pack != p || b.at != start {
		if b.buf == nil {
			b.buf = make([]byte, blockSize+blockOverlap)
		}
		got, err := p.file.ReadAt(b.buf[:blockSize+blockOverlap], start)
		if got == 0 && err != nil {
			b.pack = nil
			return nil, corrupt("pack %s: cut off at %d", p.name, offset)
		}
		b.pack, b.at, b.buf = p, start, b.buf[:got]
	}
	from := int(offset - start)
	if from >= len(b.buf) {
		return nil, corrupt("pack %s: cut off at %d", p.name, offset)
	}
	return b.buf[from:min(from+n, len(b.buf))], nil
}

// Read gives the bytes from pos on.
func (w *window) Read(b []byte) (int, error) {
	got, err := w.at(w.pack, w.pos, len(b))
	if err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(b, got)
	w.pos += int64(n)
	return n, nil
}

// quick inflates a zlib stream (RFC 1950) that lies whole at the start of src into
// dst. It reports errShort where the stream goes on behind src.
func (f *inflater) quick(dst, src []byte) error {
	if len(src) < 2 {
		return errShort
	}
	if src[0]&15 != 8 || src[1]&0x20 != 0 || (int(src[0])<<8|int(src[1]))%31 != 0 {
		return errFlate
	}
	n, err := f.flate.run(dst, src[2:])
	if err != nil {
		return err
	}
	if len(src) < 2+n+4 {
		return errShort
	}
	if binary.BigEndian.Uint32(src[2+n:]) != adler32.Checksum(dst) {
		return errFlate
	}
	return nil
}

// An inflater inflates one stream after another.
type inflater struct {
	flate flate
	z     io.ReadCloser
	src   *bufio.Reader
}

// maxQuick is the size up to which memory is given before anything comes out.
const maxQuick = 1 << 20

// slow returns exactly size bytes; a stream that holds fewer or more is
// corrupt, so that no more than size bytes are ever made.
func (f *inflater) slow(src io.Reader, size int64) ([]byte, error) {
	if err := f.open(src); err != nil {
		return nil, err
	}
	// Memory follows what really comes out, not what the head promises.
	b := bytes.NewBuffer(make([]byte, 0, min(size, maxQuick)))
	if n, err := io.Copy(b, io.LimitReader(f.z, size)); err != nil || n != size {
		return nil, corrupt("inflate: %d of %d bytes, %v", n, size, err)
	}
	var one [1]byte
	if n, err := f.z.Read(one[:]); n != 0 || err != io.EOF {
		return nil, corrupt("inflate: more than the %d bytes that it says, or a wrong checksum", size)
	}
	return b.Bytes(), nil
}

func (f *inflater) open(src io.Reader) error {
	if f.src == nil {
		f.src = bufio.NewReaderSize(src, 8<<10)
	} else {
		f.src.Reset(src)
	}
	var err error
	if r, ok := f.z.(zlib.Resetter); ok {
		err = r.Reset(f.src, nil)
	} else {
		f.z, err = zlib.NewReader(f.src)
	}
	if err != nil {
		f.z = nil
		return corrupt("inflate: %v", err)
	}
	return nil
}
