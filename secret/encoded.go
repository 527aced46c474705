package secret

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
)

// An encodedPart is a stretch of text that looks encoded.
type encodedPart struct {
	span
	kind encoding
}

// Byte kinds that the search for encoded parts tells apart.
const (
	inBase64  = 1 << iota // \w / + -
	inHex                 // 0-9 A-F a-f
	isDigit               // 0-9
	isLikely              // 0-9 + / - _: base64 that is not just a long name
	isPrinted             // tab to ~
)

var byteKind = func() (k [256]uint8) {
	for b := range 256 {
		c := byte(b)
		digit := '0' <= c && c <= '9'
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if digit || letter || strings.IndexByte("_/+-", c) >= 0 {
			k[b] |= inBase64
		}
		if digit || 'a' <= c|0x20 && c|0x20 <= 'f' {
			k[b] |= inHex
		}
		if digit {
			k[b] |= isDigit
		}
		if digit || strings.IndexByte("_/+-", c) >= 0 {
			k[b] |= isLikely
		}
		if 0x08 < c && c < 0x7f {
			k[b] |= isPrinted
		}
	}
	return k
}()

const (
	minBase64 = 16
	minHex    = 32
)

// encodedParts finds, left to right, what gitleaks finds with the alternation of
// percent, unicode, hex and base64 expressions, and leaves out what borders on a
// part of a stronger kind. It keeps the next candidate of each kind and takes the
// leftmost, so that most bytes are never looked at.
func encodedParts(text []byte, all []encodedPart) []encodedPart {
	percent, escape, point, run := -1, -1, -1, -1
	for i := 0; i < len(text); {
		if percent < i {
			percent = nextPart(text, i, '%', percentLen)
		}
		if escape < i {
			escape = nextPart(text, i, '\\', escapeLen)
		}
		if point < i {
			point = nextPart(text, i, 'U', codePointLen)
		}
		if run < i {
			run = nextRun(text, i)
		}
		var p encodedPart
		switch i = min(percent, escape, point, run); i {
		case len(text):
		case percent:
			p = encodedPart{span{i, percentEnd(text, i)}, percentEncoded}
		case escape:
			p = encodedPart{span{i, repeated(text, i, escapeLen)}, unicodeEncoded}
		case point:
			p = encodedPart{span{i, repeated(text, i, codePointLen)}, unicodeEncoded}
		case run:
			p = runAt(text, i)
		}
		if p.kind == 0 {
			break
		}
		all = append(all, p)
		i = p.end
	}
	return strongest(all)
}

// nextPart returns the first place from i on that begins with lead and at which
// length is not 0; len(text) for none.
func nextPart(text []byte, i int, lead byte, length func([]byte) int) int {
	for i < len(text) {
		n := bytes.IndexByte(text[i:], lead)
		if n < 0 {
			break
		}
		if i += n; length(text[i:]) > 0 {
			return i
		}
		i++
	}
	return len(text)
}

// nextRun returns the first place from i on at which minBase64 bytes of the
// base64 alphabet begin. It looks at the last of them first.
func nextRun(text []byte, i int) int {
search:
	for i+minBase64 <= len(text) {
		for k := i + minBase64 - 1; k >= i; k-- {
			if byteKind[text[k]]&inBase64 == 0 {
				i = k + 1
				continue search
			}
		}
		return i
	}
	return len(text)
}

// runAt is the hex or base64 part that begins at i, where nextRun found one.
func runAt(text []byte, i int) encodedPart {
	end := i
	for end < len(text) && byteKind[text[end]]&inHex != 0 {
		end++
	}
	if end-i >= minHex {
		return encodedPart{span{i, end}, hexEncoded}
	}
	for end < len(text) && byteKind[text[end]]&inBase64 != 0 {
		end++
	}
	for n := 0; n < 2 && end < len(text) && text[end] == '='; n++ {
		end++
	}
	return encodedPart{span{i, end}, base64Encoded}
}

// repeated returns the end of the items of the given length that follow one
// another from i on.
func repeated(text []byte, i int, length func([]byte) int) int {
	for {
		n := length(text[i:])
		if n == 0 {
			return i
		}
		i += n
	}
}

func strongest(all []encodedPart) []encodedPart {
	if len(all) < 2 {
		return all
	}
	// In place: what is looked at behind i has been kept in before.
	out, before := all[:0], encodedPart{}
	for i, p := range all {
		weaker := i > 0 && p.touches(before.span) && before.kind > p.kind ||
			i+1 < len(all) && p.touches(all[i+1].span) && all[i+1].kind > p.kind
		before = p
		if !weaker {
			out = append(out, p)
		}
	}
	return out
}

