package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// A Scheduler runs jobs when they are due. Its fields are set before Run and not
// changed afterwards.
type Scheduler struct {
	Book       Book
	Jobs       func(context.Context) ([]Job, error) // asked again and again: jobs come and go
	Concurrent int                                  // at a time in this process; at least 1
	Ended      func(context.Context, Outcome)       // told of every run that ended, one at a time for each job
	Alone      bool                                 // no other process can share the book: what a dead one holds is free at once
	Now        func() time.Time                     // nil: time.Now
	Draw       func(time.Duration) time.Duration    // nil: random
	Log        *slog.Logger

	mu      sync.Mutex
	running map[string]bool
	first   map[string]time.Time // when jobs that were never run are due
	work    sync.WaitGroup
	wake    chan struct{}
}

// Run schedules until ctx ends, then waits until what runs has ended.
func (s *Scheduler) Run(ctx context.Context) {
	s.begin()
	for ctx.Err() == nil {
		t := time.NewTimer(s.round(ctx))
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-t.C:
		}
		t.Stop()
	}
	s.work.Wait()
}

func (s *Scheduler) begin() {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Draw == nil {
		s.Draw = draw
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.running, s.first, s.wake = map[string]bool{}, map[string]time.Time{}, make(chan struct{}, 1)
}

// now is the time on the wall: the clock of timers stands still while a computer
// sleeps.
func (s *Scheduler) now() time.Time { return s.Now().Round(0) }

// Running counts the jobs that this process works on.
func (s *Scheduler) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.running)
}

// round starts what is due and says how long nothing else will be.
func (s *Scheduler) round(ctx context.Context) (wait time.Duration) {
	jobs, err := s.Jobs(ctx)
	var states map[string]State
	if err == nil {
		states, err = s.Book.States(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			s.Log.WarnContext(ctx, "what is due cannot be read", "err", err)
		}
		return look
	}
	wait = look
	now := s.now()
	for _, j := range s.inOrder(jobs, states, now) {
		if at := j.at.Sub(now); at > 0 {
			wait = min(wait, at)
			continue
		}
		if !s.enter(j.ID) {
			break // as many run as may: the end of one wakes us
		}
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			defer s.leave(j.ID)
			s.claimed(ctx, j.Job, states[j.ID])
		}()
	}
	return max(wait, time.Millisecond)
}

// A dated job is one with the moment when it is due.
type dated struct {
	Job
	at time.Time
}

// inOrder are the jobs that nobody works on, the longest due first.
func (s *Scheduler) inOrder(jobs []Job, states map[string]State, now time.Time) []dated {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []dated
	for _, j := range jobs {
		st := states[j.ID]
		held := !st.Until.IsZero() && st.Until.After(now) && !s.Alone
		if s.running[j.ID] || held || j.Every <= 0 {
			continue
		}
		if _, ok := s.first[j.ID]; !ok {
			s.first[j.ID] = now.Add(s.Draw(j.Spread))
		}
		d := dated{j, due(j, st, s.first[j.ID])}
		i := len(list)
		for i > 0 && list[i-1].at.After(d.at) {
			i--
		}
		list = append(list, dated{})
		copy(list[i+1:], list[i:])
		list[i] = d
	}
	return list
}

func (s *Scheduler) enter(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.running) >= max(1, s.Concurrent) {
		return false
	}
	s.running[id] = true
	return true
}

func (s *Scheduler) leave(id string) {
	s.mu.Lock()
	delete(s.running, id)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// claimed runs a job if it can be had.
func (s *Scheduler) claimed(ctx context.Context, j Job, seen State) {
	now := s.now()
	if s.Alone {
		seen.Until = time.Time{}
	}
	epoch, ok, err := s.Book.Claim(ctx, j.ID, seen, now, now.Add(leaseFor))
	if err != nil || !ok {
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "a job that is due could not be claimed", "job", j.ID, "err", err)
			s.pause(ctx, busyRetry)
		}
		return
	}
	run, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { cancel(ErrStopped) })
	defer stop()
	if j.Longest > 0 {
		t := time.AfterFunc(j.Longest, func() { cancel(ErrTooLong) })
		defer t.Stop()
	}
	alive := make(chan struct{})
	go func() {
		defer close(alive)
		s.renew(run, j.ID, epoch, cancel)
	}()
	err = guarded(run, j, epoch)
	cause := context.Cause(run)
	cancel(nil)
	<-alive
	s.ended(context.WithoutCancel(ctx), j, epoch, seen, now, err, cause)
}

