package decode

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

const (
	// MaxSize is the largest input that any parser takes, in bytes.
	MaxSize = 8 << 20
	// MaxDepth is how deep maps and lists may nest.
	MaxDepth = 200
	// MaxNodes is how many values one document may have, aliases unfolded.
	MaxNodes = 1 << 20
)

// clean refuses what is too large, and returns data without byte order mark,
// UTF-16 (as Windows writes it) turned into UTF-8.
func clean(format string, data []byte) ([]byte, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("read %s: %d bytes are over the limit of %d: %w", format, len(data), MaxSize, drover.ErrInvalid)
	}
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], 0, 1), nil
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], 1, 0), nil
	}
	return data, nil
}

// fromUTF16 decodes code units whose low and high bytes lie at the given
// offsets. Surrogate halves that have no partner become U+FFFD.
func fromUTF16(b []byte, low, high int) []byte {
	out := make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(b[i+low]) | rune(b[i+high])<<8
		if r >= 0xd800 && r < 0xdc00 && i+3 < len(b) {
			if s := rune(b[i+2+low]) | rune(b[i+2+high])<<8; s >= 0xdc00 && s < 0xe000 {
				r = 0x10000 + (r-0xd800)<<10 + (s - 0xdc00)
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// A note is an error that tells of something odd in a file that was read whole.
type note struct{ error }

func (n note) Unwrap() error { return n.error }

// Complete reports whether all of a file was read by the parser that returned
// err: it is nil, or tells only of oddities such as a key that is given twice,
// whose last value counts. What such a file does not hold is absent.
func Complete(err error) bool {
	if err == nil {
		return true
	}
	if _, ok := err.(note); ok { //nolint:errorlint // each member of a joined error is looked at, not only one
		return true
	}
	all, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // as above
	if !ok {
		return false
	}
	list := all.Unwrap()
	for _, e := range list {
		if !Complete(e) {
			return false
		}
	}
	return len(list) > 0
}

// bad makes an error of a format, at a line where one is known.
func bad(format string, line int, why string, args ...any) error {
	why = fmt.Sprintf(why, args...)
	if line > 0 {
		return fmt.Errorf("read %s: line %d: %s: %w", format, line, why, drover.ErrInvalid)
	}
	return fmt.Errorf("read %s: %s: %w", format, why, drover.ErrInvalid)
}
