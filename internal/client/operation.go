package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover/internal/engine"
)

const (
	pollFirst = 100 * time.Millisecond
	pollMost  = 2 * time.Second
	stopTime  = 30 * time.Second // that an operation has to end after it was cancelled
)

// Follow waits until an operation is over and reads what it came to into out. tell,
// where given, is told how far it is. When ctx ends, the operation is cancelled on
// the server, and what it came to until then is read all the same; the error is
// then that of ctx. Where the operation failed, the error wraps the same error of
// drover as in process.
func (c *Client) Follow(ctx context.Context, op *engine.Operation, tell func(engine.OperationStep), out any) error {
	stopped, wait := false, pollFirst
	poll := ctx
	for op.State == engine.OpRunning {
		select {
		case <-poll.Done():
			if stopped {
				return errors.Join(ctx.Err(), fmt.Errorf("operation %s was cancelled and has not ended yet", op.ID))
			}
			stopped = true
			var cancel context.CancelFunc
			poll, cancel = context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer cancel()
			if _, err := c.CancelOperation(poll, CancelOperationRequest{ID: op.ID}); err != nil {
				return errors.Join(ctx.Err(), err)
			}
			wait = pollFirst
		case <-time.After(wait):
		}
		wait = min(wait*3/2, pollMost)
		now, err := c.GetOperation(poll, GetOperationRequest{ID: op.ID})
		if err != nil {
			if poll.Err() != nil && !stopped {
				continue // it is cancelled above
			}
			return err
		}
		op = now
		if tell != nil {
			tell(op.Progress)
		}
	}
	if len(op.Result) > 0 && string(op.Result) != "null" && out != nil {
		if err := json.Unmarshal(op.Result, out); err != nil {
			return fmt.Errorf("what the operation came to cannot be read: %w", err)
		}
	}
	switch {
	case stopped:
		return ctx.Err()
	case op.State == engine.OpDone:
		return nil
	case op.Error != nil:
		return &Fault{Code: op.Error.Code, Detail: op.Error.Detail, kind: kinds[op.Error.Code]}
	}
	return fmt.Errorf("operation %s is %s", op.ID, op.State)
}
