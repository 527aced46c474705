package git

import (
	"bytes"

	"github.com/droverhq/drover/secret"
)

// inVersions puts the versions of a file together, in the order in which they are
// given: of two that follow one another only the difference is scanned.
func (h *history) inVersions(ids []uint32) []uint32 {
	group := make([]int32, len(h.paths))
	var counts []int32
	for _, b := range ids {
		p := h.first[b].path
		if group[p] == 0 {
			counts = append(counts, 0)
			group[p] = int32(len(counts))
		}
		counts[group[p]-1]++
	}
	at := int32(0)
	for i, n := range counts {
		counts[i] = at
		at += n
	}
	out := make([]uint32, len(ids))
	for _, b := range ids {
		n := &counts[group[h.first[b].path]-1]
		out[*n] = b
		*n++
	}
	return out
}

const (
	resyncLines = 12 // how many lines, of each text, a change may have to be seen as one
	resyncBytes = 48 // what must be the same behind it
	maxSteps    = 2000
)

// common lists what two texts have in common, line by line from their beginning and
// byte by byte from their end. It may miss some of it. The list is added to same.
func common(from, to []byte, same []secret.Same) []secret.Same {
	tail := suffix(from, to)
	a, b := 0, 0
	for steps := 0; a < len(from) && b < len(to) && steps < maxSteps; steps++ {
		if n := prefix(from[a:], to[b:]); n > 0 {
			same = append(same, secret.Same{From: a, To: b, N: n})
			a, b = a+n, b+n
		}
		if a >= len(from)-tail || b >= len(to)-tail {
			break
		}
		i, j := resync(from[a:], to[b:])
		if i < 0 {
			break
		}
		a, b = a+i, b+j
	}
	// What comes from the end must not overlap, in to, what came from the beginning.
	if n := min(tail, len(to)-b); n > 0 {
		same = append(same, secret.Same{From: len(from) - n, To: len(to) - n, N: n})
	}
	return same
}

// prefix is how many bytes a and b begin with alike.
func prefix(a, b []byte) int {
	n, most := 0, min(len(a), len(b))
	for step := 64; n < most; {
		k := min(step, most-n)
		if !bytes.Equal(a[n:n+k], b[n:n+k]) {
			if k <= 8 {
				for a[n] == b[n] {
					n++
				}
				return n
			}
			step, most = max(1, k/2), n+k
			continue
		}
		n += k
		if most == min(len(a), len(b)) {
			step = min(2*step, 1<<16)
		}
	}
	return n
}

// suffix is how many bytes a and b end with alike.
func suffix(a, b []byte) int {
	n, most := 0, min(len(a), len(b))
	for most-n >= 64 && bytes.Equal(a[len(a)-n-64:len(a)-n], b[len(b)-n-64:len(b)-n]) {
		n += 64
	}
	for n < most && a[len(a)-n-1] == b[len(b)-n-1] {
		n++
	}
	return n
}

// resync finds the nearest beginnings of lines from which on the texts are alike
// for a while; -1 for none.
func resync(a, b []byte) (int, int) {
	var as, bs [resyncLines]int
	na, nb := lineStarts(a, &as), lineStarts(b, &bs)
	for sum := 0; sum < na+nb; sum++ {
		for i := max(0, sum-nb+1); i <= sum && i < na; i++ {
			x, y := as[i], bs[sum-i]
			if len(a)-x >= resyncBytes && len(b)-y >= resyncBytes && bytes.Equal(a[x:x+resyncBytes], b[y:y+resyncBytes]) {
				return x, y
			}
		}
	}
	return -1, -1
}

func lineStarts(text []byte, at *[resyncLines]int) int {
	pos := 0
	for n := range at {
		i := bytes.IndexByte(text[pos:], '\n')
		if i < 0 {
			return n
		}
		pos += i + 1
		at[n] = pos
	}
	return resyncLines
}
