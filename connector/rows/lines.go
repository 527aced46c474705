package rows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/droverhq/drover"
)

// errLong is what a line past MaxLine gives; the reader stands at the next line.
var errLong = fmt.Errorf("the line is longer than %d bytes: %w", MaxLine, drover.ErrInvalid)

// A lineReader reads lines of bounded length, counting from 1. LF, CRLF and the
// end of the stream end a line; a byte order mark before the first is dropped.
type lineReader struct {
	r    *bufio.Reader
	max  int
	n    int64 // number of the last line read
	buf  []byte
	cut  bool // the last line ended with the stream, not with a newline
	done error
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: MaxLine}
}

// next returns the next line without its end, valid until the next call. After
// errLong reading goes on; any other error, io.EOF among them, is final. What
// came before a read error (a truncated stream) is not returned as a line.
func (l *lineReader) next() ([]byte, error) {
	if l.done != nil {
		return nil, l.done
	}
	l.buf = l.buf[:0]
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if !long && len(l.buf)+len(part) > l.max+2 {
			long, l.buf = true, nil
		}
		if !long {
			l.buf = append(l.buf, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			l.done = err
			if !errors.Is(err, io.EOF) || (!long && len(l.buf) == 0) {
				return nil, err
			}
			l.cut = true
		}
		break
	}
	l.n++
	line := bytes.TrimSuffix(l.buf, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if l.n == 1 {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if long || len(line) > l.max {
		return nil, errLong
	}
	return line, nil
}
