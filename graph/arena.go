package graph

import (
	"strings"
	"unsafe"
)

// An arena holds strings in chunks of one size, so that millions of them are few
// objects to the garbage collector and lie in a file as they lie in memory: what
// a span says holds in both. The last chunk is as large as it needs to be: a server
// keeps several snapshots, and most are of small estates.
type arena struct {
	chunks [][]byte
	free   int // bytes left in the last chunk, which may become chunkSize
}

const chunkBits = 22

const (
	chunkSize  = 1 << chunkBits
	chunkLeast = 16 << 10
)

// A span says where a string lies in an arena: 38 bits of offset, 26 of length.
type span uint64

const maxSpan = 1<<26 - 1

// keep copies s into the arena. What is over 64 MiB, which no store takes, is cut.
func (a *arena) keep(s string) span {
	if s == "" {
		return 0
	}
	if len(s) > maxSpan {
		s = s[:maxSpan]
	}
	if len(s) > a.free {
		a.grow(len(s))
	}
	last := len(a.chunks) - 1
	if len(s) > chunkSize { // it has chunks of its own, the first of which reaches over all
		first := last + 1 - (len(s)+chunkSize-1)/chunkSize
		copy(a.chunks[first], s)
		a.free = 0
		return span(first)<<(chunkBits+26) | span(len(s))
	}
	at := chunkSize - a.free
	a.widen(at + len(s))
	copy(a.chunks[last][at:], s)
	a.free -= len(s)
	return span(last<<chunkBits+at)<<26 | span(len(s))
}

// grow adds a chunk, or as many as a long string takes.
func (a *arena) grow(n int) {
	a.free = chunkSize
	if n <= chunkSize {
		a.chunks = append(a.chunks, nil)
		return
	}
	count := (n + chunkSize - 1) / chunkSize
	b := make([]byte, count*chunkSize)
	for i := range count {
		a.chunks = append(a.chunks, b[i*chunkSize:])
	}
}

// widen makes the last chunk hold n bytes. Strings that were handed out stay where
// they are, in what it was before.
func (a *arena) widen(n int) {
	last := &a.chunks[len(a.chunks)-1]
	if n <= len(*last) {
		return
	}
	size := max(chunkLeast, 2*len(*last))
	for size < n {
		size *= 2
	}
	if len(a.chunks) > 1 {
		size = chunkSize // the estate is large
	}
	b := make([]byte, size)
	copy(b, *last)
	*last = b
}

// bytes is how much memory the arena takes.
func (a *arena) bytes() (n int64) {
	for _, b := range a.chunks {
		n += int64(min(len(b), chunkSize))
	}
	return n
}

// at returns the string of a span, which shares the arena's memory: its bytes
// are never written again.
func (a *arena) at(s span) string {
	n := int(s & maxSpan)
	if n == 0 {
		return ""
	}
	off := uint64(s >> 26)
	b := a.chunks[off>>chunkBits][off&(chunkSize-1):]
	return unsafe.String(&b[0], n)
}

// words interns a vocabulary; code 0 is "".
type words struct {
	words []string
	codes map[string]uint32
}

func (w *words) init() { w.words, w.codes = []string{""}, map[string]uint32{"": 0} }

func (w *words) code(s string) uint32 {
	if c, ok := w.codes[s]; ok {
		return c
	}
	s = strings.Clone(s)
	c := uint32(len(w.words))
	w.words = append(w.words, s)
	w.codes[s] = c
	return c
}

// lists holds a list of strings per row.
type lists struct {
	ends  []uint32
	texts []span
}

func (l *lists) add(a *arena, texts []string) {
	for _, s := range texts {
		l.texts = append(l.texts, a.keep(s))
	}
	l.ends = append(l.ends, uint32(len(l.texts)))
}

func (l *lists) spans(i int) []span {
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.texts[from:l.ends[i]]
}

func (l *lists) list(a *arena, i int) []string {
	spans := l.spans(i)
	if len(spans) == 0 {
		return nil
	}
	out := make([]string, len(spans))
	for k, s := range spans {
		out[k] = a.at(s)
	}
	return out
}
