package classify

import (
	"bytes"
	"strings"

	"github.com/droverhq/drover"
)

// fields is an index of the top level of an attribute object. It points into the
// bytes and copies nothing: classification reads a dozen attributes of each of a
// million identities, and decoding would cost more than all the rest.
type fields struct {
	raw  []byte
	n    int
	full bool      // there are more fields than the index holds
	mask [4]uint64 // bit keyBit(k) is set for each key k: what is not there costs one look
	nest bool      // some value is an object or a list, so dotted paths can lead somewhere
	f    [40]field
}

type field struct{ key, val []byte }

func (x *fields) load(a drover.Attrs) {
	x.raw, x.n, x.full, x.mask, x.nest = a, 0, false, [4]uint64{}, false
	object(a, func(k, v []byte) bool {
		x.nest = x.nest || v[0] == '{' || v[0] == '['
		if x.n == len(x.f) {
			x.full, x.nest = true, true
			return false
		}
		x.f[x.n] = field{k, v}
		b := keyBit(k)
		x.mask[b>>6] |= 1 << (b & 63)
		x.n++
		return true
	})
}

// get returns the raw JSON at a dotted path, nil if none. A key that itself
// holds a dot is found when it stands at the top level.
func (x *fields) get(path string) []byte {
	if v := x.top(path); v != nil {
		return v
	}
	if !x.nest {
		return nil
	}
	i := strings.IndexByte(path, '.')
	if i < 0 {
		return nil
	}
	v := x.top(path[:i])
	for rest := path[i+1:]; v != nil && rest != ""; {
		var key string
		key, rest, _ = strings.Cut(rest, ".")
		if len(v) > 1 && v[0] == '[' { // the first of a list stands for it
			v = v[space(v, 1):]
		}
		v = member(v, key)
	}
	return v
}

// keyBit hashes length, first and last byte of a key.
func keyBit[T ~string | ~[]byte](k T) uint8 {
	n := len(k)
	if n == 0 {
		return 0
	}
	return uint8(n)*31 ^ k[0]*7 ^ k[n-1]*13 ^ k[n/2]*3
}

func (x *fields) top(key string) []byte {
	if b := keyBit(key); x.mask[b>>6]&(1<<(b&63)) == 0 && !x.full {
		return nil
	}
	for i := range x.f[:x.n] {
		if string(x.f[i].key) == key {
			return x.f[i].val
		}
	}
	if x.full {
		return member(x.raw, key)
	}
	return nil
}

// str returns the string at the path without its quotes, escapes left as they
// are, and the text of any other scalar.
func (x *fields) str(path string) string { return scalar(x.get(path)) }

func member(raw []byte, key string) (val []byte) {
	object(raw, func(k, v []byte) bool {
		if string(k) == key {
			val = v
			return false
		}
		return true
	})
	return val
}

// scalar is the text of a raw JSON string, number or boolean; "" for null,
// objects and lists.
func scalar(v []byte) string {
	switch {
	case len(v) == 0 || v[0] == '{' || v[0] == '[' || string(v) == "null":
		return ""
	case v[0] == '"' && len(v) >= 2:
		return string(v[1 : len(v)-1])
	}
	return string(v)
}

// empty reports whether raw JSON says nothing.
func empty(v []byte) bool {
	switch string(v) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}

// object calls fn with the raw key and raw value of each member until fn says
// false. Malformed input ends it silently: what could be read was read.
func object(raw []byte, fn func(key, val []byte) bool) {
	i := space(raw, 0)
	if i >= len(raw) || raw[i] != '{' {
		return
	}
	i++
	for {
		i = space(raw, i)
		if i >= len(raw) || raw[i] != '"' {
			return
		}
		end := skipString(raw, i)
		if end < 0 {
			return
		}
		key := raw[i+1 : end-1]
		i = space(raw, end)
		if i >= len(raw) || raw[i] != ':' {
			return
		}
		i = space(raw, i+1)
		end = skipValue(raw, i)
		if end <= i {
			return
		}
		if !fn(key, raw[i:end]) {
			return
		}
		i = space(raw, end)
		if i >= len(raw) || raw[i] != ',' {
			return
		}
		i++
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset past the string that begins at i, or -1.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// skipValue returns the offset past the value that begins at i, or -1. Nesting
// is counted, not followed, so depth costs no stack.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			end := skipString(b, i)
			if end < 0 {
				return -1
			}
			if depth == 0 {
				return end
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			if depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	if depth > 0 {
		return -1
	}
	return i
}

// containsFold reports whether b holds the lower-case word w, ASCII case folded.
func containsFold(b []byte, w string) bool {
	if len(w) == 0 || len(b) < len(w) {
		return len(w) == 0
	}
	first, upper := w[0], w[0]
	if 'a' <= first && first <= 'z' {
		upper = first - 'a' + 'A'
	}
	for i := 0; i+len(w) <= len(b); i++ {
		if b[i] != first && b[i] != upper {
			continue
		}
		if bytes.EqualFold(b[i:i+len(w)], []byte(w)) {
			return true
		}
	}
	return false
}
