package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// An Operation is work that takes longer than an answer may. It is kept, so that
// how it ended can be asked after a restart.
type Operation struct {
	Schema   string          `json:"schema"`
	ID       string          `json:"id"`
	Kind     string          `json:"kind"`   // scan, demo.load, finding.accept
	Target   string          `json:"target"` // what it is about, in words
	State    string          `json:"state"`  // running, done, failed, cancelled, interrupted, undone
	Actor    string          `json:"actor"`
	Progress OperationStep   `json:"progress"`
	Started  time.Time       `json:"started"`
	Ended    *time.Time      `json:"ended"`
	Error    *OperationFault `json:"error"`
	Result   json.RawMessage `json:"result"`     // what it came to; null: nothing yet
	UndoTill *time.Time      `json:"undo_until"` // until when it can be taken back; null: it cannot
}

// An OperationStep is how far an operation is.
type OperationStep struct {
	Done int64  `json:"done"`
	All  *int64 `json:"all"` // null: nobody knows yet
	Says string `json:"says"`
}

// An OperationFault is why an operation failed.
type OperationFault struct {
	Code   string `json:"code"` // invalid, not_found, permission, conflict, source: nothing of it could be read; internal
	Detail string `json:"detail"`
}

// States of an operation.
const (
	OpRunning     = store.Running
	OpDone        = "done"
	OpFailed      = "failed"
	OpCancelled   = "cancelled"
	OpInterrupted = "interrupted" // the process that worked on it ended
	OpUndone      = "undone"
)

// ErrorCode is the word of an error for programs.
func ErrorCode(err error) string {
	for _, x := range []struct {
		is   error
		code string
	}{{drover.ErrInvalid, "invalid"}, {drover.ErrNotFound, "not_found"}, {drover.ErrPermission, "permission"}, {drover.ErrConflict, "conflict"}, {errUnread, "source"}} {
		if errors.Is(err, x.is) {
			return x.code
		}
	}
	return "internal"
}

const (
	opMaxRunning = 16               // operations at a time
	opResultMax  = 8 << 20          // bytes of a result that is kept
	opBeat       = 5 * time.Second  // how often a running operation is kept
	opDead       = 60 * time.Second // without a beat
	opTell       = 250 * time.Millisecond
	opForget     = 30 * drover.Day
)

// errUnread is why a scan failed of which no source could be read.
var errUnread = errors.New("no source could be read")

// errCancelled is why an operation ends that somebody cancelled.
var errCancelled = errors.New("cancelled")

// jobs are the operations that this process works on.
type jobs struct {
	mu      sync.Mutex
	holder  string
	running map[string]*Task
	claims  map[string]string // what may be worked on by one only: by whom it is
}

func (j *jobs) init() {
	host, _ := os.Hostname()
	j.holder = fmt.Sprintf("%.64s:%d:%s", host, os.Getpid(), rand.Text()[:8])
	j.running, j.claims = map[string]*Task{}, map[string]string{}
}

// claim takes what only one may work on at a time: all of it, or an error that
// wraps drover.ErrConflict and says who has it.
func (j *jobs) claim(what []string, by string) (release func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, w := range what {
		if other, taken := j.claims[w]; taken {
			return nil, fmt.Errorf("%s is at work already (%s); wait for it, or cancel it: %w", w, other, drover.ErrConflict)
		}
	}
	for _, w := range what {
		j.claims[w] = by
	}
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		for _, w := range what {
			delete(j.claims, w)
		}
	}, nil
}

// A job is what an operation is to do.
type job struct {
	kind   string
	target string
	claims []string // what only one operation may work on at a time
	run    func(ctx context.Context, t *Task) (result any, err error)
}

// A Task is an operation at work.
type Task struct {
	e      *Engine
	cancel context.CancelCauseFunc
	done   chan struct{}

	mu   sync.Mutex
	op   Operation
	undo string
	told time.Time
}

// Step says how far the work is; all below 0 is not known.
func (t *Task) Step(done, all int64, says string) {
	t.mu.Lock()
	t.op.Progress = OperationStep{Done: done, Says: text(says, 300)}
	if all >= 0 {
		t.op.Progress.All = &all
	}
	tell := time.Since(t.told) >= opTell
	if tell {
		t.told = time.Now()
	}
	t.mu.Unlock()
	if tell {
		t.tell()
	}
}

