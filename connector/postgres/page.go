package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
)

// Row begins every row that is read page by page: its key, by which the rows
// are ordered and none of which is seen twice.
type Row struct{ Key int64 }

func (r Row) key() int64 { return r.Key }

// oid is a row's key as the object identifier that it mostly is.
func (r Row) oid() int64 { return r.Key }

// pages reads a catalog in keyset pages and hands on the rows of each page that
// arrived whole. The query takes $1, the key to go on after (a bigint, the least
// one at first), and $2, the number of rows; its first column is the key.
//
// A connection that breaks is opened again, with a new snapshot, and reading
// goes on after the last whole page: what was there all the time is seen. An
// error says that the rest was not.
func pages[T interface{ key() int64 }](ctx context.Context, k *client, db, name, query string, emit func(T)) error {
	query = "/* drover: " + name + " */ " + query
	after, seen, tries := int64(math.MinInt64), 0, 0
	wait := k.wait
	for {
		batch, err := fetch[T](ctx, k, db, query, after)
		if err != nil {
			if tries++; tries >= attempts || ctx.Err() != nil || !errors.Is(err, drover.ErrTransient) || errors.Is(err, errSlow) || k.down != nil || k.broken[db] != nil {
				return err
			}
			if err := sleep(ctx, wait); err != nil {
				return err
			}
			wait *= 2
			continue
		}
		tries, wait = 0, k.wait
		for _, row := range batch {
			emit(row)
		}
		if seen += len(batch); len(batch) < k.page {
			return nil
		}
		if seen >= k.max {
			return fmt.Errorf("stopped after %d rows, the option max_objects; raise it to see the rest", seen)
		}
		after = batch[len(batch)-1].key()
	}
}

// fetch reads one page. A server that sends more than was asked for, or rows
// out of order, is not believed.
func fetch[T interface{ key() int64 }](ctx context.Context, k *client, db, query string, after int64) (batch []T, err error) {
	conn, err := k.conn(ctx, db)
	if err != nil {
		return nil, err
	}
	qctx, cancel := context.WithTimeout(ctx, k.limit+slack)
	defer cancel()
	defer func() {
		switch {
		case err == nil:
			k.strikes = 0
		case ctx.Err() != nil:
			err = context.Cause(ctx)
			k.drop(db)
		default:
			k.drop(db) // the transaction is void
			if err = k.clean(err); errors.Is(err, drover.ErrTransient) {
				k.strike(err)
			}
		}
	}()
	rows, err := conn.Query(qctx, query, after, k.page)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	last, size := after, 0
	for rows.Next() {
		row, err := pgx.RowToStructByPos[T](rows)
		if err != nil {
			return nil, fmt.Errorf("the server's answer is not of the form asked for: %w", drover.ErrInvalid)
		}
		for _, v := range rows.RawValues() {
			size += len(v)
		}
		if len(batch) == k.page || row.key() <= last || size > maxBatch {
			return nil, fmt.Errorf("the server sent more than was asked for, or out of order: %w", drover.ErrInvalid)
		}
		last = row.key()
		batch = append(batch, row)
	}
	return batch, rows.Err()
}

// byOID is the end of a query whose key is one object identifier.
func byOID(column string) string {
	return " and " + column + " > greatest($1::int8, 0)::oid order by " + column + " limit $2"
}

// byPair is the key, and the end of the query, where two object identifiers
// are the key. Both have 32 bits without sign; the key has 64 with one.
func byPair(a, b string) (key, end string) {
	return "((" + a + "::int8 - 2147483648) << 32) + " + b + "::int8",
		" and (" + a + ", " + b + ") > ((($1::int8 >> 32) + 2147483648)::oid, ($1::int8 & 4294967295)::oid) order by " + a + ", " + b + " limit $2"
}
