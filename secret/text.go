package secret

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is what of a file is to be searched: its content, that of a file in UTF-16
// as UTF-8, and nil where it is binary. UTF-16 is told by its byte order mark, or
// without one by zeros in every other byte, as PowerShell and the registry editor
// of Windows write it; git takes it for binary. Places are lines of the text.
func Text(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], binary.BigEndian)
	case !Binary(data):
		return data
	}
	var zeros [2]int
	head := data[:min(len(data), 8000)&^1]
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch half := len(head) / 2; {
	case half < 4:
	case zeros[0] == 0 && zeros[1] > half*3/4:
		return fromUTF16(data, binary.LittleEndian)
	case zeros[1] == 0 && zeros[0] > half*3/4:
		return fromUTF16(data, binary.BigEndian)
	}
	return nil
}

// fromUTF16 is nil for what turns out to be no text.
func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	out := decode16(data, order)
	if Binary(out) {
		return nil
	}
	return out
}

// decode16 leaves out half a character at the end.
func decode16(data []byte, order binary.ByteOrder) []byte {
	out := make([]byte, 0, len(data)/2+16)
	for i := 0; i+1 < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) && i+3 < len(data) {
			if pair := utf16.DecodeRune(r, rune(order.Uint16(data[i+2:]))); pair != utf8.RuneError {
				r, i = pair, i+2
			}
		}
		out = utf8.AppendRune(out, r) // half a pair becomes U+FFFD
	}
	return out
}

// utf8Reader gives the text of UTF-16 with a byte order mark as UTF-8, and anything
// else as it is.
func utf8Reader(r io.Reader) io.Reader {
	head := make([]byte, 2)
	n, err := io.ReadFull(r, head)
	var order binary.ByteOrder
	switch {
	case err == nil && head[0] == 0xff && head[1] == 0xfe:
		order = binary.LittleEndian
	case err == nil && head[0] == 0xfe && head[1] == 0xff:
		order = binary.BigEndian
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return io.MultiReader(bytes.NewReader(head[:n]), failing{err})
	default:
		return io.MultiReader(bytes.NewReader(head[:n]), r)
	}
	return &utf16Reader{r: r, order: order}
}

// failing is a reader that has failed.
type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A utf16Reader decodes as it goes.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    []byte // not decoded yet
	out   []byte
	err   error
}

// Read decodes some of the text.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		buf := make([]byte, 64<<10)
		n := copy(buf, u.in)
		m, err := u.r.Read(buf[n:])
		buf, u.err = buf[:n+m], err
		whole := len(buf) &^ 1
		if whole >= 2 && u.err == nil && u.order.Uint16(buf[whole-2:])&0xfc00 == 0xd800 {
			whole -= 2 // its other half is still to come
		}
		u.out, u.in = decode16(buf[:whole], u.order), buf[whole:]
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}
