package gitobj

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// This file inflates a DEFLATE stream (RFC 1951) that lies in memory into a buffer
// of the size that its object's head says. Objects are small and many: there is no
// window to copy from and nothing to allocate, and tables are those of this stream
// only. The oracle of its tests is compress/flate.

var (
	errFlate = errors.New("not a deflate stream")
	errShort = errors.New("the stream goes on behind what is there")
	errSize  = errors.New("the stream is not as long as its object says")
)

const (
	litBits  = 10
	distBits = 8
	litRoom  = 1334 // zlib's examples/enough.c for 288 symbols, 10 and 15 bits
	distRoom = 402  // for 32 symbols, 8 and 15 bits
	codeBits = 7
)

// What an entry of a table is: its kind, how many bits of the stream it takes, and
// how many more follow it. The value is in the upper half.
const (
	kindLiteral = iota << 5
	kindLength
	kindEnd
	kindTable
	kindBad

	takesMask = 31
	kindMask  = 7 << 5
)

var (
	litEntry  [288]uint32
	distEntry [32]uint32
	codeEntry [19]uint32
	fixed     inflateTables
)

type inflateTables struct {
	lit  [litRoom]uint32
	dist [distRoom]uint32
}

// codeOrder is the order in which the lengths of the code length code come.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

var _ = func() bool {
	for i := range codeEntry {
		codeEntry[i] = uint32(i) << 16
	}
	for i := range litEntry {
		litEntry[i] = kindBad
		if i < 256 {
			litEntry[i] = uint32(i)<<16 | kindLiteral
		}
	}
	litEntry[256] = kindEnd
	for i, base := 0, 3; i < 28; i++ {
		extra := max(0, i/4-1)
		litEntry[257+i] = uint32(base)<<16 | uint32(extra)<<8 | kindLength
		base += 1 << extra
	}
	litEntry[285] = 258<<16 | kindLength
	for i, base := 0, 1; i < 32; i++ {
		extra := max(0, i/2-1)
		distEntry[i] = uint32(base)<<16 | uint32(extra)<<8 | kindLength
		if i >= 30 {
			distEntry[i] = kindBad
		}
		base += 1 << extra
	}
	var lens [288]uint8
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	ok := buildTable(fixed.lit[:], lens[:], litEntry[:], litBits)
	for i := range 32 {
		lens[i] = 5
	}
	return buildTable(fixed.dist[:], lens[:32], distEntry[:], distBits) && ok
}()

// buildTable makes the table of a canonical code: entries for the next root bits,
// and behind them tables for longer codes. It reports whether the lengths are
// those of a code, which must be complete unless it has one symbol at most.
func buildTable(table []uint32, lens []uint8, entries []uint32, root int) bool {
	var count, offs [16]int
	for _, n := range lens {
		count[n]++
	}
	count[0] = 0
	longest, left := 0, 1
	for n := 1; n < 16; n++ {
		left = left<<1 - count[n]
		if left < 0 {
			return false
		}
		if count[n] > 0 {
			longest = n
		}
		if n < 15 {
			offs[n+1] = offs[n] + count[n]
		}
	}
	if left > 0 {
		if longest > 1 {
			return false
		}
		for i := range 1 << root {
			table[i] = kindBad
		}
	}
	var sorted [288]uint16
	for sym, n := range lens {
		if n > 0 {
			sorted[offs[n]] = uint16(sym)
			offs[n]++
		}
	}
	total := offs[longest]
	if longest == 0 {
		total = 0
	}
	code, prefix, next := 0, -1, 1<<root
	var sub []uint32
	subBits := 0
	for i, n := 0, 0; i < total; i++ {
		sym := sorted[i]
		if was := n; int(lens[sym]) != was {
			n = int(lens[sym])
			code <<= n - was
		}
		rev := int(bits.Reverse16(uint16(code)) >> (16 - n))
		code++
		if n <= root {
			e := entries[sym] | uint32(n)
			for j := rev; j < 1<<root; j += 1 << n {
				table[j] = e
			}
			count[n]--
			continue
		}
		if p := rev & (1<<root - 1); p != prefix {
			prefix = p
			subBits = n - root
			for room := 1 << subBits; subBits+root < longest; subBits++ {
				if room -= count[subBits+root]; room <= 0 {
					break
				}
				room <<= 1
			}
			if next+1<<subBits > len(table) {
				return false
			}
			sub = table[next : next+1<<subBits]
			table[p] = uint32(next)<<16 | uint32(subBits)<<8 | kindTable | uint32(root)
			next += 1 << subBits
		}
		e := entries[sym] | uint32(n-root)
		for j := rev >> root; j < 1<<subBits; j += 1 << (n - root) {
			sub[j] = e
		}
		count[n]--
	}
	return true
}

