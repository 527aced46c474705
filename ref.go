package drover

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// A Ref names a node for ever: "<system>/<tenant>/<type>/<id>", each segment
// percent-encoded. The configured source is not in it: the same account read
// live, from a file or by a second source is the same node. Where the input has
// no immutable id, id is "name:<name>". A secret found somewhere is
// "secret/-/<class>/<fingerprint>"; something known only by an alias is
// "unseen/-/<scheme>/<alias>".
type Ref string

// maxSegment is the longest a segment of a Ref gets, in encoded bytes. A longer
// one (a name of a megabyte) keeps its beginning and ends in a hash of the whole.
const maxSegment = 255

// NewRef builds a Ref. An empty tenant becomes "-". The id must not be empty;
// an empty one gives a Ref that Valid refuses.
func NewRef(system, tenant, typ, id string) Ref {
	if tenant == "" {
		tenant = "-"
	}
	return Ref(escape(system) + "/" + escape(tenant) + "/" + escape(typ) + "/" + escape(id))
}

// Named is the id of a thing that has no immutable one: "name:" and its name.
func Named(name string) string { return "name:" + name }

// SecretRef names the credential that is known only by its value.
func SecretRef(class string, fp Fingerprint) Ref { return NewRef("secret", "", class, string(fp)) }

// UnseenRef names the node that is known only by an alias, "<scheme>:<rest>".
func UnseenRef(alias string) Ref {
	scheme, _, ok := strings.Cut(alias, ":")
	if !ok {
		scheme = "name"
	}
	return NewRef("unseen", "", scheme, alias)
}

// Parts returns the decoded segments. ok is false when r is not a valid Ref.
// A segment that was cut for its length is returned as it stands in the Ref.
func (r Ref) Parts() (system, tenant, typ, id string, ok bool) {
	f := strings.Split(string(r), "/")
	if len(f) != 4 {
		return "", "", "", "", false
	}
	for i, s := range f {
		if f[i], ok = unescape(s); !ok || f[i] == "" {
			return "", "", "", "", false
		}
	}
	return f[0], f[1], f[2], f[3], true
}

// System, Tenant, Type and ID return one decoded segment each, "" when r is
// not valid.
func (r Ref) System() string { s, _, _, _, _ := r.Parts(); return s }
func (r Ref) Tenant() string { _, s, _, _, _ := r.Parts(); return s }
func (r Ref) Type() string   { _, _, s, _, _ := r.Parts(); return s }
func (r Ref) ID() string     { _, _, _, s, _ := r.Parts(); return s }

// Unseen reports whether the node is known only by an alias.
func (r Ref) Unseen() bool { return strings.HasPrefix(string(r), "unseen/") }

// Valid returns nil, or an error wrapping ErrInvalid that says what is wrong.
func (r Ref) Valid() error {
	if _, _, _, _, ok := r.Parts(); !ok {
		return fmt.Errorf("ref %q is not <system>/<tenant>/<type>/<id> with percent-encoded, non-empty segments: %w", cut(string(r), 120), ErrInvalid)
	}
	if len(r) > 4*maxSegment+3 {
		return fmt.Errorf("ref %q… is longer than %d bytes: %w", cut(string(r), 60), 4*maxSegment+3, ErrInvalid)
	}
	return nil
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// plain reports whether c stands for itself in a segment: RFC 3986 unreserved,
// and the few more that native ids are full of.
func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~:@+=,$", c) >= 0
}

// allPlain reports whether a segment stands for itself, as nearly all do.
func allPlain(s string) bool {
	for i := range len(s) {
		if !plain(s[i]) {
			return false
		}
	}
	return true
}

func escape(s string) string {
	n := 0
	for i := range len(s) {
		if !plain(s[i]) {
			n++
		}
	}
	if n == 0 && len(s) <= maxSegment {
		return s
	}
	var b strings.Builder
	const hexdigits = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hexdigits[c>>4], hexdigits[c&15]})
		}
		if b.Len() > maxSegment {
			sum := sha256.Sum256([]byte(s))
			head := b.String()[:180]
			if i := strings.LastIndexByte(head, '%'); i > len(head)-3 {
				head = head[:i] // never cut through an escape
			}
			return head + "~" + hex.EncodeToString(sum[:16])
		}
	}
	return b.String()
}

// unescape is strict: only what escape writes is accepted, so that one thing
// has one Ref.
func unescape(s string) (string, bool) {
	if allPlain(s) {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if plain(c) {
			b.WriteByte(c)
			continue
		}
		if c != '%' || i+2 >= len(s) {
			return "", false
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi > 15 || lo > 15 || plain(hi<<4|lo) {
			return "", false
		}
		b.WriteByte(hi<<4 | lo)
		i += 2
	}
	return b.String(), true
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
