package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/internal/store"
)

// A BatchRequest decides about many findings at once. What is refused for one does
// not keep the others from being decided.
type BatchRequest struct {
	Action string     // accept, reopen, assign
	IDs    []string   // of findings, maxBatch at most; or
	Filter string     // those that it keeps, where All is set
	All    bool       // decide about what Filter keeps, every one where that is ""
	Accept Acceptance // of accept; its Reason also of reopen
	To     string     // of assign; "": nobody
	Only   bool       // count and say what would be refused, and decide nothing
}

const (
	maxBatch     = 1000   // ids that are named one by one
	maxBatchAll  = 20_000 // that a filter keeps
	undoFor      = 10 * time.Minute
	batchDone    = "done"
	batchRefused = "refused"
)

// A BatchResult says of each item what came of it.
type BatchResult struct {
	Schema    string      `json:"schema"`
	Operation string      `json:"operation"` // by which it is taken back; "": nothing was decided
	Action    string      `json:"action"`
	Preview   bool        `json:"preview"` // nothing was decided: so it would be
	Total     int         `json:"total"`
	Done      int         `json:"done"`
	Refused   int         `json:"refused"`
	UndoTill  *time.Time  `json:"undo_until"`
	Items     []BatchItem `json:"items"`
}

// A BatchItem is what came of one.
type BatchItem struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	State  string `json:"state"`  // done, refused
	Code   string `json:"code"`   // of what is refused: not_found, conflict, invalid, permission
	Detail string `json:"detail"` // why, and what to do
}

func (r *BatchResult) add(id, name string, err error) {
	x := BatchItem{ID: text(id, 200), Name: text(name, 300), State: batchDone}
	if err != nil {
		x.State, x.Code, x.Detail = batchRefused, ErrorCode(err), scrubbed(err)
		r.Refused++
	} else {
		r.Done++
	}
	r.Items = append(r.Items, x)
	r.Total++
}

// An undo is what takes back what a batch decided.
type undo struct {
	Decisions []undoDecision `json:"decisions,omitempty"`
	Tags      []undoTag      `json:"tags,omitempty"`
}

// An undoDecision is a decision about a finding, and what held before.
type undoDecision struct {
	Wrote  store.Decision  `json:"wrote"`
	ID     string          `json:"id"` // of the finding
	Name   string          `json:"name"`
	Before *store.Decision `json:"before"` // null: nothing was decided
}

// Batch decides about many findings at once. What it did can be taken back for ten
// minutes with Undo. Errors are about the whole: an action that there is not, too
// many items, an acceptance without reason, approver or end.
func (e *Engine) Batch(ctx context.Context, q BatchRequest) (r *BatchResult, err error) {
	err = e.Retried(ctx, func(ctx context.Context) error {
		r, err = e.batch(ctx, q)
		return err
	})
	return r, err
}

func (e *Engine) batch(ctx context.Context, q BatchRequest) (*BatchResult, error) {
	body, err := e.deciding(ctx, q)
	if err != nil {
		return nil, err
	}
	r := &BatchResult{Schema: "drover/v1/batch", Action: q.Action, Preview: q.Only, Items: []BatchItem{}}
	list, err := e.picked(ctx, q, r)
	if err != nil {
		return nil, err
	}
	now := e.o.Now()
	var keep []drover.Finding
	var out []store.Decision
	for i := range list {
		f := &list[i]
		a, err := body(f)
		if err == nil {
			var raw []byte
			if raw, err = json.Marshal(a); err == nil {
				out = append(out, store.Decision{Fingerprint: f.Fingerprint(), Kind: q.Action, At: now.UTC().Truncate(time.Microsecond), Who: e.who(), Body: string(raw)})
				keep = append(keep, *f)
			}
		}
		r.add(f.ID(), f.Subject.Name, err)
	}
	if q.Only || len(out) == 0 {
		return r, nil
	}
	u, err := e.undoOf(ctx, keep, out)
	if err != nil {
		return nil, err
	}
	a := &AuditEntry{Action: "finding." + q.Action, Detail: map[string]any{"findings": findingIDs(keep), "many": len(keep), "decision": out[0].Body}}
	if err := e.audited(ctx, a, func(ctx context.Context) error { return e.store.Decide(ctx, out) }); err != nil {
		return nil, err
	}
	e.tellDecided(keep, q.Action)
	return r, e.undoable(ctx, "finding."+q.Action, check.Count(len(out), "finding"), r, u)
}

