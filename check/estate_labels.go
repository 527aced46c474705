package check

import (
	"bytes"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

// A Word is a set of spellings by which tags, labels and attributes of many
// systems say the same: "managed-by", "app.kubernetes.io/managed-by", "ManagedBy".
type Word struct {
	stems [][]byte // lower case: one of them stands in every spelling
	keys  map[string]bool
}

// NewWord makes a Word of keys in lower case without signs between their words.
// Stems are parts of them without such signs, one at least in every key: they
// spare reading attributes that cannot have the word.
func NewWord(stems []string, keys ...string) Word {
	w := Word{keys: map[string]bool{}}
	for _, s := range stems {
		w.stems = append(w.stems, []byte(s))
	}
	for _, k := range keys {
		w.keys[k] = true
	}
	return w
}

// A Mark is what is said of a row under one key: in a label of our users, a tag, an
// attribute.
type Mark struct{ Key, Value, By string }

// Mark finds what is said of a row under a Word, best first: by our users' labels,
// in its tags, labels and annotations, in its attributes. ok is false where nothing is.
func (e *Estate) Mark(row int, w Word) (s Mark, ok bool) {
	for _, l := range e.Graph.Labels(row) {
		if w.keys[decode.TagKey(l.Key)] && l.Value != "" {
			return Mark{l.Key, l.Value, "label by " + Clean(l.By)}, true
		}
	}
	a := e.Graph.Attrs(row)
	if !w.in(a) {
		return s, false
	}
	m := a.Map()
	for _, field := range tagFields {
		if s, ok = w.find(m[field], field); ok {
			return s, true
		}
	}
	return w.find(m, "attribute")
}

// tagFields are the attributes in which systems keep what their users say.
var tagFields = []string{"Tags", "tags", "labels", "annotations", "TagSet", "extensionAttributes"}

// find looks into a map of tags, or into AWS's list of keys and values. Of several
// spellings the first in order of keys is taken.
func (w Word) find(v any, field string) (s Mark, ok bool) {
	take := func(key string, value any) {
		text, _ := value.(string)
		if text != "" && w.keys[decode.TagKey(key)] && (!ok || key < s.Key) {
			s, ok = Mark{key, text, field + " " + Clean(key)}, true
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			take(key, value)
		}
	case []any:
		for _, x := range v {
			if m, _ := x.(map[string]any); m != nil {
				key, _ := m["Key"].(string)
				take(key, m["Value"])
			}
		}
	}
	return s, ok
}

func (w Word) in(a drover.Attrs) bool { return containsFold(a, w.stems...) }

// containsFold reports whether b holds one of some lower-case ASCII words in any
// case. It allocates nothing: b is looked at in pieces that overlap.
func containsFold(b []byte, words ...[]byte) bool {
	const overlap = 64 // longer than any word
	var piece [1024]byte
	for len(b) > 0 {
		n := min(len(b), len(piece))
		for i, c := range b[:n] {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			piece[i] = c
		}
		for _, w := range words {
			if bytes.Contains(piece[:n], w) {
				return true
			}
		}
		if n == len(b) {
			return false
		}
		b = b[n-overlap:]
	}
	return false
}

// dayForms are how people and systems write a day where nobody prescribes it.
var dayForms = []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006/01/02", "20060102", "2 Jan 2006", "02.01.2006"}

// ParseDay reads a moment that a person or an export wrote. What can be read in two
// ways, such as 03/04/2026, is not read.
func ParseDay(s string) (t time.Time, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > 40 {
		return t, false
	}
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 1970 && t.Year() < 9999 {
			return t.UTC(), true
		}
	}
	return t, false
}

// Mentions reports whether attributes or a condition hold a word, in any case.
func Mentions(a drover.Attrs, word string) bool {
	return containsFold(a, []byte(strings.ToLower(word)))
}
