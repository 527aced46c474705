package rows

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// A ldifReader reads the content records of RFC 2849. Attribute names are lower
// case and without options (";binary", ";lang-de"); "dn" is one of them. Values
// that are references to files (attr:< file:///…) are never followed.
type ldifReader struct {
	l       *lineReader
	line    int64 // of the entry last returned
	changes int   // change records passed over
	refs    int   // values by reference passed over

	ahead    []byte
	aheadErr error
	has      bool
}

func (d *ldifReader) physical() ([]byte, error) {
	if d.has {
		d.has = false
		return d.ahead, d.aheadErr
	}
	return d.l.next()
}

// logical returns one line with its continuations (a newline and one space)
// joined. Comments may be folded too.
func (d *ldifReader) logical() ([]byte, int64, error) {
	line, err := d.physical()
	if err != nil {
		return nil, d.l.n, err
	}
	n := d.l.n
	out := bytes.Clone(line)
	for range maxLines {
		next, err := d.l.next()
		if err == nil && len(next) > 0 && next[0] == ' ' && len(line) > 0 && len(out)+len(next) <= MaxLine {
			out = append(out, next[1:]...)
			continue
		}
		d.ahead, d.aheadErr, d.has = next, err, true
		if err == nil {
			d.ahead = bytes.Clone(next)
		}
		break
	}
	return out, n, nil
}

// read returns the next entry. An error wrapping drover.ErrInvalid costs the one
// entry at d.line; any other error is final.
func (d *ldifReader) read() (map[string][]string, error) {
	for {
		entry, err := d.entry()
		if err != nil {
			return nil, err
		}
		if t := entry["changetype"]; len(t) > 0 && !strings.EqualFold(t[0], "add") {
			d.changes++
			continue
		}
		if len(entry["dn"]) == 0 {
			if len(entry["version"]) > 0 && len(entry) == 1 {
				continue
			}
			return nil, fmt.Errorf("an entry without dn: %w", drover.ErrInvalid)
		}
		return entry, nil
	}
}

func (d *ldifReader) entry() (map[string][]string, error) {
	entry := map[string][]string{}
	size, bad := 0, error(nil)
	d.line = 0
	for {
		line, n, err := d.logical()
		switch {
		case errors.Is(err, errLong):
			bad = err
			if d.line == 0 {
				d.line = n
			}
			continue
		case errors.Is(err, io.EOF) && (len(entry) > 0 || bad != nil):
			return entry, bad
		case err != nil:
			return nil, err
		case len(line) == 0 && d.line == 0:
			continue
		case len(line) == 0:
			return entry, bad
		case line[0] == '#':
			continue
		}
		if d.line == 0 {
			d.line = n
		}
		if size += len(line); size > MaxLine {
			bad, entry = fmt.Errorf("an entry of more than %d bytes: %w", MaxLine, drover.ErrInvalid), map[string][]string{"dn": nil}
			continue
		}
		if t := entry["changetype"]; len(t) > 0 && !strings.EqualFold(t[0], "add") {
			continue // the body of a change is not attributes
		}
		if err := d.attribute(entry, line); err != nil && bad == nil {
			bad = err
		}
		if len(entry["version"]) > 0 && len(entry) == 1 {
			return entry, bad // the version line needs no blank line after it
		}
	}
}

func (d *ldifReader) attribute(entry map[string][]string, line []byte) error {
	name, rest, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return fmt.Errorf("a line without a colon: %w", drover.ErrInvalid)
	}
	name, _, _ = bytes.Cut(name, []byte(";"))
	key := strings.ToLower(strings.TrimSpace(string(name)))
	if key == "" {
		return fmt.Errorf("an attribute without a name: %w", drover.ErrInvalid)
	}
	var value string
	switch {
	case bytes.HasPrefix(rest, []byte("<")):
		d.refs++
		return nil
	case bytes.HasPrefix(rest, []byte(":")):
		raw, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(rest[1:])))
		if err != nil {
			return fmt.Errorf("attribute %q: not base64: %w", cut(key, 80), drover.ErrInvalid)
		}
		value = string(raw)
	default:
		value = string(bytes.TrimLeft(rest, " "))
	}
	if !utf8.ValidString(value) {
		if bytes.HasPrefix(rest, []byte(":")) {
			return nil // a binary value: a photograph, a certificate
		}
		return fmt.Errorf("attribute %q is not UTF-8: %w", cut(key, 80), drover.ErrInvalid)
	}
	entry[key] = append(entry[key], value)
	return nil
}
