package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
)

// A dialect is what SQLite and PostgreSQL do not share.
type dialect interface {
	name() string
	// places returns "(…,…)" with n places for values, the first of which is
	// number first of the statement.
	places(first, n int) string
	// ddl spells a migration in this database's types.
	ddl(migration string) string
	// begin starts a transaction that no other writer of the store overlaps.
	begin(ctx context.Context, c *sql.Conn) error
	// insert writes the rows that next returns until it returns nil, in bulk. The
	// slice that next returns is its own to reuse after the next call.
	insert(t *tx, table string, columns []string, next func() ([]any, error)) error
	// exists reports whether a table does.
	exists(ctx context.Context, db *sql.DB, table string) (bool, error)
	// snapshot are the options of a transaction that reads one state throughout.
	snapshot() *sql.TxOptions
	// columns lists every table's columns, tables in order of name.
	columns(ctx context.Context, q querier) ([]tableColumns, error)
	// backup writes a consistent copy of the store to a new file.
	backup(ctx context.Context, s *Store, path string) error
	// bytes is how much room the store takes.
	bytes(ctx context.Context, s *Store) (int64, error)
	// reclaim gives back the room of deleted rows, if that is worth its time.
	reclaim(ctx context.Context, s *Store) error
	// grown tells the planner of the database that tables have grown.
	grown(ctx context.Context, s *Store) error
	// explain wraps what the caller may act on in one of drover's errors.
	explain(err error) error
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A tx is one write transaction.
type tx struct {
	ctx context.Context
	c   *sql.Conn
	s   *Store
	gen int64 // the generation it makes; 0 until generation is called

	overrode bool // it changed the ids of refs
}

// write runs fn in one transaction, and makes the generation that fn asked for
// visible with it, and the audit entry that ctx carries (see [WithAudit]). Writers
// queue here, so that generations appear in order.
func (s *Store) write(ctx context.Context, fn func(*tx) error) (err error) {
	if s.o.ReadOnly {
		return fmt.Errorf("the store is open to read only: %w", drover.ErrPermission)
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c, err := s.w.Conn(ctx)
	if err != nil {
		return fmt.Errorf("write to the store: %w", s.d.explain(err))
	}
	defer c.Close()
	if err := s.d.begin(ctx, c); err != nil {
		rollback(ctx, c)
		return fmt.Errorf("begin: %w", s.d.explain(err))
	}
	done := false
	defer func() {
		if !done { // an error, or a panic on its way through
			rollback(ctx, c)
		}
	}()
	t := &tx{ctx: ctx, c: c, s: s}
	defer func() {
		if t.overrode && !done {
			err = errors.Join(err, s.loadOverrides(context.WithoutCancel(ctx), s.r))
		}
	}()
	if err := fn(t); err != nil {
		return s.d.explain(err)
	}
	audited, err := t.audit()
	if err != nil {
		return s.d.explain(err)
	}
	if err := s.step("commit"); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// From here on the answer must be known, so a cancelled caller waits.
	if _, err := c.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", s.d.explain(err))
	}
	done = true
	audited()
	return s.step("committed")
}

// rollback leaves the connection without a transaction, or gives it up.
func rollback(ctx context.Context, c *sql.Conn) {
	if _, err := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
		// The database may have rolled back by itself, or the connection may be
		// dead; neither may be handed to the next writer.
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
}

func (t *tx) step(name string) error { return t.s.step(name) }

func (t *tx) exec(query string, args ...any) error {
	_, err := t.c.ExecContext(t.ctx, query, args...)
	return err
}

// nextID returns the smallest id that no row of the table has yet.
func (t *tx) nextID(table string) (int64, error) {
	var id sql.NullInt64
	if err := t.c.QueryRowContext(t.ctx, "SELECT max(id) FROM "+table).Scan(&id); err != nil {
		return 0, fmt.Errorf("next id of %s: %w", table, err)
	}
	return id.Int64 + 1, nil
}

// each calls scan for each row of a query.
func each(ctx context.Context, q querier, scan func(rows *sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// batch is how many values go into one IN list.
const batch = 500

// inList runs fn over ids in batches: list is "($k,…)", numbered from first on,
// and must be the last thing in the statement that takes values.
func inList[T any](d dialect, ids []T, first int, fn func(list string, args []any) error) error {
	full := ""
	for len(ids) > 0 {
		n := min(batch, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		list := full
		if n < batch || full == "" {
			list = d.places(first, n)
		}
		if n == batch {
			full = list
		}
		if err := fn(list, args); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// maxStatement is how much text one INSERT gathers, in bytes.
const maxStatement = 4 << 20

// insertRows writes rows with multi-row INSERT statements that end in suffix.
// count, if not nil, hears of each how many rows it had and how many went in.
func insertRows(t *tx, table string, columns []string, next func() ([]any, error), suffix string, count func(rows, affected int64)) error {
	width := len(columns)
	size := max(1, 400/width)
	head := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	statement := func(rows int) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range rows {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(t.s.d.places(1+i*width, width))
		}
		b.WriteString(suffix)
		return b.String()
	}
	full, err := t.c.PrepareContext(t.ctx, statement(size)) //nolint:sqlclosecheck // closed below, by a name of its own
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	defer full.Close()
	args := make([]any, 0, size*width)
	bytes := 0
	flush := func(run func() (sql.Result, error)) error {
		res, err := run()
		if err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
		if count != nil {
			n, err := res.RowsAffected()
			if err != nil {
				return fmt.Errorf("insert into %s: %w", table, err)
			}
			count(int64(len(args)/width), n)
		}
		args, bytes = args[:0], 0
		return nil
	}
	rest := func() (sql.Result, error) {
		return t.c.ExecContext(t.ctx, statement(len(args)/width), args...)
	}
	for {
		row, err := next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		args = append(args, row...)
		for _, v := range row {
			if text, ok := v.(string); ok {
				bytes += len(text)
			}
		}
		switch {
		case len(args) == size*width:
			err = flush(func() (sql.Result, error) { return full.ExecContext(t.ctx, args...) })
		case bytes > maxStatement:
			err = flush(rest)
		}
		if err != nil {
			return err
		}
	}
	if len(args) == 0 {
		return nil
	}
	return flush(rest)
}
