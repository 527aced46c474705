package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// Of each day a source proves use, or that there was none, or nothing; what looks
// now and then proves use only.
func TestUsesOf(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	noon := func(n int) time.Time { return day(n).Add(12 * time.Hour) }
	used := func(at, first, last time.Time) store.UseFact {
		return store.UseFact{Claim: drover.ClaimLastUsed, Source: "log", At: at, First: first, Last: last}
	}
	with := func(f store.UseFact, change func(*store.UseFact)) store.UseFact { change(&f); return f }
	now := noon(10)
	for _, c := range []struct {
		name    string
		said    []store.UseFact
		partial bool
		want    string // of 1 to 10 March
	}{
		{"nothing", nil, false, "??????????"},
		{"used once, looked at twice", []store.UseFact{used(noon(3), noon(5), noon(8))}, false, "??unnnn???"},
		{"a gap between two uses", []store.UseFact{used(noon(2), noon(4), noon(4)), used(noon(7), noon(9), noon(9))}, false, "?un???un??"},
		{"spans that meet make whole days", []store.UseFact{used(noon(2), noon(4), noon(4)), used(noon(1), noon(2), noon(3))}, false, "uun???????"},
		{"true to two days", []store.UseFact{with(used(noon(2), noon(8), noon(8)), func(f *store.UseFact) { f.Granularity = 2 * drover.Day })}, false, "?u??n?????"},
		{"never, within a window", []store.UseFact{{Claim: drover.ClaimNeverUsed, Source: "log", Window: 3 * drover.Day, First: day(6), Last: day(8)}}, false, "??nnnnn???"},
		{"never, of no window", []store.UseFact{{Claim: drover.ClaimNeverUsed, Source: "log", First: day(6), Last: day(8)}}, false, "??????????"},
		{"inferred", []store.UseFact{with(used(noon(3), noon(8), noon(8)), func(f *store.UseFact) { f.Grade = drover.GradeInferred })}, false, "??u???????"},
		{"a source that looks at moments", []store.UseFact{used(noon(3), noon(8), noon(8)), {Claim: drover.ClaimLive, Source: "log", At: noon(8), First: noon(8), Last: noon(8)}}, false, "??u????u??"},
		{"the scan itself", []store.UseFact{with(used(day(3), noon(8), noon(8)), func(f *store.UseFact) { f.Source = ownLook })}, false, "??u???????"},
		{"ways that leave no trace", []store.UseFact{used(noon(3), noon(8), noon(8))}, true, "??u???????"},
		{"a moment that has not come", []store.UseFact{used(noon(12), noon(8), noon(8))}, false, "??????????"},
		{"seen later than the moment of the list", []store.UseFact{used(noon(8), noon(9), noon(20))}, false, "???????unn"},
	} {
		u := usesOf(c.said, now, c.partial)
		got := []byte{}
		for n := 1; n <= 10; n++ {
			switch {
			case u.used[day(n)]:
				got = append(got, 'u')
			case u.quietOn(day(n), earlier(day(n+1), now)):
				got = append(got, 'n')
			default:
				got = append(got, '?')
			}
		}
		if string(got) != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// Spans are joined in any order; empty ones are none.
func TestJoined(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	got := joined([]stretch{{at(7), at(9)}, {at(1), at(3)}, {at(5), at(5)}, {at(3), at(4)}, {at(8), at(8)}, {at(2), at(3)}})
	if want := []stretch{{at(1), at(4)}, {at(7), at(9)}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
