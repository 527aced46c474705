package policy

import (
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Window is a recurring time: days of the week, from and to within a day, in a
// zone. From after To runs over midnight and belongs to the day it begins.
type Window struct {
	Days     [7]bool // indexed by time.Weekday
	From, To time.Duration
	Zone     *time.Location
	text     string
}

func (w Window) String() string { return w.text }

// A Freeze is a span of days, both included, in which nothing is changed.
type Freeze struct{ First, Last time.Time }

// Contains reports whether t lies in the freeze. Days are those of t's zone.
func (f Freeze) Contains(t time.Time) bool {
	d := t.Format(time.DateOnly)
	return d >= f.First.Format(time.DateOnly) && d <= f.Last.Format(time.DateOnly)
}

// Contains reports whether t lies in the window; To itself does not.
func (w Window) Contains(t time.Time) bool {
	if w.Zone != nil {
		t = t.In(w.Zone)
	}
	h, m, s := t.Clock()
	at := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	day := t.Weekday()
	if w.From < w.To {
		return w.Days[day] && at >= w.From && at < w.To
	}
	yesterday := (day + 6) % 7
	return w.Days[day] && at >= w.From || w.Days[yesterday] && at < w.To
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseWindow reads "Tue-Thu 09:00-16:00 Europe/Paris", "Mon-Fri 07-20",
// "Sat,Sun 00-24" and "daily 22:00-04:00". Without a zone it is UTC.
func ParseWindow(s string) (Window, error) {
	bad := func(what string) (Window, error) {
		return Window{}, fmt.Errorf("window %q: %s; write it as \"Tue-Thu 09:00-16:00 Europe/Paris\": %w", bound(s), what, drover.ErrInvalid)
	}
	f := strings.Fields(s)
	if len(f) != 2 && len(f) != 3 {
		return bad("want days, hours and perhaps a zone")
	}
	w := Window{Zone: time.UTC, text: s}
	if !w.days(f[0]) {
		return bad("days are Mon-Fri, Sat,Sun or daily")
	}
	from, to, ok := strings.Cut(f[1], "-")
	if !ok || !clock(from, &w.From) || !clock(to, &w.To) || w.From == w.To || w.From == drover.Day {
		return bad("hours are 09:00-16:00")
	}
	if len(f) == 3 {
		z, err := time.LoadLocation(f[2])
		if err != nil || strings.EqualFold(f[2], "local") {
			return bad("the zone is unknown")
		}
		w.Zone = z
	}
	return w, nil
}

func (w *Window) days(s string) bool {
	if strings.EqualFold(s, "daily") {
		s = "sun-sat"
	}
	for part := range strings.SplitSeq(strings.ToLower(s), ",") {
		a, b, isRange := strings.Cut(part, "-")
		first := index(weekdays, a)
		last := first
		if isRange {
			last = index(weekdays, b)
		}
		if first < 0 || last < 0 {
			return false
		}
		for d := first; ; d = (d + 1) % 7 {
			w.Days[d] = true
			if d == last {
				break
			}
		}
	}
	return true
}

func clock(s string, out *time.Duration) bool {
	if !strings.Contains(s, ":") {
		s += ":00"
	}
	if s == "24:00" {
		*out = drover.Day
		return true
	}
	t, err := time.Parse("15:04", s)
	*out = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	return err == nil
}

func index(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

// parseFreeze reads "2026-12-18/2027-01-04".
func parseFreeze(s string) (Freeze, error) {
	a, b, ok := strings.Cut(s, "/")
	first, err1 := time.Parse(time.DateOnly, a)
	last, err2 := time.Parse(time.DateOnly, b)
	if !ok || err1 != nil || err2 != nil || last.Before(first) {
		return Freeze{}, fmt.Errorf("freeze %q: write first and last day as 2026-12-18/2027-01-04: %w", bound(s), drover.ErrInvalid)
	}
	return Freeze{first, last}, nil
}
