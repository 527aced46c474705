package filter

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A finder looks for one text in others that are made alike, where its first byte is
// everywhere and a search from byte to byte stops all the time. It goes by the two
// bytes of it that are rarest one after the other, eight places at a time.
type finder struct {
	want        []byte
	at          int    // where the two are in it
	first, then uint64 // each of them, eight times
	rare        bool   // the first of them is hardly anywhere
}

const eachByte, highBits = 0x0101010101010101, 0x8080808080808080

// newFinder makes the finder of a text. freq says how often bytes are met; nil: that
// is not known, and the last two of the text are taken, for texts tell apart at
// their ends.
func newFinder(want []byte, freq *frequencies) *finder {
	f := &finder{want: want, at: max(len(want)-2, 0)}
	if len(want) == 1 {
		f.rare = true
		return f
	}
	if freq != nil {
		for i, b := range want {
			if n := freq.bytes[b]; n < freq.all/rareByte && (!f.rare || n < freq.bytes[want[f.at]]) {
				f.at, f.rare = i, true
			}
		}
		for i := range want[:len(want)-1] {
			if !f.rare && freq.pairs[pair(want[i:])] < freq.pairs[pair(want[f.at:])] {
				f.at = i
			}
		}
	}
	if !f.rare {
		f.first, f.then = uint64(want[f.at])*eachByte, uint64(want[f.at+1])*eachByte
	}
	return f
}

// rareByte is of how many bytes a rare one is at most one.
const rareByte = 128

// frequencies say how often bytes, and two bytes after one another, are met.
type frequencies struct {
	all   int
	bytes [256]int
	pairs []uint32
}

func newFrequencies(data []byte) *frequencies {
	f := &frequencies{all: len(data), pairs: make([]uint32, 1<<16)}
	for i := range max(len(data)-1, 0) {
		f.pairs[pair(data[i:])]++
	}
	for i, n := range f.pairs {
		f.bytes[i>>8] += int(n) // the last of all is a border
	}
	return f
}

func pair(b []byte) int { return int(b[0])<<8 | int(b[1]) }

// in is where the text is in data from a place on, -1 where it is not.
func (f *finder) in(data []byte, from int) int {
	if f.rare {
		return f.byByte(data, from)
	}
	first, then := f.first, f.then
	rest := data[min(from+f.at, len(data)):]
	for ; len(rest) > 16; rest = rest[16:] {
		// A byte of x or y is 0 where both are there; above the first of these, others
		// may look so as well.
		x := binary.LittleEndian.Uint64(rest) ^ first | binary.LittleEndian.Uint64(rest[1:]) ^ then
		y := binary.LittleEndian.Uint64(rest[8:]) ^ first | binary.LittleEndian.Uint64(rest[9:]) ^ then
		x, y = (x-eachByte)&^x&highBits, (y-eachByte)&^y&highBits
		if x|y == 0 {
			continue
		}
		at := len(data) - len(rest) - f.at
		for ; x != 0; x &= x - 1 {
			if k := at + bits.TrailingZeros64(x)/8; f.here(data, k) {
				return k
			}
		}
		for ; y != 0; y &= y - 1 {
			if k := at + 8 + bits.TrailingZeros64(y)/8; f.here(data, k) {
				return k
			}
		}
	}
	if at := len(data) - len(rest) - f.at; at >= 0 && at < len(data) {
		if k := bytes.Index(data[at:], f.want); k >= 0 {
			return at + k
		}
	}
	return -1
}

func (f *finder) here(data []byte, at int) bool {
	return at+len(f.want) <= len(data) && string(data[at:at+len(f.want)]) == string(f.want)
}

// byByte is in for a byte of the text that hardly any text has.
func (f *finder) byByte(data []byte, from int) int {
	for at := from + f.at; at < len(data); at++ {
		k := bytes.IndexByte(data[at:], f.want[f.at])
		if k < 0 {
			return -1
		}
		if at += k; f.here(data, at-f.at) {
			return at - f.at
		}
	}
	return -1
}
