package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how much of a spool stays in memory.
const spoolMemory = 2 << 20

// A spool is a queue of byte strings: filled once, then read, in memory first
// and in a private temporary file past spoolMemory.
type spool struct {
	dir string
	buf []byte
	f   *os.File
	w   *bufio.Writer
	n   int64
}

func (s *spool) add(rec []byte) error {
	s.n++
	if s.f == nil {
		s.buf = binary.AppendUvarint(s.buf, uint64(len(rec)))
		s.buf = append(s.buf, rec...)
		if len(s.buf) < spoolMemory {
			return nil
		}
		f, err := os.CreateTemp(s.dir, "drover-spool-*") // 0600
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		// Where the system lets it, the name goes at once, so that a crash leaves
		// nothing behind; elsewhere close removes it.
		_ = os.Remove(f.Name())
		s.f, s.w = f, bufio.NewWriterSize(f, 1<<18)
		_, err = s.w.Write(s.buf)
		s.buf = nil
		return err
	}
	var head [binary.MaxVarintLen64]byte
	if _, err := s.w.Write(binary.AppendUvarint(head[:0], uint64(len(rec)))); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if _, err := s.w.Write(rec); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// reader returns a function that yields the records in order, then nil. A record
// is good until the next call.
func (s *spool) reader() (func() ([]byte, error), error) {
	if s.f == nil {
		rest := s.buf
		return func() ([]byte, error) {
			if len(rest) == 0 {
				return nil, nil
			}
			n, k := binary.Uvarint(rest)
			rec := rest[k : k+int(n)]
			rest = rest[k+int(n):]
			return rec, nil
		}, nil
	}
	if err := s.w.Flush(); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	r := bufio.NewReaderSize(s.f, 1<<18)
	var rec []byte
	return func() ([]byte, error) {
		n, err := binary.ReadUvarint(r)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err == nil {
			if uint64(cap(rec)) < n {
				rec = make([]byte, n)
			}
			rec = rec[:n]
			_, err = io.ReadFull(r, rec)
		}
		if err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
		return rec, nil
	}, nil
}

func (s *spool) close() {
	if s.f != nil {
		s.f.Close()
		_ = os.Remove(s.f.Name())
	}
	*s = spool{dir: s.dir}
}
