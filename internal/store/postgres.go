package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/droverhq/drover"
)

// pgDialect is PostgreSQL 15 or later, in the first schema of the search path.
type pgDialect struct{}

// commitLock is the advisory lock that every writing transaction holds, so that
// generations appear in the order of their numbers: "drover" in ASCII.
const commitLock = 0x64726f766572

func (s *Store) openPostgres(ctx context.Context, dsn string) error {
	s.d = pgDialect{}
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The error of the parser may quote the password.
		return fmt.Errorf("open store: the postgres dsn cannot be read; write postgres://user@host:port/database?sslmode=verify-full: %w", drover.ErrInvalid)
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "drover"
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(4)
	s.close = append(s.close, db.Close)
	s.w, s.r = db, db
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("open store: %w", s.d.explain(err))
	}
	if s.o.Spool == "" {
		s.o.Spool = os.TempDir()
	}
	return nil
}

func (pgDialect) name() string { return "postgres" }

func (pgDialect) places(first, n int) string {
	b := []byte{'('}
	for i := range n {
		b = strconv.AppendInt(append(b, ",$"...), int64(first+i), 10)
	}
	b[1] = ' '
	return string(append(b, ')'))
}

func (pgDialect) ddl(migration string) string {
	return strings.NewReplacer("ROWKEY", "BIGINT PRIMARY KEY", "BYTES", "BYTEA").Replace(migration)
}

func (pgDialect) begin(ctx context.Context, c *sql.Conn) error {
	if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", commitLock)
	return err
}

func (pgDialect) insert(t *tx, table string, columns []string, next func() ([]any, error)) error {
	return t.c.Raw(func(conn any) error {
		var ours error // the server's answer would hide it
		_, err := conn.(*stdlib.Conn).Conn().CopyFrom(t.ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
			row, err := next()
			ours = err
			return row, err
		}))
		if ours != nil {
			return ours
		}
		if err != nil {
			return fmt.Errorf("copy into %s: %w", table, err)
		}
		return nil
	})
}

func (pgDialect) exists(ctx context.Context, db *sql.DB, table string) (bool, error) {
	var ok bool
	err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1)`, table).Scan(&ok)
	return ok, err
}

func (pgDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (pgDialect) columns(ctx context.Context, q querier) ([]tableColumns, error) {
	return readColumns(ctx, q, `SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`)
}

// backup writes an export: only pg_dump could do better, and it is not at hand.
func (pgDialect) backup(ctx context.Context, s *Store, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(s.Export(ctx, f), f.Sync(), f.Close())
}

func (pgDialect) bytes(ctx context.Context, s *Store) (n int64, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`).Scan(&n)
	return n, err
}

// reclaim leaves the work to autovacuum.
func (pgDialect) reclaim(context.Context, *Store) error { return nil }

// grown renews the statistics: until autovacuum comes by, the planner would join
// page after page of a listing by reading whole tables.
func (pgDialect) grown(ctx context.Context, s *Store) error {
	_, err := s.w.ExecContext(ctx, "ANALYZE ref, node, edge, evidence")
	return err
}

func (pgDialect) explain(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("%w: %w", err, drover.ErrTransient)
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch {
	case e.Code == "42501", strings.HasPrefix(e.Code, "28"):
		return fmt.Errorf("%w: %w", err, drover.ErrPermission)
	case e.Code == "53100": // disk_full
		return fmt.Errorf("the disk of the database server is full, and nothing was written: %w: %w", err, drover.ErrFull)
	case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "40"), strings.HasPrefix(e.Code, "53"), strings.HasPrefix(e.Code, "57P"):
		return fmt.Errorf("%w: %w", err, drover.ErrTransient)
	}
	return err
}
