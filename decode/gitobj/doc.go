// Package gitobj reads git repositories as git writes them, without git: loose
// objects, packs with their indexes (versions 1 and 2, multi-pack), alternates,
// refs, the index file and the configuration; SHA-1 and SHA-256.
//
// The formats are those of the pages gitformat-pack, gitformat-index,
// gitrepository-layout and git-config of the git manual.
//
// Every object that is returned has been hashed and is what its name says. What
// a repository claims is not believed: sizes, depths and counts are bounded, a
// damaged object costs itself alone, and nothing is ever written.
package gitobj

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/droverhq/drover"
)

// An ID names an object by its hash, of 20 or 32 bytes. The zero ID names none.
type ID struct {
	sum  [32]byte
	size uint8
}

// ParseID reads 40 or 64 hex digits.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 40 && len(s) != 64 {
		return ID{}, fmt.Errorf("an object name has 40 or 64 hex digits, not %d: %w", len(s), drover.ErrInvalid)
	}
	if _, err := hex.Decode(id.sum[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("object name: not hex: %w", drover.ErrInvalid)
	}
	id.size = uint8(len(s) / 2)
	return id, nil
}

// RawID is the ID of 20 or 32 bytes.
func RawID(b []byte) ID {
	id := ID{size: uint8(len(b))}
	copy(id.sum[:], b)
	return id
}

// String is the name in hex, "" for the zero ID.
func (id ID) String() string { return hex.EncodeToString(id.sum[:id.size]) }

// IsZero reports whether id names no object: the zero ID, or only zero bytes,
// which git writes where there is none.
func (id ID) IsZero() bool { return id.sum == [32]byte{} }

// Size is the length of the name in bytes, 0 for the zero ID.
func (id ID) Size() int { return int(id.size) }

// Short is the first eight bytes of the name, for tables that compare the whole.
func (id ID) Short() uint64 { return binary.BigEndian.Uint64(id.sum[:]) }

func (id ID) bytes() []byte { return id.sum[:id.size] }

// Type is the type of an object.
type Type uint8

const (
	Commit Type = 1 // numbers as in a pack
	Tree   Type = 2
	Blob   Type = 3
	Tag    Type = 4

	offsetDelta Type = 6
	refDelta    Type = 7
)

// String is git's word for the type.
func (t Type) String() string {
	switch t {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

func typeOf(word string) Type {
	for t := Commit; t <= Tag; t++ {
		if t.String() == word {
			return t
		}
	}
	return 0
}

// ErrTooLarge says that an object is sound as far as one can tell but larger
// than the caller wants.
var ErrTooLarge = errors.New("larger than the limit")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), drover.ErrInvalid)
}
