package kubernetes

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/droverhq/drover"
)

// splitJSON hands on each value of a file of JSON values, one after the other. A
// value that is too large is handed on item by item when it is a list; otherwise
// lost is told its line. The file is read a second time then: kubectl writes the
// Kind of a list behind its items.
func splitJSON(r io.ReadSeeker, emit func(piece) error, lost func(line int, err error)) error {
	large, err := scanJSON(r, "", nil, emit, func(int, error) {})
	if err != nil || len(large) == 0 {
		return err
	}
	for _, v := range large {
		if v.kind == "" && !v.array {
			lost(v.line, errLarge)
		}
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read a second time: %w", err)
	}
	_, err = scanJSON(r, "items", large, emit, lost)
	return err
}

// A largeValue is one that did not fit into a piece.
type largeValue struct {
	number int // which of the file's values
	line   int
	kind   string // of a list: its Kind, "PodList"; "" for others
	array  bool   // the value itself is a list
}

// scanJSON hands on the values of the file, when items is empty, and returns those
// that were too large. When items is the name of a list it hands on the elements
// of that list in those values that large names.
func scanJSON(r io.Reader, items string, large []largeValue, emit func(piece) error, lost func(int, error)) ([]largeValue, error) {
	var found []largeValue
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	line := 1
	for number := 0; ; number++ {
		c, err := nextByte(b, &line)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, fmt.Errorf("read at line %d: %w", line, err)
		}
		if c != '{' && c != '[' {
			return found, fmt.Errorf("line %d: not JSON: %w", line, drover.ErrInvalid)
		}
		v := jsonValue{b: b, line: line, items: items, emit: emit, lost: lost}
		for _, l := range large {
			if l.number == number {
				v.list, v.walk = l.kind, l.array || l.kind != ""
			}
		}
		v.whole = items == ""
		if err := v.read(c); err != nil {
			return found, err
		}
		line = v.line
		if v.large {
			found = append(found, largeValue{number: number, line: v.first, kind: v.kind, array: v.array})
		}
	}
}

// nextByte skips white space and record separators between values, and the lines
// by which YAML separates documents, each of which may be JSON.
func nextByte(b *bufio.Reader, line *int) (byte, error) {
	for {
		c, err := b.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			*line++
		case c == '#' || c == '-' && separates(b):
			if _, err := b.ReadString('\n'); err != nil {
				return 0, err
			}
			*line++
		case c != ' ' && c != '\t' && c != '\r' && c != 0x1e:
			return c, nil
		}
	}
}

// separates reports whether what follows a dash makes it a separator.
func separates(b *bufio.Reader) bool {
	rest, _ := b.Peek(3)
	return len(rest) >= 2 && rest[0] == '-' && rest[1] == '-' && (len(rest) == 2 || strings.IndexByte(" \t\r\n#", rest[2]) >= 0)
}

// A jsonValue is one outermost value that is read, byte by byte. No more of JSON
// is known than strings and brackets: what a piece holds is parsed later.
type jsonValue struct {
	b     *bufio.Reader
	line  int
	items string
	emit  func(piece) error
	lost  func(int, error)

	whole bool   // the value as a whole is collected and handed on
	walk  bool   // its items are handed on
	list  string // its Kind, known from the first reading

	first int
	kind  string // its own key "kind", if that ends in List
	array bool
	large bool

	depth            int
	quoted, escaped  bool
	name, key        []byte // the last string at depth 1, and the key that it was
	afterColon       bool
	text             []byte
	textLine         int
	collecting, over bool
}

const maxKey = 256

// read reads to the end of the value that begins with c.
func (v *jsonValue) read(c byte) error {
	v.first, v.array = v.line, c == '['
	if v.whole {
		v.begin()
	}
	for {
		if err := v.take(c); err != nil {
			return err
		}
		if v.depth == 0 {
			return nil
		}
		var err error
		if c, err = v.b.ReadByte(); err != nil {
			return fmt.Errorf("line %d: the JSON value that begins there is cut off: %w", v.first, drover.ErrInvalid)
		}
		if c == '\n' {
			v.line++
		}
	}
}

func (v *jsonValue) begin() {
	v.collecting, v.over, v.text, v.textLine = true, false, v.text[:0], v.line
}

// take looks at one byte of the value.
func (v *jsonValue) take(c byte) error {
	if v.quoted {
		v.quote(c)
		v.keep(c)
		return nil
	}
	switch c {
	case '"':
		v.quoted = true
		if v.depth == 1 {
			v.name = v.name[:0]
		}
	case ':':
		if v.depth == 1 {
			v.key, v.afterColon = append(v.key[:0], v.name...), true
		}
	case ',':
		if v.depth == 1 {
			v.afterColon = false
		}
	case '{', '[':
		if v.item() && v.walk && c == '{' {
			v.begin()
		}
		v.depth++
	case '}', ']':
		v.depth--
		v.keep(c)
		if v.collecting && (v.whole && v.depth == 0 || !v.whole && v.item()) {
			return v.finish()
		}
		return nil
	}
	v.keep(c)
	return nil
}

// item reports whether what begins here is an element of the list.
func (v *jsonValue) item() bool {
	if v.array {
		return v.depth == 1
	}
	return v.depth == 2 && v.afterColon && string(v.key) == v.items
}

// quote looks at a byte inside of a string.
func (v *jsonValue) quote(c byte) {
	switch {
	case v.escaped:
		v.escaped = false
	case c == '\\':
		v.escaped = true
	case c == '"':
		v.quoted = false
		if v.depth == 1 && v.afterColon && string(v.key) == "kind" && strings.HasSuffix(string(v.name), "List") {
			v.kind = string(v.name)
		}
		return
	}
	if v.depth == 1 && len(v.name) < maxKey {
		v.name = append(v.name, c)
	}
}

func (v *jsonValue) keep(c byte) {
	switch {
	case !v.collecting || v.over:
	case len(v.text) >= maxPiece:
		v.over, v.text = true, nil
	default:
		v.text = append(v.text, c)
	}
}

// finish hands on what was collected.
func (v *jsonValue) finish() error {
	v.collecting = false
	if !v.over {
		return v.emit(piece{text: v.text, line: v.textLine, list: v.list})
	}
	v.large = true
	if !v.whole {
		v.lost(v.textLine, errLarge)
	}
	return nil
}