// A flate inflates one stream after another.
type flate struct {
	src    []byte
	pos    int
	buf    uint64
	n      uint // bits in buf
	own    inflateTables
	code   [1 << codeBits]uint32
	lens   [288 + 32]uint8
	out    int
	tables *inflateTables
}

// refill fills buf to at least 56 bits, or with all that is there.
func (f *flate) refill() {
	if f.pos+8 <= len(f.src) {
		f.buf |= binary.LittleEndian.Uint64(f.src[f.pos:]) << f.n
		f.pos += int(63-f.n) >> 3
		f.n |= 56
		return
	}
	for f.n <= 56 && f.pos < len(f.src) {
		f.buf |= uint64(f.src[f.pos]) << f.n
		f.pos++
		f.n += 8
	}
}

// take returns the next k bits, at most 32.
func (f *flate) take(k uint) (int, error) {
	if f.n < k {
		if f.refill(); f.n < k {
			return 0, errShort
		}
	}
	v := f.buf & (1<<k - 1)
	f.buf >>= k
	f.n -= k
	return int(v), nil
}

// run inflates the stream at the start of src into dst, which it fills exactly, and
// returns how much of src it took.
func (f *flate) run(dst, src []byte) (int, error) {
	f.src, f.pos, f.buf, f.n, f.out = src, 0, 0, 0, 0
	defer func() { f.src = nil }()
	for {
		head, err := f.take(3)
		if err != nil {
			return 0, err
		}
		switch head >> 1 {
		case 0:
			err = f.stored(dst)
		case 1:
			f.tables = &fixed
			err = f.block(dst)
		case 2:
			if err = f.dynamic(); err == nil {
				f.tables = &f.own
				err = f.block(dst)
			}
		default:
			err = errFlate
		}
		if err != nil {
			return 0, err
		}
		if head&1 != 0 {
			break
		}
	}
	if f.out != len(dst) {
		return 0, errSize
	}
	return f.pos - int(f.n/8), nil
}

func (f *flate) stored(dst []byte) error {
	f.buf >>= f.n & 7
	f.n &^= 7
	size, err := f.take(32)
	if err != nil {
		return err
	}
	length := size & 0xffff
	if length != ^(size>>16)&0xffff {
		return errFlate
	}
	f.pos -= int(f.n / 8)
	f.buf, f.n = 0, 0
	if length > len(dst)-f.out {
		return errSize
	}
	if length > len(f.src)-f.pos {
		return errShort
	}
	copy(dst[f.out:], f.src[f.pos:f.pos+length])
	f.pos += length
	f.out += length
	return nil
}

// dynamic reads the codes of a block.
func (f *flate) dynamic() error {
	head, err := f.take(14)
	if err != nil {
		return err
	}
	nlit, ndist, ncode := head&31+257, head>>5&31+1, head>>10+4
	if nlit > 286 || ndist > 30 {
		return errFlate
	}
	clear(f.lens[:19])
	for i := range ncode {
		n, err := f.take(3)
		if err != nil {
			return err
		}
		f.lens[codeOrder[i]] = uint8(n)
	}
	if !buildTable(f.code[:], f.lens[:19], codeEntry[:], codeBits) {
		return errFlate
	}
	if err := f.readLens(nlit + ndist); err != nil {
		return err
	}
	if f.lens[256] == 0 || !buildTable(f.own.lit[:], f.lens[:nlit], litEntry[:], litBits) ||
		!buildTable(f.own.dist[:], f.lens[nlit:nlit+ndist], distEntry[:], distBits) {
		return errFlate
	}
	return nil
}

