package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// Where what should prove the log is gone, the proof says so: neither that all is well,
// nor that the log was changed. Nothing is written by a look, and a lost key is not
// replaced.
func TestAuditMissing(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	clock := func(o *engine.Options) { o.Wall = func() time.Time { return now } }
	for _, c := range []struct {
		name  string
		spoil func(home string) error
		want  string // in what is missing
	}{
		{"nothing", func(string) error { return nil }, ""},
		{"no heads", func(home string) error { return os.Remove(filepath.Join(home, "audit.heads")) }, "audit.heads"},
		{"empty heads", func(home string) error { return os.Truncate(filepath.Join(home, "audit.heads"), 0) }, "audit.heads"},
		{"the first head gone", func(home string) error {
			path := filepath.Join(home, "audit.heads")
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			_, rest, _ := strings.Cut(string(raw), "\n")
			return os.WriteFile(path, []byte(rest), 0o600)
		}, "first end"},
		{"the last head gone", func(home string) error {
			path := filepath.Join(home, "audit.heads")
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			first, _, _ := strings.Cut(string(raw), "\n")
			return os.WriteFile(path, []byte(first+"\n"), 0o600)
		}, "entries 2 to 2"},
		{"no key", func(home string) error { return os.Remove(filepath.Join(home, "audit.key")) }, "audit.key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			e := aHouse(t, home, clock)
			for range 2 {
				if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.one"}); err != nil {
					t.Fatal(err)
				}
				if err := e.AnchorAudit(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			now = now.Add(time.Hour)
			if err := c.spoil(home); err != nil {
				t.Fatal(err)
			}
			p := verified(t, e)
			if p.OK != (c.want == "") || p.Fault != nil || !strings.Contains(strings.Join(p.Missing, "; "), c.want) {
				t.Errorf("%+v", p)
			}
			if c.want == "" {
				return
			}
			if _, err := os.Stat(filepath.Join(home, "audit.key")); c.name == "no key" && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a look made a key: %v", err)
			}
			if _, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: now.Add(-time.Minute)}); c.name != "the last head gone" && !errors.Is(err, drover.ErrConflict) {
				t.Errorf("what cannot be told is cut: %v", err)
			}
			// The next head does not cover it up.
			if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.two"}); err != nil {
				t.Fatal(err)
			}
			err := e.AnchorAudit(t.Context())
			if lost := c.name == "no key"; lost != errors.Is(err, drover.ErrNotFound) {
				t.Errorf("a head after it: %v", err)
			}
			if p := verified(t, e); p.OK && c.name != "the last head gone" {
				t.Errorf("after another head: %+v", p)
			}
		})
	}
}
