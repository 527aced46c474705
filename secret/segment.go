package secret

import (
	"bytes"
	"sort"
	"strings"
)

// maxDecodeDepth is how often an encoded value may be encoded again.
const maxDecodeDepth = 5

// maxDecodedText bounds the decoded copy that one scan makes; a longer text is
// scanned as it is. ScanReader never comes near.
const maxDecodedText = 64 << 20

// maxKeptParts bounds what a scratch keeps for the next text.
const maxKeptParts = 1 << 16

// encoding says how a part of a text is encoded, as a set. Of two that share a
// border the higher one is decoded first, the other in a later pass.
type encoding uint8

const (
	base64Encoded encoding = 1 << iota
	hexEncoded
	unicodeEncoded
	percentEncoded
)

func (e encoding) String() string {
	var names []string
	for i, name := range []string{"base64", "hex", "unicode", "percent"} {
		if e&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

// A segment is an encoded part of a text, decoded in place.
type segment struct {
	encoded  span // in the text before this pass
	decoded  span // in the text after it
	original span // in the input
	kind     encoding
	previous []segment // all segments of the pass before
}

// decode returns text with its encoded parts decoded, and these parts in
// order of place; previous are the parts that made text what it is.
func (m *matcher) decode(text []byte, previous []segment) ([]byte, []segment) {
	m.sc.parts = encodedParts(text, m.sc.parts[:0])
	if len(m.sc.parts) == 0 {
		return text, nil
	}
	if len(text) > maxDecodedText {
		m.leave(span{len(text), len(text)}, previous)
		return text, nil
	}
	out := m.sc.buffer(len(text))
	var segs []segment
	copied := 0
	for _, p := range m.sc.parts {
		value := p.decode(text[p.start:p.end])
		if len(value) == 0 {
			continue
		}
		out = append(out, text[copied:p.start]...)
		copied = p.end
		if m.notes != nil && p.kind == unicodeEncoded {
			m.notes.window(text, p.span, previous)
		}
		g := segment{
			encoded: p.span, decoded: span{len(out), len(out) + len(value)},
			original: original(previous, p.span), kind: p.kind, previous: previous,
		}
		for _, before := range touching(previous, p.span) {
			g.kind |= before.kind
		}
		out = append(out, value...)
		segs = append(segs, g)
	}
	if cap(m.sc.parts) > maxKeptParts {
		m.sc.parts = nil
	}
	m.sc.keep(out)
	if len(segs) == 0 {
		return text, nil
	}
	out = append(out, text[copied:]...)
	m.sc.keep(out)
	return out, segs
}

// buffer returns an empty buffer for a text decoded from one of n bytes. There are
// two in turn, for a text is decoded from the one before.
func (sc *scratch) buffer(n int) []byte {
	sc.turn = 1 - sc.turn
	if b := sc.decoded[sc.turn]; cap(b) >= n {
		return b[:0]
	}
	return make([]byte, 0, n)
}

// keep keeps a buffer for the next text, if it is not large.
func (sc *scratch) keep(b []byte) {
	const most = 1 << 20
	if cap(b) <= most {
		sc.decoded[sc.turn] = b
	}
}

// wipe forgets what was decoded.
func (sc *scratch) wipe() {
	for i, b := range sc.decoded {
		clear(b)
		sc.decoded[i] = b[:0]
	}
}

// touching returns the segments, which are in order, whose decoded form touches s.
func touching(segs []segment, s span) []segment {
	from := sort.Search(len(segs), func(i int) bool { return segs[i].decoded.end >= s.start })
	to := sort.Search(len(segs), func(i int) bool { return segs[i].decoded.start > s.end })
	return segs[from:max(from, to)]
}

// original maps s, in the text that segs made, to the input.
func original(segs []segment, s span) span {
	mine := touching(segs, s)
	if len(mine) == 0 {
		if len(segs) == 0 {
			return s
		}
		return original(segs[0].previous, shifted(segs, s))
	}
	up := span{-1, -1}
	for _, g := range mine {
		if g.decoded.start <= s.start && s.end <= g.decoded.end {
			return g.original
		}
		w := span{
			g.encoded.start + min(0, s.start-g.decoded.start),
			g.encoded.end + max(0, s.end-g.decoded.end),
		}
		if up.start < 0 {
			up = w
		} else {
			up = span{min(up.start, w.start), max(up.end, w.end)}
		}
	}
	return original(mine[0].previous, up)
}

// shifted maps s, which touches no segment, one pass back.
func shifted(segs []segment, s span) span {
	i := sort.Search(len(segs), func(i int) bool { return segs[i].decoded.start > s.start })
	if i == 0 {
		return s
	}
	d := segs[i-1].encoded.end - segs[i-1].decoded.end
	return span{s.start + d, s.end + d}
}

// decodedLine returns the line of text in which segs lie, from the line feed
// before it; of a long line what is within maxLine of them.
func decodedLine(segs []segment, text []byte) []byte {
	from, to := segs[0].decoded.start, segs[len(segs)-1].decoded.end
	start, end := max(0, from-maxLine), min(len(text), to+maxLine)
	if i := bytes.LastIndexByte(text[start:min(from+1, len(text))], '\n'); i >= 0 {
		start += i
	}
	if i := bytes.IndexByte(text[to:end], '\n'); i >= 0 {
		end = to + i
	}
	return text[start:end]
}

func encodingNames(segs []segment) string {
	var e encoding
	for _, g := range segs {
		e |= g.kind
	}
	return e.String()
}
