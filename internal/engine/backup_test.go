package engine_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// A backup of which any byte is another, that was cut, or that another key signed is
// refused before the store is touched.
func TestBackupSealed(t *testing.T) {
	home := t.TempDir()
	e := aHouse(t, home, nil)
	if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.one"}); err != nil {
		t.Fatal(err)
	}
	if err := e.AnchorAudit(t.Context()); err != nil { // makes the key
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "drover.backup")
	if err := e.Store().Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	v, err := engine.VerifyBackup(home, path)
	if err != nil || !v.Signed || v.Key == "" {
		t.Fatalf("a good one: %+v, %v", v, err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(home, "drover.db")
	before, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad")
	refused := func(what string, raw []byte, restore bool) {
		t.Helper()
		if err := os.WriteFile(bad, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.VerifyBackup(home, bad); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%s: verified with %v", what, err)
		}
		if !restore {
			return
		}
		if err := engine.Restore(t.Context(), &config.Config{Version: 1}, home, bad, "root", true, false); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%s: restored with %v", what, err)
		}
		if now, err := os.ReadFile(database); err != nil || !bytes.Equal(now, before) {
			t.Fatalf("%s: the store was touched: %v", what, err)
		}
	}
	// Every byte of the seal, and of the rest one here and there.
	for at := range good {
		if at < len(good)-600 && at%4001 != 0 {
			continue
		}
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			raw := bytes.Clone(good)
			raw[at] ^= flip
			refused("a flipped bit", raw, flip == 0x01 && at%97 == 0)
		}
	}
	refused("cut short", good[:len(good)-1], true)
	refused("cut in half", good[:len(good)/2], true)
	refused("empty", nil, true)
	refused("more behind it", append(bytes.Clone(good), '\n'), true)
	refused("no seal", good[:v.Bytes], true)

	other := t.TempDir() // whose key is another
	o := aHouse(t, other, nil)
	if err := errors.Join(o.Audit(t.Context(), engine.AuditEntry{Action: "test.one"}), o.AnchorAudit(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.VerifyBackup(other, path); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("signed by another key: %v", err)
	}
	if v, err := engine.VerifyBackup(t.TempDir(), path); err != nil || v.Signed {
		t.Errorf("where there is no key: %+v, %v", v, err)
	}
	if err := engine.Restore(t.Context(), &config.Config{Version: 1}, home, path, "root", true, false); err != nil {
		t.Errorf("a good one: %v", err)
	}
}