// ID is that of the operation.
func (t *Task) ID() string { return t.op.ID }

func (t *Task) view() Operation {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.op
}

func (t *Task) tell() {
	op := t.view()
	op.Result = nil // it is asked for by who wants it
	t.e.live.hub.publish(Event{At: t.e.o.Now().UTC(), Kind: "operation", Operation: op.ID, actor: op.Actor}, op)
}

func (t *Task) keep(ctx context.Context) error {
	t.mu.Lock()
	op, undo := t.op, t.undo
	t.mu.Unlock()
	return t.e.keepOperation(ctx, op, undo)
}

func (e *Engine) keepOperation(ctx context.Context, op Operation, undo string) error {
	body, err := json.Marshal(op)
	if err != nil {
		return fmt.Errorf("keep operation %s: %w", op.ID, err)
	}
	o := store.Operation{ID: op.ID, Kind: op.Kind, State: op.State, Holder: e.live.jobs.holder, Started: op.Started, Body: string(body), Undo: undo}
	if op.Ended != nil {
		o.Ended = *op.Ended
	}
	return e.store.PutOperation(ctx, o)
}

func (e *Engine) newOperation(kind, target string) Operation {
	return Operation{Schema: "drover/v1/operation", ID: "op_" + strings.ToLower(rand.Text()[:16]), Kind: kind, Target: text(target, 300), State: OpRunning, Actor: e.actor(), Started: e.o.Now().UTC()}
}

// start begins an operation and returns it while it runs. It ends by itself, by
// CancelOperation, or with the engine; not with ctx. Errors wrap drover.ErrConflict
// where another one works on the same, or too many run.
func (e *Engine) start(ctx context.Context, j job) (*Operation, error) {
	if e.o.ReadOnly {
		return nil, fmt.Errorf("the store is open to read only: %w", drover.ErrPermission)
	}
	run, cancel := context.WithCancelCause(context.WithoutCancel(beyond(ctx)))
	t := &Task{e: e, cancel: cancel, done: make(chan struct{}), op: e.newOperation(j.kind, j.target)}
	release, err := e.live.jobs.claim(j.claims, "operation "+t.op.ID)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	if err := e.live.jobs.add(t); err != nil {
		release()
		cancel(nil)
		return nil, err
	}
	if err := t.keep(ctx); err != nil {
		e.live.jobs.remove(t)
		release()
		cancel(nil)
		return nil, err
	}
	op := t.view()
	e.live.wg.Go(func() {
		defer close(t.done)
		stop := context.AfterFunc(e.live.ctx, func() { cancel(errClosed) })
		defer stop()
		beat := t.beats(run)
		result, err := guardedJob(run, t, j.run)
		release()
		cancel(nil)
		<-beat
		t.end(run, result, err)
		e.live.jobs.remove(t)
		t.tell()
	})
	t.tell()
	return &op, nil
}

func (j *jobs) add(t *Task) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.running) >= opMaxRunning {
		return fmt.Errorf("%d operations are running; wait for one, or cancel one: %w", len(j.running), drover.ErrConflict)
	}
	j.running[t.op.ID] = t
	return nil
}

func (j *jobs) remove(t *Task) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.running, t.op.ID)
}

func (j *jobs) find(id string) *Task {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.running[id]
}

// guardedJob does the work; a panic in it is its failure.
func guardedJob(ctx context.Context, t *Task, run func(context.Context, *Task) (any, error)) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			t.e.o.Log.ErrorContext(ctx, "an operation panicked (a bug; please report it)", "operation", t.op.ID, "kind", t.op.Kind, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errors.New("it panicked (a bug; please report it)")
		}
	}()
	return run(ctx, t)
}

// beats keeps the operation while it runs, so that others see that it lives.
func (t *Task) beats(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(opBeat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := t.keep(ctx); err != nil && ctx.Err() == nil {
					t.e.o.Log.WarnContext(ctx, "the state of an operation was not kept", "operation", t.op.ID, "err", err)
				}
			}
		}
	}()
	return ended
}

