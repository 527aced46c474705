package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/droverhq/drover"
)

// liteDialect is SQLite: one file, one writing connection in one process, any
// number of readers (WAL).
type liteDialect struct{ path string }

func (s *Store) openSQLite(ctx context.Context, path string) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return fmt.Errorf("open store: sqlite: needs the path of a file: %w", drover.ErrInvalid)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	dir := filepath.Dir(path)
	if s.o.ReadOnly {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("open store %s: there is none yet; scan first: %w", path, drover.ErrNotFound)
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if kind := networkFS(dir); kind != "" {
		return fmt.Errorf("open store %s: it lies on a network file system (%s), where SQLite's locks cannot be trusted; put it on a local disk or use PostgreSQL: %w", path, kind, drover.ErrInvalid)
	}
	s.d = liteDialect{path}
	if s.o.Spool == "" {
		s.o.Spool = dir
	}
	if s.o.Backups == "" {
		s.o.Backups = dir
	}
	if !s.o.ReadOnly {
		if err := s.lockSQLite(path); err != nil {
			return err
		}
	}
	pragmas := []string{"busy_timeout(10000)", "cache_size(-65536)", "temp_store(file)"}
	if s.o.ReadOnly {
		pragmas = append(pragmas, "query_only(1)")
	} else {
		// FULL, for what a scan was told is stored must survive a power cut.
		pragmas = append(pragmas, "journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(67108864)")
	}
	immutable := false
	open := func(conns int, pragmas []string) (*sql.DB, error) {
		u := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
		if runtime.GOOS == "windows" {
			u.Path = "/" + u.Path
		}
		q := url.Values{"_pragma": pragmas, "mode": {"rw"}}
		if immutable {
			q.Set("mode", "ro")
			q.Set("immutable", "1")
		}
		u.RawQuery = q.Encode()
		db, err := sql.Open("sqlite", u.String())
		if err != nil {
			return nil, fmt.Errorf("open store %s: %w", path, err)
		}
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		s.close = append(s.close, db.Close)
		if err := db.PingContext(ctx); err != nil {
			return nil, fmt.Errorf("open store %s: %w", path, s.d.explain(err))
		}
		return db, nil
	}
	s.w, err = open(1, pragmas)
	if s.o.ReadOnly {
		if err == nil {
			var n int
			err = s.d.explain(s.w.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&n))
		}
		if immutable = unwritable(err); immutable {
			if err := readable(path); err != nil {
				return err
			}
			s.w, err = open(1, pragmas)
		}
	}
	if err != nil {
		return err
	}
	s.r = s.w
	if !s.o.ReadOnly {
		s.r, err = open(4, append(pragmas[:3:3], "query_only(1)"))
	} else {
		s.w.SetMaxOpenConns(4)
	}
	return err
}

// unwritable reports whether SQLite failed because it could not write, not even
// the index of the journal that readers share.
func unwritable(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	c := e.Code() & 0xff
	return c == sqlite3.SQLITE_CANTOPEN || c == sqlite3.SQLITE_READONLY
}

// readable checks that a store can be read as it stands in its file: a journal
// that a writer left cannot be read where nothing can be written.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open store: %w: %w", err, drover.ErrPermission)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if fi, err := os.Stat(path + "-wal"); err == nil && fi.Size() > 0 {
		return fmt.Errorf("open store %s: its folder cannot be written, and a writer left its last changes in %s; make the folder writable, or copy it to where it is: %w", path, filepath.Base(path)+"-wal", drover.ErrPermission)
	}
	return nil
}

// lockSQLite makes the file, private to its owner, and takes the lock that only
// one writing process holds.
func (s *Store) lockSQLite(path string) error {
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return fmt.Errorf("open store %s: %w", path, err)
	}
	s.close = append(s.close, lock.Close)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	return f.Close()
}

func (liteDialect) name() string { return "sqlite" }

// places uses question marks: a numbered place is a name to SQLite, which this
// driver looks up in time that grows with the square of their number.
func (liteDialect) places(_, n int) string { return "(" + strings.Repeat(",?", n)[1:] + ")" }

func (liteDialect) ddl(migration string) string {
	return strings.NewReplacer("ROWKEY", "INTEGER PRIMARY KEY", "BYTES", "BLOB").Replace(migration)
}

func (liteDialect) begin(ctx context.Context, c *sql.Conn) error {
	_, err := c.ExecContext(ctx, "BEGIN IMMEDIATE")
	return err
}

func (liteDialect) insert(t *tx, table string, columns []string, next func() ([]any, error)) error {
	return insertRows(t, table, columns, next, "", nil)
}

func (liteDialect) exists(ctx context.Context, db *sql.DB, table string) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1`, table).Scan(&n)
	return n > 0, err
}

func (liteDialect) snapshot() *sql.TxOptions { return nil }

func (liteDialect) columns(ctx context.Context, q querier) ([]tableColumns, error) {
	return readColumns(ctx, q, `SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid`)
}

func (d liteDialect) backup(ctx context.Context, s *Store, path string) error {
	// VACUUM INTO reads one snapshot, so writers go on meanwhile; query_only
	// forbids it on the reading connections, though it changes nothing there.
	c, err := s.r.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, "PRAGMA query_only(0)"); err != nil {
		return err
	}
	defer func() { _, _ = c.ExecContext(context.WithoutCancel(ctx), "PRAGMA query_only(1)") }()
	_, err = c.ExecContext(ctx, "VACUUM INTO $1", path)
	return err
}

func (d liteDialect) bytes(ctx context.Context, s *Store) (int64, error) {
	var total int64
	for _, suffix := range []string{"", "-wal"} {
		if fi, err := os.Stat(d.path + suffix); err == nil {
			total += fi.Size()
		}
	}
	return total, nil
}

func (d liteDialect) reclaim(ctx context.Context, s *Store) error {
	var pages, free int64
	if err := s.w.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	if err := s.w.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
		return err
	}
	if free*4 < pages {
		return nil // new rows will fill it
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	_, err := s.w.ExecContext(ctx, "VACUUM")
	return err
}

// grown does nothing: without statistics SQLite takes the index that serves the
// order, which is what every listing wants.
func (liteDialect) grown(context.Context, *Store) error { return nil }

func (d liteDialect) explain(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", err, drover.ErrTransient)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the disk of %s is full, and nothing was written; free some space, drover store compact helps: %w: %w", d.path, err, drover.ErrFull)
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%s is not a healthy SQLite database; restore a backup: %w: %w", d.path, err, drover.ErrInvalid)
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", err, drover.ErrPermission)
	}
	return err
}
