package reach

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A graph file is a header and then every array of the graph, each behind its
// length in bytes and padded to 8. Numbers are as this processor writes them, so
// that a file can be mapped into memory and used as it lies there.
//
//	magic (8) | sum of what follows (8) | key | vocabulary | arrays
//
// It can be deleted at any time: the next process makes it again.

// magic names the layout and, by its bytes, the order of bytes in numbers.
const magic uint64 = 0x0001_4843_4145_5244

var sums = crc32.MakeTable(crc32.Castagnoli)

// ErrStale is returned by Open for a file that was made of something else, or
// with other words: make the graph again.
var ErrStale = errors.New("the graph file is of another state")

// vocabulary is what the numbers of kinds, grades and levels stand for.
func vocabulary() []byte {
	var b strings.Builder
	fmt.Fprint(&b, drover.EdgeKinds, drover.Grades, access.Levels)
	return []byte(b.String())
}

// Write writes the graph to a file at path, whole or not at all, readable by its
// owner only. Key says what it was made of.
func (g *Graph) Write(path, key string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".graph-*") // 0600
	if err != nil {
		return fmt.Errorf("write graph: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write graph: %w", errors.Join(err, f.Close(), os.Remove(f.Name())))
		}
	}()
	var head [16]byte
	if _, err := f.Write(head[:]); err != nil {
		return err
	}
	w := &fileWriter{w: f}
	w.bytes([]byte(key))
	w.bytes(vocabulary())
	g.arrays(w)
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

// Open maps the graph that Write wrote to path with that key. It lasts as long
// as the process. The error is ErrStale for another key, and wraps
// drover.ErrInvalid for a file that is damaged.
func Open(path, key string) (*Graph, error) {
	data, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("open graph: %w", err)
	}
	g, err := read(data, key)
	if err != nil && !errors.Is(err, ErrStale) {
		return nil, fmt.Errorf("open graph %s: %w: %w", path, err, drover.ErrInvalid)
	}
	return g, err
}

// read reads the graph that lies in data.
func read(data []byte, key string) (*Graph, error) {
	if len(data) < 16 || *(*uint64)(unsafe.Pointer(&data[0])) != magic {
		return nil, errors.New("not a graph of this version")
	}
	r := &fileReader{data: data[16:]}
	if got := r.bytes(); r.err == nil && !bytes.Equal(got, []byte(key)) {
		return nil, ErrStale
	}
	if uint64(crc32.Checksum(data[16:], sums)) != *(*uint64)(unsafe.Pointer(&data[8])) {
		return nil, errors.New("damaged")
	}
	if got := r.bytes(); r.err == nil && !bytes.Equal(got, vocabulary()) {
		return nil, ErrStale
	}
	g := &Graph{}
	g.arrays(r)
	if r.err != nil || len(r.data) != 0 {
		return nil, errors.New("cut short")
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	return g, nil
}

// arrays lists everything that a file holds.
func (g *Graph) arrays(c codec) {
	number(c, &g.n)
	number(c, &g.infos.width)
	for _, r := range []*rows{&g.out, &g.in} {
		array(c, &r.at)
		array(c, &r.ends)
		array(c, &r.class)
		array(c, &r.level)
	}
	array(c, &g.infos.codes)
	array(c, &g.infos.triples)
	for _, p := range []*[]byte{&g.infos.texts.data, &g.refs.data} {
		array(c, p)
	}
	for _, p := range []*[]uint64{&g.infos.texts.ends, &g.refs.ends} {
		array(c, p)
	}
	array(c, &g.refs.index)
}

// A codec writes arrays, or reads them back in the same order.
type codec interface {
	// raw writes b, or returns what was written in its place.
	raw(b []byte) []byte
}

// array is one array of numbers or of structs of numbers.
func array[T any](c codec, p *[]T) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	var b []byte
	if len(*p) > 0 {
		b = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(*p))), len(*p)*size)
	}
	if b = c.raw(b); len(b) >= size {
		*p = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/size)
	} else {
		*p = nil
	}
}

func number(c codec, p *int) {
	v := []int64{int64(*p)}
	if array(c, &v); len(v) == 1 {
		*p = int(v[0])
	}
}

type fileWriter struct {
	w   io.Writer
	sum uint32
	err error
}

func (w *fileWriter) write(b []byte) {
	for len(b) > 0 && w.err == nil {
		part := b[:min(len(b), 1<<20)] // summed while it is in the cache
		w.sum = crc32.Update(w.sum, sums, part)
		_, w.err = w.w.Write(part)
		b = b[len(part):]
	}
}

func (w *fileWriter) bytes(b []byte) {
	n := uint64(len(b))
	w.write((*[8]byte)(unsafe.Pointer(&n))[:])
	w.write(b)
	w.write(make([]byte, -len(b)&7))
}

func (w *fileWriter) raw(b []byte) []byte { w.bytes(b); return b }

type fileReader struct {
	data []byte
	err  error
}

func (r *fileReader) bytes() []byte {
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

func (r *fileReader) raw([]byte) []byte { return r.bytes() }
