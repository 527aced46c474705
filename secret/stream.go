package secret

import (
	"bytes"
	"fmt"
	"io"

	"github.com/droverhq/drover"
)

const (
	// MaxMatch is the longest match that ScanReader promises to find.
	MaxMatch = 64 << 10

	streamChunk = 1 << 20
)

// ScanReader scans what r gives, however long and whatever its lines, in
// bounded memory, and calls emit for every hit in order of place. Rules see up to
// a megabyte at a time: a keyword counts for the piece that it stands in, and a
// match longer than MaxMatch can be missed. An error of r is returned after the
// hits before it.
func (s *Scanner) ScanReader(path string, r io.Reader, emit func(Hit)) error {
	r = utf8Reader(r)
	buf := make([]byte, 0, streamChunk+2*MaxMatch)
	base, lines, column := 0, 0, 0 // what lies before buf: bytes, line feeds, bytes of its last line
	done := 0                      // hits before this place have been emitted
	for {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		last := err != nil
		until := base + len(buf)
		if !last {
			until -= MaxMatch
		}
		for _, h := range s.Scan(path, buf) {
			if h.Line == 0 {
				if base == 0 {
					emit(h)
				}
				continue
			}
			if h.Line == 1 {
				h.Column += column
			}
			h.Start, h.End, h.Line, h.EndLine = h.Start+base, h.End+base, h.Line+lines, h.EndLine+lines
			if h.Start >= done && h.Start < until {
				emit(h)
			}
		}
		if last {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil
			}
			return fmt.Errorf("scan %q for secrets: %w: %v", path, drover.ErrTransient, err)
		}
		done = until
		drop := len(buf) - 2*MaxMatch
		lines += bytes.Count(buf[:drop], []byte("\n"))
		if i := bytes.LastIndexByte(buf[:drop], '\n'); i >= 0 {
			column = drop - i - 1
		} else {
			column += drop
		}
		base += drop
		buf = buf[:copy(buf, buf[drop:])]
	}
}

// Binary reports whether data, or the beginning of it, is no text: it has a NUL
// among its first 8000 bytes, as git decides it. UTF-16 counts as binary;
// Text reads it.
func Binary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 }
