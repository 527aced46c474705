package drover

import (
	"bytes"
	"encoding/json"
)

// Raw returns the JSON of the value at the path of keys, nil when there is none.
// It shares the memory of a; nothing is decoded.
func (a Attrs) Raw(path ...string) json.RawMessage {
	start, end := 0, len(a)
	for _, key := range path {
		if start, end = a.Member(start, key); end == 0 {
			return nil
		}
	}
	return json.RawMessage(a[start:end])
}

// scalar decodes a value; numbers are json.Number.
func scalar(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '"':
		return unquote(raw)
	case 't', 'f':
		return raw[0] == 't'
	case 'n':
		return nil
	case '{', '[':
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		if d.Decode(&v) != nil {
			return nil
		}
		return v
	}
	return json.Number(bytes.TrimRight(raw, " \n\t\r"))
}

// unquote decodes a string.
func unquote(raw []byte) string {
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// Member returns where the value of a key lies in the object that begins at
// offset from; end is 0 when there is none. Nothing is decoded or allocated. The
// bytes are valid JSON, or cut short.
func (a Attrs) Member(from int, key string) (start, end int) {
	raw := a
	i := space(raw, from)
	if i >= len(raw) || raw[i] != '{' {
		return 0, 0
	}
	for i = space(raw, i+1); i < len(raw) && raw[i] == '"'; i = space(raw, i+1) {
		end := skipString(raw, i)
		same := end-i-2 == len(key) && string(raw[i+1:end-1]) == key
		if !same && end > i+2 && bytes.IndexByte(raw[i:end], '\\') >= 0 {
			same = unquote(raw[i:end]) == key
		}
		at := space(raw, end)
		if at >= len(raw) || raw[at] != ':' {
			return 0, 0
		}
		at = space(raw, at+1)
		end = skipValue(raw, at)
		if same {
			if end <= at {
				end = 0
			}
			return at, end
		}
		if i = space(raw, end); i >= len(raw) || raw[i] != ',' {
			return 0, 0
		}
	}
	return 0, 0
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset past the string that begins at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			break
		}
		i += n
		escapes := i - 1
		for b[escapes] == '\\' {
			escapes--
		}
		if (i-escapes)&1 == 1 {
			return i + 1
		}
	}
	return len(b)
}

// skipValue returns the offset past the value that begins at i. Nesting is
// counted, not followed, so depth costs no stack.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skipString(b, i); depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return min(len(b), i+1+depth)
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(b)
}