// deciding checks a request, and returns what it means for each finding.
func (e *Engine) deciding(ctx context.Context, q BatchRequest) (func(*drover.Finding) (acceptance, error), error) {
	switch q.Action {
	case "accept":
		return e.accepting(ctx, q.Accept)
	case "reopen":
		if len(q.Accept.Reason) > 2000 {
			return nil, fmt.Errorf("a reason of over 2000 letters: %w", drover.ErrInvalid)
		}
		return reopening(q.Accept.Reason), nil
	case "assign":
		return assigning(q.To)
	}
	return nil, fmt.Errorf("action %.40q is none of accept, reopen, assign: %w", q.Action, drover.ErrInvalid)
}

// picked are the findings of a request; those that there are not it adds to the
// result.
func (e *Engine) picked(ctx context.Context, q BatchRequest, r *BatchResult) ([]drover.Finding, error) {
	switch {
	case q.All && len(q.IDs) > 0:
		return nil, fmt.Errorf("ids or a filter, not both: %w", drover.ErrInvalid)
	case !q.All && len(q.IDs) == 0:
		return nil, fmt.Errorf("say which: ids, or a filter: %w", drover.ErrInvalid)
	case len(q.IDs) > maxBatch:
		return nil, fmt.Errorf("%d ids; name %d at most, or write a filter: %w", len(q.IDs), maxBatch, drover.ErrInvalid)
	}
	if q.All {
		list, _, err := e.Findings(ctx, FindingQuery{Filter: q.Filter})
		if err == nil && len(list) > maxBatchAll {
			err = fmt.Errorf("the filter keeps %d findings, more than the %d that are decided at once; narrow it: %w", len(list), maxBatchAll, drover.ErrInvalid)
		}
		return list, err
	}
	all, err := e.findingsAt(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	byID := make(map[string]int, len(all))
	for i := range all {
		byID[all[i].ID()] = i
	}
	var list []drover.Finding
	seen := map[string]bool{}
	for _, id := range q.IDs {
		i, ok := byID[id]
		switch {
		case seen[id]:
		case ok:
			list = append(list, all[i])
		default:
			r.add(id, "", fmt.Errorf("there is no finding %s: %w", check.Clean(text(id, 80)), drover.ErrNotFound))
		}
		seen[id] = true
	}
	return list, nil
}

// kindsOf says which decisions speak of the same: the last one of them counts.
func kindsOf(kind string) []string {
	if kind == "assign" {
		return []string{"assign"}
	}
	return []string{"accept", "reopen"}
}

// undoOf notes what held before decisions.
func (e *Engine) undoOf(ctx context.Context, list []drover.Finding, out []store.Decision) (*undo, error) {
	last, err := e.lastDecisions(ctx, kindsOf(out[0].Kind))
	if err != nil {
		return nil, err
	}
	u := &undo{}
	for i, d := range out {
		x := undoDecision{Wrote: d, ID: list[i].ID(), Name: list[i].Subject.Name}
		if before, ok := last[d.Fingerprint]; ok {
			x.Before = &before
		}
		u.Decisions = append(u.Decisions, x)
	}
	return u, nil
}

// lastDecisions are the last decisions of some kinds, by finding.
func (e *Engine) lastDecisions(ctx context.Context, kinds []string) (map[string]store.Decision, error) {
	all, err := e.store.Decisions(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	last := map[string]store.Decision{}
	for _, d := range all {
		if slices.Contains(kinds, d.Kind) {
			last[d.Fingerprint] = d
		}
	}
	return last, nil
}

// undoable keeps a batch as an operation that is done and can be taken back.
func (e *Engine) undoable(ctx context.Context, kind, target string, r *BatchResult, u *undo) error {
	raw, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("keep what takes a batch back: %w", err)
	}
	op := e.newOperation(kind, target)
	till := op.Started.Add(undoFor)
	all := int64(r.Total)
	op.State, op.Ended, op.UndoTill = OpDone, &op.Started, &till
	op.Progress = OperationStep{Done: int64(r.Done), All: &all, Says: fmt.Sprintf("%d of %d", r.Done, r.Total)}
	r.Operation, r.UndoTill = op.ID, &till
	op.Result = resultOf(r)
	if err := e.keepOperation(ctx, op, string(raw)); err != nil {
		return fmt.Errorf("it was done, and cannot be taken back at once: %w", err)
	}
	op.Result = nil
	e.live.hub.publish(Event{At: op.Started, Kind: "operation", Operation: op.ID, actor: op.Actor}, op)
	return nil
}

// Undo takes back what a batch did, within ten minutes: as it was before, each item
// that nobody changed since. Errors wrap drover.ErrConflict where it is too late or
// there is nothing to take back.
func (e *Engine) Undo(ctx context.Context, id string) (r *BatchResult, err error) {
	err = e.Retried(ctx, func(ctx context.Context) error {
		r, err = e.takeBack(ctx, id)
		return err
	})
	return r, err
}

func (e *Engine) takeBack(ctx context.Context, id string) (*BatchResult, error) {
	op, err := e.Operation(ctx, id)
	if err != nil {
		return nil, err
	}
	release, err := e.live.jobs.claim([]string{"undo of " + id}, "another call")
	if err != nil {
		return nil, err
	}
	defer release()
	now := e.o.Now()
	switch {
	case op.UndoTill == nil || op.State != OpDone:
		return nil, fmt.Errorf("operation %s (%s, %s) cannot be taken back: %w", id, op.Kind, op.State, drover.ErrConflict)
	case now.After(*op.UndoTill):
		return nil, fmt.Errorf("operation %s could be taken back until %s: decide anew: %w", id, op.UndoTill.Format(time.RFC3339), drover.ErrConflict)
	}
	row, err := e.store.Operation(ctx, id)
	if err != nil {
		return nil, err
	}
	var u undo
	if err := json.Unmarshal([]byte(row.Undo), &u); err != nil {
		return nil, fmt.Errorf("operation %s: %w", id, err)
	}
	r := &BatchResult{Schema: "drover/v1/batch", Action: "undo", Operation: id, Items: []BatchItem{}}
	if err := e.undoDecisions(ctx, id, u.Decisions, r); err != nil {
		return nil, err
	}
	if err := e.undoTags(ctx, u.Tags, r); err != nil {
		return nil, err
	}
	op.State, op.UndoTill = OpUndone, nil
	if err := e.keepOperation(ctx, *op, ""); err != nil {
		return nil, err
	}
	op.Result = nil
	e.live.hub.publish(Event{At: now.UTC(), Kind: "operation", Operation: op.ID, actor: op.Actor}, op)
	return r, nil
}

func (e *Engine) undoDecisions(ctx context.Context, id string, list []undoDecision, r *BatchResult) error {
	if len(list) == 0 {
		return nil
	}
	last, err := e.lastDecisions(ctx, kindsOf(list[0].Wrote.Kind))
	if err != nil {
		return err
	}
	now := e.o.Now()
	var out []store.Decision
	for _, x := range list {
		d := last[x.Wrote.Fingerprint]
		if d.Kind != x.Wrote.Kind || !d.At.Equal(x.Wrote.At) || d.Body != x.Wrote.Body || d.Who != x.Wrote.Who {
			r.add(x.ID, x.Name, fmt.Errorf("%s decided about %s since: %w", check.Clean(d.Who), x.ID, drover.ErrConflict))
			continue
		}
		back := store.Decision{Fingerprint: x.Wrote.Fingerprint, At: now, Who: e.who()}
		switch {
		case x.Before != nil:
			back.Kind, back.Body = x.Before.Kind, x.Before.Body
		case x.Wrote.Kind == "assign":
			back.Kind, back.Body = "assign", "{}"
		default:
			back.Kind, back.Body = "reopen", fmt.Sprintf(`{"reason":"operation %s was taken back"}`, id)
		}
		out = append(out, back)
		r.add(x.ID, x.Name, nil)
	}
	if len(out) == 0 {
		return nil
	}
	a := &AuditEntry{Action: "operation.undo", Target: id, Detail: map[string]any{"findings": len(out)}}
	return e.audited(ctx, a, func(ctx context.Context) error { return e.store.Decide(ctx, out) })
}
