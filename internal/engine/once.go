package engine

import (
	"bytes"
	"context"
	"time"

	"github.com/droverhq/drover/internal/store"
)

// A Call is one that changes something and may be repeated under a key without
// changing it twice.
type Call struct {
	Who, Key string
	Request  []byte // hash of what is asked
	Holder   string // names the process that makes it
}

// An Answer is what a call was answered with.
type Answer struct {
	Status  int
	Headers string // JSON
	Body    []byte
}

// What has become of a call that is begun.
type CallState int

// A call is made now, was made before, is being made, was another one, or was made
// by a process that died before it could keep the answer.
const (
	CallNew CallState = iota
	CallDone
	CallRunning
	CallOther
	CallLost
)

const (
	answersKept = 24 * time.Hour
	// callMost is how long a call of another process may run before it is taken for
	// dead with its process.
	callMost = 2 * time.Minute
)

// Begin begins a call. CallNew means: make it, and then End or Abandon it. With
// CallDone comes the answer that it had. Calls are remembered for 24 hours; one
// whose process died is made again, unless the store has what it asked (Made).
func (e *Engine) Begin(ctx context.Context, c Call) (CallState, *Answer, error) {
	now := e.o.Now()
	a, err := e.store.ClaimAnswer(ctx, c.Who, c.Key, c.Request, c.Holder, now.Add(-answersKept), func(a store.Answer) bool {
		// An embedded store has one writing process at a time: another one is gone.
		alone := e.o.Config.Store.Driver != "postgres"
		return a.Holder != c.Holder && (alone || now.Sub(a.At) > callMost)
	})
	switch {
	case err != nil:
		return CallOther, nil, err
	case a == nil:
		return CallNew, nil, nil
	case !bytes.Equal(a.Request, c.Request):
		return CallOther, nil, nil
	case a.Running:
		return CallRunning, nil, nil
	case a.Made:
		return CallLost, nil, nil
	}
	return CallDone, &Answer{Status: a.Status, Headers: a.Headers, Body: a.Body}, nil
}

// Made returns a context in which what a call does is noted with the change itself,
// so that it is never done again, even where no answer was kept.
func (c Call) Made(ctx context.Context) context.Context { return store.WithCall(ctx, c.Who, c.Key) }

// End keeps the answer of a call.
func (e *Engine) End(ctx context.Context, c Call, a Answer) error {
	return e.store.KeepAnswer(ctx, c.Who, c.Key, store.Answer{Status: a.Status, Headers: a.Headers, Body: a.Body})
}

// Abandon forgets a call if it changed nothing.
func (e *Engine) Abandon(ctx context.Context, c Call) error {
	return e.store.DropAnswer(ctx, c.Who, c.Key)
}