func (f *flate) readLens(total int) error {
	for i := 0; i < total; {
		if f.n < 15 {
			f.refill()
		}
		e := f.code[f.buf&(1<<codeBits-1)]
		if e&kindMask == kindBad {
			return errFlate
		}
		k := uint(e & takesMask)
		if k > f.n {
			return errShort
		}
		f.buf >>= k
		f.n -= k
		sym := uint8(e >> 16)
		if sym < 16 {
			f.lens[i] = sym
			i++
			continue
		}
		value, times := uint8(0), 0
		var err error
		switch sym {
		case 16:
			if i == 0 {
				return errFlate
			}
			value = f.lens[i-1]
			times, err = f.take(2)
			times += 3
		case 17:
			times, err = f.take(3)
			times += 3
		default:
			times, err = f.take(7)
			times += 11
		}
		if err != nil {
			return err
		}
		if i+times > total {
			return errFlate
		}
		for ; times > 0; times-- {
			f.lens[i] = value
			i++
		}
	}
	return nil
}

// block inflates up to the end of a block. What it works with is in variables of
// its own: they stay in registers.
func (f *flate) block(dst []byte) error {
	lit, dist := &f.tables.lit, &f.tables.dist
	src, pos, buf, n, out := f.src, f.pos, f.buf, f.n, f.out
	for {
		if n < 48 {
			if pos+8 <= len(src) {
				buf |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
				pos += int(63-n) >> 3
				n |= 56
			} else {
				for n <= 56 && pos < len(src) {
					buf |= uint64(src[pos]) << (n & 63)
					pos++
					n += 8
				}
			}
		}
		e := lit[buf&(1<<litBits-1)]
		for e&kindMask == kindLiteral && n >= 2*litBits && out < len(dst) {
			k := uint(e & takesMask)
			buf >>= k
			n -= k
			dst[out] = byte(e >> 16)
			out++
			e = lit[buf&(1<<litBits-1)]
		}
		if n < 48 && pos < len(src) {
			continue
		}
		if e&kindMask == kindTable {
			buf >>= litBits
			n -= litBits
			if int(n) < 0 {
				return errShort
			}
			e = lit[(e>>16+uint32(buf)&(1<<(e>>8&15)-1))%litRoom]
		}
		k := uint(e & takesMask)
		if k > n {
			return errShort
		}
		buf >>= k
		n -= k
		switch e & kindMask {
		case kindLiteral:
			if out >= len(dst) {
				f.out = out // what there is may be of use; see quickLoose
				return errSize
			}
			dst[out] = byte(e >> 16)
			out++
			continue
		case kindEnd:
			f.pos, f.buf, f.n, f.out = pos, buf, n, out
			return nil
		case kindBad:
			return errFlate
		}
		extra := uint(e >> 8 & 31)
		length := int(e>>16) + int(buf&(1<<extra-1))
		buf >>= extra
		if n < extra {
			return errShort
		}
		n -= extra
		e = dist[buf&(1<<distBits-1)]
		if e&kindMask == kindTable {
			buf >>= distBits
			if n < distBits {
				return errShort
			}
			n -= distBits
			e = dist[(e>>16+uint32(buf)&(1<<(e>>8&15)-1))%distRoom]
		}
		if e&kindMask == kindBad {
			if n < 15 {
				return errShort
			}
			return errFlate
		}
		k = uint(e & takesMask)
		extra = uint(e >> 8 & 31)
		if k+extra > n {
			return errShort
		}
		back := int(e>>16) + int(buf>>k&(1<<extra-1))
		buf >>= k + extra
		n -= k + extra
		if back > out {
			return errFlate
		}
		if length > len(dst)-out {
			f.out = out
			return errSize
		}
		if back >= 8 && length <= 32 && out+40 <= len(dst) {
			// Eight at a time, and a few too many, which are written over.
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(dst[out+i:], binary.LittleEndian.Uint64(dst[out-back+i:]))
			}
			out += length
			continue
		}
		if back >= length {
			copy(dst[out:out+length], dst[out-back:])
			out += length
			continue
		}
		for ; length > 0; length-- {
			dst[out] = dst[out-back]
			out++
		}
	}
}