// end records how the work went.
func (t *Task) end(ctx context.Context, result any, err error) {
	t.mu.Lock()
	now := t.e.o.Now().UTC()
	t.op.Ended, t.op.State = &now, OpDone
	cause := context.Cause(ctx)
	switch {
	case err == nil:
	case errors.Is(cause, errClosed):
		t.op.State = OpInterrupted
	case errors.Is(cause, errCancelled):
		t.op.State = OpCancelled
	default:
		t.op.State = OpFailed
	}
	if err != nil {
		t.op.Error = &OperationFault{ErrorCode(err), scrubbed(err)}
	}
	t.op.Result = resultOf(result)
	t.mu.Unlock()
	if err := t.keep(context.WithoutCancel(ctx)); err != nil {
		t.e.o.Log.WarnContext(ctx, "the end of an operation was not kept", "operation", t.op.ID, "err", err)
	}
}

// resultOf is a result as it is kept; one that is too large is told by its size.
func resultOf(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil || string(raw) == "null" {
		return nil
	}
	if len(raw) > opResultMax {
		raw, _ = json.Marshal(map[string]any{"too_large": len(raw)})
	}
	return raw
}

// recoverOperations declares interrupted what processes left that are gone, and
// forgets what ended long ago.
func (e *Engine) recoverOperations(ctx context.Context) error {
	before := e.o.Now().Add(-opDead)
	if e.store.Exclusive() {
		before = time.Unix(1<<40, 0) // nobody else can have it open
	}
	ids, err := e.store.InterruptOperations(ctx, e.live.jobs.holder, before)
	if len(ids) > 0 {
		e.o.Log.InfoContext(ctx, "operations were interrupted when drover ended", "operations", ids)
	}
	return err
}

// Operations lists the operations that the caller may know of, the newest first.
func (e *Engine) Operations(ctx context.Context, limit int) ([]Operation, error) {
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	rows, err := e.store.Operations(ctx, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Operation, 0, len(rows))
	for _, r := range rows {
		op, err := e.operationOf(r)
		if err != nil {
			return nil, err
		}
		if e.ownOperation(op.Actor) {
			op.Result = nil // asked for one by one
			list = append(list, op)
		}
	}
	return list, nil
}

