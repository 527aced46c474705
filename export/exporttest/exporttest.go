// Package exporttest is the contract that every export format keeps.
package exporttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Records is one record of each kind, and a node whose every text is hostile.
func Records() []drover.Record {
	day := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	ref := drover.NewRef("sys", "", "user", "1")
	doc := drover.NewDocument("aws-iam", "{\"Version\":\"2012-10-17\"}")
	hostile := "=cmd|' /C calc'!A0\x00\x1b[31m\u202e\r\n,\";<script>\xff" + strings.Repeat("x", 40_000)
	return []drover.Record{
		{Node: &drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "sys.user", Name: "svc", Aliases: []string{"email:a@b.example"}, Created: day, Attrs: drover.NewAttrs(map[string]any{"a": 1})}},
		{Node: &drover.Node{Ref: drover.NewRef(hostile, hostile, hostile, hostile), Kind: drover.KindIdentity, Type: hostile, Name: hostile, Aliases: []string{hostile}, Attrs: drover.NewAttrs(map[string]any{"k": "=1+1"})}},
		{Edge: &drover.Edge{From: ref, To: drover.UnseenRef("email:a@b.example"), Kind: drover.EdgeOwns, Cond: drover.NewAttrs(map[string]any{"c": true})}},
		{Evidence: &drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "log", At: day, Window: 90 * 24 * time.Hour}},
		{Document: &doc},
		{Event: &drover.Event{Time: day, System: "sys", Verb: "Login", Raw: []byte(`{"a":1}`)}},
		{Finding: &drover.Finding{Check: "r", Subject: drover.Subject{Ref: ref}, Severity: drover.High, What: "w"}},
		{Section: &drover.Section{Name: "users", Coverage: "sys:-/users", Status: drover.StatusOK, Objects: 5}},
	}
}

// Seq streams records without an error.
func Seq(records []drover.Record) iter.Seq2[drover.Record, error] {
	return func(yield func(drover.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

var errTest = errors.New("for the test")

// Run checks that the format is complete, takes every kind of record and the
// empty stream, says the same twice, streams, and passes on errors of the
// stream, the writer and the context.
func Run(t *testing.T, f *export.Format) {
	t.Helper()
	if err := export.Validate([]*export.Format{f}); err != nil {
		t.Fatal(err)
	}
	t.Run("every kind, twice the same", func(t *testing.T) {
		var a, b bytes.Buffer
		if err := errors.Join(f.Write(t.Context(), &a, Seq(Records())), f.Write(t.Context(), &b, Seq(Records()))); err != nil {
			t.Fatal(err)
		}
		if a.Len() == 0 || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("wrote %d bytes, then %d that are not the same", a.Len(), b.Len())
		}
		if i := bytes.IndexAny(a.Bytes(), "\x00\x1b"); i >= 0 {
			t.Errorf("wrote a control character at byte %d", i)
		}
	})
	t.Run("no records", func(t *testing.T) {
		if err := f.Write(t.Context(), io.Discard, Seq(nil)); err != nil {
			t.Error(err)
		}
	})
	t.Run("an error of the stream", func(t *testing.T) {
		err := f.Write(t.Context(), io.Discard, func(yield func(drover.Record, error) bool) {
			if yield(Records()[0], nil) && yield(drover.Record{}, errTest) {
				t.Error("it reads on after an error")
			}
		})
		if !errors.Is(err, errTest) {
			t.Errorf("got %v, want the error of the stream", err)
		}
	})
	t.Run("an error of the writer", func(t *testing.T) {
		if err := f.Write(t.Context(), full{}, Seq(Records())); !errors.Is(err, errTest) {
			t.Errorf("got %v, want the error of the writer", err)
		}
	})
	t.Run("a cancelled context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errTest)
		if err := f.Write(ctx, io.Discard, Seq(Records())); !errors.Is(err, errTest) {
			t.Errorf("got %v, want the cause of the end", err)
		}
	})
	t.Run("a long stream", func(t *testing.T) { streams(t, f) })
}

// streams fails a format that writes nothing before the stream ends.
func streams(t *testing.T, f *export.Format) {
	w := &count{}
	err := f.Write(t.Context(), w, func(yield func(drover.Record, error) bool) {
		r := Records()[0]
		for range 5_000 {
			if !yield(r, nil) {
				return
			}
		}
		if w.n == 0 {
			t.Error("nothing is written after 5,000 records: it holds the stream in memory")
		}
	})
	if err != nil {
		t.Error(err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errTest }

type count struct{ n int }

func (c *count) Write(b []byte) (int, error) { c.n += len(b); return len(b), nil }
