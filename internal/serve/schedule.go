package serve

import (
	"context"
	"errors"
	"math/bits"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/job"
)

// schedule runs the scans that are due until ctx ends.
func (x *server) schedule(ctx context.Context) {
	if x.Config.Schedule.Disabled {
		return
	}
	concurrent, longest := x.Config.Schedule.Limits()
	s := &job.Scheduler{
		Book: x.engine.ScheduleBook(), Concurrent: concurrent, Alone: x.engine.Exclusive(), Now: x.Now, Log: x.Log,
		Jobs: func(ctx context.Context) ([]job.Job, error) {
			list, err := x.engine.Scheduled(ctx)
			jobs := make([]job.Job, 0, len(list))
			for _, d := range list {
				jobs = append(jobs, job.Job{ID: d.Job, Every: d.Every, Spread: x.Config.Schedule.JitterOf(d.Every), Longest: longest,
					Run: func(ctx context.Context, epoch int64) error { return x.scan(ctx, d.Source, epoch) }})
			}
			return jobs, err
		},
		Ended: x.scanEnded,
	}
	s.Run(ctx)
}

// scan runs one scheduled scan.
func (x *server) scan(ctx context.Context, source string, epoch int64) error {
	started := time.Now()
	x.metrics.running.Inc()
	defer x.metrics.running.Dec()
	ctx, end := x.traces.job(engine.WithRequest(ctx, engine.Request{Door: "schedule"}))
	status, err := x.engine.ScanScheduled(ctx, source, epoch)
	if errors.Is(err, job.ErrBusy) {
		end("busy")
		x.Log.InfoContext(ctx, "a scheduled scan waits: the source is being scanned", "source", source)
		return err
	}
	if cause := context.Cause(ctx); errors.Is(cause, job.ErrStopped) || errors.Is(cause, job.ErrLost) {
		status = "interrupted"
	}
	end(string(status))
	x.metrics.scanned(string(status), time.Since(started))
	if err == nil {
		x.Log.InfoContext(ctx, "scheduled scan", "source", source, "status", status, "took", time.Since(started).Round(time.Millisecond).String())
	}
	if status == drover.StatusPartial && err == nil {
		x.Log.WarnContext(ctx, "a scheduled scan could not read everything; drover source list says more", "source", source)
	}
	return err
}

// scanEnded tells of failures: at the first of a row, the second, the fourth, and
// so on, so that a source that is gone for good does not drown the others; and of
// the first success after them.
func (x *server) scanEnded(ctx context.Context, o job.Outcome) {
	a := engine.ScanAlert{Source: o.ID[len("scan "):], Failures: o.Failures, Next: &o.Next}
	switch {
	case o.Err != nil:
		text := o.Err.Error()
		a.Error = &text
		x.Log.ErrorContext(ctx, "a scheduled scan failed", "source", a.Source, "failures", o.Failures, "next", o.Next.UTC(), "err", text)
		if !alerts(o.Failures) {
			return
		}
	case o.Failures == 0:
		return
	default:
		x.Log.InfoContext(ctx, "a scheduled scan goes well again", "source", a.Source, "failures", o.Failures)
	}
	x.engine.TellAlert(a)
	x.notify(ctx, a)
}

// alerts reports whether people are told of that many failures in a row.
func alerts(failures int) bool { return bits.OnesCount(uint(failures)) == 1 }
