package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// exportSchema names the format of an export: JSON lines, the first a header,
// then for each table a line that names its columns and one line a row, and a
// trailer that says how many rows there were.
const exportSchema = "drover/v1/store"

type exportHeader struct {
	Schema  string    `json:"schema"`
	Version int       `json:"version"` // of the tables
	KeyID   string    `json:"key_id,omitempty"`
	Made    time.Time `json:"made"`
}

type exportLine struct {
	Table   string   `json:"table,omitempty"`
	Columns []string `json:"columns,omitempty"`
	Row     []any    `json:"row,omitempty"`
	Rows    *int64   `json:"rows,omitempty"` // the trailer
}

// tableColumns is a table as the database describes it.
type tableColumns struct {
	table   string
	columns []string
	bytes   []bool // which columns hold bytes, written in base64
}

func readColumns(ctx context.Context, q querier, query string) ([]tableColumns, error) {
	var list []tableColumns
	err := each(ctx, q, func(rows *sql.Rows) error {
		var table, column, typ string
		if err := rows.Scan(&table, &column, &typ); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].table != table {
			list = append(list, tableColumns{table: table})
		}
		t := &list[len(list)-1]
		t.columns = append(t.columns, column)
		t.bytes = append(t.bytes, typ == "BLOB" || typ == "bytea")
		return nil
	}, query)
	return list, err
}

// Export writes the whole store with its history, from one snapshot, so that
// Import makes a store that answers alike at every generation, whichever the
// database.
func (s *Store) Export(ctx context.Context, w io.Writer) error {
	if err := s.export(ctx, w); err != nil {
		return fmt.Errorf("export: %w", s.d.explain(err))
	}
	return nil
}

