// Package mapped keeps arrays in files that are mapped into memory and used as
// they lie there. A file is a header and then every array, each behind its length
// in bytes and padded to 8; numbers are as this processor writes them:
//
//	magic (8) | sum of what follows (8) | arrays
//
// What the arrays are is for the packages that keep them to say.
package mapped

import (
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"unsafe"
)

var table = crc32.MakeTable(crc32.Castagnoli)

// A Codec writes arrays, or reads them back in the same order.
type Codec interface {
	// Raw writes b, or returns what was written in its place.
	Raw(b []byte) []byte
}

// Array is one array of numbers or of structs of numbers.
func Array[T any](c Codec, p *[]T) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	var b []byte
	if len(*p) > 0 {
		b = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(*p))), len(*p)*size)
	}
	if b = c.Raw(b); len(b) >= size {
		*p = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/size)
	} else {
		*p = nil
	}
}

// Number is one number.
func Number[T int | int64](c Codec, p *T) {
	v := []int64{int64(*p)}
	if Array(c, &v); len(v) == 1 {
		*p = T(v[0])
	}
}

// Write makes the file at path of what fn writes, whole or not at all, readable by
// its owner only. Temp is a pattern of os.CreateTemp for the file until then.
func Write(path, temp string, magic uint64, fn func(*Writer)) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), temp) // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	var head [16]byte
	if _, err := f.Write(head[:]); err != nil {
		return err
	}
	w := &Writer{w: f}
	fn(w)
	if w.err != nil {
		return w.err
	}
	*(*uint64)(unsafe.Pointer(&head[0])), *(*uint64)(unsafe.Pointer(&head[8])) = magic, uint64(w.sum)
	if _, err := f.WriteAt(head[:], 0); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// A Writer is the Codec that writes. After an error it does nothing.
type Writer struct {
	w   io.Writer
	sum uint32
	err error
}

// Write writes bytes as they are.
func (w *Writer) Write(b []byte) {
	for len(b) > 0 && w.err == nil {
		part := b[:min(len(b), 1<<20)] // summed while it is in the cache
		w.sum = crc32.Update(w.sum, table, part)
		_, w.err = w.w.Write(part)
		b = b[len(part):]
	}
}

// Length writes the length of an array whose n bytes follow by Write.
func (w *Writer) Length(n int) {
	v := uint64(n)
	w.Write((*[8]byte)(unsafe.Pointer(&v))[:])
}

// Raw writes one array of bytes.
func (w *Writer) Raw(b []byte) []byte {
	w.Length(len(b))
	w.Write(b)
	w.Write(make([]byte, -len(b)&7))
	return b
}

// A Reader is the Codec that reads. After an error it returns nil.
type Reader struct {
	data []byte
	err  error
}

// NewReader reads the arrays of a file, its header included in data; ok is false
// where the magic is another.
func NewReader(data []byte, magic uint64) (r *Reader, ok bool) {
	if len(data) < 16 || *(*uint64)(unsafe.Pointer(&data[0])) != magic {
		return nil, false
	}
	return &Reader{data: data[16:]}, true
}

// Sound reports whether the sum in the header is that of what follows.
func Sound(data []byte) bool {
	return uint64(crc32.Checksum(data[16:], table)) == *(*uint64)(unsafe.Pointer(&data[8]))
}

// Raw returns the next array, which shares the file's memory.
func (r *Reader) Raw([]byte) []byte {
	if len(r.data) < 8 {
		r.err = io.ErrUnexpectedEOF
		return nil
	}
	n := *(*uint64)(unsafe.Pointer(&r.data[0]))
	whole := (n + 7) &^ 7
	if rest := uint64(len(r.data) - 8); n > rest || whole > rest {
		r.err = io.ErrUnexpectedEOF
		return nil
	}
	b := r.data[8 : 8+n : 8+n]
	r.data = r.data[8+whole:]
	return b
}

// Err is why an array could not be read, nil if all could.
func (r *Reader) Err() error { return r.err }

// Done reports whether all was read, and nothing is left.
func (r *Reader) Done() bool { return r.err == nil && len(r.data) == 0 }
