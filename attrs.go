package drover

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Attrs is canonical JSON of one object: keys sorted, no white space, no HTML
// escapes. Names are the vendor's own. Nil stands for no attributes known.
// Canonical bytes make two equal sets equal by content hash.
type Attrs []byte

// MaxAttrs is the size past which attributes are refused, in bytes.
const MaxAttrs = 1 << 20

// NewAttrs encodes v, a map or a struct that marshals to a JSON object. It
// returns nil for an empty object, and panics when v cannot be encoded or is no
// object, which is a programmer's error. Times are RFC 3339 in UTC.
//
// Values come from scanned systems and have any size: what would be over
// MaxAttrs is shortened, long texts first, then the largest fields are left out;
// "truncated": true says so.
func NewAttrs(v any) Attrs {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("drover.NewAttrs: " + err.Error())
	}
	if len(raw) > MaxAttrs {
		raw = shorten(raw)
	}
	a, err := CanonicalAttrs(raw)
	if err != nil {
		panic("drover.NewAttrs: " + err.Error())
	}
	return a
}

// shorten makes the JSON of an object at most MaxAttrs long.
func shorten(raw []byte) []byte {
	const longest = 4 << 10
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&m) != nil {
		return raw // no object: CanonicalAttrs says so
	}
	out := map[string]json.RawMessage{"truncated": json.RawMessage("true")}
	size := len(`{"truncated":true}`)
	type field struct {
		key string
		raw []byte
	}
	var fields []field
	for k, v := range m {
		b, err := json.Marshal(cutStrings(v, longest))
		if err == nil {
			fields = append(fields, field{k, b})
		}
	}
	slices.SortFunc(fields, func(a, b field) int {
		return cmp.Or(cmp.Compare(len(a.raw)+len(a.key), len(b.raw)+len(b.key)), cmp.Compare(a.key, b.key))
	})
	for _, f := range fields {
		// A key's escapes take at most six bytes for one.
		if size += len(f.raw) + 6*len(f.key) + 4; size > MaxAttrs {
			break
		}
		out[f.key] = f.raw
	}
	b, err := json.Marshal(out)
	if err != nil {
		return raw
	}
	return b
}

func cutStrings(v any, limit int) any {
	switch v := v.(type) {
	case string:
		if len(v) > limit {
			return strings.ToValidUTF8(v[:limit], "") + "…"
		}
	case []any:
		for i := range v {
			v[i] = cutStrings(v[i], limit)
		}
	case map[string]any:
		for k := range v {
			v[k] = cutStrings(v[k], limit)
		}
	}
	return v
}

// CanonicalAttrs makes raw canonical. It returns nil for an empty object or
// null, and an error wrapping ErrInvalid for anything that is not an object.
// Numbers keep their spelling; of duplicate keys the last stays.
func CanonicalAttrs(raw []byte) (Attrs, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if len(raw) > MaxAttrs {
		return nil, fmt.Errorf("attributes of %d bytes are over the limit of %d: %w", len(raw), MaxAttrs, ErrInvalid)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("attributes are not a JSON object: %v: %w", err, ErrInvalid)
	}
	if d.More() {
		return nil, fmt.Errorf("attributes: something follows the JSON object: %w", ErrInvalid)
	}
	if len(m) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("attributes: %v: %w", err, ErrInvalid)
	}
	return Attrs(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// Valid returns nil, or an error wrapping ErrInvalid. It does not check that
// the bytes are canonical.
func (a Attrs) Valid() error {
	if len(a) == 0 {
		return nil
	}
	if len(a) > MaxAttrs {
		return fmt.Errorf("%d bytes are over the limit of %d: %w", len(a), MaxAttrs, ErrInvalid)
	}
	if a[0] != '{' || !json.Valid(a) {
		return fmt.Errorf("not a JSON object: %w", ErrInvalid)
	}
	return nil
}

// MarshalJSON writes the bytes, and {} for nil.
func (a Attrs) MarshalJSON() ([]byte, error) {
	if len(a) == 0 {
		return []byte("{}"), nil
	}
	return a, nil
}

// UnmarshalJSON reads an object or null and makes it canonical.
func (a *Attrs) UnmarshalJSON(raw []byte) error {
	c, err := CanonicalAttrs(raw)
	*a = c
	return err
}

// Map decodes the whole object. Numbers are json.Number.
func (a Attrs) Map() map[string]any {
	if len(a) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(a))
	d.UseNumber()
	var m map[string]any
	if d.Decode(&m) != nil {
		return nil
	}
	return m
}

// Get returns the value at the path of keys; nil when there is none.
func (a Attrs) Get(path ...string) any {
	if len(path) == 0 {
		if m := a.Map(); m != nil {
			return m
		}
		return nil
	}
	return scalar(a.Raw(path...))
}

// Str returns the string at the path, or "".
func (a Attrs) Str(path ...string) string { s, _ := a.Get(path...).(string); return s }

// Bool returns the boolean at the path; known is false when there is none.
func (a Attrs) Bool(path ...string) (value, known bool) {
	value, known = a.Get(path...).(bool)
	return value, known
}

// Int returns the whole number at the path; known is false when there is none.
func (a Attrs) Int(path ...string) (value int64, known bool) {
	n, ok := a.Get(path...).(json.Number)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseInt(n.String(), 10, 64)
	return value, err == nil
}

// Time returns the RFC 3339 time at the path, or the zero time.
func (a Attrs) Time(path ...string) time.Time {
	t, err := time.Parse(time.RFC3339, a.Str(path...))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Strings returns the strings of the list at the path, or the one string there.
func (a Attrs) Strings(path ...string) []string {
	switch v := a.Get(path...).(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// With returns the attributes with the pairs key, value, key, value… set. A nil
// value deletes its key.
func (a Attrs) With(pairs ...any) Attrs {
	m := a.Map()
	if m == nil {
		m = map[string]any{}
	}
	for p := range slices.Chunk(pairs, 2) {
		k, ok := p[0].(string)
		if !ok || len(p) != 2 {
			panic(errors.New("drover.Attrs.With: want pairs of key and value"))
		}
		if p[1] == nil {
			delete(m, k)
		} else {
			m[k] = p[1]
		}
	}
	return NewAttrs(m)
}
