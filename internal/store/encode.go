package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// maxRow is the size past which one record is refused, in bytes.
const maxRow = 32 << 20

// The kinds of assertion, in the order in which a commit writes them.
const (
	kindNode = iota
	kindEdge
	kindEvidence
	kindDocument
	kinds
)

// A layout says which columns of its own a table of assertions has. The first
// ones name the assertion within its coverage, the rest are its content.
type layout struct {
	table   string
	columns []string
	absent  bool // whether absence ends it
}

var layouts = [kinds]layout{
	kindNode:     {"node", []string{"ref_id", "kind", "type", "name", "aliases", "created_us", "rotated_us", "expires_us", "attrs"}, true},
	kindEdge:     {"edge", []string{"from_id", "to_id", "kind", "part", "cond", "technique", "grade", "proof"}, true},
	kindEvidence: {"evidence", []string{"ref_id", "claim", "source", "at_us", "window_ns", "granularity_ns", "n", "value", "grade"}, false},
	kindDocument: {"document", []string{"doc"}, true},
}

var commonColumns = []string{"id", "coverage_id", "akey", "hash", "from_gen", "to_gen", "observed_us", "seen_us", "first_us", "section_part"}

// A row is a list of column values in bytes: what is hashed and what is spooled.
type row struct{ b []byte }

const (
	tagNull = iota
	tagInt
	tagText
	tagRef // the text of a ref, whose id is known when it is written
)

func (r *row) int(v int64) { r.b = binary.AppendVarint(append(r.b, tagInt), v) }

// number writes v, and NULL for zero, which stands for unknown.
func (r *row) number(v int64) {
	if v == 0 {
		r.b = append(r.b, tagNull)
		return
	}
	r.int(v)
}

func (r *row) time(t time.Time) {
	if t.IsZero() {
		r.b = append(r.b, tagNull)
		return
	}
	r.int(micros(t))
}

func (r *row) text(v string)    { r.tagged(tagText, v) }
func (r *row) ref(v drover.Ref) { r.tagged(tagRef, string(v)) }
func (r *row) tagged(tag byte, v string) {
	r.b = binary.AppendUvarint(append(r.b, tag), uint64(len(v)))
	r.b = append(r.b, v...)
}

// optional writes v, and NULL for "".
func (r *row) optional(v string) {
	if v == "" {
		r.b = append(r.b, tagNull)
		return
	}
	r.text(v)
}

// object writes attributes, and NULL for none.
func (r *row) object(a drover.Attrs) {
	if string(a) == "{}" {
		a = nil
	}
	r.optional(string(a))
}

// values appends the row's values to out; id turns refs into ids.
func values(b []byte, id func(drover.Ref) int64, out []any) []any {
	for len(b) > 0 {
		tag := b[0]
		b = b[1:]
		switch tag {
		case tagNull:
			out = append(out, nil)
		case tagInt:
			v, n := binary.Varint(b)
			out, b = append(out, v), b[n:]
		default:
			n, k := binary.Uvarint(b)
			v := string(b[k : k+int(n)])
			b = b[k+int(n):]
			if tag == tagRef {
				out = append(out, id(drover.Ref(v)))
			} else {
				out = append(out, v)
			}
		}
	}
	return out
}

// An encoded record is ready to be compared and spooled.
type encoded struct {
	kind int
	key  digest // of the assertion: what it speaks of, and the part
	hash digest // of all of it
	row  []byte
	refs [2]drover.Ref // the refs it mentions, "" for none
	body *drover.Document
}

// encode makes a record ready, or says with drover.ErrInvalid why it cannot be stored.
func encode(part string, r drover.Record) (encoded, error) {
	if err := r.Valid(); err != nil {
		return encoded{}, err
	}
	w := row{make([]byte, 0, sizeOf(&r))}
	var e encoded
	keyed := 0
	switch {
	case r.Node != nil:
		e.kind, e.refs[0] = kindNode, r.Node.Ref
		keyed = nodeRow(&w, r.Node)
	case r.Edge != nil:
		e.kind, e.refs = kindEdge, [2]drover.Ref{r.Edge.From, r.Edge.To}
		keyed = edgeRow(&w, r.Edge)
	case r.Evidence != nil:
		e.kind, e.refs[0] = kindEvidence, r.Evidence.Subject
		keyed = evidenceRow(&w, r.Evidence)
		part = "" // the latest evidence counts wherever it was found
	case r.Document != nil:
		e.kind, e.body = kindDocument, r.Document
		w.text(r.Document.Hash)
		keyed = len(w.b)
	default:
		return encoded{}, fmt.Errorf("a section takes nodes, edges, evidence and documents, not a record of %q: %w", r.Kind(), drover.ErrInvalid)
	}
	if len(w.b) > maxRow || e.body != nil && len(e.body.Body) > maxRow {
		return encoded{}, fmt.Errorf("%s: over the limit of %d bytes: %w", where(r), maxRow, drover.ErrInvalid)
	}
	if field := badText(part, r); field != "" {
		return encoded{}, fmt.Errorf("%s: %s is not UTF-8 or holds a NUL byte: %w", where(r), field, drover.ErrInvalid)
	}
	if field := badTime(r); field != "" {
		return encoded{}, fmt.Errorf("%s: %s lies outside the years 1 to 9999: %w", where(r), field, drover.ErrInvalid)
	}
	e.row, e.hash = w.b, digestOf(w.b)
	if r.Evidence != nil {
		e.hash = e.hash.dated(r.Evidence.At)
	}
	var key [512]byte // on the stack, as a rule
	e.key = digestOf(append(append(key[:0], w.b[:keyed]...), part...))
	return e, nil
}

