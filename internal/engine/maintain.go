package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/droverhq/drover"
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
}

// Compact forgets history older than keep.
func (e *Engine) Compact(ctx context.Context, keep time.Duration) (*Compaction, error) {
	before, err := e.store.Size(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := e.store.Compact(ctx, store.Retention{History: keep, Evidence: 2 * drover.Day, Instances: 30 * drover.Day, Scans: keep}); err != nil {
		return nil, err
	}
	after, err := e.store.Size(ctx)
	return &Compaction{"drover/v1/compact", before.Bytes, after.Bytes}, err
}

// Restore puts a backup in place of the store of this configuration.
func Restore(ctx context.Context, cfg *config.Config, home, backup string, force bool) error {
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
	return store.Restore(ctx, backup, dsn, store.RestoreOptions{Force: force, Options: store.Options{KeyID: drover.NewFingerprinter(key).KeyID(), Backups: home, Spool: home}})
}
