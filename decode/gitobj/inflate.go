package gitobj

import (
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/zlib"
)

// A window is the part of a pack that was read last: objects are asked for in
// the order in which they lie.
type window struct {
	pack  *pack
	start int64
	buf   []byte
	pos   int64 // of the next byte to give
}

const windowSize = 64 << 10

// at returns up to n bytes at the offset, fewer at the end of the file.
func (w *window) at(p *pack, offset int64, n int) ([]byte, error) {
	if w.pack == nil || w.pack != p || offset < w.start || offset+int64(n) > w.start+int64(len(w.buf)) && w.start+int64(len(w.buf)) < p.size {
		if cap(w.buf) < windowSize {
			w.buf = make([]byte, windowSize)
		}
		got, err := p.file.ReadAt(w.buf[:windowSize], offset)
		if got == 0 && err != nil {
			w.buf = w.buf[:0]
			return nil, corrupt("pack %s: cut off at %d", p.name, offset)
		}
		w.pack, w.start, w.buf = p, offset, w.buf[:got]
	}
	from := offset - w.start
	if from >= int64(len(w.buf)) {
		return nil, corrupt("pack %s: cut off at %d", p.name, offset)
	}
	return w.buf[from:min(from+int64(n), int64(len(w.buf)))], nil
}

// Read gives the bytes from pos on.
func (w *window) Read(b []byte) (int, error) {
	got, err := w.at(w.pack, w.pos, min(len(b), windowSize))
	if err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(b, got)
	w.pos += int64(n)
	return n, nil
}

// An inflater inflates one stream after another.
type inflater struct {
	z   io.ReadCloser
	src *bufio.Reader
}

// inflate returns exactly size bytes; a stream that holds fewer or more is
// corrupt, so that no more than size bytes are ever made.
func (f *inflater) inflate(src io.Reader, size int64) ([]byte, error) {
	if err := f.open(src); err != nil {
		return nil, err
	}
	// Memory follows what really comes out, not what the head promises.
	var out []byte
	if size <= 1<<20 {
		out = make([]byte, size)
		if _, err := io.ReadFull(f.z, out); err != nil {
			return nil, corrupt("inflate: %v", err)
		}
	} else {
		b := bytes.NewBuffer(make([]byte, 0, 1<<20))
		if n, err := io.Copy(b, io.LimitReader(f.z, size)); err != nil || n != size {
			return nil, corrupt("inflate: %d of %d bytes, %v", n, size, err)
		}
		out = b.Bytes()
	}
	var one [1]byte
	if n, err := f.z.Read(one[:]); n != 0 || err != io.EOF {
		return nil, corrupt("inflate: more than the %d bytes that it says, or a wrong checksum", size)
	}
	return out, nil
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
