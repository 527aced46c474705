package graph

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/mapped"
)

// A snapshot file is one of package mapped: its key, then every array of the
// snapshot.
//
// The file holds what the store holds, hence no secret. It can be deleted at
// any time: the next process makes it again.

// magic names the layout and, by its bytes, the order of bytes in numbers.
const magic uint64 = 0x0003_504e_5352_4f44

// ErrStale is returned by Open for a file that was made of something else.
var ErrStale = errors.New("the snapshot file is of another state")

// Write writes the snapshot to a file at path, whole or not at all, readable by
// its owner only. Key says what it was made of.
func (s *Snapshot) Write(path, key string) error {
	err := mapped.Write(path, ".snapshot-*", magic, func(w *mapped.Writer) {
		w.Raw([]byte(key))
		s.arrays(w)
	})
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

// Open maps the snapshot that Write wrote to path with that key. What it returns
// shares the mapping, which lasts as long as the process, and cannot be filtered
// before Judge. The error is ErrStale
// for another key, and wraps drover.ErrInvalid for a file that is damaged.
func Open(path, key string) (*Snapshot, error) {
	data, err := mapped.File(path, true)
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	return read(data, path, key)
}

// Read is Open for a process that outlives the snapshot: the file is copied into
// memory, which is freed when nothing refers to it any more, be it a name that was
// read from it.
func Read(path, key string) (*Snapshot, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	return read(data, path, key)
}

func read(data []byte, path, key string) (s *Snapshot, err error) {
	r, ok := mapped.NewReader(data, magic)
	if !ok || len(data) < 24 {
		return nil, fmt.Errorf("open snapshot %s: not a snapshot of this version: %w", path, drover.ErrInvalid)
	}
	if got := r.Raw(nil); !bytes.Equal(got, []byte(key)) {
		return nil, ErrStale
	}
	if !mapped.Sound(data) {
		return nil, fmt.Errorf("open snapshot %s: damaged: %w", path, drover.ErrInvalid)
	}
	s = &Snapshot{cache: &cache{}}
	s.arrays(r)
	if !r.Done() {
		return nil, fmt.Errorf("open snapshot %s: damaged: %w", path, drover.ErrInvalid)
	}
	return s, nil
}

// text is an arena: all its chunks as one array.
func (a *arena) array(c mapped.Codec) {
	if r, ok := c.(*mapped.Reader); ok {
		b := r.Raw(nil)
		a.chunks = a.chunks[:0]
		for at := 0; at < len(b); at += chunkSize {
			a.chunks = append(a.chunks, b[at:])
		}
		a.free = 0
		return
	}
	w := c.(*mapped.Writer)
	last := len(a.chunks) - 1
	if last < 0 {
		w.Length(0)
		return
	}
	w.Length(last*chunkSize + min(len(a.chunks[last]), chunkSize))
	for i, b := range a.chunks {
		w.Write(b[:min(len(b), chunkSize)])
		if short := chunkSize - len(b); short > 0 && i < last {
			w.Write(make([]byte, short))
		}
	}
}

// array is a vocabulary: the texts end to end, and where each ends.
func (w *words) array(c mapped.Codec) {
	var data []byte
	ends := make([]uint64, len(w.words))
	for i, s := range w.words {
		data = append(data, s...)
		ends[i] = uint64(len(data))
	}
	mapped.Array(c, &data)
	mapped.Array(c, &ends)
	if _, ok := c.(*mapped.Reader); !ok {
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
func (s *Snapshot) arrays(c mapped.Codec) {
	mapped.Number(c, &s.Generation)
	asOf := micros(s.AsOf)
	mapped.Number(c, &asOf)
	s.AsOf = fromMicros(asOf)
	mapped.Number(c, &s.seen)
	mapped.Number(c, &s.judged)
	x := &s.rows
	x.text.array(c)
	x.json.array(c)
	for _, p := range []*[]int64{&x.ids, &x.entities, &x.created, &x.rotated, &x.expires, &x.firstSeen, &x.observed, &s.cols.tier, &s.cols.lastUsed, &s.cols.creds, &s.cols.places, &s.cols.until} {
		mapped.Array(c, p)
	}
	e := &s.edges
	for _, p := range []*[]span{&x.refs, &x.names, &x.attrs, &x.aliases.texts, &e.proof} {
		mapped.Array(c, p)
	}
	for _, p := range []*[]uint32{&x.typ, &x.sources, &x.system, &x.aliases.ends, &e.from, &e.to, &e.part, &e.cond, &e.technique, &e.grade, &e.joined,
		&s.out.starts, &s.out.edges, &s.in.starts, &s.in.edges, &s.order} {
		mapped.Array(c, p)
	}
	for _, p := range []*[]uint8{&x.kinds, &e.kind, &s.cols.watched} {
		mapped.Array(c, p)
	}
	for _, w := range []*words{&x.types, &x.sourceSets, &x.systems, &e.words, &s.extras.words} {
		w.array(c)
	}
	mapped.Array(c, &s.extras.uses)
	mapped.Array(c, &s.extras.labels)
	for _, cols := range [][]dictColumn{s.cols.dicts[:], s.cols.lists[:]} {
		for i := range cols {
			cols[i].words.array(c)
			mapped.Array(c, &cols[i].codes)
			mapped.Array(c, &cols[i].ends)
		}
	}
}

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
