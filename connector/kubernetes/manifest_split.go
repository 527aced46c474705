package kubernetes

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/droverhq/drover"
)

// A piece is one document of a manifest file, or one item of a list that is too
// long to be held as a whole, as it stands in the file.
type piece struct {
	text []byte
	line int    // of its first line, counted from 1
	list string // of an item: the Kind of its list where the item has none, "PodList"
}

// maxPiece is the largest document, and the largest item of a list, that is read.
const maxPiece = maxObject

// maxLine is the longest line of a file that is kept; a longer one makes its
// document too large.
const maxLine = maxPiece

// errLarge is the error of a document that is over maxPiece and no list.
var errLarge = fmt.Errorf("a document larger than %d bytes: %w", maxPiece, drover.ErrInvalid)

// splitYAML hands on each document of a YAML stream. The lines that part them are
// "---" at the first column, which no document may hold otherwise (YAML 1.2.2, 9.1).
// The text of a piece is valid during the call. A document that is too large is
// handed on item by item when it is a list as kubectl prints one; otherwise lost
// is told its line.
func splitYAML(r io.Reader, emit func(piece) error, lost func(line int, err error)) error {
	s := yamlSplitter{emit: emit, lost: lost}
	b := bufio.NewReaderSize(r, 64<<10)
	for line := 1; ; line++ {
		text, long, err := readLine(b)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read at line %d: %w", line, err)
		}
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if marksDocument(text) {
			if err := s.end(); err != nil {
				return err
			}
		}
		if len(text) > 0 {
			if err := s.add(text, line, long); err != nil {
				return err
			}
		}
		if err != nil {
			return s.end()
		}
	}
}

// readLine reads one line with its end. What is over maxLine is thrown away, and
// long says so.
func readLine(b *bufio.Reader) (text []byte, long bool, err error) {
	for {
		part, err := b.ReadSlice('\n')
		if text == nil && err == nil {
			return part, false, nil
		}
		if len(text)+len(part) > maxLine {
			long = true
		} else {
			text = append(text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, long, err
		}
	}
}

func marksDocument(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("---")) {
		return false
	}
	return len(line) == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r' || line[3] == '\n'
}

// A yamlSplitter collects the lines of one document.
type yamlSplitter struct {
	emit func(piece) error
	lost func(int, error)

	text  []byte // of the document, or of one item of it
	line  int    // where text begins
	first int    // where the document begins
	large bool   // text is over the limit and thrown away
	items bool   // the document is handed on item by item
	open  bool   // in the list of items
}

func (s *yamlSplitter) add(line []byte, number int, long bool) error {
	if s.first == 0 {
		s.first, s.line = number, number
	}
	if s.items {
		return s.item(line, number, long)
	}
	if s.large {
		return nil
	}
	if !long && len(s.text)+len(line) <= maxPiece {
		s.text = append(s.text, line...)
		return nil
	}
	return s.unfold(line, number, long)
}

// unfold begins to hand on a document, which has become too large, item by item.
func (s *yamlSplitter) unfold(line []byte, number int, long bool) error {
	text, at := s.text, s.first
	if !bytes.HasPrefix(text, []byte("items:")) && !bytes.Contains(text, []byte("\nitems:")) {
		s.large, s.text = true, nil
		return nil
	}
	s.items, s.text = true, nil
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		if err := s.item(text[:n], at, false); err != nil {
			return err
		}
		text, at = text[n:], at+1
	}
	return s.item(line, number, long)
}

// item takes a line of a list whose items are at the first column, "- " before
// each, as kubectl prints them. Other lines at the first column are the list's own.
func (s *yamlSplitter) item(line []byte, number int, long bool) error {
	inside := line[0] == ' ' || line[0] == '\t' || line[0] == '\r' || line[0] == '\n' || line[0] == '#'
	dash := line[0] == '-' && len(line) > 1 && (line[1] == ' ' || line[1] == '\n' || line[1] == '\r')
	if !inside {
		if err := s.flush(); err != nil {
			return err
		}
		s.open = dash
		if dash {
			s.line = number
		}
	}
	switch {
	case !s.open || s.large:
	case long || len(s.text)+len(line) > maxPiece:
		s.large, s.text = true, nil
	case dash:
		// The item alone is a map that is indented by the width of its dash.
		s.text = append(append(s.text, ' '), line[1:]...)
	default:
		s.text = append(s.text, line...)
	}
	return nil
}

// flush hands on what was collected.
func (s *yamlSplitter) flush() error {
	text, large := s.text, s.large
	s.text, s.large = s.text[:0], false
	if large {
		s.lost(s.line, errLarge)
		return nil
	}
	if blank(text) {
		return nil
	}
	return s.emit(piece{text: text, line: s.line})
}

// end closes the document.
func (s *yamlSplitter) end() error {
	err := s.flush()
	s.first, s.items, s.open = 0, false, false
	return err
}

// blank reports whether a text has nothing but comments, directives and marks.
func blank(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if marksDocument(line) {
			line = bytes.TrimSpace(line[3:])
		}
		if len(line) > 0 && line[0] != '#' && line[0] != '%' && !bytes.Equal(line, []byte("...")) {
			return false
		}
	}
	return true
}
