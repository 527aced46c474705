package demo

import (
	"math"
	"time"

	"github.com/droverhq/drover"
)

// A clock says what moment an estate is of, and from which moment its ages are
// counted. All of the estate is laid down in days before now; a scan of the past
// sees what was there at that moment.
type clock struct{ now, at time.Time }

// age is how many days the moment lies before now.
func (c clock) age() float64 { return float64(c.now.Sub(c.at)) / float64(drover.Day) }

// ago is the time so many days before now; less than zero lies in the future.
func (c clock) ago(days float64) time.Time {
	return c.now.Add(-time.Duration(days * float64(drover.Day))).UTC().Truncate(time.Second)
}

// seen reports whether what was born so many days ago, and ended so many days
// ago (0: it has not), was there at the moment.
func (c clock) seen(born, ended float64) bool {
	return born >= c.age() && (ended == 0 || ended < c.age())
}

// last is how many days ago something last happened, as the moment knew it: what
// happens every so many days happened before, too. ok is false where it had not
// happened yet.
func (c clock) last(ago, every, born float64) (days float64, ok bool) {
	if age := c.age(); ago < age {
		if every <= 0 {
			return 0, false
		}
		ago += math.Ceil((age-ago)/every) * every
	}
	return ago, ago <= born
}
