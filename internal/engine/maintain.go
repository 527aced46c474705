package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/store"
)

// StoreSize is `store size`.
type StoreSize struct {
	Schema      string     `json:"schema"`
	Driver      string     `json:"driver"`
	Bytes       int64      `json:"bytes"`
	Live        int64      `json:"live_rows"`
	History     int64      `json:"history_rows"`
	Generations int64      `json:"generations"`
	Oldest      *time.Time `json:"oldest"`
}

// StoreSize says how large the store and its history are.
func (e *Engine) StoreSize(ctx context.Context) (*StoreSize, error) {
	s, err := e.store.Size(ctx)
	if err != nil {
		return nil, err
	}
	return &StoreSize{Schema: "drover/v1/store_size", Driver: e.driver(), Bytes: s.Bytes, Live: s.Live, History: s.History, Generations: s.Generations, Oldest: when(s.Oldest.At)}, nil
}

func (e *Engine) driver() string {
	if e.o.Config.Store.Driver == "postgres" {
		return "postgres"
	}
	return "sqlite"
}

// Compaction is `store compact`.
type Compaction struct {
	Schema string `json:"schema"`
	Before int64  `json:"bytes_before"`
	After  int64  `json:"bytes_after"`
	Days   int    `json:"kept_days"` // of history
	Why    string `json:"why"`       // where more is kept than was asked for: who asks for it
}

// Compact forgets history older than keep, or than what the regulations ask for
// that something is in the scope of.
func (e *Engine) Compact(ctx context.Context, keep time.Duration) (*Compaction, error) {
	keep, why, err := e.retention(ctx, keep)
	if err != nil {
		return nil, err
	}
	before, err := e.store.Size(ctx)
	if err != nil {
		return nil, err
	}
	a := &AuditEntry{Action: "store.compact", Detail: map[string]any{"kept_days": int(keep / drover.Day)}}
	err = e.audited(ctx, a, func(ctx context.Context) error {
		_, err := e.store.Compact(ctx, store.Retention{History: keep, Evidence: 2 * drover.Day, Instances: 30 * drover.Day, Scans: keep})
		return err
	})
	if err != nil {
		return nil, err
	}
	after, err := e.store.Size(ctx)
	return &Compaction{"drover/v1/compact", before.Bytes, after.Bytes, int(keep / drover.Day), why}, err
}

// retention is how much history is kept where so much was asked for, and who asks
// for more.
func (e *Engine) retention(ctx context.Context, keep time.Duration) (time.Duration, string, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return 0, "", err
	}
	count := map[string]int{}
	for i := range s.Seen() {
		for _, r := range s.Facts(i).Regulation {
			count[r]++
		}
	}
	r := e.policy.Regime(slices.Collect(maps.Keys(count)))
	if r.Retention <= keep {
		return keep, "", nil
	}
	return r.Retention, fmt.Sprintf("%s asks for %s of history, and %s is in its scope", r.RetentionBy, check.Span(r.Retention), check.Count(count[r.RetentionBy], "thing")), nil
}

// Restore puts a backup in place of the store of this configuration; user is who
// does it. Each byte of the backup and its signature are checked before the store is
// touched; unsealed takes one that has neither, as older versions made.
func Restore(ctx context.Context, cfg *config.Config, home, backup, user string, force, unsealed bool) error {
	e := &Engine{o: Options{Config: cfg, Home: home}}
	dsn, err := e.dsn()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	path := filepath.Join(home, "fingerprint.key")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore: %s is missing: put the fingerprint key of the installation that made the backup there (chmod 600), then restore again; a new key would match no fingerprint of the backup: %w", path, drover.ErrNotFound)
	}
	key, err := fingerprintKey(home)
	if err != nil {
		return err
	}
	so := store.Options{KeyID: drover.NewFingerprinter(key).KeyID(), Backups: filepath.Join(home, "backups"), Spool: home, Sign: signBackup(home)}
	if err := os.MkdirAll(so.Backups, 0o700); err != nil {
		return fmt.Errorf("make the folder of backups: %w", err)
	}
	if err := store.Restore(ctx, backup, dsn, store.RestoreOptions{Force: force, Options: so, Check: checkBackup(home), Unsealed: unsealed}); err != nil {
		return err
	}
	if e.store, err = store.Open(ctx, dsn, so); err != nil {
		return err
	}
	e.caller, e.anchor = authz.Local(user), &anchoring{}
	return errors.Join(e.replaced(ctx, "store.restore", filepath.Base(backup)), e.store.Close())
}

// Import reads an export into the store, which must be empty.
func (e *Engine) Import(ctx context.Context, r io.Reader) error {
	if err := e.store.Import(ctx, r); err != nil {
		return err
	}
	return e.replaced(ctx, "store.import", "")
}

// replaced records that the store now holds what another one held. What let people
// and machines in there lets nobody in here: a token that was revoked after the
// backup was made would live again. The audit log goes on from the one of the
// backup, and a signed head says so.
func (e *Engine) replaced(ctx context.Context, action, from string) error {
	a := &AuditEntry{Action: action, Target: from, Detail: map[string]any{"ended": "all sessions, login links and tokens"}}
	err := e.audited(ctx, a, func(ctx context.Context) error {
		for _, kind := range []string{kindSession, kindLink, kindToken} {
			if err := e.store.EndCredentials(ctx, kind, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if e.memory != nil {
		e.memory.forget()
	}
	return errors.Join(err, e.anchorAudit(ctx, false, true))
}
