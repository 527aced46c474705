package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/droverhq/drover"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the migrations in order; the version of the schema is
// their number.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var list []string
	for _, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		list = append(list, string(text))
	}
	return list, nil
}

// version returns the version of the schema, 0 for an empty database.
func (s *Store) version(ctx context.Context) (int, error) {
	ok, err := s.d.exists(ctx, s.r, "schema_version")
	if err != nil || !ok {
		return 0, err
	}
	var v int
	err = s.r.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&v)
	return v, err
}

// migrate brings the schema forward, each step in one transaction together with
// the row that says it was done.
func (s *Store) migrate(ctx context.Context) error {
	list, err := migrations()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	list = append(list, s.hooks.next...)
	have, err := s.version(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the store: %w", s.d.explain(err))
	}
	switch {
	case have > len(list):
		return fmt.Errorf("the store has version %d and this drover knows %d: a newer drover made it; use that one, or restore the backup made before it migrated: %w", have, len(list), drover.ErrConflict)
	case have == len(list):
		return nil
	case s.o.ReadOnly && have == 0:
		return fmt.Errorf("the store is empty; scan first: %w", drover.ErrNotFound)
	case s.o.ReadOnly:
		return fmt.Errorf("the store has version %d, older than this drover's %d; run a command that writes, which brings it up to date: %w", have, len(list), drover.ErrConflict)
	case have > 0:
		if err := s.backupBefore(ctx, have); err != nil {
			return err
		}
	}
	for v := have + 1; v <= len(list); v++ {
		if err := s.applyMigration(ctx, v, list[v-1]); err != nil {
			return fmt.Errorf("migrate the store to version %d: %w", v, err)
		}
		s.o.Log.InfoContext(ctx, "store migrated", "version", v)
	}
	return nil
}

func (s *Store) applyMigration(ctx context.Context, v int, migration string) error {
	return s.write(ctx, func(t *tx) error {
		err := t.exec(s.d.ddl(`CREATE TABLE IF NOT EXISTS schema_version (version ROWKEY, at_us BIGINT NOT NULL)`))
		if err != nil {
			return err
		}
		// Another process may have been faster; the lock makes this the truth.
		var have int
		if err := t.c.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&have); err != nil || have >= v {
			return err
		}
		if err := s.step("migrate"); err != nil {
			return err
		}
		if err := t.exec(s.d.ddl(migration)); err != nil {
			return err
		}
		if err := s.step("migrated"); err != nil {
			return err
		}
		return t.exec(`INSERT INTO schema_version (version, at_us) VALUES ($1, $2)`, v, micros(s.o.Now()))
	})
}

// backupBefore keeps a copy of the store as it is before it is migrated or
// replaced.
func (s *Store) backupBefore(ctx context.Context, version int) error {
	if s.o.Backups == "" {
		return fmt.Errorf("the store (version %d) must be backed up first and there is no folder for that; set one (Options.Backups): %w", version, drover.ErrInvalid)
	}
	name := fmt.Sprintf("drover-v%d-%s.backup", version, s.o.Now().UTC().Format("20060102T150405"))
	path := filepath.Join(s.o.Backups, name)
	if err := s.Backup(ctx, path); err != nil {
		return fmt.Errorf("backup of what the store holds: %w", err)
	}
	s.o.Log.InfoContext(ctx, "store backed up", "path", path)
	return nil
}

// micros is how the store writes a time; timeOf reads it back.
func micros(t time.Time) int64 { return t.UnixMicro() }

func timeOf(us int64) time.Time { return time.UnixMicro(us).UTC() }
