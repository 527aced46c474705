package api

import (
	"context"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// AsOfParam is the parameter of everything that can speak of the past.
type AsOfParam struct {
	AsOf string `query:"as_of" maxLength:"40" doc:"What was known then: a time (RFC 3339), a date, or an age such as 7d. Without it: now." example:"2026-09-30T00:00:00Z"`
}

// moment reads as_of; the zero time is now. The error wraps drover.ErrInvalid.
func (s *Server) moment(ctx context.Context, in AsOfParam) (time.Time, error) {
	return s.past("as_of", in.AsOf)
}

// past reads a parameter that names a moment which is not to come.
func (s *Server) past(parameter, text string) (time.Time, error) {
	t, err := parseMoment(text, s.o.Now())
	if err == nil && text != "" && t.Year() <= 1 {
		err = fmt.Errorf("%s lies before anything was known: %w", text, drover.ErrInvalid)
	}
	if err == nil && t.After(s.o.Now()) {
		err = fmt.Errorf("%s lies in the future, of which nothing is known: %w", text, drover.ErrInvalid)
	}
	if err != nil {
		return t, refuse("invalid", parameter+": "+said(err), Fault{Pointer: "/query/" + parameter, Detail: said(err)})
	}
	return t, nil
}

func parseMoment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := drover.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("write RFC 3339 (2026-01-31T12:00:00Z), a date, or an age such as 7d: %w", drover.ErrInvalid)
}
