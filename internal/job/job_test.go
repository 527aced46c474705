package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// memory is a book of one process.
type memory struct {
	mu     sync.Mutex
	states map[string]State
	broken error // what every call answers with
}

func (m *memory) book() Book {
	return Book{
		States: func(context.Context) (map[string]State, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return maps.Clone(m.states), m.broken
		},
		Claim: func(_ context.Context, id string, seen State, now, until time.Time) (int64, bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			st := m.states[id]
			if m.broken != nil || st.Epoch != seen.Epoch || st.Until.After(now) && !seen.Until.IsZero() {
				return 0, false, m.broken
			}
			st.Epoch++
			st.Until = until
			m.states[id] = st
			return st.Epoch, true, nil
		},
		Renew: func(_ context.Context, id string, epoch int64, until time.Time) (bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			st := m.states[id]
			if m.broken != nil || st.Epoch != epoch {
				return false, m.broken
			}
			st.Until = until
			m.states[id] = st
			return true, nil
		},
		End: func(_ context.Context, id string, epoch int64, s State) (bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.broken != nil || m.states[id].Epoch != epoch {
				return false, m.broken
			}
			s.Epoch, s.Until = epoch, time.Time{}
			m.states[id] = s
			return true, nil
		},
	}
}

// diary remembers when what ran, in whole seconds since the beginning.
type diary struct {
	mu    sync.Mutex
	begin time.Time
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%s %s", time.Since(d.begin).Round(time.Second), fmt.Sprintf(format, args...)))
}

func (d *diary) want(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("what ran when (-want +got):\n%s", diff)
	}
}

// half is a draw that is no surprise.
func half(n time.Duration) time.Duration { return n / 2 }

func jobs(list ...Job) func(context.Context) ([]Job, error) {
	return func(context.Context) ([]Job, error) { return list, nil }
}

// during runs a scheduler for so long.
func during(s *Scheduler, d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	s.Run(ctx)
}

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		s := &Scheduler{Book: m.book(), Draw: half, Concurrent: 2, Jobs: jobs(Job{ID: "a", Every: 10 * time.Minute, Spread: time.Minute, Run: func(context.Context, int64) error {
			d.note("a")
			time.Sleep(time.Minute)
			return nil
		}})}
		during(s, 35*time.Minute)
		// From the beginning of one run to that of the next, and half the spread later.
		d.want(t, "30s a", "11m0s a", "21m30s a", "32m0s a")
	})
}

// A run that takes longer than the time between two is not made up for.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		s := &Scheduler{Book: m.book(), Draw: half, Jobs: jobs(Job{ID: "a", Every: time.Minute, Run: func(context.Context, int64) error {
			d.note("a")
			time.Sleep(150 * time.Second)
			return nil
		}})}
		during(s, 6*time.Minute)
		d.want(t, "0s a", "2m30s a", "5m0s a")
	})
}

// After the computer slept, or nothing ran, what was missed is run once.
func TestMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		var mu sync.Mutex
		slept := time.Duration(0)
		s := &Scheduler{Book: m.book(), Draw: half, Now: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return time.Now().Add(slept)
		}, Jobs: jobs(Job{ID: "a", Every: 10 * time.Minute, Run: func(context.Context, int64) error { d.note("a"); return nil }})}
		go func() {
			time.Sleep(12 * time.Minute)
			mu.Lock()
			defer mu.Unlock()
			slept = 8 * time.Hour // the clock of timers stood still meanwhile
		}()
		during(s, 21*time.Minute)
		if len(d.lines) != 3 {
			t.Errorf("ran %d times, want twice before the sleep and once after: %v", len(d.lines), d.lines)
		}
		for _, l := range d.lines[2:] {
			if at, _, _ := strings.Cut(l, " "); at < "12m0s" || at > "12m30s" {
				t.Errorf("what was missed ran at %s, want within half a minute of waking up", at)
			}
		}
	})
}

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		fail := 4
		s := &Scheduler{Book: m.book(), Draw: half, Jobs: jobs(Job{ID: "a", Every: time.Hour, Run: func(context.Context, int64) error {
			if fail--; fail >= 0 {
				return errors.New("not reached")
			}
			return nil
		}}), Ended: func(_ context.Context, o Outcome) { d.note("failures %d, failed %t", o.Failures, o.Err != nil) }}
		during(s, 80*time.Minute)
		d.want(t, "0s failures 1, failed true", "1m0s failures 2, failed true", "3m0s failures 3, failed true", "7m0s failures 4, failed true", "15m0s failures 4, failed false", "1h15m0s failures 0, failed false")
		if st := m.states["a"]; st.Failures != 0 || st.Error != "" || st.OK.IsZero() {
			t.Errorf("after a success: %+v", st)
		}
	})
}

