package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"time"

	"github.com/droverhq/drover/internal/engine"
)

// A WatchEvent is one line of `list --watch`: first everything that is there,
// then what changes.
type WatchEvent struct {
	Schema     string          `json:"schema"`
	Event      string          `json:"event"` // present, added, changed, removed
	Generation int64           `json:"generation"`
	Ref        string          `json:"ref"`  // what the list has it under
	Item       json.RawMessage `json:"item"` // null when it is removed
}

// watch follows the store: it looks for a new generation and says what that
// changed in the list. It ends when it is interrupted, or after --timeout.
func (a *app) watch(ctx context.Context, e estate, q engine.ListRequest, f listFlags) error {
	w := &watcher{a: a, seed: maphash.MakeSeed()}
	last := int64(-1)
	for {
		gen, err := e.Generation(ctx)
		if err == nil && gen != last {
			last = gen
			err = a.changed(ctx, e, q, f, w)
		}
		if err == nil {
			err = wait(ctx, a.poll)
		}
		if a.timeout > 0 && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (a *app) changed(ctx context.Context, e estate, q engine.ListRequest, f listFlags, w *watcher) error {
	if a.format != "ndjson" && terminal(a.out) {
		q.Limit = a.limit(f)
		l, err := a.found(ctx, e, q)
		if err != nil {
			return err
		}
		fmt.Fprint(a.out, "\x1b[H\x1b[2J")
		return a.list(l)
	}
	l, err := a.found(ctx, e, q)
	if err != nil {
		return err
	}
	return w.emit(l)
}

// watcher remembers a hash of each item that it has shown.
type watcher struct {
	a    *app
	seed maphash.Seed
	seen map[string]uint64
}

func (w *watcher) emit(l listing) error {
	b := bufio.NewWriter(w.a.out)
	now := map[string]uint64{}
	for item := range l.Items {
		raw, err := w.a.encode(item)
		if err != nil {
			return err
		}
		key, sum := identify(item), maphash.Bytes(w.seed, raw)
		now[key] = sum
		old, known := w.seen[key]
		event := "present"
		switch {
		case known && old == sum:
			continue
		case known:
			event = "changed"
		case w.seen != nil:
			event = "added"
		}
		if err := w.say(b, l.Generation, event, key, raw); err != nil {
			return err
		}
	}
	if l.Failed != nil {
		if err := l.Failed(); err != nil {
			return err
		}
	}
	var gone []string
	for key := range w.seen {
		if _, ok := now[key]; !ok {
			gone = append(gone, key)
		}
	}
	slices.Sort(gone)
	for _, key := range gone {
		if err := w.say(b, l.Generation, "removed", key, nil); err != nil {
			return err
		}
	}
	w.seen = now
	return b.Flush()
}

func (w *watcher) say(out io.Writer, generation int64, event, key string, item json.RawMessage) error {
	raw, err := encode(WatchEvent{"drover/v1/event", event, generation, key, item})
	if err != nil {
		return err
	}
	return w.a.query(out, raw, line)
}

// identify is the key of an item: what stays when the rest changes.
func identify(item any) string {
	switch i := item.(type) {
	case engine.Identity:
		return string(i.Ref)
	case engine.Credential:
		return string(i.Ref)
	case engine.Item:
		return string(i.Ref)
	case engine.EdgeItem:
		return fmt.Sprintf("%s %s %s %s", i.From, i.Kind, i.To, i.Part)
	case engine.DocumentView:
		return i.Hash
	}
	return ""
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
