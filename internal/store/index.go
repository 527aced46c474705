package store

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
)

// A digest is the first half of a SHA-256: 128 bits, so that nobody who chooses
// the input makes two of them meet.
type digest struct{ hi, lo uint64 }

func digestOf(b []byte) digest {
	sum := sha256.Sum256(b)
	return digest{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])}
}

func (d digest) append(b []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, d.hi), d.lo)
}

func readDigest(b []byte) digest {
	if len(b) != 16 {
		return digest{}
	}
	return digest{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

func (d digest) less(e digest) bool { return d.hi < e.hi || d.hi == e.hi && d.lo < e.lo }

// An entry is what a stage knows of one assertion, in 40 bytes.
type entry struct {
	key, hash digest
	row       int64 // id of the row that holds now, 0 for none; and flags
}

const (
	flagSeen    = 1 << 62 // the stage was given it
	flagSpooled = 1 << 61 // its content is in the spool, not in the row
	flagLate    = 1 << 60 // the row was seen later than the stage looked: hands off
	flagWritten = 1 << 59 // the spooled content went into the store
	rowMask     = flagWritten - 1
)

func (e *entry) id() int64          { return e.row & rowMask }
func (e *entry) is(flag int64) bool { return e.row&flag != 0 }

// An index finds entries by key: open addressing in 256 tables, so that growing
// copies a 256th of it at a time. It takes about 48 bytes an entry. Keys are
// hashes, so their own bits choose the place.
type index struct{ shards [256]shard }

type shard struct {
	slots []entry // an empty slot has the zero key
	n     int
}

// get returns the entry of the key, making it if there is none. The pointer is
// good until the next call.
func (x *index) get(k digest) (e *entry, found bool) {
	s := &x.shards[k.lo&255]
	if (s.n+1)*8 > len(s.slots)*7 {
		s.grow()
	}
	e = s.find(k)
	if e.key == k {
		return e, true
	}
	e.key = k
	s.n++
	return e, false
}

func (s *shard) find(k digest) *entry {
	// The high bits spread over the table whatever its size.
	i := int(k.hi >> 32 * uint64(len(s.slots)) >> 32)
	for {
		e := &s.slots[i]
		if e.key == k || e.key == (digest{}) {
			return e
		}
		if i++; i == len(s.slots) {
			i = 0
		}
	}
}

func (s *shard) grow() {
	old := s.slots
	s.slots = make([]entry, 16+len(old)*3/2)
	for _, e := range old {
		if e.key != (digest{}) {
			*s.find(e.key) = e
		}
	}
}

// all yields every entry, in no order that means anything.
func (x *index) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for i := range x.shards {
			for j := range x.shards[i].slots {
				if e := &x.shards[i].slots[j]; e.key != (digest{}) && !yield(e) {
					return
				}
			}
		}
	}
}
