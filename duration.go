package drover

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Day is 24 hours; Week and Year are 7 and 365 days.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
	Year = 365 * Day
)

// ParseDuration reads what time.ParseDuration reads, and whole or fractional
// days, weeks and years: "90d", "2w", "1y", "1d12h".
func ParseDuration(s string) (time.Duration, error) {
	bad := func() (time.Duration, error) {
		return 0, fmt.Errorf("duration %q: write a number and a unit, such as 15m, 12h, 90d, 2w or 1y: %w", cut(s, 40), ErrInvalid)
	}
	var total time.Duration
	rest := s
	for {
		i := strings.IndexAny(rest, "dwy")
		if i < 0 {
			break
		}
		n, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil || !(n >= 0 && n <= 1e5) {
			return bad()
		}
		unit := map[byte]time.Duration{'d': Day, 'w': Week, 'y': Year}[rest[i]]
		total += time.Duration(n * float64(unit))
		rest = rest[i+1:]
	}
	if rest == "" && s != "" {
		return total, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return bad()
	}
	return total + d, nil
}
