package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/droverhq/drover"
)

// cells are the values of one row as the driver gives them: nil, int64, string
// or []byte. They are good until the next row; strings stay.
type cells []driver.Value

func (c cells) int(i int) int64 { v, _ := c[i].(int64); return v }

// text is "" for NULL.
func (c cells) text(i int) string { v, _ := c[i].(string); return v }

// bytes are the row's own.
func (c cells) bytes(i int) []byte { v, _ := c[i].([]byte); return v }

// time is the zero time for NULL.
func (c cells) time(i int) time.Time {
	if v, ok := c[i].(int64); ok {
		return timeOf(v)
	}
	return time.Time{}
}

func (c cells) attrs(i int) drover.Attrs {
	if v := c.text(i); v != "" {
		return drover.Attrs(v)
	}
	return nil
}

// cells calls fn for each row of a query on a reading connection. It goes past
// database/sql, whose conversions cost more than the rows where a listing reads
// millions of them.
func (s *Store) cells(ctx context.Context, fn func(cells) error, query string, args ...any) error {
	named := make([]driver.NamedValue, len(args))
	for i, v := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	c, err := s.r.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return raw(c, func(conn driver.QueryerContext) (err error) {
		rows, err := conn.QueryContext(ctx, query, named)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		row := make(cells, len(rows.Columns()))
		for {
			if err := rows.Next(row); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			if err := fn(row); err != nil {
				return err
			}
		}
	})
}

func raw(c *sql.Conn, fn func(driver.QueryerContext) error) error {
	return c.Raw(func(conn any) error {
		q, ok := conn.(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("the driver %T runs no queries", conn)
		}
		return fn(q)
	})
}
