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
	kind   encoding
	decode func([]byte) []byte
}

// Byte kinds that the search for encoded parts tells apart.
const (
	inBase64  = 1 << iota // \w / + -
	inHex                 // 0-9 A-F a-f
	isDigit               // 0-9
	isStart               // % or \: another encoding may begin here
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
		if c == '%' || c == '\\' {
			k[b] |= isStart
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
// part of a stronger kind.
func encodedParts(text []byte) []encodedPart {
	var all []encodedPart
	for i := 0; i < len(text); {
		k := byteKind[text[i]]
		if k&(inBase64|isStart) == 0 {
			i++
			continue
		}
		if k&isStart != 0 {
			if p, ok := escapeAt(text, i); ok {
				all = append(all, p)
				i = p.end
			} else {
				i++
			}
			continue
		}
		end := i + 1
		hex := k&inHex != 0
		hexEnd, odd := i, -1
		if hex {
			hexEnd = i + 1
		}
		for end < len(text) && byteKind[text[end]]&inBase64 != 0 {
			if hex = hex && byteKind[text[end]]&inHex != 0; hex {
				hexEnd = end + 1
			}
			end++
		}
		if j := bytes.IndexByte(text[i:end], '+'); j > 0 {
			odd = codePoints(text, i, end)
		}
		switch {
		case odd == i || odd > i && end-i < minBase64:
			p := codePointsAt(text, odd)
			all = append(all, p)
			i = p.end
		case hexEnd-i >= minHex:
			all = append(all, encodedPart{span{i, hexEnd}, hexEncoded, decodeHex})
			i = hexEnd
		case end-i >= minBase64:
			for n := 0; n < 2 && end < len(text) && text[end] == '='; n++ {
				end++
			}
			all = append(all, encodedPart{span{i, end}, base64Encoded, decodeBase64})
			i = end
		default:
			i = end
		}
	}
	return strongest(all)
}

func strongest(all []encodedPart) []encodedPart {
	if len(all) < 2 {
		return all
	}
	out := make([]encodedPart, 0, len(all))
	for i, p := range all {
		if i > 0 && p.touches(all[i-1].span) && all[i-1].kind > p.kind {
			continue
		}
		if i+1 < len(all) && p.touches(all[i+1].span) && all[i+1].kind > p.kind {
			continue
		}
		out = append(out, p)
	}
	return out
}

func isHex4(b []byte) bool {
	return len(b) >= 4 && byteKind[b[0]]&byteKind[b[1]]&byteKind[b[2]]&byteKind[b[3]]&inHex != 0
}

// escapeAt recognises %XX (up to the last one of the line) and \uXXXX sequences.
func escapeAt(text []byte, i int) (encodedPart, bool) {
	if text[i] == '%' {
		if !percentAt(text, i) {
			return encodedPart{}, false
		}
		stop := len(text)
		if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
			stop = i + n
		}
		last := i
		for j := stop; ; {
			j = bytes.LastIndexByte(text[i+3:max(i+3, j)], '%')
			if j < 0 {
				break
			}
			if j += i + 3; percentAt(text[:stop], j) {
				last = j
				break
			}
		}
		return encodedPart{span{i, last + 3}, percentEncoded, decodePercent}, true
	}
	end := i
	for {
		n := escapeLen(text[end:])
		if n == 0 {
			break
		}
		end += n
	}
	return encodedPart{span{i, end}, unicodeEncoded, decodeEscapes}, end > i
}

func percentAt(text []byte, i int) bool {
	return i+2 < len(text) && text[i] == '%' && byteKind[text[i+1]]&byteKind[text[i+2]]&inHex != 0
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

// codePoints returns where in text[from:to] the first U+XXXX sequence starts, or -1.
func codePoints(text []byte, from, to int) int {
	for i := from; i < to; i++ {
		if codePointLen(text[i:]) > 0 {
			return i
		}
	}
	return -1
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

func codePointsAt(text []byte, i int) encodedPart {
	end := i
	for {
		n := codePointLen(text[end:])
		if n == 0 {
			return encodedPart{span{i, end}, unicodeEncoded, decodeCodePoints}
		}
		end += n
	}
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
		if !percentAt(b, i) {
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
	out := make([]byte, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		c := unhex(b[i])<<4 | unhex(b[i+1])
		if byteKind[c]&isPrinted == 0 {
			return nil
		}
		out = append(out, c)
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
		var head [3]byte
		if n, err := e.Decode(head[:], b[:4]); err != nil || !printed(head[:n]) {
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
