package serve

import (
	"context"
	"time"

	"github.com/droverhq/drover/internal/engine"
)

const (
	viewsEvery = 2 * time.Second  // how often it is asked whether there is anything new
	viewsLate  = time.Minute      // while scans go on without end, views are compared this often
	viewsAged  = 15 * time.Minute // filters that speak of ages change with time alone
)

// compareViews tells those who watch views what changed in them, when a scan or a
// check is through, until ctx ends. The first comparison is with what was told before
// the server started.
func (x *server) compareViews(ctx context.Context) {
	t := time.NewTicker(viewsEvery)
	defer t.Stop()
	var last, done engine.Mark
	var told map[string]int64
	var at time.Time
	for first := true; ; first = false {
		mark, err := x.engine.Mark(ctx)
		since := time.Since(at)
		if err == nil && (first || since > viewsAged || mark != done && (mark == last || since > viewsLate)) {
			if told == nil {
				told, err = x.engine.TellViews(ctx, nil)
			}
			if err == nil {
				err = x.compareNow(ctx)
			}
			if err == nil {
				done, at = mark, time.Now()
			}
		}
		if err == nil && told != nil {
			told, err = x.engine.TellViews(ctx, told)
		}
		if err != nil && ctx.Err() == nil {
			x.Log.WarnContext(ctx, "watched views could not be compared; trying again", "err", err)
		}
		last = mark
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (x *server) compareNow(ctx context.Context) error {
	list, err := x.engine.CompareViews(engine.WithRequest(ctx, engine.Request{Door: "schedule"}))
	for _, c := range list {
		if !c.Shared {
			c.Name = "a view that is not everybody's" // where messages go, others read along
		}
		x.send(ctx, "view.changed", c)
	}
	return err
}