func (s *Store) export(ctx context.Context, w io.Writer) error {
	tx, err := s.r.BeginTx(ctx, s.d.snapshot())
	if err != nil {
		return err
	}
	defer tx.Rollback()
	h := exportHeader{Schema: exportSchema, Made: s.o.Now().UTC()}
	if err := tx.QueryRowContext(ctx, `SELECT max(version) FROM schema_version`).Scan(&h.Version); err != nil {
		return err
	}
	err = tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'key_id'`).Scan(&h.KeyID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	b := bufio.NewWriterSize(w, 1<<16)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(h); err != nil {
		return err
	}
	tables, err := s.d.columns(ctx, tx)
	if err != nil {
		return err
	}
	var n int64
	for _, t := range tables {
		if t.table == "schema_version" {
			continue
		}
		if err := e.Encode(exportLine{Table: t.table, Columns: t.columns}); err != nil {
			return err
		}
		if err := exportTable(ctx, tx, t, e, &n); err != nil {
			return fmt.Errorf("table %s: %w", t.table, err)
		}
	}
	if err := e.Encode(exportLine{Rows: &n}); err != nil {
		return err
	}
	return b.Flush()
}

func exportTable(ctx context.Context, q querier, t tableColumns, e *json.Encoder, n *int64) error {
	row, ptrs := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range row {
		ptrs[i] = &row[i]
	}
	return each(ctx, q, func(rows *sql.Rows) error {
		if err := rows.Scan(ptrs...); err != nil {
			return err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok && t.bytes[i] {
				row[i] = base64.StdEncoding.EncodeToString(b)
			} else if ok {
				row[i] = string(b)
			}
		}
		*n++
		return e.Encode(exportLine{Row: row})
	}, `SELECT `+strings.Join(t.columns, ", ")+` FROM `+t.table+` ORDER BY 1`)
}

// Import fills an empty store with an export, in one transaction. The error
// wraps drover.ErrConflict when the store holds something, when the export is of
// another version or of another installation's fingerprint key, and
// drover.ErrInvalid when it is damaged or cut off.
func (s *Store) Import(ctx context.Context, r io.Reader) error { return s.load(ctx, r, false) }

// load is Import; with over it replaces what the store holds, after a backup.
func (s *Store) load(ctx context.Context, r io.Reader, over bool) error {
	d := json.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	d.UseNumber()
	var h exportHeader
	if err := d.Decode(&h); err != nil || h.Schema != exportSchema {
		return fmt.Errorf("import: this is no export of a store (%s): %w", exportSchema, drover.ErrInvalid)
	}
	if err := s.importable(ctx, h); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	err := s.empty(ctx)
	if over && errors.Is(err, drover.ErrConflict) {
		err = s.backupBefore(ctx, h.Version)
	}
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	err = s.write(ctx, func(t *tx) error { return t.importAll(d) })
	if err == nil {
		err = s.checkKey(ctx)
	}
	if err == nil {
		err = s.loadOverrides(ctx, s.r)
	}
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

func (s *Store) importable(ctx context.Context, h exportHeader) error {
	have, err := s.version(ctx)
	if err != nil {
		return s.d.explain(err)
	}
	if h.Version != have {
		return fmt.Errorf("the export has version %d and this store %d; import it with the drover that made it, then upgrade: %w", h.Version, have, drover.ErrConflict)
	}
	if s.o.KeyID != "" && h.KeyID != "" && s.o.KeyID != h.KeyID {
		return fmt.Errorf("the export was made with the fingerprint key %s and this installation holds %s; put the right fingerprint.key in place: %w", h.KeyID, s.o.KeyID, drover.ErrConflict)
	}
	return nil
}

// empty returns an error wrapping drover.ErrConflict if the store is not.
func (s *Store) empty(ctx context.Context) error {
	for _, table := range []string{"generation", "scan", "source", "ref"} {
		var n int
		if err := s.r.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+table+` LIMIT 1) AS one`).Scan(&n); err != nil {
			return s.d.explain(err)
		}
		if n > 0 {
			return fmt.Errorf("the store is not empty; import into a new one: %w", drover.ErrConflict)
		}
	}
	return nil
}

// importAll reads tables until the trailer.
func (t *tx) importAll(d *json.Decoder) error {
	tables, err := t.s.d.columns(t.ctx, t.c)
	if err != nil {
		return err
	}
	for _, c := range tables {
		if c.table == "schema_version" {
			continue
		}
		if err := t.exec(`DELETE FROM ` + c.table); err != nil {
			return err
		}
	}
	var line exportLine
	var n int64
	next := func() error {
		line = exportLine{}
		if err := d.Decode(&line); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return fmt.Errorf("the export ends early, after %d rows: %w", n, drover.ErrInvalid)
			}
			return fmt.Errorf("after %d rows: %v: %w", n, err, drover.ErrInvalid)
		}
		return nil
	}
	if err := next(); err != nil {
		return err
	}
	for line.Rows == nil {
		i := slices.IndexFunc(tables, func(c tableColumns) bool { return c.table == line.Table })
		if i < 0 || !slices.Equal(tables[i].columns, line.Columns) {
			return fmt.Errorf("table %.60q with columns %.300q is not one of ours: %w", line.Table, line.Columns, drover.ErrInvalid)
		}
		c := tables[i]
		err := t.s.d.insert(t, c.table, c.columns, func() ([]any, error) {
			if err := next(); err != nil || line.Row == nil {
				return nil, err
			}
			n++
			return line.Row, c.values(line.Row)
		})
		if err != nil {
			return err
		}
	}
	if *line.Rows != n {
		return fmt.Errorf("the export says it has %d rows and has %d: %w", *line.Rows, n, drover.ErrInvalid)
	}
	return nil
}

// values turns decoded JSON into what the columns hold, in place.
func (c tableColumns) values(row []any) error {
	if len(row) != len(c.columns) {
		return fmt.Errorf("table %s: a row of %d values for %d columns: %w", c.table, len(row), len(c.columns), drover.ErrInvalid)
	}
	for i, v := range row {
		var err error
		switch v := v.(type) {
		case nil:
		case json.Number:
			row[i], err = v.Int64()
		case string:
			if c.bytes[i] {
				row[i], err = base64.StdEncoding.DecodeString(v)
			}
		default:
			err = fmt.Errorf("a value of type %T", v)
		}
		if err != nil {
			return fmt.Errorf("table %s, column %s: %v: %w", c.table, c.columns[i], err, drover.ErrInvalid)
		}
	}
	return nil
}
