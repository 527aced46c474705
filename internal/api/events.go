package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// beatEvery is how often a stream of events says that it lives, so that what stands
// between keeps the connection.
const beatEvery = 15 * time.Second

// writeWithin is how long one write to a stream may take: who does not read is let
// go, and comes back with the id of the last event.
const writeWithin = 30 * time.Second

// addEvents adds the stream of what happens.
func (s *Server) addEvents() {
	type eventsIn struct {
		Filter string `query:"filter" maxLength:"8192" doc:"Over kind, source, subject and operation." example:"kind=scan.row,operation"`
		After  string `query:"after" maxLength:"40" doc:"As Last-Event-ID, for who cannot set headers."`
		Last   string `header:"Last-Event-ID" maxLength:"40" doc:"The id of the last event that was read. Those after it come first; where they are not known any more, an event of kind reset: ask again for what is shown."`
		For    int    `query:"seconds" minimum:"0" maximum:"86400" doc:"End after so many seconds; 0: never."`
	}
	add(s, route[eventsIn, eventStream]{Method: "GET", Path: "/events", ID: "events", Tag: "Operations", Short: "What happens, as server-sent events", Doc: "Each event has an id, the kind as its event, and one JSON object as its data. A comment comes every 15 seconds.", Action: authz.ScanRead,
		Media: []string{"text/event-stream"},
		Do: func(ctx context.Context, in *eventsIn) (*eventStream, error) {
			after := in.Last
			if after == "" {
				after = in.After
			}
			sub, err := s.as(ctx).Subscribe(ctx, after, in.Filter)
			if err != nil {
				return nil, listFault(&ListParams{}, err)
			}
			return &eventStream{sub, time.Duration(in.For) * time.Second}, nil
		}})
}

// eventStream is a stream of events that goes on until the reader leaves.
type eventStream struct {
	sub *engine.Subscription
	d   time.Duration // 0: without end
}

func (v *eventStream) write(x *exchange) error {
	h := x.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies are not to gather it
	x.WriteHeader(http.StatusOK)
	ctx := x.r.Context()
	if v.d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, v.d)
		defer cancel()
	}
	if !v.send(x, []byte("retry: 2000\nid: "+v.sub.After()+"\n\n")) {
		return nil
	}
	for ctx.Err() == nil {
		beat, cancel := context.WithTimeout(ctx, beatEvery)
		list, err := v.sub.Next(beat)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, context.DeadlineExceeded):
			// The place moves on over events that the filter leaves out.
			if !v.send(x, []byte(": \nid: "+v.sub.After()+"\n\n")) {
				return nil
			}
			continue
		case err != nil:
			return err
		}
		var b bytes.Buffer
		for i := range list {
			raw, err := engine.JSON(list[i]) // on one line
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: %s\n\n", list[i].ID, list[i].Kind, bytes.ReplaceAll(raw, []byte("\n"), []byte(" ")))
		}
		if !v.send(x, b.Bytes()) {
			return nil
		}
	}
	return nil
}

// send writes and reports whether somebody still reads.
func (v *eventStream) send(x *exchange, b []byte) bool {
	c := http.NewResponseController(x)
	_ = c.SetWriteDeadline(time.Now().Add(writeWithin)) // a writer without deadlines is as good
	if _, err := x.Write(b); err != nil {
		return false
	}
	return c.Flush() == nil || x.r.Context().Err() == nil
}