// renew says again and again that the job is at work, and ends it when it was
// taken over.
func (s *Scheduler) renew(ctx context.Context, id string, epoch int64, cancel context.CancelCauseFunc) {
	held := s.now().Add(leaseFor)
	t := time.NewTicker(renewed)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		until := s.now().Add(leaseFor)
		ok, err := s.Book.Renew(ctx, id, epoch, until)
		switch {
		case err == nil && ok:
			held = until
		case err == nil, s.now().After(held):
			cancel(ErrLost)
			return
		case ctx.Err() == nil:
			s.Log.WarnContext(ctx, "the lease of a job was not renewed; trying again", "job", id, "err", err)
		}
	}
}

// ended keeps how a run went and tells of it.
func (s *Scheduler) ended(ctx context.Context, j Job, epoch int64, seen State, started time.Time, err, cause error) {
	st := State{Due: seen.Due, Started: started, Ended: s.now(), OK: seen.OK, Failures: seen.Failures, Error: seen.Error}
	o := Outcome{ID: j.ID, Err: err, Took: st.Ended.Sub(started), Failures: seen.Failures}
	switch {
	case err != nil && errors.Is(cause, ErrStopped):
		// It was not its fault: it is due again at once, here or elsewhere.
		st.Started, st.Ended, st.Due = seen.Started, seen.Ended, started
		if _, err := s.Book.End(ctx, j.ID, epoch, st); err != nil {
			s.Log.WarnContext(ctx, "a job that was stopped could not be given back", "job", j.ID, "err", err)
		}
		return
	case errors.Is(cause, ErrLost):
		s.Log.WarnContext(ctx, "another process took over a job; what this one did is dropped", "job", j.ID)
		return
	case errors.Is(err, ErrBusy):
		st.Started, st.Ended, st.Due = seen.Started, seen.Ended, s.now().Add(busyRetry)
		if _, err := s.Book.End(ctx, j.ID, epoch, st); err != nil {
			s.Log.WarnContext(ctx, "a job could not be given back", "job", j.ID, "err", err)
		}
		return
	case err == nil:
		st.OK, st.Failures, st.Error = st.Ended, 0, ""
	default:
		if errors.Is(cause, ErrTooLong) {
			err = tooLong(j.Longest, err)
			o.Err = err
		}
		st.Failures++
		st.Error, o.Failures = err.Error(), st.Failures
	}
	st.Due = next(j, st, s.Draw(j.Spread))
	o.Next = st.Due
	switch ok, kerr := s.Book.End(ctx, j.ID, epoch, st); {
	case kerr != nil:
		s.Log.ErrorContext(ctx, "how a job ended was not kept; it will be run again", "job", j.ID, "err", kerr)
	case !ok:
		s.Log.WarnContext(ctx, "another process took over a job before it ended here", "job", j.ID)
		return
	}
	if s.Ended != nil {
		s.Ended(ctx, o)
	}
}

// pause keeps the place of a job that could not even be claimed, so that a broken
// store is not asked in a loop.
func (s *Scheduler) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// guarded runs the job; a panic in it is its failure.
func guarded(ctx context.Context, j Job, epoch int64) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panicked (a bug; please report it): %T at %s", p, firstFrame(debug.Stack()))
		}
	}()
	return j.Run(ctx, epoch)
}

// firstFrame is the innermost function of this module on a stack.
func firstFrame(stack []byte) string {
	for line := range strings.Lines(string(stack)) {
		name, _, ok := strings.Cut(line, "(")
		if ok && strings.HasPrefix(name, "github.com/droverhq/drover/") && !strings.Contains(name, "internal/job.guarded") {
			return strings.TrimPrefix(name, "github.com/droverhq/drover/")
		}
	}
	return "a place that is not known"
}

// tooLong is the error of a run that was ended since it took too long, which is said
// once: what ended often has that as its cause, and tells it too.
func tooLong(longest time.Duration, err error) error {
	said := ErrTooLong.Error()
	rest := err.Error()
	if !strings.Contains(rest, said) {
		return fmt.Errorf("%w (%s): %w", ErrTooLong, longest, err)
	}
	var parts []string
	for part := range strings.SplitSeq(rest, said) {
		if part = strings.Trim(part, ":; \n"); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return fmt.Errorf("%w (%s)", ErrTooLong, longest)
	}
	return fmt.Errorf("%w (%s): %s", ErrTooLong, longest, strings.Join(parts, ": "))
}
