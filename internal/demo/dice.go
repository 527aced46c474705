package demo

// A dice draws; one seed draws the same for ever (splitmix64: Steele, Lea and
// Flood, "Fast Splittable Pseudorandom Number Generators", 2014). It guards
// nothing.
type dice struct{ state uint64 }

func newDice(seed uint64) *dice { return &dice{state: seed} }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n draws from 0 to n-1.
func (d *dice) n(n int) int { return int(d.next() % uint64(max(n, 1))) }

// between draws from lo to hi, both of them included.
func (d *dice) between(lo, hi int) int { return lo + d.n(hi-lo+1) }

func (d *dice) chance(percent int) bool { return d.n(100) < percent }

// fork makes a dice of its own for a word, which draws the same whatever is drawn
// from d.
func (d *dice) fork(word string) *dice {
	h := d.state ^ 0xcbf29ce484222325
	for i := range len(word) {
		h = (h ^ uint64(word[i])) * 0x100000001b3
	}
	return newDice(h)
}

func pick[T any](d *dice, list []T) T { return list[d.n(len(list))] }

// text draws n letters of an alphabet.
func (d *dice) text(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[d.n(len(alphabet))]
	}
	return string(b)
}

const (
	hexDigits = "0123456789abcdef"
	upperNum  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	digits    = "0123456789"
)

// uuid draws one of version 4 (RFC 9562).
func (d *dice) uuid() string {
	return d.text(hexDigits, 8) + "-" + d.text(hexDigits, 4) + "-4" + d.text(hexDigits, 3) + "-a" + d.text(hexDigits, 3) + "-" + d.text(hexDigits, 12)
}