// sizeOf is about how many bytes the row of a record takes.
func sizeOf(r *drover.Record) int {
	const numbers = 96 // tags, lengths and times
	switch {
	case r.Node != nil:
		return numbers + 2*len(r.Node.Ref) + len(r.Node.Name) + len(r.Node.Attrs)
	case r.Edge != nil:
		return numbers + len(r.Edge.From) + len(r.Edge.To) + len(r.Edge.Part) + len(r.Edge.Cond) + len(r.Edge.Proof)
	}
	return 2 * numbers
}

// dated puts a time before the digest, so that of two values found by one
// section the later is the greater. 88 bits of the digest remain.
func (d digest) dated(t time.Time) digest {
	var seconds uint64
	if !t.IsZero() {
		seconds = uint64(t.Unix()+1<<37) & (1<<40 - 1)
	}
	return digest{seconds<<24 | d.hi>>40, d.lo}
}

func nodeRow(w *row, n *drover.Node) int {
	w.ref(n.Ref)
	keyed := len(w.b)
	w.text(string(n.Kind))
	w.text(n.Type)
	w.text(n.Name)
	if len(n.Aliases) == 0 {
		w.b = append(w.b, tagNull)
	} else {
		aliases := n.Aliases
		if !slices.IsSorted(aliases) {
			aliases = slices.Sorted(slices.Values(aliases))
		}
		w.text(encodeList(slices.Compact(slices.Clone(aliases))))
	}
	w.time(n.Created)
	w.time(n.Rotated)
	w.time(n.Expires)
	w.object(n.Attrs)
	return keyed
}

func edgeRow(w *row, e *drover.Edge) int {
	w.ref(e.From)
	w.ref(e.To)
	w.text(string(e.Kind))
	w.text(e.Part)
	keyed := len(w.b)
	w.object(e.Cond)
	w.optional(e.Technique)
	w.optional(string(e.Grade))
	w.optional(e.Proof)
	return keyed
}

func evidenceRow(w *row, e *drover.Evidence) int {
	w.ref(e.Subject)
	w.text(e.Claim)
	w.text(e.Source)
	keyed := len(w.b)
	w.time(e.At)
	w.number(int64(e.Window))
	w.number(int64(e.Granularity))
	w.number(e.Count)
	w.optional(e.Value)
	w.optional(string(e.Grade))
	return keyed
}

// encodeList writes strings as a JSON array; decodeList reads it.
func encodeList(list []string) string {
	if len(list) == 1 && asIs(list[0]) {
		return `["` + list[0] + `"]`
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(list) // strings always encode
	return strings.TrimSuffix(b.String(), "\n")
}

// asIs reports whether JSON writes s as it stands.
func asIs(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func decodeList(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	// Nearly every list has one element without an escape: take it as it stands.
	if in, ok := strings.CutPrefix(text, `["`); ok {
		if in, ok = strings.CutSuffix(in, `"]`); ok && strings.IndexByte(in, '"') < 0 && strings.IndexByte(in, '\\') < 0 {
			return []string{in}, nil
		}
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("aliases: %w", err)
	}
	return list, nil
}

// where names a record in an error.
func where(r drover.Record) string {
	var name string
	switch {
	case r.Node != nil:
		name = "node " + string(r.Node.Ref)
	case r.Edge != nil:
		name = "edge " + r.Edge.Key()
	case r.Evidence != nil:
		name = "evidence on " + string(r.Evidence.Subject)
	case r.Document != nil:
		name = "document " + r.Document.Hash
	}
	if len(name) > 300 {
		name = name[:300] + "…"
	}
	return strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", "\uFFFD"), "\uFFFD")
}

func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// badText names the first field whose text PostgreSQL could not hold.
func badText(part string, r drover.Record) string {
	type field struct{ name, text string }
	fields := []field{{"part of the section", part}}
	switch {
	case r.Node != nil:
		n := r.Node
		fields = append(fields, field{"type", n.Type}, field{"name", n.Name}, field{"attrs", string(n.Attrs)})
		for _, a := range n.Aliases {
			if !storable(a) {
				return "an alias"
			}
		}
	case r.Edge != nil:
		e := r.Edge
		fields = append(fields, field{"part", e.Part}, field{"cond", string(e.Cond)}, field{"technique", e.Technique}, field{"proof", e.Proof})
	case r.Evidence != nil:
		e := r.Evidence
		fields = append(fields, field{"claim", e.Claim}, field{"source", e.Source}, field{"value", e.Value})
	case r.Document != nil:
		fields = append(fields, field{"language", r.Document.Language}, field{"body", r.Document.Body})
	}
	for _, f := range fields {
		if !storable(f.text) {
			return f.name
		}
	}
	return ""
}

func badTime(r drover.Record) string {
	type field struct {
		name string
		at   time.Time
	}
	var fields []field
	if n := r.Node; n != nil {
		fields = []field{{"created", n.Created}, {"rotated", n.Rotated}, {"expires", n.Expires}}
	} else if e := r.Evidence; e != nil {
		fields = []field{{"at", e.At}}
	}
	for _, f := range fields {
		if y := f.at.UTC().Year(); y < 1 || y > 9999 {
			return f.name
		}
	}
	return ""
}
