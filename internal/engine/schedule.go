package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	sched "github.com/droverhq/drover/internal/job"
	"github.com/droverhq/drover/internal/store"
)

// jobPrefix begins the ids of the jobs that scan sources.
const jobPrefix = "scan "

// A Scheduled is a source that is scanned every so often.
type Scheduled struct {
	Source string
	Job    string // its id in the book
	Every  time.Duration
	Text   string // Every as it was configured
}

// Scheduled lists the enabled sources that say how often they are to be scanned.
// One whose configuration cannot be read does not keep the others from theirs.
func (e *Engine) Scheduled(ctx context.Context) ([]Scheduled, error) {
	sources, err := e.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var list []Scheduled
	for _, s := range sources {
		every, err := drover.ParseDuration(s.Every)
		if s.Every == "" || s.Disabled || err != nil || every < shortest {
			continue
		}
		list = append(list, Scheduled{s.ID, jobPrefix + s.ID, every, s.Every})
	}
	return list, nil
}

// shortest is how often a source is scanned at most.
const shortest = time.Second

// ScheduleBook is where it stands which scans are due and who runs them. Several
// servers of one PostgreSQL store share it.
func (e *Engine) ScheduleBook() sched.Book {
	return sched.Book{
		States: func(ctx context.Context) (map[string]sched.State, error) {
			list, err := e.store.Jobs(ctx)
			out := make(map[string]sched.State, len(list))
			for _, j := range list {
				out[j.ID] = sched.State{Epoch: j.Epoch, Until: j.Until, Due: j.Due, Started: j.Started, Ended: j.Ended, OK: j.OK, Failures: j.Failures, Error: j.Error}
			}
			return out, err
		},
		Claim: func(ctx context.Context, id string, seen sched.State, now, until time.Time) (int64, bool, error) {
			return e.store.ClaimJob(ctx, id, seen.Epoch, now, until, e.store.Exclusive())
		},
		Renew: func(ctx context.Context, id string, epoch int64, until time.Time) (bool, error) {
			return e.store.RenewJob(ctx, store.Lease{Job: id, Epoch: epoch}, until)
		},
		End: func(ctx context.Context, id string, epoch int64, s sched.State) (bool, error) {
			return e.store.EndJob(ctx, store.Lease{Job: id, Epoch: epoch}, store.Job{Due: s.Due, Started: s.Started, Ended: s.Ended, OK: s.OK, Failures: s.Failures, Error: text(s.Error, maxNote)})
		},
	}
}

// Exclusive reports whether no other process can write to the store while this one
// has it open.
func (e *Engine) Exclusive() bool { return e.store.Exclusive() }

// ScanScheduled scans a source in the name of a claim and runs the checks after
// it, as an operation. When ctx ends the scan is cancelled, and what it read is
// stored as partial, unless another server took the claim over. It returns how the
// scan went. An error that wraps sched.ErrBusy says that the source is being scanned
// already; any other that the scan failed.
func (e *Engine) ScanScheduled(ctx context.Context, source string, epoch int64) (drover.Status, error) {
	req := ScanRequest{Words: []string{source}, lease: &store.Lease{Job: jobPrefix + source, Epoch: epoch}}
	op, err := e.StartScan(context.WithoutCancel(ctx), req, true)
	if errors.Is(err, drover.ErrConflict) {
		return "", fmt.Errorf("%w: %w", sched.ErrBusy, err)
	}
	if err != nil {
		return drover.StatusFailed, err
	}
	done, err := e.WaitOperation(ctx, op.ID)
	if err != nil && ctx.Err() != nil {
		if _, cerr := e.CancelOperation(context.WithoutCancel(ctx), op.ID); cerr != nil && !errors.Is(cerr, drover.ErrConflict) {
			err = errors.Join(err, cerr)
		}
	}
	if err != nil {
		return drover.StatusFailed, err
	}
	return scheduledOutcome(done)
}

// scheduledOutcome is how the scan of one source went, by its operation.
func scheduledOutcome(op *Operation) (drover.Status, error) {
	if op.State != OpDone && (op.Error == nil || op.Error.Code != "source") {
		if op.Error != nil {
			return drover.StatusFailed, errors.New(op.Error.Detail)
		}
		return drover.StatusFailed, fmt.Errorf("the scan was %s", op.State)
	}
	var out struct {
		Scan *struct {
			Status  drover.Status
			Sources []struct {
				Status drover.Status
				Error  string
			}
		}
	}
	if json.Unmarshal(op.Result, &out) != nil || out.Scan == nil {
		return drover.StatusOK, nil //nolint:nilerr // a result that is too large to be kept is of a scan that read much
	}
	if out.Scan.Status != drover.StatusFailed {
		return out.Scan.Status, nil
	}
	var why []string
	for _, s := range out.Scan.Sources {
		if s.Error != "" {
			why = append(why, s.Error)
		}
	}
	if len(why) == 0 {
		why = []string{"no section could be read"}
	}
	return drover.StatusFailed, errors.New(strings.Join(why, "; "))
}

// A ScanAlert is what is told of a scheduled scan that fails, or that goes well
// again.
type ScanAlert struct {
	Source   string     `json:"source"`
	Failures int        `json:"failures"` // in a row; of a recovery: how many there were
	Error    *string    `json:"error"`    // null: it went well again
	Next     *time.Time `json:"next"`     // when it is tried again
}

// TellAlert tells those who listen to events of a scheduled scan that failed.
func (e *Engine) TellAlert(a ScanAlert) {
	kind := "scan.failed"
	if a.Error == nil {
		kind = "scan.recovered"
	}
	e.live.hub.publish(Event{At: e.o.Now().UTC(), Kind: kind, Source: a.Source}, a)
}

// A due is what is known of when a source is scanned.
type due struct {
	every    string
	next     time.Time
	failures int
}

// dueOf says of each scheduled source when it is due, failures included.
func (e *Engine) dueOf(ctx context.Context) (map[string]due, error) {
	list, err := e.Scheduled(ctx)
	if err != nil {
		return nil, err
	}
	jobs, err := e.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	kept := map[string]store.Job{}
	for _, j := range jobs {
		kept[j.ID] = j
	}
	out := map[string]due{}
	for _, s := range list {
		j := kept[s.Job]
		out[s.Source] = due{s.Text, j.Due, j.Failures}
	}
	return out, nil
}
