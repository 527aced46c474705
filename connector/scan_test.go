package connector_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A recorder takes one section.
type recorder struct {
	kept   []string
	closed []drover.Section
}

func (r *recorder) Put(_ string, rec drover.Record) error { return rec.Valid() }
func (r *recorder) Keep(part string) error                { r.kept = append(r.kept, part); return nil }
func (r *recorder) Close(s drover.Section) error          { r.closed = append(r.closed, s); return nil }

func section(ctx context.Context, fn func(context.Context, *connector.Out) error) (*recorder, error) {
	rec := &recorder{}
	s := &connector.Scan{Open: func(context.Context, string, string) (connector.Sink, error) { return rec, nil }}
	err := s.Section(ctx, "one", "c", fn)
	return rec, err
}

// How a section ends is what its function returned and emitted.
func TestSectionStatus(t *testing.T) {
	node := drover.Node{Ref: drover.NewRef("s", "", "t", "1"), Kind: drover.KindIdentity, Type: "s.t", Name: "n"}
	why := "GRANT SELECT ON x"
	for name, c := range map[string]struct {
		fn     func(*connector.Out) error
		status drover.Status
		err    string
	}{
		"nil":             {func(*connector.Out) error { return nil }, drover.StatusOK, ""},
		"error":           {func(*connector.Out) error { return errors.New("broke") }, drover.StatusFailed, "broke"},
		"skip":            {func(*connector.Out) error { return connector.Skip(why) }, drover.StatusSkipped, why},
		"wrapped skip":    {func(*connector.Out) error { return fmt.Errorf("hba: %w", connector.Skip(why)) }, drover.StatusSkipped, why},
		"noted, then":     {func(o *connector.Out) error { o.Note("x", "y"); return connector.Skip(why) }, drover.StatusSkipped, why},
		"skip, too late":  {func(o *connector.Out) error { o.Node(node); return connector.Skip(why) }, drover.StatusPartial, why},
		"lost, then skip": {func(o *connector.Out) error { o.Lost("x", errors.New("y")); return connector.Skip(why) }, drover.StatusFailed, why},
		"error half-way":  {func(o *connector.Out) error { o.Node(node); return errors.New("broke") }, drover.StatusPartial, "broke"},
		"lost":            {func(o *connector.Out) error { o.Node(node); o.Lost("x", errors.New("y")); return nil }, drover.StatusPartial, "1 of the places"},
		"panic":           {func(*connector.Out) error { panic("x") }, drover.StatusFailed, "panicked"},
	} {
		rec, err := section(t.Context(), func(_ context.Context, o *connector.Out) error { return c.fn(o) })
		if err != nil || len(rec.closed) != 1 || rec.closed[0].Status != c.status || !strings.Contains(rec.closed[0].Error, c.err) {
			t.Errorf("%s: got %+v, %v; want %s, %q", name, rec.closed, err, c.status, c.err)
		}
	}
}

// A scan that was stopped skipped nothing.
func TestSectionStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rec, err := section(ctx, func(context.Context, *connector.Out) error { cancel(); return connector.Skip("x") })
	if !errors.Is(err, context.Canceled) || len(rec.closed) != 1 || rec.closed[0].Status != drover.StatusFailed {
		t.Errorf("got %v, %+v", err, rec.closed)
	}
}

// A part is spared without a word by Keep, with one by Unread.
func TestKeep(t *testing.T) {
	rec, err := section(t.Context(), func(_ context.Context, o *connector.Out) error {
		o.At("a").Keep()
		o.At("b").Unread("b", "no")
		return nil
	})
	if err != nil || !slices.Equal(rec.kept, []string{"a", "b"}) || rec.closed[0].Status != drover.StatusOK || len(rec.closed[0].Notes) != 1 {
		t.Errorf("got %v, %v, %+v", err, rec.kept, rec.closed)
	}
}

// Notes of goroutines that race are told in one order.
func TestNotesOrder(t *testing.T) {
	rec, err := section(t.Context(), func(_ context.Context, o *connector.Out) error {
		for _, where := range []string{"b", "c", "a", "b"} {
			o.Note(where, "x")
		}
		return nil
	})
	var got []string
	for _, n := range rec.closed[0].Notes {
		got = append(got, n.Where)
	}
	if err != nil || !slices.Equal(got, []string{"a", "b", "b", "c"}) {
		t.Errorf("got %v, %v", err, got)
	}
}
