package aws

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
)

var utf8BOM = []byte("\xef\xbb\xbf")

// decoded gives a file as UTF-8 without a mark. Windows PowerShell 5 writes what
// it redirects in UTF-16 with a byte order mark (about_Character_Encoding); some
// programs leave the mark out.
func decoded(r io.Reader) *bufio.Reader {
	in := bufio.NewReaderSize(r, 64<<10)
	head, _ := in.Peek(3)
	order := unicode.BigEndian
	switch {
	case bytes.Equal(head, utf8BOM):
		_, _ = in.Discard(len(utf8BOM))
		return in
	case len(head) < 2:
		return in
	case head[0] == 0xff && head[1] == 0xfe, head[0] != 0 && head[1] == 0:
		order = unicode.LittleEndian
	case head[0] == 0xfe && head[1] == 0xff, head[0] == 0 && head[1] != 0:
	default:
		return in
	}
	return bufio.NewReaderSize(unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(in), 64<<10)
}

// looksLikeJSON reports whether a text begins as JSON of objects does.
func looksLikeJSON(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == '[')
}
