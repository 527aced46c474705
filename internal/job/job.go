// Package job runs work that is due every so often: each job at a time by one
// process, some at random a little later than due so that not all begin at once,
// only so many side by side, none for longer than it may.
//
// What is due and who works on it stands in a Book, which several processes may
// share: a process claims a job for a while, says again and again that it still
// lives, and gets a number, the epoch, that grows with every claim. Whatever the
// work writes names its epoch, so that a process that was thought dead cannot write
// over the one that took its place.
//
// What was missed, while nothing ran or the computer slept, is run once. What
// fails is tried again soon, then ever more seldom.
package job

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"
)

// A Job is work that is due every so often.
type Job struct {
	ID      string        // stable: it is known by it after a restart
	Every   time.Duration // from the beginning of one run to that of the next; positive
	Spread  time.Duration // at most so much later than due, at random
	Longest time.Duration // then its context ends; 0: never

	// Run does the work. Its context ends when the work takes too long, the lease
	// was lost or the scheduler stops. An error that wraps ErrBusy says that
	// somebody else does the same just now: that is no failure, and it is tried
	// again soon.
	Run func(ctx context.Context, epoch int64) error
}

// ErrBusy says that somebody else works on the same.
var ErrBusy = errors.New("busy")

// Causes for which the context of a run ends.
var (
	ErrTooLong = errors.New("it took longer than it may")
	ErrLost    = errors.New("another process took it over")
	ErrStopped = errors.New("the server stopped")
)

// A State is what is kept of a job.
type State struct {
	Epoch    int64     // of its last claim; 0: it was never claimed
	Until    time.Time // when the claim ends by itself; zero: nobody has it
	Due      time.Time
	Started  time.Time // the last run
	Ended    time.Time // the last run that ended
	OK       time.Time // the end of the last that went well
	Failures int       // since then
	Error    string    // of the last failure
}

// A Book is where states are kept. Each function may be called from several
// goroutines.
type Book struct {
	// States returns what is known of every job.
	States func(ctx context.Context) (map[string]State, error)
	// Claim takes a job until a moment, provided that its epoch is still that of seen
	// and nobody has it at now; ok is false when somebody was faster.
	Claim func(ctx context.Context, id string, seen State, now, until time.Time) (epoch int64, ok bool, err error)
	// Renew takes it for longer; ok is false when the claim was lost.
	Renew func(ctx context.Context, id string, epoch int64, until time.Time) (ok bool, err error)
	// End keeps how a run ended and gives the job back; ok is false when the claim
	// was lost, and nothing is kept then.
	End func(ctx context.Context, id string, epoch int64, s State) (ok bool, err error)
}

// An Outcome is how one run ended.
type Outcome struct {
	ID       string
	Err      error // nil: well
	Took     time.Duration
	Failures int       // in a row, this one included; after a success: how many there were before
	Next     time.Time // when it is due again
}

// Times of leases and of retries.
const (
	leaseFor = 90 * time.Second
	renewed  = 30 * time.Second
	look     = 30 * time.Second // how often the book is read, at least

	firstRetry = time.Minute
	lastRetry  = 6 * time.Hour // or Every, where that is longer
	busyRetry  = 30 * time.Second
)

// next is when a job is due after a run that began and ended so; rest is the random
// part of its spread.
func next(j Job, s State, rest time.Duration) time.Time {
	if s.Failures > 0 {
		return s.Ended.Add(retry(j.Every, s.Failures)).Add(min(rest, firstRetry))
	}
	due := s.Started.Add(j.Every)
	if due.Before(s.Ended) {
		due = s.Ended // it takes longer than Every: no run is made up for
	}
	return due.Add(rest)
}

// retry is how long to wait after so many failures in a row: a minute, then twice
// as long each time.
func retry(every time.Duration, failures int) time.Duration {
	most := max(every, lastRetry)
	wait := firstRetry
	for range failures - 1 {
		if wait *= 2; wait >= most {
			return most
		}
	}
	return min(wait, most)
}

// due is when a job is to run by what the book says, which may have been written
// when Every was longer.
func due(j Job, s State, first time.Time) time.Time {
	if s.Epoch == 0 {
		return first
	}
	if s.Failures == 0 && !s.Started.IsZero() {
		if latest := s.Started.Add(j.Every + j.Spread); s.Due.After(latest) {
			return latest
		}
	}
	return s.Due
}

// draw is a random duration from 0 up to, not including, n.
func draw(n time.Duration) time.Duration {
	if n <= 0 {
		return 0
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand
	return time.Duration(binary.LittleEndian.Uint64(b[:]) % uint64(n))
}