// Operation returns one with its result. The error wraps drover.ErrNotFound where
// there is none that the caller may know of.
func (e *Engine) Operation(ctx context.Context, id string) (*Operation, error) {
	if t := e.live.jobs.find(id); t != nil {
		if op := t.view(); e.ownOperation(op.Actor) {
			return &op, nil
		}
	}
	r, err := e.store.Operation(ctx, id)
	if err != nil {
		return nil, err
	}
	op, err := e.operationOf(r)
	if err == nil && !e.ownOperation(op.Actor) {
		err = fmt.Errorf("operation %.80q: %w", id, drover.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return &op, nil
}

// operationOf reads one; what this process works on is as it is now, and what runs
// elsewhere and was long not heard of is interrupted.
func (e *Engine) operationOf(r store.Operation) (Operation, error) {
	if t := e.live.jobs.find(r.ID); t != nil {
		return t.view(), nil
	}
	var op Operation
	if err := json.Unmarshal([]byte(r.Body), &op); err != nil {
		return op, fmt.Errorf("operation %s: %w", r.ID, err)
	}
	op.State = r.State
	if !r.Ended.IsZero() {
		op.Ended = &r.Ended
	}
	if op.State == OpRunning && (r.Holder == e.live.jobs.holder || e.o.Now().Sub(r.Beat) > opDead) {
		op.State = OpInterrupted
	}
	return op, nil
}

// CancelOperation asks an operation to end and waits until it has, or ctx ends.
// The error wraps drover.ErrConflict for one that has ended or runs elsewhere.
func (e *Engine) CancelOperation(ctx context.Context, id string) (*Operation, error) {
	op, err := e.Operation(ctx, id)
	if err != nil {
		return nil, err
	}
	t := e.live.jobs.find(id)
	switch {
	case op.State != OpRunning:
		return nil, fmt.Errorf("operation %s is %s: there is nothing to cancel: %w", id, op.State, drover.ErrConflict)
	case t == nil:
		return nil, fmt.Errorf("operation %s runs in another process: cancel it there: %w", id, drover.ErrConflict)
	}
	if err := e.Audit(ctx, AuditEntry{Action: "operation.cancel", Target: id, Detail: map[string]any{"kind": op.Kind}}); err != nil {
		return nil, err
	}
	t.cancel(errCancelled)
	select {
	case <-t.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return e.Operation(ctx, id)
}

// WaitOperation waits until an operation of this process has ended.
func (e *Engine) WaitOperation(ctx context.Context, id string) (*Operation, error) {
	if t := e.live.jobs.find(id); t != nil {
		select {
		case <-t.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return e.Operation(ctx, id)
}

// StartScan begins a scan and, unless the caller asks for none, the checks after
// it. What it is to scan is resolved first, so that a mistake is told at once.
// Errors wrap drover.ErrConflict where one of the sources is being scanned.
func (e *Engine) StartScan(ctx context.Context, req ScanRequest, checks bool) (*Operation, error) {
	sources, err := e.scannable(ctx, req)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range sources {
		names = append(names, s.ID)
	}
	told := make(chan error, 1)
	req.begun = true
	op, err := e.start(ctx, job{kind: "scan", target: few(names, 8), claims: claimsOf(sources), run: func(ctx context.Context, t *Task) (any, error) {
		if err := <-told; err != nil {
			return nil, err
		}
		teller := &scanTeller{t: t, all: len(sources)}
		req.Rows, req.Progress = toldRows, teller.tell
		res, err := e.scanSources(ctx, sources, req)
		if res == nil {
			return nil, err
		}
		e.live.hub.publish(Event{At: e.o.Now().UTC(), Kind: "scan.done", Operation: t.ID(), Generation: res.Generation, actor: t.op.Actor}, map[string]any{"id": res.ID, "status": res.Status, "counts": res.Counts, "changes": res.Changes})
		out := ScanOutcome{Scan: res}
		if err == nil && res.Status == string(drover.StatusFailed) {
			err = errors.Join(errUnread, res.unread())
		}
		if err != nil || !checks {
			return out, err
		}
		out.Check, err = e.checked(ctx, t, nil)
		return out, err
	}})
	if err == nil { // the call that asked for it is recorded by this
		told <- e.auditScan(ctx, sources, req, nil, nil)
	}
	return op, err
}

// A ScanOutcome is the result of an operation that scanned.
type ScanOutcome struct {
	Scan  *ScanResult  `json:"scan"`
	Check *CheckResult `json:"check,omitempty"`
}

// claimsOf says that of a source there is one scan at a time.
func claimsOf(sources []Source) []string {
	var out []string
	for _, s := range sources {
		out = append(out, "scan of "+s.ID)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// toldRows is how many rows of a scan are told while it runs.
const toldRows = 300

// A scanTeller makes events of the progress of a scan.
type scanTeller struct {
	t        *Task
	all      int
	sections int
	last     string // the section that ended last, and how
}

// scanRow is what is told of a row that was read.
type scanRow struct {
	Ref  drover.Ref  `json:"ref"`
	Name string      `json:"name"`
	Kind drover.Kind `json:"kind"`
	Type string      `json:"type"`
}

func (s *scanTeller) tell(p Progress) {
	h, now := &s.t.e.live.hub, s.t.e.o.Now().UTC()
	if p.Row != nil {
		h.publish(Event{At: now, Kind: "scan.row", Source: p.Source, Operation: s.t.ID(), actor: s.t.op.Actor}, scanRow{p.Row.Ref, text(p.Row.Name, 300), p.Row.Kind, text(p.Row.Type, 100)})
	}
	if p.Done != nil {
		s.sections++
		h.publish(Event{At: now, Kind: "scan.section", Source: p.Source, Operation: s.t.ID(), actor: s.t.op.Actor},
			map[string]any{"section": p.Done.Name, "coverage": p.Done.Coverage, "status": p.Done.Status, "objects": p.Done.Objects, "error": text(p.Done.Error, maxNote)})
	}
	says := fmt.Sprintf("%d sections read, %d records", s.sections, p.Seen)
	if p.Done != nil {
		s.last = fmt.Sprintf("; %s  %s %s", p.Source, p.Done.Name, p.Done.Status)
	}
	s.t.Step(p.Seen, -1, text(says+s.last, 300))
}
