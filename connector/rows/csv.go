package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// A csvReader reads RFC 4180 rows of bounded size. Unlike encoding/csv it holds
// at most MaxLine bytes of a row whose quote never ends, and goes on after it.
type csvReader struct {
	l     *lineReader
	delim byte
	line  int64 // of the row last returned

	pending [][]byte // physical lines read ahead and not yet used
	first   int64    // line number of pending[0]
	sizes   int
	fields  []string
}

func newCSVReader(r io.Reader, delim byte) *csvReader {
	return &csvReader{l: newLineReader(r), delim: delim}
}

// decoded undoes the encoding of r; "" is UTF-8 unless a byte order mark says UTF-16.
func decoded(r io.Reader, encoding string) io.Reader {
	switch encoding {
	case "latin1":
		return charmap.ISO8859_1.NewDecoder().Reader(r)
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(r)
	case "utf-16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r)
	}
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}

// peek returns the first line without using it, for guessing the delimiter.
func (c *csvReader) peek() ([]byte, error) {
	line, err := c.pull(0)
	return line, err
}

// pull returns the i-th line read ahead.
func (c *csvReader) pull(i int) ([]byte, error) {
	for len(c.pending) <= i {
		line, err := c.l.next()
		if err != nil {
			return nil, err
		}
		if len(c.pending) == 0 {
			c.first, c.sizes = c.l.n, 0
		}
		c.sizes += len(line)
		c.pending = append(c.pending, bytes.Clone(line))
	}
	return c.pending[i], nil
}

// drop forgets the first n lines read ahead.
func (c *csvReader) drop(n int) {
	for _, p := range c.pending[:n] {
		c.sizes -= len(p)
	}
	c.pending = c.pending[n:]
	c.first += int64(n)
}

// read returns the next row, without blank lines. An error wrapping
// drover.ErrInvalid costs the one line that c.line names; reading goes on with
// the line after it. Any other error is final.
func (c *csvReader) read() ([]string, error) {
	for {
		line, err := c.pull(0)
		if errors.Is(err, errLong) {
			c.line = c.l.n
			return nil, err
		}
		if err != nil {
			return nil, err
		}
		c.line = c.first
		if len(bytes.TrimSpace(line)) == 0 {
			c.drop(1)
			continue
		}
		used, err := c.row()
		c.drop(used)
		return c.fields, err
	}
}

// row parses the row that begins at the first line read ahead and says how many
// lines it took.
func (c *csvReader) row() (used int, err error) {
	c.fields = nil
	line, i, n := c.pending[0], 0, 1
	for {
		if len(c.fields) >= maxColumns {
			return 1, fmt.Errorf("more than %d columns: %w", maxColumns, drover.ErrInvalid)
		}
		if i >= len(line) || line[i] != '"' {
			end := bytes.IndexByte(line[i:], c.delim)
			if end < 0 {
				c.fields = append(c.fields, string(line[i:]))
				return n, c.text()
			}
			c.fields = append(c.fields, string(line[i:i+end]))
			i += end + 1
			continue
		}
		var field []byte
		for i++; ; {
			q := bytes.IndexByte(line[i:], '"')
			if q < 0 {
				if c.sizes > MaxLine || n >= maxLines {
					return 1, fmt.Errorf("a quote that is opened here is not closed within %d bytes and %d lines: %w", MaxLine, maxLines, drover.ErrInvalid)
				}
				next, err := c.pull(n)
				if errors.Is(err, io.EOF) || errors.Is(err, errLong) {
					return 1, fmt.Errorf("a quote that is opened here is not closed: %w", drover.ErrInvalid)
				}
				if err != nil {
					return 1, err
				}
				field = append(append(field, line[i:]...), '\n')
				line, i, n = next, 0, n+1
				continue
			}
			field = append(field, line[i:i+q]...)
			i += q + 1
			if i < len(line) && line[i] == '"' {
				field, i = append(field, '"'), i+1
				continue
			}
			break
		}
		if i < len(line) && line[i] != c.delim {
			return 1, fmt.Errorf("text follows a closing quote: %w", drover.ErrInvalid)
		}
		c.fields = append(c.fields, string(field))
		if i >= len(line) {
			return n, c.text()
		}
		i++
	}
}

// text refuses rows that were read in the wrong encoding.
func (c *csvReader) text() error {
	for i, f := range c.fields {
		switch {
		case strings.IndexByte(f, 0) >= 0:
			return fmt.Errorf("field %d holds a NUL byte; if the input is UTF-16, set encoding: utf-16: %w", i+1, drover.ErrInvalid)
		case !utf8.ValidString(f):
			return fmt.Errorf("field %d is not UTF-8; set encoding: latin1 or windows-1252 if that is what it is: %w", i+1, drover.ErrInvalid)
		}
	}
	return nil
}

// guessDelimiter is the most frequent candidate outside quotes in the header.
func guessDelimiter(header []byte) byte {
	count := map[byte]int{}
	quoted := false
	for _, c := range header {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			count[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte(";\t|") {
		if count[c] > count[best] {
			best = c
		}
	}
	return best
}