func TestRetryIsBounded(t *testing.T) {
	for _, c := range []struct {
		every    time.Duration
		failures int
		want     time.Duration
	}{{time.Hour, 1, time.Minute}, {time.Hour, 5, 16 * time.Minute}, {time.Hour, 9, 256 * time.Minute}, {time.Hour, 10, 6 * time.Hour}, {time.Hour, 1_000_000, 6 * time.Hour}, {24 * time.Hour, 60, 24 * time.Hour}, {time.Second, 1, time.Minute}} {
		if got := retry(c.every, c.failures); got != c.want {
			t.Errorf("retry(%s, %d) = %s, want %s", c.every, c.failures, got, c.want)
		}
	}
}

// Only so many run at a time, the longest due first.
func TestConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		var list []Job
		var mu sync.Mutex
		most, now := 0, 0
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			m.states[id] = State{Epoch: 1, Started: time.Now().Add(-2 * time.Hour), Due: time.Now().Add(-time.Duration('f'-id[0]) * time.Minute)}
			list = append(list, Job{ID: id, Every: time.Hour, Run: func(context.Context, int64) error {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(10 * time.Second)
				mu.Lock()
				defer mu.Unlock()
				now--
				d.note("%s", id)
				return nil
			}})
		}
		s := &Scheduler{Book: m.book(), Draw: half, Concurrent: 1, Jobs: jobs(list...)}
		during(s, 5*time.Minute)
		d.want(t, "10s a", "20s b", "30s c", "40s d", "50s e")
		if most != 1 {
			t.Errorf("%d ran at a time, want 1", most)
		}
	})
}

func TestTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{states: map[string]State{}}
		var got error
		s := &Scheduler{Book: m.book(), Draw: half, Jobs: jobs(Job{ID: "a", Every: time.Hour, Longest: time.Minute, Run: func(ctx context.Context, _ int64) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}}), Ended: func(_ context.Context, o Outcome) {
			if got == nil {
				got = o.Err
				if o.Took != time.Minute {
					t.Errorf("it took %s, want a minute", o.Took)
				}
			}
		}}
		during(s, 90*time.Second)
		if !errors.Is(got, ErrTooLong) {
			t.Errorf("got %v, want %v", got, ErrTooLong)
		}
		if want := "it took longer than it may (1m0s)"; got.Error() != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// That a run took too long is said once, whatever it tells itself of it.
func TestTooLongOnce(t *testing.T) {
	for err, want := range map[error]string{
		errors.New("the server hung up"):                                     "it took longer than it may (5s): the server hung up",
		errors.Join(ErrTooLong, fmt.Errorf("section users: %w", ErrTooLong)): "it took longer than it may (5s): section users",
		fmt.Errorf("%w: %w", ErrTooLong, ErrTooLong):                         "it took longer than it may (5s)",
	} {
		if got := tooLong(5*time.Second, err); got.Error() != want || !errors.Is(got, ErrTooLong) {
			t.Errorf("%q: got %q, want %q", err, got, want)
		}
	}
}

// A panic is a failure of its job, and of no other.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{states: map[string]State{}}
		s := &Scheduler{Book: m.book(), Draw: half, Concurrent: 2, Jobs: jobs(
			Job{ID: "a", Every: time.Hour, Run: func(context.Context, int64) error { panic("the password is hunter2") }},
			Job{ID: "b", Every: time.Hour, Run: func(context.Context, int64) error { return nil }})}
		during(s, time.Second)
		if e := m.states["a"].Error; !strings.Contains(e, "panicked") || strings.Contains(e, "hunter2") {
			t.Errorf("the error of the panic: %q", e)
		}
		if m.states["b"].OK.IsZero() {
			t.Error("the other job did not run")
		}
	})
}

// Who stops gives its job back: the next process runs it at once.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		run := func(ctx context.Context, _ int64) error {
			d.note("begins")
			<-ctx.Done()
			d.note("%v", context.Cause(ctx))
			return context.Cause(ctx)
		}
		j := Job{ID: "a", Every: time.Hour, Run: run}
		during(&Scheduler{Book: m.book(), Draw: half, Jobs: jobs(j)}, time.Minute)
		if st := m.states["a"]; st.Failures != 0 || !st.Until.IsZero() {
			t.Errorf("after a stop: %+v", st)
		}
		during(&Scheduler{Book: m.book(), Draw: half, Jobs: jobs(j)}, time.Minute)
		d.want(t, "0s begins", "1m0s "+ErrStopped.Error(), "1m0s begins", "2m0s "+ErrStopped.Error())
	})
}

