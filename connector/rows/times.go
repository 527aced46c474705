package rows

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// layouts are tried after a mapping's own. None of them is ambiguous: 02/03/2024
// needs a layout in the mapping.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "20060102150405Z", "20060102150405.9Z", "02-Jan-2006", "2 Jan 2006",
}

// parseTime reads a time in UTC where it has no zone. ok is false for what no
// layout reads, and for times outside the years 1 to 9999.
func parseTime(s string, own []string) (t time.Time, ok bool) {
	s = strings.TrimSpace(s)
	for _, l := range own {
		switch l {
		case "unix", "unix_ms":
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				continue
			}
			if l == "unix" {
				t = time.Unix(n, 0)
			} else {
				t = time.UnixMilli(n)
			}
		case "filetime": // MS-DTYP 2.3.3: 100 ns since 1601-01-01 UTC; 0 and the largest stand for none
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil || n <= 0 || n == 1<<63-1 {
				continue
			}
			const epoch = 11644473600 // seconds from 1601 to 1970
			t = time.Unix(n/10_000_000-epoch, n%10_000_000*100)
		default:
			if l == "ldap" {
				l = "20060102150405Z07:00"
			}
			var err error
			if t, err = time.ParseInLocation(l, s, time.UTC); err != nil {
				continue
			}
		}
		if t = t.UTC(); t.Year() >= 1 && t.Year() <= 9999 {
			return t, true
		}
	}
	for _, l := range layouts {
		if t, err := time.ParseInLocation(l, s, time.UTC); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// ParseTime reads a time as a mapping without layouts would; "" is the zero time.
func ParseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, ok := parseTime(s, nil)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is no time such as 2026-01-31 or 2026-01-31T10:00:00Z: %w", cut(s, 40), drover.ErrInvalid)
	}
	return t, nil
}
