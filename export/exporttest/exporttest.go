// Package exporttest is the contract that every export format keeps.
package exporttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

// Run checks that the format is complete, takes every kind of record,
// hostile findings and the empty stream, says the same twice, keeps its memory
// bounded, and passes on errors of the stream, the writer and the context.
func Run(t *testing.T, f *export.Format) {
	t.Helper()
	if err := export.Validate([]*export.Format{f}); err != nil {
		t.Fatal(err)
	}
	t.Run("every kind, twice the same", func(t *testing.T) {
		var a, b bytes.Buffer
		if err := errors.Join(f.Write(t.Context(), &a, Head(), Seq(Records())), f.Write(t.Context(), &b, Head(), Seq(Records()))); err != nil {
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
		if err := f.Write(t.Context(), io.Discard, Head(), Seq(nil)); err != nil {
			t.Error(err)
		}
	})
	t.Run("an error of the stream", func(t *testing.T) {
		err := f.Write(t.Context(), io.Discard, Head(), func(yield func(drover.Record, error) bool) {
			if yield(Records()[0], nil) && yield(drover.Record{}, errTest) {
				t.Error("it reads on after an error")
			}
		})
		if !errors.Is(err, errTest) {
			t.Errorf("got %v, want the error of the stream", err)
		}
	})
	t.Run("an error of the writer", func(t *testing.T) {
		if err := f.Write(t.Context(), full{}, Head(), Seq(Records())); !errors.Is(err, errTest) {
			t.Errorf("got %v, want the error of the writer", err)
		}
	})
	t.Run("a cancelled context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errTest)
		if err := f.Write(ctx, io.Discard, Head(), Seq(Records())); !errors.Is(err, errTest) {
			t.Errorf("got %v, want the cause of the end", err)
		}
	})
	t.Run("hostile findings", func(t *testing.T) {
		var a, b bytes.Buffer
		if err := errors.Join(f.Write(t.Context(), &a, Head(), Findings(200)), f.Write(t.Context(), &b, Head(), Findings(200))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Error("the same findings are not written the same twice")
		}
		if i := bytes.IndexAny(a.Bytes(), "\x00\x1b"); i >= 0 || !utf8.Valid(a.Bytes()) {
			t.Error("wrote a control character, or bytes that are not UTF-8")
		}
		if i := bytes.IndexAny(a.Bytes(), "\x7f\u0085\u202e\u2066\ufeff"); i >= 0 && f.MediaType != "application/x-ndjson" {
			t.Errorf("wrote what turns text round or hides it: %q", a.Bytes()[max(0, i-40):min(a.Len(), i+10)])
		}
	})
	t.Run("a long stream", func(t *testing.T) { streams(t, f) })
}

// streams fails a format whose memory grows with the stream.
func streams(t *testing.T, f *export.Format) {
	const early = 4_000
	all := 16_000
	if os.Getenv("DROVER_TEST_FULL") != "" {
		all = 100_000
	}
	for _, kind := range []string{"node", "finding"} {
		var before, most uint64
		n := 0
		err := f.Write(t.Context(), io.Discard, export.Head{Kind: kind}, func(yield func(drover.Record, error) bool) {
			for r := range long(kind, all) {
				if !yield(r, nil) {
					return
				}
				if n++; n == early {
					before = live()
				} else if n%early == 0 {
					most = max(most, live())
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
		// What came between weighs 36 megabytes at least.
		const allowed = 8 << 20
		if n == all && most > before+allowed {
			t.Errorf("of %d records of kind %s it holds %d MB more than of %d: it keeps the stream in memory", all, kind, (most-before)>>20, early)
		}
	}
}

func long(kind string, n int) iter.Seq[drover.Record] {
	return func(yield func(drover.Record) bool) {
		for i := range n {
			id := strconv.Itoa(i)
			text := strings.Repeat(id+" ", 3_000/(len(id)+1))
			r := drover.Record{Node: &drover.Node{Ref: drover.NewRef("sys", "", "user", id), Kind: drover.KindIdentity, Type: "sys.user", Name: text}}
			if kind == "finding" {
				f := finding(i)
				f.Why = text
				r = drover.Record{Finding: &f}
			}
			if !yield(r) {
				return
			}
		}
	}
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errTest }
