package connectortest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/droverhq/drover"
)

// cancelled ends scans from outside: before the first record, and within, after
// some of the records. A scan that was cut short says so, and no section that
// was open then may claim to have been read to its end: what it did not come to
// would be removed.
func cancelled(t *testing.T, c Case, records int) {
	t.Helper()
	at := []int{0, 1, records / 4, records / 2, records * 3 / 4, records - 1, records}
	slices.Sort(at)
	for _, k := range slices.Compact(at) {
		ctx, cancel := context.WithCancel(t.Context())
		var over atomic.Bool
		stop := func() { over.Store(true); cancel() }
		col := &collector{t: t, put: func(n int) {
			if n == k {
				stop()
			}
		}}
		col.closed = func(s drover.Section) {
			if over.Load() && s.Status == drover.StatusOK {
				t.Errorf("cancelled after %d of %d records, section %s claims to have been read to its end", k, records, s.Name)
			}
		}
		if k == 0 {
			stop()
		}
		r := col.collect(ctx, c.Connector, c.Config, nil)
		switch {
		case !over.Load(): // fewer records than the first time: nothing was cut short
		case r.Err == nil:
			t.Errorf("cancelled after %d of %d records, the scan reported success", k, records)
		case !errors.Is(r.Err, context.Canceled):
			t.Errorf("cancelled after %d of %d records, the scan ended with another error: %v", k, records, r.Err)
		}
		cancel()
	}
}