// decode returns nil if b, which looks like kind, is something else.
func (p *encodedPart) decode(b []byte) []byte {
	switch {
	case p.kind == percentEncoded:
		return decodePercent(b)
	case p.kind == hexEncoded:
		return decodeHex(b)
	case p.kind == base64Encoded:
		return decodeBase64(b)
	case b[0] == 'U':
		return decodeCodePoints(b)
	}
	return decodeEscapes(b)
}

func isHex4(b []byte) bool {
	return len(b) >= 4 && byteKind[b[0]]&byteKind[b[1]]&byteKind[b[2]]&byteKind[b[3]]&inHex != 0
}

// percentLen is the length of %XX at the start of b, or 0.
func percentLen(b []byte) int {
	if len(b) > 2 && b[0] == '%' && byteKind[b[1]]&byteKind[b[2]]&inHex != 0 {
		return 3
	}
	return 0
}

// percentEnd is the end of the last %XX on the line of the one at i.
func percentEnd(text []byte, i int) int {
	rest := text[i+3:]
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		rest = rest[:n]
	}
	for j := len(rest); ; {
		if j = bytes.LastIndexByte(rest[:j], '%'); j < 0 {
			return i + 3
		}
		if percentLen(rest[j:]) > 0 {
			return i + 3 + j + 3
		}
	}
}

// escapeLen is the length of \uXXXX or \\uXXXX at the start of b, or 0.
func escapeLen(b []byte) int {
	for _, slashes := range []int{2, 1} {
		if len(b) >= slashes+5 && b[0] == '\\' && b[slashes-1] == '\\' && b[slashes]|0x20 == 'u' && isHex4(b[slashes+1:]) {
			return slashes + 5
		}
	}
	return 0
}

// codePointLen is the length of U+XXXX and the space behind it, or 0.
func codePointLen(b []byte) int {
	if len(b) < 6 || b[0] != 'U' || b[1] != '+' || !isHex4(b[2:]) {
		return 0
	}
	if len(b) == 6 {
		return 6
	}
	if strings.IndexByte(" \t\n\f\r", b[6]) >= 0 {
		return 7
	}
	return 0
}

func decodeCodePoints(b []byte) []byte {
	var out []rune
	for _, f := range strings.Fields(string(b)) {
		if n, err := strconv.ParseInt(f[2:], 16, 32); err == nil {
			out = append(out, rune(n))
		}
	}
	return []byte(string(out))
}

func decodeEscapes(b []byte) []byte {
	var out []rune
	for len(b) > 0 {
		n := escapeLen(b)
		v, err := strconv.ParseInt(string(b[n-4:n]), 16, 32)
		if err == nil {
			out = append(out, rune(v))
		}
		b = b[n:]
	}
	return []byte(string(out))
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0xf + 9
}

// decodePercent returns nil if a code stands for something not printable.
func decodePercent(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if percentLen(b[i:]) == 0 {
			out = append(out, b[i])
			continue
		}
		c := unhex(b[i+1])<<4 | unhex(b[i+2])
		if byteKind[c]&isPrinted == 0 {
			return nil
		}
		out = append(out, c)
		i += 2
	}
	return out
}

// decodeHex returns nil unless b is pairs that stand for printable characters.
func decodeHex(b []byte) []byte {
	if len(b)%2 != 0 || !hasKind(b, isDigit) {
		return nil
	}
	for i := 0; i < len(b); i += 2 {
		if byteKind[unhex(b[i])<<4|unhex(b[i+1])]&isPrinted == 0 {
			return nil
		}
	}
	out := make([]byte, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		out = append(out, unhex(b[i])<<4|unhex(b[i+1]))
	}
	return out
}

// decodeBase64 takes the standard and the URL alphabet, the latter unpadded, and
// returns nil unless the result is printable.
func decodeBase64(b []byte) []byte {
	if !hasKind(b, isLikely) {
		return nil
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		if e == base64.StdEncoding && len(b)%4 != 0 || e == base64.RawURLEncoding && len(b)%4 == 1 {
			continue
		}
		var head [24]byte // most of what is no base64 shows it here
		if n, err := e.Decode(head[:], b[:min(len(b)&^3, 32)]); err != nil && n == 0 || !printed(head[:n]) {
			continue
		}
		out := make([]byte, e.DecodedLen(len(b)))
		n, err := e.Decode(out, b)
		if err == nil && printed(out[:n]) {
			return out[:n]
		}
	}
	return nil
}

func hasKind(b []byte, kind uint8) bool {
	for _, c := range b {
		if byteKind[c]&kind != 0 {
			return true
		}
	}
	return false
}

func printed(b []byte) bool {
	for _, c := range b {
		if byteKind[c]&isPrinted == 0 {
			return false
		}
	}
	return true
}