// What somebody else does already is no failure.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		busy := 2
		s := &Scheduler{Book: m.book(), Draw: half, Jobs: jobs(Job{ID: "a", Every: time.Hour, Run: func(context.Context, int64) error {
			d.note("tried")
			if busy--; busy >= 0 {
				return fmt.Errorf("a scan runs: %w", ErrBusy)
			}
			return nil
		}}), Ended: func(_ context.Context, o Outcome) { d.note("ended %v", o.Err) }}
		during(s, 5*time.Minute)
		d.want(t, "0s tried", "30s tried", "1m0s tried", "1m0s ended <nil>")
	})
}

// A process that died holds its job until the lease ends; the one that takes over
// has a higher epoch, and what the dead one would write is refused.
func TestTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		b := m.book()
		dead, ok, err := b.Claim(t.Context(), "a", State{}, time.Now(), time.Now().Add(leaseFor))
		if err != nil || !ok {
			t.Fatal(err)
		}
		s := &Scheduler{Book: b, Draw: half, Jobs: jobs(Job{ID: "a", Every: time.Hour, Run: func(_ context.Context, epoch int64) error {
			d.note("epoch %d", epoch)
			return nil
		}})}
		during(s, 10*time.Minute)
		d.want(t, "1m30s epoch 2")
		if ok, err := b.End(t.Context(), "a", dead, State{}); ok || err != nil {
			t.Errorf("the dead one ended its run: %t, %v", ok, err)
		}
		if ok, err := b.Renew(t.Context(), "a", dead, time.Now()); ok || err != nil {
			t.Errorf("the dead one renewed its lease: %t, %v", ok, err)
		}
	})
}

// A process that can have no other beside it does not wait for its dead self.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{"a": {Epoch: 7, Until: time.Now().Add(leaseFor), Due: time.Now().Add(-time.Hour)}}}
		during(&Scheduler{Book: m.book(), Draw: half, Alone: true, Jobs: jobs(Job{ID: "a", Every: time.Hour, Run: func(_ context.Context, epoch int64) error {
			d.note("epoch %d", epoch)
			return nil
		}})}, time.Minute)
		d.want(t, "0s epoch 8")
	})
}

// While the lease cannot be renewed the work goes on until the lease ends, and no
// longer.
func TestLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{}}
		s := &Scheduler{Book: m.book(), Draw: half, Jobs: jobs(Job{ID: "a", Every: time.Hour, Run: func(ctx context.Context, _ int64) error {
			m.mu.Lock()
			m.broken = errors.New("no connection")
			m.mu.Unlock()
			<-ctx.Done()
			d.note("%v", context.Cause(ctx))
			return context.Cause(ctx)
		}})}
		during(s, 10*time.Minute)
		d.want(t, "2m0s "+ErrLost.Error())
	})
}

// A shorter `every` counts at once, not only after the next run.
func TestShorter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		m := &memory{states: map[string]State{"a": {Epoch: 1, Started: time.Now().Add(-20 * time.Minute), Ended: time.Now().Add(-19 * time.Minute), Due: time.Now().Add(20 * time.Hour)}}}
		during(&Scheduler{Book: m.book(), Draw: half, Jobs: jobs(Job{ID: "a", Every: 30 * time.Minute, Run: func(context.Context, int64) error { d.note("a"); return nil }})}, 15*time.Minute)
		d.want(t, "10m0s a")
	})
}

// Any number of processes over one book, some of which die: no job is run by two
// at a time, and none is run more often than it is due.
func TestManyProcesses(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		processes := rapid.IntRange(2, 4).Draw(r, "processes")
		took := time.Duration(rapid.IntRange(1, 240).Draw(r, "seconds a run takes")) * time.Second
		lives := rapid.SliceOfN(rapid.IntRange(1, 60), processes, processes).Draw(r, "minutes each lives")
		synctest.Test(t, func(t *testing.T) {
			m := &memory{states: map[string]State{}}
			var mu sync.Mutex
			at, runs, twice := 0, 0, 0
			j := Job{ID: "a", Every: 5 * time.Minute, Spread: 30 * time.Second, Run: func(ctx context.Context, _ int64) error {
				mu.Lock()
				if at++; at > 1 {
					twice++
				}
				runs++
				mu.Unlock()
				defer func() { mu.Lock(); at--; mu.Unlock() }()
				select {
				case <-ctx.Done():
					mu.Lock()
					runs-- // it will be done anew
					mu.Unlock()
					return context.Cause(ctx)
				case <-time.After(took):
					return nil
				}
			}}
			var wg sync.WaitGroup
			for i := range processes {
				wg.Go(func() { during(&Scheduler{Book: m.book(), Jobs: jobs(j)}, time.Duration(lives[i])*time.Minute) })
			}
			wg.Wait()
			longest := 0
			for _, l := range lives {
				longest = max(longest, l)
			}
			if most := longest/5 + 1; runs > most || twice > 0 {
				t.Errorf("in %d minutes: %d runs (at most %d are due), %d of them beside another", longest, runs, most, twice)
			}
		})
	})
}
