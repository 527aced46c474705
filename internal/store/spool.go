package store

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// spoolMemory is how much of a spool stays in memory. What is more goes to the
// file in sorted runs of this size.
const spoolMemory = 8 << 20

// A place is where a record comes in the order of a spool.
type place struct{ a, b uint64 }

func (p place) compare(q place) int { return cmp.Or(cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b)) }

// A spool holds byte strings: filled once, then read in the order of their
// places, those of one place in the order in which they came. It keeps the first
// spoolMemory bytes in memory and the rest in a private temporary file.
//
// Rows are written to the database in the order of the indexes that they enter
// and are read back by, which turns random writes and reads into sequential ones.
type spool struct {
	dir  string
	buf  []byte
	recs []spooled // of the records in buf
	runs []int64   // where each run in f ends
	f    *os.File
	n    int64
}

type spooled struct {
	place
	from, to uint32 // in buf
}

func (s *spool) add(at place, rec []byte) error {
	if len(s.buf) > 0 && len(s.buf)+len(rec) > spoolMemory {
		if err := s.flush(); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	from := len(s.buf)
	s.buf = append(s.buf, rec...)
	s.recs = append(s.recs, spooled{at, uint32(from), uint32(len(s.buf))})
	s.n++
	return nil
}

func (s *spool) sort() {
	slices.SortStableFunc(s.recs, func(x, y spooled) int { return x.compare(y.place) })
}

// flush writes what is in memory as one run.
func (s *spool) flush() error {
	if s.f == nil {
		f, err := os.CreateTemp(s.dir, "drover-spool-*") // 0600
		if err != nil {
			return err
		}
		// Where the system lets it, the name goes at once, so that a crash leaves
		// nothing behind; elsewhere close removes it.
		_ = os.Remove(f.Name())
		s.f = f
	}
	s.sort()
	w := bufio.NewWriterSize(s.f, 1<<18)
	var end int64
	if len(s.runs) > 0 {
		end = s.runs[len(s.runs)-1]
	}
	var head [20]byte
	for _, r := range s.recs {
		binary.BigEndian.PutUint64(head[:], r.a)
		binary.BigEndian.PutUint64(head[8:], r.b)
		binary.BigEndian.PutUint32(head[16:], r.to-r.from)
		if _, err := w.Write(head[:]); err != nil {
			return err
		}
		n, err := w.Write(s.buf[r.from:r.to])
		if err != nil {
			return err
		}
		end += int64(len(head) + n)
	}
	s.runs = append(s.runs, end)
	s.buf, s.recs = s.buf[:0], s.recs[:0]
	return w.Flush()
}

// reader returns a function that yields the records in order, then nil. A record
// is good until the next call. Nothing may be added meanwhile.
func (s *spool) reader() (func() ([]byte, error), error) {
	if s.f == nil {
		s.sort()
		i := 0
		return func() ([]byte, error) {
			if i == len(s.recs) {
				return nil, nil
			}
			r := s.recs[i]
			i++
			return s.buf[r.from:r.to:r.to], nil
		}, nil
	}
	if len(s.recs) > 0 {
		if err := s.flush(); err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
	}
	s.buf, s.recs = nil, nil
	m := &merger{}
	from := int64(0)
	for i, end := range s.runs {
		r := &run{r: bufio.NewReaderSize(io.NewSectionReader(s.f, from, end-from), 1<<16), no: i}
		if err := r.next(); err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
		m.runs = append(m.runs, r)
		from = end
	}
	heap.Init(m)
	return m.next, nil
}

// A run is one sorted part of a spool's file, at its first record not yet given
// out.
type run struct {
	r  *bufio.Reader
	no int
	place
	rec  []byte // nil: at the end
	head [20]byte
}

func (r *run) next() error {
	_, err := io.ReadFull(r.r, r.head[:])
	if errors.Is(err, io.EOF) {
		r.rec = nil
		return nil
	}
	if err != nil {
		return err
	}
	r.place = place{binary.BigEndian.Uint64(r.head[:]), binary.BigEndian.Uint64(r.head[8:])}
	n := int(binary.BigEndian.Uint32(r.head[16:]))
	if r.rec = slices.Grow(r.rec[:0], max(n, 1))[:n]; n > 0 {
		_, err = io.ReadFull(r.r, r.rec)
	}
	return err
}

// A merger gives out the records of several runs in order.
type merger struct {
	runs    []*run
	started bool
}

func (m *merger) Len() int { return len(m.runs) }
func (m *merger) Less(i, j int) bool {
	return cmp.Or(m.runs[i].compare(m.runs[j].place), cmp.Compare(m.runs[i].no, m.runs[j].no)) < 0
}
func (m *merger) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }
func (m *merger) Push(any)      {}
func (m *merger) Pop() any      { m.runs = m.runs[:len(m.runs)-1]; return nil }

func (m *merger) next() ([]byte, error) {
	if m.started && len(m.runs) > 0 {
		// The record given out last lies in its run, which moves on only now.
		if err := m.runs[0].next(); err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
		if m.runs[0].rec == nil {
			heap.Pop(m)
		} else {
			heap.Fix(m, 0)
		}
	}
	m.started = true
	if len(m.runs) == 0 {
		return nil, nil
	}
	return m.runs[0].rec, nil
}

func (s *spool) close() {
	if s.f != nil {
		s.f.Close()
		_ = os.Remove(s.f.Name())
	}
	*s = spool{dir: s.dir}
}
