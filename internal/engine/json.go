package engine

import (
	"bytes"
	"encoding/json"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes a value as every face of the engine writes it: on one line, with <,
// > and & as they are, and with characters that a terminal would act on escaped,
// which to JSON is the same text.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return Escape(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// Escape writes the hidden characters of JSON, but line feeds, as \u escapes, in
// pairs beyond U+FFFF. They can stand in JSON strings only.
func Escape(raw []byte) []byte {
	if plain(raw) || !bytes.ContainsFunc(raw, Hidden) {
		return raw
	}
	out := make([]byte, 0, len(raw)+32)
	for _, r := range string(raw) {
		switch hi, lo := utf16.EncodeRune(r); {
		case !Hidden(r) || r == '\n':
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			out = appendHex(appendHex(out, hi), lo)
		default:
			out = appendHex(out, r)
		}
	}
	return out
}

// plain reports whether a text has nothing but the characters of a typewriter, as most
// answers: they are a byte each, and looked at thirty times as fast.
func plain(raw []byte) bool {
	for _, c := range raw {
		if c-' ' >= 0x7f-' ' {
			return false
		}
	}
	return true
}

func appendHex(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// Hidden reports whether a character does something other than to be seen.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}
