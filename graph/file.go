package graph

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"github.com/droverhq/drover"
)

// A snapshot file is a header and then every array of the snapshot, each behind
// its length in bytes and padded to 8. Numbers are as this processor writes
// them, so that a file can be mapped into memory and used as it lies there.
//
//	magic (8) | sum of what follows (8) | length of key (8) | key | arrays
//
// The file holds what the store holds, hence no secret. It can be deleted at
// any time: the next process makes it again.

// magic names the layout and, by its bytes, the order of bytes in numbers.
const magic uint64 = 0x0002_504e_5352_4f44

var table = crc32.MakeTable(crc32.Castagnoli)

// ErrStale is returned by Open for a file that was made of something else.
var ErrStale = errors.New("the snapshot file is of another state")

// Write writes the snapshot to a file at path, whole or not at all, readable by
// its owner only. Key says what it was made of.
func (s *Snapshot) Write(path, key string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".snapshot-*") // 0600
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write snapshot: %w", errors.Join(err, f.Close(), os.Remove(f.Name())))
		}
	}()
	var head [16]byte
	if _, err := f.Write(head[:]); err != nil {
		return err
	}
	w := &fileWriter{w: f}
	w.bytes([]byte(key))
	s.arrays(w)
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

// Open maps the snapshot that Write wrote to path with that key. What it returns
// shares the mapping, which lasts as long as the process, and cannot be filtered
// before Judge. The error is ErrStale
// for another key, and wraps drover.ErrInvalid for a file that is damaged.
func Open(path, key string) (s *Snapshot, err error) {
	data, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	if len(data) < 24 || *(*uint64)(unsafe.Pointer(&data[0])) != magic {
		return nil, fmt.Errorf("open snapshot %s: not a snapshot of this version: %w", path, drover.ErrInvalid)
	}
	r := &fileReader{data: data[16:]}
	if got := r.bytes(); !bytes.Equal(got, []byte(key)) {
		return nil, ErrStale
	}
	if uint64(crc32.Checksum(data[16:], table)) != *(*uint64)(unsafe.Pointer(&data[8])) {
		return nil, fmt.Errorf("open snapshot %s: damaged: %w", path, drover.ErrInvalid)
	}
	s = &Snapshot{}
	s.arrays(r)
	if r.err != nil || len(r.data) != 0 {
		return nil, fmt.Errorf("open snapshot %s: damaged: %w", path, drover.ErrInvalid)
	}
	return s, nil
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

// number is one number.
func number[T int | int64](c codec, p *T) {
	v := []int64{int64(*p)}
	if array(c, &v); len(v) == 1 {
		*p = T(v[0])
	}
}

// text is an arena: all its chunks as one array.
func (a *arena) array(c codec) {
	if r, ok := c.(*fileReader); ok {
		b := r.raw(nil)
		a.chunks = a.chunks[:0]
		for at := 0; at < len(b); at += chunkSize {
			a.chunks = append(a.chunks, b[at:])
		}
		a.free = 0
		return
	}
	c.(*fileWriter).chunks(a.chunks)
}

// array is a vocabulary: the texts end to end, and where each ends.
func (w *words) array(c codec) {
	var data []byte
	ends := make([]uint64, len(w.words))
	for i, s := range w.words {
		data = append(data, s...)
		ends[i] = uint64(len(data))
	}
	array(c, &data)
	array(c, &ends)
	if _, ok := c.(*fileReader); !ok {
		return
	}
	w.words = make([]string, len(ends))
	from := uint64(0)
	for i, end := range ends {
		if from < end && end <= uint64(len(data)) {
			w.words[i] = unsafe.String(&data[from], int(end-from))
		}
		from = end
	}
}

// arrays lists everything that a file holds.
func (s *Snapshot) arrays(c codec) {
	number(c, &s.Generation)
	asOf := micros(s.AsOf)
	number(c, &asOf)
	s.AsOf = fromMicros(asOf)
	number(c, &s.seen)
	number(c, &s.judged)
	x := &s.rows
	x.text.array(c)
	x.json.array(c)
	for _, p := range []*[]int64{&x.ids, &x.entities, &x.created, &x.rotated, &x.expires, &x.firstSeen, &x.observed, &s.cols.tier, &s.cols.lastUsed, &s.cols.creds, &s.cols.places, &s.cols.until} {
		array(c, p)
	}
	e := &s.edges
	for _, p := range []*[]span{&x.refs, &x.names, &x.attrs, &x.aliases.texts, &e.proof} {
		array(c, p)
	}
	for _, p := range []*[]uint32{&x.typ, &x.sources, &x.system, &x.aliases.ends, &e.from, &e.to, &e.part, &e.cond, &e.technique, &e.grade, &e.joined,
		&s.out.starts, &s.out.edges, &s.in.starts, &s.in.edges, &s.order} {
		array(c, p)
	}
	for _, p := range []*[]uint8{&x.kinds, &e.kind, &s.cols.watched} {
		array(c, p)
	}
	for _, w := range []*words{&x.types, &x.sourceSets, &x.systems, &e.words, &s.extras.words} {
		w.array(c)
	}
	array(c, &s.extras.uses)
	array(c, &s.extras.labels)
	for _, cols := range [][]dictColumn{s.cols.dicts[:], s.cols.lists[:]} {
		for i := range cols {
			cols[i].words.array(c)
			array(c, &cols[i].codes)
			array(c, &cols[i].ends)
		}
	}
}

type fileWriter struct {
	w   io.Writer
	sum uint32
	err error
}

func (w *fileWriter) write(b []byte) {
	if w.err == nil && len(b) > 0 {
		w.sum = crc32.Update(w.sum, table, b)
		_, w.err = w.w.Write(b)
	}
}

func (w *fileWriter) length(n int) {
	v := uint64(n)
	w.write((*[8]byte)(unsafe.Pointer(&v))[:])
}

func (w *fileWriter) bytes(b []byte) {
	w.length(len(b))
	w.write(b)
	w.write(make([]byte, -len(b)&7))
}

func (w *fileWriter) raw(b []byte) []byte { w.bytes(b); return b }

func (w *fileWriter) chunks(chunks [][]byte) {
	w.length(len(chunks) * chunkSize)
	for _, b := range chunks {
		w.write(b[:chunkSize])
	}
}

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

// Judge asks for the facts of the rows whose lifecycle or status may have changed
// since they were concluded. It is false when that was later than now. It must
// be called before the snapshot is shared.
func (s *Snapshot) Judge(now time.Time, facts func(i int) Facts) bool {
	at := now.Unix()
	if at < s.judged {
		return false
	}
	s.judged = at
	for i, until := range s.cols.until {
		if until == unknown || until > at {
			continue
		}
		f := facts(i)
		s.cols.dicts[colLifecycle].set(i, string(f.Lifecycle))
		s.cols.dicts[colStatus].set(i, f.Status)
		s.cols.until[i] = unix(f.Until)
	}
	s.index()
	return true
}

// set changes the value of a row; the vocabulary is small.
func (d *dictColumn) set(i int, v string) {
	for code, w := range d.words.words {
		if w == v {
			d.codes[i] = uint32(code)
			return
		}
	}
	d.words.words = append(d.words.words, v)
	d.codes[i] = uint32(len(d.words.words) - 1)
}
